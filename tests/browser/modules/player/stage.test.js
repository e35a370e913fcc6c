import { follow } from "/pages/ui/live/streamlit/follow.js";
import { stage } from "/pages/ui/live/index.js";
import { equal, message, test } from "../harness.js";

const THEME = { "chart-diverging-colors": "#0000ff,#ffffff,#ff0000", "chart-categorical-colors": "#ff0000,#00ff00", "text-color": "#111111", "background-color": "#ffffff", "border-color": "#cccccc", font: "sans-serif" };
for (const [name, value] of Object.entries(THEME)) document.documentElement.style.setProperty(`--st-${name}`, value);

const nodes = (...names) => ({ names, more: 0, bias: names.at(-1) === "bias" });

const scene = {
  W1: { rows: ["x1", "x2", "bias"], columns: ["h1", "h2"], block: [1, 1] },
  W2: { rows: ["h1", "h2", "bias"], columns: ["y"], block: [1, 1] },
  diagram: { columns: [nodes("x1", "x2", "bias"), nodes("h1", "h2", "bias"), nodes("y")] },
  hidden: "sigmoid", score: "accuracy", samples: 4, scored: { moving: true, whole: true }, features: ["x1", "x2"], outputs: ["y"],
  regions: false, views: ["surface"], plane: [0, 1, -1], midpoints: { weights: 1, gradients: 0.1, updates: 0.01 },
};
const axis = (index) => ({ index, name: `x${index + 1}`, low: 0, high: 1, rawLow: 0, rawHigh: 1 });
const plane = {
  name: "p", x: axis(0), y: axis(1), held: "", task: "binary", classes: ["0", "1"], output: 0, range: [0, 1], points: [[0, 1, 1]],
  activations: { hidden: "sigmoid", output: "sigmoid" }, bounds: [0, 1], units: [2], outputs: 1, biasHidden: true,
};
const header = {
  sequence: 0, token: "run", lineage: "line", trained: 0, length: 500, ended: "", why: "", lost: false, reached: null, stride: null, pending: false,
  marks: [], breaks: [], epoch: 0, playing: false, scene, plane, losses: { first: 0, count: 1, block: 1, curves: 1 },
};

/** Return the arrays of a whole frame at an epoch, with layers of these sizes. */
function frame(epoch, layers) {
  const numbers = { epochs: [epoch, 0.5, NaN], ...Object.fromEntries(Object.entries(layers).map(([name, size]) => [name, Array(size).fill(0.1)])) };
  return Object.fromEntries(Object.entries(numbers).map(([name, values]) => [`whole/${name}`, Float64Array.from(values)]));
}

/** Return a message that opens a run, with a frame of these layers. */
const opening = (layers, fields = {}) => message({ ...header, ...fields }, { "losses/0": Float64Array.of(0.5), ...frame(0, layers) });

/** Return a stage that received these messages: its element, error, text and requests. */
function stageWith(...messages) {
  const place = document.createElement("div");
  document.body.append(place);
  const requests = [];
  for (const data of messages) stage({ parentElement: place, data, setTriggerValue: (_, request) => requests.push(request) });
  const element = place.firstChild;
  return { place, element, requests, error: element.dataset.error, readout: element.querySelector(".readout").textContent };
}

const FITS = { W1: 6, W2: 3, slice: 9 };

await test("a message that fits is shown", () => {
  const { place, element, error } = stageWith(opening(FITS));
  equal([error, element.dataset.epoch, element.dataset.state], [undefined, "0", "paused"]);
  place.remove();
});

for (const [name, size] of [["slice", 8], ["W1", 7]]) {
  await test(`a frame whose ${name} does not fit is said in words`, () => {
    const { place, error, readout } = stageWith(opening({ ...FITS, [name]: size }));
    equal(error, `${name} has ${size} numbers instead of ${FITS[name]}`);
    equal(readout.includes(error), true, readout);
    place.remove();
  });
}

for (const [score, rate, expected] of [["accuracy", 0.625, "accuracy 75.0 %, validation 50.0 %base rate 62.5 %"], ["R²", null, "R² 0.75, validation 0.5"]]) {
  await test(`beside ${score} stands ${rate === null ? "no base rate" : "the base rate"}`, () => {
    const scored = { ...scene, score, views: ["score"], base_rate: rate };
    const arrays = { "losses/0": Float64Array.of(0.5), ...frame(0, { W1: 6, W2: 3 }), "whole/score": Float64Array.of(0.75, 0.5) };
    const { place, readout } = stageWith(message({ ...header, token: `base ${rate}`, scene: scored }, arrays));
    equal(readout.endsWith(expected), true, readout);
    equal(place.querySelectorAll(".key i.before").length, rate === null ? 0 : 1);
    place.remove();
  });
}

await test("a message that is cut off is said in words, and forgotten once one fits", () => {
  const whole = opening(FITS);
  const broken = stageWith(whole.slice(0, whole.length - 8));
  equal(broken.error.includes("are announced"), true, broken.error);
  equal(broken.readout.includes(broken.error), true, broken.readout);
  broken.place.remove();
  const { place, error } = stageWith(whole.slice(0, whole.length - 8), whole);
  equal(error, undefined);
  place.remove();
});

await test("away from the page, a film that plays asks for nothing", async () => {
  const { place, element, requests } = stageWith(opening(FITS));
  const play = () => element.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
  place.remove();
  play();
  await new Promise((done) => setTimeout(done, 300));
  equal([element.dataset.state, requests], ["playing", []]);
});

/** Return the requests for a redraw of the part below the stage, drawn for a run at epoch 0. */
function below(token) {
  const parentElement = document.createElement("div");
  document.body.append(parentElement);
  const requests = [];
  follow({ data: { token, epoch: 0 }, parentElement, setTriggerValue: (_, to) => requests.push(to) });
  return { parentElement, requests };
}

const answer = (fields, epoch) => message({ ...header, scene: undefined, losses: { first: 1, count: 0, block: 1, curves: 1 }, ...fields }, { "losses/0": new Float64Array(), ...frame(epoch, FITS) });

await test("what is below follows where the film stands still, once the server has heard of it", async () => {
  const { place, element, requests } = stageWith(opening(FITS, { token: "still", lineage: "still" }));
  const rest = below("still");
  const send = (fields, epoch) => stage({
    parentElement: place,
    data: answer({ token: "still", trained: 1, sequence: requests.at(-1).sequence, ...fields }, epoch),
    setTriggerValue: (_, request) => requests.push(request),
  });
  element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  equal([requests.at(-1).seek, requests.at(-1).rest], [1, false]);
  send({}, 1);
  await new Promise((done) => setTimeout(done, 300)); // the keys rest
  equal([requests.at(-1).epoch, requests.at(-1).rest], [1, true]);
  equal(element.querySelector("[aria-live=polite]").textContent, "Now at epoch 1, C = 0.5"); // for those who cannot see it
  rest.requests.length = 0; // of the run that came, before
  send({}, 1);
  equal(rest.requests, [{ token: "still", epoch: 1 }]);
  place.remove();
  rest.parentElement.remove();
});

await test("what is below follows to another run, but not where the page was drawn with it", async () => {
  const { place } = stageWith(opening(FITS));
  const rest = below("other");
  const openRun = (token) => stage({ parentElement: place, data: opening(FITS, { token }), setTriggerValue: () => undefined });
  openRun("other");
  await new Promise((done) => setTimeout(done, 200));
  equal(rest.requests, []);
  openRun("third");
  await new Promise((done) => setTimeout(done, 200));
  equal(rest.requests, [{ token: "third", epoch: 0 }]);
  place.remove();
  rest.parentElement.remove();
});

await test("a reset that was asked of a run that went on meanwhile is asked again", () => {
  const line = { token: "one", lineage: "line to reset" };
  const { place, element, requests } = stageWith(opening(FITS, line));
  const send = (fields) => stage({ parentElement: place, data: opening(FITS, { ...line, ...fields }), setTriggerValue: (_, request) => requests.push(request) });
  element.querySelector("[aria-label=Reset]").click();
  equal([requests.at(-1).action, requests.at(-1).token], ["reset", "one"]);
  send({ token: "two" });
  equal([requests.at(-1).action, requests.at(-1).token], ["reset", "two"]);
  const count = requests.length;
  send({ token: "three", lineage: "another", sequence: requests.at(-1).sequence }); // it was reset
  equal(requests.length, count);
  place.remove();
});

const note = (text, fields = {}) => ({ text, kind: "note", actions: [], epoch: null, ...fields });

await test("messages come with the run and with answers at rest; a button of theirs acts on the run", () => {
  const kept = note("Previous run.", { actions: [{ name: "restore", label: "Bring it back", help: "" }] });
  const { place, element, requests } = stageWith(opening(FITS, { token: "messages", messages: [kept] }));
  const send = (fields) => stage({ parentElement: place, data: answer({ token: "messages", ...fields }, 0), setTriggerValue: (_, request) => requests.push(request) });
  const texts = () => [...element.querySelectorAll(".message > span")].map(({ textContent }) => textContent);
  equal(texts(), ["Previous run."]);
  send({});
  equal(texts(), ["Previous run."]);
  element.querySelector(".message button").click();
  equal([requests.at(-1).action, requests.at(-1).rest, requests.at(-1).token], ["restore", true, "messages"]);
  send({ sequence: requests.at(-1).sequence, messages: [note("It stalls.", { epoch: 0 })] });
  equal(texts(), ["It stalls."]);
  place.remove();
});

await test("parts below are switched on at the epoch where the film rests, and their label follows it", () => {
  const { place, element, requests } = stageWith(opening(FITS, { token: "parts", lineage: "parts" }));
  const [explore] = element.querySelectorAll(".below button");
  element.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
  equal(element.dataset.state, "playing");
  explore.click();
  equal([element.dataset.state, explore.ariaPressed, requests.at(-1).rest, requests.at(-1).playing], ["paused", "true", true, false]);
  equal(requests.at(-1).views, ["surface", "explore"]);
  explore.click();
  equal([explore.ariaPressed, requests.at(-1).rest, requests.at(-1).views], ["false", true, ["surface"]]);
  element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  const { sequence } = requests.at(-1);
  stage({ parentElement: place, data: answer({ token: "parts", trained: 1, sequence }, 1), setTriggerValue: (_, request) => requests.push(request) });
  equal(explore.textContent, "Explore epoch 1");
  place.remove();
});

/** Click the last cell of a matrix of a stage; return what the pointer over it said. */
function clickLast(element, layer) {
  const canvas = element.querySelector(`[data-layer=${layer}]`);
  const { right, bottom } = canvas.getBoundingClientRect();
  const at = { clientX: right - 5, clientY: bottom - 5, bubbles: true, composed: true };
  canvas.dispatchEvent(new PointerEvent("pointermove", at));
  canvas.dispatchEvent(new MouseEvent("click", at));
  return [canvas.style.cursor, element.querySelector("[data-testid=tip]").lastChild.textContent];
}

await test("a click on a cell sends its weight until the server has it, and its part is closed from either side", () => {
  const first = { layer: 1, row: 0, column: 0 };
  const { place, element, requests } = stageWith(opening(FITS, { token: "weight", lineage: "weight", weight: { ...first, open: false } }));
  const send = (fields) => stage({
    parentElement: place, data: answer({ token: "weight", sequence: requests.at(-1).sequence, ...fields }, 0), setTriggerValue: (_, request) => requests.push(request),
  });
  const part = [...element.querySelectorAll(".below button")].at(-1);
  const picture = () => element.querySelector("[data-layer=W2]").toDataURL();
  const plain = picture();
  const { layer, row, column, views } = (equal(clickLast(element, "W2"), ["pointer", "Click: this weight over all epochs"]), requests.at(-1));
  equal([{ layer, row, column }, views, requests.at(-1).rest, part.ariaPressed], [{ layer: 2, row: 2, column: 0 }, ["surface", "weight"], true, "true"]);
  const marked = picture();
  equal(marked === plain, false, "it is marked");
  send({ weight: { ...first, open: false } }); // of a request before the click
  for (const _ of [1, 2]) [...element.querySelectorAll("button")].find((button) => button.textContent === "Log scale").click();
  equal([requests.at(-1).layer, part.ariaPressed, picture() === marked], [2, "true", true]);
  send({ weight: { layer, row, column, open: true } });
  part.click();
  equal([requests.at(-1).layer, requests.at(-1).views, picture() === plain], [undefined, ["surface"], true]);
  send({ weight: { layer, row, column, open: false } });
  part.click(); // the weight as the server has it
  equal([requests.at(-1).layer, requests.at(-1).row, picture() === marked], [2, 2, true]);
  send({ weight: { layer, row, column, open: true } });
  send({ weight: { ...first, open: true } }); // chosen in the part itself
  equal([picture() === plain, part.ariaPressed], [true, "true"]);
  send({ weight: { ...first, open: false } });
  equal(part.ariaPressed, "false");
  place.remove();
});

await test("the tooltip gives way to the part that a click opens, and to scrolling", () => {
  const { place, element } = stageWith(opening(FITS, { token: "tip", weight: { layer: 1, row: 0, column: 0, open: false } }));
  const tip = element.querySelector("[data-testid=tip]");
  clickLast(element, "W1");
  equal(tip.hidden, true);
  clickLast(element, "W2");
  equal(tip.hidden, false, "it is open already");
  document.body.dispatchEvent(new Event("scroll"));
  equal(tip.hidden, true);
  place.remove();
});

await test("a click pauses the film; presented, it does nothing", () => {
  const { place, element, requests } = stageWith(opening(FITS, { token: "click", weight: { layer: 1, row: 0, column: 0, open: false } }));
  element.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
  clickLast(element, "W1");
  equal([element.dataset.state, requests.at(-1).playing, requests.at(-1).row], ["paused", false, 2]);
  place.remove();
  const shown = stageWith(opening(FITS, { token: "class", scene: { ...scene, views: ["present"] } }));
  const before = shown.requests.length;
  equal(clickLast(shown.element, "W1")[0], "");
  equal(shown.requests.length, before);
  shown.place.remove();
});

const images = (element) => [...element.querySelectorAll("canvas")].map(({ ariaLabel }) => ariaLabel.slice(0, 16));

await test("presented without the weights by a link, they stay until there is another drawing", () => {
  const views = ["present", "no_weights", "surface"];
  const { place, element, error } = stageWith(opening(FITS, { token: "alone", scene: { ...scene, views } }));
  equal([error, element.querySelector("dialog").open, images(element)], [undefined, true, ["Decision surface", "Loss at every ep"]]);
  place.remove();
  const { plane: _, ...planeless } = header;
  const without = message({ ...planeless, token: "planeless", scene: { ...scene, features: ["x1"], views } }, { "losses/0": Float64Array.of(0.5), ...frame(0, { W1: 6, W2: 3 }) });
  const other = stageWith(without);
  equal([other.error, images(other.element)], [undefined, ["W1 as a heatmap:", "W2 as a heatmap:", "Loss at every ep"]]);
  other.place.remove();
});

await test("what frames do not carry is shown without asking for them anew", () => {
  const { place, element, requests } = stageWith(opening(FITS, { token: "kept" }));
  const before = requests.length;
  for (const name of ["Present", "Log scale", "Weights", "Present"]) [...element.querySelectorAll("button")].find((button) => button.textContent === name).click();
  equal([element.dataset.state, requests.slice(before).some(({ seek }) => seek >= 0)], ["paused", false]);
  equal(requests.at(-1).views, ["surface", "log", "no_weights"]);
  place.remove();
});

await test("the sample whose values the units show is chosen in the diagram's figure, and asked for", () => {
  const shown = { ...scene, views: ["network"], sample: 2 };
  const { place, element, requests } = stageWith(opening({ W1: 6, W2: 3, edges1: 6, edges2: 3, saturation: 4, sample: 5 }, { token: "unit values", scene: shown }));
  const figure = [...element.querySelectorAll("figure")].find((each) => each.textContent.startsWith("Network"));
  const field = figure.querySelector("input");
  const choose = (value) => {
    field.value = value;
    field.onchange();
    return [field.value, figure.querySelector(".key").textContent.match(/sample \d+/)[0], requests.at(-1)?.sample];
  };
  equal(choose("4"), ["4", "sample 4", 3]);
  equal(choose("9"), ["4", "sample 4", 3], "there are four");
  equal(choose(""), ["4", "sample 4", 3]);
  place.remove();
});
