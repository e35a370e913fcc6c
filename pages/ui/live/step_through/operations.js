// What each operation multiplies or adds: the operands and the result as arrays, and which of their cells make an entry.
import { hasBias, isDeep, layersOf, outputsOf } from "../chain_rule/network.js";
import { superscript, whole } from "../draw/numbers.js";
import { deltaName, hiddenName, inputsName, jacobianOf, resultOf, rowOf, rowsOf, transposed, withoutBias, withoutLastColumn } from "./values.js";

const MOST_SAMPLES = 50; // displayed at once
const MOST_CELLS = 1200; // of a sample's longest row, times the samples

/** Return a quantity's symbol as text, from its ASCII name: ∂C/∂H⁽²⁾ from dC_dH2. */
export function symbolText(name) {
  const text = (part) => part.replace(/y_?hat/, "ŷ").replace(/\d+/, (layer) => superscript(`(${layer})`));
  const [above, below] = name.split("_d");
  if (below) return `∂${text(above.slice(1))}/∂${text(below)}`;
  return name.startsWith("new_") ? `${text(name.slice(4))}′` : text(name);
}

export const BREAK = "\n"; // in place of a sign: a new line

/**
 * Return how a stop's result is made, of a `view` { sample, all }: { parts, joins, isProduct, window }. `joins` are the signs
 * between the parts; `window` the samples displayed, { from, to } of those sent. Transposition is left to `inLayout`.
 *
 * A part is an array, { rows, columns, values }, with its `symbol`, the `kind` of its colours, `names` of its { rows, columns },
 * and the axis that has the `samples`, if any. Its whole `shape` is a text, `shown` says which part of it is there. `used(entry)` are its cells that make an entry of the result: { row, column },
 * all of them where one is undefined; nothing if it is undefined. Of a result, `entryAt(cell)` is the entry of a cell. `isMade`: it is what the stop makes.
 * An entry is a { row, column } of the displayed samples, or a weight, { layer, row, column }.
 */
export function operationOf(scene, stop, view) {
  const window = windowOf(scene, stop, view);
  return { joins: [], isProduct: false, window, ...MAKERS[stop.operation](scene, stop, { ...view, window }) };
}

/** Return a part with its shape, and which samples are displayed if not all of them are. */
function withShape(part, { samples: count }) {
  const { rows, columns, samples, names } = part;
  const shown = samples && names[samples].length;
  if (!shown || shown === count || shown === 1) return { ...part, shape: `${rows}×${columns}`, shown: "" };
  const [from, to] = [names[samples][0], names[samples].at(-1)];
  const shape = samples === "rows" ? `${whole(count)}×${columns}` : `${rows}×${whole(count)}`;
  return { ...part, shape, shown: `${from.replace("sample", "samples")} to ${to.replace("sample ", "")} shown` };
}

/** Return an operation with all arrays transposed, and the order of a product reversed, if a course writes it so. */
export function inLayout(operation, scene) {
  const isTransposed = scene.conventions.transposed;
  const parts = isTransposed ? operation.parts.map(turn) : [...operation.parts];
  if (isTransposed && operation.isProduct) parts.splice(0, 2, parts[1], parts[0]);
  return { ...operation, parts: parts.map((part) => withShape(part, scene)) };
}

/** Return the transposed part. */
export function turn(part) {
  const { names, used, entryAt, samples } = part;
  return {
    ...part, ...transposed(part), names: { rows: names.columns, columns: names.rows }, used: (entry) => flip(used(entry)),
    ...(entryAt && { entryAt: (cell) => entryAt(flip(cell)) }), ...(samples && { samples: samples === "rows" ? "columns" : "rows" }),
  };
}

const flip = (at) => at && { row: at.column, column: at.row };

/** Return which samples are displayed: the chosen one, or with it as many as are legible. */
function windowOf(scene, { layer }, { sample, all }) {
  if (!all) return { from: sample, to: sample + 1 };
  const { rows } = scene.X;
  const near = [1, layer - 1, layer].map((l) => scene[`W${l}`]).filter(Boolean);
  const widest = Math.max(...near.flatMap((W) => [W.rows, W.columns]));
  const count = Math.min(rows, MOST_SAMPLES, Math.max(1, Math.floor(MOST_CELLS / widest)));
  const from = Math.min(Math.max(0, sample - Math.floor(count / 2)), rows - count);
  return { from, to: from + count };
}

// ---- parts

const none = () => undefined;
const sameCell = ({ row, column }) => ({ row, column });
const sameRow = ({ row }) => ({ row });
const sameColumn = ({ column }) => ({ column });

const isApart = (scene, layer) => scene.conventions.bias_apart && hasBias(scene, layer);
const unitsOf = (scene, layer) => scene.names[`W${layer}`].columns;
const matrixText = (letter, layer) => `${letter}${superscript(`(${layer})`)}`;

/** Return the displayed samples' rows of an array; `columns` are their names. */
function rowsShown(scene, name, { window: { from, to } }, columns, kind = "weights") {
  const rows = Array.from({ length: to - from }, (_, i) => `sample ${scene.first + from + i + 1}`);
  return { ...rowsOf(scene[name], from, to), symbol: symbolText(name), kind, names: { rows, columns }, samples: "rows", used: none };
}

/** Return δ of a matrix. */
function delta(scene, layer, view) {
  const rows = rowsShown(scene, deltaName(scene, layer), view, unitsOf(scene, layer), "gradients");
  return { ...rows, symbol: `δ = ${rows.symbol}` };
}

/** Return what a matrix multiplies, with the constant 1 unless the bias stands apart. */
function inputs(scene, layer, view) {
  const apart = isApart(scene, layer);
  const units = scene.names[`W${layer}`].rows;
  const columns = hasBias(scene, layer) ? [...units.slice(0, -1), ...(apart ? [] : ["1"])] : units;
  const rows = rowsShown(scene, inputsName(scene, layer), view, columns);
  const constant = hasBias(scene, layer) && !apart ? "₁" : "";
  const symbol = rows.symbol.replace(/^./, (letter) => `${letter}${constant}`);
  return { ...rows, ...(apart && withoutLastColumn(rows)), symbol };
}

/**
 * Return an array of a matrix's shape as a part, or where the bias stands apart as two: without its last row, and that row.
 * `text` makes the symbol, from W⁽¹⁾ or b⁽¹⁾. Their entries are weights.
 */
function blocks(scene, layer, array, text, kind) {
  const { rows, columns } = scene.names[`W${layer}`];
  const block = (letter, from, to) => ({
    ...rowsOf(array, from, to), symbol: text(matrixText(letter, layer)), kind, names: { rows: rows.slice(from, to), columns },
    used: ({ layer: of, row, column }) => (of === layer && row >= from && row < to ? { row: row - from, column } : undefined),
    entryAt: ({ row, column }) => ({ layer, row: row + from, column }),
  });
  if (!isApart(scene, layer)) return [block("W", 0, array.rows)];
  const bias = block("b", array.rows - 1, array.rows);
  return [block("W", 0, array.rows - 1), { ...bias, names: { rows: [""], columns } }];
}

/** Return a part that is not to be picked from. */
const operand = ({ entryAt: _, ...part }, used) => ({ ...part, used });

const asResult = (part) => ({ ...part, used: sameCell, entryAt: sameCell, isMade: true });

/** Return the result of a stop that has a row for each sample. */
function result(scene, stop, view, columns, kind = stop.backward ? "gradients" : "weights") {
  const rows = rowsShown(scene, stop.name, view, columns, kind);
  return asResult({ ...rows, symbol: stop.operation === "slope" ? `δ = ${rows.symbol}` : rows.symbol });
}

// ---- operations

const MAKERS = { inputs: given, sum, activation, cost, error, slope, weights: throughWeights, gradient, update };

function given(scene, stop, view) {
  return { parts: [asResult(inputs(scene, 1, view))] };
}

function sum(scene, stop, view) {
  const { layer } = stop;
  const weights = blocks(scene, layer, scene[`W${layer}`], (text) => text, "weights").map((part) => operand(part, sameColumn));
  const parts = [operand(inputs(scene, layer, view), sameRow), ...weights, result(scene, stop, view, unitsOf(scene, layer))];
  return { parts, joins: ["·", ...weights.slice(1).map(() => "+"), "="], isProduct: true };
}

function activation(scene, stop, view) {
  const { layer } = stop;
  const isOutput = layer === layersOf(scene);
  const before = rowsShown(scene, isOutput ? "O" : hiddenName(scene, "H", layer), view, unitsOf(scene, layer));
  const after = isOutput ? result(scene, stop, view, unitsOf(scene, layer)) : asResult(inputs(scene, layer + 1, view));
  const used = (entry) => (entry.column >= before.columns ? undefined : isOutput && isFull(scene) ? sameRow(entry) : sameCell(entry));
  return { parts: [operand(before, used), after], joins: ["→"] };
}

/** Return whether ∂ŷ/∂O is a Jacobian for each sample. */
export const isFull = (scene) => scene.functions.output === "softmax";

/** Return arrays of the outputs' shape, as operands. */
const ofOutputs = (scene, names, view, used) => names.map((name) => operand(rowsShown(scene, name, view, outputsOf(scene)), used));

function cost(scene, stop, view) {
  const prediction = stop.name === "C" ? "y_hat" : "new_y_hat";
  if (!scene[prediction]) return { parts: [] }; // after an update that is not finite
  return { parts: [...ofOutputs(scene, ["y", prediction], view, sameRow), result(scene, stop, view, ["share of C"], "")], joins: ["", "→"] };
}

function error(scene, stop, view) {
  return { parts: [...ofOutputs(scene, ["y", "y_hat"], view, sameCell), result(scene, stop, view, outputsOf(scene))], joins: ["", "→"] };
}

function slope(scene, stop, view) {
  const { layer } = stop;
  const made = result(scene, stop, view, unitsOf(scene, layer));
  if (layer < layersOf(scene)) {
    const [Z, H] = ["Z", "H"].map((letter) => hiddenName(scene, letter, layer));
    return timesSlopes(scene, `dC_d${Z}`, `d${Z}_d${H}`, view, made);
  }
  if (scene.fused) return { parts: [...ofOutputs(scene, ["y_hat", "y"], view, sameCell), made], joins: ["−", "→"] };
  return isFull(scene) ? timesJacobian(scene, view, made) : timesSlopes(scene, "dC_dyhat", "dyhat_dO", view, made);
}

/** Return what came back, times the slopes, entry by entry. */
function timesSlopes(scene, back, slopes, view, made) {
  const left = rowsShown(scene, back, view, made.names.columns, "gradients");
  const right = rowsShown(scene, slopes, view, made.names.columns);
  return { parts: [operand(left, sameCell), operand(right, sameCell), made], joins: ["⊙", "="] };
}

/** Return what came back, times the chosen sample's Jacobian of a softmax. */
function timesJacobian(scene, view, made) {
  const { columns } = made.names;
  const back = rowsShown(scene, "dC_dyhat", view, columns, "gradients");
  const names = { rows: columns.map((name) => `ŷ ${name}`), columns: columns.map((name) => `O ${name}`) };
  const jacobian = { ...jacobianOf(scene, view.sample), symbol: `∂ŷ/∂O of sample ${scene.first + view.sample + 1}`, kind: "weights", names, used: sameColumn };
  return { parts: [operand(back, sameRow), jacobian, made], joins: ["·", "="], isProduct: true };
}

function throughWeights(scene, stop, view) {
  const { layer } = stop; // of the matrix
  const columns = unitsOf(scene, layer - 1);
  const names = { rows: unitsOf(scene, layer), columns };
  const turned = { ...transposed(withoutBias(scene, layer)), symbol: `${matrixText("W", layer)}ᵀ`, kind: "weights", names, used: sameColumn };
  return { parts: [operand(delta(scene, layer, view), sameRow), turned, result(scene, stop, view, columns)], joins: ["·", "="], isProduct: true };
}

function gradient(scene, stop, view) {
  const { layer } = stop;
  const made = blocks(scene, layer, resultOf(scene, stop, view.all ? undefined : view.sample), (text) => `∂C/∂${text}`, "gradients").map((part) => ({ ...part, isMade: true }));
  const left = turn(inputs(scene, layer, view));
  const used = ({ row }) => (row < left.rows ? { row } : undefined); // a bias that stands apart has no row
  const operands = [operand({ ...left, symbol: `${left.symbol}ᵀ` }, used), operand(delta(scene, layer, view), sameColumn)];
  return { parts: [...operands, ...made], joins: ["·", "=", ...made.slice(1).map(() => "and")], isProduct: true };
}

/** Return every matrix before the update, its change, and after it, line by line, that of the chosen weight first. */
function update(scene) {
  const all = Array.from({ length: layersOf(scene) }, (_, i) => i + 1);
  const chosen = scene.focus.weight.layer;
  const lines = [chosen, ...all.filter((layer) => layer !== chosen)].flatMap((layer) => changes(scene, layer));
  return { parts: lines.flat(), joins: lines.flatMap(() => ["+", "=", BREAK]).slice(0, -1) };
}

/** Return W + ΔW = W′ of a matrix, and where it stands apart of its bias. */
function changes(scene, layer) {
  const [before, after] = [scene[`W${layer}`], scene[`new_W${layer}`]];
  const change = { ...before, values: after.values.map((value, i) => value - before.values[i]) };
  const columns = [
    blocks(scene, layer, before, (text) => text, "weights"),
    blocks(scene, layer, change, (text) => `Δ${text}`, "updates").map((part) => operand(part, part.used)),
    blocks(scene, layer, after, (text) => `${text}′`, "weights"),
  ];
  return columns[0].map((_, block) => columns.map((parts, i) => ({ ...parts[block], isMade: i > 0 })));
}
