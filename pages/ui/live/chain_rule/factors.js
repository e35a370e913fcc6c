// The factors of eqs. 5 and 10 for one weight: symbol, formula, numbers inserted, value.
import { HIDDEN, LOSSES, OUTPUT } from "./formulas.js";
import { letter, math, number, partial, sub, subsup } from "./mathml.js";
import { operand, pretty } from "../draw/numbers.js";

/**
 * Return the symbols; the output has an index only if there are several. A separate bias vector's
 * weight is b; the indices of a transposed W are swapped.
 */
export function symbolsOf(outputs, { transposed = false, bias = false } = {}) {
  const o = outputs > 1 ? ",o" : "";
  const one = outputs > 1 ? "o" : "1";
  const indices = (from, to) => (transposed ? `${to},${from}` : `${from},${to}`);
  return {
    C: () => letter("C"),
    y: () => sub("y", `i${o}`),
    yHat: () => sub("ŷ", `i${o}`),
    O: () => sub("O", `i${o}`),
    Zl: () => sub("Z", "i,l"),
    Zk: () => sub("Z", "i,k"),
    H: () => sub("H", "i,l"),
    X: () => sub("X", "i,k"),
    W1: () => (bias ? subsup("b", "l", "(1)") : subsup("W", indices("k", "l"), "(1)")),
    W2: () => (bias ? subsup("b", one, "(2)") : subsup("W", indices("k", one), "(2)")),
    out: () => subsup("W", indices("l", one), "(2)"),
  };
}

/** Return the symbols for a weight of the scene, in the course's conventions. */
export function symbolsFor({ y, bias, conventions, ...scene }, { layer, row }) {
  const last = bias[layer === 1 ? "input" : "hidden"] && row === scene[`W${layer}`].rows - 1;
  return symbolsOf(y.values.length, { transposed: conventions.transposed, bias: last && conventions.bias_apart });
}

/** Return the factors of the weight, through one output, in the derivation's order. */
export function factorsOf(scene, weight, o) {
  const { layer, row: k, column: l } = weight;
  const s = symbolsFor(scene, weight);
  const shared = [errorFactor(scene, o, s), outputSlope(scene, o, s)];
  if (layer === 2) return [...shared, hiddenValue(scene, k, s)];
  return [...shared, outputWeight(scene, l, o, s), hiddenSlope(scene, l, s), input(scene, k, s)];
}

/** Return the sample's row of an array that has a row per sample. */
function rowOf(scene, name, at) {
  const { values } = scene[name];
  const row = scene.focus.sample + 1;
  return { rows: 1, columns: values.length, values, at: [0, at], shape: `row ${row.toLocaleString("en")} of ${scene.samples.toLocaleString("en")}×${values.length}` };
}

/** Return the array that is the same for every sample: W2 without its bias row. */
function outputWeightArray(scene, l, o) {
  const { rows, columns, values } = scene.dO_dZ;
  if (!scene.conventions.transposed) return { rows, columns, values, at: [l, o], shape: `${rows}×${columns}, for every sample` };
  const transposed = Array.from({ length: columns }, (_, column) => Array.from({ length: rows }, (_, row) => values[row * columns + column])).flat();
  return { rows: columns, columns: rows, values: transposed, at: [o, l], shape: `${columns}×${rows}, for every sample` };
}

/** Return one output's part of the sample's contribution to the weight's gradient. */
export function productOf(scene, weight, o) {
  if (weight.layer === 2 && weight.column !== o) return 0; // the weight does not reach output o
  const value = (name, i) => scene[name].values[i];
  const error = value("dC_dO", o); // the first two factors, fused where the loss says so
  if (weight.layer === 2) return error * value("dO_dW2", weight.row);
  const out = scene.dO_dZ.values[weight.column * scene.dO_dZ.columns + o];
  return error * out * value("dZ_dH", weight.column) * value("dH_dW1", weight.row);
}

function errorFactor(scene, o, s) {
  const loss = LOSSES[scene.choices.loss];
  const [y, yHat, N] = [scene.y.values[o], scene.y_hat.values[o], scene.samples];
  return {
    id: "dC_dyhat",
    equation: loss.equation,
    words: loss.words,
    symbol: math(partial(s.C(), s.yHat())),
    formula: math(loss.formula(s)),
    numbers: loss.numbers(y, yHat, N),
    note: `y = ${pretty(y)}, ŷ = ${pretty(yHat)}, N = ${N.toLocaleString("en")}`,
    value: scene.dC_dyhat.values[o],
    anchor: "eq-3",
    array: rowOf(scene, "dC_dyhat", o),
  };
}

function outputSlope(scene, o, s) {
  const output = OUTPUT[scene.choices.output];
  return {
    id: "dyhat_dO",
    equation: output.equation,
    words: `slope of the output’s ${output.name}`,
    symbol: math(partial(s.yHat(), s.O())),
    formula: math(output.slope(s.yHat)),
    numbers: output.numbers(scene.y_hat.values[o]),
    note: `ŷ = ${output.of("O")} = ${output.of(pretty(scene.O.values[o]))}`,
    value: scene.dyhat_dO.values[o],
    anchor: "slope",
    array: rowOf(scene, "dyhat_dO", o),
  };
}

function hiddenValue(scene, k, s) {
  const value = scene.dO_dW2.values[k];
  const bias = scene.bias.hidden && k === scene.Z.values.length;
  return {
    id: "dO_dW2",
    equation: "eq. 4",
    words: "what the weight multiplies",
    symbol: math(partial(s.O(), s.W2())),
    formula: math(bias && scene.conventions.bias_apart ? number("1") : s.Zk()),
    numbers: pretty(value),
    note: bias ? constant(scene, "Z1") : valueOf(scene, k),
    value,
    anchor: "eq-4",
    array: rowOf(scene, "dO_dW2", k),
  };
}

function outputWeight(scene, l, o, s) {
  const value = scene.dO_dZ.values[l * scene.dO_dZ.columns + o];
  const { rows, columns } = scene.names.W2;
  return {
    id: "dO_dZ",
    equation: "eq. 7",
    words: "the output weight",
    symbol: math(partial(s.O(), s.Zl())),
    formula: math(s.out()),
    numbers: pretty(value),
    note: `W⁽²⁾ from ${rows[l]} to ${columns[o]}`,
    value,
    anchor: "eq-7",
    array: outputWeightArray(scene, l, o),
  };
}

function hiddenSlope(scene, l, s) {
  const hidden = HIDDEN[scene.choices.hidden];
  return {
    id: "dZ_dH",
    equation: hidden.equation,
    words: `slope of the hidden unit’s ${hidden.name}`,
    symbol: math(partial(s.Zl(), s.H())),
    formula: math(hidden.slope(s.Zl)),
    numbers: hidden.numbers(scene.Z.values[l]),
    note: valueOf(scene, l),
    value: scene.dZ_dH.values[l],
    anchor: "eq-8",
    array: rowOf(scene, "dZ_dH", l),
  };
}

/** Return the equation of a hidden unit's value. */
function valueOf(scene, l) {
  const { of } = HIDDEN[scene.choices.hidden];
  return `${scene.names.W2.rows[l]} = ${of("H")} = ${of(pretty(scene.H.values[l]))}`;
}

function input(scene, k, s) {
  const value = scene.dH_dW1.values[k];
  const bias = scene.bias.input && k === scene.raw.values.length;
  const [raw, shift, scale] = bias ? [1, 0, 1] : ["raw", "shift", "scale"].map((name) => scene[name].values[k]);
  const scaled = shift !== 0 || scale !== 1;
  const name = scene.names.W1.rows[k];
  return {
    id: "dH_dW1",
    equation: "eq. 9",
    words: "what the weight multiplies",
    symbol: math(partial(s.H(), s.W1())),
    formula: math(bias && scene.conventions.bias_apart ? number("1") : s.X()),
    numbers: scaled ? `(${pretty(raw)} − ${operand(shift)}) / ${operand(scale)}` : pretty(value),
    note: bias ? constant(scene, "X1") : scaled ? `${name} = ${pretty(raw)}, scaled` : name,
    value,
    anchor: "eq-9",
    array: rowOf(scene, "dH_dW1", k),
  };
}

const constant = (scene, array) => (scene.conventions.bias_apart ? "the bias is added directly" : `the bias row: ${array} = 1, a constant`);
