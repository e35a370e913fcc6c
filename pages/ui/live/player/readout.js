// The line of numbers below the controls, with progress and messages.
import { short } from "../draw/numbers.js";
import { make } from "../dom.js";
import { timeLeft } from "../draw/numbers.js";

const INTERVAL = 500; // ms, over which rates are measured

/** The line of numbers: epoch, losses, score, and a status. */
export class Readout {
  #rate = { time: 0, epoch: 0, drawn: 0, text: "", perSecond: 0 };
  #goal; #from; // what the film runs to, and the epoch that it started from
  #message = ""; // shown until the next action

  constructor() {
    this.element = make("div", { class: "readout" });
  }

  /** Begin to measure: the film plays, or runs to a goal, { epoch } or { loss }. */
  start(epoch, drawn, goal) {
    this.#rate = { time: performance.now(), epoch, drawn, text: "", perSecond: 0 };
    this.#goal = goal;
    this.#from = epoch;
    this.#message = "";
  }

  /** Begin the progress from `epoch` to another one. */
  seek(epoch) {
    this.#from = epoch;
    this.#goal = undefined;
    this.#message = "";
  }

  /** Show a message until the next action. */
  setMessage(text) {
    this.#message = text;
  }

  /** Show the numbers of a frame and the status of the film. */
  update(state, frame, now) {
    if (!frame) return this.element.replaceChildren(now.error ? errorText(now.error) : "Waiting for the first epoch …");
    const { epoch, losses: [loss, validation], layers: { score } } = frame;
    const number = (name, value) => make("span", {}, name, make("b", {}, value));
    const parts = [make("span", {}, "Epoch ", make("b", {}, epoch.toLocaleString("en")), ` of ${now.length.toLocaleString("en")}`), number("C = ", short(loss, 4))];
    if (!Number.isNaN(validation)) parts.push(number("validation ", short(validation, 4)));
    const over = now.scored?.[frame.whole ? "whole" : "moving"] ? " " : " ≈ "; // over some of the samples it is an estimate
    if (score) parts.push(number(`${now.score}${over}`, scoreText(score, now.score)), ...baseRate(now.rate));
    const status = this.#status(state, epoch, now);
    if (status) parts.push(make("span", { class: "said" }, ...status));
    this.element.replaceChildren(...parts);
  }

  #status(state, epoch, now) {
    if (now.error) return [errorText(now.error)];
    if (state === "lost") return [now.gone ? "The server no longer has this run: see above" : "No answer from the server; retrying …"];
    if (state === "playing") return this.#playProgress(epoch, now);
    if (now.target !== undefined) return this.#seekProgress(epoch, now.target);
    if (this.#message) return [this.#message];
    if (state === "done" || state === "diverged") return [now.why];
    return undefined;
  }

  /** Return the progress of a seek: the nearest stored epoch is shown meanwhile. */
  #seekProgress(epoch, target) {
    const bar = make("progress", { max: 1, value: fraction(this.#seekStart(epoch, target), epoch, target), "aria-label": "Progress" });
    return [`computing epoch ${target.toLocaleString("en")}, showing epoch ${epoch.toLocaleString("en")} `, bar];
  }

  #seekStart(epoch, target) {
    if (this.#from === undefined || this.#from > target || epoch < this.#from) this.#from = epoch;
    return this.#from;
  }

  /** Return the epochs and frames per second over the last half second, and the time left. */
  #playProgress(epoch, { last, drawn }) {
    const time = performance.now();
    const before = this.#rate;
    const aim = this.#goal?.epoch ?? last;
    if (time - before.time >= INTERVAL) {
      const seconds = (time - before.time) / 1000;
      const perSecond = (epoch - before.epoch) / seconds;
      const left = this.#goal?.loss === undefined ? timeLeft((aim - epoch) / perSecond) : "";
      const rate = perSecond >= 10 ? Math.round(perSecond).toLocaleString("en") : perSecond.toFixed(1);
      this.#rate = { time, epoch, drawn, text: `${rate} epochs/s, ${Math.round((drawn - before.drawn) / seconds)} frames/s${left}` };
    }
    if (!this.#goal) return [this.#rate.text];
    const { loss } = this.#goal;
    const bar = loss === undefined ? { max: 1, value: fraction(this.#from, epoch, aim) } : {};
    const where = loss === undefined ? `running to epoch ${aim.toLocaleString("en")} ` : `running until C is below ${short(loss)} `;
    return [where, make("progress", { ...bar, "aria-label": "Progress" }), ` ${this.#rate.text}`];
  }
}

const errorText = (error) => `This message from the server cannot be shown: ${error}. Reload the page.`;

const fraction = (from, epoch, to) => (to > from ? (epoch - from) / (to - from) : 0);

const percent = (value) => `${(100 * value).toFixed(1)} %`;

const baseRate = (rate) => (typeof rate === "number" ? [make("span", { title: "Of always predicting the most frequent class of the training samples" }, `base rate ${percent(rate)}`)] : []);

function scoreText(score, name) {
  const digits = (value) => (name === "accuracy" ? percent(value) : short(value));
  return [...score].filter((value) => !Number.isNaN(value)).map(digits).join(", validation ");
}
