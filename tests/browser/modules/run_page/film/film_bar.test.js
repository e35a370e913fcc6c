import { PageState } from "/pages/ui/live/run_page/page_state.js";
import { FilmBar } from "/pages/ui/live/run_page/film/film_bar.js";
import { equal, test } from "../../harness.js";

const EPOCHS = [0, 31, 62];
const FRAMES = 300; // at most, until the browser has told an observer

/** Wait until the bar is hidden, or shown; return whether it is. */
async function isHidden(bar, wanted) {
  for (let i = 0; i < FRAMES && bar.element.hidden !== wanted; i++) await new Promise(requestAnimationFrame);
  return bar.element.hidden;
}

/** Return a bar below the stage's controls, which are out of sight, and what it asked of the player. */
async function open() {
  const state = new PageState({ epoch: 31, sample: 0, weight: { layer: 1, row: 0, column: 0 }, output: 0 }, 2);
  const calls = [];
  const player = {
    step: (by) => state.choose({ epoch: EPOCHS[EPOCHS.indexOf(state.epoch) + by] }),
    seek: (epoch) => state.choose({ epoch: EPOCHS.findLast((at) => at <= epoch) }),
    rest: () => calls.push("rest"), toggle: () => calls.push("toggle"),
  };
  const controls = document.createElement("div");
  controls.style = "position: fixed; top: -500px; height: 10px; width: 10px"; // out of sight
  document.body.append(controls);
  const bar = new FilmBar(player, controls, state, 62, []);
  document.body.append(bar.element);
  await isHidden(bar, false);
  return { bar, state, calls, controls };
}

await test("it says whether the film plays, and follows it", async () => {
  const { bar, state } = await open();
  const said = () => [bar.play.ariaLabel, bar.play.textContent, bar.slider.value, bar.epoch.textContent];
  equal(said(), ["Play the film", "Play", "31", "Epoch 31"]);
  state.choose({ epoch: 62, playing: true });
  equal(said(), ["Pause the film", "Pause", "62", "Epoch 62"]);
  state.choose({ playing: false });
  equal(said(), ["Play the film", "Play", "62", "Epoch 62"]);
});

await test("its slider stands at epochs that the film has", async () => {
  const { bar, state } = await open();
  for (const [key, epoch] of [["ArrowRight", 62], ["ArrowLeft", 31], ["ArrowDown", 0]]) {
    bar.slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    equal([state.epoch, bar.slider.value], [epoch, String(epoch)], key);
  }
  bar.slider.value = 30;
  bar.slider.dispatchEvent(new Event("input"));
  equal([state.epoch, bar.slider.value], [0, "0"]);
});

await test("it stays while the keyboard is in it", async () => {
  const { bar, controls } = await open();
  equal(bar.element.hidden, false);
  bar.slider.focus({ focusVisible: true });
  const other = await open(); // of the same controls' place: it hides as soon as they are in sight
  for (const each of [controls, other.controls]) each.style.top = "100px";
  equal([await isHidden(other.bar, true), bar.element.hidden], [true, false]);
  bar.slider.blur();
  equal(await isHidden(bar, true), true);
});
