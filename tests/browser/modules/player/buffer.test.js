import { BYTES, Curve, Film, Frames, Points, unpack } from "/pages/ui/live/player/buffer.js";
import { equal, message, random, test } from "../harness.js";

const frame = (epoch, bytes = 4) => ({ epoch, losses: [0, 0], bytes });

function framesAt(...epochs) {
  const frames = new Frames();
  for (const epoch of epochs) frames.add(frame(epoch));
  return frames;
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

// ---- frames

test("a frame is found by its epoch", () => {
  const frames = framesAt(0, 3);
  equal([frames.at(3).epoch, frames.at(1), frames.at(undefined)], [3, undefined, undefined]);
});

test("the same epoch again changes nothing", () => {
  const frames = new Frames();
  const [first, again] = [frame(5), frame(5)];
  frames.add(first);
  frames.add(again);
  equal(frames.at(5) === first, true);
});

test("a bound of memory: the oldest that came go first", () => {
  const frames = new Frames();
  const quarter = BYTES / 4;
  for (const epoch of [9, 1, 2, 3]) frames.add(frame(epoch, quarter));
  equal([9, 1, 2, 3].map((epoch) => Boolean(frames.at(epoch))), [true, true, true, true], "just full");
  frames.add(frame(4));
  equal([9, 1, 4].map((epoch) => Boolean(frames.at(epoch))), [false, true, true], "one too many");
  frames.add(frame(5, 2 * quarter));
  equal([1, 2, 3, 4, 5].map((epoch) => Boolean(frames.at(epoch))), [false, false, true, true, true], "a large one");
});

test("what was dropped can come again", () => {
  const frames = new Frames();
  const half = BYTES / 2;
  for (const epoch of [0, 1, 2, 0]) frames.add(frame(epoch, half));
  equal([0, 1, 2].map((epoch) => Boolean(frames.at(epoch))), [true, false, true]);
});

test("at speed 1 the next frame is the next epoch's or none", () => {
  const frames = framesAt(1, 2, 4);
  equal([0, 1, 2, 3].map((epoch) => frames.next(epoch, 1)?.epoch), [1, 2, undefined, 4]);
});

test("at higher speeds it is the latest that is not too far", () => {
  const frames = framesAt(...range(0, 25), 30, 41);
  equal([0, 7, 18, 25, 30].map((epoch) => frames.next(epoch, 10)?.epoch), [10, 17, 25, 30, undefined]);
});

test("ahead counts the frames that playing will find, and where it ends", () => {
  const frames = framesAt(...range(0, 25), 30, 41);
  equal(frames.ahead(0, 100, 1), { count: 25, last: 25 });
  equal(frames.ahead(0, 10, 1), { count: 10, last: 10 }, "no more than asked");
  equal(frames.ahead(0, 100, 10), { count: 3, last: 30 }, "10, 20, 30 and no further");
  equal(frames.ahead(41, 5, 1000), { count: 0, last: 41 });
});

test("ahead is what next finds, one by one", () => {
  const next = random(3);
  for (let round = 0; round < 50; round++) {
    const frames = framesAt(...range(0, 120).filter(() => next() > -0.4));
    const speed = [1, 2, 10, 100][round % 4];
    let [epoch, count] = [0, 0];
    for (let found; (found = frames.next(epoch, speed)) && count < 20; count++) epoch = found.epoch;
    equal(frames.ahead(0, 20, speed), { count, last: epoch });
  }
});

// ---- curves

const BUCKETS = new Curve().low.length;

/** Return the minima and maxima of every bucket, computed from all values at once. */
function naive(values, bucket) {
  const slices = range(0, Math.ceil(values.length / bucket) - 1).map((i) => values.slice(i * bucket, (i + 1) * bucket));
  return { low: slices.map((slice) => Math.min(...slice)), high: slices.map((slice) => Math.max(...slice)) };
}

const contents = ({ count, bucket, low, high }) => {
  const used = Math.ceil(count / bucket);
  return { count, bucket, low: [...low.subarray(0, used)], high: [...high.subarray(0, used)] };
};

function walk(length, seed) {
  const next = random(seed);
  let at = 0;
  return Float64Array.from({ length }, () => (at += next()));
}

const curveOf = (values) => {
  const curve = new Curve();
  curve.append(values, values.length, 1);
  return curve;
};

test("few epochs are held as they are", () => {
  const values = walk(100, 4);
  equal(contents(curveOf(values)), { count: 100, bucket: 1, low: [...values], high: [...values] });
});

for (const [length, bucket] of [[BUCKETS, 1], [BUCKETS + 1, 2], [2 * BUCKETS, 2], [2 * BUCKETS + 1, 4], [50_001, 8]]) {
  test(`${length} epochs are folded to buckets of ${bucket} that keep minimum and maximum`, () => {
    const values = walk(length, 5);
    equal(contents(curveOf(values)), { count: length, bucket, ...naive(values, bucket) });
  });
}

test("appended in slices of any length it is the same curve", () => {
  const values = walk(30_011, 6);
  const next = random(7);
  const curve = new Curve();
  for (let at = 0; at < values.length;) {
    const part = values.subarray(at, at + 1 + Math.floor(400 * (next() + 1)));
    curve.append(part, part.length, 1);
    at += part.length;
  }
  equal(contents(curve), contents(curveOf(values)));
});

test("extremes of blocks make the same curve as the epochs themselves", () => {
  for (const length of [20_000, 20_003]) {
    const values = walk(length, 8);
    const { low, high } = naive(values, 4);
    const curve = new Curve();
    curve.append(Float64Array.from([...low, ...high]), length, 4);
    equal(contents(curve), { count: length, bucket: 4, ...naive(values, 4) });
  }
});

test("an opening in blocks goes on epoch by epoch", () => {
  const values = walk(20_400, 9);
  const { low, high } = naive(values.subarray(0, 20_002), 4);
  const curve = new Curve();
  curve.append(Float64Array.from([...low, ...high]), 20_002, 4);
  curve.append(values.subarray(20_002), 398, 1);
  equal(contents(curve), { count: 20_400, bucket: 4, ...naive(values, 4) });
});

test("the last of an odd number of epochs is folded alone", () => {
  const curve = curveOf(Float64Array.of(5, 6, 7));
  curve.append(new Float64Array(), 0, 2);
  equal(contents(curve), { count: 3, bucket: 2, low: [5, 7], high: [6, 7] });
});

test("nothing appended changes nothing", () => {
  const curve = curveOf(walk(10, 10));
  const before = contents(curve);
  curve.append(new Float64Array(), 0, 1);
  equal(contents(curve), before);
});

// ---- scores

const scores = (epochs, stride = 1) => ({ stride, epochs, values: epochs.map((epoch) => [epoch / 10, null]) });

test("scores are taken in order, and the same answer again changes nothing", () => {
  const store = new Points();
  store.add(scores([0, 2, 4], 2));
  store.add(scores([0, 2, 4], 2));
  store.add(scores([4, 6], 2));
  equal(store.points.map(({ epoch }) => epoch), [0, 2, 4, 6]);
  equal(store.points[1].values, [0.2, NaN]);
  equal(store.after, 6);
});

test("points are lacking up to the last multiple of the stride that is trained", () => {
  const store = new Points();
  equal(store.needsMore(0), true, "epoch 0");
  store.add(scores([0, 2, 4], 2));
  equal([5, 6].map((trained) => store.needsMore(trained)), [false, true]);
  store.add(scores([], 8)); // the run has grown
  equal([7, 8].map((trained) => store.needsMore(trained)), [false, true]);
});

// ---- messages

test("a message is taken apart: losses, a whole frame, a film", () => {
  const losses = { first: 0, count: 3, block: 1, curves: 2 };
  const answer = unpack(message({ losses }, {
    "losses/0": Float64Array.of(3, 2, 1), "losses/1": Float64Array.of(6, 5, 4),
    "whole/epochs": Float64Array.of(7, 0.5, NaN), "whole/W1": Float64Array.of(8, 9),
    "film/epochs": { rows: 2, values: Float64Array.of(8, 0.4, 0.6, 9, 0.3, 0.5) }, "film/W1": { rows: 2, values: Float32Array.of(1, 2, 3, 4) },
  }));
  equal(answer.losses.values, [[3, 2, 1], [6, 5, 4]]);
  const shown = ({ epoch, losses, whole, layers }) => [epoch, losses, whole, layers.W1];
  equal(shown(answer.whole), [7, [0.5, NaN], true, [8, 9]]);
  equal(answer.frames.map(shown), [[8, [0.4, 0.6], false, [1, 2]], [9, [0.3, 0.5], false, [3, 4]]]);
  equal(answer.frames[0].bytes > 8, true);
});

test("without frames there are none", () => {
  const { whole, frames } = unpack(message({}));
  equal([whole, frames], [undefined, []]);
});

test("the losses of the previous run come at several grains", () => {
  const values = walk(BUCKETS + 2, 11);
  const { low, high } = naive(values, 2);
  const previous = { why: "", count: values.length, blocks: [1, 2] };
  const { levels } = unpack(message({ previous }, { "previous/0": values.slice(0, BUCKETS), "previous/1": Float64Array.from([...low, ...high]) })).previous;
  equal(levels.map(({ bucket, count }) => [bucket, count]), [[1, BUCKETS], [2, BUCKETS + 2]]);
  equal(contents(levels[1]), { count: values.length, bucket: 2, low, high });
});

// ---- a film

const film = () => new Film([0, 10, 20, 25].map((epoch) => frame(epoch)), 2000);

test("a film's frame is the nearest to an epoch", () => {
  equal([0, 4, 14, 16, 99].map((epoch) => film().at(epoch).epoch), [0, 0, 10, 20, 25]);
});

test("an epoch that is to be exact has its own frame or none", () => {
  const some = film();
  some.exact = 14;
  equal([14, 20, 13].map((epoch) => some.at(epoch)?.epoch), [undefined, 20, 10]);
  some.exact = 20;
  equal(some.at(20).epoch, 20);
});

test("from between two frames a film steps to either", () => {
  equal([[14, 1], [16, 1], [14, -1], [16, -1]].map(([epoch, by]) => film().step(epoch, by)), [20, 20, 10, 10]);
});

test("a film steps from frame to frame, not beyond its ends", () => {
  equal([[0, 1], [20, 1], [25, 1], [10, -1], [0, -1]].map(([epoch, by]) => film().step(epoch, by)), [10, 25, 25, 0, 0]);
});

test("a film plays as many epochs ahead as the speed says, and one frame at least", () => {
  equal([[0, 1], [0, 11], [0, 20], [20, 100], [25, 1]].map(([epoch, stride]) => film().next(epoch, stride)?.epoch), [10, 20, 20, 25, undefined]);
  equal(film().ahead(0, 100, 1), { count: 3, last: 25 });
});

test("a film takes its time", () => equal(film().pace, 500));

// ---- frames at a stride

test("where frames lie further apart than the stride, the next of them counts, up to the most", () => {
  const frames = framesAt(...range(0, 40).filter((epoch) => epoch % 8 === 0));
  equal([0, 3, 8].map((epoch) => frames.next(epoch, 4, 10)?.epoch), [8, 8, 16]);
  equal(frames.next(0, 20, 100).epoch, 16, "the latest within the stride");
  equal(frames.next(0, 4, 7), undefined);
  equal(frames.ahead(0, 100, 4, 10), { count: 5, last: 40 });
});
