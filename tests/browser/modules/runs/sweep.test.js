import { SweepView } from "/pages/ui/live/runs/sweep.js";
import { encode, equal, fakeTime, test } from "../harness.js";

const time = fakeTime();
const EPOCHS = 61;

/** A source that notes what is sent. */
class FakeSource {
  sent = [];
  away = false;
  rests = 0;

  open() {}

  close() {}

  atRest() { this.rests += 1; }

  send = (message) => this.sent.push(message);

  get last() { return this.sent.at(-1); }
}

const scene = {
  axes: [{ label: "Learning rate η", texts: ["1", "3"], names: ["η = 1", "η = 3"] }, { label: "Hidden units m", texts: ["2", "4"], names: ["m = 2", "m = 4"] }],
  shape: [2, 2], seeds: 2, epochs: 100, charts: 400, digits: 4, validated: false, endings: ["run length", "diverged", "early stopping", "failed"], about: "XOR",
};
const display = { measure: "median", view: "heatmap", threshold: 0.1, cell: -1 };

/** Return a message with these results, [place, final C] each, from the first on. */
function message(results, { first = 0, settled = false, arrays = {}, finished = results.length, ...header } = {}) {
  const values = Float64Array.from(results.flatMap(([run, C, ended = 0]) => [run, 0.6, C, C / 2, 4, NaN, NaN, ended, 100, 0.01]));
  return encode({
    token: "a", sequence: 0, settled, state: settled ? "done" : "running", first, bands: [0, 0], display: { ...display }, runs: { used: -1, names: {} }, replay: null, notice: "", scene,
    progress: { finished, count: 8, epochs: [finished * 100, 800], left: 3, engine: "2 processes", notices: [] }, ...header,
  }, { results: { rows: results.length, values }, ...arrays });
}

const style = document.createElement("style");
style.textContent = ":root { --st-chart-diverging-colors: #ff0000, #ffffff, #0000ff; --st-text-color: #111111; --st-background-color: #ffffff; --st-chart-categorical-colors: #0000ff, #ff0000 }";
document.head.append(style);

function opened() {
  time.clear();
  document.body.replaceChildren();
  const source = new FakeSource();
  const view = new SweepView(source);
  view.open(document.body);
  return { view, source, data: view.element.dataset, cell: (i) => view.element.querySelector(`[data-cell="${i}"]`), button: (text) => [...view.element.querySelectorAll("button")].find((one) => one.textContent === text) };
}

test("results come in while it runs, a few times a second, and nothing is asked for once it is done", () => {
  const { view, source, data, cell } = opened();
  view.receive(message([]));
  equal([data.state, cell(0).dataset.state, cell(0).ariaLabel], ["running", "empty", "η = 1, m = 2: no result yet"]);
  equal(source.sent, []);
  time.advance(300);
  equal([source.last.sequence, source.last.token, source.last.has], [1, "a", 0]);
  view.receive(message([[0, 0.5], [7, 0.01]], { sequence: 1 }));
  equal([data.finished, data.count, cell(0).dataset.state, cell(0).textContent, cell(3).textContent], ["2", "8", "part", "0.5", "0.01"]);
  time.advance(300);
  equal(source.last.has, 2);
  view.receive(message([[4, 0.3], [3, 0.03]], { sequence: 2, first: 2, settled: true, finished: 4 }));
  equal([data.state, cell(0).dataset.state, cell(0).textContent, cell(3).textContent], ["done", "whole", "0.4", "0.02"]);
  time.advance(60_000);
  equal(source.sent.length, 2);
});

test("an answer that is lost is asked for again", () => {
  const { view, source } = opened();
  view.receive(message([]));
  time.advance(300);
  time.advance(2500);
  equal(source.sent.map(({ sequence }) => sequence), [1, 2]);
});

test("nothing is sent while the page is being left", () => {
  const { view, source } = opened();
  view.receive(message([]));
  source.away = true;
  time.advance(1000);
  equal(source.sent, []);
  source.away = false;
  time.advance(300);
  equal(source.sent.length, 1);
});

test("a link is followed once the answer is there", () => {
  const { view, source } = opened();
  view.receive(message([]));
  time.advance(300);
  equal([view.busy, source.rests], [true, 1]);
  view.receive(message([], { sequence: 1 }));
  equal([view.busy, source.rests], [false, 2]);
});

test("Cancel acts here at once", () => {
  const { view, source, data, button } = opened();
  view.receive(message([[0, 0.5]]));
  button("Cancel").click();
  equal([data.state, source.last.cancel, view.cancel.hidden], ["cancelled", true, true]);
  view.receive(message([], { sequence: 1, first: 1, settled: true, state: "cancelled", finished: 1 }));
  equal(data.state, "cancelled");
  time.advance(10_000);
  equal(source.sent.length, 1);
});

test("a measure and a threshold act here at once, and are told to the server", () => {
  const { view, source, cell, button } = opened();
  view.receive(message([[0, 0.5], [4, 0.18]], { settled: true }));
  button("Share below").click();
  equal([cell(0).textContent, view.below.hidden], ["1/2", false]); // half of 0.18 is below 0.1
  view.threshold.value = "1/2";
  view.threshold.oninput();
  equal([cell(0).textContent, cell(0).ariaLabel], ["2/2", "η = 1, m = 2: C below 0.5 in 2 of 2 runs"]);
  time.advance(300);
  equal([source.last.measure, source.last.threshold], ["share", 0.5]);
  view.threshold.value = "much";
  view.threshold.oninput();
  equal([view.threshold.ariaInvalid, cell(0).textContent], ["true", "2/2"]);
});

test("runs that diverged have a sign and a number", () => {
  const { view, cell } = opened();
  view.receive(message([[0, 0.5, 1], [4, 0.2]], { settled: true }));
  equal([cell(0).dataset.diverged, cell(0).querySelector("small").textContent.at(-1), cell(0).querySelector("span").textContent], ["1", "1", "∞"]);
});

test("arrow keys move through the cells", () => {
  const { view, cell } = opened();
  view.receive(message([[0, 0.5]], { settled: true }));
  const focused = () => view.element.getRootNode().activeElement?.dataset.cell;
  const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  equal([0, 1, 2, 3].map((i) => cell(i).tabIndex), [0, -1, -1, -1]);
  cell(0).focus();
  for (const [key, place] of [["ArrowRight", "1"], ["ArrowRight", "1"], ["ArrowDown", "3"], ["Home", "2"], ["ArrowUp", "0"], ["End", "1"]]) {
    press(key);
    equal(focused(), place, key);
  }
  equal([0, 1, 2, 3].map((i) => cell(i).tabIndex), [-1, 0, -1, -1]);
});

test("a cell lists its runs, which can be opened and kept", () => {
  const { view, source, cell } = opened();
  view.receive(message([[5, 0.5], [1, 0.25]], { settled: true }));
  cell(1).click();
  const lines = () => [...view.details.element.querySelectorAll("tr[data-run]")];
  equal(lines().map(({ dataset }) => dataset.run), ["1", "5"]);
  equal(lines()[0].textContent, "0OpenKeep0.250.1254100run length10 ms");
  const [, keep] = lines()[1].querySelectorAll("button");
  keep.click();
  equal([source.last.action, source.last.run, keep.disabled], ["keep", 5, true]);
  view.receive(message([], { first: 2, finished: 2, sequence: source.last.sequence, settled: true, replay: { run: 5, action: "keep", at: 30, of: 100 } }));
  equal([keep.textContent, lines()[1].dataset.state], ["30 %", "training"]);
  time.advance(300);
  equal(source.last.action, undefined); // it is known
  view.receive(message([], { first: 2, finished: 2, sequence: source.last.sequence, settled: true, runs: { used: 1, names: { 5: "mine" } } }));
  equal([keep.textContent, keep.disabled, lines()[1].dataset.state, lines()[0].dataset.state], ["Kept", true, "kept", "used"]);
  equal(view.details.status.textContent, "The run of seed 0 is in use on all pages. The run of seed 1 is kept as “mine”.");
  cell(1).click();
  equal(view.details.element.hidden, true);
});

test("a request to open is repeated until it is answered", () => {
  const { view, source, cell } = opened();
  view.receive(message([[0, 0.5], [1, 0.25]]));
  time.advance(300);
  cell(0).click();
  view.details.element.querySelector("[data-action=open]").click();
  equal([source.last.sequence, source.last.action], [2, "open"]);
  view.receive(message([], { first: 2, finished: 2, sequence: 1 })); // of the request before
  time.advance(300);
  equal([source.last.sequence, source.last.action], [3, "open"]);
});

test("curves are drawn in their cells as they come", () => {
  const { view, source, cell, button } = opened();
  view.receive(message([[0, 0.5], [1, 0.25]], { settled: true }));
  button("Curves").click();
  time.advance(300);
  equal([source.last.view, source.last.bands], ["curves", 0]);
  const values = Float32Array.from({ length: 3 * EPOCHS }, (_, i) => 0.1 + i / 1000);
  const arrays = { cells: Float64Array.of(0), bands: { rows: 1, values } };
  view.receive(message([], { first: 2, finished: 2, sequence: 1, settled: true, bands: [0, 2], arrays }));
  equal([Boolean(cell(0).querySelector("canvas")), Boolean(cell(1).querySelector("canvas")), view.measure.hidden], [true, false, true]);
  time.advance(10_000);
  equal(source.sent.length, 1);
  button("Heatmap").click();
  equal([cell(0).querySelector("canvas"), cell(0).style.background], [null, "rgb(208, 208, 243)"]);
});

test("another sweep begins anew, and after a reload the numbers of requests go on", () => {
  const { view, source, cell } = opened();
  view.receive(message([[0, 0.5], [1, 0.25]], { settled: true }));
  view.receive(message([], { token: "b", sequence: 40 }));
  equal([cell(0).dataset.state, view.element.dataset.token], ["empty", "b"]);
  time.advance(300);
  equal([source.last.sequence, source.last.token], [41, "b"]);
});

test("with one axis the table is a column", () => {
  const { view, cell } = opened();
  view.receive(message([[0, 0.5]], { scene: { ...scene, axes: scene.axes.slice(0, 1), shape: [2, 1] } }));
  equal([view.table.cells.length, cell(1).ariaLabel], [2, "η = 3: no result yet"]);
});

test("what went wrong is told", () => {
  const { view } = opened();
  const progress = { finished: 0, count: 8, epochs: [0, 800], left: null, engine: "2 processes", notices: ["A worker was lost."] };
  view.receive(message([], { progress, notice: "There is no room." }));
  equal([view.notices.hidden, [...view.notices.children].map((item) => item.textContent)], [false, ["A worker was lost.", "There is no room."]]);
});
