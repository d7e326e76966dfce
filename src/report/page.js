// Reads numbers off figures, zooms along x, hides lines, copies blocks. The page is whole without it.
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('report-data').textContent);
  const SVG = 'http://www.w3.org/2000/svg';
  const make = (name, attributes = {}, text = '') => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };
  const draw = (parent, name, attributes, text = '') => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    parent.append(element);
    return element;
  };

  // Numbers as the page has them.
  const minus = (text) => text.replace('-', '\u2212');
  const real = (number, digits = 5) => {
    if (number === 0) return '0';
    const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(number)));
    return minus(decimals >= -4 && decimals <= 8 ? number.toFixed(Math.max(decimals, 0)) : number.toExponential(4));
  };
  const grouped = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
  const prefixed = (number, base, units, digits) => {
    let at = 0;
    while (Math.abs(number) >= base && at + 1 < units.length) {
      number /= base;
      at += 1;
    }
    return `${minus(String(Number(number.toPrecision(digits))))}${units[at]}`;
  };
  const BYTES = ['\u00a0B', '\u00a0KiB', '\u00a0MiB', '\u00a0GiB', '\u00a0TiB', '\u00a0PiB'];
  const COUNTS = ['', '\u00a0k', '\u00a0M', '\u00a0G', '\u00a0T'];
  const shown = (axis, number) =>
    axis.unit === 'bytes' ? prefixed(number, 1024, BYTES, 4) : axis.unit === 'count' ? grouped(number) : real(number);

  // Where a number stands along an axis, from 0 to 1, and the other way round.
  const place = (axis, number) => {
    if (!axis.log) return (number - axis.low) / (axis.high - axis.low);
    return number > 0 ? Math.log(number / axis.low) / Math.log(axis.high / axis.low) : NaN;
  };
  const at = (axis, part) =>
    axis.log ? axis.low * (axis.high / axis.low) ** part : axis.low + part * (axis.high - axis.low);

  function ticks(axis, most) {
    const found = [];
    const { low, high } = axis;
    const text = (number, step) => {
      if (axis.unit === 'bytes') return prefixed(number, 1024, BYTES, 5);
      if (axis.unit === 'count') return prefixed(number, 1000, COUNTS, 6);
      const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
      return minus(decimals > 6 || Math.abs(number) >= 1e6 ? number.toExponential(1) : number.toFixed(decimals));
    };
    if (axis.log && high / low > 20) {
      const base = axis.unit === 'bytes' ? 2 : 10;
      const first = Math.ceil(Math.log(low) / Math.log(base) - 1e-9);
      const last = Math.floor(Math.log(high) / Math.log(base) + 1e-9);
      const every = Math.max(1, Math.ceil((last - first + 1) / most));
      for (let power = first; power <= last; power += 1) {
        const number = base ** power;
        if (power % every === 0) {
          const small = axis.unit === 'number' && (power < -4 || power > 5);
          found.push([number, small ? `1e${minus(String(power))}` : text(number, number)]);
        }
      }
      return found;
    }
    const size = axis.unit === 'bytes' ? 1024 ** Math.max(0, Math.floor(Math.log(Math.max(Math.abs(high), 1)) / Math.log(1024))) : 1;
    const raw = (high - low) / size / most;
    const decade = 10 ** Math.floor(Math.log10(raw));
    let step = size * decade * [1, 2, 5, 10].find((factor) => factor * decade >= raw * (1 - 1e-9));
    if (axis.unit === 'count') step = Math.max(step, 1);
    for (let number = Math.ceil(low / step - 1e-9); number * step <= high + 1e-9 * (high - low); number += 1) {
      found.push([number * step, text(number * step, step)]);
    }
    return found;
  }

  // Lines that are hidden, by name, in all figures at once.
  const hidden = new Set();
  const figures = [];

  class Plot {
    constructor(figure, panel, element) {
      Object.assign(this, { figure, panel, element, svg: element.querySelector('svg') });
      this.parts = [...this.svg.querySelectorAll('[data-part]')];
      this.original = this.parts.map((part) => part.innerHTML);
      const [left, top, width, height] = panel.frame;
      Object.assign(this, { left, top, width, height });
      this.over = draw(this.svg, 'g', { 'data-over': '' });
    }

    of(name) {
      return this.parts.filter((part) => part.dataset.part === name);
    }

    hide(labels) {
      for (const part of this.parts) {
        if (part.dataset.label !== undefined) {
          part.style.display = hidden.has(labels[Number(part.dataset.label)]) ? 'none' : '';
        }
      }
    }

    restore() {
      this.parts.forEach((part, number) => (part.innerHTML = this.original[number]));
    }

    redraw(x, y) {
      const [bottom, right] = [this.top + this.height, this.left + this.width];
      const across = (number) => this.left + place(x, number) * this.width;
      const up = (number) => bottom - place(y, number) * this.height;
      const [grid] = this.of('grid');
      const [axes] = this.of('axes');
      const labels = [...axes.querySelectorAll('text')].slice(-2);
      grid.replaceChildren();
      axes.replaceChildren();
      const rule = (parent, x1, y1, x2, y2, stroke) =>
        draw(parent, 'path', { d: `M${x1} ${y1}L${x2} ${y2}`, stroke, 'stroke-width': 0.6, fill: 'none' });
      const word = (x1, y1, text, anchor) =>
        draw(axes, 'text', { x: x1, y: y1, 'font-size': 8, fill: '#000000', 'text-anchor': anchor }, text);
      for (const [number, text] of ticks(x, 4)) {
        rule(grid, across(number), this.top, across(number), bottom, '#e1e1e1');
        rule(axes, across(number), bottom, across(number), bottom + 4, '#000000');
        word(across(number), bottom + 13, text, 'middle');
      }
      for (const [number, text] of ticks(y, 5)) {
        rule(grid, this.left, up(number), right, up(number), '#e1e1e1');
        rule(axes, this.left - 4, up(number), this.left, up(number), '#000000');
        word(this.left - 7, up(number) + 2.8, text, 'end');
      }
      labels.forEach((label, number) => {
        label.textContent = number === 0 ? this.figure.x.label : this.figure.y.label;
        axes.append(label);
      });
      for (const [part] of [this.of('mark')].filter((parts) => parts.length > 0)) {
        const [path] = part.getElementsByTagName('path');
        const [name] = part.getElementsByTagName('text');
        const height = up(this.panel.mark[0]);
        path.setAttribute('d', `M${this.left} ${height}L${right} ${height}`);
        name.setAttribute('y', height - this.top > 11 ? height - 3 : height + 9);
      }
      for (const line of this.panel.lines) {
        const parts = (name) => this.of(name).find((part) => Number(part.dataset.label) === line.label);
        const path = (part, d) => {
          const first = part?.querySelector('path');
          if (!first) return;
          first.setAttribute('d', d);
          part.replaceChildren(first);
        };
        let d = '';
        let pen = 'M';
        const area = [[], []];
        for (const [, cost, center, low, high] of line.points) {
          const [px, py] = [across(cost), up(center)];
          if (!Number.isFinite(px) || !Number.isFinite(py)) {
            pen = 'M';
            continue;
          }
          d += `${pen}${px.toFixed(2)} ${py.toFixed(2)}`;
          pen = 'L';
          if (high !== null && Number.isFinite(up(high))) {
            const lower = up(low);
            area[0].push(`${px.toFixed(2)} ${up(high).toFixed(2)}`);
            area[1].unshift(`${px.toFixed(2)} ${(Number.isFinite(lower) ? lower : bottom + 1).toFixed(2)}`);
          }
        }
        const drawn = line.points.length > 1;
        if (drawn) path(parts('line'), d);
        if (drawn && area[0].length > 1) path(parts('band'), `M${[...area[0], ...area[1]].join('L')}Z`);
      }
    }

    // The point of a line that is nearest to a place along x.
    static nearest(line, x, part) {
      let best = null;
      let distance = Infinity;
      for (const point of line.points) {
        const away = Math.abs(place(x, point[1]) - part);
        if (away < distance) [best, distance] = [point, away];
      }
      return best;
    }

    point(x, y, part, labels) {
      this.over.replaceChildren();
      const across = this.left + part * this.width;
      draw(this.over, 'line', { class: 'cursor', x1: across, x2: across, y1: this.top, y2: this.top + this.height });
      for (const line of this.panel.lines) {
        const found = hidden.has(labels[line.label]) ? null : Plot.nearest(line, x, part);
        if (found === null) continue;
        const [px, py] = [place(x, found[1]), place(y, found[2])];
        if (!(px >= -0.001 && px <= 1.001 && py >= -0.001 && py <= 1.001)) continue;
        const stroke = this.parts.find((one) => one.dataset.part === 'line' && Number(one.dataset.label) === line.label);
        draw(this.over, 'circle', {
          class: 'dot',
          cx: this.left + px * this.width,
          cy: this.top + (1 - py) * this.height,
          r: 2.6,
          stroke: stroke?.querySelector('path')?.getAttribute('stroke') ?? '#000000',
        });
      }
    }
  }

  class Shown {
    constructor(figure, element) {
      Object.assign(this, { figure, element, view: [0, 1], part: 1 });
      const panels = [...element.querySelectorAll('.panel')];
      this.plots = figure.panels.map((panel, number) => new Plot(figure, panel, panels[number]));
      this.keys();
      this.tools();
      this.plots.forEach((plot) => this.pointers(plot));
      this.read();
      this.plots.forEach((plot) => plot.over.replaceChildren());
    }

    keys() {
      this.buttons = [...this.element.querySelectorAll('.legend .key')].map((key, number) => {
        const button = make('button', { type: 'button', class: 'key', 'aria-pressed': 'true', 'data-label': number });
        button.append(...key.childNodes);
        button.title = 'show or hide this line in all figures';
        button.addEventListener('click', () => {
          const label = this.figure.labels[number];
          if (!hidden.delete(label)) hidden.add(label);
          figures.forEach((one) => one.refresh());
        });
        key.replaceWith(button);
        return button;
      });
    }

    tools() {
      const tools = make('div', { class: 'tools' });
      const label = make('label', {}, 'read at');
      this.slider = make('input', { type: 'range', min: 0, max: 1000, step: 1, value: 1000 });
      this.slider.value = 1000;
      label.append(this.slider);
      this.slider.addEventListener('input', () => {
        this.part = Number(this.slider.value) / 1000;
        this.read();
      });
      const button = (text, name, act) => {
        const one = make('button', { type: 'button', 'aria-label': `${name}: ${this.figure.title}` }, text);
        one.addEventListener('click', () => one.getAttribute('aria-disabled') === 'true' || act());
        return one;
      };
      this.nearer = button('zoom in', 'zoom in', () => this.zoom(0.5));
      this.farther = button('zoom out', 'zoom out', () => this.zoom(2));
      this.all = button('reset', 'reset the zoom', () => this.look([0, 1]));
      tools.append(label, this.nearer, this.farther, this.all);
      this.output = make('div', { class: 'readout' });
      this.element.querySelector('.panels').after(tools, this.output);
    }

    // Where a person points, and what is chosen by drawing along x. A finger that moves down scrolls the page.
    pointers(plot) {
      const part = (event) => {
        const box = plot.svg.getBoundingClientRect();
        const inside = ((event.clientX - box.left) / box.width) * plot.svg.viewBox.baseVal.width;
        return Math.min(1, Math.max(0, (inside - plot.left) / plot.width));
      };
      let begun = null;
      let chosen = null;
      plot.svg.addEventListener('pointermove', (event) => {
        this.part = part(event);
        this.slider.value = Math.round(this.part * 1000);
        this.read();
        if (begun === null) return;
        chosen ??= draw(plot.svg, 'rect', { class: 'chosen', y: plot.top, height: plot.height });
        chosen.setAttribute('x', plot.left + Math.min(begun, this.part) * plot.width);
        chosen.setAttribute('width', Math.abs(begun - this.part) * plot.width);
      });
      plot.svg.addEventListener('pointerdown', (event) => {
        if (event.pointerType === 'touch' || event.button !== 0) return;
        begun = part(event);
        plot.svg.setPointerCapture(event.pointerId);
        event.preventDefault();
      });
      const end = () => {
        const [from, to] = [begun, this.part];
        begun = null;
        chosen?.remove();
        chosen = null;
        if (from === null || Math.abs(from - to) < 0.02) return;
        const [low, high] = this.view;
        const inner = (one) => low + one * (high - low);
        this.look([inner(Math.min(from, to)), inner(Math.max(from, to))]);
      };
      plot.svg.addEventListener('pointerup', end);
      plot.svg.addEventListener('pointercancel', end);
      plot.svg.addEventListener('dblclick', () => this.look([0, 1]));
    }

    zoom(factor) {
      const [low, high] = this.view;
      const middle = low + this.part * (high - low);
      const width = Math.min(1, Math.max(1 / 512, (high - low) * factor));
      const begin = Math.min(1 - width, Math.max(0, middle - width * this.part));
      this.look([begin, begin + width]);
    }

    look(view) {
      this.view = view;
      this.refresh();
    }

    get whole() {
      return this.view[0] <= 0 && this.view[1] >= 1;
    }

    // The axes of what is looked at: along y all that is to be seen.
    axes() {
      const { x, y } = this.figure;
      if (this.whole) return [x, y];
      const seen = { ...x, low: at(x, this.view[0]), high: at(x, this.view[1]) };
      let [low, high] = [Infinity, -Infinity];
      const take = (number) => {
        if (number === null || (y.log && number <= 0)) return;
        [low, high] = [Math.min(low, number), Math.max(high, number)];
      };
      for (const plot of this.plots) {
        for (const line of plot.panel.lines) {
          if (hidden.has(this.figure.labels[line.label])) continue;
          for (const [, cost, center, below, above] of line.points) {
            const part = place(seen, cost);
            if (part >= 0 && part <= 1) [center, below, above].forEach(take);
          }
        }
      }
      if (low > high) return [seen, y];
      const mark = this.plots.find((plot) => plot.panel.mark)?.panel.mark[0];
      if (mark !== undefined && mark > high && mark - low < 2 * (high - low)) high = mark;
      if (y.log) {
        const room = low < high ? (high / low) ** 0.05 : 2;
        return [seen, { ...y, low: low / room, high: high * room }];
      }
      const room = low < high ? 0.05 * (high - low) : Math.abs(low) / 10 || 1;
      return [seen, { ...y, low: low - room, high: high + room }];
    }

    refresh() {
      const { labels } = this.figure;
      this.buttons.forEach((button, number) => button.setAttribute('aria-pressed', String(!hidden.has(labels[number]))));
      const [x, y] = this.axes();
      for (const plot of this.plots) {
        plot.restore();
        if (!this.whole) plot.redraw(x, y);
        plot.hide(labels);
      }
      this.farther.setAttribute('aria-disabled', String(this.whole));
      this.all.setAttribute('aria-disabled', String(this.whole));
      this.read();
    }

    read() {
      const { figure, part } = this;
      const [x, y] = this.axes();
      const table = make('table');
      table.append(make('caption', { class: 'aloud' }, `numbers of ${figure.title}`));
      const names = [figure.color?.split('.').pop() ?? 'line', 'round', figure.x.label, figure.y.label, 'interval'];
      const head = make('tr');
      head.append(...names.map((name) => make('th', { scope: 'col' }, name)));
      const top = make('thead');
      top.append(head);
      const body = make('tbody');
      for (const plot of this.plots) {
        plot.point(x, y, part, figure.labels);
        for (const line of plot.panel.lines) {
          if (hidden.has(figure.labels[line.label])) continue;
          const found = Plot.nearest(line, x, part);
          if (found === null) continue;
          const [round, cost, center, low, high] = found;
          const row = make('tr');
          const name = make('th', { scope: 'row' });
          const swatch = this.buttons[line.label]?.querySelector('svg');
          if (swatch) name.append(swatch.cloneNode(true));
          const of = figure.facet ? `${figure.labels[line.label]} \u00b7 ${plot.panel.name}` : figure.labels[line.label];
          name.append(of || 'all runs');
          const cells = [grouped(round), shown(figure.x, cost), real(center), low === null ? 'one seed' : `${real(low, 4)} to ${real(high, 4)}`];
          row.append(name, ...cells.map((cell) => make('td', {}, cell)));
          body.append(row);
        }
      }
      table.append(top, body);
      this.output.replaceChildren(table);
      this.slider.setAttribute('aria-valuetext', `${figure.x.label} ${shown(figure.x, at(x, part))}`);
    }
  }

  for (const group of data.figures) {
    for (const figure of group.figures) {
      const element = document.getElementById(figure.id);
      if (element) figures.push(new Shown(figure, element));
    }
  }
  figures.forEach((one) => one.refresh());
  figures.forEach((one) => one.plots.forEach((plot) => plot.over.replaceChildren()));

  // Light or dark.
  const theme = make('div', { class: 'theme', role: 'group', 'aria-label': 'colours' });
  for (const [name, value] of [['auto', ''], ['light', 'light'], ['dark', 'dark']]) {
    const button = make('button', { type: 'button', 'aria-pressed': String(value === '') }, name);
    button.addEventListener('click', () => {
      if (value === '') document.documentElement.removeAttribute('data-theme');
      else document.documentElement.dataset.theme = value;
      theme.querySelectorAll('button').forEach((one) => one.setAttribute('aria-pressed', String(one === button)));
    });
    theme.append(button);
  }
  document.querySelector('header').prepend(theme);

  // Copies of blocks.
  const said = make('div', { class: 'aloud', role: 'status' });
  document.body.append(said);
  for (const block of document.querySelectorAll('[data-copy]')) {
    const what = block.dataset.copy;
    const button = make('button', { type: 'button', class: 'copy', 'aria-label': `copy ${what}` }, 'copy');
    button.addEventListener('click', async () => {
      const code = block.querySelector('code');
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = 'copied';
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = 'selected';
      }
      said.textContent = `${what}: ${button.textContent}`;
      setTimeout(() => (button.textContent = 'copy'), 2000);
    });
    block.classList.add('copies');
    block.append(button);
  }

  // Paper has no way to open what is closed.
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open]):not(.constants)')];
    closed.forEach((one) => (one.open = true));
  });
  addEventListener('afterprint', () => closed.forEach((one) => (one.open = false)));
})();
