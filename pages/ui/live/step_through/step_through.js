// One training step, stop by stop: each quantity from X to the new C, forward, backward and the update.
import { layersOf } from "../chain_rule/network.js";
import { decode } from "../codec.js";
import { make } from "../dom.js";
import { setDigits } from "../draw/numbers.js";
import { NetworkDiagram } from "./diagram/network_diagram.js";
import { PATIENCE, QuestionView } from "./question_view.js";
import { ScriptView } from "./script_view.js";
import { StopView } from "./stop_view.js";
import { Track } from "./track.js";
import { TrackBar } from "./track_bar.js";
import { placeOfSample, resultOf } from "./values.js";

const SETTLE = 400; // ms after the last change before it is sent to the server
const MOST_NUMBERS = 100_000; // of an array that `data-values` holds: writing more delays a key
const KEYS = { ArrowRight: (track) => track.step(1), ArrowLeft: (track) => track.step(-1), Home: (track) => track.go(0), End: (track) => track.go(Infinity), " ": (track) => track.toggle() };
const USES_KEYS = "input, select, textarea, table, .scroll, [contenteditable]"; // they have the arrows for themselves
const USES_SPACE = "button, a, summary";

/** The track of stops, and what the stop on display makes, beside its place in the network and in the script. */
export class StepThrough {
  #sequence = 0; // of the latest request
  #answered = 0; // of the latest one that the server has answered
  #kept = {}; // the groups that are not sent with every message, each with the state that it belongs to
  #chosen = undefined; // the weight chosen here, and its request's sequence, until the server has it
  #action = 0; // the sequence of the latest request to act: nothing is sent until it is answered or lost
  #actedAt = 0; // the time of it
  #settleTimer = undefined;
  #isNew = false; // until the first message after it was opened
  #all = false; // samples are displayed

  constructor(source) {
    this.source = source;
    this.track = new Track(() => this.#moved());
    this.diagram = new NetworkDiagram((weight) => this.#choose(weight));
    this.script = new ScriptView();
    this.question = new QuestionView((fields) => this.#act(fields), () => this.#render());
    this.bar = new TrackBar(this.track, {
      showAll: (all) => this.#switch(() => (this.#all = all)),
      ask: () => this.#switch(() => (this.question.on = !this.question.on)),
      next: () => this.#act({ action: "next", epoch: this.scene?.epoch }), close: () => this.#act({ action: "close" }),
    });
    this.stopView = new StopView((entry) => (entry.layer ? this.#choose(entry) : this.#render()));
    const place = (name, ...parts) => make("div", { class: name }, ...parts.map(({ element }) => element));
    const body = make("div", { class: "body" },
      place("diagram", this.diagram), place("middle", this.question, this.stopView), place("script", this.script));
    this.element = make("section", { "data-testid": "walk", tabindex: 0, "aria-label": "One training step" },
      make("div", { class: "view" }, this.bar.controls, this.bar.chips, body));
    this.element.onkeydown = (event) => this.#onKey(event);
  }

  open(root) {
    root.append(this.element);
    this.#isNew = true;
  }

  close() {
    clearTimeout(this.#settleTimer);
    this.track.stop();
    this.element.remove();
  }

  /** Draw in the colours that the page has now. */
  restyle() { if (this.scene) this.#render(); }

  /** Handle a message: see pages/ui/chain_rule/step_through/scene.py. */
  receive(bytes) {
    this.show(decode(bytes));
  }

  /** Show a scene, or keep its parts until the others are there. */
  show({ arrays, groups, forms, ...header }) {
    this.#answered = Math.max(this.#answered, header.sequence);
    if (!this.scene) this.#sequence = header.sequence; // of an earlier view, before a reload
    for (const [group, names] of Object.entries(groups)) this.#keep(group, header, Object.fromEntries(names.map((name) => [name, arrays[name]])));
    if (forms) this.#keep("forms", header, { forms });
    if (Object.keys(header.state).some((group) => this.#kept[group]?.state !== header.state[group])) return this.source.send({ sequence: this.#answered, lacks: true });
    const other = header.token !== this.scene?.token || header.epoch !== this.scene?.epoch;
    const isLatest = other || this.#answered >= this.#sequence;
    if (other || this.#answered >= this.#chosen?.sequence) this.#chosen = undefined;
    const state = [...Object.values(header.state), header.focus.sample].join(); // of all that a stop shows
    this.scene = Object.assign(header, { state }, ...Object.values(this.#kept).map(({ values }) => values));
    setDigits(header.conventions.digits);
    this.track.set(header.stops.map(({ name }) => name), isLatest ? header.stop : this.track.name);
    this.#keepAddress();
    this.question.receive(header);
    this.#render();
    this.#takeFocus();
    if (this.#answered < this.#sequence) this.#sendSoon();
  }

  #keep(group, { state }, values) {
    this.#kept[group] = { state: state[group], values };
  }

  get stop() { return this.scene.stops[this.track.index]; }

  /** The chosen sample's place among those sent. */
  get sample() { return placeOfSample(this.scene); }

  /** Take the keyboard's focus if a button has just opened it; a link or a reload leaves the focus to the page. */
  #takeFocus() {
    const opened = this.#isNew && navigator.userActivation?.isActive && document.activeElement?.matches("button, body, [data-part]");
    this.#isNew = false;
    if (opened) this.#show();
  }

  /** Take the focus, and scroll to the top if the end is out of sight. */
  #show() {
    this.element.focus({ preventScroll: true });
    if (this.element.getBoundingClientRect().bottom > innerHeight) this.element.scrollIntoView({ block: "start" });
  }

  /** Write the place into the address, a weight as pages/ui/state/permalink.py reads it. */
  #keepAddress() {
    const { output, weight } = this.scene.focus;
    const { layer, row, column } = this.#chosen?.weight ?? weight;
    this.source.setAddress({ stop: this.track.name, weight: `${layer}.${row + 1}.${column + 1}`, output: output + 1 });
  }

  #moved() {
    if (!this.scene) return;
    this.#sequence += 1;
    this.#render();
    this.#keepAddress();
    this.#sendSoon();
  }

  /** Send the place once it has settled, and what is waited for is answered. */
  #sendSoon() {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => (this.#isWaiting ? this.#sendSoon() : this.#send()), this.source.settle ?? SETTLE);
  }

  /** Choose another weight. */
  #choose({ layer, row, column }) {
    this.#chosen = { weight: { layer, row, column }, sequence: this.#sequence + 1 };
    this.#moved();
  }

  get #isWaiting() { return this.#action > this.#answered && performance.now() - this.#actedAt < PATIENCE; }

  /** Send a request that is answered before the next one is sent; return its sequence, or undefined while another one is under way. */
  #act(fields) {
    if (!this.scene || this.#isWaiting) return undefined;
    this.track.stop();
    clearTimeout(this.#settleTimer);
    this.#action = this.#sequence += 1;
    this.#actedAt = performance.now();
    this.#render();
    this.#send(fields);
    return this.#action;
  }

  #send(fields = {}) {
    const { token = "" } = this.scene ?? {};
    this.source.send({ sequence: this.#sequence, token, stop: this.track.name ?? "", ...this.#chosen?.weight, ...fields });
  }

  #switch(change) {
    change();
    if (this.scene) this.#render();
  }

  #onKey(event) {
    const act = KEYS[event.key];
    const isFree = !event.target.closest(event.key === " " ? `${USES_KEYS}, ${USES_SPACE}` : USES_KEYS);
    if (!act || !isFree || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    act(this.track);
  }

  #render() {
    const { stop, scene, sample } = this;
    const view = { sample, all: this.#all };
    this.element.classList.toggle("deep", layersOf(scene) > 2);
    this.bar.draw(scene, { all: this.#all, asks: this.question.on });
    this.question.draw(scene, stop, this.stopView.place(scene, stop, view), this.#all);
    const hidden = this.question.hides(stop);
    this.stopView.draw(scene, stop, view, hidden);
    this.diagram.draw(scene, stop, { sample, hidden, all: this.#all });
    this.script.show(scene.forms.script, scene.forms.lines[stop.name]);
    this.#describe(hidden);
  }

  /** Write the stop and its numbers, of the chosen sample and as they are displayed, for whoever reads the page by a program. */
  #describe(hidden) {
    const { stop, scene, sample } = this;
    const one = resultOf(scene, stop, sample);
    const shown = this.#all && stop.operation !== "update" ? resultOf(scene, stop) : one; // an update is of all samples
    const text = ({ values }) => (hidden || values.length > MOST_NUMBERS ? "" : JSON.stringify([...values]));
    const values = text(one);
    Object.assign(this.element.dataset, {
      stop: stop.name, epoch: scene.epoch, sample: scene.focus.sample + 1, playing: this.track.playing,
      values, synced: this.#answered >= this.#sequence,
    });
    Object.assign(this.stopView.element.dataset, { testid: "walk-result", rows: shown.rows, columns: shown.columns, values: shown === one ? values : text(shown) });
  }
}
