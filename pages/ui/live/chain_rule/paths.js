// The paths from a weight to the cost: one through each choice of a unit in every later layer.
import { deltaOf, entryOf, inputsOf, layersOf, slopesOf } from "./network.js";

/**
 * The paths of one sample. A path is a list of units: the weight's column, one unit of each later hidden layer, the output.
 * From each unit the largest ways on to the cost are kept; magnitudes multiply, so the largest of all begin with one of them.
 * Of equals the one with the lowest next unit comes first: as in core/chain/paths.py.
 */
export class Paths {
  #ways = new Map(); // by output and count: for each layer, for each unit, its largest ways to the cost

  constructor(scene) {
    this.scene = scene;
    this.layers = layersOf(scene);
  }

  /** Return how many paths a weight has. */
  count({ layer }) {
    const columns = (later) => this.scene[`W${later}`].columns;
    return Array.from({ length: this.layers - layer }, (_, i) => columns(layer + 1 + i)).reduce((product, units) => product * units, 1);
  }

  /** Return at most `count` paths of the largest |product|, largest first: { units, product }; of those to one output, if given. */
  largest(weight, count, output = undefined) {
    const { layer, row, column } = weight;
    const input = inputsOf(this.scene, layer)[row];
    return this.#waysFrom(layer, count, output)[column].map((way) => ({ units: unitsOf(column, way), product: way.product * input }));
  }

  /** Return, for each unit of W⁽layer⁾'s columns, its largest ways: { product, unit, next }. */
  #waysFrom(layer, count, output) {
    const key = `${count} ${output}`;
    const found = this.#ways.get(key) ?? [];
    this.#ways.set(key, found);
    for (let at = this.layers; at >= layer; at--) found[at] ??= this.#extend(at, found[at + 1], count, output);
    return found[layer];
  }

  #extend(layer, later, count, output) {
    const delta = deltaOf(this.scene, this.layers);
    if (layer === this.layers) return Array.from(delta, (product, o) => (o === (output ?? o) ? [{ product }] : []));
    const slopes = slopesOf(this.scene, layer);
    return Array.from(slopes, (slope, unit) => {
      const largest = [];
      later.forEach((ways, to) => {
        const weight = entryOf(this.scene, layer + 1, unit, to);
        for (const next of ways) if (!insert(largest, next.product * weight, { unit: to, next }, count)) break;
      });
      return largest.map((way) => ({ ...way, product: way.product * slope }));
    });
  }
}

const sizeOf = (product) => Math.abs(product) || 0; // NaN counts as 0

/** Insert a way among at most `count`, the largest first; return whether it is among them. */
function insert(largest, product, way, count) {
  const size = sizeOf(product);
  let at = largest.length;
  while (at > 0 && size > sizeOf(largest[at - 1].product)) at -= 1;
  if (at === count) return false;
  largest.splice(at, 0, { ...way, product });
  largest.length = Math.min(largest.length, count);
  return true;
}

function unitsOf(column, way) {
  const units = [column];
  for (let at = way; at.next; at = at.next) units.push(at.unit);
  return units;
}

/**
 * Return each output's part of the sample's contribution to a weight's gradient: the sum over all paths to it.
 * `measure` is applied to every number: magnitudes give the sums of the paths' magnitudes.
 */
export function productsOf(scene, { layer, row, column }, measure = (value) => value) {
  const last = layersOf(scene);
  const input = measure(inputsOf(scene, layer)[row]);
  const errors = Array.from(scene.dC_dO.values, measure); // the first two factors, fused where the loss says so
  if (layer === last) return errors.map((error, o) => (o === column ? error * input : 0)); // the weight reaches no other output
  let change = rowOf(scene, layer + 1, column, measure);
  for (let at = layer + 1; at < last; at++) {
    const slopes = slopesOf(scene, at);
    const next = new Array(scene[`W${at + 1}`].columns).fill(0);
    change.forEach((value, unit) => {
      const through = value * measure(slopes[unit]);
      rowOf(scene, at + 1, unit, measure).forEach((weight, to) => { next[to] += through * weight; });
    });
    change = next;
  }
  const slope = measure(slopesOf(scene, layer)[column]);
  return errors.map((error, o) => error * change[o] * slope * input);
}

const rowOf = (scene, layer, row, measure) => {
  const { columns, values } = scene[`W${layer}`];
  return Array.from(values.subarray(row * columns, (row + 1) * columns), measure);
};
