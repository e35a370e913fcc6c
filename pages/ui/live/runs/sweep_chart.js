// A cell's curves on a canvas: the median over its seeds, with a band from quartile to quartile.
import { resize } from "../draw/canvas.js";

const PAD = 3; // px around the curves
const DECADES = 8; // of C at most

/** Return the common scale of all bands: the powers of ten around their values; undefined without any. */
export function bandScale(bands) {
  let [least, most] = [Infinity, 0];
  for (const values of bands) {
    for (const value of values) {
      if (value > most) most = value;
      if (value > 0 && value < least) least = value;
    }
  }
  if (!(most > 0)) return undefined;
  const high = Math.ceil(Math.log10(most));
  const low = Math.max(Math.min(high - 1, Math.floor(Math.log10(least))), high - DECADES);
  return { low, high, share: (value) => (Math.log10(Math.max(value, 10 ** (low - 1))) - low) / (high - low) };
}

/** Draw the quartiles of a band, (3, epochs), at a size in px; where it is NaN, after the last run’s end, nothing is drawn. */
export function drawBand(canvas, band, { share }, { width, height }, { colour, faint }) {
  const pen = resize(canvas, width, height);
  pen.clearRect(0, 0, width, height);
  const epochs = band.length / 3;
  const x = (i) => PAD + (i / (epochs - 1)) * (width - 2 * PAD);
  const y = (value) => PAD + (1 - share(value)) * (height - 2 * PAD);
  const [lower, median, upper] = [0, 1, 2].map((row) => [...band.subarray(row * epochs, (row + 1) * epochs)].map((value, i) => [x(i), y(value)]).filter(([, at]) => !Number.isNaN(at)));
  pen.strokeStyle = faint;
  pen.strokeRect(0.5, 0.5, width - 1, height - 1);
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
}
