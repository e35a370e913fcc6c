import { Controls } from "/pages/ui/live/player/controls.js";
import { equal, test } from "../harness.js";

/** Return the controls on the page, and the calls that they made to the player. */
function controls({ goals = true } = {}) {
  const calls = [];
  const names = ["toggle", "step", "first", "last", "act", "seek", "rest", "setSpeed", "runTo"];
  const note = (name) => (...given) => calls.push([name, ...given.map((value) => JSON.stringify(value))].join(" "));
  const row = new Controls(Object.fromEntries(names.map((name) => [name, note(name)])), goals);
  row.element.tabIndex = 0;
  row.element.onkeydown = (event) => row.handleKey(event);
  document.body.append(row.element);
  return { row, calls, stage: row.element, named: (name) => row.element.querySelector(`[aria-label="${name}"]`) };
}

const update = (row, playing, epoch, trained, length) => row.update({ playing, epoch, trained, length });

/** Press a key on an element; return whether the page's default action was prevented. */
function press(element, key, modifiers = {}) {
  return !element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...modifiers }));
}

const KEYS = { " ": "toggle", ArrowRight: "step 1", ArrowLeft: "step -1", Home: "first", End: "last" };

test("each key calls its own function, once, and the page does not scroll", () => {
  for (const [key, name] of Object.entries(KEYS)) {
    const { stage, calls } = controls();
    equal(press(stage, key), true, key);
    equal(calls, [name], key);
  }
});

test("other keys are left to the page", () => {
  const { stage, calls } = controls();
  equal(["a", "Tab", "Enter", "ArrowUp", "PageDown"].map((key) => press(stage, key)), [false, false, false, false, false]);
  equal(calls, []);
});

test("nothing happens while something is typed or chosen", () => {
  const { row, calls } = controls();
  for (const element of [row.slider, row.speed]) {
    const keys = [...Object.keys(KEYS), "+", "-"].filter((key) => element === row.speed || key !== "End");
    equal(keys.map((key) => press(element, key)).includes(true), false, element.tagName);
  }
  equal(calls, []);
});

test("End on the slider goes to the latest epoch shown, and does not train to the end of the run", () => {
  const { row, calls } = controls();
  equal(press(row.slider, "End"), true);
  equal(calls, ["last"]);
});

test("space and Enter on a button press that button only; other keys act there too", () => {
  const { named, calls } = controls();
  equal([press(named("Step"), " "), press(named("Step"), "Enter")], [false, false]);
  equal(calls, []);
  press(named("Step"), "ArrowLeft");
  equal(calls, ["step -1"]);
});

test("keys with a modifier are the browser's", () => {
  const { stage, calls } = controls();
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) {
    equal(Object.keys(KEYS).map((key) => press(stage, key, { [modifier]: true })).includes(true), false, modifier);
  }
  equal(calls, []);
});

test("plus and minus go through the speeds and stop at the ends", () => {
  const { stage, calls, row } = controls();
  for (const key of ["-", "+", "+", "+", "+", "-"]) press(stage, key);
  equal(calls, ["setSpeed 10", "setSpeed 100", "setSpeed 1000", "setSpeed 100"]);
  equal(row.speed.value, "100");
});

test("each button calls its own function", () => {
  const { named, calls } = controls();
  for (const name of ["Play", "Step back", "Step", "First", "Last", "Reset"]) named(name).click();
  equal(calls, ["toggle", "step -1", "step 1", "first", "last", "act \"reset\""]);
});

test("dragging goes along, letting go rests", () => {
  const { row, calls } = controls();
  update(row, false, 0, 50, 500);
  row.slider.value = 20;
  row.slider.dispatchEvent(new Event("input"));
  row.slider.dispatchEvent(new Event("change"));
  equal(calls, ["seek 20", "rest"]);
});

test("the list of speeds", () => {
  const { row, calls } = controls();
  row.speed.value = "1000";
  row.speed.dispatchEvent(new Event("change"));
  equal(calls, ["setSpeed 1000"]);
});

test("it shows where the film stands", () => {
  const { row, named } = controls();
  update(row, true, 7, 12, 50);
  const { slider } = row;
  equal([slider.value, slider.max, slider.getAttribute("aria-valuetext")], ["7", "50", "epoch 7 of 50, trained to 12"]);
  equal(["--epoch", "--trained"].map((name) => slider.style.getPropertyValue(name)), ["0.14", "0.24"]);
  equal([Boolean(named("Pause")), Boolean(named("Play"))], [true, false]);
  update(row, false, 7, 12, 50);
  equal([Boolean(named("Pause")), Boolean(named("Play"))], [false, true]);
});

test("the slider is full once the whole run is trained", () => {
  const { row } = controls();
  const isComplete = [[0, 0], [12, 50], [50, 50]].map(([trained, length]) => {
    update(row, false, 0, trained, length);
    return row.slider.classList.contains("complete");
  });
  equal(isComplete, [false, false, true]);
});

test("the slider's title says that it trains, where it can", () => {
  const { row } = controls();
  const titles = ["", "done", "diverged"].map((ended) => {
    row.update({ playing: false, epoch: 0, trained: 20, length: 50, ended });
    return row.slider.title;
  });
  equal(titles.map((title) => title.includes("trains")), [true, false, false]);
});

test("what starts or restarts training is in words", () => {
  const { row } = controls();
  const words = [...row.element.querySelectorAll(".buttons button")].map((button) => button.textContent);
  equal(words, ["Play", "", "", "", "", "Reset", "Run to …"]);
});

const sheet = new CSSStyleSheet();
sheet.replaceSync(await (await fetch("/pages/ui/live/player/stage.css")).text());
document.adoptedStyleSheets = [sheet];

/** Return the relative luminance of a computed colour. */
function luminance(colour) {
  const drawing = new OffscreenCanvas(1, 1).getContext("2d");
  drawing.fillStyle = colour;
  drawing.fillRect(0, 0, 1, 1);
  const linear = [...drawing.getImageData(0, 0, 1, 1).data].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => sum + share * linear[i], 0);
}

for (const [text, background] of [["#31333f", "#ffffff"], ["#fafafa", "#0e1117"]]) {
  await test(`the mark on the slider can be seen on ${background}`, () => {
    const { row: { slider } } = controls();
    for (const [name, colour] of [["text", text], ["background", background]]) slider.style.setProperty(`--st-${name}-color`, colour);
    const light = (name) => {
      slider.style.color = `var(--${name})`;
      return luminance(getComputedStyle(slider).color) + 0.05;
    };
    const [low, high] = [light("rest"), light("buffered")].sort((a, b) => a - b);
    equal(high / low >= 3, true, `${high / low}`);
    const [below, above] = [luminance(background) + 0.05, light("buffered")].sort((a, b) => a - b);
    equal(above / below >= 3, true, `${above / below}`);
  });
}

test("run to an epoch, or until a loss", () => {
  const { row, named, calls } = controls();
  update(row, false, 0, 0, 500);
  equal(row.goal.hidden, true, "closed at first");
  named("Run to …").click();
  equal([row.goal.hidden, row.until.value], [false, "500"], "the run's length is offered");
  row.goal.requestSubmit();
  row.kind.value = "loss";
  row.kind.dispatchEvent(new Event("change"));
  row.until.value = "0.02";
  row.goal.requestSubmit();
  equal(calls, ['runTo {"epoch":500}', 'runTo {"loss":0.02}']);
  equal(press(row.until, " "), false, "typing");
  equal(calls.length, 2);
});

test("what is typed as a goal is read as it is meant, or refused in a sentence", () => {
  const { row, named, calls } = controls();
  update(row, false, 0, 0, 500);
  named("Run to …").click();
  const go = (text) => {
    row.until.value = text;
    row.until.dispatchEvent(new Event("input"));
    row.goal.requestSubmit();
    return row.reading.textContent;
  };
  equal(go("1e2"), "");
  for (const text of ["2,5", "1/3", "501", "−1", "", "10.000"]) {
    equal(go(text).endsWith("type a whole number from 0 to 500.") || text === "", true, text);
    equal(row.until.getAttribute("aria-invalid"), "true", text);
  }
  equal(calls, ['runTo {"epoch":100}']);
  row.kind.value = "loss";
  row.kind.dispatchEvent(new Event("change"));
  equal(row.until.getAttribute("aria-invalid"), "false");
  equal([go("0,05"), go("1/8"), go("2e-3")], ["= 0.05", "= 0.125", ""]);
  equal(calls.slice(1), ['runTo {"loss":0.05}', 'runTo {"loss":0.125}', 'runTo {"loss":0.002}']);
});

test("where training cannot be started there is neither Reset nor Run to", () => {
  const { row, named } = controls({ goals: false });
  equal([named("Reset"), named("Run to …"), row.element.querySelector("form")], [null, null, null]);
});
