// Image of the network's outputs over the plane of two features.
import { maxWidth, resize, setType, strokeWithRim, truncate, write } from "./canvas.js";
import { colourOf } from "./colours.js";
import { contour } from "./contour.js";
import { evaluate, gridOver, pointAt, pointsPerSide } from "./forward_pass.js";
import { drawMarker, drawScale, drawValidationMarker, number, scaleWidth } from "./legend.js";
import { PixelImage } from "./pixel_image.js";

const LINE = 1.35; // times the size of type, from one line to the next
const GAP = 8;
const MOST = 64; // points per side
const CLASS = 12; // times the size of type, the width of a class's name at most
const SHADES = 64; // of a class's colour
const FULLEST = 0.6; // share of a class's colour in its region, so that its data stand out

/** Return the middle of a range of values, and how far it reaches to either side. */
export const scaleOf = ([low, high]) => ({ middle: (low + high) / 2, limit: (high - low) / 2 });

/**
 * Draw the image of one of several grids below one another, smoothed, from the middle of its first
 * pixel, which is the plane's edge.
 */
export function drawGrid(pen, { canvas }, left, top, side, index = 0) {
  const n = canvas.width;
  pen.imageSmoothingEnabled = true;
  pen.drawImage(canvas, 0.5, index * n + 0.5, n - 1, n - 1, left, top, side, side);
}

/** ŷ over the plane of two features, with the data and the decision boundary. */
export class Surface {
  #plane; #box; #slice;
  #grids = {}; // by their number of points per side
  #drawn; // the grid that is drawn
  #overlay = document.createElement("canvas"); // the data, drawn once per layout
  #shades; // of the classes' colours, starting at the background's

  constructor(canvas, plane) {
    this.canvas = canvas;
    this.#plane = plane;
  }

  get #byClass() { return this.#plane.task === "multiclass" && this.#plane.output < 0; }

  /** Set the drawing's width in px, and at most its height; draw axes, legend and data. */
  layout(size, theme, height = Infinity) {
    const { x, y } = this.#plane;
    const pen = this.canvas.getContext("2d");
    setType(pen, theme);
    const line = LINE * theme.size;
    const left = Math.ceil(Math.max(line, maxWidth(pen, [y.rawLow, y.rawHigh].map((end) => number(end))))) + GAP;
    const below = this.#legend(pen, size, theme, { left, line, top: 0 }).at(-1).y + line / 2 + 2; // of a side of 0
    const side = Math.max(1, Math.min(size - left - GAP, height - below));
    this.#box = { left, top: GAP, side, line };
    const legend = this.#legend(pen, size, theme, { left, line, top: side });
    const used = Math.max(left + side + GAP, ...legend.map(({ x, width }) => x + width));
    resize(this.canvas, Math.min(size, used), side + below);
    setType(pen, theme);
    this.#axes(pen, theme);
    for (const { draw, x, y } of legend) draw(x, y);
    this.#shades = this.#byClass && shades(this.#plane.outputs, theme);
    this.#drawData(theme);
  }

  /** Draw the network of a slice; `still` ones are of more points than those of a film, where these are few. */
  draw(slice, theme, still = false) {
    this.#slice = slice;
    this.#drawn = this.#gridOf(pointsPerSide(this.#plane, MOST, still));
    evaluate(slice, this.#drawn, this.#plane);
    const { left, top, side } = this.#box;
    const pen = this.canvas.getContext("2d");
    if (this.#byClass) this.#paintClasses();
    else this.#paintValues(theme.scale);
    pen.clearRect(left - GAP, top - GAP, side + 2 * GAP, side + 2 * GAP);
    drawGrid(pen, this.#drawn.image, left, top, side);
    this.#boundary(pen, theme);
    pen.drawImage(this.#overlay, left - GAP, top - GAP, side + 2 * GAP, side + 2 * GAP);
  }

  /** Return the features and ŷ below the pointer. */
  at(x, y) {
    const { left, top, side } = this.#box;
    const [right, down] = [(x - left) / side, (y - top) / side];
    if (!this.#slice || Math.min(right, down) < 0 || Math.max(right, down) > 1) return undefined;
    const { features, y_hat } = evaluate(this.#slice, pointAt(this.#plane, right, down), this.#plane);
    return { ...features, y_hat: [...y_hat] };
  }

  // ---- drawn at every frame

  /** Return the grid of n × n points, with its image, and space for an output minus the largest of the others. */
  #gridOf(n) {
    return (this.#grids[n] ??= { n, ...gridOver(this.#plane, n, this.#plane.units, this.#plane.outputs), image: new PixelImage(n, n), lead: new Float64Array(n * n) });
  }

  #paintValues(scale) {
    const { y_hat, points, image } = this.#drawn;
    const from = Math.max(0, this.#plane.output) * points;
    const { middle, limit } = this.#scale;
    image.paint(y_hat.subarray(from, from + points), scale, limit, middle);
  }

  #paintClasses() {
    const { y_hat, points, image } = this.#drawn;
    for (let i = 0; i < points; i++) {
      const winner = this.#largestOutput(i);
      const share = Math.min(1, Math.max(0, y_hat[winner * points + i]));
      image.set(i, this.#shades, 4 * (winner * SHADES + Math.round(FULLEST * share * (SHADES - 1))));
    }
    image.finish();
  }

  /** Return the output that is largest at point i, `except` one. */
  #largestOutput(i, except = -1) {
    const { y_hat, points } = this.#drawn;
    let winner = except === 0 ? 1 : 0;
    for (let k = winner + 1; k < this.#plane.outputs; k++) {
      if (k !== except && y_hat[k * points + i] > y_hat[winner * points + i]) winner = k;
    }
    return winner;
  }

  #boundary(pen, theme) {
    const { y_hat, points, n, lead } = this.#drawn;
    const box = { ...this.#box, step: this.#box.side / (n - 1) };
    pen.beginPath();
    if (this.#plane.task === "binary") contour(pen, y_hat, n, 0.5, box);
    for (let k = 0; this.#byClass && k < this.#plane.outputs; k++) {
      for (let i = 0; i < points; i++) lead[i] = y_hat[k * points + i] - y_hat[this.#largestOutput(i, k) * points + i];
      contour(pen, lead, n, 0, box);
    }
    strokeWithRim(pen, theme.size / 7, theme);
  }

  // ---- drawn once per layout

  get #scale() { return scaleOf(this.#plane.range); }

  #axes(pen, { size }) {
    const { left, top, side, line } = this.#box;
    const { x, y } = this.#plane;
    const below = top + side + GAP + line / 2;
    const [xEnds, yEnds] = [x, y].map(({ rawLow, rawHigh }) => [number(rawLow), number(rawHigh)]);
    write(pen, "left", xEnds[0], left, below);
    write(pen, "right", xEnds[1], left + side, below);
    write(pen, "center", truncate(pen, x.name, side - 2 * maxWidth(pen, xEnds) - 2 * GAP), left + side / 2, below);
    write(pen, "right", yEnds[0], left - GAP, top + side - size / 2);
    write(pen, "right", yEnds[1], left - GAP, top + size / 2);
    pen.save();
    pen.translate(left - GAP - size / 2, top + side / 2);
    pen.rotate(-Math.PI / 2);
    write(pen, "center", truncate(pen, y.name, side - 2 * line - 2 * GAP), 0, 0);
    pen.restore();
  }

  /** Return the legend's entries from left to right below `top`, in as many lines as they need. */
  #legend(pen, size, theme, { left, line, top }) {
    let [x, y] = [left, top + 2 * GAP + 1.5 * line + 4];
    return this.#entries(pen, size - left, theme).map((entry) => {
      if (x > left && x + entry.width > size) [x, y] = [left, y + line];
      x += entry.width + 2 * GAP;
      return { ...entry, x: x - entry.width - 2 * GAP, y };
    });
  }

  #entries(pen, room, theme) {
    const line = LINE * theme.size;
    const entry = (name, drawShape) => {
      const text = truncate(pen, name, Math.min(room - line, CLASS * theme.size));
      const draw = (x, y) => {
        drawShape(x + line / 3, y);
        pen.fillStyle = theme.text;
        write(pen, "left", text, x + line, y);
      };
      return { width: line + pen.measureText(text).width, draw };
    };
    const radius = 0.36 * theme.size;
    const classes = this.#plane.classes.map((name, kind) => entry(name, (x, y) => drawMarker(pen, x, y, radius, this.#marker(kind, theme), theme)));
    const neutral = { fill: theme.background };
    const sets = this.#plane.validation ? [
      entry("training", (x, y) => drawMarker(pen, x, y, radius, { ...neutral, kind: 0 }, theme)),
      entry("validation", (x, y) => drawValidationMarker(pen, x, y, 0.75 * radius, neutral, theme)),
    ] : [];
    if (this.#byClass) return [...classes, ...sets];
    const [low, high] = this.#plane.range;
    const indent = pen.measureText("ŷ").width + GAP;
    const draw = (x, y) => {
      pen.fillStyle = theme.text;
      write(pen, "left", "ŷ", x, y);
      drawScale(pen, x + indent, y, { low, high, scale: theme.scale }, theme);
    };
    const width = indent + scaleWidth(pen, { low, high });
    return [...classes, { width, draw }, ...sets];
  }

  /** Return the shape and colour of a data point with that target. */
  #marker(target, theme) {
    const { task } = this.#plane;
    if (task === "multiclass") return { kind: target, fill: theme.series[target % theme.series.length] };
    const { middle, limit } = task === "binary" ? { middle: 0.5, limit: 0.7 } : this.#scale;
    return { kind: task === "binary" ? target : 0, fill: `rgb(${colourOf(theme.scale, target - middle, limit)})` };
  }

  #drawData(theme) {
    const { side } = this.#box;
    const { x, y, points, validation = [], task } = this.#plane;
    const pen = resize(this.#overlay, side + 2 * GAP, side + 2 * GAP);
    pen.lineWidth = 1;
    pen.strokeStyle = theme.faint;
    pen.strokeRect(GAP + 0.5, GAP + 0.5, side - 1, side - 1);
    const count = points.length + validation.length;
    const radius = (count <= 20 ? 0.43 : count <= 150 ? 0.32 : 0.23) * theme.size;
    const drawAll = (samples, drawOne, hasShape) => {
      for (const [atX, atY, target] of samples) {
        const [right, up] = [(atX - x.low) / (x.high - x.low), (atY - y.low) / (y.high - y.low)];
        const { kind, fill } = this.#marker(target, theme);
        drawOne(pen, GAP + right * side, GAP + (1 - up) * side, radius, { kind: hasShape ? kind : undefined, fill }, theme);
      }
    };
    drawAll(points, drawMarker, true);
    drawAll(validation, drawValidationMarker, task !== "regression");
  }
}

/** Return SHADES colours per class, from the background's to the class's, as pixels. */
function shades(classes, theme) {
  const canvas = new OffscreenCanvas(SHADES, classes);
  const pen = canvas.getContext("2d");
  for (let k = 0; k < classes; k++) {
    const colours = pen.createLinearGradient(0, 0, SHADES, 0);
    colours.addColorStop(0, theme.background);
    colours.addColorStop(1, theme.series[k % theme.series.length]);
    pen.fillStyle = colours;
    pen.fillRect(0, k, SHADES, 1);
  }
  return pen.getImageData(0, 0, SHADES, classes).data;
}
