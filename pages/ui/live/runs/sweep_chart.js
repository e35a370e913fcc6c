// A cell's curves on a canvas: the median over its seeds in its band.
import { resize } from "../draw/canvas.js";
import { short } from "../draw/numbers.js";

const PAD = 3; // px around the curves
const ABOVE = 3; // times the largest C at epoch 0: higher ones are cut off
const SPAN = 1e8; // from the highest C of the scale to the lowest, at most
const TICKS = { size: 11, gap: 3 }; // px

/**
 * Return the common scale of all bands { low, high, share, clippedAbove, clippedBelow }, logarithmic; undefined without any.
 * It is of what learns: from the lowest C to a few times the largest one at epoch 0, which ends at `firsts`.
 */
export function bandScale(bands, firsts) {
  let [least, most] = [Infinity, 0];
  for (const values of bands) {
    for (const value of values) {
      if (value > most) most = value;
      if (value > 0 && value < least) least = value;
    }
  }
  if (!(most > 0)) return undefined;
  const limit = ABOVE * firsts.reduce((a, b) => Math.max(a, b), 0) || Infinity;
  const high = Number.isFinite(Math.min(most, limit)) ? Math.min(most, limit) : Math.max(1, least);
  const low = Math.max(Math.min(least, high / 2), high / SPAN);
  const [bottom, length] = [Math.log(low), Math.log(high / low)];
  // Beyond its ends a curve leaves the chart, but not for infinity, where there is no line.
  const share = (value) => Math.min(1.5, (Math.log(Math.max(value, low / 10)) - bottom) / length);
  return { low, high, share, clippedAbove: most > high, clippedBelow: least < low };
}

/** Draw a band, (3, epochs), at a size in px, cut off at the scale's ends; with `ticks` also these. */
export function drawBand(canvas, band, scale, { width, height }, { series: [colour], text, background, font }, ticks = false) {
  const pen = resize(canvas, width, height);
  pen.clearRect(0, 0, width, height);
  const epochs = band.length / 3;
  const x = (i) => PAD + (i / (epochs - 1)) * (width - 2 * PAD);
  const y = (value) => PAD + (1 - scale.share(value)) * (height - 2 * PAD);
  const [lower, median, upper] = [0, 1, 2].map((row) => [...band.subarray(row * epochs, (row + 1) * epochs)].map((value, i) => [x(i), y(value)]).filter(([, at]) => !Number.isNaN(at)));
  pen.fillStyle = pen.strokeStyle = colour;
  pen.globalAlpha = 0.3;
  pen.beginPath();
  for (const point of [...lower, ...upper.reverse()]) pen.lineTo(...point);
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 1.6;
  pen.lineJoin = "round";
  pen.beginPath();
  for (const point of median) pen.lineTo(...point);
  pen.stroke();
  if (ticks) drawTicks(pen, scale, height, { text, background, font });
}

/** Write the ends of the scale, each at its place, over whatever curve is there. */
function drawTicks(pen, { low, high }, height, { text, background, font }) {
  const { size, gap } = TICKS;
  Object.assign(pen, { font: `${size}px ${font}`, textAlign: "left", textBaseline: "middle", strokeStyle: background, fillStyle: text, lineWidth: 3 });
  for (const [C, y] of [[high, gap + size / 2], [low, height - gap - size / 2]]) {
    pen.strokeText(short(C, 2), gap, y);
    pen.fillText(short(C, 2), gap, y);
  }
}
