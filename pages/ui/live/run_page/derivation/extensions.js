// What goes beyond the derivation, with both sides on the data: the twin of pages/ui/derivation/extensions.py.
import { superscript, whole } from "../../draw/numbers.js";
import { FUSED } from "../network_pass.js";
import { Comparison } from "./comparison.js";
import { deltaByStep, divisorOf, entropyBy, slope, softmaxBy, STEP } from "./complex_step.js";
import { symbolOf, withConstant } from "./derivation.js";

/** Return both sides of any line, by the name of its element: see pages/ui/derivation/presentation.py. */
export function lineOf(at, name) {
  const [kind, layer] = name.split("-");
  if (kind === "delta") return deltaLine(at, Number(layer));
  if (kind === "gradient") return gradientLine(at, Number(layer));
  return kind === "softmax" ? new Softmax(at).line(name) : at.line(name);
}

const deltaText = (layer) => `δ${superscript(`(${layer})`)}`;

// ---- one layer further

/** Return where a layer's line is: its weight's matrix, its ends, and its equation if it has one. */
export function placeText(at, layer) {
  const { rows, columns } = at.names(layer);
  const { row, column } = at.weight(layer);
  const equation = { [at.L]: "eq. 5", [at.L - 1]: "eq. 10" }[layer];
  const of = equation ? ` (${at.L > 2 ? "as in " : ""}${equation})` : "";
  return `${symbolOf("W", layer)} from ${rows[row]} to ${columns[column]}${of}`;
}

/** Return both sides of δ of the unit or output that the layer's weight leads to. */
function deltaLine(at, layer) {
  const { column } = at.weight(layer);
  const left = deltaByStep(at.network, at.weights, at.forward, at.y, layer, column, at.loss, at.N);
  const [text, size] = layer === at.L ? outputDelta(at, column) : hiddenDelta(at, layer, column);
  const below = sumSymbol(at, layer);
  const name = `${deltaText(layer)} = ∂C/∂${below} of sample ${whole(at.sample + 1)}: Im C(${below} + ih) / h`;
  return at.explained(new Comparison(name, left, text, at.back.deltas[layer - 1].values[column], size));
}

/** Return H of a layer, O of the last one. */
const sumSymbol = (at, layer) => (layer === at.L ? "O" : hiddenSymbol(at, "H", layer));

/** Return H or Z of a hidden layer, without its number if it is the only one. */
const hiddenSymbol = (at, letter, layer) => (at.L > 2 ? symbolOf(letter, layer) : letter);

/** Return ∂C/∂O with its numbers, and the magnitude of its terms. */
function outputDelta(at, o) {
  const { back, N, y: { values: y, columns: K } } = at;
  if (at.loss === FUSED) {
    return [`(ŷ − y) / N = (${at.number(at.forward.values.at(-1).values[o])} − ${at.operand(y[o])}) / ${whole(N)}`, Math.abs(back.deltas[at.L - 1].values[o])];
  }
  const [errors, slopes] = [back.error.values, back.slope.values];
  if (at.network.output !== "softmax") return [`∂C/∂ŷ × ∂ŷ/∂O = ${products(at, [[errors[o], slopes[o]]])}`, Math.abs(errors[o] * slopes[o])];
  const pairs = Array.from(errors, (error, p) => [error, slopes[p * K + o]]);
  return [`∂C/∂ŷ × ∂ŷ/∂O, summed over every ŷ = ${products(at, pairs)}`, sizeOf(pairs)];
}

const products = (at, pairs) => at.sumText(pairs.map((pair) => pair.map((value) => at.operand(value)).join(" × ")));
const sizeOf = (pairs) => pairs.reduce((sum, [a, b]) => sum + Math.abs(a * b), 0);

/** Return δ from the next layer's, with its numbers, and the magnitude of its terms. */
function hiddenDelta(at, layer, unit) {
  const width = at.network.shapes[layer][1];
  const pairs = Array.from(at.back.deltas[layer].values, (later, k) => [later, at.weights[layer][unit * width + k]]);
  const slopeOfUnit = at.back.slopes[layer - 1].values[unit];
  const rule = `(${deltaText(layer + 1)} ${symbolOf("W", layer + 1)}ᵀ) × ${at.part.functions.hidden.symbol}′(${sumSymbol(at, layer)})`;
  return [`${rule} = (${products(at, pairs)}) × ${at.operand(slopeOfUnit)}`, sizeOf(pairs) * Math.abs(slopeOfUnit)];
}

/** Return both sides of the gradient of the layer's weight. */
function gradientLine(at, layer) {
  const weight = at.weight(layer);
  const value = at.inputs(layer)[weight.row];
  const error = at.back.deltas[layer - 1].values[weight.column];
  const source = layer === 1 ? "X" : hiddenSymbol(at, "Z", layer - 1);
  const W = symbolOf("W", layer);
  const own = `${products(at, [[value, error]])} = ${at.number(value * error)}`;
  const rest = at.N > 1 ? `; all ${whole(at.N)} add up to` : "";
  const stepped = at.costByStep(weight)?.[1];
  return at.explained(at.overAll(
    `∂C/∂${W}: Im C(${W} + ih) / h`, stepped === undefined ? undefined : stepped / STEP,
    `${withConstant(source)}ᵀ ${deltaText(layer)}: sample ${whole(at.sample + 1)} gives ${own}${rest}`,
    at.entry(at.pass.gradients, weight), at.pass.sizes && at.entry(at.pass.sizes, weight),
  ));
}

// ---- softmax

/** Return a note on the targets that the softmax's lines have; "" if they are the sample's. */
export const softmaxNote = (at) => new Softmax(at).note;

/** The selected sample's softmax: the Jacobian's entries p = o and p ≠ o, and their collapse with cross-entropy. */
class Softmax {
  constructor(at) {
    this.at = at;
    this.o = at.o;
    this.O = at.factors.O;
    this.y_hat = [...at.forward.values.at(-1).values];
    this.names = at.names(at.L).columns;
    this.y = [...at.y.values];
    this.note = "";
    const total = this.y.reduce((sum, target) => sum + target, 0);
    if (Math.abs(total - 1) > at.part.limits.sum || this.y.some((target) => target < 0)) {
      this.y = this.y.map((_, k) => Number(k === this.o));
      this.note = at.part.sentences.ownTargets.replace("{}", () => this.names[this.o]);
    }
  }

  /** Return both sides by the name of their element. */
  line(name) {
    const { at, y_hat, o } = this;
    const line = name === "softmax-collapse" ? this.#collapse() : this.#entry(name === "softmax-own" ? o : (o + 1) % y_hat.length);
    return line.withExplanation(at.digits, at.part, () => y_hat.some((value) => 1 - value <= at.part.limits.saturation));
  }

  /** Return both sides of ∂ŷₚ/∂Oₒ. */
  #entry(p) {
    const { at, o, O, y_hat, names } = this;
    const [a, b] = [p, o].map((k) => at.operand(y_hat[k]));
    const ends = p === o ? `∂ŷ/∂O with p = o: ${names[o]}` : `∂ŷ/∂O with p: ${names[p]}, o: ${names[o]}`;
    const same = Number(p === o);
    const left = slope(softmaxBy(O, p, o), O[o]);
    return new Comparison(`${ends}: Im softmax(O + ih) / h`, left, `ŷₚ ([p = o] − ŷₒ) = ${a} × (${same} − ${b})`, y_hat[p] * (same - y_hat[o]));
  }

  /** Return both sides of ∂C/∂O for cross-entropy. */
  #collapse() {
    const { at, o, O, y, y_hat, names } = this;
    const used = [...y.keys()].filter((k) => y[k] !== 0);
    const pairs = used.map((k) => [-y[k] / y_hat[k] / at.N, y_hat[k] * (Number(k === o) - y_hat[o])]);
    const inOneStep = `(ŷ − y) / N = (${at.number(y_hat[o])} − ${at.operand(y[o])}) / ${whole(at.N)}`;
    return new Comparison(
      `∂C/∂O of ${names[o]}, C the cross-entropy: Im C(O + ih) / h`, slope(entropyBy(O, y, o), O[o]) / divisorOf(FUSED, at.N),
      `∂C/∂ŷ × ∂ŷ/∂O, summed over ŷ where y is not 0: ${products(at, pairs)}; in one step ${inOneStep}`, (y_hat[o] - y[o]) / at.N,
    );
  }
}
