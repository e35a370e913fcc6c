// The factors of eqs. 5 and 10, and of deeper networks, for one weight: symbol, formula, numbers inserted, value.
import { math } from "./mathml.js";
import { transposed, withoutBias } from "./matrices.js";
import { deltaOf, entryOf, hiddenOf, isBias, isDeep, isFull, outputsOf, slopesOf, symbolOf } from "./network.js";
import { operand, pretty, superscript, whole } from "../draw/numbers.js";

const MOST_TERMS = 3; // of a sum that is written out
const weightArrays = new WeakMap(); // of each matrix of a state, which has its conventions: samples and weights share them

/** Return the server's forms for a weight: those of a separate bias if it is one. */
export function formsOf(scene, weight) {
  return scene.forms[`${weight.layer}${isBias(scene, weight) && scene.conventions.bias_apart ? "b" : ""}`];
}

/**
 * Return the factors of the weight along a path, in the derivation's order: a factor's value is the cell of its array in use.
 * `path`: see `Paths`; `prediction`: the ŷ whose row of a softmax's Jacobian is used.
 */
export function factorsOf(scene, weight, path, prediction = path.at(-1)) {
  const o = path.at(-1);
  const forms = formsOf(scene, weight).factors;
  const between = path.slice(0, -1).flatMap((unit, i) => {
    const layer = weight.layer + i; // of the hidden unit
    return [hiddenSlope(scene, layer, unit), laterWeight(scene, layer + 1, unit, path[i + 1])];
  }).reverse();
  const parts = [error(scene, prediction), outputSlope(scene, prediction, o), ...between, input(scene, weight)];
  return forms.map((form, i) => factor(scene, form, parts[i]));
}

function factor(scene, form, { array, row, note, places, numbers, delta, sum, weights = false }) {
  const cells = array ?? rowOf(scene, form.id, row);
  const value = cells.values[cells.at[0] * cells.columns + cells.at[1]];
  const inserted = places ? insert(form.numbers, places) : pretty(value);
  return {
    ...form, href: `${scene.derivation}#${form.anchor}`, array: cells, note, value, sum, weights, symbol: math(form.symbol), formula: math(form.formula), numbers: numbers ?? inserted,
    delta: isDeep(scene) && delta ? { name: form.id.split("_d")[1], ...delta } : undefined,
  };
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

/** Return the array that is the same for every sample: a matrix without its bias row. */
function weightArray(scene, layer, row, column) {
  const matrix = scene[`W${layer}`];
  if (!weightArrays.has(matrix)) weightArrays.set(matrix, shownMatrix(scene, layer));
  return { ...weightArrays.get(matrix), at: scene.conventions.transposed ? [column, row] : [row, column] };
}

/** Return a matrix without its bias row, by the conventions. */
function shownMatrix(scene, layer) {
  const matrix = withoutBias(scene, layer);
  const shown = scene.conventions.transposed ? transposed(matrix) : matrix;
  return { ...shown, shape: `${shown.rows}×${shown.columns}, for every sample` };
}

// ---- the factors

function error(scene, p) {
  const [y, yHat, N] = [scene.y.values[p], scene.y_hat.values[p], whole(scene.samples)];
  return { places: { y: operand(y), ŷ: operand(yHat), N }, note: `y = ${pretty(y)}, ŷ = ${pretty(yHat)}, N = ${N}`, row: p };
}

function outputSlope(scene, p, o) {
  const { output } = scene.functions;
  if (isFull(scene)) return jacobianEntry(scene, p, o);
  return {
    places: { ŷ: operand(scene.y_hat.values[o]) },
    note: `ŷ = ${insert(output, { x: "O" })} = ${insert(output, { x: pretty(scene.O.values[o]) })}`,
    row: o,
    delta: { at: o, values: scene.dC_dO.values, numbers: outputDelta(scene, o) },
  };
}

/** Return the entry of a softmax's Jacobian; what goes on to O is the sum over every ŷ. */
function jacobianEntry(scene, p, o) {
  const [own, other] = [p, o].map((i) => operand(scene.y_hat.values[i]));
  const { rows, columns, values } = scene.dyhat_dO;
  return {
    places: { ŷ: own, o: other, δ: p === o ? "1" : "0" },
    note: `ŷ of ${outputsOf(scene)[p]} by O of ${outputsOf(scene)[o]}`,
    array: { rows, columns, values, at: [p, o], shape: `${rows}×${columns}, of this sample` },
    sum: scene.dC_dO.values[o],
    delta: { at: o, values: scene.dC_dO.values, numbers: outputDelta(scene, o) },
  };
}

function laterWeight(scene, layer, row, column) {
  const { rows, columns } = scene.names[`W${layer}`];
  return {
    note: `W${superscript(`(${layer})`)} from ${rows[row]} to ${columns[column]}`,
    array: weightArray(scene, layer, row, column),
    weights: true,
    delta: { at: row, values: scene[`dC_dZ${layer - 1}`]?.values, numbers: backwardSum(scene, layer, row) },
  };
}

function hiddenSlope(scene, layer, unit) {
  const through = scene[`dC_dZ${layer}`]?.values[unit];
  return {
    places: { a: operand(hiddenOf(scene, "Z", layer)[unit]) },
    note: hiddenValue(scene, layer, unit),
    row: unit,
    delta: { at: unit, values: deltaOf(scene, layer), numbers: through === undefined ? "" : product(through, slopesOf(scene, layer)[unit]) },
  };
}

function input(scene, weight) {
  const { layer, row } = weight;
  const bias = isBias(scene, weight);
  if (layer === 1) return { ...rawInput(scene, row, bias), row };
  return { note: bias ? constant(scene, "Z1") : hiddenValue(scene, layer - 1, row), row };
}

/** Return the equation of a hidden unit's value. */
function hiddenValue(scene, layer, unit) {
  const { hidden } = scene.functions;
  const H = isDeep(scene) ? symbolOf(`H${layer}`) : "H";
  const name = scene.names[`W${layer + 1}`].rows[unit];
  return `${name} = ${insert(hidden, { x: H })} = ${insert(hidden, { x: pretty(hiddenOf(scene, "H", layer)[unit]) })}`;
}

function rawInput(scene, k, bias) {
  const [raw, shift, scale] = bias ? [1, 0, 1] : ["raw", "shift", "scale"].map((name) => scene[name].values[k]);
  const scaled = shift !== 0 || scale !== 1;
  const name = scene.names.W1.rows[k];
  return {
    numbers: scaled ? `(${pretty(raw)} − ${operand(shift)}) / ${operand(scale)}` : undefined,
    note: bias ? constant(scene, "X1") : scaled ? `${name} = ${pretty(raw)}, scaled` : name,
  };
}

function constant(scene, array) {
  if (scene.conventions.bias_apart) return "the bias is added directly";
  return isDeep(scene) && array !== "X1" ? "the bias row: a constant 1" : `the bias row: ${array} = 1, a constant`;
}

// ---- the numbers of δ

const product = (...values) => values.map((value) => operand(value)).join(" × ");

/** Return the numbers of ∂C/∂O of one output. */
export function outputDelta(scene, o) {
  if (scene.fused) return fusedNumbers(scene, o);
  if (isFull(scene)) return jacobianSum(scene, o);
  return product(scene.dC_dyhat.values[o], scene.dyhat_dO.values[o]);
}

/** Return (ŷ − y)/N in numbers. */
export const fusedNumbers = (scene, o) => `(${pretty(scene.y_hat.values[o])} − ${pretty(scene.y.values[o])}) / ${whole(scene.samples)}`;

/** Return the sum over every ŷ of ∂C/∂ŷ · ∂ŷ/∂O in numbers. */
export function jacobianSum(scene, o) {
  const { columns, values } = scene.dyhat_dO;
  return sumText(columns, (p) => product(scene.dC_dyhat.values[p], values[p * columns + o]));
}

/** Return the sum of a row of a softmax's Jacobian in numbers. */
export function rowSum(scene, p) {
  const { columns, values } = scene.dyhat_dO;
  return sumText(columns, (o) => operand(values[p * columns + o]));
}

/** Return the sum over a unit's weights of W⁽layer⁾ times the δ that each leads to, in numbers. */
function backwardSum(scene, layer, row) {
  const delta = deltaOf(scene, layer);
  return sumText(delta.length, (to) => product(delta[to], entryOf(scene, layer, row, to)));
}

/** Return a sum with its first terms. */
function sumText(count, term) {
  const terms = Array.from({ length: count > MOST_TERMS + 1 ? MOST_TERMS : count }, (_, i) => term(i));
  return [...terms, ...(terms.length < count ? [`… (${whole(count - terms.length)} more)`] : [])].join(" + ");
}
