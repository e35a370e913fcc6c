// Switches for the parts of the page below the drawings, which are about the epoch on display.
import { make } from "../dom.js";
import { whole } from "../draw/numbers.js";

const PADDING = 24; // px, of a switch

/** The row of switches; their names are those of PARTS in pages/ui/state/stage_request.py. */
export class EpochSwitches {
  #buttons;

  /** `toggle(part)` is called at a click. */
  constructor(toggle) {
    const button = (part, title, label = "") => make("button", { type: "button", class: "switch", title, onclick: () => toggle(part) }, label);
    this.#buttons = {
      explore: button("explore", "Figures of the paused epoch: hover, zoom, and save as an image"),
      edit: button("edit", "Edit or freeze any weight, and continue training from there", "Edit weights"),
    };
    this.element = make("div", { class: "switches below", role: "group", "aria-label": "Below" }, ...Object.values(this.#buttons));
  }

  /** Show the film's epoch, in the width of the run's last one, and which parts are on. */
  update({ epoch, length }, views) {
    const { explore } = this.#buttons;
    if (explore.textContent !== exploreText(epoch)) explore.textContent = exploreText(epoch);
    explore.style.minWidth = `calc(${exploreText(length).length}ch + ${PADDING}px)`;
    for (const [part, button] of Object.entries(this.#buttons)) button.setAttribute("aria-pressed", views.has(part));
  }
}

const exploreText = (epoch) => `Explore epoch ${whole(epoch)}`;
