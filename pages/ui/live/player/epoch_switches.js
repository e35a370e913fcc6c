// Switches for the parts of the page below the drawings, which are about the epoch on display.
import { make } from "../dom.js";
import { whole } from "../draw/numbers.js";

/** The row of switches; their names are those of PARTS in pages/ui/state/stage_request.py. */
export class EpochSwitches {
  #epoch = make("span", { class: "epoch" });
  #buttons;

  /** `toggle(part)` is called at a click. */
  constructor(toggle) {
    const button = (part, title, ...label) => make("button", { type: "button", class: "switch", title, onclick: () => toggle(part) }, ...label);
    this.#buttons = {
      explore: button("explore", "Figures of the paused epoch: hover, zoom, and save as an image", "Explore epoch ", this.#epoch),
      edit: button("edit", "Edit or freeze any weight, and continue training from there", "Edit weights"),
    };
    this.element = make("div", { class: "switches below", role: "group", "aria-label": "Below" }, ...Object.values(this.#buttons));
  }

  /** Show the film's epoch, in the width of the run's last one, and which parts are on. */
  update({ epoch, length }, views) {
    this.#epoch.textContent = whole(epoch);
    this.#epoch.style.minWidth = `${whole(length).length}ch`;
    for (const [part, button] of Object.entries(this.#buttons)) button.setAttribute("aria-pressed", views.has(part));
  }
}
