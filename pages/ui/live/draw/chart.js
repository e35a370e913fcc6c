// Curves over the epochs on a canvas, up to the latest epoch seen, with a dot at the current one.
import { drawDot, drawLine, drawWithin, resize, setType, write } from "./canvas.js";
import { roundUp } from "./colours.js";
import { short, whole } from "./numbers.js";

const MARGIN = { left: 3.7, right: 0.9, top: 0.8, bottom: 2.2 }; // times the size of type
export const DASHES = [[], [6, 4]]; // training, validation
const LETTER = 0.56; // times the size of type, the width of a letter
const LINE = 1 / 7; // times the size of type, the width of a line
export const DOT = 0.29; // times the size of type, radius of the dot at the current epoch
const BELOW = 5; // px drawn below the scale: half a dot
const NEAR = 6; // px, the maximum distance of the pointer from a mark
const DECADES = 8; // of a logarithmic scale, at most

/** A canvas with axes. */
export class Chart {
  last = Infinity; // the last epoch there will be, where that is known: the axis ends there at the latest

  constructor(canvas) {
    this.canvas = canvas;
  }

  layout(width, height) {
    this.size = { width, height, last: this.last };
    resize(this.canvas, width, height);
  }

  /** Draw the axes, and what `draw(pen)` adds but for what leaves them. */
  drawOnAxes(scale, theme, draw) {
    const pen = this.canvas.getContext("2d");
    this.scale = scale;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    axes(pen, scale, theme);
    drawWithin(pen, 0, 0, this.size.width, scale.bottom + BELOW, () => draw(pen));
  }
}

/** The losses at every epoch, with marks where settings changed. */
export class LossChart extends Chart {
  marks = []; // [epoch, description of the change]
  breaks = []; // epochs at which C becomes another loss
  previous = []; // the curve of the previous run, at its own epochs: a Curve for buckets of 1, 2, 4, … epochs
  log = false;
  names = ["C", "validation"]; // of the losses, in the tooltip
  first = 0; // which of the theme's lines the first curve is drawn as

  /** Draw curves up to epoch `seen`; `frame` is the one on display. */
  draw(curves, seen, frame, theme) {
    const end = axisEnd(seen, this.last);
    const previous = levelFor(this.previous, curves, end);
    const { least, most } = range([...curves.map((curve) => [curve, seen]), ...(previous ? [[previous, end]] : [])]);
    const scale = scaleOf(this.size, seen, this.log ? logarithmic(least, most) : linear(most), theme);
    const every = columnOf([...curves, ...(previous ? [previous] : [])], scale);
    this.drawOnAxes(scale, theme, (pen) => {
      this.#drawMarks(pen, seen, theme);
      if (previous) reference(pen, scale, theme, () => line(pen, previous, scale.epochs, scale, every, []));
      curves.forEach((curve, i) => {
        const colour = (pen.strokeStyle = theme.series[this.first + i]);
        pen.setLineDash(DASHES[this.first + i]);
        line(pen, curve, seen, scale, every, this.breaks);
        pen.setLineDash([]);
        if (frame) drawDot(pen, scale.x(frame.epoch), scale.y(frame.losses[i]), DOT * theme.size, colour);
      });
    });
  }

  /** Return what is below the pointer: a change, or the losses there. */
  at(x, y, curves, seen) {
    if (!this.scale || y > this.size.height) return undefined;
    const mark = this.marks.find(([epoch]) => epoch <= seen && Math.abs(this.scale.x(epoch) - x) <= NEAR);
    if (mark) return { text: `Epoch ${whole(mark[0])}`, detail: mark[1] };
    const epoch = Math.round(this.scale.epoch(x));
    const there = curves.flatMap((curve, i) => (epoch < curve.count ? [`${this.names[i]} ${lossText(curve, epoch)}`] : [])); // one may end before the other
    if (epoch < 0 || epoch > seen || !there.length) return undefined;
    return { text: `Epoch ${whole(epoch)}`, detail: there.join(", ") };
  }

  #drawMarks(pen, seen, theme) {
    const { top, bottom } = this.scale;
    pen.strokeStyle = pen.fillStyle = theme.text;
    pen.lineWidth = 1;
    for (const [epoch] of this.marks.filter(([at]) => at <= seen)) {
      const x = this.scale.x(epoch);
      pen.setLineDash([2, 3]);
      drawLine(pen, x, top, x, bottom);
      pen.setLineDash([]);
      pen.beginPath();
      pen.moveTo(x - 4, top - 8);
      pen.lineTo(x + 4, top - 8);
      pen.lineTo(x, top - 1);
      pen.fill();
    }
  }
}

/** Draw in the style of what the curves are compared with. */
export function reference(pen, { stroke }, theme, draw) {
  pen.save();
  pen.strokeStyle = theme.text;
  pen.globalAlpha = 0.6;
  pen.setLineDash([stroke / 2, 1.5 * stroke]);
  draw();
  pen.restore();
}

/** Draw a horizontal line. */
export function level(pen, { x, y, epochs, stroke }, value, width = stroke) {
  pen.lineWidth = width;
  drawLine(pen, x(0), y(value), x(epochs), y(value));
}

function lossText(curve, epoch) {
  const i = Math.floor(epoch / curve.bucket);
  const [low, high] = [short(curve.low[i], 6), short(curve.high[i], 6)];
  return low === high ? low : `${low} … ${high}`;
}

/** Return the smallest positive and the largest loss of curves, each up to an epoch. */
function range(curves) {
  let [least, most] = [Infinity, 0];
  for (const [curve, end] of curves) {
    const used = Math.min(Math.ceil(curve.count / curve.bucket), Math.floor(end / curve.bucket) + 1);
    for (let i = 0; i < used; i++) {
      if (curve.high[i] > most) most = curve.high[i];
      if (curve.low[i] > 0 && curve.low[i] < least) least = curve.low[i];
    }
  }
  return { least: Math.min(least, most || 1), most: most || 1 };
}

/** Return the last epoch on an axis that shows so many. */
const axisEnd = (seen, last) => Math.min(roundUp(Math.max(seen, 50)), Math.max(last, 1));

/** Return the previous run's curve in buckets no finer than these curves', up to the axis' end. */
function levelFor(levels, curves, end) {
  const bucket = Math.max(...curves.map((curve) => curve.bucket));
  return levels.find((level) => level.bucket >= bucket && level.count > end) ?? levels.at(-1);
}

/** Return the epochs per pixel column, in whole buckets of all curves: equal curves coincide. */
function columnOf(curves, { epochs, width }) {
  const bucket = Math.max(...curves.map((curve) => curve.bucket)); // powers of two
  return bucket * Math.max(1, Math.ceil(epochs / bucket / width));
}

function linear(most) {
  const high = roundUp(most);
  return { ticks: [0, high / 2, high], share: (value) => value / high };
}

export function logarithmic(least, most) {
  const high = Math.ceil(Math.log10(most));
  const low = Math.max(Math.min(high - 1, Math.floor(Math.log10(least))), high - DECADES);
  const every = Math.ceil((high - low) / 4);
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => 10 ** (high - i * every));
  return { ticks, share: (value) => (Math.log10(Math.max(value, 10 ** (low - 1))) - low) / (high - low) }; // lower values: outside the chart
}

/** Return the scale from epochs and values to px on a canvas of that size; px are left free `beside` it at the right and `above` it. */
export function scaleOf({ width, height, last = Infinity }, seen, { ticks, share }, { size }, { beside = 0, above = 0 } = {}) {
  const epochs = axisEnd(seen, last);
  const [top, bottom] = [MARGIN.top * size + above, MARGIN.bottom * size];
  const right = Math.max(MARGIN.right * size, beside);
  const left = Math.max(MARGIN.left, LETTER * Math.max(...ticks.map((tick) => short(tick).length)) + 0.8) * size;
  const [across, up] = [width - left - right, height - top - bottom];
  return {
    epochs, ticks, width: across, top, bottom: top + up, stroke: LINE * size,
    x: (epoch) => left + (epoch / epochs) * across,
    y: (value) => top + (1 - share(value)) * up,
    epoch: (x) => ((x - left) / across) * epochs,
  };
}

/**
 * Draw a curve as the minimum and maximum of each column of `every` epochs; a screen shows no more.
 * A new line begins at each of `breaks`.
 */
function line(pen, curve, seen, { x, y, stroke }, every, breaks) {
  const { bucket, low, high } = curve;
  const last = Math.floor(Math.min(seen, curve.count - 1) / bucket);
  const step = every / bucket;
  const starts = breaks.map((epoch) => Math.floor(epoch / bucket));
  pen.lineWidth = stroke;
  pen.lineJoin = "round";
  pen.beginPath();
  for (let i = 0, end; i <= last; i = end) {
    const next = (Math.floor(i / step) + 1) * step;
    end = Math.min(next, last + 1, ...starts.filter((at) => at > i));
    let [least, most] = [low[i], high[i]];
    for (let j = i + 1; j < end; j++) {
      if (low[j] < least) least = low[j];
      if (high[j] > most) most = high[j];
    }
    pen[starts.includes(i) ? "moveTo" : "lineTo"](x(i * bucket), y(most));
    if (least !== most) pen.lineTo(x(i * bucket), y(least));
  }
  pen.stroke();
}

function axes(pen, { x, y, epochs, ticks, bottom }, theme) {
  setType(pen, theme);
  pen.strokeStyle = theme.faint;
  for (const tick of ticks) {
    write(pen, "right", short(tick), x(0) - 8, y(tick));
    level(pen, { x, y, epochs }, tick, 1);
  }
  pen.textBaseline = "top";
  for (const [share, align] of [[0, "left"], [0.5, "center"], [1, "right"]]) {
    const epoch = Math.round(share * epochs);
    write(pen, align, whole(epoch), x(epoch), bottom + 8);
  }
}
