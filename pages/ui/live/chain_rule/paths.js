// The paths from a weight to the cost: one through each choice of a unit in every later layer.
import { deltaOf, inputsOf, layersOf, slopesOf } from "./network.js";

const signed = (value) => value;

/**
 * The paths of one sample. A path is a list of units: the weight's column, one unit of each later hidden layer, the output.
 * From each unit the largest ways on to the cost are kept; magnitudes multiply, so the largest of all begin with one of them.
 * Of equals the one with the lowest next unit comes first: as in core/chain/paths.py.
 */
export class Paths {
  #ways = new Map(); // by output and count: for each layer, for each unit, its largest ways to the cost
  #changes = new Map(); // by measure: for each hidden layer, how O changes with each unit's value, row by row

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

  /**
   * Return each output's part of the sample's contribution to a weight's gradient: the sum over all paths to it.
   * `measure` is applied to every number: magnitudes give the sums of the paths' magnitudes.
   */
  products({ layer, row, column }, measure = signed) {
    const { scene } = this;
    const input = measure(inputsOf(scene, layer)[row]);
    const errors = Array.from(scene.dC_dO.values, measure); // the first two factors, fused where the loss says so
    if (layer === this.layers) return errors.map((error, o) => (o === column ? error * input : 0)); // the weight reaches no other output
    const changes = this.#changesFrom(layer, measure);
    const slope = measure(slopesOf(scene, layer)[column]);
    return errors.map((error, o) => error * changes[column * errors.length + o] * slope * input);
  }

  /** Return the sums over the paths from each unit of a hidden layer to each output, without the unit's slope. */
  #changesFrom(layer, measure) {
    const found = this.#changes.get(measure) ?? [];
    this.#changes.set(measure, found);
    for (let at = this.layers - 1; at >= layer; at--) found[at] ??= this.#changesBefore(at, found[at + 1], measure);
    return found[layer];
  }

  #changesBefore(layer, later, measure) {
    const { columns, values } = this.scene[`W${layer + 1}`];
    if (!later) return values.map(measure);
    const [slopes, outputs] = [slopesOf(this.scene, layer + 1).map(measure), this.scene.dC_dO.values.length];
    const changes = new Float64Array((values.length / columns) * outputs);
    values.forEach((weight, i) => {
      const [unit, to] = [Math.floor(i / columns), i % columns];
      const through = measure(weight) * slopes[to];
      for (let o = 0; o < outputs; o++) changes[unit * outputs + o] += through * later[to * outputs + o];
    });
    return changes;
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
    const { columns, values } = this.scene[`W${layer + 1}`];
    return Array.from(slopes, (slope, unit) => {
      const largest = [];
      later.forEach((ways, to) => {
        const weight = values[unit * columns + to];
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
