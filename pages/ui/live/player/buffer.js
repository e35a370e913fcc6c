// A run's data in the browser: frames and scores of some epochs, losses of all.

export const BYTES = 64 * 2 ** 20; // of frames; the oldest are dropped first
const OVERHEAD = 250; // bytes of a frame beside its numbers
const BUCKETS = 8192; // of a loss curve: more than a screen's columns

/** Decode the server's message (see pages/ui/train/stage.py); throws an Error if malformed. */
export function unpack(bytes) {
  const data = bytes.slice().buffer; // a copy: views of 8 bytes need an aligned start
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  const take = (type, count) => {
    const end = at + count * type.BYTES_PER_ELEMENT;
    if (end > data.byteLength) throw new Error(`it has ${data.byteLength} bytes where ${end} or more are announced`);
    const view = new type(data, at, count);
    at += view.byteLength;
    return view;
  };
  const { count, block, curves } = header.losses;
  const points = (count, block) => Math.ceil(count / block) * (block === 1 ? 1 : 2);
  header.losses.values = Array.from({ length: curves }, () => take(Float64Array, points(count, block)));
  const { previous } = header;
  if (previous) {
    const reach = (block) => Math.min(previous.count, block * BUCKETS);
    previous.levels = previous.blocks.map((block) => Curve.of(take(Float64Array, points(reach(block), block)), reach(block), block));
  }
  const one = header.whole.length > 0 ? 1 : 0;
  const numbers = take(Float64Array, 3 * (one + header.frames));
  const frame = (i, layers, type) => {
    const [epoch, ...losses] = numbers.subarray(3 * i, 3 * i + 3);
    const start = at;
    const taken = Object.fromEntries(layers.map(([name, size]) => [name, take(type, size)]));
    return { epoch, losses, whole: type === Float64Array, layers: taken, bytes: at - start + OVERHEAD };
  };
  header.whole = one ? frame(0, header.whole, Float64Array) : undefined;
  header.frames = Array.from({ length: header.frames }, (_, i) => frame(one + i, header.layers, Float32Array));
  if (at !== data.byteLength) throw new Error(`it has ${data.byteLength} bytes where ${at} are announced`);
  return header;
}

/** Frames by epoch, in bounded memory. */
export class Frames {
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

  at(epoch) {
    return this.#byEpoch.get(epoch);
  }

  /** Return the latest frame up to `stride` epochs after `epoch`, else the next up to `most`. */
  next(epoch, stride, most = stride) {
    for (let e = epoch + stride; e > epoch; e--) {
      const frame = this.#byEpoch.get(e);
      if (frame) return frame;
    }
    for (let e = epoch + stride + 1; e <= epoch + most; e++) {
      const frame = this.#byEpoch.get(e);
      if (frame) return frame;
    }
    return undefined;
  }

  /** Return how many frames come next after `epoch` (up to `enough`), and the last one's epoch. */
  ahead(epoch, enough, stride, most = stride) {
    let [count, last] = [0, epoch];
    for (let frame; count < enough && (frame = this.next(last, stride, most)); count++) last = frame.epoch;
    return { count, last };
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

/** Accuracy or R² at the computed epochs: multiples of a stride that grows with the run. */
export class Scores {
  points = []; // { epoch, score: [training, validation] }, in order; NaN where undefined
  after = -1; // the last of these epochs
  #stride = 1;

  /** Add the scores of a message; the same one again changes nothing. */
  add({ stride, epochs, values }) {
    this.#stride = stride;
    epochs.forEach((epoch, i) => {
      if (epoch <= this.after) return;
      this.points.push({ epoch, score: values[i].map((value) => value ?? NaN) });
      this.after = epoch;
    });
  }

  /** Return whether points are still missing of a run with `trained` epochs. */
  needsMore(trained) {
    return (Math.floor(this.after / this.#stride) + 1) * this.#stride <= trained;
  }
}
