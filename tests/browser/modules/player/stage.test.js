import { follow } from "/pages/ui/live/player/follow.js";
import { stage } from "/pages/ui/live/player/stage.js";
import { equal, message, test } from "../harness.js";

const THEME = { "chart-diverging-colors": "#0000ff,#ffffff,#ff0000", "chart-categorical-colors": "#ff0000,#00ff00", "text-color": "#111111", "background-color": "#ffffff", "border-color": "#cccccc", font: "sans-serif" };
for (const [name, value] of Object.entries(THEME)) document.documentElement.style.setProperty(`--st-${name}`, value);

const nodes = (...names) => ({ names, more: 0 });

const scene = {
  W1: { rows: ["x1", "x2", "bias"], columns: ["h1", "h2"], block: [1, 1] },
  W2: { rows: ["h1", "h2", "bias"], columns: ["y"], block: [1, 1] },
  diagram: { inputs: nodes("x1", "x2", "bias"), units: nodes("h1", "h2", "bias"), outputs: nodes("y"), bias: { input: true, hidden: true } },
  hidden: "sigmoid", score: "accuracy", samples: 4, scored: { moving: true, whole: true }, features: ["x1", "x2"], outputs: ["y"],
  regions: false, views: ["surface"], plane: [0, 1, -1],
};
const axis = (index) => ({ index, name: `x${index + 1}`, low: 0, high: 1, rawLow: 0, rawHigh: 1 });
const plane = {
  name: "p", x: axis(0), y: axis(1), held: "", task: "binary", classes: ["0", "1"], output: 0, range: [0, 1], points: [[0, 1, 1]],
  activations: { hidden: "sigmoid", output: "sigmoid" }, units: 2, outputs: 1, biasHidden: true,
};
const header = {
  sequence: 0, token: "run", lineage: "line", trained: 0, length: 500, ended: "", why: "", lost: false, reached: null, stride: null, pending: false,
  marks: [], breaks: [], epoch: 0, playing: false, scene, plane, losses: { first: 0, count: 1, block: 1, curves: 1 },
};

/** An opening whose whole frame carries these layers. */
function opening(layers, fields = {}) {
  const numbers = [[0.5], [0, 0.5, NaN], ...Object.values(layers).map((size) => Array(size).fill(0.1))];
  const whole = Object.entries(layers);
  return message({ ...header, ...fields, whole }, ...numbers.map((values) => Float64Array.from(values)));
}

/** A stage that got this message: its element, and what it asked. */
function received(...messages) {
  const place = document.createElement("div");
  document.body.append(place);
  const asked = [];
  for (const data of messages) stage({ parentElement: place, data, setTriggerValue: (_, request) => asked.push(request) });
  const element = place.firstChild;
  return { place, element, asked, error: element.dataset.error, told: element.querySelector(".readout").textContent };
}

const FITS = { W1: 6, W2: 3, slice: 9 };

await test("a message that fits is shown", () => {
  const { place, element, error } = received(opening(FITS));
  equal([error, element.dataset.epoch, element.dataset.state], [undefined, "0", "paused"]);
  place.remove();
});

for (const [name, size] of [["slice", 8], ["W1", 7]]) {
  await test(`a frame whose ${name} does not fit is said in words`, () => {
    const { place, error, told } = received(opening({ ...FITS, [name]: size }));
    equal(error, `${name} has ${size} numbers instead of ${FITS[name]}`);
    equal(told.includes(error), true, told);
    place.remove();
  });
}

for (const [score, rate, told] of [["accuracy", 0.625, "accuracy 75.0 %, validation 50.0 %base rate 62.5 %"], ["R²", null, "R² 0.75, validation 0.5"]]) {
  await test(`beside ${score} stands ${rate === null ? "no base rate" : "the base rate"}`, () => {
    const numbers = [[0.5], [0, 0.5, NaN], Array(6).fill(0.1), Array(3).fill(0.1), [0.75, 0.5]];
    const scored = { ...scene, score, views: ["score"], base_rate: rate };
    const whole = [["W1", 6], ["W2", 3], ["score", 2]];
    const { place, told: all } = received(message({ ...header, token: `base ${rate}`, scene: scored, whole }, ...numbers.map((values) => Float64Array.from(values))));
    equal(all.endsWith(told), true, all);
    equal(place.querySelectorAll(".key i.before").length, rate === null ? 0 : 1);
    place.remove();
  });
}

await test("a message that is cut off is said in words, and forgotten once one fits", () => {
  const whole = opening(FITS);
  const broken = received(whole.slice(0, whole.length - 8));
  equal(broken.error.includes("are announced"), true, broken.error);
  equal(broken.told.includes(broken.error), true, broken.told);
  broken.place.remove();
  const { place, error } = received(whole.slice(0, whole.length - 8), whole);
  equal(error, undefined);
  place.remove();
});

await test("away from the page, a film that plays asks for nothing", async () => {
  const { place, element, asked } = received(opening(FITS));
  const play = () => element.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
  place.remove();
  play();
  await new Promise((done) => setTimeout(done, 300));
  equal([element.dataset.state, asked], ["playing", []]);
});

/** What is below the stage, as it was drawn of a run at epoch 0: what it is asked for. */
function below(token) {
  const parentElement = document.createElement("div");
  document.body.append(parentElement);
  const asked = [];
  follow({ data: { token, epoch: 0 }, parentElement, setTriggerValue: (_, to) => asked.push(to) });
  return { parentElement, asked };
}

const whole = Object.entries(FITS);
const frame = [[0, 0.5, NaN], ...Object.values(FITS).map((size) => Array(size).fill(0.1))].map((values) => Float64Array.from(values));
const answer = (fields, ...numbers) => message({ ...header, scene: undefined, whole, losses: { first: 1, count: 0, block: 1, curves: 1 }, ...fields }, ...numbers);

await test("what is below follows where the film stands still, once the server has heard of it", async () => {
  const { place, element, asked } = received(opening(FITS, { token: "still", lineage: "still" }));
  const rest = below("still");
  const hear = (fields, epoch) => stage({
    parentElement: place,
    data: answer({ token: "still", trained: 1, sequence: asked.at(-1).sequence, ...fields }, Float64Array.of(epoch, 0.5, NaN), ...frame.slice(1)),
    setTriggerValue: (_, request) => asked.push(request),
  });
  element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  equal([asked.at(-1).seek, asked.at(-1).rest], [1, false]);
  hear({}, 1);
  await new Promise((done) => setTimeout(done, 300)); // the keys rest
  equal([asked.at(-1).epoch, asked.at(-1).rest], [1, true]);
  rest.asked.length = 0; // of the run that came, before
  hear({}, 1);
  equal(rest.asked, [{ token: "still", epoch: 1 }]);
  place.remove();
  rest.parentElement.remove();
});

await test("what is below follows to another run, but not where the page was drawn with it", async () => {
  const { place } = received(opening(FITS));
  const rest = below("other");
  const adopt = (token) => stage({ parentElement: place, data: opening(FITS, { token }), setTriggerValue: () => undefined });
  adopt("other");
  await new Promise((done) => setTimeout(done, 200));
  equal(rest.asked, []);
  adopt("third");
  await new Promise((done) => setTimeout(done, 200));
  equal(rest.asked, [{ token: "third", epoch: 0 }]);
  place.remove();
  rest.parentElement.remove();
});

await test("a reset that was asked of a run that went on meanwhile is asked again", () => {
  const line = { token: "one", lineage: "line to reset" };
  const { place, element, asked } = received(opening(FITS, line));
  const hear = (fields) => stage({ parentElement: place, data: opening(FITS, { ...line, ...fields }), setTriggerValue: (_, request) => asked.push(request) });
  element.querySelector("[aria-label=Reset]").click();
  equal([asked.at(-1).reset, asked.at(-1).token], [true, "one"]);
  hear({ token: "two" });
  equal([asked.at(-1).reset, asked.at(-1).token], [true, "two"]);
  const count = asked.length;
  hear({ token: "three", lineage: "another" }); // it was reset
  equal(asked.length, count);
  place.remove();
});
