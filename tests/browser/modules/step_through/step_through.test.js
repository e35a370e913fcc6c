import { PATIENCE } from "/pages/ui/live/step_through/question_view.js";
import { encode, equal, fakeTime, test } from "../harness.js";
import { ARRAYS, sceneOf, stops } from "./network.js";
import { openView } from "./open_view.js";

const time = fakeTime();
const SOON = 1_000; // ms, more than a move takes to settle
const FORMS = sceneOf().forms;
const isMatrix = (name) => /^(d|new_)?W\d/.test(name);
const GROUPS = { matrices: Object.keys(ARRAYS).filter(isMatrix), samples: Object.keys(ARRAYS).filter((name) => !isMatrix(name)) };
const WEIGHT = { layer: 1, row: 0, column: 0 };

/** Return a message as the server sends it; `has`: the groups in it; `times`: how often each sample is there. */
function message({ epoch = 3, weight = WEIGHT, has = ["samples", "matrices", "forms"], times = 1, ...others } = {}) {
  const rest = Object.fromEntries(Object.entries(sceneOf({ weight })).filter(([name]) => !(name in ARRAYS)));
  const groups = Object.fromEntries(has.filter((name) => name in GROUPS).map((name) => [name, GROUPS[name]]));
  const arrays = Object.fromEntries(Object.values(groups).flat().map((name) => [name, isMatrix(name) ? ARRAYS[name] : repeated(ARRAYS[name], times)]));
  const state = { samples: `${epoch}`, matrices: `${epoch}`, forms: JSON.stringify([epoch, weight]) };
  const header = { ...rest, sequence: 0, token: "t", epoch, stop: "X", verdict: null, state, groups, forms: has.includes("forms") ? FORMS : undefined, ...others };
  return encode(header, arrays);
}

function repeated({ rows, columns, values }, times) {
  return { rows: rows * times, columns, values: Float64Array.from({ length: values.length * times }, (_, i) => values[i % values.length]) };
}

/** Return an open view that has received that message, and what it has sent. */
function opened(first = {}) {
  time.clear();
  const [sent, address] = [[], {}];
  const view = openView((fields) => sent.push(fields), (params) => Object.assign(address, params));
  const receive = (fields) => view.receive(message(fields));
  receive(first);
  const press = (...keys) => keys.forEach((key) => view.element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));
  return { view, sent, address, receive, press, next: () => view.bar.epoch.click(), data: view.element.dataset,
    check: (text) => {
      view.question.field.value = text;
      view.question.field.dispatchEvent(new Event("input"));
      view.question.element.requestSubmit();
    } };
}

test("a view asks for what it lacks, and shows nothing before", () => {
  for (const has of [[], ["samples", "matrices"], ["forms"]]) {
    const { sent, receive, data } = opened({ has, sequence: 7 });
    equal([sent, data.stop], [[{ sequence: 7, lacks: true }], undefined], has);
    receive({ sequence: 7, stop: "H" });
    equal([data.stop, data.values, data.synced, sent.length], ["H", "[2.5]", "true", 1]);
  }
});

test("what was sent before is kept as long as it holds", () => {
  const { sent, receive, press, view, data } = opened();
  receive({ weight: { layer: 2, row: 0, column: 0 }, has: ["forms"] });
  equal([[...view.scene.X.values], view.scene.focus.weight.layer, sent.length], [[1, 0, 1, 1, 1, 1], 2, 0]);
  receive({ epoch: 4, has: ["samples", "forms"] });
  equal([sent, view.scene.epoch], [[{ sequence: 0, lacks: true }], 3]);
  press("ArrowRight");
  receive({ epoch: 3 });
  equal([data.stop, data.synced], ["H", "false"], "the question for it is not the answer of a move");
});

test("keys move at once, and the last place is sent", () => {
  const { sent, receive, press, data } = opened();
  press("ArrowRight", "ArrowRight");
  equal([data.stop, data.values, data.synced, sent.length], ["Z", "[2.5,1]", "false", 0]);
  time.advance(SOON);
  equal(sent, [{ sequence: 2, token: "t", stop: "Z" }]);
  receive({ sequence: 2, stop: "Z", has: [] });
  time.advance(SOON);
  equal([data.synced, sent.length], ["true", 1]);
});

test("a late answer does not move back, and what it has not answered is sent again", () => {
  const { sent, receive, press, data } = opened();
  press("ArrowRight");
  time.advance(SOON);
  press("ArrowRight");
  receive({ sequence: 1, stop: "H", has: [] });
  equal([data.stop, data.synced], ["Z", "false"]);
  time.advance(SOON);
  receive({ sequence: 1, stop: "H", has: [] });
  time.advance(SOON);
  equal(sent.map(({ sequence, stop }) => [sequence, stop]), [[1, "H"], [2, "Z"], [2, "Z"]]);
});

test("a move during Next epoch is answered for from its first stop", () => {
  const { sent, receive, press, next, data } = opened();
  press("End");
  next();
  press("ArrowLeft", "ArrowLeft");
  time.advance(SOON);
  equal(sent.map(({ action, epoch }) => [action, epoch]), [["next", 3]], "nothing is sent meanwhile");
  receive({ sequence: 2, epoch: 4 });
  equal([data.epoch, data.stop], ["4", "X"]);
  time.advance(SOON);
  equal([sent.length, sent[1].sequence, sent[1].stop], [2, 4, "X"]);
  receive({ sequence: 4, epoch: 4, has: [] });
  equal(data.synced, "true");
});

test("after a lost answer the place is sent, and one can act again", () => {
  const { sent, press, next } = opened();
  next();
  press("ArrowRight");
  time.advance(PATIENCE - 1);
  next();
  equal(sent.length, 1);
  time.advance(SOON);
  equal(sent.map(({ stop, action }) => [stop, action]), [["X", "next"], ["H", undefined]]);
  next();
  equal(sent.length, 3);
});

test("a number is not checked while the next epoch is under way", () => {
  const { view, sent, press, next, check } = opened();
  view.bar.ask.click();
  press("ArrowRight");
  next();
  check("0.5");
  equal([sent.length, sent[0].action, view.question.check.textContent], [1, "next", "Check"]);
});

test("a number that is asked is nowhere until its verdict", () => {
  const { view, sent, receive, press, data, check } = opened();
  view.bar.ask.click();
  press("ArrowRight");
  const shown = () => [data.values, view.stopView.element.dataset.values, view.stopView.numbers.textContent.includes("2.5"), view.diagram.element.textContent.includes("2.5")];
  equal(shown(), ["", "", false, false]);
  check("2.5");
  equal([sent[0].action, sent[0].typed, sent[0].sequence, view.question.check.textContent], ["check", "2.5", 2, "Checking…"]);
  receive({ sequence: 2, stop: "H", has: [], verdict: { sequence: 1, outcome: "right", messages: [] } });
  equal(view.question.check.textContent, "Checking…", "another answer's");
  receive({ sequence: 2, stop: "H", has: [], verdict: { sequence: 2, outcome: "right", messages: ["Right."] } });
  equal(shown(), ["[2.5]", "[2.5]", true, true]);
});

test("a move leaves the weight that was chosen elsewhere meanwhile", () => {
  const { view, sent, receive, press } = opened();
  press("ArrowRight");
  receive({ weight: { layer: 2, row: 1, column: 0 }, has: ["forms"] });
  time.advance(SOON);
  equal([view.scene.focus.weight.layer, sent.at(-1)], [2, { sequence: 1, token: "t", stop: "H" }]);
});

test("the address has the stop and the weight, wherever they were chosen", () => {
  const { view, address, receive, press } = opened();
  equal(address, { stop: "X", weight: "1.1.1", output: 1 });
  press("ArrowRight");
  receive({ weight: { layer: 2, row: 1, column: 0 }, has: ["forms"] });
  equal(address, { stop: "H", weight: "2.2.1", output: 1 }, "in the cards below");
  view.stopView.pick({ layer: 1, row: 2, column: 0 });
  equal(address, { stop: "H", weight: "1.3.1", output: 1 }, "here");
});

test("a weight chosen here is sent until the server has it", () => {
  const { view, sent, receive, press } = opened({ stop: "dC_dW1" });
  view.stopView.pick({ layer: 1, row: 2, column: 0 });
  press("ArrowRight");
  time.advance(SOON);
  equal(sent, [{ sequence: 2, token: "t", stop: "update", layer: 1, row: 2, column: 0 }]);
  receive({ sequence: 2, stop: "update", weight: { layer: 1, row: 2, column: 0 }, has: ["forms"] });
  press("ArrowRight");
  time.advance(SOON);
  equal(sent[1], { sequence: 3, token: "t", stop: "new_C" });
});

test("a switch draws once", () => {
  const { view, press } = opened();
  let draws = 0;
  const draw = view.diagram.draw.bind(view.diagram);
  view.diagram.draw = (...parts) => {
    draws += 1;
    draw(...parts);
  };
  press("ArrowRight");
  view.bar.ask.click();
  view.bar.views[1].click();
  equal(draws, 3);
});

test("an array of very many numbers is not written out", () => {
  const times = 20_000; // each of the two samples, of three numbers
  const { view, data } = opened({ times, samples: 2 * times });
  view.bar.views[1].click();
  const { rows, columns, values } = view.stopView.element.dataset;
  equal([data.values, rows, columns, values], ["[1,0,1]", String(2 * times), "3", ""]);
});

test("another sample shows its own arrays, though they were sent before", () => {
  const { view, receive, data } = opened({ stop: "Z" });
  receive({ stop: "Z", focus: { sample: 1, output: 0, weight: WEIGHT }, has: [] });
  equal([data.sample, data.values, view.stopView.arrays.textContent.includes("1.5")], ["2", "[1.5,1]", true]);
});
