// The passes at a place of a run's film, which all parts of the page share.
import { evenlySpaced } from "./film/thinning.js";
import { backwardPass, batch, forwardPass, gradients, rowsOfBatch, sumsAndSizes } from "./network_pass.js";

const latest = new WeakMap(); // each run's pass

/** Return the passes at a place of a run's film; those of the latest place are kept. */
export function passAt(run, place) {
  if (latest.get(run)?.place !== place) latest.set(run, new RunPass(run, place));
  return latest.get(run);
}

/** The passes at a place of the film, by the loss that is shown; each is computed once, when it is needed. */
class RunPass {
  #run;
  #forward; #backward; #gradients; #own; #added;
  #some = {}; // forward passes by the number of samples
  #single = {}; // of the latest sample: { at, forward, backward }

  constructor(run, place) {
    this.#run = run;
    this.place = place;
    this.weights = run.weightsAt(place);
    this.segment = run.segmentAt(run.epochs[place]);
  }

  /** The forward pass of all samples of the page. */
  get forward() { return (this.#forward ??= this.#forwardOf(this.#run.X)); }

  /** Their backward pass. */
  get backward() { return (this.#backward ??= this.#backwardOf(this.forward, this.#run.y)); }

  /** ∂C/∂W of each matrix over all samples of the run. */
  get gradients() {
    if (this.#run.isWhole) return (this.#gradients ??= gradients(this.#run.network, this.forward, this.backward));
    return (this.#gradients ??= this.#times(this.ownGradients, (value) => value * this.segment.factor));
  }

  /** The same by the loss that the run minimises. */
  get ownGradients() {
    return (this.#own ??= this.#run.gradientsAt(this.place) ?? this.#times(this.gradients, (value) => value / this.segment.factor));
  }

  /** The samples' contributions to each weight, added one by one; undefined if the page lacks samples. */
  get sums() { return this.#contributions?.sums; }

  /** Their magnitudes, added. */
  get sizes() { return this.#contributions?.sizes; }

  get #contributions() {
    if (!this.#run.isWhole) return undefined;
    return (this.#added ??= sumsAndSizes(this.#run.network, this.forward, this.backward));
  }

  /** Return the forward pass of at most so many samples of the page, evenly spaced. */
  forwardOf(most) {
    if (this.#run.X.rows <= most) return this.forward;
    return (this.#some[most] ??= this.#forwardOf(spread(this.#run.X, most)));
  }

  /** Return { forward, backward } of the sample at a place among the page's. */
  ofSample(at) {
    if (this.#single.at === at) return this.#single;
    const forward = this.#forwardOf(rowsOfBatch(this.#run.X, at));
    return (this.#single = { at, forward, backward: this.#backwardOf(forward, rowsOfBatch(this.#run.y, at)) });
  }

  #forwardOf(X) { return forwardPass(this.#run.network, this.weights, X); }

  #backwardOf(forward, y) { return backwardPass(this.#run.network, this.weights, forward, y, this.segment.loss, this.#run.samples); }

  #times(matrices, change) { return this.segment.factor === 1 ? matrices : matrices.map((matrix) => matrix.map(change)); }
}

/** Return at most so many rows of a batch, evenly spaced. */
export function spread({ rows, columns, values }, most) {
  if (rows <= most) return { rows, columns, values };
  const places = evenlySpaced(rows, most);
  const some = batch(places.length, columns);
  places.forEach((place, i) => some.values.set(values.subarray(place * columns, (place + 1) * columns), i * columns));
  return some;
}
