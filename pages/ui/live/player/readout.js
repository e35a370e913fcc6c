// The line of numbers below the controls, and how far it is to where the film is going.
import { short } from "../draw/colours.js";
import { make } from "../dom.js";
import { timeLeft } from "../draw/numbers.js";

const EVERY = 500; // ms, over which rates are measured

export class Readout {
  #rate = { time: 0, epoch: 0, drawn: 0, text: "", perSecond: 0 };
  #goal; #from; // what the film runs to, and the epoch that it set out from
  #said = ""; // until something is done

  constructor() {
    this.element = make("div", { class: "readout" });
  }

  /** The film begins to play, or to run to a goal: { epoch } or { loss }. */
  start(epoch, drawn, goal) {
    this.#rate = { time: performance.now(), epoch, drawn, text: "", perSecond: 0 };
    this.#goal = goal;
    this.#from = epoch;
    this.#said = "";
  }

  /** The film leaves for another epoch. */
  leave(epoch) {
    this.#from = epoch;
    this.#goal = undefined;
    this.#said = "";
  }

  /** Something to say until the next thing is done. */
  say(text) {
    this.#said = text;
  }

  update(state, frame, now) {
    if (!frame) return this.element.replaceChildren(now.error ? broken(now.error) : "Waiting for the first epoch …");
    const { epoch, losses: [loss, validation], layers: { score } } = frame;
    const number = (name, value) => make("span", {}, name, make("b", {}, value));
    const parts = [make("span", {}, "Epoch ", make("b", {}, epoch.toLocaleString("en")), ` of ${now.length.toLocaleString("en")}`), number("C = ", short(loss, 4))];
    if (!Number.isNaN(validation)) parts.push(number("validation ", short(validation, 4)));
    const over = now.scored?.[frame.whole ? "whole" : "moving"] ? " " : " ≈ "; // of some samples it is an estimate
    if (score) parts.push(number(`${now.score}${over}`, told(score, now.score)), ...base(now.rate));
    const said = this.#sentence(state, epoch, now);
    if (said) parts.push(make("span", { class: "said" }, ...said));
    this.element.replaceChildren(...parts);
  }

  #sentence(state, epoch, now) {
    if (now.error) return [broken(now.error)];
    if (state === "lost") return [now.gone ? "This run is gone from the server: see above" : "No answer from the server; asking again …"];
    if (state === "playing") return this.#pace(epoch, now);
    if (now.target !== undefined) return this.#onTheWay(epoch, now.target);
    if (this.#said) return [this.#said];
    if (state === "done" || state === "diverged") return [now.why];
    return undefined;
  }

  /** The nearest epoch that was kept is shown while the wanted one is computed. */
  #onTheWay(epoch, target) {
    const bar = make("progress", { max: 1, value: share(this.#near(epoch, target), epoch, target), "aria-label": "Progress" });
    return [`computing epoch ${target.toLocaleString("en")} from epoch ${epoch.toLocaleString("en")}, which is shown `, bar];
  }

  #near(epoch, target) {
    if (this.#from === undefined || this.#from > target || epoch < this.#from) this.#from = epoch;
    return this.#from;
  }

  /** Epochs and frames a second, measured over the last half second, and the time left at that. */
  #pace(epoch, { last, drawn }) {
    const time = performance.now();
    const before = this.#rate;
    const aim = this.#goal?.epoch ?? last;
    if (time - before.time >= EVERY) {
      const seconds = (time - before.time) / 1000;
      const perSecond = (epoch - before.epoch) / seconds;
      const left = this.#goal?.loss === undefined ? timeLeft((aim - epoch) / perSecond) : "";
      const rate = perSecond >= 10 ? Math.round(perSecond).toLocaleString("en") : perSecond.toFixed(1);
      this.#rate = { time, epoch, drawn, text: `${rate} epochs/s, ${Math.round((drawn - before.drawn) / seconds)} frames/s${left}` };
    }
    if (!this.#goal) return [this.#rate.text];
    const { loss } = this.#goal;
    const bar = loss === undefined ? { max: 1, value: share(this.#from, epoch, aim) } : {};
    const where = loss === undefined ? `running to epoch ${aim.toLocaleString("en")} ` : `running until C is below ${short(loss)} `;
    return [where, make("progress", { ...bar, "aria-label": "Progress" }), ` ${this.#rate.text}`];
  }
}

const broken = (error) => `This message from the server cannot be shown: ${error}. Reload the page.`;

const share = (from, epoch, to) => (to > from ? (epoch - from) / (to - from) : 0);

const percent = (value) => `${(100 * value).toFixed(1)} %`;

const base = (rate) => (typeof rate === "number" ? [make("span", { title: "Of always predicting the most frequent class of the training samples" }, `base rate ${percent(rate)}`)] : []);

function told(score, name) {
  const digits = (value) => (name === "accuracy" ? percent(value) : short(value));
  return [...score].filter((value) => !Number.isNaN(value)).map(digits).join(", validation ");
}
