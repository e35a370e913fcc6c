// The cells of a sweep as a table of buttons: numbers on colours, or small charts.
import { make } from "../dom.js";
import { textColourOn } from "../draw/colours.js";
import { lossColour, lossColours } from "../draw/loss_scale.js";
import { cellSentence, diverged, failures, measureOf, shareText, valueTexts } from "./sweep_cells.js";
import { drawBand } from "./sweep_chart.js";

const CHART = { width: 104, height: 68 }; // px
const MANY = 14; // columns: with more, cells are small and have no numbers
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The table; `choose(cell)` is called when a cell is pressed. */
export class SweepTable {
  cells = []; // the buttons, row by row
  values = []; // what their runs come to
  #shares = []; // texts instead of values, if these are shares
  #colours = []; // of the buttons, while they have one
  #charts = new Map(); // canvases by cell
  #selected = -1;

  constructor(scene, choose) {
    const [rows, columns] = scene.axes;
    this.scene = scene;
    [this.rows, this.columns] = scene.shape;
    this.dense = this.columns > MANY;
    const heading = (attributes, text) => make("th", attributes, text);
    const top = columns && make("tr", {}, make("td", { class: "corner" }), heading({ class: "label", colspan: this.columns, scope: "colgroup" }, make("span", {}, columns.label)));
    const corner = heading({ class: "label corner", scope: "col" }, rows.label);
    const names = columns ? columns.texts.map((text) => heading({ scope: "col" }, text)) : [make("td")];
    const body = rows.texts.map((text, row) => make("tr", { role: "row" }, heading({ scope: "row" }, text),
      ...Array.from({ length: this.columns }, (_, column) => make("td", { role: "gridcell" }, this.#button(row * this.columns + column, choose)))));
    const table = make("table", { role: "grid", "aria-label": "Cells of the sweep" },
      make("thead", {}, ...[top, make("tr", {}, corner, ...names)].filter(Boolean)), make("tbody", {}, ...body));
    table.classList.toggle("dense", this.dense);
    table.onpointerover = ({ target }) => target.dataset.cell && (target.title = target.ariaLabel); // of 10,000 cells few are looked at
    table.onkeydown = (event) => this.#onKey(event);
    this.element = make("div", { class: "scroll" }, table);
    table.classList.toggle("single", !columns);
    this.cells[0].tabIndex = 0;
  }

  /** Return a cell's values with what they are of. */
  name(cell) {
    const [rows, columns] = this.scene.axes;
    return [rows.names[Math.floor(cell / this.columns)], ...(columns ? [columns.names[cell % this.columns]] : [])].join(", ");
  }

  #button(cell, choose) {
    const mark = make("small");
    const button = make("button", { type: "button", tabindex: -1, "aria-pressed": "false", "data-cell": cell, "data-state": "empty" }, make("span"), mark);
    button.onclick = () => {
      this.#focus(cell);
      choose(cell);
    };
    this.cells.push(button);
    return button;
  }

  #onKey(event) {
    const cell = this.cells.findIndex((button) => button === event.target);
    if (cell < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const [row, column] = [Math.floor(cell / this.columns), cell % this.columns];
    const [down, across] = STEPS[event.key] ?? (event.key === "Home" ? [0, -column] : event.key === "End" ? [0, this.columns - 1 - column] : []);
    if (down === undefined) return;
    event.preventDefault();
    const to = [row + down, column + across];
    if (to[0] >= 0 && to[0] < this.rows && to[1] >= 0 && to[1] < this.columns) this.#focus(to[0] * this.columns + to[1]);
  }

  /** Move the keyboard's focus: one cell alone is reached by Tab. */
  #focus(cell) {
    for (const button of this.cells) if (button.tabIndex === 0) button.tabIndex = -1;
    this.cells[cell].tabIndex = 0;
    this.cells[cell].focus();
  }

  /** Mark the cell whose runs are listed. */
  select(cell) {
    for (const [at, isOn] of [[this.#selected, false], [cell, true]]) if (at >= 0) this.cells[at].ariaPressed = String(isOn);
    if (cell >= 0 && cell !== this.#selected) this.reveal();
    this.#selected = cell;
  }

  /** Scroll the table to the selected cell, if that is out of sight. */
  reveal() {
    if (this.#selected >= 0) this.cells[this.#selected].scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }

  /** Write a cell's text and sentence; the colours depend on all cells. */
  write(cell, runs, { measure, threshold }) {
    const button = this.cells[cell];
    const mark = button.querySelector("small");
    const [lost, failed] = [diverged(runs), failures(runs)];
    const signs = [["⚠\uFE0E", lost], ["✕", failed]].filter(([, count]) => count);
    const value = (this.values[cell] = measureOf(runs, measure, threshold));
    this.#shares[cell] = measure === "share" ? shareText(runs, threshold) : undefined;
    if (signs.length || mark.textContent) mark.textContent = signs.map(([sign, count]) => (this.dense ? sign : `${sign} ${count}`)).join(" ");
    button.ariaLabel = cellSentence(this.name(cell), runs, this.scene.seeds, measure, threshold);
    Object.assign(button.dataset, {
      state: !runs.length ? "empty" : runs.length < this.scene.seeds ? "part" : "whole", value, diverged: lost, failed,
    });
  }

  /** Colour the cells by the shares of their values on the scale, and write these. */
  colour({ share }, theme) {
    const colours = lossColours(theme);
    this.values.forEach((value, cell) => this.#paint(cell, Number.isNaN(value) ? undefined : lossColour(colours, share(value))));
    if (!this.dense) this.#writeTexts();
  }

  #writeTexts() {
    valueTexts(this.values).forEach((text, cell) => {
      const [span, wanted] = [this.cells[cell].firstElementChild, this.#shares[cell] ?? text];
      if (span.textContent !== wanted) span.textContent = wanted;
    });
  }

  #paint(cell, colour) {
    if (this.#colours[cell] === colour) return; // of 10,000 cells few change
    this.#colours[cell] = colour;
    const { style } = this.cells[cell];
    style.background = colour ? `rgb(${colour})` : "";
    style.color = colour ? textColourOn(colour) : "";
  }

  /** Draw the curves of the cells that have some, or with no bands take them away. */
  draw(bands, scale, theme) {
    if (!bands) for (const canvas of this.#charts.values()) canvas.remove();
    if (!bands) return this.#charts.clear();
    this.cells.forEach((_, cell) => this.#paint(cell));
    for (const [cell, band] of bands) drawBand(this.#chart(cell), band, scale, CHART, theme, cell === 0);
  }

  #chart(cell) {
    if (!this.#charts.has(cell)) {
      this.#charts.set(cell, make("canvas", { "aria-hidden": "true" }));
      this.cells[cell].append(this.#charts.get(cell));
    }
    return this.#charts.get(cell);
  }
}
