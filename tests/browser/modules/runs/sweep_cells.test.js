import { cellSentence, diverged, failures, measureOf, Results, scaleOf, shareText, valueTexts } from "/pages/ui/live/runs/sweep_cells.js";
import { bandScale } from "/pages/ui/live/runs/sweep_chart.js";
import { close, equal, test } from "../harness.js";

const run = (place, final, lowest = final, ended = 0) => ({ run: place, first: 1, final, lowest, lowestEpoch: 3, firstValidation: 1, validation: 2 * final, ended, epochs: 10, seconds: 0.5 });
const rows = (runs) => ({ rows: runs.length, columns: 10, values: Float64Array.from(runs.flatMap((one) => Object.values(one))) });
const three = [run(0, 0.4), run(1, 0.1, 0.05), run(2, 0.2)];
const lost = run(3, 7, 0.3, 1);
const failed = run(4, NaN, NaN, 3);

test("results stand in their cells, in whatever order they come, once", () => {
  const results = new Results(2, 2);
  equal([...results.add(rows([three[1], three[0]]), 0)], [1, 0]);
  equal([...results.add(rows([three[0], three[2]]), 1)], [0]); // the first one was there
  equal(results.count, 3);
  equal(results.of(0), [three[0], three[2]]);
  equal(results.of(1), [three[1]]);
});

test("what comes too early is not taken", () => {
  const results = new Results(2, 2);
  equal([...results.add(rows([three[0]]), 1)], []);
  equal([results.count, results.of(0)], [0, []]);
});

test("the measures of a cell", () => {
  close(measureOf(three, "median", 0.15), 0.2);
  close(measureOf(three.slice(0, 2), "median", 0.15), 0.25);
  close(measureOf(three, "lowest", 0.15), 0.05);
  close(measureOf(three, "validation", 0.15), 0.4);
  close(measureOf(three, "share", 0.15), 1 / 3);
  close(measureOf(three, "share", 0.05), 0); // below, not at it
  equal(["median", "lowest", "share"].map((measure) => measureOf([], measure, 1)), [NaN, NaN, NaN]);
});

test("a run that diverged is worse than any, and counts where it was below the threshold", () => {
  close(measureOf([...three, lost], "median", 1), 0.3);
  equal(measureOf([three[0], lost], "median", 1), Infinity);
  close(measureOf([lost], "lowest", 1), 0.3);
  close(measureOf([lost], "share", 0.5), 1);
  equal([diverged([...three, lost]), ...valueTexts([measureOf([lost], "median", 1)])], [1, "∞"]);
});

test("a run that could not be trained counts in no measure", () => {
  close(measureOf([...three, failed], "median", 1), 0.2);
  equal([measureOf([failed], "lowest", 1), failures([...three, failed])], [NaN, 1]);
  equal(shareText([three[1], failed], 0.1), "1/1");
});

test("a cell in words", () => {
  equal(cellSentence("η = 3", [], 3, "median", 1), "η = 3: no result yet");
  equal(cellSentence("η = 3", three, 3, "median", 1), "η = 3: median final C 0.2 of 3 runs");
  equal(cellSentence("η = 3", three, 4, "lowest", 1), "η = 3: lowest C 0.05 of 3 of 4 runs so far");
  equal(cellSentence("η = 3", [...three, lost], 4, "share", 0.15), "η = 3: C below 0.15 in 1 of 4 runs; 1 diverged");
  equal(cellSentence("η = 3", [lost], 1, "median", 1), "η = 3: median final C infinite of one run; 1 diverged");
  equal(cellSentence("η = 3", [failed], 1, "median", 1), "η = 3: no result; 1 could not be trained");
});

test("colours are logarithmic, from C at epoch 0 to the lowest, over a factor of two at least", () => {
  const { best, worst, share } = scaleOf([1, NaN, 0.01, Infinity, 5.2e226, 0], "median", [1, 0.9, 1e9]);
  equal([best, worst], [0.01, 1]);
  close([share(1), share(0.1), share(0.01), share(Infinity), share(5.2e226), share(0)], [1, 0.5, 0, 1, 1, 0]);
  const alike = scaleOf([0.12, 0.125], "median", [0.13]);
  close([alike.best, alike.share(0.12) > 0.8, alike.share(0.13)], [0.065, true, 1]);
  equal(Number.isNaN(scaleOf([], "lowest", []).worst), true);
  equal(scaleOf([0.2, 0.4], "share", []).share(0.4), 0.6);
});

test("different values have different texts", () => {
  equal(valueTexts([0.1251, 0.1252, 0.5, NaN, Infinity, 1.41e-4]), ["0.1251", "0.1252", "0.5", "", "∞", "1.4e−4"]);
  equal(valueTexts([0.1251, 0.1251]), ["0.13", "0.13"]);
});

test("bands have one scale of what learns: higher ones are cut off", () => {
  const learns = Float32Array.of(0.3, 0.002, NaN, 0);
  const { low, high, share, clippedAbove, clippedBelow } = bandScale([learns], [0.25]);
  close([low, high, share(high), share(low)], [0.002, 0.3, 1, 0], 1e-6);
  equal([clippedAbove, clippedBelow], [false, false]);
  const blownUp = bandScale([learns, Float32Array.of(3.4e38, Infinity)], [0.25]);
  close([blownUp.low, blownUp.high], [0.002, 0.75], 1e-6);
  equal([blownUp.clippedAbove, blownUp.share(Infinity) > 1], [true, true]);
  equal(bandScale([], []), undefined);
  equal(bandScale([Float32Array.of(1e-30, 1)], [1]).clippedBelow, true);
});
