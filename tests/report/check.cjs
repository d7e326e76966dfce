// Looks at two reports as a person does: at a phone, at a desk and on paper, in light and dark, with a pointer, with keys, and
// without JavaScript. Every kind of check has a twin with a planted mistake, which it must find.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');

const [executablePath, folder, pictures] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const found = [];
const say = (place, what) => found.push(`${place}: ${what}`);
let looked = 0;
const expect = (place, name, seen, wanted) => {
  looked += 1;
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) {
    say(place, `${name} is ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
  }
};

// A page with what it asks for and complains of.
async function open(browser, file, options, plant) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const told = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && told.push(message.text()));
  page.on('pageerror', (error) => told.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== page.address && !request.url().startsWith('data:')) told.push(`a request for ${request.url()}`);
  });
  page.address = pathToFileURL(file).href;
  if (plant) {
    const planted = path.join(folder, 'planted.html');
    fs.writeFileSync(planted, plant(fs.readFileSync(file, 'utf8')));
    page.address = pathToFileURL(planted).href;
  }
  await page.goto(page.address);
  page.told = told;
  return page;
}

// How far the page can be scrolled sideways.
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// What axe finds against WCAG 2.2 A and AA, contrast among it.
async function complaints(page) {
  // A content policy that lets no script in lets this one in, which is no part of the page.
  await page.evaluate(axe);
  const result = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  return result.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id} at ${node.target.join(' ')}: ${node.failureSummary.split('\n')[1] ?? ''}`),
  );
}

// Controls that the Tab key does not come to, or at which nothing shows that it is there.
async function unreachable(page) {
  await page.evaluate(() => {
    document.querySelectorAll('details').forEach((one) => (one.open = true));
    const all = 'a[href], button, input, summary, [tabindex="0"]';
    window.waiting = new Set([...document.querySelectorAll(all)].filter((one) => one.checkVisibility()));
    window.unseen = [];
    document.activeElement?.blur();
    window.scrollTo(0, 0);
  });
  const controls = await page.evaluate(() => window.waiting.size);
  for (let step = 0; step < controls + 10; step += 1) {
    await page.keyboard.press('Tab');
    await page.evaluate(() => {
      const one = document.activeElement;
      if (window.waiting.delete(one) && getComputedStyle(one).outlineStyle === 'none') window.unseen.push(one.outerHTML.slice(0, 80));
    });
  }
  const left = await page.evaluate(() => [...[...window.waiting].map((one) => one.outerHTML.slice(0, 80)), ...window.unseen]);
  return [controls, left];
}

const rows = (page, section) =>
  page.$$eval(`#${section} tbody`, (bodies) => bodies.map((body) => body.querySelectorAll(':scope > tr').length));
const lines = (figure) =>
  figure.$$eval('[data-part="line"]', (all) => all.filter((one) => getComputedStyle(one).display !== 'none' && one.querySelector('path')).length);
const paths = (figure) => figure.$$eval('[data-part="line"] path', (all) => all.map((one) => one.getAttribute('d')).join());

async function content(browser) {
  const file = path.join(folder, 'sweep.html');
  const page = await open(browser, file, { viewport: DESK });
  const at = 'sweep at a desk';
  expect(at, 'the title', await page.title(), 'A "title" with </script> & <b>');
  expect(at, 'the heading', await page.textContent('h1'), 'A "title" with </script> & <b>');
  const data = JSON.parse(await page.textContent('#report-data'));
  expect(at, 'arms in the data', data.arms.length, 6);
  expect(at, 'runs in the data', data.provenance.runs.length, 24);
  // Value and gap, against bytes and against trajectories; two panels of three lines each.
  const figures = await page.$$('#figures figure');
  expect(at, 'figures', figures.length, 4);
  for (const figure of figures) {
    expect(at, 'panels', (await figure.$$('.plot svg')).length, 2);
    expect(at, 'lines', await lines(figure), 6);
    expect(at, 'bands', await figure.$$eval('[data-part="band"] path', (all) => all.length), 6);
    expect(at, 'buttons of lines', (await figure.$$('button.key')).length, 3);
  }
  expect(at, 'rows of values', await rows(page, 'values'), [6, 5, 6]);
  expect(at, 'rows of targets', await rows(page, 'targets'), [6]);
  expect(at, 'rows of costs', await rows(page, 'costs'), [6, 6]);
  // Counts; what Theorem 1 bounds, and Theorems 2 and 3; and constants, folded up.
  expect(at, 'rows of theory', (await rows(page, 'theory')).slice(0, 3), [6, 6, 6]);
  expect(at, 'groups of constants', (await page.$$('#theory details')).length, 7);
  expect(at, 'verdicts', await page.$$eval('#theory .good', (all) => all.length), 6);
  expect(at, 'arms that change something', await rows(page, 'configuration'), [5]);
  expect(at, 'rows of runs', await rows(page, 'provenance'), [24]);

  // A line that is switched off is gone from every figure, and comes back.
  const [first, second] = figures;
  const button = await first.$('button.key');
  await button.focus();
  await page.keyboard.press('Enter');
  expect(at, 'a pressed button', await button.getAttribute('aria-pressed'), 'false');
  expect(at, 'lines without one', [await lines(first), await lines(second)], [4, 4]);
  expect(at, 'rows of the reading without one', (await first.$$('.readout tbody tr')).length, 4);
  await page.keyboard.press('Space');
  expect(at, 'lines with all', [await lines(first), await lines(second)], [6, 6]);

  // Zoom changes the drawing, and reset brings back what the program has drawn.
  const whole = await first.$eval('.plot svg', (svg) => svg.querySelector('[data-part="axes"]').innerHTML);
  const before = await paths(first);
  const tool = (name) => first.$(`.tools button:has-text("${name}")`);
  const nearer = await tool('zoom in');
  await nearer.focus();
  await page.keyboard.press('Enter');
  const zoomed = await paths(first);
  expect(at, 'a drawing that is zoomed', zoomed !== before && !zoomed.includes('NaN'), true);
  const ticks = await first.$$eval('.plot svg [data-part="axes"] text', (all) => all.map((one) => one.textContent));
  expect(at, 'texts along axes that are zoomed', ticks.length > 8 && ticks.every((text) => !/NaN|undefined|Infinity/.test(text)), true);
  await (await tool('reset')).click();
  expect(at, 'a drawing that is reset', (await paths(first)) === before, true);
  expect(at, 'axes that are reset', await first.$eval('.plot svg', (svg) => svg.querySelector('[data-part="axes"]').innerHTML), whole);

  // Drawing along x chooses a part of it.
  const box = await (await first.$('.plot svg')).boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + box.height / 2, { steps: 3 });
  await page.mouse.up();
  expect(at, 'a part that is drawn', (await paths(first)) !== before, true);
  await (await tool('reset')).click();

  // What is read off is what the data say: the slider at its left end is before the first round.
  const slider = await first.$('input[type="range"]');
  await slider.focus();
  await page.keyboard.press('Home');
  const read = await first.$$eval('.readout tbody tr', (all) => all.map((row) => row.children[1].textContent));
  const log = data.figures[0].figures[0].x.log;
  expect(at, 'rounds at the left end', read, Array(6).fill(log ? '1' : '0'));
  await page.keyboard.press('End');
  const last = await first.$$eval('.readout tbody tr', (all) => all.map((row) => row.children[1].textContent));
  expect(at, 'the reading at the right end', last[0] !== read[0], true);
  expect(at, 'what the slider says of itself', /bytes on the wire [\d.]+\u00a0\wiB/.test(await slider.getAttribute('aria-valuetext')), true);

  // Blocks are copied, or marked where that is not allowed.
  const copy = await page.$('#again button.copy');
  await copy.click();
  await page.waitForFunction(() => /copied|selected/.test(document.querySelector('#again button.copy').textContent));
  looked += 1;
  page.told.forEach((told) => say(at, told));
  await page.context().close();
}

async function single(browser) {
  const page = await open(browser, path.join(folder, 'run.html'), { viewport: PHONE });
  const at = 'a run on a phone';
  expect(at, 'figures', (await page.$$('#figures figure')).length, 4);
  expect(at, 'lines', await lines(await page.$('figure')), 1);
  expect(at, 'rows of values', await rows(page, 'values'), [1, 1]);
  expect(at, 'a section of targets', await page.$('#targets'), null);
  page.told.forEach((told) => say(at, told));
  await page.context().close();
}

async function screens(browser) {
  for (const [name, viewport] of [['390', PHONE], ['1280', DESK]]) {
    for (const colorScheme of ['light', 'dark']) {
      for (const file of viewport === PHONE ? ['sweep', 'run'] : ['sweep']) {
        const page = await open(browser, path.join(folder, `${file}.html`), { viewport, colorScheme, reducedMotion: 'reduce' });
        const at = `${file} at ${name} pixels, ${colorScheme}`;
        expect(at, 'pixels beyond the right edge', await overflow(page), 0);
        (await complaints(page)).forEach((complaint) => say(at, complaint));
        looked += 1;
        page.told.forEach((told) => say(at, told));
        if (pictures) await page.screenshot({ path: path.join(pictures, `${file}-${name}-${colorScheme}.png`), fullPage: true });
        await page.context().close();
      }
    }
  }
  // The switch says the same as the system does.
  const page = await open(browser, path.join(folder, 'sweep.html'), { viewport: DESK, colorScheme: 'light' });
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.click('.theme button:has-text("dark")');
  expect('the switch', 'another colour of the page', (await paper()) !== light, true);
  (await complaints(page)).forEach((complaint) => say('the switch', complaint));
  const [controls, left] = await unreachable(page);
  expect('keys', 'controls that Tab does not come to', left, []);
  expect('keys', 'as many controls as there should be', controls > 40, true);
  await page.context().close();
}

async function paper(browser) {
  const page = await open(browser, path.join(folder, 'sweep.html'), { viewport: DESK, colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const at = 'paper';
  expect(at, 'the colour', await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
  const shown = (selector) => page.$$eval(selector, (all) => all.filter((one) => one.checkVisibility()).length);
  expect(at, 'controls', await shown('.tools, .readout, .copy, .theme, nav'), 0);
  expect(at, 'lines', await shown('[data-part="line"] path'), 24);
  expect(at, 'figures that may be cut in two', await page.$$eval('figure', (all) => all.filter((one) => getComputedStyle(one).breakInside !== 'avoid').length), 0);
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  expect(at, 'rows of runs', await shown('#provenance tbody tr'), 24);
  const pdf = await page.pdf({ preferCSSPageSize: true, path: pictures && path.join(pictures, 'sweep.pdf') });
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
  expect(at, `between 3 and 12 pages (${pages})`, pages >= 3 && pages <= 12, true);
  // What is wider than a sheet would be cut off.
  await page.setViewportSize({ width: 1017, height: 700 });
  expect(at, 'pixels beyond the edge of a sheet', await overflow(page), 0);
  page.told.forEach((told) => say(at, told));
  await page.context().close();
}

async function withoutScript(browser) {
  const page = await open(browser, path.join(folder, 'sweep.html'), { viewport: PHONE, javaScriptEnabled: false });
  const at = 'without JavaScript';
  expect(at, 'lines', await page.locator('#figures figure [data-part="line"]').count(), 24);
  expect(at, 'buttons', await page.locator('button').count(), 0);
  expect(at, 'entries of legends', await page.locator('.key').count(), 12);
  page.told.forEach((told) => say(at, told));
  await page.context().close();
}

// Mistakes that must be found.
async function planted(browser) {
  const file = path.join(folder, 'sweep.html');
  const missed = (name) => say('planted', `${name} was not found`);
  const plants = {
    'an error': [(text) => text.replace("'use strict';", "'use strict'; undefinedName();"), (page) => page.told.length],
    'a request': [
      (text) => text.replace(/<meta http-equiv[^>]*>/, '').replace('</body>', '<img alt="" src="http://127.0.0.1:9/x.png"></body>'),
      (page) => page.told.length,
    ],
    'a wide element': [(text) => text.replace('<main>', '<main><div style="width:700px">x</div>'), overflow],
    'a low contrast': [
      (text) => text.replace('</style>', 'p { color: #999999 !important; }</style>'),
      async (page) => (await complaints(page)).some((complaint) => complaint.includes('color-contrast')),
    ],
    'a control without a key': [
      (text) => text.replace('<main>', '<main><button tabindex="-1">x</button>'),
      async (page) => (await unreachable(page))[1].length,
    ],
  };
  for (const [name, [plant, check]] of Object.entries(plants)) {
    const page = await open(browser, file, { viewport: PHONE }, plant);
    await page.waitForTimeout(50);
    if (!(await check(page))) missed(name);
    looked += 1;
    await page.context().close();
  }
}

(async () => {
  const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  try {
    for (const part of [content, single, screens, paper, withoutScript, planted]) await part(browser);
  } finally {
    await browser.close();
  }
  if (found.length > 0) {
    console.error([...new Set(found)].join('\n'));
    process.exit(1);
  }
  console.log(`reports in Chromium ${browser.version()}: ${looked} checks hold, and 5 planted mistakes are found`);
})();
