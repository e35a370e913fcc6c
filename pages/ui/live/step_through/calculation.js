// The calculation of one entry with the numbers put in: "= 1·0.38 + 0·(−0.2) + 1·(−0.46)".
import { deltaName, hasBias, hiddenName, layersOf } from "../chain_rule/network.js";
import { operand, pretty, whole } from "../draw/numbers.js";
import { ACTIVATIONS, COSTS, ERRORS, power, SLOPES } from "./function_texts.js";
import { inputsName, isSoftmax, jacobianOf } from "./values.js";
import { OF_COSTS, OF_ERRORS, OF_SLOPES, total, writtenDigits } from "./written_digits.js";

const MOST_TERMS = 6; // of a sum that is written out
const TIMES = "\u202f·\u202f"; // no line break within

/**
 * Return an entry's calculation: { numbers, value, note }. `numbers` are texts and elements in their order, empty if there is
 * nothing to calculate. `entry`: see `operationOf`; `view`: { sample, all, window }.
 */
export function calculationOf(scene, stop, entry, view) {
  const row = view.window.from + entry.row; // among the samples that were sent
  const at = (name, column = entry.column, of = row) => scene[name].values[of * scene[name].columns + column];
  const { numbers = [], value, note = "" } = CALCULATIONS[stop.operation]({ scene, stop, entry, view, row, at });
  return { numbers, value: value ?? at(stop.name), note };
}

/** Return ∂C/∂W of a weight as the sum of all samples' parts, in numbers: "0 + 0.005349 − 0.00516 = 1.894·10⁻⁴". */
export function gradientSum(scene, { layer, row, column }) {
  const [left, right] = [scene[inputsName(scene, layer)], scene[deltaName(scene, layer)]];
  const part = (sample) => left.values[sample * left.columns + row] * right.values[sample * right.columns + column] || 0;
  const { columns, values } = scene[`dW${layer}`];
  const { samples, X, conventions } = scene;
  const whole = values[row * columns + column];
  const isAll = samples <= Math.min(X.rows, MOST_TERMS + 1); // of the terms are written
  const digits = isAll ? writtenDigits(total, Array.from({ length: samples }, (_, sample) => part(sample)), whole, conventions.digits) : undefined;
  const term = (sample) => (sample ? signed(part(sample), digits) : pretty(part(sample), digits));
  return [...sumOf(samples, term, X.rows, " "), " = ", pretty(whole)];
}

/** Return a term of a sum with its sign. */
const signed = (value, digits) => (value < 0 ? `− ${pretty(-value, digits)}` : `+ ${pretty(value, digits)}`);

const CALCULATIONS = { inputs: given, sum, activation, cost, error, slope, weights: throughWeights, gradient, update: () => ({ value: NaN }) };

const CONSTANT = "a constant 1: what the bias is multiplied by";

function given({ scene, entry }) {
  const isConstant = hasBias(scene, 1) && entry.column === scene.X.columns - 1;
  return { note: isConstant ? CONSTANT : "" };
}

function sum({ scene, stop, entry, at }) {
  const W = scene[`W${stop.layer}`];
  const name = inputsName(scene, stop.layer);
  const weight = (k) => W.values[k * W.columns + entry.column];
  const isApart = scene.conventions.bias_apart && hasBias(scene, stop.layer);
  const count = W.rows - isApart;
  const terms = sumOf(count, (k) => product(at(name, k), weight(k)));
  return { numbers: isApart ? [...terms, ` + ${operand(weight(count))}`] : terms };
}

function throughWeights({ scene, stop, entry, at }) {
  const W = scene[`W${stop.layer}`];
  return { numbers: sumOf(W.columns, (o) => product(at(deltaName(scene, stop.layer), o), W.values[entry.column * W.columns + o])) };
}

// ---- activations and the cost

function activation({ scene, stop, entry, at }) {
  const isOutput = stop.layer === layersOf(scene);
  if (!isOutput && entry.column === scene[`W${stop.layer}`].columns) return { note: CONSTANT };
  const name = isOutput ? "O" : hiddenName(scene, "H", stop.layer);
  const x = at(name);
  if (!isOutput || !isSoftmax(scene)) return { numbers: ACTIVATIONS[scene.functions[isOutput ? "output" : "hidden"]](x) };
  const all = Array.from({ length: scene.O.columns }, (_, o) => [...(o ? [" + "] : []), ...power(at(name, o))]);
  const more = all.length > MOST_TERMS ? [` + ${all.length - MOST_TERMS} more`] : [];
  return { numbers: [...power(x), " / (", ...all.slice(0, MOST_TERMS).flat(), ...more, ")"] };
}

const lossOf = (scene) => (scene.functions.loss === "cross_entropy" && isSoftmax(scene) ? "classes" : scene.functions.loss);

function cost({ scene, stop, at }) {
  const prediction = stop.name === "C" ? "y_hat" : "new_y_hat";
  if (!scene[prediction]) return { value: NaN };
  const { share, term } = COSTS[lossOf(scene)];
  const pairs = Array.from({ length: scene.y.columns }, (_, o) => [at("y", o), at(prediction, o)]);
  const digits = writtenDigits(OF_COSTS[lossOf(scene)], pairs.flat(), at(stop.name), scene.conventions.digits);
  const terms = sumOf(scene.y.columns, (o) => term(...pairs[o], digits));
  const several = scene.y.columns > 1;
  return { numbers: [share(whole(scene.samples)), ...(several ? ["("] : []), ...terms, ...(several ? [")"] : [])] };
}

function error({ scene, stop, at }) {
  const [loss, pair] = [lossOf(scene), [at("y"), at("y_hat")]];
  const digits = writtenDigits(OF_ERRORS[loss], pair, at(stop.name), scene.conventions.digits);
  return { numbers: [ERRORS[loss](...pair, whole(scene.samples), digits)] };
}

// ---- on the way back

function slope({ scene, stop, entry, view, row, at }) {
  if (stop.layer < layersOf(scene)) {
    const [Z, H] = ["Z", "H"].map((letter) => hiddenName(scene, letter, stop.layer));
    return timesSlope(scene, at(`dC_d${Z}`), at(`d${Z}_d${H}`), scene.functions.hidden, at(Z));
  }
  if (scene.fused) {
    const pair = [at("y"), at("y_hat")];
    const digits = writtenDigits(OF_ERRORS.mse, pair, at(stop.name), scene.conventions.digits);
    return { numbers: [`(${pretty(pair[1], digits)} − ${operand(pair[0], digits)}) / ${whole(scene.samples)}`] };
  }
  if (!isSoftmax(scene)) return timesSlope(scene, at("dC_dyhat"), at("dyhat_dO"), scene.functions.output, at("y_hat"));
  const { columns, values } = jacobianOf(scene, row);
  const note = row === view.sample ? "" : "by this sample’s own Jacobian";
  return { numbers: sumOf(columns, (p) => product(at("dC_dyhat", p), values[p * columns + entry.column])), note };
}

function timesSlope({ conventions }, back, slopeHere, name, a) {
  const digits = writtenDigits(OF_SLOPES[name], [a], slopeHere, conventions.digits);
  return { numbers: [product(back, slopeHere)], note: `where the slope is ${SLOPES[name](a, digits)}${name === "relu" || name === "identity" ? "" : ` = ${pretty(slopeHere)}`}` };
}

/** Return a sample's part of ∂C/∂W, or the sum of all samples' parts. */
function gradient({ scene, stop, entry, view, at }) {
  const { layer } = stop;
  const term = (of) => product(at(inputsName(scene, layer), entry.row, of), at(deltaName(scene, layer), entry.column, of));
  if (!view.all) {
    const [z, δ] = [at(inputsName(scene, layer), entry.row, view.sample), at(deltaName(scene, layer), entry.column, view.sample)];
    return { numbers: [product(z, δ)], value: z * δ };
  }
  const { rows } = scene.X; // of the samples sent
  const { columns, values } = scene[`dW${layer}`];
  return { numbers: sumOf(scene.samples, term, rows), value: values[entry.row * columns + entry.column], note: "one product for each sample" };
}

// ---- sums

const product = (a, b) => `${operand(a)}${TIMES}${operand(b)}`;

/** Return a sum of `count` terms with the first ones written out, of `known` ones. */
function sumOf(count, term, known = count, sign = " + ") {
  const shown = Math.min(known, count > MOST_TERMS + 1 ? MOST_TERMS : count);
  const terms = Array.from({ length: shown }, (_, i) => term(i)).join(sign);
  return shown < count ? [terms, ` + ${whole(count - shown)} more`] : [terms];
}
