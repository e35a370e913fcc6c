// The bug lab's film: two runs from the same weights, with the true gradient and with a wrong one.
import { Curve } from "./buffer.js";
import { LossChart } from "../draw/chart.js";
import { readTheme, roundUp, short } from "../draw/colours.js";
import { make, mount } from "../dom.js";
import { exact } from "../draw/numbers.js";
import { PageLink } from "../streamlit/page_link.js";
import { Pair, figure } from "../draw/matrix_pair.js";
import { patience } from "./patience.js";
import { Tip } from "../draw/tooltip.js";
import { Transport } from "./controls.js";

const RUNS = { true: "True gradient", broken: "With the mistake" };
const SETTLE = 200; // ms after the last step before the rest of the page follows
const CALM = { between: 250, epochs: 15 }; // with reduced motion: ms between pictures, so many at once
const LASTS = 2000; // ms at least, that the whole film takes
const WIDE = 820; // px, from which on the curves stand beside the matrices
const MATRICES = 0.6; // of a wide view
const BETWEEN = 32; // px
const SMALL = 44; // px, a cell that still holds its number
const HEIGHT = 280; // px, of the loss curves
const BEYOND = 1e4; // times the true run's greatest loss: there the other curve leaves the picture
const FAR = 50; // losses that differ by more are drawn on a logarithmic scale at first
const OUTWEIGH = 10; // times the true run's greatest weight: where the scale of colours ends at most

/** Called by Streamlit for every message to this component; the film itself stays. */
export const bugFilm = mount(() => new BugFilm(), (view, { data, setTriggerValue }) => {
  view.send = (message) => setTriggerValue("tell", message);
  view.receive(unpackFilm(data));
});

/** A message of the server (see pages/ui/check/bug_lab_server.py) taken apart. */
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

class BugFilm {
  #film; // what is played
  #index = 0; // the frame on display
  #playing = false;
  #speed = 1; // epochs a frame
  #due = 0; // no next frame before this time
  #training; // how far the server is, while it trains: { token, at, of }
  #cancelled = false;
  #sequence = 0;
  #heard = 0; // the latest thing told that was answered
  #settling; #asking; #frame; // timers, and the next turn of the film
  #observer = new ResizeObserver(() => this.#layout());
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #link = new PageLink(() => this.#busy, () => this.#lastWord());

  constructor() {
    this.transport = new Transport({
      toggle: () => (this.#playing ? this.pause() : this.play()),
      step: () => this.#stepTo(this.#index + 1), back: () => this.#stepTo(this.#index - 1),
      first: () => this.#stepTo(0), last: () => this.#stepTo(this.#last),
      scrub: (epoch) => this.#go(this.#at(epoch)), rest: () => this.#rest(),
      speed: (speed) => (this.#speed = speed),
    });
    const { element, open, goal } = this.transport; // nothing is trained from here
    for (const needless of [open, goal, element.querySelector('[aria-label="Reset"]')]) needless.remove();
    this.bar = make("progress", { "aria-label": "Training" });
    this.how = make("span", { role: "status" });
    this.training = make("div", { class: "training" }, this.how, this.bar,
      make("button", { type: "button", title: "End the training and show how far it came", onclick: () => this.#cancel() }, "Cancel"));
    this.readout = make("div", { class: "readout" });
    this.player = make("div", { class: "player" }, element, this.readout);
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.element = make("section", { "data-testid": "bug-lab", "data-state": "waiting", tabindex: 0, "aria-label": "Both runs, epoch by epoch" },
      this.training, this.player, this.live);
    this.tip = new Tip(this.element, (canvas, x, y) => this.picture?.at(canvas, x, y));
    this.element.append(this.tip.element);
    this.element.onkeydown = (event) => this.#film && !this.#training && this.transport.key(event);
    this.player.hidden = true;
  }

  open(root) {
    root.append(this.element);
    this.#observer.observe(this.element);
    this.#link.open();
    if (this.#training) this.#ask();
    if (this.#playing) this.#run();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.#settling = clearTimeout(this.#settling);
    clearTimeout(this.#asking);
    this.#observer.disconnect();
    this.#link.close();
    this.element.remove();
  }

  /** Take in a message. The same one again changes nothing. */
  receive(answer) {
    clearTimeout(this.#asking);
    this.#heard = Math.max(this.#heard, answer.heard);
    if (this.#heard >= this.#sequence) this.#link.go();
    if (answer.training) {
      this.#cancelled &&= answer.token === this.#training?.token;
      this.#training = answer;
      this.#stand();
      this.#ask();
    } else {
      this.#training = undefined;
      if (answer.epochs) this.#adopt(answer);
      else if (answer.token !== this.#film?.token) this.#ask(); // it was sent before, but not to here
    }
    this.#restyle();
    this.#mark();
  }

  play() {
    if (this.#index >= this.#last) this.#show(0); // at the end: show it again
    this.#playing = true;
    this.#mark();
    this.#run();
  }

  pause() {
    this.#stand();
    this.#rest();
    this.#mark();
  }

  // ---- the film

  get #last() { return this.#film ? this.#film.frames - 1 : 0; }

  get #epoch() { return this.#film?.epochs[this.#index] ?? 0; }

  #adopt(film) {
    if (film.token === this.#film?.token) return;
    this.#stand();
    this.#film = film;
    this.#index = film.frame;
    this.picture = new Picture(film);
    this.player.replaceChildren(this.transport.element, this.readout, this.picture.element);
    this.player.hidden = false;
  }

  /** The frame nearest to an epoch. */
  #at(epoch) {
    const { epochs } = this.#film;
    let best = 0;
    for (let i = 0; i < epochs.length; i++) if (Math.abs(epochs[i] - epoch) < Math.abs(epochs[best] - epoch)) best = i;
    return best;
  }

  #run() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(this.#tick);
  }

  #stand() {
    this.#playing = false;
    cancelAnimationFrame(this.#frame);
  }

  #tick = (now) => {
    if (!this.#playing) return;
    if (now >= this.#due) {
      this.#due = now + (this.#calm.matches ? CALM.between : LASTS / this.#film.frames);
      this.#show(this.#next());
    }
    if (this.#index >= this.#last) this.pause();
    else this.#run();
  };

  /** As many epochs on as the speed says, one frame at least. */
  #next() {
    const wanted = this.#epoch + (this.#calm.matches ? this.#speed * CALM.epochs : this.#speed);
    let index = Math.min(this.#index + 1, this.#last);
    while (index < this.#last && this.#film.epochs[index] < wanted) index++;
    return index;
  }

  #show(index) {
    this.#index = index;
    this.#draw();
    this.#mark();
  }

  #go(index) {
    this.#stand();
    this.#show(Math.min(Math.max(index, 0), this.#last));
  }

  /** Go to a frame and, once the keys rest, let the page follow. */
  #stepTo(index) {
    this.#go(index);
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#rest(), SETTLE);
  }

  #rest() {
    this.#tell();
    this.live.textContent = `Standing at epoch ${this.#epoch}: C = ${this.picture.losses(this.#epoch).map((C) => short(C)).join(", with the mistake ")}`;
  }

  // ---- telling and asking

  /** Whether something is on its way to the server, or soon will be. */
  get #busy() { return Boolean(this.#playing || this.#training || this.#settling || this.#heard < this.#sequence); }

  /** Away from the page, to ask would be to ask on another one. */
  get #silent() { return this.#link.gone || !this.element.isConnected; }

  #lastWord() {
    this.#stand();
    this.#ask();
  }

  #tell() {
    if (this.#silent) return;
    this.#settling = clearTimeout(this.#settling);
    const token = this.#training?.token ?? this.#film?.token ?? "";
    const frame = this.#training ? null : this.#index; // of the film that is still to come there is none
    this.send({ sequence: ++this.#sequence, token, frame, has: this.#film?.token ?? "", cancel: this.#cancelled });
  }

  /** Say so and wait for what comes of it. */
  #ask(tries = 1) {
    clearTimeout(this.#asking);
    if (this.#silent) return;
    this.#tell();
    this.#asking = setTimeout(() => this.#ask(tries + 1), patience(tries));
  }

  #cancel() {
    this.#cancelled = true;
    this.#ask();
  }

  // ---- drawing

  #restyle() {
    if (this.element.isConnected) this.picture?.restyle(this.element) && this.#draw();
  }

  #layout() {
    if (!this.picture) return;
    this.picture.layout(this.element.clientWidth);
    this.#draw();
  }

  #draw() {
    this.picture.draw(this.#index);
    this.tip.refresh();
  }

  /** Everything that tells the state. */
  #mark() {
    const { dataset } = this.element;
    dataset.state = this.#training ? "training" : !this.#film ? "waiting" : this.#playing ? "playing" : "paused";
    dataset.epoch = this.#film ? this.#epoch : "";
    this.training.hidden = !this.#training;
    if (this.#training) {
      const { at, of } = this.#training;
      Object.assign(this.bar, { max: of, value: at });
      this.how.textContent = `Training both runs: epoch ${at.toLocaleString("en")} of ${of.toLocaleString("en")}`;
    }
    if (!this.#film) return;
    const last = this.#film.epochs[this.#last];
    this.transport.update(this.#playing, this.#epoch, last, last);
    this.transport.play.title = this.#playing ? "Stand still at this epoch (space)" : "Watch both runs (space)";
    this.readout.replaceChildren(...this.picture.told(this.#index));
  }
}

/** The weights of both runs with one scale of colours, and both losses. */
class Picture {
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
    this.loss = new Losses(this.canvas);
    this.loss.marks = marksOf(film, this.curves);
    this.loss.log = differ(film);
    this.log = make("button", { type: "button", class: "switch", title: "The loss on a logarithmic scale", onclick: () => this.#turn() }, "Log scale");
    this.log.setAttribute("aria-pressed", this.loss.log);
    const key = make("span", { class: "key" }, ...Object.entries(RUNS).flatMap(([run, name]) => [make("i", { class: run }), name.toLowerCase()]));
    const curve = figure("Loss C", "", this.canvas);
    curve.className = "curve";
    curve.firstChild.append(key);
    this.rows = make("div", { class: "rows" }, ...rows, this.legend);
    this.beside = make("div", { class: "beside" }, curve, make("div", { class: "switches" }, this.log));
    this.element = make("div", { class: "main" }, this.rows, this.beside);
  }

  /** C of both runs at an epoch. */
  losses(epoch) { return [this.film.true_losses[epoch], this.film.broken_losses[epoch]]; }

  /** The line of numbers. */
  told(index) {
    const { film } = this;
    const epoch = film.epochs[index];
    const [C, wrong] = this.losses(epoch).map((loss) => (Number.isFinite(loss) ? short(loss, 4) : "none any more"));
    const [angle, ratio] = [film.angle[index], film.ratio[index]];
    const number = (value) => make("b", {}, value);
    const line = (...parts) => make("span", {}, ...parts);
    const off = Number.isFinite(angle) ? [number(degrees(angle)), " off, "] : [];
    const long = Number.isFinite(ratio) ? [number(short(ratio)), " times as long"] : ["not to be compared here"];
    return [
      line("Epoch ", number(epoch.toLocaleString("en")), ` of ${film.epochs.at(-1).toLocaleString("en")}`),
      line("True gradient: C = ", number(C)), line("With the mistake: C = ", number(wrong)),
      line("Wrong gradient: ", ...off, ...long),
    ];
  }

  /** Take the page's colours, which any message may bring; whether they are new. */
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
    const abreast = this.sides.true.needs(half, this.#theme) <= half;
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
    const losses = this.losses(epoch).map((C, i) => (epoch < this.curves[i].count ? C : NaN)); // a dot on its curve
    this.loss.draw(this.curves, film.epochs.at(-1), { epoch, losses }, this.#theme);
  }

  /** What the pointer rests on. */
  at(canvas, x, y) {
    if (canvas === this.canvas) return this.loss.at(x, y, this.curves, this.film.epochs.at(-1));
    return Object.values(this.sides).map((side) => side.at(canvas, x, y)).find(Boolean);
  }

  #turn() {
    this.loss.log = !this.loss.log;
    this.log.setAttribute("aria-pressed", this.loss.log);
    this.draw(this.#index);
  }
}

/** W1 and W2 of one run, drawn with a scale that both runs share. */
class Side extends Pair {
  #values;

  constructor(run, matrices) {
    const names = ["W1", "W2"].map((name) => `${name}, ${RUNS[run].toLowerCase()}`);
    super({ titles: ["W⁽¹⁾", "W⁽²⁾"], names, notes: ["", ""], layers: [`${run}_W1`, `${run}_W2`] }, matrices);
    this.run = run;
  }

  /** The room that both matrices take side by side, with a number in every cell. */
  needs(room, theme) {
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
    return { text: `${this.titles[i]}  ${cell.name}${mean}, ${RUNS[this.run].toLowerCase()}`, told: `= ${exact(value, true)}`, value };
  }
}

class Losses extends LossChart {
  /** The second curve is not of a validation set here. */
  at(...where) {
    const found = super.at(...where);
    return found && { ...found, told: found.told.replace("validation", "with the mistake") };
  }
}

/** An angle for reading; what rounding leaves of 0 and of 180 is not shown. */
export const degrees = (angle) => `${angle < 1e-5 ? 0 : angle < 10 ? short(angle, 2) : Math.round(angle)}°`;

function frameOf(film, name, index) {
  const size = film[name].length / film.frames;
  return film[name].subarray(index * size, (index + 1) * size);
}

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);

/** Where the scale of colours ends at each frame: it only grows, so that colours can be compared. */
export function limitsOf(film) {
  let [own, others] = [0, 0];
  return Array.from({ length: film.frames }, (_, i) => {
    own = Math.max(own, ...["true_W1", "true_W2"].map((name) => largest(frameOf(film, name, i))));
    others = Math.max(others, ...["broken_W1", "broken_W2"].map((name) => largest(frameOf(film, name, i))));
    const limit = roundUp(Math.min(Math.max(own, others), OUTWEIGH * own || others));
    return { limit, beyond: others > limit };
  });
}

/** Both losses, the second one as far as it is in the picture. */
export function curvesOf({ true_losses, broken_losses }) {
  const most = BEYOND * largest(true_losses);
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

/** Where a curve ends before the other, and why. */
export function marksOf({ stopped, true_losses }, curves) {
  const names = ["the true gradient’s run", "the run with the mistake"];
  return curves.flatMap(({ count }, i) => {
    if (count === true_losses.length) return [];
    const infinite = stopped[i] === count - 1;
    return [[count - 1, infinite ? `the next step makes C or a weight of ${names[i]} infinite` : `from here on C of ${names[i]} is beyond the picture`]];
  });
}

/** Whether the losses come to lie so far apart that a linear scale would hide one of them. */
function differ({ true_losses, broken_losses }) {
  const [C, wrong] = [true_losses, broken_losses].map((losses) => losses.findLast((value) => Number.isFinite(value)));
  return Math.max(C, wrong) > FAR * Math.min(C, wrong) || largest(broken_losses) > FAR * largest(true_losses);
}
