// The array that each stop makes, at its true shape: of one sample, or of all that were sent.
import { deltaName, hiddenName, layersOf } from "../chain_rule/network.js";

/** Return the array of a stop: { rows, columns, values }, row by row; `sample` is undefined for all of them. */
export function resultOf(scene, stop, sample) {
  const { name, operation, layer } = stop;
  if (operation === "gradient") return sample === undefined ? scene[`dW${layer}`] : outer(rowOf(scene[inputsName(scene, layer)], sample), rowOf(scene[deltaName(scene, layer)], sample));
  if (operation === "update") return stack(Array.from({ length: layersOf(scene) }, (_, i) => scene[`new_W${i + 1}`]));
  if (!scene[name]) return { rows: 1, columns: 1, values: Float64Array.of(NaN) }; // C after an update that is not finite
  return sample === undefined ? scene[name] : rowOf(scene[name], sample);
}

/** Return the entry on display of a stop's array of one sample: along the path, and of W and ∂C/∂W the chosen weight. */
export function chosenEntry(scene, stop) {
  const { weight } = scene.focus;
  const at = (column, row = 0) => ({ row, column });
  const { operation, layer } = stop;
  if (operation === "update" || (operation === "gradient" && layer === weight.layer)) return at(weight.column, weight.row);
  if (operation === "inputs") return at(weight.layer === 1 ? weight.row : 0);
  if (operation === "cost") return at(0);
  if (operation === "gradient") return at(unitOf(scene, layer), layer === 1 ? 0 : unitOf(scene, layer - 1));
  return at(unitOf(scene, operation === "weights" ? layer - 1 : layer));
}

/** Return the unit on the path in a layer; before the weight's own it is where the weight comes from, else the first. */
function unitOf(scene, layer) {
  const { weight } = scene.focus;
  if (layer >= weight.layer) return scene.path[layer - weight.layer];
  const isUnit = layer === weight.layer - 1 && weight.row < scene[`W${layer}`].columns;
  return isUnit ? weight.row : 0;
}

/** Return the number, from 0, of the sample in a row of the arrays; `numbers`: theirs, where some are missing between them. */
export const sampleAt = ({ first, numbers }, row) => numbers?.[row] ?? first + row;

/** Return the chosen sample's row. */
export const placeOfSample = ({ focus, first, numbers }) => (numbers ? numbers.indexOf(focus.sample) : focus.sample - first);

/** Return the name of what W⁽layer⁾ multiplies. */
export const inputsName = (scene, layer) => (layer === 1 ? "X" : hiddenName(scene, "Z", layer - 1));

/** Return ΔW⁽layer⁾ = W′ − W of the update. */
export function changeOf(scene, layer) {
  const [before, after] = [scene[`W${layer}`], scene[`new_W${layer}`]];
  return { ...before, values: after.values.map((value, i) => value - before.values[i]) };
}

/** Return whether the output is a softmax: ∂ŷ/∂O is a Jacobian for each sample. */
export const isSoftmax = ({ functions }) => functions.output === "softmax";

/** Return the row of a sample, which counts from the first one sent. */
export const rowOf = (array, row) => rowsOf(array, row, row + 1);

/** Return a softmax's ∂ŷ/∂O of a sample, K×K. */
export function jacobianOf(scene, sample) {
  const { columns } = scene.y_hat;
  return { rows: columns, columns, values: rowOf(scene.dyhat_dO, sample).values };
}

/** Return some rows of an array. */
export function rowsOf({ columns, values }, from, to) {
  return { rows: to - from, columns, values: values.subarray(from * columns, to * columns) };
}

/** Return an array without its last column. */
export function withoutLastColumn({ rows, columns, values }) {
  return { rows, columns: columns - 1, values: values.filter((_, i) => i % columns < columns - 1) };
}

/** Return the columns of one array times the row of another. */
function outer(left, right) {
  const values = Float64Array.from({ length: left.columns * right.columns }, (_, i) => left.values[Math.floor(i / right.columns)] * right.values[i % right.columns]);
  return { rows: left.columns, columns: right.columns, values };
}

/** Return several matrices' numbers, one after another. */
function stack(matrices) {
  const values = Float64Array.from(matrices.flatMap(({ values: numbers }) => [...numbers]));
  return { rows: 1, columns: values.length, values };
}
