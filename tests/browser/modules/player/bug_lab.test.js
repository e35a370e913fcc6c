import { curvesOf, degrees, marksOf, unpackFilm } from "/pages/ui/live/player/bug_lab.js";
import { encode, equal, test } from "../harness.js";

const scene = { W1: { rows: ["x"], columns: ["h"], block: [1, 1] }, W2: { rows: ["h"], columns: ["y"], block: [1, 1] }, stopped: [null, null] };
const numbers = Float64Array.of(0, 10, 20);
const arrays = { epochs: numbers, angle: numbers, ratio: numbers, true_losses: numbers, broken_losses: numbers, true_W1: { rows: 3, values: Float32Array.of(0.5, -1, 2) } };

test("a film opens at its frame, whole and at its end", () => {
  const answer = unpackFilm(encode({ token: "a", sequence: 3, frame: 1, scene }, arrays));
  equal([answer.token, answer.epoch, answer.trained, answer.length, answer.ended], ["a", 10, 20, 20, "done"]);
  equal(answer.scene.epochs, [0, 10, 20]);
  equal(answer.film.at(19), { epoch: 20, index: 2, whole: true, layers: { true_W1: [2] } });
});

test("an answer without a film is handed on", () => {
  const training = { at: 5, of: 10 };
  equal(unpackFilm(encode({ token: "a", sequence: 3, frame: 0, training })).training, training);
});

const losses = (own, others, stopped) => ({ true_losses: Float64Array.from(own), broken_losses: Float64Array.from(others), stopped });

test("curves are drawn to their ends", () => {
  const both = losses([1, 0.5, 0.2], [1, 2, 3], [null, null]);
  const curves = curvesOf(both);
  equal(curves.map(({ count }) => count), [3, 3]);
  equal([...curves[1].high.subarray(0, 3)], [1, 2, 3]);
  equal(marksOf(both, curves), []);
});

test("a run that becomes infinite ends with a mark that says so", () => {
  const both = losses([1, 0.5, 0.2], [1, 2, NaN], [null, 1]);
  equal(marksOf(both, curvesOf(both)), [[1, "the next step makes C or a weight of the run with the mistake infinite"]]);
});

test("a loss far beyond the other leaves the picture, and a mark says where", () => {
  const both = losses([1, 0.5, 0.2], [1, 1e30, 1e200], [null, null]);
  equal(marksOf(both, curvesOf(both)), [[0, "from here on, C of the run with the mistake is outside the chart"]]);
});

test("what rounding leaves of an angle is 0", () => {
  equal([1.2e-14, 0.071, 4.56, 43.4, 179.9999].map(degrees), ["0°", "0.071°", "4.6°", "43°", "180°"]);
});
