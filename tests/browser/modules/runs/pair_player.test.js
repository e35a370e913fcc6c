import { runPair } from "/pages/ui/live/index.js";
import { unpackPair } from "/pages/ui/live/runs/pair_player.js";
import { encode, equal, test } from "../harness.js";

const THEME = { "chart-diverging-colors": "#0000ff,#ffffff,#ff0000", "chart-categorical-colors": "#ff0000,#00ff00", "text-color": "#111111", "background-color": "#ffffff", "border-color": "#cccccc", font: "sans-serif" };
for (const [name, value] of Object.entries(THEME)) document.documentElement.style.setProperty(`--st-${name}`, value);

const matrices = { W1: { rows: ["x"], columns: ["h"], block: [1, 1] }, W2: { rows: ["h"], columns: ["y"], block: [1, 1] } };
const run = (name, epoch, fields = {}) => ({ name, epoch, ended: false, block: 1, ...matrices, ...fields });
const scene = { runs: [run("A", 20), run("B", 12, { ended: true })], last: 20, midpoint: 1, different: "", apart: "" };
const EPOCHS = [0, 10, 12, 20];
const numbers = (epoch) => [epoch, 1 / (epoch + 1), 2 / (epoch + 1), 3, 0.25]; // epoch, C of both, the norm, its share

/** Return the arrays of frames at some epochs: the first run's weights are the epoch, the second's the epoch and ½. */
function frames(kind, Kind, epochs, parts = { first: 0, second: 0.5, difference: 0.5 }) {
  const layers = Object.entries(parts).flatMap(([part, plus]) => ["W1", "W2"].map((name) =>
    [`${kind}/${part}_${name}`, { rows: epochs.length, values: Kind.from(epochs, (epoch) => (part === "difference" ? 0 : epoch) + plus) }]));
  return { [`${kind}/epochs`]: { rows: epochs.length, values: Float64Array.from(epochs.flatMap(numbers)) }, ...Object.fromEntries(layers) };
}

const losses = { "losses/0": Float64Array.from({ length: 21 }, (_, i) => 1 / (i + 1)), "losses/1": Float64Array.from({ length: 13 }, (_, i) => 2 / (i + 1)) };
let token = 0;
const film = (fields = {}, epoch = 20, parts) =>
  encode({ token: `film ${++token}`, sequence: 0, epoch, scene: { ...scene, ...fields } }, { ...losses, ...frames("film", Float32Array, EPOCHS, parts) });

/** Return a view that received a message: its element, its requests, and a function for further messages. */
function opened(data) {
  const place = document.createElement("div");
  place.style.width = "1200px";
  document.body.replaceChildren(place);
  const requests = [];
  const receive = (message) => runPair({ parentElement: place, data: message, setTriggerValue: (_, request) => requests.push(request) });
  receive(data);
  const element = place.firstChild;
  const readout = () => element.querySelector(".readout").textContent;
  const notes = () => [...element.querySelectorAll(".row .note")].map(({ textContent }) => textContent);
  const typed = (text) => {
    const input = element.querySelector("[aria-label='Epoch to show']");
    input.value = text;
    input.form.requestSubmit();
  };
  const seek = (epoch) => {
    const slider = element.querySelector("[aria-label=Epoch]");
    slider.value = epoch;
    slider.dispatchEvent(new Event("input"));
  };
  return { place, element, requests, receive, readout, notes, typed, seek, state: () => [element.dataset.state, element.dataset.epoch] };
}

await test("a film has both runs at the same epochs, with C and the difference", () => {
  const answer = unpackPair(film({}, 12));
  equal([answer.epoch, answer.trained, answer.length, answer.ended], [12, 20, 20, "done"]);
  const frame = answer.film.at(11);
  equal([frame.epoch, frame.losses, frame.whole], [10, [1 / 11, 2 / 11, 3, 0.25], false]);
  equal(Object.keys(frame.layers), ["first_W1", "first_W2", "second_W1", "second_W2", "difference_W1", "difference_W2"]);
  equal(answer.scene.curves.map(({ count }) => count), [21, 13]);
});

await test("it opens at its epoch with the numbers of both", () => {
  const { state, readout, element } = opened(film());
  equal(state(), ["paused", "20"]);
  equal(readout(), "Epoch 20 of 20A: C = 0.04762B: C = 0.09524‖difference‖ = 3, 25.0 % of ‖W‖ of A");
  equal([...element.querySelectorAll("h2")].map(({ textContent }) => textContent), ["A", "B", "Difference: second − first"]);
  equal(element.querySelectorAll(".curve").length, 1);
});

await test("a run that has ended stands there as it ended, and it is said", () => {
  const view = opened(film());
  equal(view.notes(), ["", "ended at epoch 12: shown as it ended", ""]);
  view.seek(12);
  equal([view.state(), view.notes()], [["paused", "12"], ["", "", ""]]);
  const trained = opened(film({ runs: [run("A", 20), run("B", 12)] }));
  equal(trained.notes()[1], "trained to epoch 12: shown as it is there");
  equal(opened(film({ runs: [run("A", 20), run("B", 20)] })).notes(), []);
});

await test("slider and keys go to recorded epochs and ask for nothing on the way", () => {
  const view = opened(film());
  view.seek(9);
  equal(view.state(), ["paused", "10"]);
  view.element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
  equal(view.state(), ["paused", "12"]);
  equal(view.requests.filter(({ seek }) => seek !== undefined), []);
});

await test("a typed epoch between frames shows the nearest, labelled, until its own is there", () => {
  const view = opened(film());
  view.typed("7");
  const request = view.requests.at(-1);
  equal([view.state(), request.seek, request.has], [["waiting", "10"], 7, `film ${token}`]);
  equal(view.readout().startsWith("Epoch 10 of 20, the nearest frame: epoch 7 is being recomputed"), true, view.readout());
  const answer = (epochs) => encode({ token: `film ${token}`, sequence: view.requests.at(-1).sequence, epoch: 20 }, epochs);
  view.receive(answer({})); // it takes longer
  equal([view.state(), view.requests.at(-1).seek], [["waiting", "10"], 7]);
  view.receive(answer(frames("whole", Float64Array, [7])));
  equal(view.state(), ["paused", "7"]);
  equal(view.readout().startsWith("Epoch 7 of 20A"), true, view.readout());
  view.element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
  equal(view.state(), ["paused", "0"]);
});

await test("what is no epoch of the film is said beside the field", () => {
  const view = opened(film());
  const before = view.requests.length;
  for (const text of ["21", "x", "1.5", ""]) {
    view.typed(text);
    equal([view.element.querySelector("[aria-invalid=true]") !== null, view.state()], [true, ["paused", "20"]], text);
  }
  equal(view.element.querySelector(".understood").textContent, "Type a whole number from 0 to 20.");
  equal(view.requests.length, before);
});

await test("a cell says its value in both runs and the difference", () => {
  const { element } = opened(film());
  const tip = (layer) => {
    const canvas = element.querySelector(`[data-layer=${layer}]`);
    const { right, bottom } = canvas.getBoundingClientRect();
    canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: right - 5, clientY: bottom - 5, bubbles: true }));
    return [...element.querySelector(".tip").children].map(({ textContent }) => textContent);
  };
  equal(tip("second_W1"), ["W⁽¹⁾  x → h, B", "= 20.5", "A = 20", "difference = 0.5"]);
  equal(tip("difference_W2"), ["W⁽²⁾  h → y, difference", "= 0.5", "A = 20", "B = 20.5"]);
});

await test("without a difference a sentence says why, and both films play", () => {
  const { element, state, readout } = opened(film({ different: "Other sizes." }, 20, { first: 0, second: 0.5 }));
  equal([state(), element.querySelectorAll(".row").length], [["paused", "20"], 2]);
  equal(element.querySelector(".rows > .note").textContent, "Other sizes.");
  equal(readout().includes("difference"), false);
});

await test("losses that mean different things stand in two pictures, each with its own line", () => {
  const { element } = opened(film({ apart: "Other data." }));
  equal(element.querySelector(".beside .note").textContent, "Other data.");
  equal([...element.querySelectorAll(".curve .key")].map(({ textContent }) => textContent), ["A", "B"]);
  equal([...element.querySelectorAll(".curve canvas")].map((canvas) => canvas.ariaLabel), ["Loss of A at every epoch", "Loss of B at every epoch"]);
});

await test("meanwhile its progress is shown, and can be cancelled", () => {
  const running = (at, id = `film ${token + 1}`) => encode({ token: id, sequence: 0, training: { at, of: 240 } });
  const view = opened(running(3));
  equal([view.state()[0], view.element.querySelector("[role=status]").textContent], ["running", "Recomputing both runs: 3 of 240 frames"]);
  equal(view.requests.at(-1).cancel, false);
  [...view.element.querySelectorAll("button")].find(({ textContent }) => textContent === "Cancel").click();
  equal([view.requests.at(-1).cancel, view.requests.at(-1).token], [true, `film ${token + 1}`]);
  view.receive(film());
  equal([view.state(), view.requests.at(-1).cancel], [["paused", "20"], true]);
});

document.body.replaceChildren();
