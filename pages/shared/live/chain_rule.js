// The chain rule opened for one sample: pick a weight, see the factors that are multiplied.
import { readTheme, roundUp } from "./colours.js";
import { make, staying } from "./dom.js";
import { HIDDEN, LOSSES, OUTPUT } from "./choices.js";
import { factorsOf, productOf, symbols } from "./factors.js";
import { gridOf } from "./grid.js";
import { math, partial } from "./mathml.js";
import { pretty } from "./numbers.js";

const SETTLE = 120; // ms after the last pick before the server is told
const OF_AN_OUTPUT = ["dC_dyhat", "dyhat_dO", "dO_dZ"]; // factors that differ from output to output
const EQUAL = 1e-12; // of the sum of magnitudes: how far rounding may part the sum and the gradient

/** Called by Streamlit for every message to this component; the view itself stays. */
export const chainRule = staying(() => new ChainRule(), (view, { data, setTriggerValue }) => {
  view.send = (pick) => setTriggerValue("pick", pick);
  view.receive(unpack(data));
});

/** The server's bytes (see pages/shared/chain.py) taken apart. */
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
  #showing = "weights";
  #timer = undefined;

  constructor() {
    this.matrices = make("div", { class: "matrices" });
    this.about = make("div", { class: "about" });
    this.under = make("div", { class: "under" });
    this.strip = make("div", { class: "strip", role: "group", "aria-label": "The factors" });
    this.fused = make("p", { class: "fused", "data-testid": "fused" });
    this.result = make("div", { class: "result" });
    this.notes = make("div", { class: "notes" });
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.element = make("section", { "data-testid": "chain-rule", "aria-label": "The chain rule for one weight" },
      make("div", { class: "top" }, this.matrices, make("div", { class: "beside" }, this.about, this.under)), this.strip, this.fused, this.result, this.notes, this.live);
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
    const other = scene.token !== this.scene?.token;
    this.scene = scene;
    if (other || this.#heard >= this.#sequence) {
      this.weight = scene.focus.weight;
      this.output = scene.focus.output;
    }
    this.#build();
    this.#drawGrids();
    this.#render();
  }

  /** Look at another weight or output, at once; the server is told when the picking rests. */
  #pick(weight, output) {
    this.weight = weight;
    this.output = weight.layer === 2 ? weight.column : output;
    this.#sequence += 1;
    this.#render();
    this.live.textContent = this.#spoken();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.send({
      sequence: this.#sequence, token: this.scene.token, output: this.output, ...this.weight,
    }), SETTLE);
  }

  // ---- the matrices

  #build() {
    const { names } = this.scene;
    const shape = JSON.stringify(names);
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.grids = [1, 2].map((layer) => gridOf(`W${layer}`, names[`W${layer}`],
      (row, column) => this.#pick({ layer, row, column }, this.output)));
    this.legend = make("div", { class: "legend" }, make("span"), make("i"), make("span"));
    this.switch = ["weights", "gradients"].map((kind) => make("button", {
      type: "button", class: "choice", title: kind === "weights" ? "Show the weights in the cells" : "Show ∂C/∂W, over all samples, in the cells",
      onclick: () => { this.#showing = kind; this.#drawGrids(); },
    }, kind === "weights" ? "Weights" : "Gradients"));
    const figure = (title, note, { rows, columns }, grid) => make("figure", {},
      make("figcaption", {}, make("b", {}, title), ` ${rows.length}×${columns.length}, ${note}`), grid.element);
    this.matrices.replaceChildren(
      figure("W⁽¹⁾", "inputs → hidden", names.W1, this.grids[0]),
      figure("W⁽²⁾", "hidden → output", names.W2, this.grids[1]),
    );
    this.under.replaceChildren(
      make("div", { class: "choices", role: "group", "aria-label": "In the cells" }, ...this.switch), this.legend);
  }

  #drawGrids() {
    const theme = readTheme(this.element);
    const matrices = this.#showing === "weights" ? [this.scene.W1, this.scene.W2] : [this.scene.dW1, this.scene.dW2];
    const limit = roundUp(Math.max(...matrices.map(({ values }) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0))));
    this.grids.forEach((grid, i) => grid.draw(matrices[i].values, limit, theme));
    this.switch.forEach((button, i) => button.setAttribute("aria-pressed", (this.#showing === "gradients") === (i === 1)));
    this.legend.firstChild.textContent = pretty(-limit);
    this.legend.lastChild.textContent = `+${pretty(limit)}`;
    this.legend.children[1].style.background =
      `linear-gradient(90deg, ${theme.scale.filter((_, i) => i % 16 === 0 || i === 254).map((c) => `rgb(${c})`).join()})`;
    this.element.style.setProperty("--minus", `rgb(${theme.scale[52]})`);
    this.element.style.setProperty("--plus", `rgb(${theme.scale[202]})`);
  }

  // ---- the weight that is looked at

  get #outputs() {
    return this.scene.y.values.length;
  }

  #render() {
    const { scene, weight, output } = this;
    this.factors = factorsOf(scene, weight, output);
    this.products = Array.from(scene.y.values, (_, o) => productOf(scene, weight, o));
    this.contribution = this.products.reduce((sum, product) => sum + product, 0);
    this.grids.forEach((grid, i) => grid.mark(weight.layer === i + 1 ? weight : undefined));
    this.about.replaceChildren(...this.#headline());
    this.strip.style.gridTemplateColumns = `repeat(${this.factors.length - 1}, minmax(0, 1fr) auto) minmax(0, 1fr)`;
    this.strip.replaceChildren(...this.factors.map((factor, i) => after(i ? "×" : "", card(factor))));
    this.#drawFused();
    this.#drawResult();
    Object.assign(this.element.dataset, { // what is shown, and whether the server has heard of it
      epoch: scene.epoch, sample: scene.focus.sample + 1, told: this.#heard >= this.#sequence,
    });
    this.notes.replaceChildren(...this.#remarks().map((text) => make("p", {}, text)));
  }

  #headline() {
    const { scene, weight } = this;
    const s = symbols(this.#outputs);
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
    this.fused.hidden = !LOSSES[scene.choices.loss].fused;
    if (this.fused.hidden) return;
    const [y, yHat, value] = ["y", "y_hat", "dC_dO"].map((name) => scene[name].values[output]);
    this.fused.dataset.value = value;
    this.fused.textContent = "The first two factors multiply to (ŷ − y)/N = "
      + `(${pretty(yHat)} − ${pretty(y)}) / ${pretty(scene.samples)} = ${pretty(value)}, and are computed so: apart they are ∞ × 0 where ŷ rounds to 0 or 1.`;
  }

  #drawResult() {
    const held = this.result.getRootNode().activeElement?.dataset.output;
    this.result.replaceChildren(
      make("div", { class: "line" }, ...this.#ofOutputs()), make("div", { class: "line" }, ...this.#ofSamples()));
    if (held !== undefined) this.result.querySelector(`[data-output="${held}"]`)?.focus();
  }

  /** The product; with several outputs each output's, and their sum. */
  #ofOutputs() {
    const { scene } = this;
    const name = `Contribution of sample ${scene.focus.sample + 1}`;
    if (this.#outputs === 1) {
      return [after("=", tile("contribution", name, "the product of the factors", this.contribution))];
    }
    const zero = this.weight.layer === 2;
    const products = this.products.map((product, o) => {
      const button = make("button", {
        type: "button", class: "product", "data-testid": "product", "data-output": o, "data-value": String(product || 0),
        "aria-pressed": o === this.output, title: zero ? "Look at the weight of this output" : "Show the factors through this output",
        onclick: () => this.#pick(zero ? { ...this.weight, column: o } : this.weight, o),
      }, make("span", {}, `through ${scene.names.W2.columns[o]}`), make("b", {}, pretty(product)));
      return after(o ? "+" : "=", button);
    });
    return [...products, after("=", tile("contribution", name, "the sum over the outputs", this.contribution))];
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
    const note = bias ? "L2 spares the bias rows" : `λ·W, λ = ${pretty(scene.l2)}: the update takes it too`;
    return [after("", tile("l2-term", "L2 term, apart from C", note, value))];
  }

  /** The sum over the samples beside the gradient, and whether they agree. */
  #ofSamples() {
    const { scene, weight } = this;
    const at = (name) => scene[`${name}${weight.layer}`].values[this.#index];
    const [sum, gradient, size] = [at("sum"), at("dW"), at("size")];
    const { equal, words } = compare(sum, gradient, size);
    return [
      tile("contribution-sum", `Sum over ${samples(scene.samples)}`, scene.samples === 1 ? "that is its contribution" : "their contributions, added one by one", sum),
      after(equal ? "=" : "≠", tile("gradient", "Gradient", `at epoch ${scene.epoch.toLocaleString("en")}, by ${this.#equation}`, gradient)),
      make("p", { class: "verdict", "data-equal": equal, "data-testid": "agreement" }, make("span", { "aria-hidden": "true" }, equal ? "✓" : "✗"), words),
      ...this.#penalty(),
    ];
  }

  #remarks() {
    const { scene, weight } = this;
    const remarks = [];
    const zero = this.products[this.output] === 0 && this.factors.find(({ value }) => value === 0);
    const here = this.#outputs > 1 && OF_AN_OUTPUT.includes(zero?.id) ? " through this output" : "";
    if (zero) remarks.push(`A factor is 0, and so is the product: this sample does not pull at this weight${here}.`);
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
    return `W${this.weight.layer} from ${rows[this.weight.row]} to ${columns[this.weight.column]}: contribution ${pretty(this.contribution)}`;
  }
}

const samples = (count) => (count === 1 ? "the only sample" : `all ${count.toLocaleString("en")} samples`);

/** How far two ways to the same number agree, in words. */
function compare(sum, gradient, size) {
  const difference = Math.abs(sum - gradient);
  const equal = difference <= EQUAL * size;
  if (difference === 0) return { equal, words: "Equal, to the last digit." };
  const digits = Math.floor(-Math.log10(difference / Math.abs(gradient)));
  const close = digits >= 1 ? `They agree to ${digits} digits` : "They agree as far as the terms, which cancel, allow";
  if (equal) return { equal, words: `Equal: ${close.replace("They", "they")}; the rest, ${pretty(difference, 2)}, is rounding.` };
  return { equal, words: `They differ by ${pretty(difference, 2)}, which is more than rounding explains.` };
}

const SPOKEN = { "×": "times", "=": "equals", "≠": "differs from", "+": "plus" };

/** An element after an operator, which wraps to the next line with it. */
function after(operator, element) {
  const sign = operator ? [make("span", { class: "operator", role: "img", "aria-label": SPOKEN[operator] }, operator)] : [];
  return make("div", { class: "pair" }, ...sign, element);
}

const signOf = (value) => (value > 0 ? "plus" : value < 0 ? "minus" : "zero");

function card({ id, equation, words, symbol, formula, numbers, note, value }) {
  return make("article", { class: `card ${signOf(value)}`, "data-testid": `factor-${id}`, "data-value": String(value || 0), title: String(value || 0) },
    make("header", {}, make("div", { class: "symbol" }, symbol),
      make("div", { class: "words" }, make("span", { class: "equation" }, equation), make("span", {}, words))),
    make("div", { class: "formula" }, make("span", {}, "="), formula),
    make("div", { class: "numbers" }, make("span", {}, "="), numbers),
    make("div", { class: "value" }, pretty(value)),
    make("p", { class: "note" }, note));
}

function tile(id, name, note, value) {
  return make("div", { class: `tile ${signOf(value)}`, "data-testid": id, "data-value": String(value || 0), title: String(value || 0) },
    make("span", { class: "name" }, name), make("b", {}, pretty(value)), make("span", { class: "note" }, note));
}
