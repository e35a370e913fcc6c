import { RunFilm } from "/pages/ui/live/run_page/film/run_film.js";
import { equal, test } from "../../harness.js";
import { runOf, scene } from "../run.js";

const content = (...views) => ({ views: new Set(views), plane: undefined, sample: 1 });
const filmOf = (epochs, { views = [], ...fields } = {}) => new RunFilm(runOf(epochs, fields), content(...views));
const APART = [0, 10, 20, 50]; // epochs

test("the frame at an epoch is the nearest of the film, of two as near the earlier", () => {
  const film = filmOf(APART);
  equal([0, 4, 5, 6, 34, 36, 50, 99].map((epoch) => film.at(epoch).epoch), [0, 0, 0, 10, 20, 50, 50, 50]);
});

test("a step goes to the next epoch of the film, also from between two, and stays at its ends", () => {
  const film = filmOf(APART);
  equal([0, 9, 10, 20, 31, 49, 50].map((epoch) => film.step(epoch, 1)), [10, 10, 20, 50, 50, 50, 50]);
  equal([0, 1, 10, 19, 20, 21, 50].map((epoch) => film.step(epoch, -1)), [0, 0, 0, 10, 10, 20, 20]);
});

test("the next frame is the first that is a stride away, else the last; after that there is none", () => {
  const film = filmOf(APART);
  const next = (epoch, stride) => film.next(epoch, stride)?.epoch;
  equal([next(0, 1), next(0, 10), next(0, 11), next(10, 10), next(20, 5), next(20, 1000), next(50, 1)], [10, 10, 20, 20, 50, 50, undefined]);
  const every = filmOf([0, 1, 2, 3, 4, 5]);
  equal([1, 2, 3, 10].map((stride) => every.next(1, stride).epoch), [2, 3, 4, 5]);
});

test("a frame that rests is whole, and one that plays is not; without validation samples their loss is no number", () => {
  const film = filmOf(APART);
  const [rests, plays] = [film.at(10), film.next(0, 1)];
  equal([rests.whole, plays.whole, plays.epoch, plays.losses], [true, false, 10, [1 / 11, NaN]]);
  equal(film.at(10).layers, { W1: Array(6).fill(10), W2: Array(3).fill(10) });
});

test("it has every frame, as far as the player asks", () => {
  equal(filmOf(APART).ahead(10, 120), { count: 120, last: 50 });
});

test("frames carry what is wanted now", () => {
  const film = filmOf([0, 1]);
  equal(Object.keys(film.at(1).layers), ["W1", "W2"]);
  film.carry(content("updates", "norms"));
  const { layers } = film.at(1);
  equal([Object.keys(layers), layers.uW2], [["W1", "W2", "uW1", "uW2", "norms"], [1, 1, 1]]);
  equal(film.at(0).layers.uW1, Array(6).fill(0));
});

test("where a frame takes longer than the screen's, others are left out", () => {
  const { now } = performance;
  let time = 0;
  performance.now = () => (time += 40);
  const film = filmOf(Array.from({ length: 100 }, (_, epoch) => epoch));
  const epochs = [];
  for (let epoch = 0; epochs.length < 8; epochs.push(epoch)) ({ epoch } = film.next(epoch, 1));
  performance.now = now;
  equal(epochs, [1, 2, 3, 4, 5, 7, 9, 11]);
});

test("a page that lacks samples takes gradients from the run, and scores from the curve over all", () => {
  const lacking = {
    samples: 9, gradientsAt: () => [new Float64Array(6).fill(3), new Float64Array(3).fill(4)], rows: Float64Array.of(0, 3, 5, 8), views: ["gradients", "score", "network"],
  };
  const film = filmOf(APART, lacking);
  const { layers } = film.at(20);
  equal([layers.dW1, layers.dW2, layers.score, "sample" in layers], [Array(6).fill(3), Array(3).fill(4), [0.75, NaN], false]);
  equal("score" in film.at(10).layers, false, "between points of the curve");
  film.carry({ ...content("network"), sample: 5 });
  equal([...film.at(0).layers.sample.subarray(0, 2)], [1, 0], "the page's third sample");
});

test("edges are those of the diagram, which may omit nodes but not the bias", () => {
  const of = (names, more, bias) => ({ names, more, bias });
  const diagram = { columns: [of(["x1", "bias"], 1, true), of(["h1", "bias"], 1, true), of(["y"], 0, false)] };
  const run = runOf([0], { weightsAt: () => [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(7, 8, 9)] });
  run.stage = { ...run.stage, scene: { ...scene, diagram } };
  const { edges1, edges2 } = new RunFilm(run, content("network")).at(0).layers;
  equal([edges1, edges2], [[1, 5], [7, 9]]);
});
