// An array at its true shape: a table of coloured numbers, or an image if it is large, below its symbol and its shape.
import { gridOf } from "../chain_rule/grid.js";
import { make, picture } from "../dom.js";
import { colourOf, shareOf, textColourOn } from "../draw/colours.js";
import { pretty } from "../draw/numbers.js";
import { PixelImage } from "../draw/pixel_image.js";

const MOST_NUMBERS = 1200; // in a table
export const HIDDEN = "?"; // in place of a number that is asked
const TRANSPOSED = "ᵀ: transposed, with its rows as columns";
const CELL = 14; // px at most, of an image
const IMAGE = { width: 300, height: 190 }; // px at most

/**
 * Return the view of a part (see `operationOf`): { element, draw(theme, midpoint, hidden), mark(entry) }. Where it is a result,
 * `pick(entry)` is called at a choice and `hover(entry)` with the one below the pointer, or without when it leaves.
 */
export function arrayView(part, pick, hover) {
  const body = part.entryAt ? resultBody(part, pick, hover) : part.values.length <= MOST_NUMBERS ? new Table(part) : new Image(part);
  const help = part.symbol.endsWith("ᵀ") ? { title: TRANSPOSED } : {};
  const caption = make("figcaption", help, make("b", {}, part.symbol), ` ${part.code} ${part.shape}`);
  const figure = make("figure", { class: part.entryAt ? "array result" : "array" }, caption, body.element, ...(part.shown ? [make("small", {}, part.shown)] : []));
  return {
    element: figure,
    draw: (theme, midpoint, hidden = false) => body.draw(part.values, midpoint, theme, hidden),
    mark: (entry) => body.mark(part.used(entry)),
  };
}

/** Return a grid of buttons, in which hidden numbers are question marks. */
function resultBody({ symbol, names, entryAt, isKnown, help }, pick, hover) {
  const entry = (row, column) => entryAt({ row, column });
  const grid = gridOf(symbol, names, (row, column) => pick(entry(row, column)), (row, column) => hover(row === undefined ? undefined : entry(row, column)), MOST_NUMBERS);
  grid.element.title = help;
  return {
    element: grid.element,
    draw(numbers, midpoint, theme, hidden) {
      const isHidden = (i) => hidden && !isKnown(entry(Math.floor(i / names.columns.length), i % names.columns.length));
      grid.draw(numbers.map((value, i) => (isHidden(i) ? 0 : value)), midpoint, theme);
      grid.element.querySelectorAll("td button").forEach((cell, i) => isHidden(i) && hide(cell));
    },
    mark: (cell) => grid.mark(cell),
  };
}

function hide(cell) {
  cell.textContent = HIDDEN;
  cell.setAttribute("aria-label", cell.getAttribute("aria-label").replace(/: .*/, ": asked"));
}

/** A table of numbers. */
class Table {
  constructor({ symbol, names: { rows, columns } }) {
    this.cells = rows.map(() => columns.map(() => make("td", {}, make("span"))));
    const name = (scope) => (text) => make("th", { scope, title: text }, make("span", {}, text));
    const head = make("thead", {}, make("tr", {}, make("td"), ...columns.map(name("col"))));
    const body = make("tbody", {}, ...rows.map((text, row) => make("tr", {}, name("row")(text), ...this.cells[row])));
    this.head = head;
    this.element = make("div", { class: "scroll" }, make("table", { "aria-label": symbol }, head, body));
  }

  draw(values, midpoint, theme, hidden) {
    this.cells.flat().forEach((cell, i) => {
      const colour = colourOf(theme.scale, hidden ? 0 : shareOf(values[i], midpoint), 1);
      Object.assign(cell.firstChild.style, { background: `rgb(${colour})`, color: textColourOn(colour) });
      cell.firstChild.textContent = hidden ? HIDDEN : pretty(values[i]);
    });
  }

  /** Mark a cell, a row or a column, and scroll it into view within its box. */
  mark(used) {
    const isUsed = (row, column) => Boolean(used) && (used.row ?? row) === row && (used.column ?? column) === column;
    this.cells.forEach((cells, row) => cells.forEach((cell, column) => cell.classList.toggle("used", isUsed(row, column))));
    if (used) this.#reveal(this.cells[used.row ?? 0]?.[used.column ?? 0], used);
  }

  #reveal(cell, { row, column }) {
    if (!cell) return;
    const { element, head } = this;
    const [above, side] = [head.offsetHeight, cell.parentElement.firstChild.offsetWidth];
    if (row !== undefined) element.scrollTop = Math.min(element.scrollTop, cell.offsetTop - above) || 0;
    if (row !== undefined) element.scrollTop = Math.max(element.scrollTop, cell.offsetTop + cell.offsetHeight + 4 - element.clientHeight);
    if (column !== undefined) element.scrollLeft = Math.min(element.scrollLeft, cell.offsetLeft - side);
    if (column !== undefined) element.scrollLeft = Math.max(element.scrollLeft, cell.offsetLeft + cell.offsetWidth + 4 - element.clientWidth);
  }
}

/** A large array as an image. */
class Image {
  constructor({ symbol, rows, columns }) {
    Object.assign(this, { rows, columns });
    this.canvas = picture(`Heatmap of ${symbol}, ${rows}×${columns}`);
    this.image = new PixelImage(columns, rows, this.canvas);
    this.frame = make("i", { hidden: "" });
    const cell = Math.min(CELL, IMAGE.width / columns, IMAGE.height / rows);
    Object.assign(this.canvas.style, { width: `${Math.max(20, cell * columns)}px`, height: `${Math.max(20, cell * rows)}px` });
    this.element = make("div", { class: "frame" }, this.canvas, this.frame);
  }

  draw(values, midpoint, theme, hidden) {
    this.image.paint(values.map((value) => (hidden ? 0 : shareOf(value, midpoint))), theme.scale, 1);
  }

  mark(used) {
    this.frame.hidden = !used;
    if (!used) return;
    const span = (at, count) => (at === undefined ? [0, 100] : [(100 * at) / count, 100 / count]);
    const [[left, width], [top, height]] = [span(used.column, this.columns), span(used.row, this.rows)];
    Object.assign(this.frame.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  }
}
