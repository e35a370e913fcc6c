// The line of numbers below the controls, with progress and messages.
import { make } from "../dom.js";
import { percent, short, timeLeft, whole } from "../draw/numbers.js";

const INTERVAL = 500; // ms, over which rates are measured

/** The line of numbers: epoch, losses, score, and a status. */
export class Readout {
  element = make("div", { class: "readout" });
  #rate; // over the last interval: its end, the epoch and the frames drawn until then, and as text
  #course; // what the film does since the last action: see `Player`
  #from; // the epoch where its progress begins

  /** Show the status of the film, the numbers of its frame, and what is wrong with it, if anything. */
  update(status, scene, error) {
    this.#begin(status);
    const { frame, state, length } = status;
    if (!frame) return this.element.replaceChildren(error ? errorText(error) : "Waiting for the first epoch …");
    const { epoch, losses: [loss, validation], layers: { score } } = frame;
    const number = (name, value) => make("span", {}, name, make("b", {}, value));
    const parts = [make("span", {}, "Epoch ", make("b", {}, whole(epoch)), ` of ${whole(length)}`), number("C = ", short(loss, 4))];
    if (!Number.isNaN(validation)) parts.push(number("validation ", short(validation, 4)));
    const over = scene.scored?.[frame.whole ? "whole" : "moving"] ? " " : " ≈ "; // over some of the samples it is an estimate
    if (score) parts.push(number(`${scene.score}${over}`, scoreText(score, scene.score)), ...baseRate(scene.base_rate));
    const said = error ? [errorText(error)] : this.#status(state, epoch, status);
    if (said) parts.push(make("span", { class: "said" }, ...said));
    this.element.replaceChildren(...parts);
  }

  /** Begin to measure when the film begins something else. */
  #begin({ course, drawn, epoch }) {
    if (course === this.#course) return;
    this.#course = course;
    this.#from = course.from;
    this.#rate = { time: performance.now(), epoch, drawn, text: "" };
  }

  #status(state, epoch, now) {
    if (state === "lost") return [now.lost ? "The server no longer has this run: see above" : "No answer from the server; retrying …"];
    if (state === "playing") return this.#playProgress(epoch, now);
    if (now.target !== undefined) return this.#seekProgress(epoch, now.target);
    if (now.course.missed !== undefined) return [`C did not fall below ${short(now.course.missed)} in this run`];
    if (state === "done" || state === "diverged") return [now.why];
    return undefined;
  }

  /** Return the progress of a seek: the nearest stored epoch is shown meanwhile. */
  #seekProgress(epoch, target) {
    if (this.#from === undefined || this.#from > target || epoch < this.#from) this.#from = epoch;
    const bar = make("progress", { max: 1, value: fraction(this.#from, epoch, target), "aria-label": "Progress" });
    return [`computing epoch ${whole(target)}, showing epoch ${whole(epoch)} `, bar];
  }

  /** Return the epochs and frames per second over the last half second, and the time left. */
  #playProgress(epoch, { ended, trained, length, drawn, course: { goal } }) {
    const time = performance.now();
    const before = this.#rate;
    const aim = goal?.epoch ?? (ended ? trained : length);
    if (time - before.time >= INTERVAL) {
      const seconds = (time - before.time) / 1000;
      const perSecond = (epoch - before.epoch) / seconds;
      const left = goal?.loss === undefined ? timeLeft((aim - epoch) / perSecond) : "";
      const rate = perSecond >= 10 ? whole(Math.round(perSecond)) : perSecond.toFixed(1);
      this.#rate = { time, epoch, drawn, text: `${rate} epochs/s, ${Math.round((drawn - before.drawn) / seconds)} frames/s${left}` };
    }
    if (!goal) return [this.#rate.text];
    const { loss } = goal;
    const bar = loss === undefined ? { max: 1, value: fraction(this.#from, epoch, aim) } : {};
    const where = loss === undefined ? `running to epoch ${whole(aim)} ` : `running until C is below ${short(loss)} `;
    return [where, make("progress", { ...bar, "aria-label": "Progress" }), ` ${this.#rate.text}`];
  }
}

const errorText = (error) => `This message from the server cannot be shown: ${error}. Reload the page.`;

const fraction = (from, epoch, to) => (to > from ? (epoch - from) / (to - from) : 0);

const baseRate = (rate) => (typeof rate === "number" ? [make("span", { title: "Of always predicting the most frequent class of the training samples" }, `base rate ${percent(rate)}`)] : []);

function scoreText(score, name) {
  const digits = (value) => (name === "accuracy" ? percent(value) : short(value));
  return [...score].filter((value) => !Number.isNaN(value)).map(digits).join(", validation ");
}
