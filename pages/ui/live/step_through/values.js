// The array that each stop makes, at its true shape: of one sample, or of all that were sent.
import { layersOf } from "../chain_rule/network.js";

/** Return the array of a stop: { rows, columns, values }, row by row; `sample` is undefined for all of them. */
export function resultOf(scene, stop, sample) {
  const { name, operation, layer } = stop;
  if (operation === "gradient") return sample === undefined ? scene[`dW${layer}`] : outer(inputsOf(scene, layer, sample), rowOf(scene[deltaName(scene, layer)], sample));
  if (operation === "update") return stack(Array.from({ length: layersOf(scene) }, (_, i) => scene[`new_W${i + 1}`]));
  return sample === undefined ? scene[name] : rowOf(scene[name], sample);
}

/** Return the name of δ of a matrix: ∂C by its pre-activation. */
export function deltaName(scene, layer) {
  const last = layersOf(scene);
  return layer === last ? "dC_dO" : `dC_dH${last > 2 ? layer : ""}`;
}

/** Return what W⁽layer⁾ multiplies, of one sample or of all. */
export function inputsOf(scene, layer, sample) {
  const array = scene[layer === 1 ? "X" : `Z${layersOf(scene) > 2 ? layer - 1 : ""}`];
  return sample === undefined ? array : rowOf(array, sample);
}

/** Return the row of a sample, which counts from the first one sent. */
export function rowOf({ columns, values }, row) {
  return { rows: 1, columns, values: values.subarray(row * columns, (row + 1) * columns) };
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
