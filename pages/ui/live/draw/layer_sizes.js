// The sizes of a frame's layers, checked against the scene.
import { matricesOf } from "./matrix_row.js";

/**
 * Return a sentence on the first layer of the wrong size, or "". `layers` are a frame's (see
 * pages/ui/train/frame_views.py); a missing one is still to come.
 */
export function sizeError(layers, scene, plane) {
  for (const [name, values] of Object.entries(layers)) {
    const sizes = sizesOf(name, scene, plane);
    if (!sizes.length) return `${name} is not part of the scene`;
    if (!sizes.includes(values.length)) return `${name} has ${values.length} numbers instead of ${sizes.join(" or ")}`;
  }
  return "";
}

/** Return the sizes that a layer may have: of all values, or of block means; [] if unknown. */
function sizesOf(name, scene, plane) {
  const matrices = matricesOf(scene);
  const layer = Number(name.match(/\d+$/)?.[0]);
  if (layer > matrices.length) return [];
  switch (name.replace(/\d+$/, "")) {
    case "W": case "dW": case "uW": return cells(matrices[layer - 1]);
    case "edges": return [edges(scene.diagram.columns, layer)];
    case "saturation": return [2 * matrices.slice(0, -1).reduce((sum, { columns }) => sum + columns.length, 0)];
    case "sample": return [scene.diagram.columns.reduce((sum, { names, bias }) => sum + names.length - Number(bias), 0)];
    case "norms": return [matrices.length];
    case "score": return [2]; // training, validation
    case "slice": return plane ? [slice(plane)] : [];
    default: return [];
  }
}

/** Return the number of edges of a matrix: none leads to a bias. */
function edges(columns, layer) {
  const { names, bias } = columns[layer];
  return columns[layer - 1].names.length * (names.length - Number(bias));
}

/** Return the size of a network over a plane: three rows of the first layer's weights, then each later matrix. */
function slice({ units, outputs, biasHidden }) {
  const sizes = units.map((count, n) => (count + Number(biasHidden)) * (units[n + 1] ?? outputs));
  return sizes.reduce((sum, size) => sum + size, 3 * units[0]);
}

function cells({ rows, columns, block: [tall, wide] }) {
  const [down, across] = [rows.length, columns.length];
  return [...new Set([down * across, Math.ceil(down / tall) * Math.ceil(across / wide)])];
}
