// Matrices of a scene, { rows, columns, values } with their numbers row by row: transposed, and without a bias row.
import { hasBias } from "./network.js";

/** Return the transposed numbers of a matrix of `columns` columns; both are row by row. */
export function transpose(values, columns) {
  const rows = Array.from({ length: values.length / columns }, (_, row) => row);
  return Array.from({ length: columns }, (_, column) => rows.map((row) => values[row * columns + column])).flat();
}

/** Return the transposed array. */
export function transposed({ rows, columns, values }) {
  return { rows: columns, columns: rows, values: Float64Array.from(transpose(values, columns)) };
}

/** Return W⁽layer⁾ without its bias row. */
export function withoutBias(scene, layer) {
  const { columns, values } = scene[`W${layer}`];
  const rows = values.length / columns - hasBias(scene, layer);
  return { rows, columns, values: values.subarray(0, rows * columns) };
}
