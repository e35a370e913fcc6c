import { Follower } from "/pages/ui/live/run_page/follower.js";
import { PageState } from "/pages/ui/live/run_page/page_state.js";
import { equal, fakeTime, test } from "../harness.js";

const { advance } = fakeTime();
const { now } = performance;
let busy = 0; // ms that drawing took so far
performance.now = () => now() + busy;
let free = 0; // ms that each frame leaves
globalThis.requestIdleCallback = (act, { timeout }) => setTimeout(() => act({ timeRemaining: () => free }), Math.min(16, timeout));

/** Return a state, and parts that draw its epoch in so many ms each: what they have drawn, and how much is missing out of view. */
function partsOf(...costs) {
  const state = new PageState({ epoch: 0 });
  const parts = costs.map((cost) => {
    const part = { epochs: [], missing: 0 };
    const draw = () => {
      part.epochs.push(state.epoch);
      part.missing = 2;
      busy += cost;
    };
    new Follower(state, draw, () => part.missing > 0 && part.missing-- > 0).draw();
    return part;
  });
  return { state, parts };
}

/** Play so many frames, an epoch each. */
function play(state, frames) {
  for (let i = 0; i < frames; i++) {
    state.choose({ epoch: state.epoch + 1, playing: true });
    advance(16);
  }
}

await test("at rest several changes at once are drawn once, by all parts", async () => {
  const { state, parts } = partsOf(1, 1);
  state.choose({ epoch: 3 });
  state.choose({ epoch: 4 });
  await null;
  equal(parts.map(({ epochs }) => epochs), [[0, 4], [0, 4]]);
});

await test("while the film plays all are drawn together: in each frame that leaves the time, else after a while", () => {
  for (const [ms, expected] of [[10, [0, 1, 2, 3, 4, 5, 6, 7, 8]], [1, [0, 7]]]) {
    free = ms;
    const { state, parts } = partsOf(1, 1);
    play(state, 8);
    equal(parts.map(({ epochs }) => epochs), [expected, expected], `${ms} ms`);
  }
});

await test("a part that takes long is drawn rarely; the others are drawn meanwhile", () => {
  free = 10;
  const { state, parts: [quick, slow] } = partsOf(0, 40);
  play(state, 24);
  equal([quick.epochs.length, slow.epochs], [25, [0]]);
  play(state, 10);
  equal([quick.epochs.at(-1), slow.epochs.length], [34, 2]);
});

await test("when the film rests all show its epoch, then what is out of view", () => {
  free = 0;
  const { state, parts: [part] } = partsOf(1);
  play(state, 3);
  equal(part.epochs, [0]);
  advance(240);
  equal([part.epochs.at(-1), part.missing], [3, 2]);
  advance(50);
  equal(part.missing, 0);
});

await test("for print everything shows the epoch on display", () => {
  const { state, parts: [part] } = partsOf(1);
  state.choose({ epoch: 7, playing: true });
  globalThis.dispatchEvent(new Event("beforeprint"));
  equal([part.epochs, part.missing], [[0, 7], 0]);
});
