// Derivatives by the complex step, without the chain rule: see core/checking/complex_step.py.
//
// f(w + ih) = f(w) + ih f′(w) − …, so that f′(w) is Im f(w + ih) / h. A complex number is a pair [re, im]; a complex batch is
// { rows, columns, re, im }, a row a sample. Comparisons use the real part.
import { depthOf, FUSED, isBiased } from "../network_pass.js";

export const STEP = 1e-100; // its square vanishes beside 1

const plus = ([a, b], [c, d]) => [a + c, b + d];
const minus = ([a, b], [c, d]) => [a - c, b - d];
const negative = ([a, b]) => [-a, -b];
const scaled = (factor, [a, b]) => [factor * a, factor * b];
const square = ([a, b]) => [a * a - b * b, 2 * a * b];
const divide = ([a, b], [c, d]) => [(a * c + b * d) / (c * c + d * d), (b * c - a * d) / (c * c + d * d)];
const exp = ([a, b]) => scaled(Math.exp(a), [Math.cos(b), Math.sin(b)]);
const ln = ([a, b]) => [Math.log(Math.hypot(a, b)), Math.atan2(b, a)];
const sum = (numbers) => numbers.reduce(plus, [0, 0]);
const weighted = (weight, number) => (weight === 0 ? [0, 0] : scaled(weight, number)); // 0 even of an infinite one

/** Return 1 / (1 + e⁻ˣ), without overflow. */
function sigmoid(x) {
  const e = exp(x[0] < 0 ? x : negative(x));
  return divide(x[0] < 0 ? e : [1, 0], plus([1, 0], e));
}

function tanh([a, b]) {
  const size = Math.sinh(a) ** 2 + Math.cos(b) ** 2;
  return [Math.tanh(a), (Math.sin(b) * Math.cos(b)) / size];
}

/** The activations of one number, by core's names. */
export const ACTIVATIONS = { sigmoid, tanh, relu: (x) => (x[0] > 0 ? x : [0, 0]), identity: (x) => x };

/** Return eˣ of each number divided by their sum, without overflow. */
export function softmax(numbers) {
  const powers = belowLargest(numbers).map(exp);
  const total = sum(powers);
  return powers.map((power) => divide(power, total));
}

/** Return the numbers minus the largest by its real part, which becomes an exact 0. */
function belowLargest(numbers) {
  const largest = numbers.reduce((most, number) => (number[0] > most[0] ? number : most));
  return numbers.map((number) => minus(number, largest));
}

/** What the sum of a loss's terms is divided by, for C. */
export const divisorOf = (loss, N) => ({ half_mse: 2 * N, mse: N, half_sse: 2, cross_entropy: N })[loss];

/** Return f′(at) of a function of a complex number. */
export const slope = (f, at) => f([at, STEP])[1] / STEP;

/** Return Σ vector · others as a function of one entry of the vector. */
export const productBy = (vector, place, others) => (value) => sum(vector.map((own, n) => scaled(others[n], n === place ? value : [own, 0])));

/** Return output p of a softmax of O as a function of its entry o. */
export const softmaxBy = (O, p, o) => (value) => softmax(withEntry(O, o, value))[p];

/** Return the cross-entropy of one sample's classes as a function of O's entry o. */
export const entropyBy = (O, y, o) => (value) => sum(outputTerms("softmax", FUSED, y, withEntry(O, o, value)));

const withEntry = (numbers, place, value) => numbers.map((own, n) => (n === place ? value : [own, 0]));

/** Return a loss's term of one output, from ŷ. */
export function term(loss, output, y, y_hat) {
  if (loss !== FUSED) return square(minus([y, 0], y_hat));
  const own = negative(weighted(y, ln(y_hat)));
  return output === "softmax" ? own : minus(own, weighted(1 - y, ln(minus([1, 0], y_hat))));
}

/** Return a loss's terms of one sample, from O; of cross-entropy in the form that is finite for any O. */
function outputTerms(output, loss, y, O) {
  if (loss !== FUSED) {
    const y_hat = output === "softmax" ? softmax(O) : O.map(ACTIVATIONS[output]);
    return y_hat.map((value, k) => term(loss, output, y[k], value));
  }
  if (output !== "softmax") return O.map((x, k) => entropyTerm(x, y[k]));
  const below = belowLargest(O);
  const total = ln(sum(below.map(exp)));
  return below.map((x, k) => weighted(y[k], minus(total, x)));
}

/** Return ln(1 + e^−|O|), and |O| where ŷ is on the wrong side. */
function entropyTerm(O, y) {
  const size = O[0] < 0 ? negative(O) : O;
  return plus(ln(plus([1, 0], exp(negative(size)))), scaled(O[0] < 0 ? y : 1 - y, size));
}

/** Return C, a pair, with a step ih of a weight; `forward`: of the samples without it. */
export function steppedCost(network, weights, forward, y, { layer, row, column }, loss, N) {
  const { rows, columns, values } = forward.inputs[layer - 1];
  const inputs = Float64Array.from({ length: rows }, (_, i) => (row < columns ? values[i * columns + row] : 1));
  return costOf(network, weights, forward, y, layer, column, inputs, loss, N);
}

/** Return ∂C/∂H⁽layer⁾ of one sample's unit, of the last matrix ∂C/∂O, with a step ih of it; `forward`: of that sample. */
export const deltaByStep = (network, weights, forward, y, layer, column, loss, N) =>
  costOf(network, weights, forward, y, layer, column, [1], loss, N)[1] / STEP;

/** Return C with a step ih times a factor a sample of one pre-activation. */
function costOf(network, weights, forward, y, layer, column, factors, loss, N) {
  let above = stepped(forward.sums[layer - 1], column, factors);
  for (let n = layer; n < depthOf(network); n++) {
    above = affine(activate(above, network.hidden), weights[n], network.shapes[n][1], isBiased(network, n + 1));
  }
  let total = [0, 0];
  for (let i = 0; i < above.rows; i++) {
    const targets = y.values.subarray(i * y.columns, (i + 1) * y.columns);
    total = plus(total, sum(outputTerms(network.output, loss, targets, rowOf(above, i))));
  }
  return scaled(1 / divisorOf(loss, N), total);
}

function stepped({ rows, columns, values }, column, factors) {
  const im = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) im[i * columns + column] = STEP * factors[i];
  return { rows, columns, re: values, im };
}

const rowOf = ({ columns, re, im }, i) => Array.from({ length: columns }, (_, k) => [re[i * columns + k], im[i * columns + k]]);

function activate({ rows, columns, re, im }, name) {
  const activated = { rows, columns, re: new Float64Array(re.length), im: new Float64Array(re.length) };
  for (let at = 0; at < re.length; at++) [activated.re[at], activated.im[at]] = ACTIVATIONS[name]([re[at], im[at]]);
  return activated;
}

/** Return a batch times a real matrix; `biased`: plus its last row. */
function affine({ rows, columns: K, re, im }, W, columns, biased) {
  const sums = { rows, columns, re: new Float64Array(rows * columns), im: new Float64Array(rows * columns) };
  for (let i = 0; i < rows; i++) {
    for (let l = 0; l < columns; l++) {
      let [a, b] = [0, 0];
      for (let k = 0; k < K; k++) {
        a += re[i * K + k] * W[k * columns + l];
        b += im[i * K + k] * W[k * columns + l];
      }
      sums.re[i * columns + l] = biased ? a + W[K * columns + l] : a;
      sums.im[i * columns + l] = b;
    }
  }
  return sums;
}
