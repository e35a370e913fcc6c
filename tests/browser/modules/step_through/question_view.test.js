import { make } from "/pages/ui/live/dom.js";
import { QuestionView } from "/pages/ui/live/step_through/question_view.js";
import { equal, fakeTime, test } from "../harness.js";

const time = fakeTime();
const stop = (name, operation, layer, backward = false) => ({ name, operation, layer, backward });
const stops = [stop("X", "inputs", 0), stop("H", "sum", 1), stop("O", "sum", 2), stop("C", "cost", 0), stop("dC_dZ", "weights", 2, true), stop("dC_dW1", "gradient", 1, true), stop("update", "update", 0), stop("new_C", "cost", 0)];
const [X, H, O, C, dC_dZ, dC_dW1, update, new_C] = stops;
const labels = { X: "X", H: "H", O: "O", C: "C", dC_dZ: "∂C/∂Z", dC_dW1: "∂C/∂W⁽¹⁾", update: "update", new_C: "new C" };
const array = (rows, columns) => ({ rows, columns, values: new Float64Array(rows * columns).fill(0.5) });
const scene = {
  token: "t", epoch: 90, samples: 4, stops, new_cost: 0.1,
  focus: { sample: 2, output: 0, weight: { layer: 1, row: 0, column: 1 } },
  functions: { loss: "half_mse" }, first: 0, path: [1, 0], cost: 0.2,
  ...Object.fromEntries(Object.entries({ X: 2, H: 2, Z: 3, O: 1, C: 1, dC_dO: 1, dC_dZ: 2, dC_dH: 2, new_C: 1 }).map(([name, columns]) => [name, array(4, columns)])),
  W1: array(2, 2), W2: array(3, 1), dW1: array(2, 2), new_W1: array(2, 2), new_W2: array(3, 1),
  names: { W1: { rows: ["x1", "bias"], columns: ["h1", "h2"] }, W2: { rows: ["h1", "h2", "bias"], columns: ["y"] } },
  forms: { stops: Object.fromEntries(Object.entries(labels).map(([name, label]) => [name, { label }])) },
};
const [first, second] = [{ row: 0, column: 0 }, { row: 0, column: 1 }];

/** A question in a walk, with what it has sent and how often it has said that it changed. */
function asking(on = true) {
  const sent = [];
  const send = (fields) => (found.busy ? undefined : sent.push(fields)); // its place is its sequence
  const view = new QuestionView(send, () => (found.changes += 1));
  const walk = make("section", { tabindex: 0 }, view.element);
  const found = { view, walk, sent, changes: 0, busy: false,
    type(text) {
      view.field.focus();
      view.field.value = text;
      view.field.dispatchEvent(new Event("input", { bubbles: true }));
    },
    enter: () => view.element.requestSubmit(),
    answer: (outcome, messages = ["Said."], sequence = sent.length) => view.receive({ ...scene, verdict: { sequence, outcome, messages } }),
    said: () => view.feedback.textContent,
  };
  document.body.replaceChildren(walk);
  view.on = on;
  view.draw(scene, H, second);
  found.changes = 0;
  return found;
}

test("the question names the unit, the sample and the matrix", () => {
  const { view } = asking();
  const label = (...of) => {
    view.draw(scene, ...of);
    return view.label.textContent;
  };
  equal(label(H, second), "What is h2’s H for sample 3?");
  equal(label(O, first), "What is O for sample 3?", "the only output");
  equal(label(dC_dZ, second), "What is h2’s ∂C/∂Z for sample 3?");
  equal([label(C, first), label(C, first, true)], ["What is sample 3’s share of C?", "What is C, over all 4 samples?"]);
  equal(label(new_C, first), "What is sample 3’s share of the new C?");
  equal(label(dC_dW1, second), "What is sample 3’s part of ∂C/∂W⁽¹⁾ from x1 to h2?");
  equal(label(dC_dW1, second, true), "What is ∂C/∂W⁽¹⁾ from x1 to h2, over all 4 samples?");
  equal(label(update, first), "What is the new weight from x1 to h2?", "the chosen weight");
  equal([view.label.htmlFor, view.feedback.getAttribute("role")], [view.field.id, "status"]);
});

test("nothing is hidden unless it is asked, and X never is", () => {
  const { view } = asking(false);
  equal([view.hides(H), view.element.hidden], [false, true]);
  view.on = true;
  equal([view.hides(H), view.hides(C), view.hides(X), view.element.hidden], [true, true, false, false]);
  for (const stop of [update, new_C]) {
    view.draw({ ...scene, new_cost: null }, stop, first);
    equal([view.hides(stop), view.controls.hidden, view.count.textContent], [false, true, ""], "not finite");
  }
});

test("a number that is not finite is not asked, which is said", () => {
  const { view } = asking();
  const H_of = (...values) => ({ ...scene, H: { rows: 4, columns: 2, values: Float64Array.from([0, 0, 0, 0, ...values, 0, 0]) } });
  const asked = (shown, ...of) => {
    view.draw(shown, ...of);
    return [view.hides(of[0]), !view.controls.hidden, view.label.textContent];
  };
  const said = [false, false, "Nothing is asked here: not every number is finite."];
  equal(asked(H_of(0, Infinity), H, second), said);
  equal(asked(H_of(0, NaN), H, second), said);
  equal(asked(H_of(Infinity, 0), H, second), [true, true, "What is h2’s H for sample 3?"], "another unit's is not");
  view.draw(H_of(0, Infinity), X, first);
  equal(view.label.textContent, "Questions begin at O.");
  equal(asked({ ...scene, dW1: { ...scene.dW1, values: new Float64Array(4).fill(NaN) } }, dC_dW1, second, true), said, "over all samples");
});

test("it says where the questions begin, and which of how many it is", () => {
  const { view } = asking();
  equal([view.count.textContent, view.controls.hidden], ["Question 1 of 7", false]);
  view.draw(scene, X, first);
  equal([view.label.textContent, view.count.textContent, view.controls.hidden, view.hides(X)], ["Questions begin at H.", "", true, false]);
  view.draw(scene, new_C, first);
  equal([view.count.textContent, view.controls.hidden], ["Question 7 of 7", false]);
});

test("Enter sends what was typed; until the answer nothing else is sent", () => {
  const { view, type, enter, sent, answer } = asking();
  type("0,5");
  enter();
  equal(sent, [{ action: "check", typed: "0,5", asked_row: 0, asked_column: 1, all: false }]);
  equal([view.check.textContent, view.check.disabled, view.show.disabled], ["Checking…", true, true]);
  view.show.click();
  enter();
  equal(sent.length, 1);
  answer("wrong", ["Not quite. You get this number if the bias is missing."]);
  equal([view.check.textContent, view.check.disabled, view.field.value, view.hides(H)], ["Check", false, "0,5", true]);
  equal(view.feedback.textContent, "✗Not quite. You get this number if the bias is missing.");
});

test("the number is shown once it was right, and stays so for its entry", () => {
  const found = asking();
  const { view, type, enter, answer, walk } = found;
  type("0.5");
  enter();
  answer("right");
  equal([view.hides(H), view.controls.hidden, view.count.textContent, found.changes], [false, true, "1 of 7 right", 1]);
  equal(document.activeElement === walk, true, "keys move the track again");
  view.draw(scene, C, first);
  equal([view.hides(C), view.hides(H)], [true, false]);
  view.draw(scene, H, first);
  equal([view.hides(H), view.field.value], [true, ""], "another unit");
  equal(found.changes, 1, "only an answer changes what is hidden while nothing is drawn");
  view.draw(scene, H, second);
  equal([view.hides(H), found.said()], [false, "✓Said."]);
});

test("Show it reveals the number and does not count", () => {
  const { view, sent, answer } = asking();
  view.show.click();
  equal(sent[0].action, "show");
  answer("shown", ["It is 0.5."]);
  equal([view.hides(H), view.count.textContent], [false, "0 of 7 right"]);
});

test("another epoch, sample, run or loss asks again", () => {
  const others = { epoch: { epoch: 91, token: "u" }, run: { token: "u" }, sample: { focus: { ...scene.focus, sample: 1 } }, loss: { functions: { loss: "mse" } } };
  for (const [name, other] of Object.entries(others)) {
    const { view, type, enter, answer, said, sent } = asking();
    type("0.5");
    enter();
    answer("right");
    view.draw({ ...scene, ...other }, H, second);
    equal([view.hides(H), view.count.textContent, said()], [true, `New ${name}: 0 of 7 right`, ""]);
    enter();
    view.receive({ verdict: { sequence: sent.length, outcome: "shown", messages: [] } });
    equal(view.count.textContent, "0 of 7 right");
  }
});

test("an answer to something else is not taken", () => {
  const { view, type, enter, answer } = asking();
  type("0.5");
  enter();
  answer("right", ["Late."], 0);
  view.receive({ ...scene, verdict: null });
  equal([view.hides(H), view.check.disabled], [true, true]);
  view.draw({ ...scene, epoch: 91 }, H, second);
  answer("right");
  equal([view.hides(H), view.check.disabled], [true, false]);
});

test("what cannot be sent now is not waited for", () => {
  const found = asking();
  found.busy = true;
  found.type("0.5");
  found.enter();
  equal([found.view.check.textContent, found.view.check.disabled, found.view.field.value], ["Check", false, "0.5"]);
});

test("a lost answer does not lock the form, and a late one is not taken", () => {
  const { view, type, enter, sent, answer, said } = asking();
  type("0.5");
  enter();
  time.advance(9_900);
  equal(view.check.disabled, true);
  time.advance(200);
  equal([view.check.disabled, view.field.value, said()], [false, "0.5", "✎The server has not answered. Check again."]);
  answer("right");
  equal(view.hides(H), true);
  enter();
  equal(sent.length, 2);
});

test("keys typed in the field stay there, and Escape leaves it", () => {
  const { view, walk, type } = asking();
  const keys = [];
  walk.onkeydown = ({ key }) => keys.push(key);
  type("0.5");
  for (const key of ["ArrowRight", "c", "Home", "Escape"]) view.field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  equal(keys, []);
  equal(document.activeElement === walk, true);
  equal(view.field.value, "0.5");
});

test("drawn again the field keeps its focus, and what is said is not said again", () => {
  const { view, type, enter, answer } = asking();
  type("0.5");
  enter();
  answer("again", ["Type at least two significant digits, e.g. 0.50."]);
  const [line] = view.feedback.children;
  view.draw(scene, H, second);
  equal([document.activeElement === view.field, view.feedback.children[0] === line], [true, true]);
});
