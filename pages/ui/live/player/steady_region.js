// A region of text whose height does not make what is below it move to and fro.
import { make } from "../dom.js";

/** A region that grows with its contents, and shrinks only when it is released or changes its width. */
export class SteadyRegion {
  #width; // px when it was last observed

  constructor(...contents) {
    this.element = make("div", { class: "steady" }, ...contents);
    new ResizeObserver(() => this.#hold()).observe(this.element);
  }

  /** Let it shrink to its present contents. */
  release() {
    this.element.style.minHeight = "";
  }

  #hold() {
    const { width, height } = this.element.getBoundingClientRect();
    this.element.style.minHeight = width === this.#width ? `${height}px` : "";
    this.#width = width;
  }
}
