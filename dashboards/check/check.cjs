// Holds dashboards against Grafana's own code: every unit is one that it knows, and tables become what is drawn.
// Every check has a twin with a planted mistake, which it must find.

const fs = require('node:fs');
const path = require('node:path');
const { JSDOM } = require('jsdom');

// Grafana's library expects a browser.
const { window } = new JSDOM('<!doctype html>', { url: 'http://localhost/' });
globalThis.window = window;
for (const name of ['document', 'navigator', 'localStorage', 'HTMLElement', 'Element', 'Node', 'DOMParser']) {
  if (!(name in globalThis)) {
    globalThis[name] = window[name];
  }
}
const grafana = require('@grafana/data');
const { lastValueFrom } = require('rxjs');

const folder = path.join(__dirname, '..', 'grafana');
const files = fs.readdirSync(folder).filter((name) => name.endsWith('.json'));
const load = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));

const units = new Set(grafana.getValueFormats().flatMap((category) => category.submenu.map((unit) => unit.value)));

function unknownUnits(dashboard) {
  const found = [];
  for (const panel of dashboard.panels.filter((panel) => panel.type !== 'row')) {
    const overridden = panel.fieldConfig.overrides.flatMap((override) => override.properties);
    const named = overridden.filter((property) => property.id === 'unit').map((property) => property.value);
    const axis = panel.options.yAxis?.unit;
    for (const unit of [panel.fieldConfig.defaults.unit, ...named, ...(axis === undefined ? [] : [axis])]) {
      if (!units.has(unit)) {
        found.push(`"${panel.title}": Grafana has no unit ${unit}`);
      }
    }
  }
  return found;
}

const { mergeTransformer, organizeFieldsTransformer } = grafana.standardTransformers;
grafana.standardTransformersRegistry.setInit(() =>
  [mergeTransformer, organizeFieldsTransformer].map((transformer) => ({
    id: transformer.id,
    name: transformer.name,
    editor: () => null,
    transformation: async () => transformer,
  })),
);

// What Prometheus' data source gives for one query in table format: two runs, at two times.
function answer(refId, base) {
  const { time, string, number } = grafana.FieldType;
  return grafana.toDataFrame({
    refId,
    fields: [
      { name: 'Time', type: time, values: [1000, 2000, 1000, 2000] },
      { name: 'job', type: string, values: ['dpac', 'dpac', 'dpac', 'dpac'] },
      { name: 'run', type: string, values: ['tiger-1', 'tiger-1', 'tiger-2', 'tiger-2'] },
      { name: `Value #${refId}`, type: number, values: [base, base + 1, base + 2, base + 3] },
    ],
  });
}

// Charts against others and tables: queries become one frame with a line per run and time, its columns named.
// The last step, by which charts draw a line per run, is no part of Grafana's library.
async function wrongFrames(dashboard) {
  const found = [];
  for (const panel of dashboard.panels.filter((panel) => panel.transformations !== undefined)) {
    const steps = panel.transformations.filter((step) => step.id !== 'partitionByValues');
    const answers = panel.targets.map((target, index) => answer(target.refId, 10 * index));
    const frames = await lastValueFrom(grafana.transformDataFrame(steps, answers));
    const names = frames.flatMap((frame) => frame.fields.map((field) => field.config.displayName ?? field.name));
    const headings = panel.targets.map((target) => target.legendFormat).filter((heading) => heading !== '');
    const expected = [...(panel.type === 'xychart' ? ['run'] : ['job', 'run']), ...headings];
    if (frames.length !== 1 || frames[0].length !== 4 || names.join() !== expected.join()) {
      found.push(`"${panel.title}" becomes ${frames.length} frames with columns ${names}`);
    }
    for (const override of panel.fieldConfig.overrides) {
      if (!names.includes(override.matcher.options)) {
        found.push(`"${panel.title}" has a unit for ${override.matcher.options}, which is no column`);
      }
    }
  }
  return found;
}

const findings = async (dashboard) => [...unknownUnits(dashboard), ...(await wrongFrames(dashboard))];

const chart = (dashboard) => dashboard.panels.find((panel) => panel.type === 'xychart');
const plants = {
  'no unit seconds': (d) => (d.panels[1].fieldConfig.defaults.unit = 'seconds'),
  'no unit byte': (d) => (chart(d).fieldConfig.overrides[0].properties[0].value = 'byte'),
  'becomes 4 frames': (d) => chart(d).transformations.shift(),
  'Value #B': (d) => delete chart(d).transformations[1].options.renameByName['Value #B'],
  'which is no column': (d) => (chart(d).fieldConfig.overrides[0].matcher.options = 'Round'),
};

(async () => {
  let failed = false;
  const say = (words) => {
    console.error(words);
    failed = true;
  };
  for (const name of files) {
    for (const finding of await findings(load(name))) {
      say(`${name}: ${finding}`);
    }
  }
  for (const [expected, plant] of Object.entries(plants)) {
    const dashboard = load('run-overview.json');
    plant(dashboard);
    if (!(await findings(dashboard)).some((finding) => finding.includes(expected))) {
      say(`a planted mistake was not found: ${expected}`);
    }
  }
  if (files.length === 0 || failed) {
    process.exit(1);
  }
  console.log(
    `${files.length} dashboards keep to Grafana's ${units.size} units and make the tables they draw; ` +
      `${Object.keys(plants).length} planted mistakes are found`,
  );
})();
