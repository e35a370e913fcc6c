// The chain rule's source in a page: scenes come from the page itself.
import { Follower } from "../follower.js";
import { factorScene } from "./factor_scene.js";

/** Answers the picks on the cards, and shows what is chosen elsewhere in the page. */
export class FactorSource {
  #run; #state; #part;
  #show = () => undefined;
  #sequence = 0; // of the latest pick

  constructor(run, state) {
    this.#run = run;
    this.#state = state;
  }

  /** Have `show(scene)` called now and whenever something else is chosen. */
  start(show) {
    this.#show = show;
    this.#part = new Follower(this.#state, () => this.#draw());
    this.#part.draw();
  }

  /** Select what was picked on the cards. */
  send({ sequence, layer, row, column, output }) {
    this.#sequence = sequence;
    this.#state.choose({ weight: { layer, row, column }, output });
    this.#part.soon(); // it may have been chosen already
  }

  /** A link leads to a place in the page: see links.js. */
  follow() {}

  #draw() {
    const { epoch, sample, output, weight } = this.#state;
    this.#show({ ...factorScene(this.#run, this.#run.placeOf(epoch), { sample, output, weight }), sequence: this.#sequence });
  }
}
