// The loss curves on a canvas: every epoch up to the furthest one seen, and where the film stands.
import { roundUp, short } from "./colours.js";
import { resize } from "./heatmap.js";

const MARGIN = { left: 52, right: 12, top: 10, bottom: 30 };
const DASHES = [[], [6, 4]]; // training, validation

export class LossChart {
  #canvas;
  #size;

  constructor(canvas) {
    this.#canvas = canvas;
  }

  layout(width, height) {
    this.#size = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    resize(this.#canvas, width, height);
  }

  /** Curves up to epoch `seen`; `frame` is the one on display. */
  draw(curves, seen, frame, theme) {
    const pen = this.#canvas.getContext("2d");
    const { width, height } = this.#size;
    const epochs = roundUp(Math.max(seen, 50));
    const top = roundUp(Math.max(...curves.map((curve) => peak(curve, seen))));
    const x = (epoch) => MARGIN.left + (epoch / epochs) * width;
    const y = (loss) => MARGIN.top + (1 - loss / top) * height;
    pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    axes(pen, { x, y, epochs, top, theme });
    curves.forEach((curve, i) => {
      pen.strokeStyle = theme.series[i];
      pen.setLineDash(DASHES[i]);
      line(pen, curve, seen, x, y);
      pen.setLineDash([]);
      if (frame) dot(pen, x(frame.epoch), y(frame.losses[i]), theme.series[i]);
    });
  }
}

function peak(curve, seen) {
  let highest = 0;
  const used = Math.min(Math.ceil(curve.count / curve.bucket), Math.floor(seen / curve.bucket) + 1);
  for (let i = 0; i < used; i++) if (curve.high[i] > highest) highest = curve.high[i];
  return highest;
}

function line(pen, curve, seen, x, y) {
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.beginPath();
  const last = Math.floor(Math.min(seen, curve.count - 1) / curve.bucket);
  for (let i = 0; i <= last; i++) {
    const at = x(Math.min(i * curve.bucket, seen));
    pen.lineTo(at, y(curve.high[i]));
    if (curve.low[i] !== curve.high[i]) pen.lineTo(at, y(curve.low[i]));
  }
  pen.stroke();
}

function dot(pen, x, y, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, 4, 0, 2 * Math.PI);
  pen.fill();
}

function axes(pen, { x, y, epochs, top, theme }) {
  pen.font = `12px ${theme.font}`;
  pen.fillStyle = theme.text;
  pen.strokeStyle = theme.faint;
  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const share of [0, 0.5, 1]) {
    pen.fillText(short(share * top), MARGIN.left - 8, y(share * top));
    pen.beginPath();
    pen.moveTo(x(0), y(share * top));
    pen.lineTo(x(epochs), y(share * top));
    pen.stroke();
  }
  pen.textBaseline = "top";
  for (const share of [0, 0.5, 1]) {
    pen.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    pen.fillText((share * epochs).toLocaleString("en"), x(share * epochs), y(0) + 8);
  }
}
