import { Stage } from "/pages/ui/live/player/stage.js";
import { PageState } from "/pages/ui/live/run_page/page_state.js";
import { StageSource } from "/pages/ui/live/run_page/film/stage_source.js";
import { equal, test } from "../../harness.js";
import { runOf, scene } from "../run.js";

const FIRST = { layer: 1, row: 0, column: 0 };
const answered = () => new Promise((done) => setTimeout(done)); // the source answers at once, but later

/** Return the stage of a page on a film of these epochs, its state, and how to find its parts. */
async function open(epochs, { views = [], lacks = {}, ...fields } = {}) {
  const run = runOf(epochs, fields);
  run.stage = { ...run.stage, scene: { ...scene, views: ["weight", ...views], lacks } };
  const state = new PageState({ epoch: epochs.at(-1), sample: 1, weight: FIRST, output: 0 });
  const source = new StageSource(run, state);
  const stage = new Stage(source, false);
  stage.open(document.body);
  source.start((answer) => stage.take(answer));
  await answered();
  const { element } = stage;
  const named = (name) => element.querySelector(`[aria-label="${name}"]`);
  const button = (name) => [...element.querySelectorAll(".switches button")].find(({ textContent }) => textContent === name);
  const field = () => element.querySelector("input[type=number]");
  const picture = (layer) => element.querySelector(`[data-layer=${layer}]`).toDataURL();
  return { stage, state, element, named, button, field, picture, text: () => element.querySelector(".readout").textContent };
}

/** Press a key on a stage. */
const press = (element, key) => element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

/** Click the last cell of a matrix; return what the pointer over it said. */
function clickLast(element, layer) {
  const canvas = element.querySelector(`[data-layer=${layer}]`);
  const { right, bottom } = canvas.getBoundingClientRect();
  const at = { clientX: right - 5, clientY: bottom - 5, bubbles: true, composed: true };
  canvas.dispatchEvent(new PointerEvent("pointermove", at));
  canvas.dispatchEvent(new MouseEvent("click", at));
  return element.querySelector("[data-testid=tip]").lastChild.textContent;
}

await test("it opens at its epoch with the run's numbers, as long as its film, and says why it ends", async () => {
  const { stage, element, named, text } = await open([0, 10, 20]);
  equal([element.dataset.state, element.dataset.epoch, element.dataset.error, named("Epoch").max], ["done", "20", undefined, "20"]);
  equal(text(), "Epoch 20 of 20C = 0.04762The film ends here");
  stage.close();
});

await test("keys go through the film, and the rest of the page follows", async () => {
  const { stage, state, element } = await open([0, 10, 20]);
  const heard = [];
  state.listen((names, playing) => heard.push([...names, state.epoch, playing]));
  for (const [key, epoch] of [["ArrowLeft", "10"], ["ArrowLeft", "0"], ["ArrowRight", "10"], ["End", "20"], ["Home", "0"]]) {
    press(element, key);
    equal(element.dataset.epoch, epoch, key);
  }
  equal(heard, [10, 0, 10, 20, 0].map((epoch) => ["epoch", epoch, false]));
  stage.close();
});

await test("the page hears when the film plays, and when it rests where it is", async () => {
  const { stage, state, element } = await open([0, 10, 20]);
  press(element, "Home");
  press(element, " ");
  await new Promise((done) => state.listen(() => state.playing && done()));
  const rest = new Promise((done) => state.listen((names, isFrame) => state.playing || done([names, isFrame])));
  stage.player.pause();
  equal([await rest, state.playing], [[["playing"], false], false]);
  stage.close();
});

await test("a weight of the last matrix decides on the output", async () => {
  const state = new PageState({ epoch: 0, sample: 0, weight: { layer: 2, row: 1, column: 3 }, output: 0 }, 2);
  equal(state.output, 3);
  state.choose({ weight: { layer: 2, row: 1, column: 1 }, output: 2 });
  equal(state.output, 1);
  state.choose({ weight: FIRST, output: 2 });
  equal(state.output, 2);
});

await test("arrow keys on the slider go to the next epoch that there is", async () => {
  const { stage, element, named } = await open([0, 31, 62]);
  const slider = named("Epoch");
  for (const [key, epoch] of [["ArrowLeft", "31"], ["ArrowDown", "0"], ["ArrowUp", "31"], ["ArrowRight", "62"]]) {
    press(slider, key);
    equal([element.dataset.epoch, slider.value], [epoch, epoch], key);
  }
  equal([slider.classList.contains("complete"), element.querySelector(".messages")], [true, null]);
  stage.close();
});

await test("no control speaks of training", async () => {
  const { stage, element, named } = await open([0, 10, 20], { views: ["network", "surface", "gradients", "score"] });
  const words = [...element.querySelectorAll(".transport *, .choices *, .switches *")].flatMap(({ title = "", ariaLabel, ariaValueText }) => [title, ariaLabel ?? "", ariaValueText ?? ""]);
  const spoken = words.filter((text) => /train/i.test(text.replaceAll(/training samples?/g, "")) || /New data/.test(text));
  equal([spoken, named("Play").title, named("Epoch").ariaValueText], [[], "Watch the film (space)", "epoch 20 of 20"]);
  equal([...element.querySelectorAll("button")].some(({ textContent }) => /Reset|Run to|Explore|Edit/.test(textContent)), false);
  press(element, " ");
  equal(named("Pause").title, "Pause at this epoch (space)");
  stage.close();
});

await test("a click on a cell selects that weight in the page, while the film plays on", async () => {
  const { stage, state, element, picture } = await open([0, 10, 20]);
  const plain = picture("W2");
  equal(clickLast(element, "W2"), "Click: this weight in the chain rule");
  equal([state.weight, picture("W2") === plain], [{ layer: 2, row: 2, column: 0 }, false]);
  press(element, " ");
  clickLast(element, "W1");
  equal([state.weight, element.dataset.state], [{ layer: 1, row: 2, column: 1 }, "playing"]);
  stage.close();
});

await test("a weight that is chosen elsewhere is marked", async () => {
  const { stage, state, picture } = await open([0, 10, 20]);
  const [first, last] = [picture("W1"), picture("W2")];
  state.choose({ weight: { layer: 2, row: 0, column: 0 } });
  equal([picture("W1") === first, picture("W2") === last], [false, false]);
  state.choose({ weight: FIRST });
  equal([picture("W1") === first, picture("W2") === last], [true, true]);
  stage.close();
});

await test("the diagram's sample and that of the page follow one another", async () => {
  const { stage, state, element, field } = await open([0, 10, 20], { views: ["network"] });
  const words = () => [...element.querySelectorAll("figure")].find((figure) => figure.textContent.startsWith("Network")).querySelector(".key").textContent.match(/sample \d+/)[0];
  equal([field().value, words()], ["2", "sample 2"]);
  state.choose({ sample: 3 });
  equal([field().value, words()], ["4", "sample 4"]);
  field().value = "1";
  field().onchange();
  equal([state.sample, field().value, words()], [0, "1", "sample 1"]);
  await answered();
  equal(element.dataset.state, "done");
  stage.close();
});

await test("of a page that lacks samples the nearest is chosen, and sentences say which it has", async () => {
  const shown = { views: ["network"], rows: Float64Array.of(0, 1, 5, 8), samples: 9, weightsAt: () => [Float64Array.of(0, 0, 0, 0, 9, 9), new Float64Array(3)], gradientsAt: () => [new Float64Array(6), new Float64Array(3)] };
  const { stage, state, element, field } = await open([0, 10, 20], shown);
  field().value = "4"; // row 3
  field().onchange();
  equal([state.sample, field().value, field().title.split(". ")[1]], [1, "2", "This page has samples 1, 2, 6, 9; of another one the nearest is chosen"]);
  equal(field().parentElement.textContent.endsWith(", 4 of them in this page"), true);
  equal(element.querySelector(".states").textContent.includes("for nearly every sample in this page"), true);
  stage.close();
});

await test("a view that the page cannot have says why", async () => {
  const why = "Needs every epoch; this page has 3 of 21";
  const { stage, button } = await open([0, 10, 20], { lacks: { updates: why } });
  equal([button("Last update").disabled, button("Last update").title, button("Gradients").disabled], [true, why, false]);
  stage.close();
});

await test("views, planes and curves are there at once", async () => {
  const { stage, element, button } = await open([0, 10, 20]);
  for (const name of ["Gradients", "Network", "Decision surface", "Hidden units", "Accuracy", "Norms"]) {
    button(name).click();
    await answered();
    equal([element.dataset.state, element.dataset.error], ["done", undefined], name);
  }
  const canvases = [...element.querySelectorAll("canvas")].map(({ ariaLabel }) => ariaLabel.split(/:| as | over /)[0]);
  equal(canvases, ["W1", "W2", "Gradient of W1", "Gradient of W2", "Decision surface", "Loss at every epoch", "accuracy", "Norms of the gradients", "The network", "Each hidden unit"]);
  equal([...element.querySelectorAll("canvas[data-computed]")].map(({ dataset }) => dataset.computed), ["20", "20"]);
  stage.close();
});
