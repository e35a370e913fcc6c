// Images of the network's outputs and hidden units over the plane of two features.
import { maxWidth, resize, setType, strokeWithRim, truncate, write } from "./canvas.js";
import { colourOf, largest, roundUp } from "./colours.js";
import { contour } from "./contour.js";
import { drawMarker, drawScale, number, scaleWidth } from "./legend.js";
import { PixelImage } from "./pixel_image.js";

const LINE = 1.35; // times the size of type, from one line to the next
const GAP = 8;
const WORK = 150_000; // evaluations of hidden units at most for one image
const OUTPUT = 1 / 8; // of a hidden unit's work, per output that it feeds
const GRID = { least: 16, most: 64, units: 24 }; // points per side
const MAPS = 36; // hidden units drawn at most
const MAP = { least: 64, most: 8.6 }; // px, and times the size of type: a map's side
const CLASS = 12; // times the size of type, the width of a class's name at most
const KEY = 14; // times the size of type, the width of the maps' legend
const SHADES = 64; // of a class's colour
const FULLEST = 0.6; // share of a class's colour in its region, so that its data stand out

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const tanh = (x) => 2 * sigmoid(2 * x) - 1; // faster than Math.tanh
const ACTIVATIONS = { sigmoid, tanh, relu: (x) => Math.max(0, x), identity: (x) => x };

// ---- evaluation

/** Return points of the plane, with arrays for `units` hidden units and `outputs` outputs. */
export function createGrid(x, y, units, outputs) {
  const points = x.length * y.length;
  return { x, y, points, units, Z: new Float64Array(units * points), y_hat: new Float64Array(outputs * points) };
}

/**
 * Evaluate the plane's network at every point of a grid, fill it and return it. Z holds the first
 * `grid.units` hidden units one after the other, y_hat the outputs, each row by row: y.length rows
 * of x.length.
 *
 * Of m units and K outputs, `slice` has three rows of m weights (of feature x, of feature y, and
 * the sum of the rest), then W2, row by row: K columns, m rows or, with a hidden bias, m + 1.
 */
export function evaluate(slice, grid, plane) {
  evaluateUnits(slice, grid, plane);
  const { Z, y_hat, points } = grid;
  const { units: m, outputs: K, activations } = plane;
  const biased = slice.length > 3 * m + m * K;
  const activate = ACTIVATIONS[activations.output];
  for (let k = 0; k < K; k++) {
    const to = k * points;
    y_hat.fill(biased ? slice[3 * m + m * K + k] : 0, to, to + points);
    for (let l = 0; l < m; l++) {
      const [weight, from] = [slice[3 * m + l * K + k], l * points];
      for (let i = 0; i < points; i++) y_hat[to + i] += weight * Z[from + i];
    }
    for (let i = to; i < to + points; i++) y_hat[i] = activate(y_hat[i]);
  }
  return grid;
}

function evaluateUnits(slice, { x, y, Z, units }, { units: m, activations }) {
  const activate = ACTIVATIONS[activations.hidden];
  let i = 0;
  for (let l = 0; l < units; l++) {
    const [alongX, alongY, offset] = [slice[l], slice[m + l], slice[2 * m + l]];
    for (let row = 0; row < y.length; row++) {
      const start = y[row] * alongY + offset;
      for (let column = 0; column < x.length; column++) Z[i++] = activate(x[column] * alongX + start);
    }
  }
}

/** Return n × n points of the plane, its edges included; the first row is at the top. */
function gridOver({ x, y }, n, units, outputs) {
  const along = ({ low, high }) => Float64Array.from({ length: n }, (_, i) => low + (i / (n - 1)) * (high - low));
  return createGrid(along(x), along(y).reverse(), units, outputs);
}

/** Return one point, given as shares of the plane's sides from the left and from the top, and its features. */
function pointAt({ x, y, units, outputs }, right, down) {
  const scaled = ({ low, high }, share) => [low + share * (high - low)];
  const raw = ({ rawLow, rawHigh }, share) => rawLow + share * (rawHigh - rawLow);
  return { ...createGrid(scaled(x, right), scaled(y, 1 - down), units, outputs), features: { x: raw(x, right), y: raw(y, 1 - down) } };
}

// ---- drawings

/** Return the middle of a range of values, and how far it reaches to either side. */
const scaleOf = ([low, high]) => ({ middle: (low + high) / 2, limit: (high - low) / 2 });

/**
 * Draw the image of one of several grids below one another, smoothed, from the middle of its first
 * pixel, which is the plane's edge.
 */
function drawGrid(pen, { canvas }, left, top, side, index = 0) {
  const n = canvas.width;
  pen.imageSmoothingEnabled = true;
  pen.drawImage(canvas, 0.5, index * n + 0.5, n - 1, n - 1, left, top, side, side);
}

/** ŷ over the plane of two features, with the data and the decision boundary. */
export class Surface {
  #plane; #n; #grid; #image; #box; #slice;
  #overlay = document.createElement("canvas"); // the data, drawn once per layout
  #shades; // of the classes' colours, starting at the background's
  #lead; // an output minus the largest of the others

  constructor(canvas, plane) {
    this.canvas = canvas;
    this.#plane = plane;
    const affordable = Math.floor(Math.sqrt(WORK / (plane.units * (1 + OUTPUT * plane.outputs))));
    const n = (this.#n = Math.min(GRID.most, Math.max(GRID.least, affordable)));
    this.#grid = gridOver(plane, n, plane.units, plane.outputs);
    this.#image = new PixelImage(n, n);
    this.#lead = new Float64Array(n * n);
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
    this.#box = { left, top: GAP, side, step: side / (this.#n - 1), line };
    const legend = this.#legend(pen, size, theme, { left, line, top: side });
    const used = Math.max(left + side + GAP, ...legend.map(({ x, width }) => x + width));
    resize(this.canvas, Math.min(size, used), side + below);
    setType(pen, theme);
    this.#axes(pen, theme);
    for (const { draw, x, y } of legend) draw(x, y);
    this.#shades = this.#byClass && shades(this.#plane.outputs, theme);
    this.#drawData(theme);
  }

  draw(slice, theme) {
    this.#slice = slice;
    evaluate(slice, this.#grid, this.#plane);
    const { left, top, side } = this.#box;
    const pen = this.canvas.getContext("2d");
    if (this.#byClass) this.#paintClasses();
    else this.#paintValues(theme.scale);
    pen.clearRect(left - GAP, top - GAP, side + 2 * GAP, side + 2 * GAP);
    drawGrid(pen, this.#image, left, top, side);
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

  #paintValues(scale) {
    const { y_hat, points } = this.#grid;
    const from = Math.max(0, this.#plane.output) * points;
    const { middle, limit } = this.#scale;
    this.#image.paint(y_hat.subarray(from, from + points), scale, limit, middle);
  }

  #paintClasses() {
    const { y_hat, points } = this.#grid;
    for (let i = 0; i < points; i++) {
      const winner = this.#largestOutput(i);
      const share = Math.min(1, Math.max(0, y_hat[winner * points + i]));
      this.#image.set(i, this.#shades, 4 * (winner * SHADES + Math.round(FULLEST * share * (SHADES - 1))));
    }
    this.#image.finish();
  }

  /** Return the output that is largest at point i, `except` one. */
  #largestOutput(i, except = -1) {
    const { y_hat, points } = this.#grid;
    let winner = except === 0 ? 1 : 0;
    for (let k = winner + 1; k < this.#plane.outputs; k++) {
      if (k !== except && y_hat[k * points + i] > y_hat[winner * points + i]) winner = k;
    }
    return winner;
  }

  #boundary(pen, theme) {
    const { y_hat, points } = this.#grid;
    pen.beginPath();
    if (this.#plane.task === "binary") contour(pen, y_hat, this.#n, 0.5, this.#box);
    for (let k = 0; this.#byClass && k < this.#plane.outputs; k++) {
      for (let i = 0; i < points; i++) this.#lead[i] = y_hat[k * points + i] - y_hat[this.#largestOutput(i, k) * points + i];
      contour(pen, this.#lead, this.#n, 0, this.#box);
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
    const classes = this.#plane.classes.map((name, kind) => {
      const text = truncate(pen, name, Math.min(room - line, CLASS * theme.size));
      const draw = (x, y) => {
        drawMarker(pen, x + line / 3, y, 0.36 * theme.size, this.#marker(kind, theme), theme);
        pen.fillStyle = theme.text;
        write(pen, "left", text, x + line, y);
      };
      return { width: line + pen.measureText(text).width, draw };
    });
    if (this.#byClass) return classes;
    const [low, high] = this.#plane.range;
    const indent = pen.measureText("ŷ").width + GAP;
    const draw = (x, y) => {
      pen.fillStyle = theme.text;
      write(pen, "left", "ŷ", x, y);
      drawScale(pen, x + indent, y, { low, high, scale: theme.scale }, theme);
    };
    const width = indent + scaleWidth(pen, { low, high });
    return [...classes, { width, draw }];
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
    const { x, y, points } = this.#plane;
    const pen = resize(this.#overlay, side + 2 * GAP, side + 2 * GAP);
    pen.lineWidth = 1;
    pen.strokeStyle = theme.faint;
    pen.strokeRect(GAP + 0.5, GAP + 0.5, side - 1, side - 1);
    const radius = (points.length <= 20 ? 0.43 : points.length <= 150 ? 0.32 : 0.23) * theme.size;
    for (const [atX, atY, target] of points) {
      const [right, up] = [(atX - x.low) / (x.high - x.low), (atY - y.low) / (y.high - y.low)];
      drawMarker(pen, GAP + right * side, GAP + (1 - up) * side, radius, this.#marker(target, theme), theme);
    }
  }
}

/** Every hidden unit over the same plane, one small image each. */
export class UnitMaps {
  #plane; #grid; #box; #slice; #image;

  constructor(canvas, plane) {
    this.canvas = canvas;
    this.#plane = plane;
    const drawn = Math.min(plane.units, MAPS);
    this.#grid = gridOver(plane, GRID.units, drawn, 0);
    this.#image = new PixelImage(GRID.units, GRID.units * drawn);
  }

  /** Set the drawing's width in px, and at most its height; draw the units' names. */
  layout(width, theme, height) {
    const line = LINE * theme.size;
    const { columns, side } = this.#tiling(width, height, line, MAP.most * theme.size);
    const drawn = this.#grid.units;
    const keyTop = Math.ceil(drawn / columns) * (line + side + GAP);
    const used = Math.min(width, Math.max(KEY * theme.size, columns * (side + GAP) - GAP));
    this.#box = { columns, side, width: used, keyTop, line };
    const pen = resize(this.canvas, used, keyTop + line);
    setType(pen, theme);
    for (let l = 0; l < drawn; l++) write(pen, "left", `h${l + 1}`, this.#left(l), this.#top(l) - line / 2);
    if (this.#plane.units > drawn) write(pen, "right", `+ ${this.#plane.units - drawn} more`, used, keyTop + line / 2);
  }

  /** Return columns and side of the maps: small ones, or the largest that fit a height. */
  #tiling(width, height, line, most) {
    const drawn = this.#grid.units;
    if (height === undefined) {
      const columns = Math.min(drawn, Math.floor((width + GAP) / (MAP.least + GAP)));
      return { columns, side: Math.min(most, Math.floor((width - GAP * (columns - 1)) / columns)) };
    }
    const tilings = Array.from({ length: drawn }, (_, i) => {
      const [columns, rows] = [i + 1, Math.ceil(drawn / (i + 1))];
      const across = (width - GAP * i) / columns;
      return { columns, side: Math.floor(Math.max(1, Math.min(across, (height - line) / rows - line - GAP))) };
    });
    return tilings.reduce((best, tiling) => (tiling.side > best.side ? tiling : best));
  }

  draw(slice, theme) {
    this.#slice = slice;
    evaluateUnits(slice, this.#grid, this.#plane);
    const { middle, limit } = this.#scale();
    const { Z, units } = this.#grid;
    this.#image.paint(Z, theme.scale, limit, middle);
    const pen = this.canvas.getContext("2d");
    for (let l = 0; l < units; l++) drawGrid(pen, this.#image, this.#left(l), this.#top(l), this.#box.side, l);
    this.#legend(pen, middle, limit, theme);
  }

  /** Return the unit below the pointer, the features there and its Z. */
  at(x, y) {
    const { columns, side } = this.#box;
    const [column, row] = [Math.floor(x / (side + GAP)), Math.floor(y / (this.#box.line + side + GAP))];
    const unit = row * columns + column;
    if (!this.#slice || x < 0 || y < 0 || column >= columns || unit >= this.#grid.units) return undefined;
    const [right, down] = [(x - this.#left(unit)) / side, (y - this.#top(unit)) / side];
    if (right > 1 || down < 0 || down > 1) return undefined;
    const point = pointAt(this.#plane, right, down);
    evaluateUnits(this.#slice, point, this.#plane);
    return { unit, z: point.Z[unit], ...point.features };
  }

  #left(unit) { return (unit % this.#box.columns) * (this.#box.side + GAP); }

  #top(unit) { return Math.floor(unit / this.#box.columns) * (this.#box.line + this.#box.side + GAP) + this.#box.line; }

  /** Return the middle of the colours and how far they reach: the activation's bounds, or what there is. */
  #scale() {
    const { bounds } = this.#plane;
    if (!bounds.includes(null)) return scaleOf(bounds);
    return { middle: 0, limit: roundUp(largest(this.#grid.Z)) };
  }

  #legend(pen, middle, limit, theme) {
    const half = this.#plane.bounds[0] === middle; // nothing lies below the middle
    const low = half ? middle : middle - limit;
    const scale = half ? theme.scale.slice(theme.scale.length >> 1) : theme.scale;
    pen.clearRect(0, this.#box.keyTop, this.#box.width / 2, this.#box.line);
    drawScale(pen, 0, this.#box.keyTop + this.#box.line / 2, { low, high: middle + limit, scale }, theme);
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
