// The chain rule's source in a page: scenes come from the page itself.
import { FactorScenes } from "./factor_scene.js";

const LATEST = { least: 200, most: 500, costs: 20 }; // ms at most that the cards are behind a film that plays: so many times what they cost
const whenIdle = globalThis.requestIdleCallback ?? ((draw, { timeout }) => setTimeout(() => draw({ didTimeout: true }), timeout)); // Safari has none

/** Answers the picks on the cards, and shows what is chosen elsewhere in the page. */
export class FactorSource {
  #run; #state; #scenes;
  #show = () => undefined;
  #sequence = 0; // of the latest pick
  #cost = 0; // ms that the latest scene took
  #waits = false; // for time that a frame leaves
  #stale = false; // whether something else is chosen than what is on display

  constructor(run, state) {
    this.#run = run;
    this.#state = state;
    this.#scenes = new FactorScenes(run);
  }

  /** Have `show(scene)` called now and whenever something else is chosen. */
  start(show) {
    this.#show = show;
    this.#draw();
    this.#state.listen((_, playing) => this.#follow(playing));
  }

  /** Select what was picked on the cards. */
  send({ sequence, layer, row, column, output }) {
    this.#sequence = sequence;
    this.#stale = true;
    this.#state.choose({ weight: { layer, row, column }, output });
    if (this.#stale) this.#draw(); // it was chosen already
  }

  /** A link leads to a place in the page: see links.js. */
  follow() {}

  /** Draw at once at rest; while the film plays, when a frame leaves the time. */
  #follow(playing) {
    this.#stale = true;
    if (!playing) this.#draw();
    else if (!this.#waits) this.#wait(performance.now() + Math.min(Math.max(LATEST.costs * this.#cost, LATEST.least), LATEST.most));
  }

  #wait(end) {
    this.#waits = true;
    whenIdle((idle) => {
      this.#waits = false;
      if (!this.#stale) return;
      if (idle.didTimeout || performance.now() >= end || idle.timeRemaining() >= this.#cost) this.#draw();
      else this.#wait(end);
    }, { timeout: Math.max(1, end - performance.now()) });
  }

  #draw() {
    const { epoch, sample, output, weight } = this.#state;
    const start = performance.now();
    this.#stale = false;
    this.#show({ ...this.#scenes.at(this.#run.placeOf(epoch), { sample, output, weight }), sequence: this.#sequence });
    this.#cost = performance.now() - start;
  }
}
