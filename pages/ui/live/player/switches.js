// Switches for the optional views of the stage, beside the weights and the loss.
import { make, switchButton } from "../dom.js";
import { matricesOf } from "../draw/matrix_row.js";
import { superscript } from "../draw/numbers.js";

const SWITCHES = {
  no_weights: ["Weights", "‹W›, beside or in place of another drawing"],
  gradients: ["Gradients", "‹∂C/∂W› at the epoch on display, over all training samples"],
  updates: ["Last update", "What the last epoch added to ‹W›"],
  network: ["Network", "The network as a diagram: units, biases, and edges by weight or by gradient"],
  surface: ["Decision surface", "ŷ over two features, with the samples"],
  units: ["Hidden units", "The output of each hidden unit over the same two features"],
  score: ["", ""], // accuracy or R²
  norms: ["Norms", "Norms of the gradients: how large that of each matrix is, over the epochs: which layer learns"],
  log: ["Log scale", "The loss on a logarithmic scale"],
};
const SCORES = {
  accuracy: ["Accuracy", "The share of samples whose class is predicted correctly"],
  "R²": ["R²", "1 − Σ (y − ŷ)² / Σ (y − ȳ)²: the share of the target’s variance that is explained"],
};
const TWO_FEATURES = ["surface", "units"];
export const DRAWINGS = ["gradients", "updates", "network", "surface", "units"]; // that can stand in place of the weights

/** The row of switches. */
export class Switches {
  #buttons;

  /** `toggle(view)` is called at a click. */
  constructor(toggle) {
    this.#buttons = Object.fromEntries(Object.keys(SWITCHES).map((view) =>
      [view, switchButton("", () => toggle(view))]));
    this.element = make("div", { class: "switches", role: "group", "aria-label": "Show" }, ...Object.values(this.#buttons));
  }

  /** Show which views are on; those over a plane need two `features`, and the scene says what else one `lacks`. */
  update(views, scene) {
    const { score, features, lacks: reasons = {} } = scene;
    for (const [view, button] of Object.entries(this.#buttons)) {
      const [name, help] = view === "score" ? SCORES[score] : SWITCHES[view];
      button.hidden = view === "no_weights" && !views.has("present");
      const lacks = TWO_FEATURES.includes(view) && features.length < 2 ? "Needs two features"
        : view === "no_weights" && !DRAWINGS.some((other) => views.has(other)) ? "Choose another drawing first" : reasons[view] ?? "";
      button.disabled = Boolean(lacks);
      button.textContent = name;
      button.title = lacks || help.replace(/‹(.+)›/u, (_, symbol) => everyMatrix(symbol, matricesOf(scene).length));
      button.setAttribute("aria-pressed", views.has(view) !== (view === "no_weights"));
    }
  }
}

/** Return a symbol of the first and the last matrix: W⁽¹⁾ and W⁽²⁾; of more than two W⁽¹⁾ to W⁽⁴⁾. */
function everyMatrix(symbol, count) {
  const [first, last] = [1, count].map((layer) => `${symbol}${superscript(`(${layer})`)}`);
  return `${first} ${count > 2 ? "to" : "and"} ${last}`;
}
