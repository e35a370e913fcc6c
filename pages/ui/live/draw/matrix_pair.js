// Two heatmaps side by side, of W1 and W2 or of their gradients or updates, with a legend.
import { make, picture } from "../dom.js";
import { largest, roundUp } from "./colours.js";
import { Heatmap } from "./heatmap.js";
import { ColourBar } from "./legend.js";
import { exact } from "./numbers.js";

const CELL = { width: 7, height: 3.6, small: 3.2 }; // times the size of type: the largest cell, and the narrowest with its number
const LEGEND = 17; // times the size of type, the width of a legend
const ALL = 24; // times the size of type, the height of all cells at most
const SQUARE = 0.9; // of a cell's width, its height where there is much space
const GAP = 24; // px, between the matrices
const SHRINK = 0.15; // of the scale: if all values are smaller, the scale shrinks to them

/** Heatmaps of a pair of matrices. */
export class MatrixPair {
  #peaks = { whole: [0, 0], blocks: [0, 0] }; // the largest values so far of each matrix
  #values;

  /**
   * Of W1 and W2: `symbol` before (1) and (2), `name` before W for screen readers, `prefix` of the
   * layers' names, `of` after titles and names; `steady`: the scale only grows.
   */
  constructor({ symbol = "W", name = "", prefix = "", notes = ["", ""], steady, of = "" }, matrices) {
    this.titles = ["⁽¹⁾", "⁽²⁾"].map((layer) => `${symbol}${layer}`);
    this.layers = ["W1", "W2"].map((matrix) => `${prefix}${matrix}`);
    Object.assign(this, { of, steady });
    this.canvases = matrices.map(({ rows, columns }, i) => picture(
      `${name}W${i + 1}${of} as a heatmap: rows ${rows.join(", ")}; columns ${columns.join(", ")}`, { "data-layer": this.layers[i] }));
    this.heatmaps = matrices.map((matrix, i) => new Heatmap(this.canvases[i], matrix));
    this.bar = new ColourBar();
    this.element = make("div", { class: "matrices" }, ...this.canvases.map((canvas, i) => figure(this.titles[i], notes[i], canvas)), this.bar.element);
  }

  /**
   * Place both side by side if the cells stay wide enough, else one below the other; with a height
   * for each, cells grow to fill it.
   */
  layout(room, theme, height) {
    const [first, second] = this.heatmaps;
    const margins = this.#margins(room, theme);
    const small = CELL.small * theme.size;
    const most = height ? Infinity : CELL.width * theme.size;
    const free = room - GAP - margins[0] - margins[1];
    const even = free / (first.columns.length + second.columns.length);
    const widths = this.heatmaps.map((map, i) => Math.min(most, (room - margins[i]) / map.columns.length));
    this.stacked = even < small && free <= 2 * small * second.columns.length;
    if (!this.stacked) {
      widths[1] = Math.min(most, Math.max(even, Math.min(small, free / 2 / second.columns.length)));
      widths[0] = Math.min(most, (free - widths[1] * second.columns.length) / first.columns.length);
    }
    this.heatmaps.forEach((map, i) => map.layout(margins[i], { width: widths[i], height: cellHeight(map, widths[i], theme, height) }, theme));
    const sides = this.heatmaps.map((map, i) => margins[i] + widths[i] * map.columns.length);
    const used = this.stacked ? Math.max(...sides) : sides[0] + GAP + sides[1];
    this.element.style.width = `${Math.min(room, Math.max(used, LEGEND * theme.size))}px`;
    this.bar.restyle(theme);
  }

  /** Return the width in px that the names and cells with a number need, side by side and without a gap. */
  minWidth(room, theme) {
    return this.#margins(room, theme).reduce((sum, margin, i) => sum + margin + CELL.small * theme.size * this.heatmaps[i].columns.length, 0);
  }

  /** Draw a frame's layers, on a scale up to `limit` if one is given. */
  draw(layers, theme, limit) {
    this.#values = this.layers.map((name) => layers[name]);
    if (!this.#values[0]) return; // just switched on: requested
    const limits = limit === undefined ? this.#limits() : [limit, limit];
    this.heatmaps.forEach((map, i) => map.draw(this.#values[i], limits[i], theme));
    const [first, second] = limits;
    if (first === second) this.bar.setEnds(`−${first}`, `+${first}`);
    else this.bar.setEnds("", `±${first} in ${this.titles[0]}, ±${second} in ${this.titles[1]}`);
  }

  /** Return the cell below the pointer: { text, detail, value }, or undefined. */
  at(canvas, x, y) {
    const i = this.canvases.indexOf(canvas);
    if (i < 0 || !this.#values?.[i]) return undefined;
    const cell = this.heatmaps[i].at(x, y, this.#values[i]);
    if (!cell) return undefined;
    const value = this.#values[i][cell.index];
    const text = `${this.titles[i]}  ${cell.name}${cell.mean ? ", mean of the block" : ""}${this.of}`;
    return { text, detail: `= ${exact(value, this.#values[i] instanceof Float32Array)}`, value };
  }

  #margins(room, theme) {
    return this.heatmaps.map((heatmap) => heatmap.margin(room * 0.22, theme));
  }

  /**
   * Return the limits of both scales: the same for the weights. Means of blocks and the gradients
   * of W1 are often far smaller than the rest: they have a scale each, or would not be visible.
   */
  #limits() {
    const blocks = this.heatmaps.some((map, i) => map.hasBlockMeans(this.#values[i]));
    const peaks = this.#peaks[blocks ? "blocks" : "whole"];
    this.#values.forEach((values, i) => (peaks[i] = this.#nextPeak(peaks[i], values)));
    return blocks || !this.steady ? peaks.map(roundUp) : peaks.map(() => roundUp(Math.max(...peaks)));
  }

  #nextPeak(peak, values) {
    const most = largest(values);
    return most > peak || (!this.steady && most < SHRINK * peak) ? most : peak;
  }
}

/** Return the height in px of a matrix's cells: of rows as tall as usual, or that fill a `height`. */
function cellHeight({ rows }, width, { size }, height) {
  const usual = CELL.height * size;
  const most = height ? Math.max(usual, SQUARE * width) : usual;
  return Math.max(1, Math.min(most, (height ? height - 2 * size : ALL * size) / rows.length));
}

/** Return a drawing below its title. */
export function figure(title, note, ...content) {
  const caption = make("figcaption", { title: `${title} ${note}` }, make("b", {}, title), ` ${note}`);
  return make("figure", {}, caption, ...content);
}

/** Return a chart below its title and a key to its lines. */
export function curveFigure(title, key, canvas) {
  const drawn = figure(title, "", canvas);
  drawn.className = "curve";
  drawn.firstChild.append(make("span", { class: "key" }, ...key));
  return drawn;
}
