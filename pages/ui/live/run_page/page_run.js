// The run of a page: its weights, losses and samples, in full precision (see pages/ui/save/page/content.py).
import { decodeRows } from "./coding.js";

/** A run as the page has it: epochs by their place among those of the film, in order. */
export class PageRun {
  #weights; // a row an epoch
  #losses;
  #gradients; // of a page that lacks samples
  #state; // of the optimiser

  /** `message`: a decoded one. */
  constructor({ arrays, ...header }) {
    Object.assign(this, header, { segments: header.segments.map((segment, index) => ({ ...segment, index })) });
    const { film, "film/epochs": epochs, "film/weights": weights, "film/losses": losses, "film/gradients": gradients, "film/state": state } = { ...arrays, film: header.film };
    this.epochs = column(epochs.values);
    const rows = (coded, columns) => coded && decodeRows(coded.values, this.epochs.length, columns);
    this.#weights = rows(weights, film.weights);
    this.#losses = rows(losses, film.losses);
    this.#gradients = rows(gradients, film.weights);
    this.#state = rows(state, film.state);
    this.X = scaled(arrays.raw, arrays.shift.values, arrays.scale.values);
    this.X_val = arrays.val_raw && scaled(arrays.val_raw, arrays.shift.values, arrays.scale.values);
    for (let i = 0; i < header.losses.curves; i++) arrays[`losses/${i}`].values = column(arrays[`losses/${i}`].values);
    Object.assign(this, { arrays, y: arrays.y, y_val: arrays.val_y, raw: arrays.raw, rows: arrays.rows.values });
  }

  /** Whether the page has every training sample. */
  get isWhole() { return this.X.rows === this.samples; }

  /** Return the place of a sample of the run, by its number from 0, among the page's; −1 if the page lacks it. */
  sampleAt(number) { return this.rows.indexOf(number); }

  /** Return the place of the film's epoch nearest to an epoch; of two as near the earlier. */
  placeOf(epoch) {
    let [low, high] = [0, this.epochs.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.epochs[middle] <= epoch) low = middle;
      else high = middle;
    }
    return epoch - this.epochs[low] <= this.epochs[high] - epoch ? low : high;
  }

  /** Return the matrices at a place of the film. */
  weightsAt(place) { return this.#split(this.#weights, place, 0, this.film.weights); }

  /** Return C and, if there are validation samples, theirs. */
  lossesAt(place) { return [...this.#losses.subarray(place * this.film.losses, (place + 1) * this.film.losses)]; }

  /** Return ∂C/∂W of each matrix over all samples, by the loss that the run minimises; undefined where the page can compute them. */
  gradientsAt(place) { return this.#gradients && this.#split(this.#gradients, place, 0, this.film.weights); }

  /** Return the optimiser's vectors by name (v, s, m), each split into matrices, and Adam's t; undefined where there are none, or an epoch has several updates. */
  stateAt(place) {
    const { vectors, state, weights } = this.film;
    const t = this.#state?.[(place + 1) * state - 1];
    if (t === undefined || Number.isNaN(t)) return undefined;
    const parts = vectors.map((name, i) => [name, this.#split(this.#state, place, i * weights, state)]);
    return { ...Object.fromEntries(parts.filter(([, [first]]) => !Number.isNaN(first[0]))), t };
  }

  /** Return what holds from an epoch on: loss, settings, frozen weights (see pages/ui/save/page/content.py), and its `index` in the parts' lists. */
  segmentAt(epoch) { return this.segments.findLast(({ from }) => from <= epoch); }

  #split(rows, place, start, width) {
    let at = place * width + start;
    return this.network.shapes.map(([height, columns]) => rows.subarray(at, (at += height * columns)));
  }
}

/** Return a single column of numbers from its bytes. */
const column = (bytes) => decodeRows(bytes, bytes.length >> 3, 1);

/** Return raw inputs, scaled as the run's were. */
function scaled({ rows, columns, values }, shift, scale) {
  return { rows, columns, values: values.map((raw, at) => (raw - shift[at % columns]) / scale[at % columns]) };
}
