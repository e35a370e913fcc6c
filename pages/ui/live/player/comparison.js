// The drawings of the bug lab: both runs' weights on one colour scale, and both loss curves.
import { LossChart } from "../draw/chart.js";
import { largest } from "../draw/colours.js";
import { ColourBar } from "../draw/legend.js";
import { MatrixRow, curveFigure, matricesOf } from "../draw/matrix_row.js";
import { short, whole } from "../draw/numbers.js";
import { make, picture, switchButton } from "../dom.js";
import { Curve } from "./buffer.js";
import { BETWEEN, Drawings } from "./drawings.js";

const RUNS = { true: "True gradient", broken: "With the mistake" };
const MATRICES = 0.6; // of a wide view's width
const HEIGHT = 280; // px, of the loss curves
const CUTOFF = 1e4; // times the true run's maximum loss: there the other curve ends
const LOG_RATIO = 50; // ratio of losses above which the scale starts logarithmic

/** The weights of both runs on one colour scale, and both loss curves. */
export class ComparisonView extends Drawings {
  #frame;

  constructor(film) {
    super();
    this.film = film;
    this.sides = Object.entries(RUNS).map(([run, name]) =>
      new MatrixRow({ prefix: `${run}_`, of: `, ${name.toLowerCase()}`, midpoint: film.midpoint }, matricesOf(film)));
    this.bar = new ColourBar();
    this.bar.setMidpoint(film.midpoint);
    const rows = Object.entries(RUNS).map(([run, name], i) =>
      make("div", { class: "row" }, make("h2", {}, name, make("i", { class: run })), this.sides[i].element));
    this.curves = curvesOf(film);
    this.loss = Object.assign(new LossChart(picture("Loss of both runs at every epoch")), {
      names: ["C", "with the mistake"], marks: marksOf(film, this.curves), log: needsLogScale(film),
    });
    this.log = switchButton("The loss on a logarithmic scale", () => this.#toggleLogScale(), "Log scale");
    this.log.setAttribute("aria-pressed", this.loss.log);
    const key = Object.entries(RUNS).map(([run, name]) => make("span", {}, make("i", { class: run }), name.toLowerCase()));
    this.rows = make("div", { class: "rows" }, ...rows, this.bar.element);
    this.beside = make("div", { class: "beside" }, curveFigure("Loss C", key, this.loss.canvas), make("div", { class: "switches" }, this.log));
    this.element = this.main = make("div", { class: "main" }, this.rows, this.beside);
  }

  /** Return C of both runs at an epoch. */
  losses(epoch) { return [this.film.true_losses[epoch], this.film.broken_losses[epoch]]; }

  /** Return the elements of the line of numbers. */
  numbers({ epoch, index }) {
    const { film } = this;
    const [C, wrong] = this.losses(epoch).map((loss) => (Number.isFinite(loss) ? short(loss, 4) : "not finite"));
    const [angle, ratio] = [film.angle[index], film.ratio[index]];
    const number = (value) => make("b", {}, value);
    const line = (...parts) => make("span", {}, ...parts);
    const off = Number.isFinite(angle) ? [number(degrees(angle)), " off, "] : [];
    const long = Number.isFinite(ratio) ? [number(short(ratio)), " times as long"] : ["no comparison at this epoch"];
    return [
      line("Epoch ", number(whole(epoch)), ` of ${whole(film.epochs.at(-1))}`),
      line("True gradient: C = ", number(C)), line("With the mistake: C = ", number(wrong)),
      line("Wrong gradient: ", ...off, ...long),
    ];
  }

  place(width, wide) {
    this.bar.restyle(this.theme);
    const room = wide ? width * MATRICES : width;
    const half = (room - BETWEEN) / 2;
    const abreast = this.sides[0].minWidth(half, this.theme) + BETWEEN <= half;
    this.rows.classList.toggle("abreast", abreast);
    for (const side of this.sides) side.layout(abreast ? half : room, this.theme);
    const taken = this.rows.getBoundingClientRect().width;
    this.loss.layout(wide ? width - taken - BETWEEN : width, HEIGHT);
    if (this.#frame) this.draw(this.#frame);
  }

  draw(frame) {
    this.#frame = frame;
    if (!this.theme || !this.width) return; // drawn by `layout` once there is a width
    const { epoch, layers } = frame;
    for (const side of this.sides) side.draw(layers, this.theme);
    this.describeAtRest(this.sides);
    const losses = this.losses(epoch).map((C, i) => (epoch < this.curves[i].count ? C : NaN)); // the dot stays on its curve
    this.loss.draw(this.curves, this.film.epochs.at(-1), { epoch, losses }, this.theme);
  }

  /** Return what is below the pointer: { text, detail, value }, or undefined. */
  at(canvas, x, y) {
    if (canvas === this.loss.canvas) return this.loss.at(x, y, this.curves, this.film.epochs.at(-1));
    return this.sides.map((side) => side.at(canvas, x, y)).find(Boolean);
  }

  #toggleLogScale() {
    this.loss.log = !this.loss.log;
    this.log.setAttribute("aria-pressed", this.loss.log);
    this.draw(this.#frame);
  }
}

/** Return an angle as text; rounding errors near 0 and 180 are not shown. */
export const degrees = (angle) => `${angle < 1e-5 ? 0 : angle < 10 ? short(angle, 2) : Math.round(angle)}°`;

/** Return both loss curves, the second one up to the chart's cutoff. */
export function curvesOf({ true_losses, broken_losses }) {
  const most = CUTOFF * largest(true_losses);
  return [true_losses, broken_losses].map((losses) => {
    const end = losses.findIndex((C) => !(C <= most));
    const drawn = losses.subarray(0, end < 0 ? losses.length : end);
    return Curve.of(drawn, drawn.length, 1);
  });
}

/** Return a mark where a curve ends before the other, with the reason. */
export function marksOf({ stopped, true_losses }, curves) {
  const names = ["the true gradient’s run", "the run with the mistake"];
  return curves.flatMap(({ count }, i) => {
    if (count === true_losses.length) return [];
    const infinite = stopped[i] === count - 1;
    return [[count - 1, infinite ? `the next step makes C or a weight of ${names[i]} infinite` : `from here on, C of ${names[i]} is outside the chart`]];
  });
}

/** Return whether the losses differ so much that a linear scale would hide one of them. */
function needsLogScale({ true_losses, broken_losses }) {
  const [C, wrong] = [true_losses, broken_losses].map((losses) => losses.findLast((value) => Number.isFinite(value)));
  return Math.max(C, wrong) > LOG_RATIO * Math.min(C, wrong) || largest(broken_losses) > LOG_RATIO * largest(true_losses);
}
