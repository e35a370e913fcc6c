// The chain rule for one sample and one weight: the factors and their product.
import { readTheme } from "../draw/colours.js";
import { decode } from "../codec.js";
import { make, updateChildren } from "../dom.js";
import { compare } from "./compare.js";
import { factorsOf, formsOf, fusedNumbers } from "./factors.js";
import { Jacobian } from "./jacobian.js";
import { math } from "./mathml.js";
import { deltaOf, inputsOf, isBias, isDeep, isFull, layersOf, outputsOf, symbolOf } from "./network.js";
import { exact, pretty, setDigits, subscript, superscript, whole } from "../draw/numbers.js";
import { markOverflow } from "./overflow.js";
import { PathDiagram, WIDE } from "./path_diagram.js";
import { PathList } from "./path_list.js";
import { Paths } from "./paths.js";
import { cards, textsOf, withOperator } from "./factor_cards.js";
import { WeightGrids } from "./weights.js";

const SETTLE = 120; // ms after the last pick before it is sent to the server
const OF_A_MATRIX = ["W", "dW", "sum", "size"]; // arrays with the matrix's number
const OF_A_STATE = ["forms", "functions", "frozen"]; // not sent with every message, as those
const CELLS = { weights: ["Weights", "Show the weights in the cells"], gradients: ["Gradients", "Show ∂C/∂W, over all samples, in the cells"] };

/** The matrices to pick a weight from, its factors, and its gradient. */
export class ChainRule {
  #sequence = 0; // of the latest pick here
  #answeredSequence = 0; // of the latest pick that the server has answered
  #shape = ""; // of what the grids were built for
  #state = {}; // of the run: its name, `matrices`, and the latest of OF_A_STATE
  #missingMatrices = ""; // a state whose matrices the server must send again
  #cellKind = "weights";
  #settleTimer = undefined;
  #preview = undefined; // the weight below the pointer
  #units = undefined; // of the path chosen for the selected weight; by default that of the largest product
  #cards = {}; // the latest, and the message and formulas that they were drawn from
  #prediction = undefined; // the ŷ chosen in a softmax's Jacobian; by default that of the output
  #width = 0; // px, of the element when it was last drawn
  #heightsKey = ""; // what the heights of its parts were kept for
  #observer = new ResizeObserver(() => this.#resize());

  constructor(source) {
    this.source = source;
    this.matrices = make("div", { class: "matrices" });
    this.about = make("div", { class: "about" });
    this.below = make("div", { class: "under" });
    this.outputCards = make("div", { class: "strip output", role: "group", "aria-label": "The first two factors" }); // where they stand apart
    this.cards = make("div", { class: "strip", role: "group", "aria-label": "The factors" });
    this.fused = make("p", { class: "fused", "data-testid": "fused" });
    this.result = make("div", { class: "result" });
    this.notes = make("div", { class: "notes" });
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.path = new PathDiagram();
    this.jacobian = new Jacobian((p, o) => this.#pickEntry(p, o));
    this.pathList = new PathList((units) => this.#pickPath(units), () => this.#render());
    this.factorView = make("div", { class: "factors" },
      this.about, this.outputCards, this.jacobian.element, this.cards, this.result, this.pathList.element);
    this.foot = make("div", { class: "foot" }, this.path.element, make("div", { class: "remarks" }, this.fused, this.notes));
    this.view = make("div", { class: "view" }, this.matrices, this.factorView, this.below, this.foot, this.live);
    this.element = make("section", { "data-testid": "chain-rule", "data-hover": "", "aria-label": "The chain rule for one weight" }, this.view);
    this.element.addEventListener("scroll", ({ target }) => markOverflow(target), true);
    this.element.addEventListener("click", (event) => this.source.follow(event));
  }

  open(root) {
    root.append(this.element);
    this.#observer.observe(this.element);
  }

  close() {
    this.#observer.disconnect();
    clearTimeout(this.#settleTimer);
    this.element.remove();
  }

  /** Handle a message: see pages/ui/chain_rule/scene.py. */
  receive(bytes) {
    const { arrays, ...header } = decode(bytes);
    this.show({ ...header, ...arrays });
  }

  /** Show a scene. Picks that its source has not answered yet remain. */
  show(scene) {
    this.#answeredSequence = Math.max(this.#answeredSequence, scene.sequence);
    if (!this.#restoreMatrices(scene)) return this.#sendPick();
    const other = scene.token !== this.scene?.token;
    this.scene = scene;
    this.paths = new Paths(scene);
    setDigits(scene.conventions.digits);
    this.view.style.setProperty("--digits", scene.conventions.digits);
    if (other || this.#answeredSequence >= this.#sequence) {
      const isSame = !other && String(Object.values(scene.focus.weight)) === String(Object.values(this.selectedWeight));
      if (!isSame || scene.focus.output !== this.selectedOutput) this.#units = this.#prediction = undefined;
      this.selectedWeight = scene.focus.weight;
      this.selectedOutput = scene.focus.output;
    }
    const shape = this.#shape;
    this.#build();
    this.#drawGrids();
    if (this.#shape !== shape) this.#layout();
    this.#render();
  }

  /** Draw in the colours that the page has now. */
  restyle() {
    if (!this.scene) return;
    this.#drawGrids();
    this.#render();
  }

  #resize() {
    const width = this.element.clientWidth;
    if (!this.scene || !width || width === this.#width) return;
    this.#layout();
    this.#render();
  }

  /** Draw a weight of every matrix, for the heights that they need. */
  #layout() {
    this.#width = this.element.clientWidth;
    this.grids.mark({}); // so that the selected cell is scrolled into view anew
    const preview = this.#preview;
    for (let layer = 1; this.#isWide && layer <= this.#layers; layer++) {
      this.#preview = { layer, row: 0, column: 0 };
      this.#render();
    }
    this.#preview = preview;
  }

  get #isWide() { return this.#width >= WIDE; }

  /** Keep the greatest heights so far: no choice moves what is below. If the matrices are above, a layer's cards may; beside the cards they keep their width. */
  #keepHeights() {
    if (this.element.clientWidth !== this.#width) return; // it will be laid out anew
    const parts = [this.outputCards, this.cards, this.factorView, this.foot];
    const key = `${this.#shape} ${this.#width} ${this.#isWide || this.weight.layer} ${this.pathList.isOpen}`;
    if (key !== this.#heightsKey) {
      for (const { style } of parts) style.minHeight = "";
      Object.assign(this.matrices.style, { minWidth: "", minHeight: "" });
      this.view.classList.add("widest"); // in a page, whose film may show the widest number later
    }
    this.#heightsKey = key;
    const side = this.#isWide ? "Width" : "Height";
    const size = `${this.matrices[`offset${side}`]}px`;
    if (this.matrices.style[`min${side}`] !== size) this.matrices.style[`min${side}`] = size;
    this.view.classList.remove("widest");
    const heights = parts.map(({ offsetHeight }) => `${offsetHeight}px`);
    parts.forEach(({ style }, i) => { if (style.minHeight !== heights[i]) style.minHeight = heights[i]; });
  }

  /** Show another weight, output or path at once; send it to the server after the last pick. */
  #pick(weight, output, { units, prediction } = {}) {
    this.selectedWeight = weight;
    this.selectedOutput = weight.layer === this.#layers ? weight.column : output;
    this.#units = units;
    this.#prediction = prediction;
    this.element.dataset.hover = "";
    this.#preview = undefined;
    this.#sequence += 1;
    this.#render();
    this.live.textContent = this.#announcement();
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => this.#sendPick(), SETTLE);
  }

  #pickPath(units) { this.#pick(this.selectedWeight, units.at(-1), { units }); }

  /** Show the entry of ŷ_p by O_o of a softmax's Jacobian. */
  #pickEntry(p, o) {
    const kept = o === this.selectedOutput ? { units: this.#units } : {};
    this.#pick(this.#towards(o), o, { ...kept, prediction: p });
  }

  /** Return the weight that shows an output: the selected one, but of the last matrix that of the output's column. */
  #towards(o) { return this.selectedWeight.layer === this.#layers ? { ...this.selectedWeight, column: o } : this.selectedWeight; }

  /** Send the selection, and which matrices are missing. */
  #sendPick() {
    this.source.send({
      sequence: this.#sequence, token: this.scene?.token ?? "", output: this.selectedOutput ?? 0, ...this.selectedWeight,
      lacks: this.#missingMatrices,
    });
  }

  /** Add an earlier message's matrices if they are of this state, else note them as missing. */
  #restoreMatrices(scene) {
    const ofMatrices = Object.keys(scene.names).flatMap((_, i) => OF_A_MATRIX.map((name) => `${name}${i + 1}`));
    if (scene.W1) this.#state = Object.fromEntries(["matrices", ...OF_A_STATE, ...ofMatrices].map((name) => [name, scene[name]]));
    const here = this.#state.matrices === scene.matrices;
    this.#missingMatrices = here ? "" : scene.matrices;
    if (here) Object.assign(scene, this.#state);
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
    this.switch = Object.entries(CELLS).map(([kind, [name, title]]) => make("button", {
      type: "button", class: "choice", title, onclick: () => { this.#cellKind = kind; this.#drawGrids(); },
    }, name));
    this.matrices.replaceChildren(...this.grids.elements);
    const classes = { deep: isDeep(this.scene), full: isFull(this.scene), apart: this.#isApart };
    for (const [name, applies] of Object.entries(classes)) this.view.classList.toggle(name, applies);
    if (isFull(this.scene)) this.jacobian.build(this.scene);
    this.below.replaceChildren(
      make("div", { class: "choices", role: "group", "aria-label": "Values in the cells" }, ...this.switch), this.grids.legend);
  }

  #drawGrids() {
    const theme = (this.theme = readTheme(this.view));
    if (this.#sumsHidden) this.#cellKind = "weights"; // a gradient in a cell would show it
    const name = this.#cellKind === "weights" ? "W" : "dW";
    const matrices = Array.from({ length: this.#layers }, (_, i) => this.scene[`${name}${i + 1}`]);
    this.grids.draw(matrices, this.scene.midpoints[this.#cellKind], theme, this.scene.frozen);
    this.switch[1].disabled = this.#sumsHidden;
    this.switch.forEach((button, i) => button.setAttribute("aria-pressed", (this.#cellKind === "gradients") === (i === 1)));
    this.element.style.setProperty("--minus", `rgb(${theme.scale[52]})`);
    this.element.style.setProperty("--plus", `rgb(${theme.scale[202]})`);
  }

  /** Show the factors of the weight below the pointer while it is there. */
  #hover(weight) {
    const key = weight ? `${weight.layer}:${weight.row}:${weight.column}` : "";
    if (key === this.element.dataset.hover) return;
    this.element.dataset.hover = key;
    this.#preview = weight;
    this.#render();
  }

  // ---- the weight on display

  /** The weight on display: the one below the pointer, or else the selected one. */
  get weight() { return this.#preview ?? this.selectedWeight; }

  get output() { return this.weight.layer === this.#layers ? this.weight.column : this.selectedOutput; }

  /** The path on display: the one chosen, or the one of the largest product to the output. A number hidden for practice is of that. */
  get units() {
    if (this.#units && !this.#preview && !this.scene.hidden) return this.#units;
    return this.paths.largest(this.weight, 1, this.output)[0].units;
  }

  get #outputs() { return this.scene.y.values.length; }

  /** Whether the cards of the first two factors stand apart, a softmax's Jacobian below them. */
  get #isApart() { return isDeep(this.scene) || isFull(this.scene); }

  get #layers() { return layersOf(this.scene); }

  /** Whether the weight has several paths to an output: then δ is more than the product of the factors. */
  get #hasSeveralPaths() { return this.#layers - this.weight.layer > 1; }

  #render() {
    const { scene, weight, output } = this;
    const { units } = this;
    const prediction = (this.#preview || scene.hidden ? undefined : this.#prediction) ?? output;
    this.factors = factorsOf(scene, weight, units, prediction);
    this.products = this.paths.products(weight);
    this.contribution = this.#hasSeveralPaths
      ? deltaOf(scene, weight.layer)[weight.column] * inputsOf(scene, weight.layer)[weight.row]
      : this.products.reduce((sum, product) => sum + product, 0);
    this.grids.mark(this.selectedWeight);
    const type = parseFloat(getComputedStyle(this.view).fontSize);
    if (type !== this.theme.size) this.theme = readTheme(this.view); // the window has another width
    this.path.draw(scene, weight, units, this.theme, this.#width);
    updateChildren(this.about, this.#headline());
    this.#drawCards(type);
    this.#drawFused();
    if (isFull(scene) && !["dC_dyhat", "dyhat_dO", "delta"].includes(scene.hidden)) this.jacobian.draw(scene, prediction, output, this.theme);
    else this.jacobian.hide();
    this.#drawResult();
    this.pathList.draw(scene, this.paths, weight, units, this.contribution, this.#productsHidden);
    Object.assign(this.element.dataset, { // the selection, and whether the server has answered it
      epoch: scene.epoch, sample: scene.focus.sample + 1, samples: scene.samples, synced: this.#answeredSequence >= this.#sequence,
    });
    updateChildren(this.notes, this.#notes().map((text) => make("p", {}, text)));
    markOverflow(...this.view.querySelectorAll(".scroll, .formula, .numbers"));
    this.#keepHeights();
  }

  /** Draw the cards; what another weight or scene does not change stays, which spares the browser most of the layout. */
  #drawCards(type) {
    const { scene } = this;
    const hidden = this.#productsHidden && scene.hidden === "gradient" ? "product" : scene.hidden;
    const forms = formsOf(scene, this.weight);
    const before = this.#cards.forms === forms ? this.#cards.pairs : [];
    const pairs = cards(this.factors, this.theme, type, scene.midpoints.weights, hidden, before, this.#cards.scene === scene);
    this.#cards = { scene, forms, pairs };
    if (before.length) return;
    const ofOutput = this.#isApart ? 2 : 0;
    this.outputCards.replaceChildren(...pairs.slice(0, ofOutput));
    this.cards.replaceChildren(...pairs.slice(ofOutput));
  }

  #headline() {
    const { scene, weight } = this;
    const { rows, columns } = scene.names[`W${weight.layer}`];
    const indices = [
      ["i", scene.focus.sample + 1, "sample"],
      ["k", weight.row + 1, rows[weight.row]],
      ...this.units.slice(0, -1).map((unit, i) => this.#unitIndex(weight.layer + i, unit)),
      ...(this.#outputs > 1 ? [["o", this.output + 1, outputsOf(scene)[this.output]]] : []),
    ];
    return [
      make("div", { class: "symbol" }, math(formsOf(scene, weight).gradient)),
      make("div", {},
        make("h2", {}, `W${superscript(`(${weight.layer})`)}, from ${rows[weight.row]} to ${columns[weight.column]}`),
        make("dl", {}, make("div", {}, make("dt", {}, "weight"), make("dd", {}, make("b", {}, pretty(scene[`W${weight.layer}`].values[this.#index])))), ...indices.map(([name, value, meaning]) =>
          make("div", {}, make("dt", {}, make("i", {}, name), ` = ${value}`), make("dd", {}, meaning)))),
      ),
    ];
  }

  /** Return the index of a hidden unit on the path, its number and its name. */
  #unitIndex(layer, unit) {
    return [isDeep(this.scene) ? `l${subscript(layer)}` : "l", unit + 1, this.scene.names[`W${layer}`].columns[unit]];
  }

  get #index() {
    return this.weight.row * this.scene[`W${this.weight.layer}`].columns + this.weight.column;
  }

  // ---- from the product to the gradient

  /** Show the product of the first two factors where they are computed in one step. */
  #drawFused() {
    const { scene, output } = this;
    this.fused.hidden = !scene.fused || isFull(scene) || Boolean(scene.hidden);
    if (this.fused.hidden) return;
    const value = scene.dC_dO.values[output];
    this.fused.dataset.value = value;
    this.fused.textContent = "The first two factors multiply to (ŷ − y)/N = "
      + `${fusedNumbers(scene, output)} = ${pretty(value)}. They are computed together: separately they give ∞ × 0 where ŷ rounds to 0 or 1.`;
  }

  #drawResult() {
    const lines = [this.#productTiles(), this.#sumTiles()].map((parts) => make("div", { class: "line" }, ...parts));
    updateChildren(this.result, lines); // a button replaced while it is pressed gets no click
  }

  /** Return tiles of the product; with several outputs, of each output's product and their sum. */
  #productTiles() {
    const { scene } = this;
    const note = this.#hasSeveralPaths ? "δ times the input: the sum over all paths" : this.#outputs === 1 ? "the product of the factors" : "the sum over the outputs";
    const sum = tile("contribution", `Contribution of sample ${scene.focus.sample + 1}`, note, this.contribution, this.#productsHidden);
    if (this.#outputs === 1) return [withOperator("=", sum)];
    const zero = this.weight.layer === this.#layers;
    const products = this.products.map((product, o) => {
      const { shown, exact } = textsOf(product, this.#productsHidden);
      const button = make("button", {
        type: "button", class: "product", "data-testid": "product", "data-output": o, "data-value": exact,
        "aria-pressed": o === this.output, title: zero ? "Select the weight of this output" : "Show the factors through this output",
        onclick: () => this.#pick(this.#towards(o), o),
      }, make("span", {}, `through ${outputsOf(scene)[o]}`), make("b", {}, shown));
      return withOperator(o ? "+" : "=", button);
    });
    return [...products, withOperator("=", sum)];
  }

  /** Whether the products are hidden because they would reveal the number hidden for practice. */
  get #productsHidden() {
    const { hidden, samples } = this.scene;
    return Boolean(hidden) && (hidden !== "gradient" || samples === 1);
  }

  /** Whether the sum and the gradient are hidden, too; for one sample they equal its product. */
  get #sumsHidden() {
    return this.scene.hidden === "gradient" || (this.#productsHidden && this.scene.samples === 1);
  }

  /** The equation of the gradient, as printed or with other factors. */
  get #equation() {
    const printed = this.factors.every(({ equation }) => !equation.startsWith("in place"));
    const number = `eq. ${this.weight.layer === this.#layers ? 5 : 10}`;
    if (!printed) return `a matrix product in place of ${number}`;
    return isDeep(this.scene) ? `a matrix product as in ${number}` : `the matrix product of ${number}`;
  }

  /** Return a tile of the L2 term in the update; it is 0 for the bias rows. */
  #penalty() {
    const { scene, weight } = this;
    if (!scene.l2) return [];
    const bias = isBias(scene, weight);
    const value = bias ? 0 : scene.l2 * scene[`W${weight.layer}`].values[this.#index];
    const note = bias ? "no L2 penalty on the bias rows" : `λ·W, λ = ${exact(scene.l2)}: added in the update`;
    return [withOperator("", tile("l2-term", "L2 term, not part of C", note, value))];
  }

  /** Return tiles of the sum over the samples and the gradient, and whether they agree. */
  #sumTiles() {
    const { scene, weight } = this;
    const at = (name) => scene[`${name}${weight.layer}`].values[this.#index];
    const secret = this.#sumsHidden;
    const gradientTile = tile("gradient", "Gradient", `at epoch ${whole(scene.epoch)}, by ${this.#equation}`, at("dW"), secret);
    if (!scene.sum1) return [withOperator("", gradientTile), make("p", { class: "verdict", "data-testid": "no-sum" }, scene.lack), ...this.#penalty()];
    const [sum, gradient, size] = [at("sum"), at("dW"), at("size")];
    const { sign = "", words = "" } = secret ? {} : compare(sum, gradient, size);
    const icon = sign ? [make("span", { "aria-hidden": "true" }, sign === "=" ? "✓" : "✗")] : [];
    return [
      tile("contribution-sum", `Sum over ${samples(scene.samples)}`, scene.samples === 1 ? "equal to its contribution" : "their contributions, added one by one", sum, secret),
      withOperator(sign, gradientTile),
      ...(words ? [make("p", { class: "verdict", "data-equal": sign === "=", "data-testid": "agreement" }, ...icon, words)] : []),
      ...this.#penalty(),
    ];
  }

  #notes() {
    const { scene, weight } = this;
    const { layer } = weight;
    const isLast = layer === this.#layers;
    const zero = scene.hidden ? -1 : this.factors.findIndex(({ value }) => value === 0);
    const nothing = zero >= 0 && this.products[this.output] === 0;
    const here = this.#outputs > 1 && zero < (isLast ? 2 : this.factors.length - 2) ? " through this output" : "";
    const remarks = [
      [scene.other_loss, "This is a different loss from the one being minimised, so the gradients differ by a constant factor; training is unchanged."],
      [nothing, `A factor is 0, and so is the product: this sample contributes nothing to this weight’s gradient${here}.`],
      [zero > 1 && !nothing, "A factor of this path is 0, and so is its product; other paths carry what the sample contributes."],
      [isLast && this.#outputs > 1, `A weight of ${symbolOf(`W${layer}`)} reaches the output of its own column only, so the other products are 0.`],
    ];
    return [...remarks.flatMap(([applies, text]) => (applies ? [text] : [])), ...formsOf(scene, weight).notes];
  }

  #announcement() {
    const { rows, columns } = this.scene.names[`W${this.weight.layer}`];
    const value = this.#productsHidden ? "hidden" : pretty(this.contribution);
    return `W${this.weight.layer} from ${rows[this.weight.row]} to ${columns[this.weight.column]}: contribution ${value}`;
  }
}

const samples = (count) => (count === 1 ? "the only sample" : `all ${whole(count)} samples`);

function tile(id, name, note, value, hidden = false) {
  const { shown, exact, sign } = textsOf(value, hidden);
  return make("div", { class: `tile ${sign}`, "data-testid": id, "data-value": exact, title: exact },
    make("span", {}, name), make("b", {}, shown), make("span", { class: "note" }, note));
}
