// Switches for the parts of the page below the drawings, which are about the epoch on display.
import { make, switchButton } from "../dom.js";
import { whole } from "../draw/numbers.js";

const PADDING = 24; // px, of a switch

/** The row of switches; their names are those of PARTS in pages/ui/state/stage_request.py. */
export class EpochSwitches {
  #buttons;

  /** `toggle(part)` is called at a click. */
  constructor(toggle) {
    this.#buttons = {
      explore: switchButton("Figures of the paused epoch: hover, zoom, and save as an image", () => toggle("explore")),
      edit: switchButton("Edit or freeze any weight, and continue training from there", () => toggle("edit"), "Edit weights"),
      weight: switchButton("One weight over all epochs: its value, its gradient and ‖∇C‖; a click on a cell or an edge chooses another", () => toggle("weight"), "Weight"),
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
