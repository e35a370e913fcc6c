// The forward pass and the chain rule of a network of any depth, in full precision, by core's names.
//
// A network:  { shapes: [[rows, columns], …], bias: { input, hidden }, hidden, output }: activations by core's names.
// Weights:    a Float64Array a matrix, row by row, a bias row last.
// A batch:    { rows, columns, values }: a row a sample. `N` is the number of all samples, of which a batch may be a part.

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const ACTIVATIONS = { // the value, and the slope in terms of it
  sigmoid: { value: sigmoid, slope: (a) => a * (1 - a) },
  tanh: { value: Math.tanh, slope: (a) => 1 - a * a },
  relu: { value: (x) => Math.max(0, x), slope: (a) => (a > 0 ? 1 : 0) },
  identity: { value: (x) => x, slope: () => 1 },
};
const DIVISORS = { half_mse: (N) => 2 * N, mse: (N) => N, half_sse: () => 2 }; // of a sum of squares
export const FUSED = "cross_entropy"; // ∂C/∂O is computed in one step

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
  const sums = batch(rows, columns);
  for (let i = 0; i < rows; i++) {
    const to = i * columns;
    for (let k = 0; k < K; k++) {
      const value = values[i * K + k];
      for (let l = 0; l < columns; l++) sums.values[to + l] += value * W[k * columns + l];
    }
    if (biased) for (let l = 0; l < columns; l++) sums.values[to + l] += W[K * columns + l];
  }
  return sums;
}

function activate(sums, name) {
  if (name === "softmax") return softmax(sums);
  return { ...sums, values: sums.values.map(ACTIVATIONS[name].value) };
}

/** Apply softmax to each sample; the largest is subtracted first, so that no power overflows. */
function softmax({ rows, columns, values }) {
  const shares = batch(rows, columns);
  for (let i = 0; i < rows; i++) {
    const own = values.subarray(i * columns, (i + 1) * columns);
    const most = Math.max(...own);
    const powers = own.map((x) => Math.exp(x - most));
    const sum = powers.reduce((total, power) => total + power, 0);
    shares.values.set(powers.map((power) => power / sum), i * columns);
  }
  return shares;
}

/** Return each sample's share of C among N, one a row. */
export function costs(network, forward, y, loss, N) {
  const [O, y_hat, K] = [forward.sums.at(-1).values, forward.values.at(-1).values, y.columns];
  const found = batch(y.rows, 1);
  for (let i = 0; i < y.rows; i++) {
    if (loss === FUSED && network.output === "softmax") found.values[i] = classTerm(O, y.values, i * K, K) / N;
    else for (let at = i * K; at < (i + 1) * K; at++) found.values[i] += loss === FUSED ? entropyTerm(O[at], y.values[at]) : (y.values[at] - y_hat[at]) ** 2;
    if (!(loss === FUSED && network.output === "softmax")) found.values[i] /= loss === FUSED ? N : DIVISORS[loss](N);
  }
  return found;
}

/** Return −y ln σ(O) − (1 − y) ln(1 − σ(O)), finite for any O. */
const entropyTerm = (O, y) => Math.log1p(Math.exp(-Math.abs(O))) + Math.abs(O) * (O > 0 ? 1 - y : y);

/** Return −Σ y ln softmax(O) of the K outputs from `start` on; see core/losses.py. */
function classTerm(O, y, start, K) {
  const own = Array.from({ length: K }, (_, k) => O[start + k]);
  const top = own.indexOf(Math.max(...own));
  const others = own.reduce((sum, x, k) => (k === top ? sum : sum + Math.exp(x - own[top])), 0);
  return own.reduce((sum, x, k) => sum + y[start + k] * (Math.log1p(others) - (x - own[top])), 0);
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

const mapped = (of, change) => ({ ...of, values: of.values.map(change) });

const times = (a, b) => ({ ...a, values: a.values.map((value, at) => value * b.values[at]) });

/** Return ∂C/∂ŷ. */
function errors(network, y, y_hat, loss, N) {
  const of = (error) => ({ ...y, values: y.values.map((target, at) => error(target, y_hat.values[at])) });
  if (loss !== FUSED) return of((target, a) => -(target - a) / (DIVISORS[loss](N) / 2));
  if (network.output === "softmax") return of((target, a) => (target === 0 ? 0 : -target / a) / N);
  return of((target, a) => (target === 1 ? -1 / a : target === 0 ? 1 / (1 - a) : (a - target) / (a * (1 - a))) / N);
}

function outputSlopes(network, y_hat) {
  if (network.output !== "softmax") return mapped(y_hat, ACTIVATIONS[network.output].slope);
  const { rows, columns: K, values } = y_hat;
  const jacobians = batch(rows, K * K);
  for (let i = 0; i < rows; i++) {
    for (let p = 0; p < K; p++) for (let o = 0; o < K; o++) jacobians.values[(i * K + p) * K + o] = values[i * K + p] * (Number(p === o) - values[i * K + o]);
  }
  return jacobians;
}

/** Return ∂C/∂O. */
function outputDelta(network, y, y_hat, loss, N, error, slope) {
  if (loss === FUSED) return { ...y, values: y_hat.values.map((a, at) => (a - y.values[at]) / N) };
  if (network.output !== "softmax") return times(error, slope);
  const { rows, columns: K } = y_hat;
  const delta = batch(rows, K);
  for (let i = 0; i < rows; i++) {
    const own = (k) => i * K + k;
    let mean = 0;
    for (let k = 0; k < K; k++) mean += error.values[own(k)] * y_hat.values[own(k)];
    for (let k = 0; k < K; k++) delta.values[own(k)] = y_hat.values[own(k)] * (error.values[own(k)] - mean);
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

/** Return ∂C/∂W of each matrix: its inputs, transposed, times its δ. */
export function gradients(network, forward, { deltas }) {
  return deltas.map((delta, n) => outerSum(network, n + 1, forward.inputs[n], delta));
}

/** Return the samples' contributions to each weight, added one by one as if they had been computed alone, and their magnitudes. */
export function sumsAndSizes(network, forward, { deltas }) {
  const size = ({ values, ...batch }) => ({ ...batch, values: values.map(Math.abs) });
  return {
    sums: deltas.map((delta, n) => outerSum(network, n + 1, forward.inputs[n], delta)),
    sizes: deltas.map((delta, n) => outerSum(network, n + 1, size(forward.inputs[n]), size(delta))),
  };
}

function outerSum(network, layer, { rows: samples, columns: K, values }, delta) {
  const [rows, columns] = network.shapes[layer - 1];
  const sum = new Float64Array(rows * columns);
  const biased = isBiased(network, layer);
  for (let i = 0; i < samples; i++) {
    for (let k = 0; k < rows; k++) {
      const input = biased && k === K ? 1 : values[i * K + k];
      if (input === 0) continue;
      for (let l = 0; l < columns; l++) sum[k * columns + l] += input * delta.values[i * columns + l];
    }
  }
  return sum;
}
