// Curves over the epochs on a canvas: up to the furthest epoch seen, and where the film stands.
import { roundUp, short } from "./colours.js";
import { resize } from "./heatmap.js";

const MARGIN = { left: 52, right: 12, top: 10, bottom: 30 };
const DASHES = [[], [6, 4]]; // training, validation
const NEAR = 6; // px, from a mark to a pointer that means it
const DECADES = 8; // of a logarithmic scale, at most

/** The losses at every epoch, and what was changed on the way. */
export class LossChart {
  #canvas; #size; #scale;
  marks = []; // [epoch, what was changed]
  before = []; // epochs and losses of the run before
  log = false;

  constructor(canvas) {
    this.#canvas = canvas;
  }

  layout(width, height) {
    this.#size = { width, height };
    resize(this.#canvas, width, height);
  }

  /** Curves up to epoch `seen`; `frame` is the one on display. */
  draw(curves, seen, frame, theme) {
    const pen = this.#canvas.getContext("2d");
    const { least, most } = range(curves, seen);
    const scale = (this.#scale = scaleOf(this.#size, seen, this.log ? logarithmic(least, most) : linear(most)));
    pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    axes(pen, scale, theme);
    this.#drawMarks(pen, seen, theme);
    this.#drawBefore(pen, theme);
    curves.forEach((curve, i) => {
      pen.strokeStyle = theme.series[i];
      pen.setLineDash(DASHES[i]);
      line(pen, curve, seen, scale);
      pen.setLineDash([]);
      if (frame) dot(pen, scale.x(frame.epoch), scale.y(frame.losses[i]), theme.series[i]);
    });
  }

  /** What is below the pointer: a change, or the losses there. */
  at(x, y, curves, seen) {
    if (!this.#scale || y > this.#size.height) return undefined;
    const mark = this.marks.find(([epoch]) => epoch <= seen && Math.abs(this.#scale.x(epoch) - x) <= NEAR);
    if (mark) return { text: `Epoch ${mark[0].toLocaleString("en")}`, told: mark[1] };
    const epoch = Math.round(this.#scale.epoch(x));
    if (epoch < 0 || epoch > Math.min(seen, curves[0].count - 1)) return undefined;
    return { text: `Epoch ${epoch.toLocaleString("en")}`, told: curves.map((curve, i) => `${["C", "validation"][i]} ${told(curve, epoch)}`).join(", ") };
  }

  #drawMarks(pen, seen, theme) {
    const { top, bottom } = this.#scale;
    pen.strokeStyle = pen.fillStyle = theme.text;
    pen.lineWidth = 1;
    for (const [epoch] of this.marks.filter(([at]) => at <= seen)) {
      const x = this.#scale.x(epoch);
      pen.setLineDash([2, 3]);
      pen.beginPath();
      pen.moveTo(x, top);
      pen.lineTo(x, bottom);
      pen.stroke();
      pen.setLineDash([]);
      pen.beginPath();
      pen.moveTo(x - 4, top - 8);
      pen.lineTo(x + 4, top - 8);
      pen.lineTo(x, top - 1);
      pen.fill();
    }
  }

  #drawBefore(pen, theme) {
    const [epochs, losses] = this.before;
    if (!epochs) return;
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left, 0, this.#size.width - MARGIN.left, this.#size.height - MARGIN.bottom);
    pen.clip();
    pen.strokeStyle = theme.text;
    pen.globalAlpha = 0.45;
    pen.lineWidth = 1.5;
    pen.setLineDash([1, 3]);
    pen.beginPath();
    epochs.forEach((epoch, i) => pen.lineTo(this.#scale.x(epoch), this.#scale.y(losses[i])));
    pen.stroke();
    pen.restore();
  }
}

/** Accuracy or R² at the epochs that were on display. */
export class ScoreChart {
  #canvas; #size; #trail; #scale;

  constructor(canvas) {
    this.#canvas = canvas;
  }

  layout(width, height) {
    this.#size = { width, height };
    resize(this.#canvas, width, height);
  }

  draw(trail, seen, frame, theme) {
    const pen = this.#canvas.getContext("2d");
    const points = (this.#trail = [...trail].filter(({ epoch }) => epoch <= seen));
    const least = Math.min(0, ...points.flatMap(({ score }) => score.filter((value) => !Number.isNaN(value))));
    const low = least < 0 ? Math.max(-1, -roundUp(-least)) : 0;
    const scale = (this.#scale = scaleOf(this.#size, seen, { low, high: 1, ticks: [low, (low + 1) / 2, 1], share: (value) => (value - low) / (1 - low) }));
    pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    axes(pen, scale, theme);
    for (const i of [0, 1]) {
      pen.strokeStyle = theme.series[i];
      pen.setLineDash(DASHES[i]);
      pen.lineWidth = 2;
      pen.beginPath();
      for (const { epoch, score } of points) if (!Number.isNaN(score[i])) pen.lineTo(scale.x(epoch), scale.y(score[i]));
      pen.stroke();
      pen.setLineDash([]);
      const now = frame?.layers.score?.[i] ?? NaN;
      if (!Number.isNaN(now)) dot(pen, scale.x(frame.epoch), scale.y(now), theme.series[i]);
    }
  }

  /** The score seen nearest to the pointer. */
  at(x) {
    if (!this.#trail?.length) return undefined;
    const off = ({ epoch }) => Math.abs(this.#scale.x(epoch) - x);
    const { epoch, score } = this.#trail.reduce((best, point) => (off(point) < off(best) ? point : best));
    const numbers = score.filter((value) => !Number.isNaN(value)).map((value, i) => `${["training", "validation"][i]} ${short(value, 4)}`);
    return { text: `Epoch ${epoch.toLocaleString("en")}`, told: numbers.join(", ") };
  }
}

function told(curve, epoch) {
  const i = Math.floor(epoch / curve.bucket);
  const [low, high] = [short(curve.low[i], 6), short(curve.high[i], 6)];
  return low === high ? low : `${low} … ${high}`;
}

/** The least above 0 and the greatest loss up to an epoch. */
function range(curves, seen) {
  let [least, most] = [Infinity, 0];
  for (const curve of curves) {
    const used = Math.min(Math.ceil(curve.count / curve.bucket), Math.floor(seen / curve.bucket) + 1);
    for (let i = 0; i < used; i++) {
      if (curve.high[i] > most) most = curve.high[i];
      if (curve.low[i] > 0 && curve.low[i] < least) least = curve.low[i];
    }
  }
  return { least: Math.min(least, most || 1), most: most || 1 };
}

function linear(most) {
  const high = roundUp(most);
  return { ticks: [0, high / 2, high], share: (value) => value / high };
}

function logarithmic(least, most) {
  const high = Math.ceil(Math.log10(most));
  const low = Math.max(Math.min(high - 1, Math.floor(Math.log10(least))), high - DECADES);
  const every = Math.ceil((high - low) / 4);
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => 10 ** (high - i * every));
  return { ticks, share: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low) };
}

/** Where epochs and values lie on a canvas of that size. */
function scaleOf({ width, height }, seen, { ticks, share }) {
  const epochs = roundUp(Math.max(seen, 50));
  const [across, up] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  return {
    epochs, ticks, width: across, top: MARGIN.top, bottom: MARGIN.top + up,
    x: (epoch) => MARGIN.left + (epoch / epochs) * across,
    y: (value) => MARGIN.top + (1 - share(value)) * up,
    epoch: (x) => ((x - MARGIN.left) / across) * epochs,
  };
}

/** A curve as the least and the greatest value of each column of pixels: no more is to be seen. */
function line(pen, curve, seen, { x, y, width }) {
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.beginPath();
  const last = Math.floor(Math.min(seen, curve.count - 1) / curve.bucket);
  const step = Math.max(1, Math.ceil((last + 1) / width));
  for (let i = 0; i <= last; i += step) {
    let [low, high] = [curve.low[i], curve.high[i]];
    for (let j = i + 1; j < i + step && j <= last; j++) {
      if (curve.low[j] < low) low = curve.low[j];
      if (curve.high[j] > high) high = curve.high[j];
    }
    const at = x(Math.min(i * curve.bucket, seen));
    pen.lineTo(at, y(high));
    if (low !== high) pen.lineTo(at, y(low));
  }
  pen.stroke();
}

function dot(pen, x, y, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, 4, 0, 2 * Math.PI);
  pen.fill();
}

function axes(pen, { x, y, epochs, ticks, bottom }, theme) {
  pen.font = `12px ${theme.font}`;
  pen.fillStyle = theme.text;
  pen.strokeStyle = theme.faint;
  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const tick of ticks) {
    pen.fillText(short(tick), MARGIN.left - 8, y(tick));
    pen.beginPath();
    pen.moveTo(x(0), y(tick));
    pen.lineTo(x(epochs), y(tick));
    pen.stroke();
  }
  pen.textBaseline = "top";
  for (const share of [0, 0.5, 1]) {
    pen.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    pen.fillText((share * epochs).toLocaleString("en"), x(share * epochs), bottom + 8);
  }
}
