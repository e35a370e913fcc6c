// Controls of the film in the bar at the top of the page, while those of the stage are out of sight.
import { make } from "../../dom.js";
import { FILM_WORDS, label, newSlider, showPlace } from "../../player/controls.js";

const BAR = 46; // px: what is behind it cannot be seen
const MOST = 0.9; // of the stage's controls: with less in sight they are replaced

/** A slider that moves the film, the epoch on display, and a button that plays it; they look like the stage's. */
export class FilmBar {
  #player; #state; #last;
  #isNeeded = false; // because the stage's controls are out of sight

  /** `player` of the film whose own `controls` are an element; `last`: its last epoch; `sheets`: the stage's styles. */
  constructor(player, controls, state, last, sheets) {
    [this.#player, this.#state, this.#last] = [player, state, last];
    this.slider = newSlider(player, "Position in the film", true);
    this.slider.part = "slider control";
    this.slider.addEventListener("input", () => this.#show()); // at an epoch that the film has
    this.epoch = make("output", { part: "epoch" });
    this.play = make("button", { type: "button", class: "primary", part: "control", onclick: () => this.#player.toggle() });
    this.element = make("div", { class: "film", "data-testid": "film-bar", hidden: true });
    this.element.addEventListener("focusout", () => queueMicrotask(() => this.#place()));
    const root = this.element.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = sheets;
    root.append(this.play, this.slider, this.epoch);
    this.#show();
    state.listen(() => this.#show());
    const below = { root: document, rootMargin: `-${BAR}px 0px 0px`, threshold: MOST };
    new IntersectionObserver(([{ intersectionRatio }]) => this.#place(intersectionRatio < MOST), below).observe(controls);
  }

  /** Show the bar where it is needed; it stays while the keyboard is in it. */
  #place(isNeeded = this.#isNeeded) {
    this.#isNeeded = isNeeded;
    this.element.hidden = !isNeeded && !this.element.shadowRoot.querySelector(":focus-visible");
  }

  #show() {
    const { epoch, playing } = this.#state;
    showPlace(this.slider, { epoch, trained: this.#last, length: this.#last }, FILM_WORDS);
    this.epoch.textContent = `Epoch ${epoch.toLocaleString("en")}`;
    const [name, help] = playing ? ["Pause", "Pause the film"] : ["Play", "Play the film"];
    if (this.play.title === help) return;
    label(this.play, name, FILM_WORDS);
    Object.assign(this.play, { title: help, ariaLabel: help });
  }
}
