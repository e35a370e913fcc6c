import { Readout } from "/pages/ui/live/player/readout.js";
import { equal, fakeTime, test } from "../harness.js";

const time = fakeTime();
const scene = { score: "accuracy", base_rate: null, scored: { moving: false, whole: true } };

/** Return the status of a film at an epoch of 500, with some of it changed. */
const at = (epoch, changed = {}) => ({
  state: "paused", length: 500, trained: 500, ended: "", why: "", lost: false, target: undefined, drawn: epoch, epoch, course: {},
  frame: { epoch, losses: [0.25, NaN], layers: {}, whole: true }, ...changed,
});

/** Return the text after these updates. */
function text(...updates) {
  const readout = new Readout();
  for (const status of updates) readout.update(status, scene, "");
  return [...readout.element.children].map((part) => part.textContent);
}

test("at rest it shows the epoch and the losses", () => {
  equal(text(at(12)), ["Epoch 12 of 500", "C = 0.25"]);
  equal(text(at(1234, { length: 5000, frame: { epoch: 1234, losses: [1 / 3, 0.5], layers: {} } })), ["Epoch 1,234 of 5,000", "C = 0.3333", "validation 0.5"]);
});

test("a score over some of the samples is an estimate", () => {
  const frame = { epoch: 1, losses: [0.25, NaN], layers: { score: [0.75, NaN] } };
  equal([text(at(1, { frame }))[2], text(at(1, { frame: { ...frame, whole: true } }))[2]], ["accuracy ≈ 75.0 %", "accuracy 75.0 %"]);
});

test("while it plays, the rate and the time left are of the last half second", () => {
  const readout = new Readout();
  const course = { from: 0 };
  const update = (epoch, drawn) => readout.update(at(epoch, { state: "playing", course, drawn }), scene, "");
  update(0, 0);
  time.advance(500);
  update(50, 10);
  equal(readout.element.lastChild.textContent, "100 epochs/s, 20 frames/s, about 5 s left");
  time.advance(400);
  update(55, 15);
  equal(readout.element.lastChild.textContent, "100 epochs/s, 20 frames/s, about 5 s left");
});

test("on the way to a goal there is a bar", () => {
  const readout = new Readout();
  const course = { from: 100, goal: { epoch: 300 } };
  readout.update(at(150, { state: "playing", course }), scene, "");
  equal([readout.element.textContent.includes("running to epoch 300"), readout.element.querySelector("progress").value], [true, 0.25]);
  readout.update(at(150, { state: "playing", course: { from: 100, goal: { loss: 0.05 } } }), scene, "");
  equal([readout.element.textContent.includes("running until C is below 0.05"), readout.element.querySelector("progress").position], [true, -1]);
});

test("a far epoch is computed with progress, from where the film was", () => {
  const readout = new Readout();
  readout.update(at(100, { target: 300, course: { from: 100 } }), scene, "");
  readout.update(at(200, { target: 300, course: { from: 100 } }), scene, "");
  equal(readout.element.lastChild.textContent, "computing epoch 300, showing epoch 200 ");
});

test("what did not come about is said", () => {
  equal(text(at(500, { state: "done", course: { from: 0, missed: 2e-4 } })).at(-1), "C did not fall below 2e−4 in this run");
  equal(text(at(5, { state: "lost" })).at(-1), "No answer from the server; retrying …");
  equal(text(at(5, { state: "lost", lost: true })).at(-1), "The server no longer has this run: see above");
  equal(text(at(500, { state: "done", why: "Done" })).at(-1), "Done");
});
