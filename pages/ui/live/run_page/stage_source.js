// The stage's source in a page: answers come from the page itself.
import { Curve } from "../player/buffer.js";
import { RunFilm } from "./run_film.js";

/** Answers the player's requests from the run; the rest of the page follows the film by `state`. */
export class StageSource {
  away = false;
  #run; #state; #film; #receive;

  constructor(run, state) {
    this.#run = run;
    this.#state = state;
    this.#film = new RunFilm(run);
  }

  /** Give the stage the run; `receive(answer)` takes the answers. */
  start(receive) {
    this.#receive = receive;
    const { token, lineage, stage, trained } = this.#run;
    receive({
      ...this.#answer(0), token, lineage, scene: stage.scene, epoch: this.#state.epoch, playing: false, film: this.#film, losses: this.#losses, trained,
    });
  }

  get #losses() {
    const { losses, arrays } = this.#run;
    return { ...losses, values: Array.from({ length: losses.curves }, (_, i) => arrays[`losses/${i}`].values) };
  }

  #answer(sequence) {
    const { token, trained, length, ended, stage } = this.#run;
    const { count, curves } = this.#run.losses;
    const none = { first: count, count: 0, block: 1, curves, values: Array.from({ length: curves }, () => new Float64Array()) };
    return { sequence, token, trained, length, ended, why: stage.why, lost: false, losses: none, marks: stage.marks, breaks: stage.breaks, frames: [], reached: null };
  }

  send(request) {
    this.#film.content = { views: new Set(request.views), sample: request.sample, plane: undefined };
    queueMicrotask(() => this.#receive(this.#answer(request.sequence)));
  }

  open() {}

  close() {}

  atRest() {}

  openedRun() {}

  shown(epoch, playing) { this.#state.choose({ epoch }, playing); }

  rested({ epoch }) { if (epoch !== undefined) this.#state.choose({ epoch }); }

  reveal() {}
}
