// The film of a page's run: its frames are computed when they are displayed.
import { Buffer } from "../player/buffer.js";
import { frameLayers } from "./frame_layers.js";

/** All recorded epochs, in order; each frame carries what the open views need. */
export class RunFilm extends Buffer {
  #run;
  #latest = undefined; // the frame computed last
  content = { views: new Set() }; // the open views, the plane, the sample: see `frameLayers`

  constructor(run) {
    super();
    this.#run = run;
  }

  /** Forget the latest frame: what frames carry has changed. */
  clear() { this.#latest = undefined; }

  /** Return the frame nearest to an epoch. */
  at(epoch) { return this.#frame(this.#run.placeOf(epoch)); }

  /** Return the epoch of the next frame after (1) or before (−1) an epoch. */
  step(epoch, by) {
    const { epochs } = this.#run;
    const place = this.#run.placeOf(epoch);
    const beyond = by > 0 ? epochs[place] > epoch : epochs[place] < epoch; // the nearest is the next one
    return epochs[Math.min(Math.max(beyond ? place : place + by, 0), epochs.length - 1)];
  }

  /** Return the first frame `stride` or more epochs after `epoch`, else the last one after it. */
  next(epoch, stride) {
    const { epochs } = this.#run;
    const last = epochs.length - 1;
    let place = this.#run.placeOf(Math.min(epoch + stride, epochs[last]));
    if (epochs[place] < epoch + stride && place < last) place += 1;
    return epochs[place] > epoch ? this.#frame(place) : undefined;
  }

  /** There is nothing to fetch. */
  ahead(epoch, enough) { return { count: enough, last: this.#run.epochs.at(-1) }; }

  #frame(place) {
    if (this.#latest?.place !== place) this.#latest = { place, epoch: this.#run.epochs[place], losses: this.#run.lossesAt(place), whole: true, layers: frameLayers(this.#run, place, this.content), bytes: 0 };
    return this.#latest;
  }
}
