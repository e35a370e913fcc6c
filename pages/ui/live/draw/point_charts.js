// Curves over the epochs that are known at some epochs only: scores, and norms of gradients.
import { drawDot, drawLine, maxWidth, setType, write } from "./canvas.js";
import { Chart, DASHES, DOT, level, logarithmic, reference, scaleOf } from "./chart.js";
import { inkOf, roundUp } from "./colours.js";
import { short, superscript, whole } from "./numbers.js";

const SMALL = 0.18; // times the size of type, radius of a point
const JOIN = 1 / 100; // of the axis: nearer points, or of neighbouring epochs, are joined
const LAYERS = [[], [7, 3], [2, 3], [10, 3, 2, 3], [14, 4], [6, 3, 2, 3, 2, 3], [1, 2]]; // dashes of the norms' lines
const LABEL = { step: 1.25, leader: 2.2, gap: 0.4 }; // times the size of type: the least distance of names, the line that leads to one, and around it

/** Points { epoch, values } of several lines, joined where they are near one another; NaN where there is none. */
class PointChart extends Chart {
  points = [];

  /** Draw a line through the i-th values, with a dot at those on display (`now`), if any. */
  drawLine(pen, i, now, { colour, dash, breaks = [] }, theme) {
    const { x, y, stroke } = this.scale;
    pen.strokeStyle = colour;
    for (const segment of segments(this.points, i, this.scale, breaks)) {
      if (segment.length === 1) {
        drawDot(pen, x(segment[0].epoch), y(segment[0].values[i]), SMALL * theme.size, colour);
        continue;
      }
      pen.setLineDash(dash);
      pen.lineWidth = stroke;
      pen.beginPath();
      for (const { epoch, values } of segment) pen.lineTo(x(epoch), y(values[i]));
      pen.stroke();
      pen.setLineDash([]);
    }
    if (now && !Number.isNaN(now.values[i])) drawDot(pen, x(now.epoch), y(now.values[i]), DOT * theme.size, colour);
  }

  /** Return the point nearest to the pointer, its values with their names. */
  nearest(x, names, digits) {
    if (!this.points.length || !this.scale) return undefined;
    const off = ({ epoch }) => Math.abs(this.scale.x(epoch) - x);
    const { epoch, values } = this.points.reduce((best, point) => (off(point) < off(best) ? point : best));
    const numbers = [...values].flatMap((value, i) => (Number.isNaN(value) ? [] : [`${names[i]} ${short(value, digits)}`]));
    return { text: `Epoch ${whole(epoch)}`, detail: numbers.join(", ") };
  }
}

/** Accuracy or R² at the epochs where it was computed. */
export class ScoreChart extends PointChart {
  /** Draw the points up to epoch `seen`, those on display (`now`), and a line at `base`, if any. */
  draw(points, seen, now, theme, base) {
    this.points = points.filter(({ epoch }) => epoch <= seen);
    const least = Math.min(0, ...known(this.points, now).filter((value) => !Number.isNaN(value)));
    const low = least < 0 ? Math.max(-1, -roundUp(-least)) : 0;
    const scale = scaleOf(this.size, seen, { ticks: [low, (low + 1) / 2, 1], share: (value) => (value - low) / (1 - low) }, theme);
    this.drawOnAxes(scale, theme, (pen) => {
      if (typeof base === "number") reference(pen, scale, theme, () => level(pen, scale, base));
      for (const i of [0, 1]) this.drawLine(pen, i, now, { colour: theme.series[i], dash: DASHES[i] }, theme);
    });
  }

  at(x) { return this.nearest(x, ["training", "validation"], 4); }
}

/** The norms of the gradients of each matrix, on a logarithmic scale, with the matrix's name at each line's end, or above all. */
export class NormChart extends PointChart {
  breaks = []; // epochs at which C becomes another loss
  #names;

  constructor(canvas, layers) {
    super(canvas);
    this.#names = Array.from({ length: layers }, (_, i) => `W${superscript(`(${i + 1})`)}`);
  }

  /** Draw the points up to epoch `seen`, and those on display (`now`), if any. */
  draw(points, seen, now, theme) {
    this.points = points.filter(({ epoch }) => epoch <= seen);
    const positive = known(this.points, now).filter((value) => value > 0 && value < Infinity);
    const most = positive.length ? positive.reduce((a, b) => Math.max(a, b)) : 1;
    const least = positive.reduce((a, b) => Math.min(a, b), most);
    const pen = this.canvas.getContext("2d");
    setType(pen, theme);
    const values = logarithmic(least, most);
    const beside = maxWidth(pen, this.#names) + (LABEL.leader + 2 * LABEL.gap) * theme.size;
    const scale = scaleOf(this.size, seen, values, theme, { beside });
    const legend = this.#names.length * LABEL.step * theme.size > scale.bottom - scale.top && this.#legend(pen, theme);
    this.drawOnAxes(legend ? scaleOf(this.size, seen, values, theme, { above: legend.height }) : scale, theme, (pen) => {
      this.#names.forEach((_, i) => this.drawLine(pen, i, now, { ...lineOf(i, theme), breaks: this.breaks }, theme));
      if (legend) for (const { i, x, y } of legend.places) this.#name(pen, i, [x, y], [x + LABEL.leader * theme.size, y], theme);
      else this.#label(pen, now, theme);
    });
  }

  at(x) { return this.nearest(x, this.#names, 3); }

  /** Return the places of the names in lines above the chart, each with its line, and their height in px. */
  #legend(pen, { size }) {
    const width = maxWidth(pen, this.#names) + (LABEL.leader + 3 * LABEL.gap) * size;
    const columns = Math.max(1, Math.floor(this.size.width / width));
    const places = this.#names.map((_, i) => ({ i, x: (i % columns) * width, y: (Math.floor(i / columns) + 0.5) * LABEL.step * size }));
    return { places, height: Math.ceil(places.length / columns) * LABEL.step * size };
  }

  /** Write a matrix's name after a piece of its line from one place to another. */
  #name(pen, i, from, to, theme) {
    const { colour, dash } = lineOf(i, theme);
    pen.strokeStyle = colour;
    pen.lineWidth = this.scale.stroke;
    pen.setLineDash(dash);
    drawLine(pen, ...from, ...to);
    pen.setLineDash([]);
    setType(pen, theme);
    pen.fillStyle = inkOf(colour, theme);
    write(pen, "left", this.#names[i], to[0] + LABEL.gap * theme.size, to[1]);
  }

  /** Write each matrix's name beside the end of its line, those of near ends below one another. */
  #label(pen, now, theme) {
    const last = this.points.at(-1);
    const end = now && !(last?.epoch > now.epoch) ? now : last;
    if (!end) return;
    const { x, y, top, bottom } = this.scale;
    const step = LABEL.step * theme.size;
    const wanted = this.#names.map((_, i) => ({ i, y: end.values[i] > 0 ? Math.min(y(end.values[i]), bottom) : bottom }));
    const labels = wanted.filter(({ y }) => !Number.isNaN(y)).sort((a, b) => a.y - b.y);
    let lowest = bottom - step / 4;
    for (const label of labels.toReversed()) lowest = (label.most = lowest) - step;
    let next = top - step / 2;
    const [start, stop] = [0, LABEL.leader * theme.size].map((right) => x(end.epoch) + right);
    for (const { i, y, most } of labels) {
      next = Math.min(most, Math.max(y, next));
      this.#name(pen, i, [start, y], [stop, next], theme);
      next += step;
    }
  }
}

/** Return how the line of the i-th matrix looks. */
const lineOf = (i, theme) => ({ colour: theme.series[i % theme.series.length], dash: LAYERS[i % LAYERS.length] });

/** Return a sentence: the norm of the first matrix's gradient against that of the last one's. */
export function normRatio(norms, epoch) {
  const [first, last] = [norms[0], norms.at(-1)];
  const name = (layer) => `‖∂C/∂W${superscript(`(${layer})`)}‖`;
  if (!Number.isFinite(first) || !Number.isFinite(last)) return "";
  const at = `at epoch ${whole(epoch)}`;
  if (last === 0) return `${name(norms.length)} is 0 ${at}`;
  const ratio = first / last;
  return `${name(1)} is ${short(ratio, 2)} times ${name(norms.length)} ${at}`;
}

/** Return all values of the points and of those on display. */
const known = (points, now) => [...points, ...(now ? [now] : [])].flatMap(({ values }) => [...values]);

/** Return the points with an i-th value, grouped into the segments to draw as lines; a new one begins at each of `breaks`. */
function segments(points, i, { epochs }, breaks) {
  const near = Math.max(1, JOIN * epochs);
  const found = [[]];
  for (const point of points) {
    const [missing, last] = [Number.isNaN(point.values[i]), found.at(-1).at(-1)];
    const broken = breaks.some((epoch) => last?.epoch < epoch && epoch <= point.epoch);
    if (missing || broken || point.epoch - last?.epoch > near) found.push([]);
    if (!missing) found.at(-1).push(point);
  }
  return found.filter(({ length }) => length);
}
