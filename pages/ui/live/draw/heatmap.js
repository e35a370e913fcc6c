// A matrix as a heatmap on a canvas, with names of rows and columns, and numbers where they fit.
import { colourOf, shareOf, textColourOn } from "./colours.js";
import { drawWithin, maxWidth, resize, setType, truncateAll, write } from "./canvas.js";
import { drawLock } from "./frozen.js";
import { minus } from "./numbers.js";
import { PixelImage } from "./pixel_image.js";

const GAP = 6;
const APART = 3; // px, between numbers side by side
const NUMBER = { width: 2.9, height: 1.3, roomy: 4.3 }; // times the size of type: a cell that holds a number, or one more digit
const MARK = { wide: 3, least: 13 }; // px: the width of a selected cell's mark, and the least side of what it surrounds
const LOCK = { size: 0.75, cell: 0.5, least: 10, above: 3.4 }; // times the size of type; the most of a cell's side; px, the least side of a cell for it; a cell's height where it is above the number
const NAME = { least: 2.2, most: 4 }; // times the size of type, the width of a column with a name, and of columns that share one

/** A heatmap of one matrix. */
export class Heatmap {
  #canvas;
  #images = []; // one pixel per cell, enlarged when drawn; of the whole matrix and of its blocks
  #box;

  /** `block`: the rows and columns whose mean is one cell while the film plays. */
  constructor(canvas, { rows, columns, block: [tall, wide] }) {
    this.#canvas = canvas;
    this.rows = rows;
    this.columns = columns;
    this.whole = { rows: rows.length, columns: columns.length, tall: 1, wide: 1 };
    this.blocks = { rows: Math.ceil(rows.length / tall), columns: Math.ceil(columns.length / wide), tall, wide };
  }

  /** Return the width of the row names, at most `most` px. */
  margin(most, theme) {
    const pen = this.#canvas.getContext("2d");
    setType(pen, theme);
    return Math.ceil(Math.min(maxWidth(pen, this.rows), most)) + GAP;
  }

  /** Set the cells' width and height in px and draw the names; those of the rows take `left` px. */
  layout(left, cell, theme) {
    const top = theme.size + GAP;
    const roomy = cell.width >= NUMBER.roomy * theme.size;
    this.#box = { left, top, cell, roomy, width: cell.width * this.columns.length, height: cell.height * this.rows.length };
    this.#names(resize(this.#canvas, left + this.#box.width, top + this.#box.height), theme);
  }

  /**
   * Draw the values, row by row: of every cell, or the means of blocks; `midpoint` of their colours: see `shareOf`.
   * The cell { row, column } of `mark`, if any, is marked; `frozen`: places of frozen weights.
   */
  draw(values, midpoint, theme, { mark, frozen } = {}) {
    const { left, top, cell, width, height } = this.#box;
    const grid = this.#grid(values);
    const image = (this.#images[grid.tall * grid.wide] ??= new PixelImage(grid.columns, grid.rows));
    const shares = values.map((value) => shareOf(value, midpoint));
    image.paint(shares, theme.scale, 1);
    const pen = this.#canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.clearRect(left, top, width + 1, height + 1); // else pixels at its edge add up
    // The last row and column of blocks may have fewer cells, and are then smaller.
    drawWithin(pen, left, top, width, height, () =>
      pen.drawImage(image.canvas, left, top, grid.columns * grid.wide * cell.width, grid.rows * grid.tall * cell.height));
    if (cell.width >= NUMBER.width * theme.size && cell.height >= NUMBER.height * theme.size && grid.tall * grid.wide === 1) this.#numbers(pen, values, shares, theme, frozen);
    if (frozen?.size && this.marks && grid.tall * grid.wide === 1) this.#locks(pen, frozen, theme);
    if (mark) this.#mark(pen, mark, theme);
  }

  /** Whether the cells are large enough for the mark of frozen weights. */
  get marks() { return Math.min(this.#box.cell.width, this.#box.cell.height) >= LOCK.least; }

  /** Draw a padlock in the upper right corner of each frozen weight's cell. */
  #locks(pen, frozen, theme) {
    const { left, top, cell } = this.#box;
    const size = Math.min(LOCK.size * theme.size, LOCK.cell * Math.min(cell.width, cell.height));
    for (const place of frozen) {
      const [row, column] = [Math.floor(place / this.columns.length), place % this.columns.length];
      drawLock(pen, left + (column + 1) * cell.width - 0.75 * size, top + row * cell.height + 0.75 * size, size, theme);
    }
  }

  /** Surround a cell; the mark stays among the cells, where the next values clear it. */
  #mark(pen, { row, column }, theme) {
    const { left, top, cell, width, height } = this.#box;
    const [wide, tall] = [Math.max(cell.width, Math.min(width, MARK.least)), Math.max(cell.height, Math.min(height, MARK.least))];
    const x = Math.min(left + width - wide, left + (column + 0.5) * cell.width - wide / 2);
    const y = Math.min(top + height - tall, top + (row + 0.5) * cell.height - tall / 2);
    for (const [inset, colour] of [[MARK.wide, theme.background], [MARK.wide / 2, theme.text]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = MARK.wide - (inset === MARK.wide ? 1 : 0);
      pen.strokeRect(Math.max(left, x) + inset, Math.max(top, y) + inset, wide - 2 * inset, tall - 2 * inset);
    }
  }

  /** Return the cell below the pointer: its index among the values, its name, and row and column of the matrix, also where a block's mean is drawn. */
  at(x, y, values) {
    const { left, top, cell, width, height } = this.#box;
    if (x < left || y < top || x >= left + width || y >= top + height) return undefined;
    const { columns, tall, wide } = this.#grid(values);
    const [exactRow, exactColumn] = [Math.floor((y - top) / cell.height), Math.floor((x - left) / cell.width)];
    const [row, column] = [Math.floor(exactRow / tall), Math.floor(exactColumn / wide)];
    const name = `${span(this.rows, row * tall, tall)} → ${span(this.columns, column * wide, wide)}`;
    return { index: row * columns + column, name, mean: tall * wide > 1, row: exactRow, column: exactColumn };
  }

  /** Return whether the values are means of blocks. */
  hasBlockMeans(values) {
    return values.length < this.rows.length * this.columns.length;
  }

  #grid(values) {
    return this.hasBlockMeans(values) ? this.blocks : this.whole;
  }

  /** Return a number as its cell shows it. */
  text(value) { return cellText(value, this.#box.roomy); }

  /** Write the numbers; in low cells, those with a padlock to the right of them give way to it. */
  #numbers(pen, values, shares, theme, frozen) {
    const { left, top, cell } = this.#box;
    setType(pen, theme);
    const low = cell.height < LOCK.above * theme.size;
    values.forEach((value, i) => {
      const [row, column] = [Math.floor(i / this.columns.length), i % this.columns.length];
      const text = this.text(value);
      const aside = low && frozen?.has(i) ? Math.min(theme.size / 2, Math.max(0, (cell.width - pen.measureText(text).width) / 2 - 1)) : 0;
      pen.fillStyle = textColourOn(colourOf(theme.scale, shares[i], 1));
      write(pen, "center", text, left + (column + 0.5) * cell.width - aside, top + (row + 0.5) * cell.height, cell.width - APART);
    });
  }

  /** Return every how many columns have a name: all, or as many as have space for it. */
  #columnsPerName(pen, { size }) {
    const { width } = this.#box.cell;
    if (width >= NAME.least * size) return 1;
    return Math.ceil(Math.min(NAME.most * size, Math.max(NAME.least * size, maxWidth(pen, this.columns) + 6)) / width);
  }

  #names(pen, theme) {
    const { left, top, cell } = this.#box;
    setType(pen, theme);
    const everyRow = Math.ceil(theme.size / cell.height);
    truncateAll(pen, this.rows, left - GAP).forEach((name, row) => {
      if (row % everyRow === 0) write(pen, "right", name, left - GAP, top + (row + 0.5) * cell.height);
    });
    const everyColumn = this.#columnsPerName(pen, theme);
    const last = this.columns.length - (everyColumn > 1 ? everyColumn / 2 : 0); // of those with enough space
    const names = this.columns.filter((_, column) => column < last && column % everyColumn === 0);
    truncateAll(pen, names, everyColumn * cell.width - 4).forEach((name, i) =>
      write(pen, "center", name, left + (i * everyColumn + 0.5) * cell.width, theme.size / 2 + 1));
  }
}

function span(names, first, count) {
  const last = Math.min(first + count, names.length) - 1;
  return last > first ? `${names[first]} … ${names[last]}` : names[first];
}

/** Return a number that fits a cell: two decimals, or two significant digits if small. */
function cellText(value, roomy) {
  const size = Math.abs(value);
  const small = size > 0 && size < (roomy ? 0.0995 : 0.005);
  const text = size >= 9999.5 || (small && (!roomy || size < 0.001)) ? value.toExponential(Number(roomy))
    : small ? value.toPrecision(2)
    : value.toFixed(size < 99.995 ? 2 : 0);
  return minus(text);
}
