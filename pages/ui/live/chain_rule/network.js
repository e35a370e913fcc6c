// The network of a message: its matrices, their bias rows, and the names of what they connect.
import { superscript } from "../draw/numbers.js";

/** Return L, the number of matrices. */
export const layersOf = ({ names }) => Object.keys(names).length;

/** Return whether there are several hidden layers. */
export const isDeep = (scene) => layersOf(scene) > 2;

/** Return whether ∂ŷ/∂O is a Jacobian, as a softmax's. */
export const isFull = ({ dyhat_dO }) => dyhat_dO.rows > 1;

/** Return the names of the outputs. */
export const outputsOf = (scene) => scene.names[`W${layersOf(scene)}`].columns;

/** Return whether a matrix has a bias row. */
export const hasBias = ({ bias }, layer) => bias[layer === 1 ? "input" : "hidden"];

/** Return whether a weight is a bias: in the last row of a matrix that has a bias row. */
export const isBias = (scene, { layer, row }) => hasBias(scene, layer) && row === scene.names[`W${layer}`].rows.length - 1;

/** Return the entry of W⁽ˡ⁾ between two units. */
export const entryOf = (scene, layer, row, column) => scene[`W${layer}`].values[row * scene[`W${layer}`].columns + column];

/** Return the name of a hidden layer's array: Z, or deeper Z2. */
export const hiddenName = (scene, letter, layer) => `${letter}${isDeep(scene) ? layer : ""}`;

/** Return the name of δ of a matrix: ∂C by its pre-activation. */
export const deltaName = (scene, layer) => (layer === layersOf(scene) ? "dC_dO" : `dC_d${hiddenName(scene, "H", layer)}`);

/** Return the sample's H or Z of a hidden layer. */
export const hiddenOf = (scene, letter, layer) => scene[hiddenName(scene, letter, layer)].values;

/** Return the slopes ∂Z/∂H of a hidden layer. */
export const slopesOf = (scene, layer) => scene[`d${hiddenName(scene, "Z", layer)}_d${hiddenName(scene, "H", layer)}`].values;

/** Return the sample's δ of a matrix: ∂C/∂O of the last one, else ∂C/∂H. */
export const deltaOf = (scene, layer) => scene[deltaName(scene, layer)].values;

/** Return what the sample gives a matrix's rows to multiply. */
export function inputsOf(scene, layer) {
  const last = layersOf(scene);
  return scene[`d${layer === last ? "O" : hiddenName(scene, "H", layer)}_dW${layer}`].values;
}

/** Return a symbol's text from its ASCII name: H⁽²⁾ from H2. */
export const symbolOf = (name) => name.replace(/\d+/, (layer) => superscript(`(${layer})`));
