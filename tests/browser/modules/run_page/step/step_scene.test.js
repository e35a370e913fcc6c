import { stepScene, windowOf } from "/pages/ui/live/run_page/step/step_scene.js";
import { placeOfSample, sampleAt } from "/pages/ui/live/step_through/values.js";
import { close, equal, test } from "../../harness.js";

const batch = (rows, columns, ...values) => ({ rows, columns, values: Float64Array.from(values) });

const network = { shapes: [[3, 1], [2, 1]], bias: { input: true, hidden: true }, hidden: "identity", output: "identity" };
const weights = [[1, 2, 3], [4, 5]].map((values) => Float64Array.from(values));
const form = { label: "", indices: "k = {row}; l = {column}", notes: [] };
const kind = { stop: form, blocks: ["<math><mtable><mtr><mtd></mtd><mtd><mtext>weight_value:w</mtext></mtd></mtr></mtable></math>"], notes: [] };

/** A run of four samples, of which the page has the first and the third, and of ten epochs the first and the last. */
const run = {
  network, epochs: Float64Array.of(0, 10), samples: 4, isWhole: false, token: "run", midpoints: {}, conventions: { digits: 4 }, arrays: {},
  X: batch(2, 2, 1, 2, 3, 4), y: batch(2, 1, 1, 0), rows: Float64Array.of(0, 2),
  names: { W1: { rows: ["a", "b", "bias"], columns: ["h"] }, W2: { rows: ["h", "bias"], columns: ["y"] } },
  segments: [{ from: 0, index: 0, loss: "mse", factor: 2, settings: { optimizer: "gd", learning_rate: 0.1, l2: 0 } }],
  placeOf: (epoch) => (epoch > 5 ? 1 : 0), weightsAt: () => weights, gradientsAt: () => weights, lossesAt: () => [7], stateAt: () => undefined,
  segmentAt: () => run.segments[0], sampleAt: (number) => run.rows.indexOf(number),
};
run.step = {
  ends: {}, most_numbers: 40_000, gap: "", stops: ["X", "update", "new_C"].map((name) => ({ name })), names: run.names, texts: [form, kind, [], {}, "epoch = 0  # 0 or more"],
  segments: [{ stops: { X: 0, new_C: 0 }, rule: 2, notes: 2, lines: 3, script: [4], epoch_line: 0, steps: 1, vectors: [], frozen: [1], kinds: { 1: 1, "1f": 1 } }],
};
const chosen = { epoch: 0, sample: 2, weight: { layer: 1, row: 0, column: 0 }, output: 0 };

test("samples that are missing leave the others their numbers", () => {
  const scene = stepScene(run, chosen);
  equal([placeOfSample(scene), sampleAt(scene, 0), sampleAt(scene, 1)], [1, 0, 2]);
  close([...scene.arrays.C.values], [(4 * 8 + 5 - 1) ** 2 / 4, (4 * 14 + 5) ** 2 / 4]); // of four samples
});

test("the gradient over all samples is the page's, by the loss that is shown; the step is by the run's own", () => {
  const { arrays, cost, new_cost } = stepScene(run, chosen);
  equal([arrays.dW1.values, arrays.dW2.values], [[2, 4, 6], [8, 10]]);
  close([...arrays.new_W1.values], [0.9, 2, 2.7]); // the second one is frozen
  close([...arrays.new_W2.values], [3.6, 4.5]);
  equal([cost, new_cost], [14, undefined]); // C needs all samples
});

test("the script's epoch and the names are those on display", () => {
  const { forms } = stepScene(run, { ...chosen, epoch: 10, weight: { layer: 1, row: 1, column: 0 } });
  equal([forms.script, forms.stops.update.indices], [["epoch = 10  # 0 or more"], "k = b; l = h"]);
});

test("of many samples those around the chosen one are shown, and few moves do it", () => {
  const many = { network, X: { rows: 50_000, columns: 2 }, sampleAt: (number) => number / 3, step: { most_numbers: 40_000 } };
  const at = (place) => windowOf(many, "mse", 3 * place);
  for (const place of [0, 1, 1249, 1250, 30_000, 49_999]) {
    const { from, to } = at(place);
    equal([to - from, from <= place && place < to], [2500, true], `around ${place}`);
  }
  equal([at(30_000).from, at(31_249).from, at(31_250).from], [29_375, 29_375, 30_625]);
});
