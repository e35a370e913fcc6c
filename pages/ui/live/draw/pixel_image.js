// Values as an image: a pixel each, enlarged when it is drawn.
import { colourOf } from "./colours.js";

/** The image of a grid, on a canvas of that many pixels. */
export class PixelImage {
  #pixels;

  constructor(columns, rows, canvas = document.createElement("canvas")) {
    this.canvas = Object.assign(canvas, { width: columns, height: rows });
    this.#pixels = new ImageData(columns, rows);
    this.#pixels.data.fill(255);
  }

  /** Set pixel i to the colour at colours[from]. */
  set(i, colours, from = 0) {
    const { data } = this.#pixels;
    data[4 * i] = colours[from];
    data[4 * i + 1] = colours[from + 1];
    data[4 * i + 2] = colours[from + 2];
  }

  /** Show values, row by row, as colours of a scale that reaches `limit` to either side of `middle`. */
  paint(values, scale, limit, middle = 0) {
    for (let i = 0; i < values.length; i++) this.set(i, colourOf(scale, values[i] - middle, limit));
    this.finish();
  }

  /** Show the pixels that were set. */
  finish() {
    this.canvas.getContext("2d").putImageData(this.#pixels, 0, 0);
  }
}
