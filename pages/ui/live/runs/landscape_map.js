// C over a plane as colours with contour lines, and the run's path on it.
import { drawLine, drawWithin, maxWidth, resize, setType, write } from "../draw/canvas.js";
import { textColourOn } from "../draw/colours.js";
import { contour } from "../draw/contour.js";
import { drawMarker } from "../draw/legend.js";
import { lossColour, lossColours } from "../draw/loss_scale.js";
import { short, whole } from "../draw/numbers.js";
import { PixelImage } from "../draw/pixel_image.js";

const LARGEST = 480; // px, the side of the map at most
const SMALLEST = 260; // px, the side on a screen that is not high
const SHARE = 0.42; // of the screen's height: so the controls, the numbers and the axes fit, too
const BAR = 90, BAR_HEIGHT = 8; // px of a legend's colours
const LINE = 1.4; // times the size of type, from one line to the next
const GAP = 8;
const NEAR = 12; // px, the distance of the pointer from the path at most
const RATIO = 20; // between the largest and the smallest C, from which the colours are logarithmic
const LEVELS = 12; // contour lines
const COLOURS = 255;
// The orange half of the theme's diverging scale is for the epochs: C is blue, which differs for the colour-blind, too.
const ORANGE = [100, 0];
const START = 2, END = 3; // markers' shapes: a triangle and a square; the epoch on display is a circle

/** Return the scale of the colours of C: { low, high, log, share(C) from 0 to 1 }; infinite numbers do not count. */
export function scaleOfLosses(surface) {
  let [low, high] = [Infinity, -Infinity];
  for (const C of surface) if (Number.isFinite(C)) [low, high] = [Math.min(low, C), Math.max(high, C)];
  if (low > high) [low, high] = [0, 1];
  const log = low > 0 && high / low >= RATIO;
  const place = log ? Math.log10 : (C) => C;
  const width = place(high) - place(low) || 1;
  return { low, high, log, share: (C) => (Math.min(C, high) === C ? Math.max(0, (place(C) - place(low)) / width) : 1) };
}

/** Return colours between two places of the theme's diverging scale. */
const colours = ({ scale }, [from, to]) => Array.from({ length: COLOURS }, (_, i) => scale[Math.round(from + (i / (COLOURS - 1)) * (to - from))]);

/** The map on a canvas. */
export class LandscapeMap {
  #scene; #theme; #box; #shares; #scale;
  #still = document.createElement("canvas"); // all but the epoch on display
  #places; // px of every frame: [x, y]

  constructor(canvas, scene) {
    this.canvas = canvas;
    this.#scene = scene;
    this.#scale = scaleOfLosses(scene.surface);
    this.#shares = Float64Array.from(scene.surface, (C) => (Number.isNaN(C) ? NaN : this.#scale.share(C)));
  }

  /** The smallest and the largest finite C. */
  get range() { return this.#scale; }

  /** Set the width in px that there is; draw all but the epoch on display. */
  layout(width, theme) {
    this.#theme = theme;
    const line = LINE * theme.size;
    let pen = this.canvas.getContext("2d");
    setType(pen, theme);
    const ticks = maxWidth(pen, this.#ends(1).map((end) => short(end)));
    const left = Math.ceil(2 * line + ticks + 2 * GAP);
    const most = Math.min(LARGEST, Math.max(SMALLEST, Math.round(SHARE * innerHeight)));
    const side = Math.max(1, Math.min(width - left - GAP, most));
    const legends = this.#legends(pen, theme);
    const broadest = Math.max(...legends.map((legend) => legend.width));
    const beside = left + side + 3 * GAP + broadest <= width; // of the map, else below it
    const [across, high] = [left + side + (beside ? 3 * GAP + broadest : GAP), GAP + side + 3 * line + GAP + (beside ? 0 : 5 * line)];
    this.#box = { left, top: GAP, side, line };
    pen = resize(this.#still, Math.max(across, beside ? 0 : GAP + broadest), high);
    resize(this.canvas, Math.max(across, beside ? 0 : GAP + broadest), high);
    setType(pen, theme);
    this.#places = Array.from(this.#scene.epochs, (_, i) => this.#toPixels(this.#scene.across[i], this.#scene.up[i]));
    this.#drawSurface(pen);
    this.#drawPath(pen);
    this.#drawAxes(pen);
    const [x, first] = beside ? [left + side + 3 * GAP, GAP + line / 2] : [left, GAP + side + 3 * line + 2 * GAP];
    legends.forEach((legend, i) => legend.draw(pen, x, first + 2.4 * i * line));
  }

  /** Draw the frame of that index as a point on the path. */
  draw(index) {
    const pen = this.canvas.getContext("2d");
    const { left, top, side } = this.#box;
    const [width, height] = [this.canvas.width / devicePixelRatio, this.canvas.height / devicePixelRatio];
    pen.clearRect(0, 0, width, height);
    pen.drawImage(this.#still, 0, 0, width, height);
    drawWithin(pen, left - GAP, top - GAP, side + 2 * GAP, side + 2 * GAP, () =>
      drawMarker(pen, ...this.#places[index], 0.55 * this.#theme.size, { kind: 0, fill: this.#theme.background }, this.#theme));
  }

  /** Return the index of the frame whose point on the path is at the pointer; undefined where none is. */
  epochAt(x, y) {
    let [nearest, least] = [undefined, NEAR];
    this.#places.forEach(([px, py], i) => {
      const distance = Math.hypot(px - x, py - y);
      if (distance < least && this.#contains(px, py)) [nearest, least] = [i, distance];
    });
    return nearest;
  }

  /** Return the point of the grid nearest to the pointer, { place, C }; undefined outside the map. */
  pointAt(x, y) {
    if (!this.#contains(x, y)) return undefined;
    const { left, top, side } = this.#box;
    const { points, surface } = this.#scene;
    const [column, row] = [(x - left) / side, (y - top) / side].map((share) => Math.round(share * (points - 1)));
    const [[low, high], [bottom, top_]] = [this.#ends(0), this.#ends(1)];
    const place = [low + (column / (points - 1)) * (high - low), top_ - (row / (points - 1)) * (top_ - bottom)];
    return { place, C: surface[row * points + column] };
  }

  #ends(axis) {
    const { low, high } = this.#scene.axes[axis];
    return [low, high];
  }

  #contains(x, y) {
    const { left, top, side } = this.#box;
    return x >= left && x <= left + side && y >= top && y <= top + side;
  }

  #toPixels(across, up) {
    const { left, top, side } = this.#box;
    const [[low, high], [bottom, highest]] = [this.#ends(0), this.#ends(1)];
    return [left + ((across - low) / (high - low)) * side, top + ((highest - up) / (highest - bottom)) * side];
  }

  // ---- drawn once

  #drawSurface(pen) {
    const { points } = this.#scene;
    const { left, top, side } = this.#box;
    const scale = lossColours(this.#theme);
    const image = new PixelImage(points, points);
    this.#shares.forEach((share, i) => image.set(i, lossColour(scale, Number.isNaN(share) ? 1 : share)));
    image.finish();
    pen.imageSmoothingEnabled = true;
    pen.drawImage(image.canvas, 0.5, 0.5, points - 1, points - 1, left, top, side, side);
    pen.save();
    pen.globalAlpha = 0.45;
    pen.lineWidth = 1;
    for (let i = 1; i < LEVELS; i++) {
      pen.strokeStyle = textColourOn(lossColour(scale, i / LEVELS));
      pen.beginPath();
      contour(pen, this.#shares, points, i / LEVELS, { left, top, step: side / (points - 1) });
      pen.stroke();
    }
    pen.restore();
  }

  #drawPath(pen) {
    const { left, top, side } = this.#box;
    const [theme, places, orange] = [this.#theme, this.#places, colours(this.#theme, ORANGE)];
    const width = 0.2 * theme.size;
    drawWithin(pen, left, top, side, side, () => {
      pen.lineJoin = pen.lineCap = "round";
      pen.beginPath();
      for (const place of places) pen.lineTo(...place);
      pen.strokeStyle = theme.background;
      pen.lineWidth = 2.2 * width;
      pen.stroke();
      pen.lineWidth = width;
      for (let i = 1; i < places.length; i++) {
        pen.strokeStyle = `rgb(${orange[Math.round((i / (places.length - 1)) * (COLOURS - 1))]})`;
        drawLine(pen, ...places[i - 1], ...places[i]);
      }
      for (const [name, kind, [x, y], colour] of [["start", START, places[0], orange[0]], ["end", END, places.at(-1), orange.at(-1)]]) {
        drawMarker(pen, x, y, 0.5 * theme.size, { kind, fill: `rgb(${colour})` }, theme);
        this.#name(pen, name, x, y, places);
      }
    });
  }

  /** Write a word beside a point of the map: of the places around it, the one that is farthest from the path and within. */
  #name(pen, word, x, y, places) {
    const size = this.#theme.size;
    const half = pen.measureText(word).width / 2;
    const around = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]]
      .map(([right, down]) => [x + right * (half + size), y + down * 1.3 * size])
      .filter(([cx, cy]) => this.#contains(cx - half, cy - size / 2) && this.#contains(cx + half, cy + size / 2));
    const free = ([cx, cy]) => Math.min(...dense(places).map(([px, py]) => Math.hypot(Math.max(0, Math.abs(px - cx) - half), py - cy)));
    const [at, height] = around.map((where) => [free(where), where]).sort((a, b) => b[0] - a[0])[0]?.[1] ?? [x, y];
    pen.textAlign = "center";
    pen.lineJoin = "round";
    pen.lineWidth = 4;
    pen.strokeStyle = this.#theme.background;
    pen.strokeText(word, at, height);
    pen.fillStyle = this.#theme.text;
    pen.fillText(word, at, height);
  }

  #drawAxes(pen) {
    const { left, top, side, line } = this.#box;
    const { axes } = this.#scene;
    pen.strokeStyle = this.#theme.faint;
    pen.lineWidth = 1;
    pen.strokeRect(left, top, side, side);
    pen.fillStyle = this.#theme.text;
    const [[low, high], [bottom, highest]] = [this.#ends(0), this.#ends(1)];
    write(pen, "right", short(highest), left - GAP, top + line / 2);
    write(pen, "right", short(bottom), left - GAP, top + side - line / 2);
    const ticks = top + side + line / 2 + 2;
    write(pen, "left", short(low), left, ticks);
    write(pen, "right", short(high), left + side, ticks);
    this.#title(pen, axes[0], left + side / 2, ticks + line, false);
    pen.save();
    pen.translate(line / 2 + 2, top + side / 2);
    pen.rotate(-Math.PI / 2);
    this.#title(pen, axes[1], 0, 0, true);
    pen.restore();
  }

  /** Write an axis' name, and on the next line what it means. */
  #title(pen, { name, detail }, x, y) {
    write(pen, "center", name, x, y);
    write(pen, "center", detail, x, y + this.#box.line);
  }

  /** Return the legends of C and of the epochs: { width, draw(pen, x, y) }, two lines each. */
  #legends(pen, theme) {
    const { low, high, log } = this.#scale;
    const last = this.#scene.epochs.at(-1);
    return [
      [`C, ${log ? "logarithmic" : "linear"}`, short(low), short(high), lossColours(theme)],
      ["epoch", "0", whole(last), colours(theme, ORANGE)],
    ].map(([name, from, to, scale]) => {
      const start = pen.measureText(from).width + GAP;
      const width = Math.max(pen.measureText(name).width, start + BAR + GAP + pen.measureText(to).width);
      const draw = (on, x, y) => {
        on.textBaseline = "middle";
        on.fillStyle = theme.text;
        write(on, "left", name, x, y);
        const below = y + this.#box.line;
        write(on, "left", from, x, below);
        write(on, "left", to, x + start + BAR + GAP, below);
        const fill = on.createLinearGradient(x + start, 0, x + start + BAR, 0);
        for (let i = 0; i <= 16; i++) fill.addColorStop(i / 16, `rgb(${scale[Math.round((i / 16) * (scale.length - 1))]})`);
        on.fillStyle = fill;
        on.fillRect(x + start, below - BAR_HEIGHT / 2, BAR, BAR_HEIGHT);
        on.strokeStyle = theme.faint;
        on.lineWidth = 1;
        on.strokeRect(x + start, below - BAR_HEIGHT / 2, BAR, BAR_HEIGHT);
      };
      return { width, draw };
    });
  }
}

/** Return points of a path in px, with more of them where two are far from each other. */
function dense(places) {
  return places.flatMap(([x, y], i) => {
    const [px, py] = places[Math.max(0, i - 1)];
    return Array.from({ length: 10 }, (_, k) => [x + (k / 10) * (px - x), y + (k / 10) * (py - y)]);
  });
}
