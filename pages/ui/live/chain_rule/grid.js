// A matrix to pick a weight from: a heatmap of buttons, or an image with two lists if it is large.
import { colourOf, shareOf, textColourOn } from "../draw/colours.js";
import { make, picture, select } from "../dom.js";
import { lockIcon } from "../draw/frozen.js";
import { pretty } from "../draw/numbers.js";
import { PixelImage } from "../draw/pixel_image.js";

const MOST_BUTTONS = 420;
const PICTURE = { width: 420, height: 300, cell: 22 }; // px, at most

/**
 * Return the control for that size, of buttons up to `most` cells; `pick(row, column)` is called at a choice, and `hover` with
 * the cell below the pointer, or without arguments when it leaves.
 */
export function gridOf(title, names, pick, hover, most = MOST_BUTTONS) {
  const size = names.rows.length * names.columns.length;
  return new (size <= most ? ButtonGrid : ImageGrid)(title, names, pick, hover);
}

let lastPlace = ""; // of the pointer on the screen

/**
 * Return whether the pointer itself has moved. A finger picks and does not hover, and a page that
 * scrolls below a resting pointer may be driven from the keyboard.
 */
function pointerMoved({ pointerType, screenX, screenY }) {
  const before = lastPlace;
  lastPlace = `${screenX} ${screenY}`;
  return pointerType !== "touch" && lastPlace !== before;
}

/** A heatmap of buttons. */
class ButtonGrid {
  marks = true; // of frozen weights

  constructor(title, { rows, columns }, pick, hover) {
    this.title = title;
    this.names = { rows, columns };
    this.cells = rows.map((_, row) => columns.map((_, column) =>
      make("button", { type: "button", tabindex: -1, onclick: () => pick(row, column), "data-row": row, "data-column": column })));
    const head = make("tr", {}, make("td"), ...columns.map((name) => make("th", { scope: "col", title: name }, make("span", {}, name))));
    const body = rows.map((name, row) => make("tr", {},
      make("th", { scope: "row", title: name }, make("span", {}, name)),
      ...this.cells[row].map((cell) => make("td", {}, cell))));
    this.head = make("thead", {}, head);
    const table = make("table", { "aria-label": title }, this.head, make("tbody", {}, ...body));
    table.onkeydown = (event) => this.#onKey(event, pick);
    table.onpointerover = (event) => {
      const { row, column } = event.target.dataset;
      if (pointerMoved(event) && row !== undefined) hover(Number(row), Number(column));
    };
    table.onpointermove = pointerMoved;
    table.onpointerleave = () => hover();
    this.element = make("div", { class: "scroll" }, table);
    this.marked = null; // nothing yet, not even that there is none
  }

  /** Draw values, row by row; `frozen`: of each, whether that weight is frozen. */
  draw(values, midpoint, theme, frozen = []) {
    this.cells.flat().forEach((button, i) => {
      const [value, { row, column }] = [values[i], button.dataset];
      const colour = colourOf(theme.scale, shareOf(value, midpoint), 1);
      button.style.background = `rgb(${colour})`;
      button.style.color = textColourOn(colour);
      button.replaceChildren(pretty(value), ...(frozen[i] ? [lockIcon()] : []));
      button.setAttribute("aria-label",
        `${this.title}, row ${this.names.rows[row]}, column ${this.names.columns[column]}: ${pretty(value)}${frozen[i] ? ", frozen" : ""}`);
    });
  }

  /** Mark the selected cell; none if the weight is in another matrix. */
  mark(weight) {
    const chosen = weight && this.cells[weight.row][weight.column];
    if (chosen === this.marked) return; // it may have been scrolled away from
    this.marked = chosen;
    for (const button of this.cells.flat()) {
      button.setAttribute("aria-pressed", button === chosen);
      button.tabIndex = button === (chosen ?? this.cells[0][0]) ? 0 : -1;
    }
    if (chosen) this.#reveal(chosen);
  }

  /** Scroll the matrix, not the page, until the cell is visible. */
  #reveal(cell) {
    const [frame, box, head] = [this.element, cell, this.head].map((part) => part.getBoundingClientRect());
    const above = frame.top + head.height - box.top;
    const below = box.bottom - frame.bottom;
    if (above > 0) this.element.scrollTop -= above;
    else if (below > 0) this.element.scrollTop += below + 4;
    if (box.right > frame.right) this.element.scrollLeft += box.right - frame.right + 4;
    else if (box.left < frame.left) this.element.scrollLeft = 0;
  }

  /** Move the focus and the selection with the arrow keys. */
  #onKey(event, pick) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [row, column] = [Number(event.target.dataset.row) + step[0], Number(event.target.dataset.column) + step[1]];
    const next = this.cells[row]?.[column];
    if (!next) return;
    next.focus();
    pick(row, column);
  }
}

/** An image of a large matrix, with lists of its rows and columns. */
class ImageGrid {
  marks = false;

  constructor(title, { rows, columns }, pick, hover) {
    this.columns = columns.length;
    this.rows = rows.length;
    this.title = title;
    this.canvas = picture(`Heatmap of ${title}`);
    this.image = new PixelImage(this.columns, this.rows, this.canvas);
    this.marker = make("i", { hidden: "" });
    const cell = Math.min(PICTURE.cell, PICTURE.width / this.columns, Math.max(1, PICTURE.height / this.rows));
    this.canvas.style.width = `${Math.max(60, cell * this.columns)}px`;
    this.canvas.style.height = `${Math.max(60, cell * this.rows)}px`;
    this.canvas.onclick = (event) => pick(...this.#cell(event));
    this.canvas.onpointermove = (event) => pointerMoved(event) && hover(...this.#cell(event));
    this.canvas.onpointerleave = () => hover();
    const choose = () => pick(Number(this.row.value), Number(this.column.value));
    [this.row, this.column] = [["row", rows], ["column", columns]].map(([kind, names]) =>
      select({ "aria-label": `${title}, ${kind}`, title: `${title}, ${kind}`, onchange: choose }, [...names.entries()]));
    this.element = make("div", { class: "picture" },
      make("div", { class: "frame" }, this.canvas, this.marker),
      make("label", {}, "row ", this.row), make("label", {}, "column ", this.column));
  }

  #cell(event) {
    const box = this.canvas.getBoundingClientRect();
    const at = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    return [at((event.clientY - box.top) / box.height, this.rows), at((event.clientX - box.left) / box.width, this.columns)];
  }

  draw(values, midpoint, theme, frozen = []) {
    const count = frozen.filter(Boolean).length;
    this.canvas.setAttribute("aria-label", `Heatmap of ${this.title}${count ? `, ${count} frozen` : ""}`);
    this.image.paint(values.map((value) => shareOf(value, midpoint)), theme.scale, 1);
  }

  mark(weight) {
    this.marker.hidden = !weight;
    if (!weight) return;
    this.row.value = weight.row;
    this.column.value = weight.column;
    this.marker.style.left = `${((weight.column + 0.5) / this.columns) * 100}%`;
    this.marker.style.top = `${((weight.row + 0.5) / this.rows) * 100}%`;
  }
}
