// The film of a page's run: its frames are computed when they are displayed.
import { Buffer } from "../../player/buffer.js";
import { frameLayers } from "./frame_layers.js";

const FRAME = 1000 / 60; // ms
const LATEST = 5; // frames whose time counts

/** All epochs of the film, in order; each frame carries what the open views need. */
export class RunFilm extends Buffer {
  #run;
  #content; // the open views, the plane, the sample: see `frameLayers`
  #latest = undefined; // the frame computed last
  #times = []; // ms that the latest frames took

  constructor(run, content) {
    super();
    this.#run = run;
    this.#content = content;
  }

  /** Have frames carry something else. */
  carry(content) {
    this.#content = content;
    this.clear();
  }

  /** Forget the latest frame: what frames carry has changed. */
  clear() {
    this.#latest = undefined;
    this.#times = [];
  }

  /** Return the whole frame nearest to an epoch. */
  at(epoch) { return this.#frame(this.#run.placeOf(epoch), true); }

  /** Return the epoch of the next frame after (1) or before (−1) an epoch. */
  step(epoch, by) {
    const { epochs } = this.#run;
    const place = this.#run.placeOf(epoch);
    const beyond = by > 0 ? epochs[place] > epoch : epochs[place] < epoch; // the nearest is the next one
    return epochs[Math.min(Math.max(beyond ? place : place + by, 0), epochs.length - 1)];
  }

  /** Return the first frame `stride` or more epochs after `epoch`, else the last one after it; fewer frames where each takes long. */
  next(epoch, stride) {
    const { epochs } = this.#run;
    const last = epochs.length - 1;
    const wanted = epoch + stride * this.#framesAtOnce;
    let place = this.#run.placeOf(Math.min(wanted, epochs[last]));
    if (epochs[place] < wanted && place < last) place += 1;
    return epochs[place] > epoch ? this.#frame(place, false) : undefined;
  }

  /** There is nothing to fetch. */
  ahead(epoch, enough) { return { count: enough, last: this.#run.epochs.at(-1) }; }

  /** How many of the screen's frames the computation of one takes, at least: all others are left out. */
  get #framesAtOnce() {
    return this.#times.length < LATEST ? 1 : Math.max(1, Math.round(Math.min(...this.#times) / FRAME));
  }

  #frame(place, whole) {
    if (this.#latest?.place === place && this.#latest.whole === whole) return this.#latest;
    const start = performance.now();
    const layers = frameLayers(this.#run, place, this.#content, whole);
    this.#times = [...this.#times, performance.now() - start].slice(-LATEST);
    const [C, validation = NaN] = this.#run.lossesAt(place);
    return (this.#latest = { place, epoch: this.#run.epochs[place], losses: [C, validation], whole, layers });
  }
}
