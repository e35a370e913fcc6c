// What may be on stage beside W1, W2 and the loss, each one switch away.
import { make } from "../dom.js";

const SWITCHES = {
  gradients: ["Gradients", "∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾ at the epoch on display, over all training samples"],
  updates: ["Last update", "What the last epoch added to W⁽¹⁾ and W⁽²⁾"],
  network: ["Network", "The network as a diagram: units, biases, and edges by weight or by gradient"],
  surface: ["Decision surface", "ŷ over two features, with the samples"],
  units: ["Hidden units", "What each hidden unit answers over the same two features"],
  score: ["", ""], // accuracy or R²
  log: ["Log scale", "The loss on a logarithmic scale"],
};
const SCORES = {
  accuracy: ["Accuracy", "The share of samples whose class is right"],
  "R²": ["R²", "1 − Σ (y − ŷ)² / Σ (y − ȳ)²: the share of the target’s variance that is explained"],
};
const NEED_TWO = ["surface", "units"];

export class Switches {
  #buttons;

  constructor(turn) {
    this.#buttons = Object.fromEntries(Object.keys(SWITCHES).map((view) =>
      [view, make("button", { type: "button", class: "switch", onclick: () => turn(view) })]));
    this.element = make("div", { class: "switches", role: "group", "aria-label": "Show" }, ...Object.values(this.#buttons));
  }

  /** Show which are on; `features` says whether there is a plane to draw over. */
  update(views, { score, features }) {
    for (const [view, button] of Object.entries(this.#buttons)) {
      const [name, help] = view === "score" ? SCORES[score] : SWITCHES[view];
      button.disabled = NEED_TWO.includes(view) && features.length < 2;
      button.textContent = name;
      button.title = button.disabled ? "It needs two features" : help;
      button.setAttribute("aria-pressed", views.has(view));
    }
  }
}
