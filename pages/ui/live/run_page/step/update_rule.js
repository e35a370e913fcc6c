// One update of the weights, term by term, from what a page has: see core/training/update.py. A prime is `_after`.
import { costs, forwardPass, isBiased } from "../network_pass.js";

const RULES = { // from a weight's g and state: what is computed on the way, and the step that η multiplies
  gd: (g) => ({ step: g }),
  momentum: (g, { momentum }, { v }) => {
    const v_after = momentum * v + g;
    return { v, v_after, step: v_after };
  },
  nesterov: (g, { momentum }, { v }) => {
    const v_after = momentum * v + g;
    return { v, v_after, step: g + momentum * v_after };
  },
  rmsprop: (g, { alpha, epsilon }, { s }) => {
    const s_after = average(s, alpha, g * g);
    const root = Math.sqrt(s_after) + epsilon;
    return { s, s_after, root, step: g / root };
  },
  adam: (g, { beta1, beta2, epsilon }, { m, s, t }) => {
    const [m_after, s_after] = [average(m, beta1, g), average(s, beta2, g * g)];
    const [m_hat, s_hat] = [m_after / (1 - beta1 ** t), s_after / (1 - beta2 ** t)];
    const root = Math.sqrt(s_hat) + epsilon;
    return { t, m, s, m_after, s_after, m_hat, s_hat, root, step: m_hat / root };
  },
};

const average = (before, share, now) => share * before + (1 - share) * now;

/** The update from an epoch of the film to the run's next one. */
export class Update {
  #run; #pass; #segment; #texts; #end;
  #state; #frozen; // of the optimiser; the places of frozen weights

  /** `pass`: of that epoch, see run_pass.js. */
  constructor(run, pass) {
    [this.#run, this.#pass, this.#segment] = [run, pass, pass.segment];
    this.#texts = run.step.segments[this.#segment.index];
    this.#end = run.step.ends[run.epochs[pass.place]];
    this.#state = run.stateAt(pass.place);
    this.#frozen = new Set(this.#texts.frozen);
    this.after = this.#weightsOfRun() ?? (this.hasTerms ? this.#weightsByRule() : undefined);
  }

  /** The weights after it; undefined where they are not in the page. */
  after;

  /** Whether C and all weights are still finite after it; if not, the run ends here. */
  get isFinite() { return this.#end?.finite ?? true; }

  /** Notes on its place in the run. */
  get notes() { return this.#end?.notes ?? []; }

  /** Whether it is a single step, of which the page has all terms. */
  get hasTerms() { return this.#texts.steps === 1 && (this.#state !== undefined || !this.#texts.vectors.length); }

  /** C after it, by the loss that is shown: NaN if it is not finite, undefined if the page cannot tell. */
  get cost() {
    const run = this.#run;
    if (this.#end) return this.#end.C ?? NaN;
    if (this.#isNextThere) return run.lossesAt(this.#pass.place + 1)[0] * this.#segment.factor;
    if (!run.isWhole || !this.after) return undefined;
    const { values } = costs(run.network, forwardPass(run.network, this.after, run.X), run.y, this.#segment.loss, run.samples);
    return values.reduce((sum, share) => sum + share, 0);
  }

  /** Return the numbers of one weight's update, by the names of `UpdateTerms` in small letters. */
  termsOf({ layer, row, column }) {
    const at = row * this.#run.network.shapes[layer - 1][1] + column;
    const [w, w_after] = [this.#pass.weights[layer - 1][at], this.after[layer - 1][at]];
    const ends = { w, w_after, dc_shown: this.#pass.gradients[layer - 1][at], change: w_after - w };
    return this.hasTerms ? { ...this.#terms(layer, at), ...ends } : ends;
  }

  /** Return whether a weight is frozen. */
  isFrozen({ layer, row, column }) {
    return this.#frozen.has(this.#start(layer) + row * this.#run.network.shapes[layer - 1][1] + column);
  }

  get #settings() { return this.#segment.settings; }

  get #isNextThere() {
    const [{ epochs }, { place }] = [this.#run, this.#pass];
    return epochs[place + 1] === epochs[place] + 1;
  }

  /** Return the place of a matrix's first weight among all. */
  #start(layer) { return this.#run.network.shapes.slice(0, layer - 1).reduce((sum, [rows, columns]) => sum + rows * columns, 0); }

  /** Return the weights after it that the page has. */
  #weightsOfRun() {
    const { arrays, network } = this.#run;
    const row = this.#end?.row ?? undefined;
    if (row === undefined) return this.#isNextThere ? this.#run.weightsAt(this.#pass.place + 1) : undefined;
    const { columns, values } = arrays["step/weights"];
    return network.shapes.map(([height, width], i) => values.subarray(row * columns + this.#start(i + 1)).subarray(0, height * width));
  }

  #weightsByRule() {
    const rate = this.#settings.learning_rate;
    return this.#pass.weights.map((W, i) => {
      const start = this.#start(i + 1);
      return W.map((w, at) => (this.#frozen.has(start + at) ? w : w - rate * this.#terms(i + 1, at).step));
    });
  }

  #terms(layer, at) {
    const [settings, state, { weights, ownGradients }] = [this.#settings, this.#state, this.#pass];
    const [rows, columns] = this.#run.network.shapes[layer - 1];
    const [w, dc] = [weights[layer - 1][at], ownGradients[layer - 1][at]];
    const isDecaying = settings.l2 > 0 && !(isBiased(this.#run.network, layer) && at >= (rows - 1) * columns);
    const g = isDecaying ? dc + settings.l2 * w : dc;
    const before = Object.fromEntries(this.#texts.vectors.map((name) => [name, state[name][layer - 1][at]]));
    return { w, dc, g, ...RULES[settings.optimizer](g, settings, { ...before, t: (state?.t ?? 0) + 1 }) };
  }
}
