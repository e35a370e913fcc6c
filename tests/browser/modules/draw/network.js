// A network over a plane by the formulas, to hold the fast way against, and what else tests of such drawings share.
import { random } from "../harness.js";

const plain = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)), tanh: Math.tanh, relu: (x) => (x > 0 ? x : 0), identity: (x) => x,
};
export const HIDDEN = ["sigmoid", "tanh", "relu", "identity"];

/** Return Z of each hidden layer and ŷ at one point, by the formulas. */
export function reference(slice, x, y, { activations: { hidden, output }, units, outputs, biasHidden }) {
  const [m] = units;
  const Z = [Array.from({ length: m }, (_, l) => plain[hidden](x * slice[l] + y * slice[m + l] + slice[2 * m + l]))];
  let start = 3 * m;
  const product = (from, columns) => {
    const inputs = biasHidden ? [...from, 1] : from;
    const sums = Array.from({ length: columns }, (_, k) => inputs.reduce((sum, z, l) => sum + z * slice[start + l * columns + k], 0));
    start += inputs.length * columns;
    return sums;
  };
  for (const count of units.slice(1)) Z.push(product(Z.at(-1), count).map(plain[hidden]));
  const O = product(Z.at(-1), outputs);
  if (output !== "softmax") return { Z, y_hat: O.map(plain[output]) };
  const powers = O.map((o) => Math.exp(o - Math.max(...O)));
  return { Z, y_hat: powers.map((power) => power / powers.reduce((a, b) => a + b)) };
}

/** Return random weights of a network over a plane. */
export function weights({ units, outputs, biasHidden }, seed) {
  const next = random(seed);
  const later = units.map((count, n) => (count + Number(biasHidden)) * (units[n + 1] ?? outputs));
  return Float32Array.from({ length: later.reduce((a, b) => a + b, 3 * units[0]) }, () => 3 * next());
}

/** Return the colour of a pixel. */
export const pixel = (drawing, x, y) => [...drawing.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);

const BOUNDS = { sigmoid: [0, 1], tanh: [-1, 1], relu: [0, null], identity: [null, null] };

/** Return a plane of a network with 3 hidden units and one output, but for the changes. */
export function plane(changes = {}) {
  return {
    bounds: BOUNDS[changes.activations?.hidden ?? "sigmoid"],
    x: { name: "first", low: -1, high: 1, rawLow: 10, rawHigh: 30 }, y: { name: "second", low: 0, high: 2, rawLow: -5, rawHigh: 5 },
    held: "", task: "binary", classes: ["no", "yes"], output: 0, range: [0, 1], points: [],
    activations: { hidden: "sigmoid", output: "sigmoid" }, units: [3], outputs: 1, biasHidden: true, ...changes,
  };
}
