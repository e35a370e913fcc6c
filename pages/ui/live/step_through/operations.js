// What each operation multiplies or adds: the operands and the result as arrays, and which of their cells make an entry.
import { transposed, withoutBias } from "../chain_rule/matrices.js";
import { hiddenName, layersOf, outputsOf } from "../chain_rule/network.js";
import { asResult, blocks, delta, inputs, matrixText, operand, result, rowsShown, sameCell, sameColumn, sameRow, symbolText, turn, unitsOf, windowOf, withShape } from "./parts.js";
import { changeOf, isSoftmax, jacobianOf, resultOf, sampleAt } from "./values.js";

export const BREAK = "\n"; // in place of a sign: a new line

/**
 * Return how a stop's result is made, of a `view` { sample, all }: { parts, joins, isProduct, window }. `joins` are the signs
 * between the parts; `window` the samples displayed, { from, to } of those sent. Transposition is left to `inLayout`.
 * An entry is a { row, column } of the displayed samples, or a weight, { layer, row, column }.
 */
export function operationOf(scene, stop, view) {
  const window = windowOf(scene, stop, view);
  return { joins: [], isProduct: false, window, ...MAKERS[stop.operation](scene, stop, { ...view, window }) };
}

/** Return an operation with all arrays transposed, and the order of a product reversed, if a course writes it so. */
export function inLayout(operation, scene) {
  const isTransposed = scene.conventions.transposed;
  const parts = isTransposed ? operation.parts.map(turn) : [...operation.parts];
  if (isTransposed && operation.isProduct) parts.splice(0, 2, parts[1], parts[0]);
  return { ...operation, parts: parts.map((part) => withShape(part, scene)) };
}

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
  const isConstant = ({ column }) => column >= before.columns;
  const after = isOutput ? result(scene, stop, view, unitsOf(scene, layer)) : asResult(inputs(scene, layer + 1, view), isConstant);
  const used = (entry) => (isConstant(entry) ? undefined : isOutput && isSoftmax(scene) ? sameRow(entry) : sameCell(entry));
  return { parts: [operand(before, used), after], joins: ["→"] };
}

/** Return arrays of the outputs' shape, as operands. */
const ofOutputs = (scene, names, view, used) => names.map((name) => operand(rowsShown(scene, name, view, outputsOf(scene)), used));

function cost(scene, stop, view) {
  const prediction = stop.name === "C" ? "y_hat" : "new_y_hat";
  if (!scene[prediction]) return { parts: [] }; // after an update that is not finite
  const made = { ...result(scene, stop, view, ["C"], ""), symbol: stop.name === "C" ? "share of C" : "share of new C" };
  return { parts: [...ofOutputs(scene, ["y", prediction], view, sameRow), made], joins: ["", "→"] };
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
  return isSoftmax(scene) ? timesJacobian(scene, view, made) : timesSlopes(scene, "dC_dyhat", "dyhat_dO", view, made);
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
  const jacobian = { ...jacobianOf(scene, view.sample), symbol: `∂ŷ/∂O of sample ${sampleAt(scene, view.sample) + 1}`, code: "", kind: "weights", names, used: sameColumn };
  return { parts: [operand(back, sameRow), jacobian, made], joins: ["·", "="], isProduct: true };
}

function throughWeights(scene, stop, view) {
  const { layer } = stop; // of the matrix
  const columns = unitsOf(scene, layer - 1);
  const names = { rows: unitsOf(scene, layer), columns };
  const turned = { ...transposed(withoutBias(scene, layer)), symbol: `${matrixText("W", layer)}ᵀ`, code: "", kind: "weights", names, used: sameColumn };
  return { parts: [operand(delta(scene, layer, view), sameRow), turned, result(scene, stop, view, columns)], joins: ["·", "="], isProduct: true };
}

function gradient(scene, stop, view) {
  const { layer } = stop;
  const [values, owner] = view.all ? [resultOf(scene, stop), ""] : [resultOf(scene, stop, view.sample), "part of "];
  const made = blocks(scene, layer, values, (text) => `${owner}∂C/∂${text}`, "gradients").map((part) => ({ ...part, isMade: true }));
  const left = turn(inputs(scene, layer, view));
  const used = ({ row }) => (row < left.rows ? { row } : undefined); // a bias that stands apart has no row
  const operands = [operand(transposedInputs(left), used), operand(delta(scene, layer, view), sameColumn)];
  return { parts: [...operands, ...made], joins: ["·", "=", ...made.slice(1).map(() => "and")], isProduct: true };
}

/** Return turned inputs with a transposed name. */
function transposedInputs(part) {
  const { symbol, code } = part;
  return { ...part, symbol: code ? `(${symbol})ᵀ` : `${symbol}ᵀ`, code: code && `${code}ᵀ` };
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
  const columns = [
    blocks(scene, layer, scene[`W${layer}`], (text) => text, "weights"),
    blocks(scene, layer, changeOf(scene, layer), (text) => `Δ${text}`, "updates").map((part) => operand(part)),
    blocks(scene, layer, scene[`new_W${layer}`], (text) => `new ${text}`, "weights"),
  ];
  return columns[0].map((_, block) => columns.map((parts, i) => ({ ...parts[block], isMade: i > 0 })));
}
