// A tooltip beside the pointer; its numbers change with the film.
import { make } from "../dom.js";

const OFFSET = 14; // px, from the pointer

/** The box that shows what is below the pointer. */
export class Tooltip {
  #pointer; // { canvas, x, y, left, top }

  /** `find(canvas, x, y)` returns what is there: { text, detail, more: one line or several, value, hint: what a click does, if anything }, or undefined. */
  constructor(stage, find) {
    this.find = find;
    this.element = make("div", { class: "tip", role: "status", "data-testid": "tip", hidden: "" });
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerdown", (event) => this.#move(event));
    stage.addEventListener("pointerleave", this.hide);
  }

  /** Hide it when the page scrolls, until it is closed. */
  open() { addEventListener("scroll", this.hide, { capture: true, passive: true }); }

  close() { removeEventListener("scroll", this.hide, { capture: true }); }

  /** Hide it until the pointer moves. */
  hide = () => {
    this.#pointer = undefined;
    this.element.hidden = true;
  };

  /** Show it again after the drawings have changed. */
  refresh() {
    if (!this.#pointer) return;
    const { canvas, x, y, left, top } = this.#pointer;
    const found = this.find(canvas, x, y);
    this.element.hidden = !found;
    canvas.style.cursor = found?.hint ? "pointer" : "";
    if (!found) return;
    this.element.replaceChildren(...[found.text, found.detail, found.more, found.hint].flat().filter(Boolean).map((line) => make("div", {}, line)));
    this.element.dataset.value = found.value ?? "";
    const room = this.element.parentElement.clientWidth - this.element.offsetWidth;
    this.element.style.left = `${Math.max(0, Math.min(left + OFFSET, room))}px`;
    this.element.style.top = `${top + OFFSET}px`;
  }

  #move(event) {
    const { target: canvas } = event;
    if (canvas.tagName !== "CANVAS") return this.hide();
    const frame = this.element.parentElement.getBoundingClientRect();
    this.#pointer = { canvas, x: event.offsetX, y: event.offsetY, left: event.clientX - frame.left, top: event.clientY - frame.top };
    this.refresh();
  }
}
