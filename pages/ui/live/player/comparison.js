// The drawings of two runs: their weights on one colour scale, and their losses.
import { LossChart } from "../draw/chart.js";
import { ColourBar } from "../draw/legend.js";
import { MatrixRow, curveFigure } from "../draw/matrix_row.js";
import { make, picture, switchButton } from "../dom.js";
import { BETWEEN, Drawings } from "./drawings.js";

const MATRICES = 0.6; // of a wide view's width
const HEIGHT = { one: 280, each: 210 }; // px, of the loss curves in one chart, or in two
const LOG_RATIO = 50; // ratio of losses above which the scale starts logarithmic

/** Return whether two losses differ so much that a linear scale would hide one of them. */
export const farApart = (one, other) => Math.max(one, other) > LOG_RATIO * Math.min(one, other);

/** The weights of both runs on one colour scale, and their losses. Subclasses have `losses(frame)`: C of both. */
export class ComparisonView extends Drawings {
  #frame;

  /**
   * `runs`: of both, `key`, which begins the names of its layers and is its line's class, `name`, `label`: the name within
   * a sentence, its `matrices`, a `curve`, and a `note` below its name, if any; `difference`: likewise, without a curve, or
   * undefined; `midpoint` of all colours; `last` epoch; `charts`: { runs: indices of those in it, title, label, names, marks };
   * `columns`: whether each may have a column of its own, above the losses, where it shows as much there.
   */
  constructor({ runs, difference, midpoint, last, charts, log, columns = false }) {
    super();
    Object.assign(this, { runs, last, columns });
    const rows = difference ? [...runs, difference] : runs;
    this.matrices = rows.map(({ key, label, matrices }) => new MatrixRow({ prefix: `${key}_`, of: `, ${label}`, midpoint }, matrices));
    this.bar = new ColourBar();
    this.bar.setMidpoint(midpoint);
    this.boxes = rows.map(({ key, name, curve, note }, i) =>
      make("div", { class: "row" }, make("h2", {}, name, ...(curve ? [make("i", { class: key })] : [])), ...(note ? [note] : []), this.matrices[i].element));
    this.charts = charts.map(({ runs: shown, label, names, marks }) => ({
      shown, curves: shown.map((i) => runs[i].curve),
      chart: Object.assign(new LossChart(picture(label)), { names, marks, log, first: shown[0] }),
    }));
    this.log = switchButton("The loss on a logarithmic scale", () => this.#toggleLogScale(), "Log scale");
    this.log.setAttribute("aria-pressed", log);
    this.rows = make("div", { class: "rows" }, ...this.boxes, this.bar.element);
    const figures = charts.map(({ runs: shown, title }, i) =>
      curveFigure(title, shown.map((run) => make("span", {}, make("i", { class: runs[run].key }), runs[run].label)), this.charts[i].chart.canvas));
    this.beside = make("div", { class: "beside" }, ...figures, make("div", { class: "switches" }, this.log));
    this.element = this.main = make("div", { class: "main" }, this.rows, this.beside);
  }

  place(width, wide) {
    this.bar.restyle(this.theme);
    const column = this.#columnWidth(width, wide);
    if (column) this.main.classList.remove("wide");
    this.rows.classList.toggle("columns", Boolean(column));
    for (const box of this.boxes) box.style.width = column ? `${column}px` : "";
    this.#placeRows(wide ? width * MATRICES : width, column);
    const beside = wide && !column ? width - this.rows.getBoundingClientRect().width - BETWEEN : width;
    const height = this.charts.length > 1 ? HEIGHT.each : HEIGHT.one;
    for (const { chart } of this.charts) chart.layout(beside, height);
    if (this.#frame) this.draw(this.#frame);
  }

  /** Return the width of a column for each row of matrices; undefined where one is not wanted, or shows less. */
  #columnWidth(width, wide) {
    if (!this.columns || !wide) return undefined;
    const count = this.matrices.length;
    const column = Math.floor((width - BETWEEN * (count - 1)) / count);
    return this.matrices.every((row) => row.showsAsMuch(column, width * MATRICES, this.theme)) ? column : undefined;
  }

  #placeRows(room, column) {
    const half = (room - BETWEEN) / 2;
    const abreast = this.matrices.every((row) => row.minWidth(half, this.theme) + BETWEEN <= half);
    this.rows.classList.toggle("abreast", abreast || Boolean(column));
    for (const row of this.matrices) {
      row.layout(column ?? (abreast ? half : room), this.theme);
      if (column) row.element.style.width = "100%"; // of its column
    }
  }

  draw(frame) {
    this.#frame = frame;
    if (!this.theme || !this.width) return; // drawn by `layout` once there is a width
    const { epoch, layers } = frame;
    for (const row of this.matrices) row.draw(layers, this.theme);
    this.describeAtRest(this.matrices);
    const losses = this.losses(frame).map((C, i) => (epoch < this.runs[i].curve.count ? C : NaN)); // the dot stays on its curve
    for (const { shown, curves, chart } of this.charts) chart.draw(curves, this.last, { epoch, losses: shown.map((i) => losses[i]) }, this.theme);
  }

  /** Return what is below the pointer: { text, detail, more, value }, or undefined. */
  at(canvas, x, y) {
    const found = this.charts.find(({ chart }) => chart.canvas === canvas);
    if (found) return found.chart.at(x, y, found.curves, this.last);
    return this.matrices.map((row) => row.at(canvas, x, y)).find(Boolean);
  }

  #toggleLogScale() {
    const log = this.log.getAttribute("aria-pressed") !== "true";
    this.log.setAttribute("aria-pressed", log);
    for (const { chart } of this.charts) chart.log = log;
    this.draw(this.#frame);
  }
}
