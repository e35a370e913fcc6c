// What the diagram shows at a stop: the numbers on its units, by columns, and the edges that the stop uses.
//
// Columns are counted from the inputs' 0 to the outputs' L, and the cost's L + 1. The edges between
// two columns have the number of the matrix; those from the outputs to the cost have L + 1.
import { layersOf } from "../chain_rule/network.js";
import { resultOf, rowOf } from "./values.js";

const NEW_COST = "new_C";
const ROUNDING = 1e-13; // of a sum of |terms|

/** Return the column on whose units a stop's result stands; undefined if it belongs to edges. */
export function columnOf(scene, { operation, layer }) {
  switch (operation) {
    case "inputs": return 0;
    case "weights": return layer - 1;
    case "error": return layersOf(scene);
    case "cost": return layersOf(scene) + 1;
    case "gradient": case "update": return undefined;
    default: return layer;
  }
}

/** Return, for each column, the stop whose result stands on its units: the latest one; undefined where there is none yet. */
export function columnStops(scene, stop) {
  const before = scene.stops.slice(0, scene.stops.findIndex(({ name }) => name === stop.name) + 1);
  const latest = Array.from({ length: layersOf(scene) + 2 }, (_, column) => before.findLast((one) => columnOf(scene, one) === column));
  const forgets = stop.name === NEW_COST; // the units' values with the new weights are not sent
  return latest.map((one, column) => (forgets && column > 0 && column < latest.length - 1 ? undefined : one));
}

/** Return the numbers of a column's units: of a sample, or their means over all that were sent; C is then that of all samples. */
export function unitValues(scene, { name, operation }, sample, all) {
  if (operation === "cost" && all) return [scene[name === NEW_COST ? "new_cost" : "cost"] ?? undefined];
  const array = scene[name];
  if (!array) return []; // there is no new C where the run diverges
  return all ? means(array) : [...rowOf(array, sample).values];
}

/** Return the numbers of the edges that a stop is about, by (layer, row, column), and the largest magnitude among them; or undefined. */
export function edgeNumbers(scene, stop, sample, all) {
  const last = layersOf(scene);
  const of = (array, at) => ({ at, largest: largest(array) });
  switch (stop.operation) {
    case "weights": {
      const delta = unitValues(scene, columnStops(scene, stop)[stop.layer], sample, all);
      return of(delta, (layer, row, column) => delta[column]);
    }
    case "error": {
      const error = unitValues(scene, stop, sample, all);
      return of(error, (layer, row) => error[row]);
    }
    case "gradient": {
      const { columns, values } = resultOf(scene, stop, all ? undefined : sample);
      return of(values, (layer, row, column) => values[row * columns + column]);
    }
    case "update": {
      const changes = Array.from({ length: last }, (_, i) => scene[`new_W${i + 1}`].values.map((value, n) => value - scene[`W${i + 1}`].values[n]));
      return of(changes.flatMap((values) => [...values]), (layer, row, column) => changes[layer - 1][row * scene[`W${layer}`].columns + column]);
    }
    default: return undefined;
  }
}

/** Return how a stop's numbers flow: { kind, layers, from, to }: line style, edges, and the columns where it begins and ends. */
export function flowAt(scene, stop) {
  const { operation, layer, backward, name } = stop;
  const last = layersOf(scene);
  const every = Array.from({ length: last }, (_, i) => i + 1);
  const kind = operation === "update" ? "update" : backward ? "backward" : "forward";
  switch (operation) {
    case "sum": return { kind, layers: [layer], from: layer - 1, to: layer };
    case "weights": return { kind, layers: [layer], from: layer, to: layer - 1 };
    case "error": return { kind, layers: [last + 1], from: last + 1, to: last };
    case "gradient": return { kind, layers: [layer], from: layer };
    case "update": return { kind, layers: every };
    case "cost": return name === NEW_COST ? { kind, layers: [...every, last + 1], to: last + 1 } : { kind, layers: [last + 1], from: last, to: last + 1 };
    default: return { kind, layers: [], to: columnOf(scene, stop) };
  }
}

/** Return the mean of each column; of standardised numbers it is 0, not what rounding leaves. */
function means({ rows, columns, values }) {
  return Array.from({ length: columns }, (_, column) => {
    let [sum, size] = [0, 0];
    for (let row = 0; row < rows; row++) {
      sum += values[row * columns + column];
      size += Math.abs(values[row * columns + column]);
    }
    return Math.abs(sum) < ROUNDING * size ? 0 : sum / rows;
  });
}

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
