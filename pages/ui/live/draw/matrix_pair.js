// Two heatmaps side by side, of W1 and W2 or of their gradients or updates, with a legend.
import { make, picture } from "../dom.js";
import { Heatmap } from "./heatmap.js";
import { ColourBar } from "./legend.js";
import { MatrixTable } from "./matrix_table.js";
import { exact } from "./numbers.js";

const CELL = { width: 7, height: 3.6, small: 3.2 }; // times the size of type: the largest cell, and the narrowest with its number
const LEGEND = 17; // times the size of type, the width of a legend
const ALL = 24; // times the size of type, the height of all cells at most
const SQUARE = 0.9; // of a cell's width, its height where there is much space
const GAP = 24; // px, between the matrices

/** Heatmaps of a pair of matrices. */
export class MatrixPair {
  #values;

  /**
   * Of W1 and W2: `symbol` before (1) and (2), `name` before W for screen readers, `prefix` of the
   * layers' names, `of` after titles and names; `midpoint` of the colours: see `shareOf`.
   */
  constructor({ symbol = "W", name = "", prefix = "", notes = ["", ""], midpoint, of = "" }, matrices) {
    this.titles = ["⁽¹⁾", "⁽²⁾"].map((layer) => `${symbol}${layer}`);
    this.layers = ["W1", "W2"].map((matrix) => `${prefix}${matrix}`);
    Object.assign(this, { of, midpoint });
    const names = matrices.map((_, i) => `${name}W${i + 1}${of}`);
    this.canvases = matrices.map(({ rows, columns }, i) => picture(
      `${names[i]} as a heatmap: rows ${rows.join(", ")}; columns ${columns.join(", ")}`, { "data-layer": this.layers[i] }));
    this.heatmaps = matrices.map((matrix, i) => new Heatmap(this.canvases[i], matrix));
    this.tables = matrices.map((matrix, i) => new MatrixTable(names[i], matrix));
    this.bar = new ColourBar();
    this.bar.setMidpoint(midpoint);
    this.figures = matrices.map(({ rows, columns }, i) =>
      figure(this.titles[i], { size: `${rows.length}×${columns.length}`, note: notes[i] }, this.canvases[i], this.tables[i].element));
    this.element = make("div", { class: "matrices" }, ...this.figures, this.bar.element);
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
    this.#alignTitles();
  }

  /** Return the width in px that the names and cells with a number need, side by side and without a gap. */
  minWidth(room, theme) {
    return this.#margins(room, theme).reduce((sum, margin, i) => sum + margin + CELL.small * theme.size * this.heatmaps[i].columns.length, 0);
  }

  /** Draw a frame's layers. */
  draw(layers, theme) {
    this.#values = this.layers.map((name) => layers[name]);
    if (!this.#values[0]) return; // just switched on: requested
    this.heatmaps.forEach((map, i) => map.draw(this.#values[i], this.midpoint, theme));
    for (const table of this.tables) table.clear();
  }

  /** Write what is drawn into the tables for screen readers. */
  describe() {
    if (!this.#values?.[0]) return;
    this.tables.forEach((table, i) => table.fill(this.#values[i], (value) => this.heatmaps[i].text(value)));
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

  /** Give both titles the height of the taller one, so that the matrices begin at the same height. */
  #alignTitles() {
    const titles = this.figures.map(({ firstChild }) => firstChild);
    for (const title of titles) title.style.minHeight = "";
    const tallest = Math.max(...titles.map(({ offsetHeight }) => offsetHeight));
    for (const title of titles) title.style.minHeight = `${tallest}px`;
  }
}

/** Return the height in px of a matrix's cells: of rows as tall as usual, or that fill a `height`. */
function cellHeight({ rows }, width, { size }, height) {
  const usual = CELL.height * size;
  const most = height ? Math.max(usual, SQUARE * width) : usual;
  return Math.max(1, Math.min(most, (height ? height - 2 * size : ALL * size) / rows.length));
}

/** Return a drawing below its title, with its size, and a note in a line of its own. */
export function figure(title, { size = "", note = "" }, ...content) {
  const caption = make("figcaption", {}, make("b", {}, title), ...(size ? [make("span", { class: "size" }, ` ${size}`)] : []), ...(note ? [make("small", {}, note)] : []));
  return make("figure", {}, caption, ...content);
}

/** Return a chart below its title and a key to its lines. */
export function curveFigure(title, key, canvas) {
  const drawn = figure(title, {}, canvas);
  drawn.className = "curve";
  drawn.firstChild.append(make("span", { class: "key" }, ...key));
  return drawn;
}
