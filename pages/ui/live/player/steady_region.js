// A region of text whose height does not make what is below it move to and fro.
import { make } from "../dom.js";

/** A region that grows with its contents, and shrinks only when it is released or changes its width. */
export class SteadyRegion {
  #width; // px when it was last observed
  #observer = new ResizeObserver(() => this.#hold());

  constructor(...contents) {
    this.element = make("div", { class: "steady" }, ...contents);
    this.#observer.observe(this.element);
  }

  /** Let it shrink to its present contents. */
  release() {
    this.element.style.minHeight = "";
    this.#observer.unobserve(this.element);
    this.#observer.observe(this.element); // reports the size again, even the same one
  }

  #hold() {
    const { element } = this;
    if (element.clientWidth !== this.#width) element.style.minHeight = "";
    this.#width = element.clientWidth;
    element.style.minHeight = `${element.getBoundingClientRect().height}px`;
  }
}
