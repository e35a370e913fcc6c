// What belongs to W1 and W2 side by side, as two heatmaps with one scale and its legend.
import { roundUp } from "./colours.js";
import { make } from "./dom.js";
import { Heatmap } from "./heatmap.js";

const CELL = 88; // px, a cell's greatest width
const SMALL = 44; // px, a cell that still holds its number
const GAP = 24; // px, between the matrices
const SHRUNK = 0.15; // of the scale: when all values are smaller, it is made to fit again

export class Pair {
  #peak = 0;
  #values;

  /** `titles` of both, and for screen readers their plain names; `steady`: the scale only grows. */
  constructor({ titles, names, notes, layers, steady }, matrices) {
    this.titles = titles;
    this.layers = layers;
    this.steady = steady;
    this.canvases = matrices.map(({ rows, columns }, i) => make("canvas", {
      role: "img", "data-layer": layers[i],
      "aria-label": `${names[i]} as a heatmap: rows ${rows.join(", ")}; columns ${columns.join(", ")}`,
    }));
    this.heatmaps = matrices.map((matrix, i) => new Heatmap(this.canvases[i], matrix));
    this.legend = make("div", { class: "legend" }, make("span"), make("i"), make("span"));
    this.element = make("div", { class: "matrices" }, ...this.canvases.map((canvas, i) => figure(titles[i], notes[i], canvas)), this.legend);
  }

  /** Both side by side where that leaves room for cells, else one below the other. */
  layout(room, theme) {
    const [first, second] = this.heatmaps;
    const margins = this.heatmaps.map((heatmap) => heatmap.margin(room * 0.22, theme));
    const free = room - GAP - margins[0] - margins[1];
    const even = free / (first.columns.length + second.columns.length);
    const widths = this.heatmaps.map((map, i) => Math.min(CELL, (room - margins[i]) / map.columns.length));
    if (even >= SMALL || free > 2 * SMALL * second.columns.length) {
      widths[1] = Math.min(CELL, Math.max(even, Math.min(SMALL, free / 2 / second.columns.length)));
      widths[0] = Math.min(CELL, (free - widths[1] * second.columns.length) / first.columns.length);
    }
    this.heatmaps.forEach((map, i) => map.layout(margins[i], widths[i], theme));
    const colours = theme.scale.filter((_, i) => i % 16 === 0 || i === 254).map((colour) => `rgb(${colour})`);
    this.legend.children[1].style.background = `linear-gradient(90deg, ${colours.join()})`;
  }

  get limit() { return roundUp(this.#peak); }

  draw(layers, theme) {
    this.#values = this.layers.map((name) => layers[name]);
    if (!this.#values[0]) return; // it was just switched on: on its way
    this.#rescale();
    this.heatmaps.forEach((map, i) => map.draw(this.#values[i], this.limit, theme));
    this.legend.firstChild.textContent = `−${this.limit}`;
    this.legend.lastChild.textContent = `+${this.limit}`;
  }

  /** What the cell below the pointer says: { text, value }. */
  at(canvas, x, y) {
    const i = this.canvases.indexOf(canvas);
    if (i < 0 || !this.#values?.[i]) return undefined;
    const cell = this.heatmaps[i].at(x, y, this.#values[i]);
    if (!cell) return undefined;
    const value = this.#values[i][cell.index];
    return { text: `${this.titles[i]}  ${cell.name}${cell.mean ? ", mean of the block" : ""}`, value, single: this.#values[i] instanceof Float32Array };
  }

  #rescale() {
    let peak = 0;
    for (const values of this.#values) for (const value of values) peak = Math.max(peak, Math.abs(value));
    if (peak > this.#peak || (!this.steady && peak < SHRUNK * this.#peak)) this.#peak = peak;
  }
}

/** A drawing under its title. */
export function figure(title, note, ...content) {
  const caption = make("figcaption", { title: `${title} ${note}` }, make("b", {}, title), ` ${note}`);
  return make("figure", {}, caption, ...content);
}
