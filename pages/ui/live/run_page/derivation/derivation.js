// The derivation's equations with the values of their two sides: the twin of pages/ui/derivation/equations_live.py.
//
// The left side is a derivative by the complex step, which does not use the chain rule; the right side is what the equation
// gives, from the network's passes. Lines are named as their elements: eq-1 … eq-10, slope, and of `extensions.js` delta-1, …
import { superscript, whole } from "../../draw/numbers.js";
import { depthOf, FUSED, isBiased, rowsOfBatch, withOnes } from "../network_pass.js";
import { passAt } from "../run_pass.js";
import { fill } from "../sentence.js";
import { Comparison, numberText, operandText } from "./comparison.js";
import { ACTIVATIONS, divisorOf, productBy, slope, softmaxBy, STEP, steppedCost, term } from "./complex_step.js";

/** Return X₁ for X, Z₁⁽²⁾ for Z⁽²⁾: with the constant 1. */
export const withConstant = (symbol) => `${symbol[0]}₁${symbol.slice(1)}`;

/** Return W⁽¹⁾, or H⁽¹⁾. */
export const symbolOf = (letter, layer) => letter + superscript(`(${layer})`);

const shapeText = (lengths) => lengths.map(whole).join("×");

/** Return what a factor is, with numbers; in `form` a fraction is ÷{…}{…} (see pages/ui/save/page/derivation.py). */
function formText(form, values) {
  const powers = form.replaceAll("⟨a⟩²", values.a.includes("×") ? "(⟨a⟩)²" : "⟨a⟩²");
  const numbers = powers.replaceAll(/⟨(\w+)⟩/g, (_, name) => values[name]);
  return numbers.replaceAll(/÷\{([^{}]*)\}\{([^{}]*)\}/g, (_, above, below) => `${grouped(above)} / ${grouped(below)}`);
}

const grouped = (text) => (/^(\([^()]*\)|[^\s()]*)$/.test(text) ? text : `(${text})`);

/** The equations at one epoch, for one sample, weight and output. */
export class Derivation {
  /** `run`: a PageRun; `chosen`: { epoch, sample, weight, output }, the sample one that the page has. */
  constructor(run, { epoch, sample, weight, output }) {
    const { network, derivation, conventions: { digits }, samples: N } = run;
    Object.assign(this, { run, network, epoch, sample, digits, N, part: derivation, L: depthOf(network) });
    this.chosen = { weight, output };
    this.pass = passAt(run, run.placeOf(epoch));
    const { segment, weights } = this.pass;
    Object.assign(this, { segment, weights, loss: segment.loss, texts: derivation.segments[segment.index] });
    const place = run.sampleAt(sample);
    this.y = rowsOfBatch(run.y, place);
    const { forward, backward } = this.pass.ofSample(place);
    Object.assign(this, { forward, back: backward }); // of the sample
    [this.first, this.second] = [this.weight(this.L - 1), this.weight(this.L)];
    this.o = this.second.column;
  }

  /** Return the weight of a matrix on the path, from 1: see DerivationSelection. */
  weight(layer) {
    const { weight, output } = this.chosen;
    if (layer === weight.layer) return weight;
    const units = { [weight.layer]: weight.column, [this.L]: output };
    if (weight.row < this.unitsBefore(weight.layer)) units[weight.layer - 1] = weight.row;
    return { layer, row: units[layer - 1] ?? 0, column: units[layer] ?? 0 };
  }

  /** Return the sum of all terms, or of the first few and how many more there are. */
  sumText(terms) {
    const most = this.part.limits.terms;
    const shown = terms.length > most ? [...terms.slice(0, most - 1), `(${terms.length - most + 1} more)`] : terms;
    return shown.join(" + ");
  }

  /** Return how many rows a matrix has without its bias row. */
  unitsBefore(layer) { return this.network.shapes[layer - 1][0] - isBiased(this.network, layer); }

  /** Return a number as text. */
  number(value) { return numberText(value, this.digits); }

  /** Return a number as text, in brackets if it begins with a minus or is a product. */
  operand(value) { return operandText(value, this.digits); }

  /** Return the names of a matrix's rows and columns. */
  names(layer) { return this.run.names[`W${layer}`]; }

  /** Return an entry of matrices of the weights' shapes. */
  entry(matrices, { layer, row, column }) { return matrices[layer - 1][row * this.network.shapes[layer - 1][1] + column]; }

  /** Return the column of a matrix. */
  column(layer, place) {
    const [rows, columns] = this.network.shapes[layer - 1];
    return Array.from({ length: rows }, (_, k) => this.weights[layer - 1][k * columns + place]);
  }

  /** Return what a matrix multiplies in the sample, with the constant 1. */
  inputs(layer) {
    const inputs = this.forward.inputs[layer - 1];
    return [...(isBiased(this.network, layer) ? withOnes(inputs) : inputs).values];
  }

  /** Return C, a pair, with a step ih of a weight; undefined if the page lacks samples. */
  costByStep(weight) {
    if (!this.run.isWhole) return undefined;
    return (this.#costs[weight.layer] ??= steppedCost(this.network, this.weights, this.pass.forward, this.run.y, weight, this.loss, this.N));
  }

  #costs = {}; // by layer

  /** Return both sides of a line of either kind over all samples; the left one is not known if the page lacks samples. */
  overAll(leftName, stepped, ...right) {
    if (stepped !== undefined) return new Comparison(leftName, stepped, ...right);
    return new Comparison(leftName, undefined, ...right, this.part.lack);
  }

  /** Whether some ŷ or Z of the path is so close to ±1 that 1 − … loses digits. */
  get isSaturated() {
    const { functions, limits } = this.part;
    return this.pass.forward.values.some((batch, n) => {
      const isLast = n === this.L - 1;
      if (!functions[isLast ? "output" : "hidden"].rounded) return false;
      const unit = isLast ? -1 : this.weight(n + 1).column; // −1: all of them
      return batch.values.some((value, at) => (unit < 0 || at % batch.columns === unit) && 1 - Math.abs(value) <= limits.saturation);
    });
  }

  /** Return a line with the reason if few digits agree. */
  explained(line) { return line.withExplanation(this.digits, this.part, () => this.isSaturated); }

  /** Return both sides of an equation, by the name of its element. */
  line(name) { return this.explained(this[LINES[name]]()); }

  // ---- factors of one sample

  /** The sample's factors, by name. */
  get factors() { return (this.#factors ??= this.#ofSample()); }

  #factors;

  #ofSample() {
    const { back, forward, L, o } = this;
    const K = this.y.columns;
    const { column: l } = this.first;
    return {
      error: back.error.values[o],
      slope: back.slope.values[this.part.functions.output.full ? o * K + o : o],
      weight: this.weights[L - 1][l * K + o],
      hiddenSlope: back.slopes[L - 2].values[l],
      Z: forward.values[L - 2].values[l],
      H: forward.sums[L - 2].values[l],
      y: this.y.values[o],
      y_hat: forward.values[L - 1].values[o],
      O: [...forward.sums[L - 1].values],
      firstInput: this.inputs(L - 1)[this.first.row],
      secondInput: this.inputs(L)[this.second.row],
    };
  }

  errorLine() {
    const { error, y, y_hat } = this.factors;
    const f = (value) => term(this.loss, this.network.output, y, value);
    const text = this.#form(this.texts.error, y_hat, y);
    return new Comparison("Im C(ŷ + ih) / h", slope(f, y_hat) / divisorOf(this.loss, this.N), text, error);
  }

  slopeLine() {
    const { o, factors, part } = this;
    if (!part.functions.output.full) return this.#slopeLine("output", "O", "ŷ", factors.O[o], factors.y_hat, factors.slope);
    const a = this.operand(factors.y_hat);
    const left = slope(softmaxBy(factors.O, o, o), factors.O[o]);
    return new Comparison(`Im softmax(O + ih) / h, p = o: ${this.names(this.L).columns[o]}`, left, `ŷ (1 − ŷ) = ${a} × (1 − ${a})`, factors.slope);
  }

  hiddenSlopeLine() {
    const { Z, H, hiddenSlope } = this.factors;
    return this.#slopeLine("hidden", this.part.symbols.H, this.part.symbols.Z, H, Z, hiddenSlope);
  }

  /** Return both sides of an activation's slope at x, where its value is a; `below`, `above`: the symbols of both. */
  #slopeLine(which, below, above, x, a, right) {
    const { symbol, rounded, form } = this.part.functions[which];
    const left = slope(ACTIVATIONS[this.network[which]], x);
    const found = new Comparison(`Im ${symbol}(${below} + ih) / h`, left, this.#form(form, a), right);
    const { sentences: { underflow, nearLimit }, limits } = this.part;
    if (rounded && left === 0 && right === 0) found.explanation = underflow;
    else if (found.digits < limits.few && 1 - Math.abs(a) <= limits.saturation) {
      found.explanation = fill(nearLimit, { name: above, limit: numberText(Math.round(a), 1) });
    }
    return found;
  }

  /** Return a factor's form in symbols, then with a target and an activation's value; once if there is no symbol in it. */
  #form({ symbols, numbers }, a, y = 0) {
    return [...new Set([symbols, formText(numbers, { a: this.operand(a), y: this.operand(y) })])].join(" = ");
  }

  secondInputLine() {
    const { W2, Z } = this.part.symbols;
    return this.#inputLine(`Im O(${W2} + ih) / h`, Z, this.second, this.factors.secondInput);
  }

  firstInputLine() {
    const { W1, H, X } = this.part.symbols;
    return this.#inputLine(`Im ${H}(${W1} + ih) / h`, X, this.first, this.factors.firstInput);
  }

  #inputLine(leftName, symbol, weight, right) {
    const left = slope(productBy(this.column(weight.layer, weight.column), weight.row, this.inputs(weight.layer)), this.entry(this.weights, weight));
    return new Comparison(leftName, left, `${symbol}, ${this.#sourceText(weight)}`, right);
  }

  /** Return what a weight multiplies. */
  #sourceText({ layer, row }) {
    const name = this.names(layer).rows[row];
    if (row >= this.unitsBefore(layer)) return "the constant 1 of the bias row";
    if (layer === 1) return `${name} of sample ${this.sample + 1}, as network input`;
    return `the value of ${name} for sample ${this.sample + 1}`;
  }

  weightLine() {
    const { L, o, first: { column: l }, part: { symbols } } = this;
    const Z1 = this.inputs(L);
    const text = `${symbols.W2} from ${this.names(L - 1).columns[l]} to ${this.names(L).columns[o]}`;
    return new Comparison(`Im O(${symbols.Z} + ih) / h`, slope(productBy(Z1, l, this.column(L, o)), Z1[l]), text, this.factors.weight);
  }

  // ---- sums over all samples

  costLine() {
    const name = `the sum over ${whole(this.N)} sample${this.N === 1 ? "" : "s"}`;
    const curve = this.run.lossesAt(this.pass.place)[0] * this.segment.factor;
    return this.overAll(name, this.costByStep(this.first)?.[0], `the loss curve at this epoch${this.texts.times}`, curve, undefined);
  }

  secondSumLine() { return this.#sumLine(this.second); }

  secondProductLine() { return this.#productLine(this.second); }

  firstSumLine() { return this.#sumLine(this.first); }

  firstProductLine() { return this.#productLine(this.first); }

  #sumLine(weight) {
    const [i, own] = [whole(this.sample + 1), this.#chainText(weight)];
    const text = this.N > 1 ? `sample ${i} gives ${own}; all ${whole(this.N)} add up to` : `sample ${i}, the only one, gives ${own}`;
    return this.#gradientLine(weight, text, this.pass.sums ?? this.pass.gradients);
  }

  #productLine(weight) {
    const { symbols } = this.part;
    const [rows, columns] = this.network.shapes[weight.layer - 1];
    const [inputs, below] = weight.layer === this.L ? [symbols.Z, "O"] : [symbols.X, symbols.H];
    const product = `${withConstant(inputs)}ᵀ · ∂C/∂${below}, a ${shapeText([rows, this.N])} by a ${shapeText([this.N, columns])} matrix`;
    const text = `row ${weight.row + 1}, column ${weight.column + 1} of ${product}${this.#entryText(weight)}`;
    return this.#gradientLine(weight, text, this.pass.gradients);
  }

  #gradientLine(weight, text, matrices) {
    const stepped = this.costByStep(weight)?.[1];
    const left = stepped === undefined ? undefined : stepped / STEP;
    const size = this.pass.sizes && this.entry(this.pass.sizes, weight);
    return this.overAll(`Im C(${symbolOf("W", weight.layer)} + ih) / h`, left, text, this.entry(matrices, weight), size);
  }

  /** Return the entry's name in the chosen notation, if that differs. */
  #entryText(weight) {
    const isBias = weight.row >= this.unitsBefore(weight.layer);
    const entry = this.part.entries[weight.layer - 1][Number(isBias)];
    if (!entry) return "";
    const indices = entry.indices.map(([letter, field]) => `${letter} = ${weight[field] + 1}`).join(", ");
    return `; in your notation ${entry.gradient}${indices && ` with ${indices}`} (${entry.shape})`;
  }

  /** Return the product of the sample's factors; with several outputs on the path, each one's. */
  #chainText(weight) {
    const { factors, network, L } = this;
    const isLast = weight.layer === L;
    const K = this.y.columns;
    const deltas = this.back.deltas[L - 1].values;
    const part = (o) => deltas[o] * this.weights[L - 1][weight.column * K + o] * factors.hiddenSlope * factors.firstInput;
    const parts = isLast ? [deltas[this.o] * factors.secondInput] : Array.from({ length: K }, (_, o) => part(o));
    const total = this.number(parts.reduce((sum, value) => sum + value, 0));
    if (!isLast && K > 1) return `through each output ${this.sumText(parts.map((value) => this.operand(value)))} = ${total}`;
    const isOne = this.loss === FUSED || network.output === "softmax";
    const head = isOne ? [deltas[this.o]] : [factors.error, factors.slope];
    const rest = isLast ? [factors.secondInput] : [factors.weight, factors.hiddenSlope, factors.firstInput];
    return `${[...head, ...rest].map((value) => this.operand(value)).join(" × ")} = ${total}`;
  }

  // ---- the selection in a sentence

  /** Return the texts of the sentence, by the names of pages/ui/derivation/presentation.py. */
  get selection() {
    const { W1, W2 } = this.part.symbols;
    const texts = { epoch: whole(this.epoch), sample: whole(this.sample + 1), samples: whole(this.N), letter: this.part.letter };
    for (const [name, symbol, weight] of [["first", W1, this.first], ["second", W2, this.second]]) {
      const { rows, columns } = this.names(weight.layer);
      texts[name] = `${symbol} from ${rows[weight.row]} to ${columns[weight.column]}`;
      texts[`${name}_row`] = String(weight.row + 1);
      texts[`${name}_column`] = String(weight.column + 1);
    }
    return texts;
  }
}

const LINES = { // the method of each line
  "eq-1": "costLine", "eq-2": "secondSumLine", "eq-3": "errorLine", slope: "slopeLine", "eq-4": "secondInputLine",
  "eq-5": "secondProductLine", "eq-6": "firstSumLine", "eq-7": "weightLine", "eq-8": "hiddenSlopeLine", "eq-9": "firstInputLine",
  "eq-10": "firstProductLine",
};
