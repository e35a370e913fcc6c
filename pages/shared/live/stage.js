// The stage: a film of the training that the browser plays from its buffer and pulls as it goes.
import { Curve, Frames, unpack } from "./buffer.js";
import { LossChart } from "./chart.js";
import { readTheme, roundUp, short } from "./colours.js";
import { make, staying } from "./dom.js";
import { Heatmap } from "./heatmap.js";
import { timeLeft } from "./numbers.js";
import { Transport } from "./transport.js";

const AHEAD = 60; // frames: with fewer in the buffer, ask
const CHUNK = 120; // frames: fill the buffer up to this
const RETRY = 2000; // ms without an answer before asking again
const TRIES = 3; // unanswered questions before the connection is called lost
const PATIENCE = 1000; // ms at most, that a link waits for the stage's last word
const SETTLE = 200; // ms after the last step before the app follows

const CELL = 88; // px, a cell's greatest width
const SMALL = 44; // px, a cell that still holds its number
const GAP = 24; // px, between the matrices

/** Called by Streamlit for every message to this component; the stage itself stays. */
export const stage = staying(() => new Stage(), (view, { data, setTriggerValue }) => {
  view.send = (request) => setTriggerValue("pull", request);
  view.receive(unpack(data));
});

class Stage {
  #token = "";
  #line = ""; // a run and those that go on from it
  #shown = undefined; // the frame on display
  #seen = 0; // the furthest epoch that was on display
  #target = undefined; // an epoch to show as soon as it is there
  #playing = false;
  #speed = 1;
  #holding = false; // a changed setting waits for the epoch on display: stand still until it is in
  #asked = undefined; // the question that is not answered yet: {sequence, time, tries}
  #sequence = 0;
  #leaving = undefined; // the link that waits; true once it was followed
  #drawn = 0;
  #rate = { time: 0, epoch: 0, frames: 0, text: "" };
  #timer = undefined;
  #watch; #frame; // the timer that asks again, and the next turn of the film
  #observer = new ResizeObserver(() => this.#layout());

  constructor() {
    this.transport = new Transport({
      toggle: () => (this.#playing ? this.pause() : this.play()),
      step: () => this.#stepTo(this.#epoch + 1), back: () => this.#stepTo(this.#epoch - 1),
      first: () => this.#stepTo(0), last: () => this.#stepTo(this.#seen),
      reset: () => this.#reset(),
      scrub: (epoch) => this.#go(epoch),
      rest: () => this.#ask({ rest: true }),
      speed: (speed) => (this.#speed = speed),
    });
    this.readout = make("div", { class: "readout" });
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.plots = make("div", { class: "plots" });
    this.element = make(
      "section",
      { "data-testid": "stage", "data-state": "waiting", "data-frames": 0, tabindex: 0, "aria-label": "Training, epoch by epoch" },
      this.transport.element, this.readout, this.plots, this.live,
    );
    this.element.onkeydown = (event) => this.transport.key(event);
  }

  open(root) {
    root.append(this.element);
    this.#observer.observe(this.element);
    this.#watch = setInterval(() => this.#askAgain(), RETRY / 4);
    addEventListener("click", this.#leave, true);
    if (this.#playing) this.#run();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    removeEventListener("click", this.#leave, true);
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    this.element.remove();
  }

  get #epoch() { return this.#target ?? this.#shown?.epoch ?? 0; }

  /** Take in an answer. The same one again changes nothing. */
  receive(answer) {
    if (this.#leaving === true) this.#leaving = undefined; // the link led here
    if (answer.token !== this.#token) {
      if (!answer.scene) return; // of a run that is no longer on stage
      this.#adopt(answer);
    }
    if (this.#asked && answer.sequence >= this.#asked.sequence) this.#asked = undefined;
    if (!this.#asked) this.#left();
    this.trained = Math.max(this.trained, answer.trained);
    this.length = answer.length;
    this.ended = answer.ended;
    this.why = answer.why;
    this.#learn(answer.losses);
    for (const frame of answer.frames) this.frames.add(frame);
    this.#restyle();
    if (this.#target === undefined && !this.#shown) this.#target = answer.epoch;
    this.#arrive();
    if (answer.pending && !this.#holding) {
      this.#holding = true;
      this.#ask();
    } else this.#pull();
    this.#mark();
  }

  play() {
    if (this.ended && this.#epoch >= this.trained) this.#go(0); // at the end: show it again
    this.#playing = true;
    this.#rate = { time: performance.now(), epoch: this.#epoch, frames: this.#drawn, text: "" };
    this.#pull();
    this.#mark();
    this.#run();
  }

  pause() {
    this.#playing = false;
    this.#ask({ rest: true });
    this.#mark();
    this.live.textContent = `Paused at epoch ${this.#epoch}, C = ${short(this.#shown?.losses[0])}`;
  }

  #reset() {
    this.#playing = false;
    this.#ask({ reset: true, rest: true });
    this.#mark();
  }

  /** Go to an epoch and, once the keys rest, let the app follow. */
  #stepTo(epoch) {
    this.#go(epoch);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask({ rest: true }), SETTLE);
  }

  #go(epoch) {
    this.#playing = false;
    const last = this.ended ? this.trained : this.length;
    this.#target = Math.min(Math.max(epoch, 0), last);
    this.#arrive();
    if (this.#target !== undefined && !this.#asked) this.#ask();
    this.#mark();
  }

  /** Show the epoch that is waited for, if it is there. */
  #arrive() {
    const frame = this.frames.at(this.#target);
    if (!frame) return this.#target !== undefined && !this.#asked && this.#token && this.#ask();
    this.#target = undefined;
    this.#show(frame);
  }

  // ---- playing

  #run() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(this.#tick);
  }

  #tick = () => {
    if (!this.#playing) return;
    this.#run();
    if (this.#holding) return;
    const frame = this.frames.next(this.#epoch, this.#speed);
    if (frame) this.#show(frame);
    else if (this.ended && this.#epoch >= this.trained) this.pause();
    this.#pull();
  };

  #show(frame) {
    this.#shown = frame;
    for (const weight of frame.weights) this.peak = Math.max(this.peak, Math.abs(weight));
    this.#seen = Math.max(this.#seen, frame.epoch);
    this.#drawn += 1;
    if (this.theme) this.#draw();
    this.element.dataset.frames = this.#drawn;
    this.#mark();
  }

  // ---- asking

  #pull() {
    if (!this.#playing || this.#asked || this.#holding) return;
    const { count, last } = this.frames.ahead(this.#epoch, this.#speed, AHEAD);
    if (count >= AHEAD || (this.ended && last >= this.trained)) return;
    this.#ask();
  }

  /** Send all there is to say in one trigger: a newer one replaces an older. */
  #ask({ rest = false, reset = false } = {}) {
    if (this.#leaving) return;
    this.#timer = clearTimeout(this.#timer);
    const tries = (this.#asked?.tries ?? 0) + 1;
    this.#asked = { sequence: ++this.#sequence, time: performance.now(), tries };
    this.send({
      sequence: this.#sequence,
      token: this.#token,
      epoch: this.#epoch,
      playing: this.#playing,
      rest,
      reset,
      known_losses: this.curves[0].count,
      ...this.#wanted(),
    });
  }

  #wanted() {
    if (this.#target !== undefined) return { after: this.#target - 1, frames: 1, stride: 1 };
    if (!this.#playing || this.#holding) return { after: 0, frames: 0, stride: 1 };
    const { count, last } = this.frames.ahead(this.#epoch, this.#speed, CHUNK);
    return { after: last, frames: CHUNK - count, stride: this.#speed };
  }

  /**
   * A click on a link to another page waits until the stage has told its epoch and been answered:
   * a question that reaches Streamlit after the change of page was asked for leaves the page blank.
   */
  #leave = (event) => {
    const link = pageLink(event);
    if (!link || this.#leaving || !(this.#playing || this.#asked || this.#timer)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#playing = false;
    this.#ask();
    this.#leaving = link;
    setTimeout(() => this.#left(), PATIENCE);
  };

  #left() {
    const link = this.#leaving;
    if (!link || link === true) return;
    this.#leaving = true; // from here on silent
    link.click();
  }

  #askAgain() {
    if (!this.#asked || performance.now() - this.#asked.time < RETRY) return;
    this.#ask({ rest: !this.#playing });
    this.#mark();
  }

  // ---- taking in

  #adopt(answer) {
    this.#token = answer.token;
    this.#sequence = Math.max(this.#sequence, answer.sequence);
    this.#asked = this.#shown = undefined;
    this.#holding = false;
    this.#target = answer.epoch;
    this.#seen = this.trained = answer.trained;
    this.length = answer.length;
    this.frames = new Frames();
    this.curves = Array.from({ length: answer.losses.curves }, () => new Curve());
    this.peak = 0;
    this.#setScene(answer.scene);
    // Play or Pause may have been pressed while a changed setting was on its way: that holds.
    const playing = answer.line === this.#line ? this.#playing : answer.playing;
    if (playing && !this.#playing) this.#run();
    this.#playing = playing;
    this.#line = answer.line;
  }

  #learn({ first, count, block, values }) {
    this.curves.forEach((curve, i) => {
      const known = curve.count - first;
      if (block > 1 && known > 0) return; // an opening again: what is missing comes with the frames
      curve.append(values[i].subarray(known), count - known, block);
    });
  }

  // ---- drawing

  #setScene({ W1, W2 }) {
    const canvas = (label) => make("canvas", { role: "img", "aria-label": label });
    const figure = (title, note, drawing) => make("figure", {}, make("figcaption", { title: `${title} ${note}` }, make("b", {}, title), ` ${note}`), drawing);
    const shape = ({ rows, columns }) => `${rows.length}×${columns.length}`;
    const named = (name, { rows, columns }) => `${name} as a heatmap: rows ${rows.join(", ")}; columns ${columns.join(", ")}`;
    const canvases = [canvas(named("W1", W1)), canvas(named("W2", W2))];
    this.heatmaps = [new Heatmap(canvases[0], W1), new Heatmap(canvases[1], W2)];
    this.lossCanvas = canvas("Loss at every epoch");
    this.chart = new LossChart(this.lossCanvas);
    this.legend = make("div", { class: "legend" }, make("span"), make("i"), make("span"));
    const key = make("span", { class: "key" }, make("i", { class: "training" }), "training");
    if (this.curves.length > 1) key.append(make("i", { class: "validation" }), "validation");
    const loss = figure("Loss C", "", this.lossCanvas);
    loss.className = "loss";
    loss.firstChild.append(key);
    this.plots.replaceChildren(
      make("div", { class: "matrices" },
        figure("W⁽¹⁾", `${shape(W1)}, inputs → hidden`, canvases[0]),
        figure("W⁽²⁾", `${shape(W2)}, hidden → output`, canvases[1]),
        this.legend),
      loss,
    );
    this.theme = undefined;
  }

  /** The theme may have changed with any message. */
  #restyle() {
    if (!this.element.isConnected) return; // on its way out: there are no styles to read
    const theme = readTheme(this.element);
    if (theme.key === this.theme?.key) return;
    this.theme = theme;
    this.legend.children[1].style.background =
      `linear-gradient(90deg, ${theme.scale.filter((_, i) => i % 16 === 0 || i === 254).map((c) => `rgb(${c})`).join()})`;
    const [training, validation] = this.element.querySelectorAll(".key i");
    training.style.borderColor = theme.series[0];
    if (validation) validation.style.borderColor = theme.series[1];
    this.#layout();
  }

  #layout() {
    const width = this.element.clientWidth;
    if (!this.theme || !width) return;
    const wide = width >= 820;
    this.plots.classList.toggle("wide", wide);
    this.#layoutMatrices(wide ? width * 0.58 : width);
    const matrices = this.plots.firstChild.getBoundingClientRect();
    this.chart.layout(wide ? width - matrices.width - 32 : width, wide ? Math.max(220, Math.min(320, matrices.height - 30)) : 220);
    if (this.#shown) this.#draw();
  }

  /** Both matrices side by side where that leaves room for cells, else one below the other. */
  #layoutMatrices(room) {
    const [first, second] = this.heatmaps;
    const margins = this.heatmaps.map((heatmap) => heatmap.margin(room * 0.22, this.theme));
    const free = room - GAP - margins[0] - margins[1];
    const even = free / (first.columns.length + second.columns.length);
    const widths = this.heatmaps.map((map, i) => Math.min(CELL, (room - margins[i]) / map.columns.length));
    if (even >= SMALL || free > 2 * SMALL * second.columns.length) {
      widths[1] = Math.min(CELL, Math.max(even, Math.min(SMALL, free / 2 / second.columns.length)));
      widths[0] = Math.min(CELL, (free - widths[1] * second.columns.length) / first.columns.length);
    }
    this.heatmaps.forEach((map, i) => map.layout(margins[i], widths[i], this.theme));
  }

  #draw() {
    const frame = this.#shown;
    const limit = roundUp(this.peak);
    const cut = this.heatmaps[0].size;
    this.heatmaps[0].draw(frame.weights.subarray(0, cut), limit, this.theme);
    this.heatmaps[1].draw(frame.weights.subarray(cut), limit, this.theme);
    this.chart.draw(this.curves, this.#seen, frame, this.theme);
    this.legend.firstChild.textContent = `−${limit}`;
    this.legend.lastChild.textContent = `+${limit}`;
  }

  /** Everything that tells the state: attributes, controls, the line of numbers. */
  #mark() {
    const atEnd = this.ended && this.#shown?.epoch >= this.trained && this.#target === undefined;
    const state = this.#asked?.tries > TRIES ? "lost"
      : !this.#shown ? "waiting"
      : this.#playing ? "playing"
      : atEnd ? this.ended
      : this.#target !== undefined ? "waiting" : "paused";
    this.element.dataset.state = state;
    this.element.dataset.epoch = this.#shown?.epoch ?? "";
    this.transport.update(this.#playing, this.#epoch, this.#seen);
    this.readout.replaceChildren(...this.#numbers(state));
  }

  #numbers(state) {
    if (!this.#shown) return ["Waiting for the first epoch …"];
    const { epoch, losses: [loss, validation] } = this.#shown;
    const parts = [
      make("span", {}, "Epoch ", make("b", {}, epoch.toLocaleString("en")), ` of ${this.length.toLocaleString("en")}`),
      make("span", {}, "C = ", make("b", {}, short(loss, 4))),
    ];
    if (!Number.isNaN(validation)) parts.push(make("span", {}, "validation ", make("b", {}, short(validation, 4))));
    const said = { playing: this.#pace(), done: this.why || "Done: the run’s length is reached", lost: "No answer from the server; asking again …",
      diverged: "Stopped: the next step would make the weights infinite. Try a smaller learning rate." }[state];
    if (said) parts.push(make("span", { class: "said" }, said));
    return parts;
  }

  /** Epochs and frames a second, measured over the last half second, and the time left at that. */
  #pace() {
    const now = performance.now();
    const { time, epoch, frames } = this.#rate;
    if (now - time >= 500) {
      const seconds = (now - time) / 1000;
      const rate = (this.#epoch - epoch) / seconds;
      const left = timeLeft(((this.ended ? this.trained : this.length) - this.#epoch) / rate);
      const text = `${rate >= 10 ? Math.round(rate).toLocaleString("en") : rate.toFixed(1)} epochs/s, ${Math.round((this.#drawn - frames) / seconds)} frames/s${left}`;
      this.#rate = { time: now, epoch: this.#epoch, frames: this.#drawn, text };
    }
    return this.#rate.text;
  }
}

/** The link within the app that a plain click goes to, if it goes to one. */
function pageLink(event) {
  const link = event.composedPath().find((element) => element.tagName === "A");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  return plain && link?.origin === location.origin && link.target !== "_blank" ? link : undefined;
}
