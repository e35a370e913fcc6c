// A matrix in words for screen readers, beside its canvas.
import { make } from "../dom.js";
import { short, whole } from "./numbers.js";

const MOST_CELLS = 400; // of a table; of a larger matrix only its range

/** A table that is not visible; empty while its film plays. */
export class MatrixTable {
  #values; // in the table
  element = make("div", { class: "hidden" });

  /** `name` of the matrix, and the names of its `rows` and `columns`. */
  constructor(name, { rows, columns }) {
    Object.assign(this, { name, rows, columns });
  }

  /** Show values, row by row, or the means of blocks of them; `text(value)` as in the cells; `frozen`: places and number of frozen weights. */
  fill(values, text, { places, count = 0 } = {}) {
    if (values === this.#values) return;
    this.#values = values;
    const large = this.#cells > MOST_CELLS || this.#hasBlockMeans(values);
    this.element.replaceChildren(large ? this.#range(values, count) : this.#table(values, text, places));
  }

  clear() {
    if (!this.#values) return;
    this.#values = undefined;
    this.element.replaceChildren();
  }

  get #title() { return `${this.name}, ${this.rows.length}×${this.columns.length}`; }

  get #cells() { return this.rows.length * this.columns.length; }

  #hasBlockMeans(values) { return values.length < this.#cells; }

  #range(values, frozen) {
    const [least, most] = [Math.min, Math.max].map((extreme) => short(values.reduce((a, b) => extreme(a, b))));
    return make("p", {}, `${this.#title}: ${this.#hasBlockMeans(values) ? "means of blocks " : ""}from ${least} to ${most}${frozen ? `; ${whole(frozen)} frozen` : ""}`);
  }

  #table(values, text, frozen) {
    const { rows, columns } = this;
    const cell = (place) => `${text(values[place])}${frozen?.has(place) ? ", frozen" : ""}`;
    const head = make("tr", {}, make("td"), ...columns.map((name) => make("th", { scope: "col" }, name)));
    const body = rows.map((name, row) => make("tr", {}, make("th", { scope: "row" }, name),
      ...columns.map((_, column) => make("td", {}, cell(row * columns.length + column)))));
    return make("table", {}, make("caption", {}, this.#title), make("thead", {}, head), make("tbody", {}, ...body));
  }
}
