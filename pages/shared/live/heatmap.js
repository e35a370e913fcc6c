// A matrix as a heatmap on a canvas: names of rows and columns, numbers where they fit.
import { colourOf, inkOn } from "./colours.js";

const LABEL = 12; // px, size of type
const GAP = 6;

export class Heatmap {
  #canvas;
  #image = document.createElement("canvas"); // one pixel a cell, enlarged when drawn
  #pixels;
  #box;

  constructor(canvas, { rows, columns }) {
    this.#canvas = canvas;
    this.rows = rows;
    this.columns = columns;
    this.#image.width = columns.length;
    this.#image.height = rows.length;
    this.#pixels = new ImageData(columns.length, rows.length);
    this.#pixels.data.fill(255);
  }

  get size() {
    return this.rows.length * this.columns.length;
  }

  /** The room that the rows' names take, at most `most` px. */
  margin(most, theme) {
    const pen = this.#canvas.getContext("2d");
    pen.font = `${LABEL}px ${theme.font}`;
    const widest = Math.max(...this.rows.map((name) => pen.measureText(name).width));
    return Math.ceil(Math.min(widest, most)) + GAP;
  }

  /** Set the cells' width in px and draw what does not move: the names, `left` px for the rows'. */
  layout(left, cellWidth, theme) {
    const cell = { width: cellWidth, height: Math.max(2, Math.min(48, 320 / this.rows.length)) };
    const top = LABEL + GAP;
    this.#box = { left, top, cell, width: cell.width * this.columns.length, height: cell.height * this.rows.length };
    resize(this.#canvas, left + this.#box.width, top + this.#box.height);
    this.#names(this.#canvas.getContext("2d"), theme);
  }

  /** Draw the values (row by row); only the cells are touched. */
  draw(values, limit, theme) {
    const { left, top, cell, width, height } = this.#box;
    const colours = this.#pixels.data;
    for (let i = 0; i < values.length; i++) {
      const colour = colourOf(theme.scale, values[i], limit);
      for (let c = 0; c < 3; c++) colours[4 * i + c] = colour[c];
    }
    this.#image.getContext("2d").putImageData(this.#pixels, 0, 0);
    const pen = this.#canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.#image, left, top, width, height);
    if (cell.width >= 40 && cell.height >= 18) this.#numbers(pen, values, limit, theme);
  }

  #numbers(pen, values, limit, theme) {
    const { left, top, cell } = this.#box;
    pen.font = `${LABEL + 1}px ${theme.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    values.forEach((value, i) => {
      const [row, column] = [Math.floor(i / this.columns.length), i % this.columns.length];
      pen.fillStyle = inkOn(colourOf(theme.scale, value, limit));
      pen.fillText(number(value), left + (column + 0.5) * cell.width, top + (row + 0.5) * cell.height);
    });
  }

  #names(pen, theme) {
    const { left, top, cell } = this.#box;
    pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    pen.font = `${LABEL}px ${theme.font}`;
    pen.fillStyle = theme.text;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const everyRow = Math.ceil(LABEL / cell.height);
    this.rows.forEach((name, row) => {
      if (row % everyRow === 0) pen.fillText(fit(pen, name, left - GAP), left - GAP, top + (row + 0.5) * cell.height);
    });
    pen.textAlign = "center";
    const everyColumn = Math.ceil(28 / cell.width);
    this.columns.forEach((name, column) => {
      if (column % everyColumn === 0) {
        pen.fillText(fit(pen, name, everyColumn * cell.width - 4), left + (column + 0.5) * cell.width, LABEL / 2 + 1);
      }
    });
  }
}

/** Set a canvas to a size in CSS px at the screen's own resolution. */
export function resize(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext("2d").scale(ratio, ratio);
}

/** The text, shortened with … to a width in px. */
function fit(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length - 1;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

function number(value) {
  const digits = Math.abs(value) < 99.995 ? 2 : Math.abs(value) < 9999.5 ? 0 : undefined;
  const text = digits === undefined ? value.toExponential(0) : value.toFixed(digits);
  return text.replace("-", "−");
}
