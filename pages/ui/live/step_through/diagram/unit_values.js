// What the diagram shows at a stop: the numbers on its units, by columns, and the edges that the stop uses.
//
// Columns are counted from the inputs' 0 to the outputs' L, and the cost's L + 1. The edges between
// two columns have the number of the matrix; those from the outputs to the cost have L + 1.
import { deltaName, layersOf } from "../../chain_rule/network.js";
import { changeOf, resultOf, rowOf } from "../values.js";

const NEW_COST = "new_C";

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
  const isNew = (column) => stop.name === NEW_COST && 0 < column && column <= layersOf(scene);
  return Array.from({ length: layersOf(scene) + 2 }, (_, column) => (isNew(column) ? newActivation(scene, column) : before.findLast((one) => columnOf(scene, one) === column)));
}

/** Return a layer's activation with the new weights, as a stop. */
function newActivation(scene, layer) {
  const stop = scene.stops.find((one) => one.operation === "activation" && one.layer === layer);
  return { ...stop, name: `new_${stop.name}` };
}

/** Return the numbers of a column's units, of a sample. */
export function unitValues(scene, { name }, sample) {
  return scene[name] ? [...rowOf(scene[name], sample).values] : []; // there is nothing new where the run diverges
}

/** Return the numbers of the edges that a stop is about, by (layer, row, column), and the largest magnitude among them; or undefined. With `all` a gradient is that over all samples. */
export function edgeNumbers(scene, stop, { sample, all }) {
  const last = layersOf(scene);
  const of = (array, at) => ({ at, largest: largest(array) });
  switch (stop.operation) {
    case "weights": {
      const delta = rowOf(scene[deltaName(scene, stop.layer)], sample).values;
      return of(delta, (layer, row, column) => delta[column]);
    }
    case "error": {
      const error = unitValues(scene, stop, sample);
      return of(error, (layer, row) => error[row]);
    }
    case "gradient": {
      const { columns, values } = resultOf(scene, stop, all ? undefined : sample);
      return of(values, (layer, row, column) => values[row * columns + column]);
    }
    case "update": {
      const changes = Array.from({ length: last }, (_, i) => changeOf(scene, i + 1));
      return of(changes.flatMap(({ values }) => [...values]), (layer, row, column) => changes[layer - 1].values[row * changes[layer - 1].columns + column]);
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

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
