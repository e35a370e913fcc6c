// The factors of eqs. 5 and 10 for one weight: symbol, formula, numbers inserted, value.
import { math } from "./mathml.js";
import { operand, pretty, whole } from "../draw/numbers.js";

/** Return whether a weight is a bias: in the last row of a matrix that has a bias row. */
export function isBias({ bias, ...scene }, { layer, row }) {
  return bias[layer === 1 ? "input" : "hidden"] && row === scene[`W${layer}`].rows - 1;
}

/** Return the server's forms for a weight: those of a separate bias if it is one. */
export function formsOf(scene, weight) {
  return scene.forms[`${weight.layer}${isBias(scene, weight) && scene.conventions.bias_apart ? "b" : ""}`];
}

/** Return the transposed matrix of `columns` columns; both are row by row. */
export function transpose(values, columns) {
  const rows = Array.from({ length: values.length / columns }, (_, row) => row);
  return Array.from({ length: columns }, (_, column) => rows.map((row) => values[row * columns + column])).flat();
}

/** Return the factors of the weight, through one output, in the derivation's order: a factor's value is the cell of its array in use. */
export function factorsOf(scene, weight, o) {
  const { layer, row: k, column: l } = weight;
  const bias = isBias(scene, weight);
  const later = layer === 2 ? [hiddenValue(scene, k, bias)] : [outputWeight(scene, l, o), hiddenSlope(scene, l), input(scene, k, bias)];
  const parts = [error(scene, o), outputSlope(scene, o), ...later];
  return formsOf(scene, weight).factors.map((form, i) => {
    const { array, note, places, numbers } = parts[i];
    const value = array.values[array.at[0] * array.columns + array.at[1]];
    const inserted = places ? insert(form.numbers, places) : pretty(value);
    return { ...form, array, note, value, symbol: math(form.symbol), formula: math(form.formula), numbers: numbers ?? inserted };
  });
}

/** Put numbers in the places ‹…› of a text. */
function insert(text, places) {
  return text.replace(/‹(.)›/gu, (_, name) => places[name]);
}

/** Return the sample's row of an array that has a row per sample. */
function rowOf(scene, name, at) {
  const { values } = scene[name];
  const row = scene.focus.sample + 1;
  return { rows: 1, columns: values.length, values, at: [0, at], shape: `row ${whole(row)} of ${whole(scene.samples)}×${values.length}` };
}

/** Return the array that is the same for every sample: W2 without its bias row. */
function outputWeightArray(scene, l, o) {
  const { rows, columns, values } = scene.dO_dZ;
  if (!scene.conventions.transposed) return { rows, columns, values, at: [l, o], shape: `${rows}×${columns}, for every sample` };
  return { rows: columns, columns: rows, values: transpose(values, columns), at: [o, l], shape: `${columns}×${rows}, for every sample` };
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

function error(scene, o) {
  const [y, yHat, N] = [scene.y.values[o], scene.y_hat.values[o], whole(scene.samples)];
  return {
    places: { y: operand(y), ŷ: operand(yHat), N },
    note: `y = ${pretty(y)}, ŷ = ${pretty(yHat)}, N = ${N}`,
    array: rowOf(scene, "dC_dyhat", o),
  };
}

function outputSlope(scene, o) {
  const { output } = scene.functions;
  return {
    places: { ŷ: operand(scene.y_hat.values[o]) },
    note: `ŷ = ${insert(output, { x: "O" })} = ${insert(output, { x: pretty(scene.O.values[o]) })}`,
    array: rowOf(scene, "dyhat_dO", o),
  };
}

function hiddenValue(scene, k, bias) {
  return { note: bias ? constant(scene, "Z1") : valueOf(scene, k), array: rowOf(scene, "dO_dW2", k) };
}

function outputWeight(scene, l, o) {
  const { rows, columns } = scene.names.W2;
  return { note: `W⁽²⁾ from ${rows[l]} to ${columns[o]}`, array: outputWeightArray(scene, l, o) };
}

function hiddenSlope(scene, l) {
  return { places: { a: operand(scene.Z.values[l]) }, note: valueOf(scene, l), array: rowOf(scene, "dZ_dH", l) };
}

/** Return the equation of a hidden unit's value. */
function valueOf(scene, l) {
  const { hidden } = scene.functions;
  return `${scene.names.W2.rows[l]} = ${insert(hidden, { x: "H" })} = ${insert(hidden, { x: pretty(scene.H.values[l]) })}`;
}

function input(scene, k, bias) {
  const [raw, shift, scale] = bias ? [1, 0, 1] : ["raw", "shift", "scale"].map((name) => scene[name].values[k]);
  const scaled = shift !== 0 || scale !== 1;
  const name = scene.names.W1.rows[k];
  return {
    numbers: scaled ? `(${pretty(raw)} − ${operand(shift)}) / ${operand(scale)}` : undefined,
    note: bias ? constant(scene, "X1") : scaled ? `${name} = ${pretty(raw)}, scaled` : name,
    array: rowOf(scene, "dH_dW1", k),
  };
}

const constant = (scene, array) => (scene.conventions.bias_apart ? "the bias is added directly" : `the bias row: ${array} = 1, a constant`);
