// Heatmaps of all matrices in a row that wraps, of the weights or of their gradients or updates, with a legend.
import { make, picture } from "../dom.js";
import { FrozenKey } from "./frozen.js";
import { Heatmap } from "./heatmap.js";
import { ColourBar } from "./legend.js";
import { MatrixTable } from "./matrix_table.js";
import { exact, superscript } from "./numbers.js";

const WIDEST = 7; // times the size of type, the width of a cell
// Of two matrices, or of more, times the size of type: the narrowest cell with its number, the height of a cell and of all cells at most;
// and in px what each leaves for rounding, so that a line never wraps: two may.
const PAIR = { small: 3.2, height: 3.6, all: 24, spare: 0 };
const ROW = { small: 2.95, height: 2.4, all: 15, spare: 1 };
const READABLE = { name: 2.2, colour: 0.27, map: 14 }; // times the size of type, the narrowest cell with its name, and as a colour, and the narrowest map
const NUMBER = { height: 1.3 }; // times the size of type, a cell that holds a number
const TITLE = 4; // times the size of type, the height of a line's titles and names
const LEGEND = 17; // times the size of type, the width of a legend
const SQUARE = 0.9; // of a cell's width, its height where there is much space
const GAP = 24; // px, between the matrices

/** Heatmaps of the matrices of a network. */
export class MatrixRow {
  #values;
  #frozen; // those of the epoch that is drawn
  #sizes; // of its cells
  #lines = ""; // how many matrices each has

  /**
   * Of W1, W2 and so on: `symbol` before (1), (2), `name` before W for screen readers, `prefix` of the
   * layers' names, `of` after titles and names; `midpoint` of the colours: see `shareOf`; `frozen`: whether weights are
   * frozen at any epoch, which the legend then explains.
   */
  constructor({ symbol = "W", name = "", prefix = "", notes = [], midpoint, of = "", frozen = false }, matrices) {
    this.titles = matrices.map((_, i) => `${symbol}${superscript(`(${i + 1})`)}`);
    this.layers = matrices.map((_, i) => `${prefix}W${i + 1}`);
    Object.assign(this, { of, midpoint });
    this.#sizes = matrices.length === 2 ? PAIR : ROW;
    const names = matrices.map((_, i) => `${name}W${i + 1}${of}`);
    this.canvases = matrices.map(({ rows, columns }, i) => picture(
      `${names[i]} as a heatmap: rows ${rows.join(", ")}; columns ${columns.join(", ")}`, { "data-layer": this.layers[i] }));
    this.heatmaps = matrices.map((matrix, i) => new Heatmap(this.canvases[i], matrix));
    this.tables = matrices.map((matrix, i) => new MatrixTable(names[i], matrix));
    this.bar = new ColourBar();
    this.bar.setMidpoint(midpoint);
    this.figures = matrices.map(({ rows, columns }, i) =>
      figure(this.titles[i], { size: `${rows.length}×${columns.length}`, note: notes[i] }, this.canvases[i], this.tables[i].element));
    this.key = frozen ? new FrozenKey() : undefined;
    this.legend = frozen ? make("div", { class: "keys" }, this.bar.element, this.key.element) : this.bar.element;
    this.element = make("div", { class: "matrices" }, this.legend);
  }

  /**
   * Place the matrices side by side as long as the cells stay wide enough, then in further lines; with
   * a height (for each of two, or for all), cells grow to fill it.
   */
  layout(room, theme, height) {
    const margins = this.#margins(room, theme);
    const most = height ? Infinity : WIDEST * theme.size;
    const lines = height && !this.#isPair ? this.#linesFilling(room, height, margins, theme) : this.#linesIn(room, margins, theme);
    const widths = lines.flatMap((line) => this.#cellWidths(line, room, margins, theme).map((width) => Math.min(most, width)));
    this.heatmaps.forEach((map, i) => map.layout(margins[i], { width: widths[i], height: this.#cellHeight(map, widths[i], lines, theme, height) }, theme));
    const side = (i) => margins[i] + widths[i] * this.heatmaps[i].columns.length + this.#sizes.spare;
    const used = Math.max(...lines.map((line) => line.reduce((sum, i) => sum + GAP + side(i), -GAP)));
    this.element.style.width = `${Math.min(room, Math.max(used, LEGEND * theme.size))}px`;
    this.bar.restyle(theme);
    this.#arrange(lines);
    for (const line of lines) this.#alignTitles(line);
  }

  /** Return the least height in px for a width at which cells show as much as they do at any. */
  least(room, theme) {
    const lines = this.#linesIn(room, this.#margins(room, theme), theme);
    return lines.reduce((sum, line) => sum + TITLE * theme.size + this.#leastOf(line, theme), 0);
  }

  /** Return whether each matrix, alone in a line, shows in `narrow` px what it shows in `room` px: numbers, names, or colours only. */
  showsAsMuch(narrow, room, theme) {
    const [tight, wide] = [narrow, room].map((width) => this.#margins(width, theme));
    return this.heatmaps.every(({ columns }, i) => (narrow - tight[i] - this.#sizes.spare) / columns.length >= this.#readableWidth(i, room, wide, theme));
  }

  get #isPair() { return this.#sizes === PAIR; }

  /** Return the lines in which the matrices fit, each a list of their numbers. */
  #linesIn(room, margins, theme) {
    const fits = this.#isPair ? this.#pairFits : this.#lineFits;
    const lines = [[]];
    for (const i of this.heatmaps.keys()) {
      if (lines.at(-1).length && !fits.call(this, [...lines.at(-1), i], room, margins, theme)) lines.push([]);
      lines.at(-1).push(i);
    }
    return lines;
  }

  /** Return whether two matrices stay readable side by side, or the second leaves the first more than half. */
  #pairFits(line, room, margins, { size }) {
    const free = this.#freeWidth(line, room, margins);
    const [first, second] = this.heatmaps.map(({ columns }) => columns.length);
    return free / (first + second) >= PAIR.small * size || free > 2 * PAIR.small * size * second;
  }

  /** Return the lines, as usual or of as many matrices each, whose cells are largest in that height. */
  #linesFilling(room, height, margins, theme) {
    const all = [...this.heatmaps.keys()];
    const choices = all.map((i) => all.filter((first) => first % (i + 1) === 0).map((first) => all.slice(first, first + i + 1)));
    const smallest = (lines) => Math.min(this.#stretch(lines, theme, height), ...lines.flatMap((line) =>
      this.#cellWidths(line, room, margins, theme).map((width, place) => width / this.#readableWidth(line[place], room, margins, theme))));
    return choices.reduce((best, lines) => (smallest(lines) > smallest(best) ? lines : best), this.#linesIn(room, margins, theme));
  }

  /** Return whether each matrix shows in the line what it shows alone: numbers, names, or colours only. */
  #lineFits(line, room, margins, theme) {
    const widths = this.#cellWidths(line, room, margins, theme);
    return line.every((i, place) => widths[place] >= this.#readableWidth(i, room, margins, theme));
  }

  /** Return the least width of a matrix's cells that shows as much as all the room does. */
  #readableWidth(i, room, margins, { size }) {
    const { rows, columns } = this.heatmaps[i];
    const alone = (room - margins[i]) / columns.length / size;
    const kinds = [...(rows.length * NUMBER.height <= ROW.all ? [ROW.small] : []), READABLE.name, READABLE.colour];
    return size * (kinds.find((least) => alone >= least) ?? Math.min(alone, READABLE.map / columns.length));
  }

  /** Return what the names of rows and the gaps leave of a line's width for cells. */
  #freeWidth(line, room, margins) {
    return line.reduce((free, i) => free - margins[i] - this.#sizes.spare, room - GAP * (line.length - 1));
  }

  /** Return the width of the cells of each matrix in a line: even, but no narrower than readable where a fair share allows it. */
  #cellWidths(line, room, margins, { size }) {
    let free = this.#freeWidth(line, room, margins);
    const columns = line.map((i) => this.heatmaps[i].columns.length);
    const small = this.#sizes.small * size;
    const widths = [];
    for (let place = line.length - 1; place >= 0; place--) {
      const even = free / columns.slice(0, place + 1).reduce((sum, count) => sum + count, 0);
      widths[place] = Math.max(even, Math.min(small, free / (place + 1) / columns[place]));
      free -= widths[place] * columns[place];
    }
    return widths;
  }

  /** Return the height in px of a matrix's cells: of rows as tall as usual, or that fill a `height`. */
  #cellHeight({ rows }, width, lines, theme, height) {
    const usual = this.#sizes.height * theme.size;
    if (!height) return Math.max(1, Math.min(usual, (this.#sizes.all * theme.size) / rows.length));
    const filling = this.#isPair ? (height - 2 * theme.size) / rows.length : this.#stretch(lines, theme, height) * leastHeight(rows, theme);
    return Math.max(1, Math.min(Math.max(usual, SQUARE * width), filling));
  }

  /** Return how many times their least height the cells of some lines have if they fill a height. */
  #stretch(lines, theme, height) {
    return (height - lines.length * TITLE * theme.size) / lines.reduce((sum, line) => sum + this.#leastOf(line, theme), 0);
  }

  /** Return the least height in px of the tallest matrix of a line, without its titles. */
  #leastOf(line, theme) {
    return Math.max(...line.map((i) => this.heatmaps[i].rows).map((rows) => rows.length * leastHeight(rows, theme)));
  }

  /** Put the figures into their lines. */
  #arrange(lines) {
    const counts = String(lines.map(({ length }) => length));
    if (counts === this.#lines) return;
    this.#lines = counts;
    const rows = lines.map((line) => make("div", { class: "line" }, ...line.map((i) => this.figures[i])));
    this.element.replaceChildren(...rows, this.legend);
  }

  /** Return the width in px that the names and cells with a number need, side by side and without a gap. */
  minWidth(room, theme) {
    return this.#margins(room, theme).reduce((sum, margin, i) => sum + margin + PAIR.small * theme.size * this.heatmaps[i].columns.length, 0);
  }

  /** Draw a frame's layers; the weight { layer, row, column } of `mark`, if any, is marked; `frozen` weights: see `FrozenWeights.at`. */
  draw(layers, theme, { mark, frozen } = {}) {
    this.#values = this.layers.map((name) => layers[name]);
    if (!this.#values[0]) return; // just switched on: requested
    this.#frozen = frozen;
    this.heatmaps.forEach((map, i) =>
      map.draw(this.#values[i], this.midpoint, theme, { mark: mark?.layer === i + 1 ? mark : undefined, frozen: frozen?.sets[i] }));
    this.key?.show(frozen.counts, this.heatmaps.map((map, i) => map.marks && frozen.sets[i].size === frozen.counts[i]));
    for (const table of this.tables) table.clear();
  }

  /** Write what is drawn into the tables for screen readers. */
  describe() {
    if (!this.#values?.[0]) return;
    this.tables.forEach((table, i) => table.fill(this.#values[i], (value) => this.heatmaps[i].text(value), { places: this.#frozen?.sets[i], count: this.#frozen?.counts[i] }));
  }

  /** Return the cell below the pointer: { text, detail, value, mean: whether it is a block's, weight: the one there }, or undefined. */
  at(canvas, x, y) {
    const i = this.canvases.indexOf(canvas);
    if (i < 0 || !this.#values?.[i]) return undefined;
    const cell = this.heatmaps[i].at(x, y, this.#values[i]);
    if (!cell) return undefined;
    const value = this.#values[i][cell.index];
    const text = `${this.titles[i]}  ${cell.name}${cell.mean ? ", mean of the block" : ""}${this.of}`;
    const frozen = !cell.mean && this.#frozen?.sets[i]?.has(cell.index);
    return {
      text, detail: `= ${exact(value, this.#values[i] instanceof Float32Array)}`, value, mean: cell.mean,
      weight: { layer: i + 1, row: cell.row, column: cell.column }, ...(frozen && { more: "frozen" }),
    };
  }

  #margins(room, theme) {
    return this.heatmaps.map((heatmap) => heatmap.margin(room * 0.22, theme));
  }

  /** Give the titles of a line the height of the tallest, so that its matrices begin at the same height. */
  #alignTitles(line) {
    const titles = line.map((i) => this.figures[i].firstChild);
    for (const title of titles) title.style.minHeight = "";
    const tallest = Math.max(...titles.map(({ offsetHeight }) => offsetHeight));
    for (const title of titles) title.style.minHeight = `${tallest}px`;
  }
}

/** Return the least height in px of the cells of so many rows: of a number, unless there are too many. */
const leastHeight = (rows, { size }) => size * Math.min(NUMBER.height, ROW.all / rows.length);

/** Return the headings of all matrices of a network, W1 first: what a scene has by the names W1, W2 and so on. */
export function matricesOf(scene) {
  const count = Object.keys(scene).filter((name) => /^W\d+$/.test(name)).length;
  return Array.from({ length: count }, (_, i) => scene[`W${i + 1}`]);
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

/** Return which layers W⁽layer⁾ of several matrices connects: "hidden 1 → hidden 2". */
export function connection(layer, matrices) {
  const hidden = (number) => (matrices > 2 ? `hidden ${number}` : "hidden");
  return `${layer > 1 ? hidden(layer - 1) : "inputs"} → ${layer < matrices ? hidden(layer) : "output"}`;
}
