// The stage's source in a page: the twin of pages/ui/train/stage.py. Answers come from the page itself.
import { FeaturePlanes } from "./feature_plane.js";
import { RunFilm } from "./run_film.js";

/** Answers the player's requests from the run; the rest of the page follows the film by `state`, and the stage the rest. */
export class StageSource {
  away = false;
  #run; #state; #planes; #film; #receive;
  #views; #plane; #sample; #weight; // what the stage shows
  #sequence = 0; // of the latest request

  constructor(run, state) {
    this.#run = run;
    this.#state = state;
    this.#planes = new FeaturePlanes(run);
    const { views, plane: [x, y, output] } = run.stage.scene;
    this.#views = new Set(views);
    this.#plane = this.#planes.at({ x, y, output });
    [this.#sample, this.#weight] = [state.sample, state.weight];
    this.#film = new RunFilm(run, this.#content);
    state.listen(() => this.#follow());
  }

  /** Give the stage the run; `receive(answer)` takes the answers. */
  start(receive) {
    this.#receive = receive;
    const { token, lineage } = this.#run;
    receive({ ...this.#answer, token, lineage, scene: this.#scene, epoch: this.#state.epoch, playing: false, film: this.#film, losses: this.#losses, plane: this.#plane?.scene });
  }

  /** Show what is wanted, and answer. */
  send({ sequence, views, plane_x, plane_y, plane_output, sample, layer, row, column, ...wanted }) {
    this.#sequence = sequence;
    this.#views = new Set(views);
    this.#plane = this.#planes.at({ x: plane_x, y: plane_y, output: plane_output });
    this.#sample = sample;
    if (layer) this.#weight = { layer, row, column };
    this.#state.choose({ sample, ...(layer && { weight: this.#weight }) });
    this.#film.carry(this.#content);
    queueMicrotask(() => this.#receive({ ...this.#answer, ...this.#parts(wanted) }));
  }

  open() {}

  close() {}

  atRest() {}

  openedRun() {}

  shown(epoch, playing) { this.#state.choose({ epoch, playing }); }

  rested({ epoch }) { if (epoch !== undefined) this.#state.choose({ epoch, playing: false }); }

  reveal() {}

  /** Show the sample and the weight that were chosen elsewhere in the page. */
  #follow() {
    const { epoch, sample, weight } = this.#state;
    const isOther = sample !== this.#sample;
    if (!isOther && weight === this.#weight) return;
    [this.#sample, this.#weight] = [sample, weight];
    if (isOther) this.#film.carry(this.#content);
    this.#receive({ ...this.#answer, ...(isOther && { whole: this.#film.at(epoch) }) });
  }

  /** What frames carry. */
  get #content() { return { views: this.#views, plane: this.#plane, sample: this.#state.sample }; }

  /** What every answer has. */
  get #answer() {
    const { token, ended, stage: { why, marks, breaks }, losses: { count, curves } } = this.#run;
    const { sample, weight } = this.#state;
    const last = this.#run.epochs.at(-1);
    const none = { first: count, count: 0, block: 1, curves, values: Array.from({ length: curves }, () => new Float64Array()) };
    return {
      sequence: this.#sequence, token, trained: last, length: last, ended, why, lost: false, losses: none, marks, breaks,
      frames: [], reached: null, sample, weight: { ...weight, open: true },
    };
  }

  /** What this answer has: a plane, curves or a frame. */
  #parts({ known_plane, scores_after, norms_after, seek }) {
    const { scores, norms } = this.#run.stage;
    return {
      ...(this.#plane && this.#plane.scene.name !== known_plane && { plane: this.#plane.scene }),
      ...(scores_after !== undefined && { scores }),
      ...(norms_after !== undefined && { norms }),
      ...(seek !== undefined && { whole: this.#film.at(seek) }),
    };
  }

  get #losses() {
    const { losses, arrays } = this.#run;
    return { ...losses, values: Array.from({ length: losses.curves }, (_, i) => arrays[`losses/${i}`].values) };
  }

  /** The stage's scene; where the page lacks samples, also which it has (`rows`), and scores are the curve's. */
  get #scene() {
    const { isWhole, rows, stage: { scene } } = this.#run;
    if (isWhole) return scene;
    return { ...scene, rows: [...rows], scored: { moving: scene.scored.whole, whole: scene.scored.whole } };
  }
}
