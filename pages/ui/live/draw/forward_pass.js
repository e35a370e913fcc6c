// The network at points of the plane of two features, all its layers.

const WORK = { moving: 150_000, still: 1_500_000 }; // evaluations of hidden units at most for one image
const OUTPUT = 1 / 8; // of a hidden unit's work, per unit or output that it feeds
const LEAST = { moving: 4, still: 16 }; // points per side, whatever the work: so few that a film of the largest network goes on

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const tanh = (x) => 2 * sigmoid(2 * x) - 1; // faster than Math.tanh
const ACTIVATIONS = { sigmoid, tanh, relu: (x) => Math.max(0, x), identity: (x) => x };

/** Return how many points per side are affordable, up to `most`: for a film, or `still` for one image. */
export function pointsPerSide({ units, outputs }, most, still = false) {
  const work = units.reduce((sum, count, n) => sum + count * (1 + OUTPUT * (units[n + 1] ?? outputs)), 0);
  const kind = still ? "still" : "moving";
  return Math.min(most, Math.max(LEAST[kind], Math.floor(Math.sqrt(WORK[kind] / work))));
}

/** Return points of the plane, with arrays for the `units` of each hidden layer and `outputs` outputs. */
export function createGrid(x, y, units, outputs) {
  const points = x.length * y.length;
  return { x, y, points, Z: units.map((count) => new Float64Array(count * points)), y_hat: new Float64Array(outputs * points) };
}

/** Return n × n points of the plane, its edges included; the first row is at the top. */
export function gridOver({ x, y }, n, units, outputs) {
  const along = ({ low, high }) => Float64Array.from({ length: n }, (_, i) => low + (i / (n - 1)) * (high - low));
  return createGrid(along(x), along(y).reverse(), units, outputs);
}

/** Return one point, given as shares of the plane's sides from the left and from the top, and its features. */
export function pointAt({ x, y, units, outputs }, right, down) {
  const scaled = ({ low, high }, share) => [low + share * (high - low)];
  const raw = ({ rawLow, rawHigh }, share) => rawLow + share * (rawHigh - rawLow);
  return { ...createGrid(scaled(x, right), scaled(y, 1 - down), units, outputs), features: { x: raw(x, right), y: raw(y, 1 - down) } };
}

/**
 * Evaluate the plane's network at every point of a grid, fill it and return it. Z holds the units of
 * each hidden layer one after the other, y_hat the outputs, each row by row: y.length rows of x.length.
 *
 * `slice` has three rows of the first layer's m weights (of feature x, of feature y, and the sum of
 * the rest), then each later matrix, row by row: as many rows as units before or, with a hidden bias,
 * one more. Of the last layer a grid may hold the first units only.
 */
export function evaluate(slice, grid, plane) {
  const matrix = evaluateUnits(slice, grid, plane);
  const { Z, y_hat, points } = grid;
  multiply(slice, matrix, Z.at(-1), y_hat, { rows: plane.units.at(-1), columns: plane.outputs, biased: plane.biasHidden, points });
  if (plane.activations.output === "softmax") softmax(y_hat, plane.outputs, points);
  else activate(y_hat, ACTIVATIONS[plane.activations.output]);
  return grid;
}

/** Evaluate the hidden layers; return where in `slice` the last matrix begins. */
export function evaluateUnits(slice, { x, y, Z, points }, { units, activations, biasHidden }) {
  const hidden = ACTIVATIONS[activations.hidden];
  evaluateFirst(slice, x, y, Z[0], units[0], hidden);
  let matrix = 3 * units[0];
  for (let n = 1; n < units.length; n++) {
    const [rows, columns] = [units[n - 1], units[n]];
    multiply(slice, matrix, Z[n - 1], Z[n], { rows, columns, biased: biasHidden, points });
    activate(Z[n], hidden);
    matrix += (rows + Number(biasHidden)) * columns;
  }
  return matrix;
}

function evaluateFirst(slice, x, y, Z, m, hidden) {
  for (let l = 0, i = 0; i < Z.length; l++) {
    const [alongX, alongY, offset] = [slice[l], slice[m + l], slice[2 * m + l]];
    for (let row = 0; row < y.length; row++) {
      const start = y[row] * alongY + offset;
      for (let column = 0; column < x.length; column++) Z[i++] = hidden(x[column] * alongX + start);
    }
  }
}

/** Set `sums` to the units of `from` times the matrix that begins at slice[start]; four units at a time, for speed. */
function multiply(slice, start, from, sums, { rows, columns, biased, points }) {
  const weight = (row, column) => slice[start + row * columns + column];
  for (let k = 0; k * points < sums.length; k++) {
    const to = k * points;
    sums.fill(biased ? weight(rows, k) : 0, to, to + points);
    let l = 0;
    for (; l + 4 <= rows; l += 4) {
      const [u, v, w, z] = [weight(l, k), weight(l + 1, k), weight(l + 2, k), weight(l + 3, k)];
      const [a, b, c, d] = [l * points, (l + 1) * points, (l + 2) * points, (l + 3) * points];
      for (let i = 0; i < points; i++) sums[to + i] = sums[to + i] + u * from[a + i] + v * from[b + i] + w * from[c + i] + z * from[d + i];
    }
    for (; l < rows; l++) {
      const [u, a] = [weight(l, k), l * points];
      for (let i = 0; i < points; i++) sums[to + i] += u * from[a + i];
    }
  }
}

function activate(values, activation) {
  for (let i = 0; i < values.length; i++) values[i] = activation(values[i]);
}

/** Apply softmax to the outputs of each point; the largest is subtracted first, so that no power overflows. */
function softmax(y_hat, outputs, points) {
  for (let i = 0; i < points; i++) {
    let [most, sum] = [-Infinity, 0];
    for (let k = 0; k < outputs; k++) most = Math.max(most, y_hat[k * points + i]);
    for (let k = 0; k < outputs; k++) sum += y_hat[k * points + i] = Math.exp(y_hat[k * points + i] - most);
    for (let k = 0; k < outputs; k++) y_hat[k * points + i] /= sum;
  }
}
