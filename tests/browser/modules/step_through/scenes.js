// Scenes of the step through, of numbers worked out by hand or made at random.
import { random } from "../harness.js";

const table = (...rows) => ({ rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) });
const superscript = (layer) => "⁰¹²³⁴⁵⁶⁷"[layer];

/** Return the stops of a network of `last` matrices, as core/chain/training_step.py has them. */
function stopsOf(last) {
  const of = (letter, layer) => `${letter}${last > 2 ? layer : ""}`;
  const stop = (name, operation, layer, backward = false) => ({ name, operation, layer, backward });
  const stops = [stop("X", "inputs", 0)];
  for (let layer = 1; layer < last; layer++) stops.push(stop(of("H", layer), "sum", layer), stop(of("Z", layer), "activation", layer));
  stops.push(stop("O", "sum", last), stop("y_hat", "activation", last), stop("C", "cost", 0));
  stops.push(stop("dC_dyhat", "error", last, true), stop("dC_dO", "slope", last, true), stop(`dC_dW${last}`, "gradient", last, true));
  for (let layer = last - 1; layer > 0; layer--) {
    stops.push(stop(`dC_d${of("Z", layer)}`, "weights", layer + 1, true), stop(`dC_d${of("H", layer)}`, "slope", layer, true), stop(`dC_dW${layer}`, "gradient", layer, true));
  }
  return [...stops, stop("update", "update", 0), stop("new_C", "cost", 0)];
}

function labelOf(name) {
  if (name === "update" || name === "new_C") return name.replace("_", " ");
  const symbol = (text) => text.replace(/y_?hat/, "ŷ").replace(/\d/, (layer) => `⁽${superscript(layer)}⁾`);
  return name.startsWith("dC_d") ? `∂C/∂${symbol(name.slice(4))}` : symbol(name);
}

const formsOf = (stops) => ({ stops: Object.fromEntries(stops.map(({ name }) => [name, { label: labelOf(name) }])) });

/** Return a scene of two samples, two inputs, two hidden units and one output; the numbers need not be those of a network. */
export function sceneByHand() {
  const stops = stopsOf(2);
  return {
    stops, forms: formsOf(stops), first: 0, samples: 2, path: [1, 0], focus: { sample: 0, output: 0, weight: { layer: 1, row: 0, column: 1 } },
    names: { W1: { rows: ["a", "b", "bias"], columns: ["h1", "h2"] }, W2: { rows: ["h1", "h2", "bias"], columns: ["out"] } },
    bias: { input: true, hidden: true }, functions: { output: "sigmoid" }, cost: 0.75, new_cost: 0.625,
    X: table([3, -2, 1], [5, 2, 1]), H: table([0.5, -4], [1.5, 8]), Z: table([0.25, 0.5, 1], [0.75, 1.5, 1]), O: table([7], [9]), y_hat: table([0.5], [0.25]), y: table([1], [0]),
    C: table([0.125], [0.625]), dC_dyhat: table([-0.25], [0.75]), dC_dO: table([-0.5], [1.5]), dC_dZ: table([2, -1], [4, 3]), dC_dH: table([0.5, -0.25], [1.5, 2.25]),
    W1: table([1, 2], [3, 4], [5, 6]), W2: table([1], [-1], [2]), new_C: table([0.0625], [0.5625]),
    dW1: table([4, 2], [1, 0], [0, -8]), dW2: table([-2], [4], [1]), new_W1: table([1, 4], [3, 3], [5, 5]), new_W2: table([-3], [-1], [2]),
    new_H: table([1, -1], [2, -2]), new_Z: table([0.25, 0.75], [1.25, 1.75]), new_O: table([6], [8]), new_y_hat: table([0.625], [0.375]),
  };
}

/** Return a scene of random numbers, of layers of these sizes. */
export function randomScene(sizes, { bias = true, output = "sigmoid", weight = { layer: 1, row: 0, column: 0 }, path = [], name = (letter, i) => `${letter}${i + 1}` } = {}) {
  const next = random(1);
  const last = sizes.length - 1;
  const array = (rows, columns) => ({ rows, columns, values: Float64Array.from({ length: rows * columns }, next) });
  const stops = stopsOf(last);
  const units = sizes.map((size, column) => Array.from({ length: size }, (_, i) => name(column === last ? "y" : column ? "h" : "x", i)));
  const scene = { stops, forms: formsOf(stops), first: 0, samples: 1, path, names: {}, bias: { input: bias, hidden: bias }, functions: { output }, focus: { sample: 0, output: sizes[last] - 1, weight }, y: array(1, sizes[last]), cost: 1, new_cost: 0.5 };
  for (let layer = 1; layer <= last; layer++) {
    scene.names[`W${layer}`] = { rows: [...units[layer - 1], ...(bias ? ["bias"] : [])], columns: units[layer] };
    for (const matrix of ["W", "dW", "new_W"]) scene[`${matrix}${layer}`] = array(sizes[layer - 1] + bias, sizes[layer]);
  }
  if (output === "softmax") scene.y.values.fill(0).set([1]);
  for (const { name: stop, operation, layer } of stops) {
    if (operation === "inputs") scene[stop] = array(1, sizes[0] + bias);
    else if (operation === "cost") scene[stop] = array(1, 1);
    else if (operation === "weights") scene[stop] = array(1, sizes[layer - 1]);
    else if (operation !== "gradient" && operation !== "update") scene[stop] = array(1, sizes[layer] + (bias && stop.startsWith("Z")));
  }
  return scene;
}
