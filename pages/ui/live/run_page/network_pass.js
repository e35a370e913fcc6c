// The forward pass and the chain rule of a network of any depth, in full precision, by core's names.
//
// A network:  { shapes: [[rows, columns], …], bias: { input, hidden }, hidden, output }: activations by core's names.
// Weights:    a Float64Array a matrix, row by row, a bias row last.
// A batch:    { rows, columns, values }: a row a sample. `N` is the number of all samples, of which a batch may be a part.

/** Return 1 / (1 + e⁻ˣ); only e^−|x| is computed, which keeps its digits at either end. */
function sigmoid(x) {
  const e = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

const ACTIVATIONS = { // the value, and the slope in terms of it
  sigmoid: { value: sigmoid, slope: (a) => a * (1 - a) },
  tanh: { value: Math.tanh, slope: (a) => 1 - a * a },
  relu: { value: (x) => Math.max(0, x), slope: (a) => (a > 0 ? 1 : 0) },
  identity: { value: (x) => x, slope: () => 1 },
};
const DIVISORS = { half_mse: 2, mse: 1, half_sse: 2 }; // of a sample's sum of squares, if it were alone
export const FUSED = "cross_entropy"; // ∂C/∂O is computed in one step
const PARTS = 4; // sums of every fourth sample, of which a gradient is put together

/** Return what C of a sample alone is multiplied by to be its share of C of N. */
const shareOf = (loss, N) => (loss === "half_sse" ? 1 : 1 / N);

/** Return L, the number of matrices. */
export const depthOf = ({ shapes }) => shapes.length;

/** Return whether W⁽layer⁾ has a bias row. */
export const isBiased = ({ bias }, layer) => bias[layer === 1 ? "input" : "hidden"];

/** Return the name of a hidden layer's array: Z, or of several hidden layers Z2. */
export const nameOf = (network, letter, layer) => `${letter}${depthOf(network) > 2 ? layer : ""}`;

/** Return a batch of zeros. */
export const batch = (rows, columns) => ({ rows, columns, values: new Float64Array(rows * columns) });

/** Return some rows of a batch, as a view. */
export const rowsOfBatch = ({ columns, values }, from, count = 1) => ({ rows: count, columns, values: values.subarray(from * columns, (from + count) * columns) });

/** Return a batch with a last column of ones. */
export function withOnes({ rows, columns, values }) {
  const wide = batch(rows, columns + 1);
  for (let i = 0; i < rows; i++) {
    wide.values.set(values.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
    wide.values[i * (columns + 1) + columns] = 1;
  }
  return wide;
}

// ---- forward

/** Return what each matrix multiplies (without the constant 1), its pre-activations and its values: X, Z1, …; H1, …, O; Z1, …, ŷ. */
export function forwardPass(network, weights, X) {
  const forward = { inputs: [], sums: [], values: [] };
  weights.forEach((W, n) => {
    const inputs = n ? forward.values[n - 1] : X;
    const sums = product(inputs, W, network.shapes[n][1], isBiased(network, n + 1));
    forward.inputs.push(inputs);
    forward.sums.push(sums);
    forward.values.push(activate(sums, n === weights.length - 1 ? network.output : network.hidden));
  });
  return forward;
}

/** Return a batch times a matrix; `biased`: plus its last row. */
function product({ rows, columns: K, values }, W, columns, biased) {
  const found = batch(rows, columns);
  const sums = found.values; // a property, read once: the loops are what a film spends its time on
  for (let i = 0; i < rows; i++) {
    const to = i * columns;
    let [k, from] = [0, i * K];
    for (; k + 3 < K; k += 4, from += 4) { // four at a time, for speed
      const [first, second, third, fourth] = [values[from], values[from + 1], values[from + 2], values[from + 3]];
      for (let l = 0, at = k * columns; l < columns; l++, at++) sums[to + l] += first * W[at] + second * W[at + columns] + third * W[at + 2 * columns] + fourth * W[at + 3 * columns];
    }
    for (; k < K; k++, from++) for (let l = 0; l < columns; l++) sums[to + l] += values[from] * W[k * columns + l];
    if (biased) for (let l = 0; l < columns; l++) sums[to + l] += W[K * columns + l];
  }
  return found;
}

function activate(sums, name) {
  return name === "softmax" ? softmax(sums) : mapped(sums, ACTIVATIONS[name].value);
}

/** Apply softmax to each sample; the largest is subtracted first, so that no power overflows. */
function softmax({ rows, columns: K, values }) {
  const shares = batch(rows, K);
  for (let i = 0; i < rows; i++) {
    const [start, end] = [i * K, (i + 1) * K];
    const top = topOf(values, start, end);
    let sum = 0;
    for (let at = start; at < end; at++) sum += shares.values[at] = Math.exp(values[at] - values[top]);
    for (let at = start; at < end; at++) shares.values[at] /= sum;
  }
  return shares;
}

/** Return where the largest of some numbers stands, the first of equals; as in NumPy a NaN is the largest. */
function topOf(values, start, end) {
  let top = start;
  for (let at = start; at < end; at++) {
    if (Number.isNaN(values[at])) return at;
    if (values[at] > values[top]) top = at;
  }
  return top;
}

/** Return each sample's share of C among N, one a row. */
export function costs(network, forward, y, loss, N) {
  const [O, y_hat, K] = [forward.sums.at(-1).values, forward.values.at(-1).values, y.columns];
  const cost = costOf(loss, network.output);
  const found = batch(y.rows, 1);
  for (let i = 0; i < y.rows; i++) found.values[i] = shareOf(loss, N) * cost(y.values, y_hat, O, i * K, (i + 1) * K);
  return found;
}

/** Return a function of C of a sample alone, whose numbers stand from `start` to `end`. */
function costOf(loss, output) {
  if (loss === FUSED) return output === "softmax" ? classCost : entropyCost;
  return (y, y_hat, O, start, end) => squares(y, y_hat, start, end) / DIVISORS[loss];
}

function squares(y, y_hat, start, end) {
  let sum = 0;
  for (let at = start; at < end; at++) sum += (y[at] - y_hat[at]) ** 2;
  return sum;
}

/** Return Σ −y ln σ(O) − (1 − y) ln(1 − σ(O)), finite for any O. */
function entropyCost(y, y_hat, O, start, end) {
  let sum = 0;
  for (let at = start; at < end; at++) {
    const size = Math.abs(O[at]);
    sum += Math.log1p(Math.exp(-size)) + size * (O[at] > 0 ? 1 - y[at] : y[at]);
  }
  return sum;
}

/** Return −Σ y ln softmax(O), finite for any O; log1p takes what the largest leaves: see core/losses.py. */
function classCost(y, y_hat, O, start, end) {
  const top = topOf(O, start, end);
  let [others, sum] = [0, 0];
  for (let at = start; at < end; at++) if (at !== top) others += Math.exp(O[at] - O[top]);
  for (let at = start; at < end; at++) sum += y[at] * (Math.log1p(others) - (O[at] - O[top]));
  return sum;
}

// ---- backward

/**
 * Return ∂C by every layer: `error` ∂C/∂ŷ, `slope` ∂ŷ/∂O (of a softmax each sample's Jacobian in a row), `deltas` ∂C by each
 * matrix's pre-activation, `through` ∂C/∂Z and `slopes` ∂Z/∂H of each hidden layer.
 */
export function backwardPass(network, weights, forward, y, loss, N) {
  const last = weights.length - 1;
  const y_hat = forward.values[last];
  const error = errors(network, y, y_hat, loss, N);
  const slope = outputSlopes(network, y_hat);
  const deltas = [];
  deltas[last] = outputDelta(network, y, y_hat, loss, N, error, slope);
  const [through, slopes] = [[], []];
  for (let n = last; n > 0; n--) {
    through[n - 1] = pull(deltas[n], weights[n], network.shapes[n - 1][1]);
    slopes[n - 1] = mapped(forward.values[n - 1], ACTIVATIONS[network.hidden].slope);
    deltas[n - 1] = times(through[n - 1], slopes[n - 1]);
  }
  return { error, slope, deltas, through, slopes };
}

function mapped({ rows, columns, values }, change) {
  const found = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) found[at] = change(values[at]);
  return { rows, columns, values: found };
}

function combined({ rows, columns, values }, others, combine) {
  const [found, other] = [new Float64Array(values.length), others.values];
  for (let at = 0; at < values.length; at++) found[at] = combine(values[at], other[at]);
  return { rows, columns, values: found };
}

const times = (a, b) => combined(a, b, (value, other) => value * other);

/** Return ∂C/∂ŷ: that of each sample alone, times its share. */
function errors(network, y, y_hat, loss, N) {
  const share = shareOf(loss, N);
  const alone = errorOf(loss, network.output);
  return combined(y, y_hat, (target, a) => share * alone(target, a));
}

function errorOf(loss, output) {
  if (loss !== FUSED) return (y, a) => -(y - a) / (DIVISORS[loss] / 2);
  if (output === "softmax") return (y, a) => (y === 0 ? 0 : -y / a);
  return (y, a) => (y === 1 ? -1 / a : y === 0 ? 1 / (1 - a) : (a - y) / (a * (1 - a)));
}

/** Return ∂ŷ/∂O; of a softmax each sample's Jacobian, diag(ŷ) − ŷ ŷᵀ. */
function outputSlopes(network, y_hat) {
  if (network.output !== "softmax") return mapped(y_hat, ACTIVATIONS[network.output].slope);
  const { rows, columns: K, values } = y_hat;
  const jacobians = batch(rows, K * K);
  for (let i = 0; i < rows; i++) {
    for (let p = 0; p < K; p++) for (let o = 0; o < K; o++) jacobians.values[(i * K + p) * K + o] = values[i * K + p] * (Number(p === o) - values[i * K + o]);
  }
  return jacobians;
}

/** Return ∂C/∂O: (ŷ − y)/N in one step if the loss is fused, else the product of two factors. */
function outputDelta(network, y, y_hat, loss, N, error, slope) {
  const share = shareOf(loss, N);
  if (loss === FUSED) return combined(y, y_hat, (target, a) => share * (a - target));
  return network.output === "softmax" ? softmaxProduct(error, y_hat) : times(error, slope);
}

/** Return each sample's ∂C/∂ŷ times its Jacobian, without the Jacobian. */
function softmaxProduct(error, y_hat) {
  const { rows, columns: K, values } = y_hat;
  const delta = batch(rows, K);
  for (let i = 0; i < rows; i++) {
    const [start, end] = [i * K, (i + 1) * K];
    let mean = 0;
    for (let at = start; at < end; at++) mean += error.values[at] * values[at];
    for (let at = start; at < end; at++) delta.values[at] = values[at] * (error.values[at] - mean);
  }
  return delta;
}

/** Return δ times a matrix without its bias row, transposed: ∂C/∂Z of the `rows` units before it. */
function pull({ rows: samples, columns, values }, W, rows) {
  const through = batch(samples, rows);
  for (let i = 0; i < samples; i++) {
    for (let k = 0; k < rows; k++) {
      let sum = 0;
      for (let l = 0; l < columns; l++) sum += values[i * columns + l] * W[k * columns + l];
      through.values[i * rows + k] = sum;
    }
  }
  return through;
}

// ---- over all samples

/** Return ∂C/∂W of each matrix: its inputs, transposed, times its δ; put together of sums of every fourth sample. */
export function gradients(network, forward, { deltas }) {
  return deltas.map((delta, n) => {
    const parts = outerSums(network, n + 1, forward.inputs[n], delta, PARTS);
    return parts[0].map((first, at) => first + parts[1][at] + (parts[2][at] + parts[3][at]));
  });
}

/** Return the samples' contributions to each weight, added one by one, and their magnitudes. */
export function sumsAndSizes(network, forward, { deltas }) {
  const sizes = (of) => mapped(of, Math.abs);
  return {
    sums: deltas.map((delta, n) => outerSums(network, n + 1, forward.inputs[n], delta)[0]),
    sizes: deltas.map((delta, n) => outerSums(network, n + 1, sizes(forward.inputs[n]), sizes(delta))[0]),
  };
}

/** Return sums over samples of what the matrix multiplies times δ, of its shape; of several `parts` sample i is in part i mod `parts`. */
function outerSums(network, layer, { rows: samples, columns: K, values }, delta, parts = 1) {
  const [rows, columns] = network.shapes[layer - 1];
  const sums = Array.from({ length: parts }, () => new Float64Array(rows * columns));
  const deltas = delta.values;
  for (let i = 0; i < samples; i++) {
    const sum = sums[i % parts];
    for (let k = 0; k < rows; k++) {
      const input = k < K ? values[i * K + k] : 1; // the bias row's
      for (let l = 0; l < columns; l++) sum[k * columns + l] += input * deltas[i * columns + l];
    }
  }
  return sums;
}

/** Return ‖∂C/∂W‖ of each matrix, the root of its sum of squares. */
export const norms = (gradients) => gradients.map((matrix) => Math.sqrt(matrix.reduce((sum, value) => sum + value * value, 0)));

// ---- how good the predictions are

/** Return the accuracy, or R² of a regression, of batches of predictions and targets; `threshold`: of a single output's class; NaN where it is not defined: see core/dataset/metrics.py. */
export function score(task, y_hat, y, threshold) {
  if (!y.rows) return NaN;
  return task === "regression" ? rSquared(y_hat, y) : accuracy(y_hat, y, threshold);
}

function rSquared(y_hat, y) {
  const { rows, columns: K, values } = y;
  const sums = new Float64Array(K);
  values.forEach((value, at) => (sums[at % K] += value));
  const spread = values.reduce((sum, value, at) => sum + (value - sums[at % K] / rows) ** 2, 0);
  return spread ? 1 - squares(values, y_hat.values, 0, values.length) / spread : NaN;
}

function accuracy(y_hat, y, threshold) {
  let right = 0;
  for (let i = 0; i < y.rows; i++) right += Number(classOf(y_hat, i, threshold) === classOf(y, i, threshold));
  return right / y.rows;
}

/** Return the class of a row, from 0: that of the largest output, the first of equals; of a single output whether it reaches the threshold. */
export function classOf({ columns: K, values }, row, threshold) {
  return K === 1 ? Number(values[row] >= threshold) : topOf(values, row * K, (row + 1) * K) - row * K;
}
