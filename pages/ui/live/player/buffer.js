// A run's data in the browser: frames and scores of some epochs, losses of all.
import { decode } from "../codec.js";

export const BYTES = 64 * 2 ** 20; // of frames; the oldest are dropped first
const OVERHEAD = 250; // bytes of a frame beside its numbers
const BUCKETS = 8192; // of a loss curve: more than a screen's columns

/** Decode the server's message (see pages/ui/train/stage.py); throws an Error if malformed. */
export function unpack(bytes) {
  const { arrays, ...answer } = decode(bytes);
  const list = (kind) => Object.entries(arrays).filter(([name]) => name.startsWith(`${kind}/`));
  answer.losses.values = list("losses").map(([, { values }]) => values);
  if (answer.previous) {
    const { blocks, count } = answer.previous;
    answer.previous.levels = list("previous").map(([, { values }], i) => Curve.of(values, Math.min(count, blocks[i] * BUCKETS), blocks[i]));
  }
  [answer.whole] = framesOf(list("whole"));
  answer.frames = framesOf(list("film"));
  return answer;
}

/** Return frames from arrays, [name, { values, rows, columns }]: their epochs with losses, and then their layers. */
export function framesOf([epochs, ...layers]) {
  if (!epochs) return [];
  return Array.from({ length: epochs[1].rows }, (_, i) => {
    const { epochs: [epoch, ...losses], ...own } = rowsOf([epochs, ...layers], i);
    const bytes = Object.values(own).reduce((sum, values) => sum + values.byteLength, OVERHEAD);
    return { epoch, losses, whole: epochs[0] === "whole/epochs", layers: own, bytes };
  });
}

/** Return the i-th row of each array, [name, { values, columns }], by its name without its kind. */
export function rowsOf(arrays, i) {
  return Object.fromEntries(arrays.map(([name, { values, columns }]) => [name.split("/").at(-1), values.subarray(i * columns, (i + 1) * columns)]));
}

/** Frames in the order of their epochs: what all films have in common. */
export class Buffer {
  pace = 0; // ms at least from one frame to the next

  /** Return how many frames come next after `epoch` (up to `enough`), and the last one's epoch. */
  ahead(epoch, enough, stride, most = stride) {
    let [count, last] = [0, epoch];
    for (let frame; count < enough && (frame = this.next(last, stride, most)); count++) last = frame.epoch;
    return { count, last };
  }
}

/** Frames by epoch, in bounded memory. */
export class Frames extends Buffer {
  #byEpoch = new Map();
  #bytes = 0;

  add(frame) {
    if (this.#byEpoch.has(frame.epoch)) return;
    this.#byEpoch.set(frame.epoch, frame);
    this.#bytes += frame.bytes;
    for (const [epoch, { bytes }] of this.#byEpoch) {
      if (this.#bytes <= BYTES) break;
      this.#byEpoch.delete(epoch);
      this.#bytes -= bytes;
    }
  }

  /** Forget all: what frames carry has changed. */
  clear() {
    this.#byEpoch.clear();
    this.#bytes = 0;
  }

  at(epoch) { return this.#byEpoch.get(epoch); }

  /** Return the epoch one step on (1) or back (−1). */
  step(epoch, by) { return epoch + by; }

  /** Return the latest frame up to `stride` epochs after `epoch`, else the next up to `most`. */
  next(epoch, stride, most = stride) {
    for (let e = epoch + stride; e > epoch; e--) {
      const frame = this.at(e);
      if (frame) return frame;
    }
    for (let e = epoch + stride + 1; e <= epoch + most; e++) {
      const frame = this.at(e);
      if (frame) return frame;
    }
    return undefined;
  }
}

/** All frames of a film at once; their epochs may lie apart. */
export class Film extends Buffer {
  #frames;
  exact; // an epoch that no other frame stands for

  /** `duration`: ms that the film takes at least. */
  constructor(frames, duration) {
    super();
    this.#frames = frames;
    this.pace = duration / frames.length;
  }

  /** Return the frame nearest to an epoch; undefined if that one is to be exact and has none. */
  at(epoch) {
    const frame = this.nearest(epoch);
    return epoch === this.exact && frame.epoch !== epoch ? undefined : frame;
  }

  nearest(epoch) {
    const distances = this.#frames.map((frame) => Math.abs(frame.epoch - epoch));
    return this.#frames[distances.indexOf(Math.min(...distances))];
  }

  /** Return the epoch of the next frame after (1) or before (−1) an epoch. */
  step(epoch, by) {
    const next = by > 0 ? this.#frames.find((frame) => frame.epoch > epoch) : this.#frames.findLast((frame) => frame.epoch < epoch);
    return (next ?? this.#frames.at(by > 0 ? -1 : 0)).epoch;
  }

  /** Return the first frame `stride` or more epochs after `epoch`, else the last one after it. */
  next(epoch, stride) {
    const last = this.#frames.at(-1);
    return this.#frames.find((frame) => frame.epoch >= epoch + stride) ?? (last.epoch > epoch ? last : undefined);
  }
}

/** A loss at every epoch: minima and maxima of buckets of 2^k epochs, k growing as needed. */
export class Curve {
  bucket = 1;
  count = 0; // epochs
  low = new Float64Array(BUCKETS);
  high = new Float64Array(BUCKETS);

  /** Return the curve of `count` epochs from their losses or the minima and maxima of blocks. */
  static of(values, count, block) {
    const curve = new Curve();
    curve.append(values, count, block);
    return curve;
  }

  /** Append the losses of the next epochs; for blocks of epochs: all minima, then all maxima. */
  append(values, count, block) {
    const points = block === 1 ? values.length : values.length / 2;
    while (this.bucket < block) this.#fold();
    for (let i = 0; i < points; i++) {
      const epochs = Math.min(block, count - i * block);
      this.#push(values[i], block === 1 ? values[i] : values[points + i], epochs);
    }
  }

  #push(low, high, epochs) {
    if (Math.floor(this.count / this.bucket) >= BUCKETS) this.#fold();
    const index = Math.floor(this.count / this.bucket);
    const fresh = this.count % this.bucket === 0;
    this.low[index] = fresh ? low : Math.min(this.low[index], low);
    this.high[index] = fresh ? high : Math.max(this.high[index], high);
    this.count += epochs;
  }

  #fold() {
    const used = Math.ceil(this.count / this.bucket);
    for (let i = 0; 2 * i < used; i++) {
      const second = Math.min(2 * i + 1, used - 1);
      this.low[i] = Math.min(this.low[2 * i], this.low[second]);
      this.high[i] = Math.max(this.high[2 * i], this.high[second]);
    }
    this.bucket *= 2;
  }
}

/** Numbers at the computed epochs of a run: multiples of a stride that grows with it. */
export class Points {
  points = []; // { epoch, values }, in order; NaN where undefined
  #stride = 1;

  /** Add the points of a message; the same one again changes nothing. */
  add({ stride, epochs, values }) {
    this.#stride = stride;
    epochs.forEach((epoch, i) => {
      if (epoch > this.after) this.points.push({ epoch, values: values[i].map((value) => value ?? NaN) });
    });
  }

  /** The last of these epochs. */
  get after() { return this.points.at(-1)?.epoch ?? -1; }

  /** Return whether points are still missing of a run with `trained` epochs. */
  needsMore(trained) {
    return (Math.floor(this.after / this.#stride) + 1) * this.#stride <= trained;
  }
}
