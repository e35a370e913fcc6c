// A matrix to pick a weight from: a heatmap of buttons, or a picture with two lists when it is large.
import { colourOf, inkOn } from "../draw/colours.js";
import { make } from "../dom.js";
import { pretty } from "../draw/numbers.js";

const MOST_BUTTONS = 420;
const PICTURE = { width: 420, height: 300, cell: 22 }; // px, at most

/**
 * The control that fits the size; `pick(row, column)` is called at a choice, and `hover` with the
 * cell below the pointer, or with nothing when it leaves.
 */
export function gridOf(title, names, pick, hover) {
  const size = names.rows.length * names.columns.length;
  return new (size <= MOST_BUTTONS ? ButtonGrid : PictureGrid)(title, names, pick, hover);
}

let place = ""; // on the screen, where the pointer was last

/**
 * Whether a pointer came to where it is. A finger picks, it does not hover; and when the page moves
 * below a pointer that rests, somebody may be at the keyboard.
 */
function points({ pointerType, screenX, screenY }) {
  const before = place;
  place = `${screenX} ${screenY}`;
  return pointerType !== "touch" && place !== before;
}

class ButtonGrid {
  constructor(title, { rows, columns }, pick, hover) {
    this.columns = columns.length;
    this.title = title;
    this.names = { rows, columns };
    this.buttons = rows.flatMap((_, row) => columns.map((_, column) =>
      make("button", { type: "button", tabindex: -1, onclick: () => pick(row, column), "data-row": row, "data-column": column })));
    const head = make("tr", {}, make("td"), ...columns.map((name) => make("th", { scope: "col", title: name }, make("span", {}, name))));
    const body = rows.map((name, row) => make("tr", {},
      make("th", { scope: "row", title: name }, make("span", {}, name)),
      ...columns.map((_, column) => make("td", {}, this.#button(row, column)))));
    this.head = make("thead", {}, head);
    const table = make("table", { "aria-label": title }, this.head, make("tbody", {}, ...body));
    table.onkeydown = (event) => this.#key(event, pick);
    table.onpointerover = (event) => {
      const { row, column } = event.target.dataset;
      if (points(event) && row !== undefined) hover(Number(row), Number(column));
    };
    table.onpointermove = points;
    table.onpointerleave = () => hover();
    this.element = make("div", { class: "scroll" }, table);
  }

  #button(row, column) {
    return this.buttons[row * this.columns + column];
  }

  draw(values, limit, theme) {
    values.forEach((value, i) => {
      const colour = colourOf(theme.scale, value, limit);
      const [button, row, column] = [this.buttons[i], Math.floor(i / this.columns), i % this.columns];
      button.style.background = `rgb(${colour})`;
      button.style.color = inkOn(colour);
      button.textContent = pretty(value);
      button.setAttribute("aria-label",
        `${this.title}, row ${this.names.rows[row]}, column ${this.names.columns[column]}: ${pretty(value)}`);
    });
  }

  /** Mark the chosen cell; none when the weight is of the other matrix. */
  mark(weight) {
    const chosen = weight ? weight.row * this.columns + weight.column : undefined;
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", i === chosen);
      button.tabIndex = i === (chosen ?? 0) ? 0 : -1;
    });
    if (chosen !== undefined) this.#reveal(this.buttons[chosen]);
  }

  /** Scroll the matrix, not the page, until the cell is seen. */
  #reveal(cell) {
    const [frame, box, head] = [this.element, cell, this.head].map((part) => part.getBoundingClientRect());
    const above = frame.top + head.height - box.top;
    const below = box.bottom - frame.bottom;
    if (above > 0) this.element.scrollTop -= above;
    else if (below > 0) this.element.scrollTop += below + 4;
    if (box.right > frame.right) this.element.scrollLeft += box.right - frame.right + 4;
    else if (box.left < frame.left) this.element.scrollLeft = 0;
  }

  /** Arrow keys go from cell to cell, and the choice with them. */
  #key(event, pick) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [row, column] = [Number(event.target.dataset.row) + step[0], Number(event.target.dataset.column) + step[1]];
    const next = column >= 0 && column < this.columns ? this.#button(row, column) : undefined;
    if (!next) return;
    next.focus();
    pick(row, column);
  }
}

class PictureGrid {
  constructor(title, { rows, columns }, pick, hover) {
    this.columns = columns.length;
    this.rows = rows.length;
    this.canvas = make("canvas", { role: "img", "aria-label": `Heatmap of ${title}`, width: this.columns, height: this.rows });
    this.marker = make("i", { hidden: "" });
    const cell = Math.min(PICTURE.cell, PICTURE.width / this.columns, Math.max(1, PICTURE.height / this.rows));
    this.canvas.style.width = `${Math.max(60, cell * this.columns)}px`;
    this.canvas.style.height = `${Math.max(60, cell * this.rows)}px`;
    this.canvas.onclick = (event) => pick(...this.#cell(event));
    this.canvas.onpointermove = (event) => points(event) && hover(...this.#cell(event));
    this.canvas.onpointerleave = () => hover();
    const choose = () => pick(Number(this.row.value), Number(this.column.value));
    this.row = list(`${title}, row`, rows, choose);
    this.column = list(`${title}, column`, columns, choose);
    this.element = make("div", { class: "picture" },
      make("div", { class: "frame" }, this.canvas, this.marker),
      make("label", {}, "row ", this.row), make("label", {}, "column ", this.column));
  }

  #cell(event) {
    const box = this.canvas.getBoundingClientRect();
    const at = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    return [at((event.clientY - box.top) / box.height, this.rows), at((event.clientX - box.left) / box.width, this.columns)];
  }

  draw(values, limit, theme) {
    const image = new ImageData(this.columns, this.rows);
    values.forEach((value, i) => image.data.set([...colourOf(theme.scale, value, limit), 255], 4 * i));
    this.canvas.getContext("2d").putImageData(image, 0, 0);
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

function list(label, names, onchange) {
  return make("select", { "aria-label": label, title: label, onchange },
    ...names.map((name, i) => make("option", { value: i }, name)));
}
