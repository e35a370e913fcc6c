// The chain rule opened for one sample: pick a weight, see the factors that are multiplied.
import { readTheme } from "../draw/colours.js";
import { make, mount } from "../dom.js";
import { HIDDEN, LOSSES, OUTPUT } from "./formulas.js";
import { factorsOf, productOf, symbolsFor } from "./factors.js";
import { math, partial } from "./mathml.js";
import { exact, pretty, setDigits } from "../draw/numbers.js";
import { Path } from "./path_diagram.js";
import { after, cards, signOf } from "./factor_cards.js";
import { WeightGrids } from "./weights.js";

const SETTLE = 120; // ms after the last pick before the server is told
const OF_AN_OUTPUT = ["dC_dyhat", "dyhat_dO", "dO_dZ"]; // factors that differ from output to output
const MATRICES = ["W1", "W2", "dW1", "dW2", "sum1", "sum2", "size1", "size2"];
const EQUAL = 1e-12; // of the sum of magnitudes: how far rounding may part the sum and the gradient

/** Called by Streamlit for every message to this component; the view itself stays. */
export const chainRule = mount(() => new ChainRule(), (view, { data, setTriggerValue }) => {
  view.send = (pick) => setTriggerValue("pick", pick);
  view.receive(unpack(data));
});

/** The server's bytes (see pages/ui/chain_rule/scene.py) taken apart. */
function unpack(bytes) {
  const data = bytes.slice().buffer; // a copy: views of 8 bytes need an aligned start
  const length = new DataView(data).getUint32(0, true);
  const scene = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  for (const [name, rows, columns] of scene.arrays) {
    scene[name] = { rows, columns, values: new Float64Array(data, at, rows * columns) };
    at += 8 * rows * columns;
  }
  return scene;
}

class ChainRule {
  #sequence = 0; // of the latest pick made here
  #heard = 0; // of the latest pick the server has answered
  #shape = ""; // of what the grids were built for
  #matrices = {}; // the weights, their gradients and what the samples add up to,
  #named = ""; // of this state of the run
  #lacks = ""; // a state whose matrices the server believes to be here
  #showing = "weights";
  #timer = undefined;
  #preview = undefined; // the weight below the pointer

  constructor() {
    this.matrices = make("div", { class: "matrices" });
    this.about = make("div", { class: "about" });
    this.under = make("div", { class: "under" });
    this.strip = make("div", { class: "strip", role: "group", "aria-label": "The factors" });
    this.fused = make("p", { class: "fused", "data-testid": "fused" });
    this.result = make("div", { class: "result" });
    this.notes = make("div", { class: "notes" });
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.path = new Path();
    this.element = make("section", { "data-testid": "chain-rule", "data-hover": "", "aria-label": "The chain rule for one weight" },
      make("div", { class: "top" }, make("div", { class: "left" }, this.matrices, this.under), make("div", { class: "beside" }, this.about, this.path.element)), this.strip, this.fused, this.result, this.notes, this.live);
  }

  open(root) {
    root.append(this.element);
  }

  close() {
    clearTimeout(this.#timer);
    this.element.remove();
  }

  /** Take in a message. Picks made here that the server has not heard of yet stand. */
  receive(scene) {
    this.#heard = Math.max(this.#heard, scene.heard);
    if (!this.#complete(scene)) return this.#tell();
    const other = scene.token !== this.scene?.token;
    this.scene = scene;
    setDigits(scene.conventions.digits);
    if (other || this.#heard >= this.#sequence) {
      this.chosen = scene.focus.weight;
      this.chosenOutput = scene.focus.output;
    }
    this.#build();
    this.#drawGrids();
    this.#render();
  }

  /** Look at another weight or output, at once; the server is told when the picking rests. */
  #pick(weight, output) {
    this.chosen = weight;
    this.chosenOutput = weight.layer === 2 ? weight.column : output;
    this.element.dataset.hover = "";
    this.#preview = undefined;
    this.#sequence += 1;
    this.#render();
    this.live.textContent = this.#spoken();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), SETTLE);
  }

  /** Tell what is looked at, and which matrices are missing. */
  #tell() {
    this.send({
      sequence: this.#sequence, token: this.scene?.token ?? "", output: this.chosenOutput ?? 0, ...this.chosen,
      lacks: this.#lacks,
    });
  }

  /** Fill in the matrices that came before, if they are these; else note that they are missing. */
  #complete(scene) {
    if (scene.W1) {
      this.#matrices = Object.fromEntries(MATRICES.map((name) => [name, scene[name]]));
      this.#named = scene.matrices;
    }
    const here = this.#named === scene.matrices;
    this.#lacks = here ? "" : scene.matrices;
    if (here) Object.assign(scene, this.#matrices);
    return here;
  }

  // ---- the matrices

  #build() {
    const { names, bias, conventions } = this.scene;
    const shape = JSON.stringify([names, bias, conventions.bias_apart, conventions.transposed]);
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.grids = new WeightGrids(this.scene, {
      pick: (weight) => this.#pick(weight, this.output),
      hover: (weight) => this.#hover(weight),
    });
    this.switch = ["weights", "gradients"].map((kind) => make("button", {
      type: "button", class: "choice", title: kind === "weights" ? "Show the weights in the cells" : "Show ∂C/∂W, over all samples, in the cells",
      onclick: () => { this.#showing = kind; this.#drawGrids(); },
    }, kind === "weights" ? "Weights" : "Gradients"));
    this.matrices.replaceChildren(...this.grids.elements);
    this.under.replaceChildren(
      make("div", { class: "choices", role: "group", "aria-label": "In the cells" }, ...this.switch), this.grids.legend);
  }

  #drawGrids() {
    const theme = (this.theme = readTheme(this.element));
    if (this.#secretSums) this.#showing = "weights"; // it stands among the gradients
    this.grids.draw(this.#showing === "weights" ? [this.scene.W1, this.scene.W2] : [this.scene.dW1, this.scene.dW2], theme);
    this.switch[1].disabled = this.#secretSums;
    this.switch.forEach((button, i) => button.setAttribute("aria-pressed", (this.#showing === "gradients") === (i === 1)));
    this.element.style.setProperty("--minus", `rgb(${theme.scale[52]})`);
    this.element.style.setProperty("--plus", `rgb(${theme.scale[202]})`);
  }

  /** Show the factors of the weight below the pointer, as long as it is there. */
  #hover(weight) {
    const key = weight ? `${weight.layer}:${weight.row}:${weight.column}` : "";
    if (key === this.element.dataset.hover) return;
    this.element.dataset.hover = key;
    this.#preview = weight;
    this.#render();
  }

  // ---- the weight that is looked at

  /** The weight that is shown: the one below the pointer, or else the chosen one. */
  get weight() { return this.#preview ?? this.chosen; }

  get output() { return this.weight.layer === 2 ? this.weight.column : this.chosenOutput; }

  get #outputs() {
    return this.scene.y.values.length;
  }

  #render() {
    const { scene, weight, output } = this;
    this.factors = factorsOf(scene, weight, output);
    this.products = Array.from(scene.y.values, (_, o) => productOf(scene, weight, o));
    this.contribution = this.products.reduce((sum, product) => sum + product, 0);
    this.grids.mark(this.chosen);
    this.path.draw(scene, weight, this.theme, this.element.clientWidth);
    this.about.replaceChildren(...this.#headline());
    this.strip.style.gridTemplateColumns = `repeat(${this.factors.length - 1}, minmax(0, 1fr) auto) minmax(0, 1fr)`;
    this.strip.replaceChildren(...cards(this.factors, this.theme, this.#secret && scene.hidden === "gradient" ? "product" : scene.hidden));
    this.#drawFused();
    this.#drawResult();
    Object.assign(this.element.dataset, { // what is shown, and whether the server has heard of it
      epoch: scene.epoch, sample: scene.focus.sample + 1, told: this.#heard >= this.#sequence,
    });
    this.notes.replaceChildren(...this.#remarks().map((text) => make("p", {}, text)));
  }

  #headline() {
    const { scene, weight } = this;
    const s = symbolsFor(scene, weight);
    const { rows, columns } = scene.names[`W${weight.layer}`];
    const matrix = weight.layer === 1 ? "W⁽¹⁾" : "W⁽²⁾";
    const symbol = math(partial(s.C(), weight.layer === 1 ? s.W1() : s.W2()));
    const column = weight.layer === 2 ? (this.#outputs > 1 ? "o" : "") : "l";
    const indices = [
      ["i", scene.focus.sample + 1, "sample"],
      ["k", weight.row + 1, rows[weight.row]],
      ...(column === "l" ? [["l", weight.column + 1, columns[weight.column]]] : []),
      ...(this.#outputs > 1 ? [["o", this.output + 1, scene.names.W2.columns[this.output]]] : []),
    ];
    return [
      make("div", { class: "symbol" }, symbol),
      make("div", {},
        make("h3", {}, `${matrix}, from ${rows[weight.row]} to ${columns[weight.column]}`),
        make("p", {}, "weight ", make("b", {}, pretty(scene[`W${weight.layer}`].values[this.#index]))),
        make("dl", {}, ...indices.map(([name, value, meaning]) =>
          make("div", {}, make("dt", {}, make("i", {}, name), ` = ${value}`), make("dd", {}, meaning)))),
      ),
    ];
  }

  get #index() {
    return this.weight.row * this.scene[`W${this.weight.layer}`].columns + this.weight.column;
  }

  // ---- from the product to the gradient

  /** Where the loss and the output's slope are multiplied in one step: what they come to. */
  #drawFused() {
    const { scene, output } = this;
    this.fused.hidden = !LOSSES[scene.choices.loss].fused || Boolean(scene.hidden);
    if (this.fused.hidden) return;
    const [y, yHat, value] = ["y", "y_hat", "dC_dO"].map((name) => scene[name].values[output]);
    this.fused.dataset.value = value;
    this.fused.textContent = "The first two factors multiply to (ŷ − y)/N = "
      + `(${pretty(yHat)} − ${pretty(y)}) / ${scene.samples} = ${pretty(value)}, and are computed so: apart they are ∞ × 0 where ŷ rounds to 0 or 1.`;
  }

  #drawResult() {
    const held = this.result.getRootNode().activeElement?.dataset.output;
    const lines = [this.#ofOutputs(), this.#ofSamples()].map((parts) => make("div", { class: "line" }, ...parts));
    const before = this.result.children; // the same again stays: a button that goes while it is pressed hears no click
    if (before.length === lines.length && lines.every((line, i) => line.isEqualNode(before[i]))) return;
    this.result.replaceChildren(...lines);
    if (held !== undefined) this.result.querySelector(`[data-output="${held}"]`)?.focus();
  }

  /** The product; with several outputs each output's, and their sum. */
  #ofOutputs() {
    const { scene } = this;
    const name = `Contribution of sample ${scene.focus.sample + 1}`;
    if (this.#outputs === 1) {
      return [after("=", tile("contribution", name, "the product of the factors", this.contribution, this.#secret))];
    }
    const zero = this.weight.layer === 2;
    const products = this.products.map((product, o) => {
      const button = make("button", {
        type: "button", class: "product", "data-testid": "product", "data-output": o, "data-value": this.#secret ? "" : String(product || 0),
        "aria-pressed": o === this.output, title: zero ? "Look at the weight of this output" : "Show the factors through this output",
        onclick: () => this.#pick(zero ? { ...this.weight, column: o } : this.weight, o),
      }, make("span", {}, `through ${scene.names.W2.columns[o]}`), make("b", {}, this.#secret ? "?" : pretty(product)));
      return after(o ? "+" : "=", button);
    });
    return [...products, after("=", tile("contribution", name, "the sum over the outputs", this.contribution, this.#secret))];
  }

  /** Whether something is hidden for practice that the products would give away. */
  get #secret() {
    const { hidden, samples } = this.scene;
    return Boolean(hidden) && (hidden !== "gradient" || samples === 1);
  }

  /** Whether the sum over the samples and the gradient would give it away; of one sample they are its products. */
  get #secretSums() {
    return this.scene.hidden === "gradient" || (this.#secret && this.scene.samples === 1);
  }

  /** The equation of the gradient, as printed or with factors swapped. */
  get #equation() {
    const { loss, hidden, output } = this.scene.choices;
    const printed = [LOSSES[loss], OUTPUT[output], ...(this.weight.layer === 1 ? [HIDDEN[hidden]] : [])]
      .every(({ equation }) => !equation.startsWith("in place"));
    const number = `eq. ${this.weight.layer === 1 ? 10 : 5}`;
    return printed ? `the matrix product of ${number}` : `a matrix product in place of ${number}`;
  }

  /** What L2 adds to the gradient for the update; nothing for a weight of the bias rows. */
  #penalty() {
    const { scene, weight } = this;
    if (!scene.l2) return [];
    const { rows } = scene[`W${weight.layer}`];
    const bias = scene.bias[weight.layer === 1 ? "input" : "hidden"] && weight.row === rows - 1;
    const value = bias ? 0 : scene.l2 * scene[`W${weight.layer}`].values[this.#index];
    const note = bias ? "L2 spares the bias rows" : `λ·W, λ = ${exact(scene.l2)}: the update takes it too`;
    return [after("", tile("l2-term", "L2 term, apart from C", note, value))];
  }

  /** The sum over the samples beside the gradient, and whether they agree. */
  #ofSamples() {
    const { scene, weight } = this;
    const at = (name) => scene[`${name}${weight.layer}`].values[this.#index];
    const [sum, gradient, size] = [at("sum"), at("dW"), at("size")];
    const secret = this.#secretSums;
    const { sign = "", words = "" } = secret ? {} : compare(sum, gradient, size);
    return [
      tile("contribution-sum", `Sum over ${samples(scene.samples)}`, scene.samples === 1 ? "that is its contribution" : "their contributions, added one by one", sum, secret),
      after(sign, tile("gradient", "Gradient", `at epoch ${scene.epoch.toLocaleString("en")}, by ${this.#equation}`, gradient, secret)),
      ...(words ? [make("p", { class: "verdict", "data-equal": sign === "=", "data-testid": "agreement" }, ...marked(sign), words)] : []),
      ...this.#penalty(),
    ];
  }

  #remarks() {
    const { scene, weight } = this;
    const remarks = [];
    const [shown, trained] = [scene.choices.loss, scene.loss_trained].map((loss) => LOSSES[loss].scale(scene.samples));
    if (shown !== trained) remarks.push("This is a different loss from the one being minimised, so the gradients differ by a constant factor; training is unchanged.");
    const zero = !scene.hidden && this.products[this.output] === 0 && this.factors.find(({ value }) => value === 0);
    const here = this.#outputs > 1 && OF_AN_OUTPUT.includes(zero?.id) ? " through this output" : "";
    if (zero) remarks.push(`A factor is 0, and so is the product: this sample contributes nothing to this weight’s gradient${here}.`);
    if (weight.layer === 2) {
      if (this.#outputs > 1) remarks.push("A weight of W⁽²⁾ reaches the output of its own column only, so the other products are 0.");
      return remarks;
    }
    if (scene.bias.hidden) remarks.push("Eq. 7: l counts the hidden units only (l ≤ 3 in the derivation). Nothing flows back into the constant 1 of the bias.");
    remarks.push("Eq. 9 is printed with ∂H at i,k; eq. 6 needs i,l, as shown here.");
    return remarks;
  }

  #spoken() {
    const { rows, columns } = this.scene.names[`W${this.weight.layer}`];
    const told = this.#secret ? "hidden" : pretty(this.contribution);
    return `W${this.weight.layer} from ${rows[this.weight.row]} to ${columns[this.weight.column]}: contribution ${told}`;
  }
}

const samples = (count) => (count === 1 ? "the only sample" : `all ${count.toLocaleString("en")} samples`);

const marked = (sign) => (sign ? [make("span", { "aria-hidden": "true" }, sign === "=" ? "✓" : "✗")] : []);

/** How far two ways to the same number agree: the sign between them, and words. */
export function compare(sum, gradient, size) {
  const difference = Math.abs(sum - gradient);
  if (!Number.isFinite(difference)) return { words: "They are no finite numbers, so there is nothing to compare." };
  if (difference === 0) return { sign: "=", words: "Equal, to the last digit." };
  const equal = difference <= EQUAL * size;
  const digits = Math.floor(-Math.log10(difference / Math.abs(gradient)));
  const close = digits >= 1 ? `They agree to ${digits} digit${digits > 1 ? "s" : ""}` : "They agree as far as the terms, which cancel, allow";
  if (equal) return { sign: "=", words: `Equal: ${close.replace("They", "they")}; the rest, ${pretty(difference)}, is rounding.` };
  return { sign: "≠", words: `They differ by ${pretty(difference)}, which is more than rounding explains.` };
}

function tile(id, name, note, value, hidden = false) {
  const exact = hidden ? "" : String(value || 0);
  return make("div", { class: `tile ${hidden ? "zero" : signOf(value)}`, "data-testid": id, "data-value": exact, title: exact },
    make("span", { class: "name" }, name), make("b", {}, hidden ? "?" : pretty(value)), make("span", { class: "note" }, note));
}
