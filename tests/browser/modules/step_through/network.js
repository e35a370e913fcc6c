// A training step small enough to be worked out by hand: two samples, two inputs, one hidden unit, one output, all activations
// the identity, half MSE, η = 1.
//
//   X = [1 0 1; 1 1 1]   W⁽¹⁾ = [2; −1; 0.5]   H = [2.5; 1.5] = Z   W⁽²⁾ = [0.4; 0.2]   O = ŷ = [1.2; 0.8]   y = [1; 0]
//   C = ¼ (0.2² + 0.8²) = 0.17   ∂C/∂ŷ = ½ [0.2; 0.8] = δ⁽²⁾   δ⁽¹⁾ = 0.4 δ⁽²⁾ = [0.04; 0.16]
//   ∂C/∂W⁽²⁾ = [2.5·0.1 + 1.5·0.4; 0.1 + 0.4] = [0.85; 0.5]   ∂C/∂W⁽¹⁾ = [0.2; 0.16; 0.2]

const array = (...rows) => ({ rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) });

const OPERATIONS = {
  X: ["inputs", 0], H: ["sum", 1], Z: ["activation", 1], O: ["sum", 2], y_hat: ["activation", 2], C: ["cost", 0], dC_dyhat: ["error", 2], dC_dO: ["slope", 2],
  dC_dW2: ["gradient", 2], dC_dZ: ["weights", 2], dC_dH: ["slope", 1], dC_dW1: ["gradient", 1], update: ["update", 0], new_C: ["cost", 0],
};

export const stops = Object.fromEntries(Object.entries(OPERATIONS).map(([name, [operation, layer]]) =>
  [name, { name, operation, layer, backward: name.startsWith("dC") }]));

export const ARRAYS = {
  X: array([1, 0, 1], [1, 1, 1]), H: array([2.5], [1.5]), Z: array([2.5, 1], [1.5, 1]), O: array([1.2], [0.8]), y_hat: array([1.2], [0.8]), y: array([1], [0]),
  C: array([0.01], [0.16]), dC_dyhat: array([0.1], [0.4]), dyhat_dO: array([1], [1]), dC_dO: array([0.1], [0.4]), dC_dZ: array([0.04], [0.16]), dZ_dH: array([1], [1]),
  dC_dH: array([0.04], [0.16]), W1: array([2], [-1], [0.5]), W2: array([0.4], [0.2]), dW1: array([0.2], [0.16], [0.2]), dW2: array([0.85], [0.5]),
  new_W1: array([1.8], [-1.16], [0.3]), new_W2: array([-0.45], [-0.3]), new_y_hat: array([-1.245], [-0.723]), new_C: array([1.26000625], [0.13068225]),
};

const LABELS = { y_hat: "ŷ", dC_dyhat: "∂C/∂ŷ", dC_dW1: "∂C/∂W⁽¹⁾", dC_dW2: "∂C/∂W⁽²⁾", new_C: "new C" };
const textsOf = (name) => ({ label: LABELS[name] ?? name.replace(/dC_d/, "∂C/∂"), title: `Title of ${name}`, words: "Words.", formula: "<math></math>", equation: "", indices: "", notes: [] });
const forms = {
  stops: Object.fromEntries(Object.keys(stops).map((name) => [name, textsOf(name)])), script: [], lines: Object.fromEntries(Object.keys(stops).map((name) => [name, []])), notes: [],
  update: { rule: [], blocks: [], notes: [], steps: 1 },
};

/** Return the scene for a weight, with other conventions. */
export const sceneOf = ({ weight = { layer: 1, row: 0, column: 0 }, conventions = {} } = {}) => ({
  ...ARRAYS, forms, stops: Object.values(stops), first: 0, samples: 2, state: JSON.stringify([weight, conventions]),
  focus: { sample: 0, output: 0, weight }, path: weight.layer === 1 ? [0, 0] : [0],
  names: { W1: { rows: ["a", "b", "bias"], columns: ["h1"] }, W2: { rows: ["h1", "bias"], columns: ["y"] } },
  bias: { input: true, hidden: true }, functions: { hidden: "identity", output: "identity", loss: "half_mse" }, fused: false,
  conventions: { digits: 4, bias_apart: false, transposed: false, ...conventions },
  midpoints: { weights: 1, gradients: 0.1, updates: 0.01 }, cost: 0.17, new_cost: 1.3906885, finite: true, ends: "",
});
