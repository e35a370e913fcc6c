// The bug lab's film: two runs from the same weights, with the true and with a wrong gradient.
import { Curve } from "./buffer.js";
import { LossChart } from "../draw/chart.js";
import { readTheme, roundUp } from "../draw/colours.js";
import { make, mount } from "../dom.js";
import { exact, short } from "../draw/numbers.js";
import { PageLink } from "../streamlit/page_link.js";
import { MatrixPair, figure } from "../draw/matrix_pair.js";
import { retryDelay } from "./retry.js";
import { Tooltip } from "../draw/tooltip.js";
import { Controls } from "./controls.js";

const RUNS = { true: "True gradient", broken: "With the mistake" };
const SETTLE = 200; // ms after the last step before the page is redrawn
const REDUCED = { between: 250, epochs: 15 }; // with reduced motion: ms between frames, times the epochs per frame
const MIN_DURATION = 2000; // ms at least of the whole film
const WIDE = 820; // px: from this width the curves are beside the matrices
const MATRICES = 0.6; // of a wide view's width
const BETWEEN = 32; // px
const SMALL = 44; // px, the narrowest cell that holds its number
const HEIGHT = 280; // px, of the loss curves
const CUTOFF = 1e4; // times the true run's maximum loss: there the other curve ends
const LOG_RATIO = 50; // ratio of losses above which the scale starts logarithmic
const MAX_RATIO = 10; // times the true run's largest weight: the colour scale's upper bound

/** Handle every message from Streamlit; the film itself stays. */
export const bugLab = mount(() => new BugLab(), (view, { data, setTriggerValue }) => {
  view.send = (message) => setTriggerValue("tell", message);
  view.receive(unpackFilm(data));
});

/** Decode the server's message (see pages/ui/check/bug_lab_server.py). */
export function unpackFilm(bytes) {
  const data = bytes.slice().buffer; // a copy: views of 8 bytes need an aligned start
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  for (const [name, rows, columns] of header.arrays) {
    const type = /W[12]$/.test(name) ? Float32Array : Float64Array;
    header[name] = new type(data, at, rows * columns);
    at += header[name].byteLength;
  }
  return header;
}

/** The player of both runs, and the exchange with the server. */
class BugLab {
  #film; // the decoded message
  #index = 0; // the frame on display
  #playing = false;
  #speed = 1; // epochs per frame
  #nextTime = 0; // the earliest time of the next frame
  #training; // the server's progress while it trains: { token, at, of }
  #cancelled = false;
  #sequence = 0;
  #answeredSequence = 0; // of the latest answered message
  #settleTimer; #retryTimer; #animation; // timers, and the next animation frame
  #observer = new ResizeObserver(() => this.#layout());
  #reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  #link = new PageLink(() => this.#busy, () => this.#flush());

  constructor() {
    this.controls = new Controls({
      toggle: () => (this.#playing ? this.pause() : this.play()),
      step: () => this.#stepTo(this.#index + 1), back: () => this.#stepTo(this.#index - 1),
      first: () => this.#stepTo(0), last: () => this.#stepTo(this.#last),
      scrub: (epoch) => this.#seek(this.#nearestFrame(epoch)), rest: () => this.#commit(),
      speed: (speed) => (this.#speed = speed),
    });
    const { element, open, goal } = this.controls; // no training is started here
    for (const needless of [open, goal, element.querySelector('[aria-label="Reset"]')]) needless.remove();
    this.bar = make("progress", { "aria-label": "Training" });
    this.progress = make("span", { role: "status" });
    this.training = make("div", { class: "training" }, this.progress, this.bar,
      make("button", { type: "button", title: "Stop training and show the epochs trained so far", onclick: () => this.#cancel() }, "Cancel"));
    this.readout = make("div", { class: "readout" });
    this.player = make("div", { class: "player" }, element, this.readout);
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.element = make("section", { "data-testid": "bug-lab", "data-state": "waiting", tabindex: 0, "aria-label": "Both runs, epoch by epoch" },
      this.training, this.player, this.live);
    this.tip = new Tooltip(this.element, (canvas, x, y) => this.view?.at(canvas, x, y));
    this.element.append(this.tip.element);
    this.element.onkeydown = (event) => this.#film && !this.#training && this.controls.handleKey(event);
    this.player.hidden = true;
  }

  open(root) {
    root.append(this.element);
    this.#observer.observe(this.element);
    this.#link.open();
    if (this.#training) this.#request();
    if (this.#playing) this.#run();
  }

  close() {
    cancelAnimationFrame(this.#animation);
    this.#settleTimer = clearTimeout(this.#settleTimer);
    clearTimeout(this.#retryTimer);
    this.#observer.disconnect();
    this.#link.close();
    this.element.remove();
  }

  /** Handle a message. The same one again changes nothing. */
  receive(answer) {
    clearTimeout(this.#retryTimer);
    this.#answeredSequence = Math.max(this.#answeredSequence, answer.heard);
    if (this.#answeredSequence >= this.#sequence) this.#link.followWaiting();
    if (answer.training) {
      this.#cancelled &&= answer.token === this.#training?.token;
      this.#training = answer;
      this.#stop();
      this.#request();
    } else {
      this.#training = undefined;
      if (answer.epochs) this.#openFilm(answer);
      else if (answer.token !== this.#film?.token) this.#request(); // sent before, but not to this view
    }
    this.#restyle();
    this.#updateState();
  }

  play() {
    if (this.#index >= this.#last) this.#show(0); // at the end: play it again
    this.#playing = true;
    this.#updateState();
    this.#run();
  }

  pause() {
    this.#stop();
    this.#commit();
    this.#updateState();
  }

  // ---- the film

  get #last() { return this.#film ? this.#film.frames - 1 : 0; }

  get #epoch() { return this.#film?.epochs[this.#index] ?? 0; }

  #openFilm(film) {
    if (film.token === this.#film?.token) return;
    this.#stop();
    this.#film = film;
    this.#index = film.frame;
    this.view = new ComparisonView(film);
    this.player.replaceChildren(this.controls.element, this.readout, this.view.element);
    this.player.hidden = false;
  }

  /** Return the index of the frame nearest to an epoch. */
  #nearestFrame(epoch) {
    const { epochs } = this.#film;
    let best = 0;
    for (let i = 0; i < epochs.length; i++) if (Math.abs(epochs[i] - epoch) < Math.abs(epochs[best] - epoch)) best = i;
    return best;
  }

  #run() {
    cancelAnimationFrame(this.#animation);
    this.#animation = requestAnimationFrame(this.#tick);
  }

  #stop() {
    this.#playing = false;
    cancelAnimationFrame(this.#animation);
  }

  #tick = (now) => {
    if (!this.#playing) return;
    if (now >= this.#nextTime) {
      this.#nextTime = now + (this.#reducedMotion.matches ? REDUCED.between : MIN_DURATION / this.#film.frames);
      this.#show(this.#next());
    }
    if (this.#index >= this.#last) this.pause();
    else this.#run();
  };

  /** Return the next frame's index: as many epochs ahead as the speed says, one frame at least. */
  #next() {
    const wanted = this.#epoch + (this.#reducedMotion.matches ? this.#speed * REDUCED.epochs : this.#speed);
    let index = Math.min(this.#index + 1, this.#last);
    while (index < this.#last && this.#film.epochs[index] < wanted) index++;
    return index;
  }

  #show(index) {
    this.#index = index;
    this.#draw();
    this.#updateState();
  }

  #seek(index) {
    this.#stop();
    this.#show(Math.min(Math.max(index, 0), this.#last));
  }

  /** Go to a frame; after the last key, redraw the page for it. */
  #stepTo(index) {
    this.#seek(index);
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => this.#commit(), SETTLE);
  }

  #commit() {
    this.#sendState();
    this.live.textContent = `Now at epoch ${this.#epoch}: C = ${this.view.losses(this.#epoch).map((C) => short(C)).join(", with the mistake ")}`;
  }

  // ---- messages

  /** Whether a message is on its way to the server, or soon will be. */
  get #busy() { return Boolean(this.#playing || this.#training || this.#settleTimer || this.#answeredSequence < this.#sequence); }

  /** Whether the page is being left: a message would be sent from another page. */
  get #isAway() { return this.#link.leaving || !this.element.isConnected; }

  #flush() {
    this.#stop();
    this.#request();
  }

  #sendState() {
    if (this.#isAway) return;
    this.#settleTimer = clearTimeout(this.#settleTimer);
    const token = this.#training?.token ?? this.#film?.token ?? "";
    const frame = this.#training ? null : this.#index; // the next film has none yet
    this.send({ sequence: ++this.#sequence, token, frame, has: this.#film?.token ?? "", cancel: this.#cancelled });
  }

  /** Send the state and repeat it until it is answered. */
  #request(tries = 1) {
    clearTimeout(this.#retryTimer);
    if (this.#isAway) return;
    this.#sendState();
    this.#retryTimer = setTimeout(() => this.#request(tries + 1), retryDelay(tries));
  }

  #cancel() {
    this.#cancelled = true;
    this.#request();
  }

  // ---- drawing

  #restyle() {
    if (this.element.isConnected) this.view?.restyle(this.element) && this.#draw();
  }

  #layout() {
    if (!this.view) return;
    this.view.layout(this.element.clientWidth);
    this.#draw();
  }

  #draw() {
    this.view.draw(this.#index);
    this.tip.refresh();
  }

  /** Show the state: attributes, controls, the line of numbers. */
  #updateState() {
    const { dataset } = this.element;
    dataset.state = this.#training ? "training" : !this.#film ? "waiting" : this.#playing ? "playing" : "paused";
    dataset.epoch = this.#film ? this.#epoch : "";
    this.training.hidden = !this.#training;
    if (this.#training) {
      const { at, of } = this.#training;
      Object.assign(this.bar, { max: of, value: at });
      this.progress.textContent = `Training both runs: epoch ${at.toLocaleString("en")} of ${of.toLocaleString("en")}`;
    }
    if (!this.#film) return;
    const last = this.#film.epochs[this.#last];
    this.controls.update(this.#playing, this.#epoch, last, last);
    this.controls.play.title = this.#playing ? "Pause at this epoch (space)" : "Watch both runs (space)";
    this.readout.replaceChildren(...this.view.numbers(this.#index));
  }
}

/** The weights of both runs on one colour scale, and both loss curves. */
class ComparisonView {
  #theme; #width = 0; #index;

  constructor(film) {
    this.film = film;
    const matrices = [film.W1, film.W2];
    this.sides = Object.fromEntries(Object.keys(RUNS).map((run) => [run, new Side(run, matrices)]));
    this.limits = limitsOf(film);
    this.legend = make("div", { class: "legend" }, make("span"), make("i"), make("span"));
    const rows = Object.entries(this.sides).map(([run, side]) =>
      make("div", { class: "row" }, make("h4", {}, RUNS[run], make("i", { class: run })), side.element));
    this.curves = curvesOf(film);
    this.canvas = make("canvas", { role: "img", "aria-label": "Loss of both runs at every epoch" });
    this.loss = new ComparisonChart(this.canvas);
    this.loss.marks = marksOf(film, this.curves);
    this.loss.log = needsLogScale(film);
    this.log = make("button", { type: "button", class: "switch", title: "The loss on a logarithmic scale", onclick: () => this.#toggleLogScale() }, "Log scale");
    this.log.setAttribute("aria-pressed", this.loss.log);
    const key = make("span", { class: "key" }, ...Object.entries(RUNS).flatMap(([run, name]) => [make("i", { class: run }), name.toLowerCase()]));
    const curve = figure("Loss C", "", this.canvas);
    curve.className = "curve";
    curve.firstChild.append(key);
    this.rows = make("div", { class: "rows" }, ...rows, this.legend);
    this.beside = make("div", { class: "beside" }, curve, make("div", { class: "switches" }, this.log));
    this.element = make("div", { class: "main" }, this.rows, this.beside);
  }

  /** Return C of both runs at an epoch. */
  losses(epoch) { return [this.film.true_losses[epoch], this.film.broken_losses[epoch]]; }

  /** Return the elements of the line of numbers. */
  numbers(index) {
    const { film } = this;
    const epoch = film.epochs[index];
    const [C, wrong] = this.losses(epoch).map((loss) => (Number.isFinite(loss) ? short(loss, 4) : "not finite"));
    const [angle, ratio] = [film.angle[index], film.ratio[index]];
    const number = (value) => make("b", {}, value);
    const line = (...parts) => make("span", {}, ...parts);
    const off = Number.isFinite(angle) ? [number(degrees(angle)), " off, "] : [];
    const long = Number.isFinite(ratio) ? [number(short(ratio)), " times as long"] : ["no comparison at this epoch"];
    return [
      line("Epoch ", number(epoch.toLocaleString("en")), ` of ${film.epochs.at(-1).toLocaleString("en")}`),
      line("True gradient: C = ", number(C)), line("With the mistake: C = ", number(wrong)),
      line("Wrong gradient: ", ...off, ...long),
    ];
  }

  /** Read the page's colours, which may change with any message; return whether they did. */
  restyle(element) {
    const theme = readTheme(element);
    if (theme.key === this.#theme?.key && this.#width) return false;
    this.#theme = theme;
    for (const [i, run] of Object.keys(RUNS).entries()) {
      for (const line of this.element.querySelectorAll(`i.${run}`)) line.style.borderColor = theme.series[i];
    }
    const colours = theme.scale.filter((_, i) => i % 16 === 0 || i === 254).map((colour) => `rgb(${colour})`);
    this.legend.children[1].style.background = `linear-gradient(90deg, ${colours.join()})`;
    this.layout(element.clientWidth);
    return true;
  }

  layout(width) {
    this.#width = width;
    if (!this.#theme || !width) return;
    const wide = width >= WIDE;
    this.element.classList.toggle("wide", wide);
    const room = wide ? width * MATRICES : width;
    const half = (room - BETWEEN) / 2;
    const abreast = this.sides.true.minWidth(half, this.#theme) <= half;
    this.rows.classList.toggle("abreast", abreast);
    for (const side of Object.values(this.sides)) side.layout(abreast ? half : room, this.#theme);
    const taken = this.rows.getBoundingClientRect().width;
    this.loss.layout(wide ? width - taken - BETWEEN : width, HEIGHT);
  }

  draw(index) {
    this.#index = index;
    if (!this.#theme || !this.#width) return;
    const { film } = this;
    const { limit, beyond } = this.limits[index];
    for (const [run, side] of Object.entries(this.sides)) {
      side.draw(["W1", "W2"].map((name) => frameOf(film, `${run}_${name}`, index)), limit, this.#theme);
    }
    const more = beyond ? " and beyond" : "";
    this.legend.firstChild.textContent = `−${limit}${more}`;
    this.legend.lastChild.textContent = `+${limit}${more}`;
    const epoch = film.epochs[index];
    const losses = this.losses(epoch).map((C, i) => (epoch < this.curves[i].count ? C : NaN)); // the dot stays on its curve
    this.loss.draw(this.curves, film.epochs.at(-1), { epoch, losses }, this.#theme);
  }

  /** Return what is below the pointer: { text, detail, value }, or undefined. */
  at(canvas, x, y) {
    if (canvas === this.canvas) return this.loss.at(x, y, this.curves, this.film.epochs.at(-1));
    return Object.values(this.sides).map((side) => side.at(canvas, x, y)).find(Boolean);
  }

  #toggleLogScale() {
    this.loss.log = !this.loss.log;
    this.log.setAttribute("aria-pressed", this.loss.log);
    this.draw(this.#index);
  }
}

/** W1 and W2 of one run, on the colour scale that both runs share. */
class Side extends MatrixPair {
  #values;

  constructor(run, matrices) {
    const names = ["W1", "W2"].map((name) => `${name}, ${RUNS[run].toLowerCase()}`);
    super({ titles: ["W⁽¹⁾", "W⁽²⁾"], names, notes: ["", ""], layers: [`${run}_W1`, `${run}_W2`] }, matrices);
    this.run = run;
  }

  /** Return the width of both matrices side by side with a number in every cell. */
  minWidth(room, theme) {
    return this.heatmaps.reduce((sum, map) => sum + map.margin(room * 0.22, theme) + SMALL * map.columns.length, BETWEEN);
  }

  draw(values, limit, theme) {
    this.#values = values;
    this.heatmaps.forEach((map, i) => map.draw(values[i], limit, theme));
  }

  at(canvas, x, y) {
    const i = this.canvases.indexOf(canvas);
    const cell = this.#values && i >= 0 ? this.heatmaps[i].at(x, y, this.#values[i]) : undefined;
    if (!cell) return undefined;
    const value = this.#values[i][cell.index];
    const mean = cell.mean ? ", mean of the block" : "";
    return { text: `${this.titles[i]}  ${cell.name}${mean}, ${RUNS[this.run].toLowerCase()}`, detail: `= ${exact(value, true)}`, value };
  }
}

/** The loss curves of both runs. */
class ComparisonChart extends LossChart {
  /** Return what is below the pointer; the second curve is of the run with the mistake. */
  at(...where) {
    const found = super.at(...where);
    return found && { ...found, detail: found.detail.replace("validation", "with the mistake") };
  }
}

/** Return an angle as text; rounding errors near 0 and 180 are not shown. */
export const degrees = (angle) => `${angle < 1e-5 ? 0 : angle < 10 ? short(angle, 2) : Math.round(angle)}°`;

function frameOf(film, name, index) {
  const size = film[name].length / film.frames;
  return film[name].subarray(index * size, (index + 1) * size);
}

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);

/** Return the colour scale's limit at each frame: it only grows, to keep colours comparable. */
export function limitsOf(film) {
  let [own, others] = [0, 0];
  return Array.from({ length: film.frames }, (_, i) => {
    own = Math.max(own, ...["true_W1", "true_W2"].map((name) => largest(frameOf(film, name, i))));
    others = Math.max(others, ...["broken_W1", "broken_W2"].map((name) => largest(frameOf(film, name, i))));
    const limit = roundUp(Math.min(Math.max(own, others), MAX_RATIO * own || others));
    return { limit, beyond: others > limit };
  });
}

/** Return both loss curves, the second one up to the chart's cutoff. */
export function curvesOf({ true_losses, broken_losses }) {
  const most = CUTOFF * largest(true_losses);
  const drawn = [true_losses, broken_losses].map((losses) => {
    const end = losses.findIndex((C) => !(C <= most));
    return losses.subarray(0, end < 0 ? losses.length : end);
  });
  return drawn.map((losses) => {
    const curve = new Curve();
    curve.append(losses, losses.length, 1);
    return curve;
  });
}

/** Return a mark where a curve ends before the other, with the reason. */
export function marksOf({ stopped, true_losses }, curves) {
  const names = ["the true gradient’s run", "the run with the mistake"];
  return curves.flatMap(({ count }, i) => {
    if (count === true_losses.length) return [];
    const infinite = stopped[i] === count - 1;
    return [[count - 1, infinite ? `the next step makes C or a weight of ${names[i]} infinite` : `from here on, C of ${names[i]} is outside the chart`]];
  });
}

/** Return whether the losses differ so much that a linear scale would hide one of them. */
function needsLogScale({ true_losses, broken_losses }) {
  const [C, wrong] = [true_losses, broken_losses].map((losses) => losses.findLast((value) => Number.isFinite(value)));
  return Math.max(C, wrong) > LOG_RATIO * Math.min(C, wrong) || largest(broken_losses) > LOG_RATIO * largest(true_losses);
}
