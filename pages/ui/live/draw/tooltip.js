// What the pointer rests on, in a box beside it. It follows the film: the numbers stay those on display.
import { make } from "../dom.js";

const AWAY = 14; // px, from the pointer

export class Tip {
  #pointer; // where it is: { canvas, x, y, left, top }

  /** `find(canvas, x, y)` says what is there: { text, value }, or nothing. */
  constructor(stage, find) {
    this.find = find;
    this.stage = stage;
    this.element = make("div", { class: "tip", role: "status", "data-testid": "tip", hidden: "" });
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerdown", (event) => this.#move(event));
    stage.addEventListener("pointerleave", () => this.#away());
  }

  /** Say it again: what is on display has changed. */
  refresh() {
    if (!this.#pointer) return;
    const { canvas, x, y, left, top } = this.#pointer;
    const found = this.find(canvas, x, y);
    this.element.hidden = !found;
    if (!found) return;
    this.element.replaceChildren(...[found.text, found.told].filter(Boolean).map((line) => make("div", {}, line)));
    this.element.dataset.value = found.value ?? "";
    const room = this.stage.clientWidth - this.element.offsetWidth;
    this.element.style.left = `${Math.max(0, Math.min(left + AWAY, room))}px`;
    this.element.style.top = `${top + AWAY}px`;
  }

  #move(event) {
    const canvas = event.target.tagName === "CANVAS" ? event.target : undefined;
    if (!canvas) return this.#away();
    const frame = this.stage.getBoundingClientRect();
    this.#pointer = { canvas, x: event.offsetX, y: event.offsetY, left: event.clientX - frame.left, top: event.clientY - frame.top };
    this.refresh();
  }

  #away() {
    this.#pointer = undefined;
    this.element.hidden = true;
  }
}
