// Controls of the film in the bar at the top of the page, while those of the stage are out of sight.
import { make } from "../../dom.js";

const BAR = 46; // px: what is behind it cannot be seen
const MOST = 0.9; // of the stage's controls: with less in sight they are replaced

/** A slider that moves the film, the epoch on display, and a button that plays it. */
export class FilmBar {
  /** `player` of the film whose own `controls` are an element; `last`: its last epoch. */
  constructor(player, controls, state, last) {
    this.slider = make("input", {
      type: "range", min: 0, max: last, "aria-label": "Position in the film",
      oninput: () => player.seek(Number(this.slider.value)),
      onchange: () => player.rest(),
    });
    this.epoch = make("output", {});
    this.play = make("button", { type: "button", onclick: () => player.toggle() });
    this.element = make("div", { class: "film", "data-testid": "film-bar", hidden: true }, this.play, this.slider, this.epoch);
    this.#show(state.epoch, false);
    state.listen((_, playing) => this.#show(state.epoch, playing));
    const below = { root: document, rootMargin: `-${BAR}px 0px 0px`, threshold: MOST };
    new IntersectionObserver(([{ intersectionRatio }]) => (this.element.hidden = intersectionRatio >= MOST), below).observe(controls);
  }

  #show(epoch, playing) {
    this.slider.value = epoch;
    this.epoch.textContent = `Epoch ${epoch.toLocaleString("en")}`;
    this.play.textContent = playing ? "Pause" : "Play";
    this.play.setAttribute("aria-label", playing ? "Pause the film" : "Play the film");
  }
}
