// One training step, stop by stop: each quantity from X to the new C, forward, backward and the update.
import { decode } from "../codec.js";
import { make } from "../dom.js";
import { setDigits } from "../draw/numbers.js";
import { Track } from "./track.js";
import { resultOf } from "./values.js";

const SETTLE = 400; // ms after the last change before it is sent to the server
const KEYS = { ArrowRight: (track) => track.step(1), ArrowLeft: (track) => track.step(-1), Home: (track) => track.go(0), End: (track) => track.go(Infinity), " ": (track) => track.toggle() };

/** The track of stops, and what the stop on display makes. */
export class StepThrough {
  #sequence = 0; // of the latest request
  #answered = 0; // of the latest one that the server has answered
  #sent = {}; // what is not sent with every message, and the state that it belongs to
  #settleTimer = undefined;

  constructor(source) {
    this.source = source;
    this.track = new Track(() => this.#moved());
    this.body = make("div", { class: "body" });
    this.element = make("section", { "data-testid": "walk", tabindex: 0, "aria-label": "One training step" }, this.body);
    this.element.onkeydown = (event) => this.#onKey(event);
  }

  open(root) {
    root.append(this.element);
  }

  close() {
    clearTimeout(this.#settleTimer);
    this.track.pause();
    this.element.remove();
  }

  /** Handle a message: see pages/ui/chain_rule/step_through/scene.py. */
  receive(bytes) {
    const { arrays, ...header } = decode(bytes);
    this.#answered = Math.max(this.#answered, header.sequence);
    if (header.forms) this.#sent = { state: header.state, arrays, forms: header.forms };
    if (this.#sent.state !== header.state) return this.#send({ lacks: header.state });
    const other = header.token !== this.scene?.token || header.epoch !== this.scene?.epoch;
    this.scene = { ...header, ...this.#sent.arrays, forms: this.#sent.forms };
    setDigits(header.conventions.digits);
    const stop = other || this.#answered >= this.#sequence ? header.stop : this.track.name;
    this.track.set(header.stops.map(({ name }) => name), stop);
    this.#render();
  }

  get stop() { return this.scene.stops[this.track.index]; }

  /** The chosen sample's place among those sent. */
  get sample() { return this.scene.focus.sample - this.scene.first; }

  #moved() {
    if (!this.scene) return;
    this.#sequence += 1;
    this.#render();
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => this.#send(), SETTLE);
  }

  #send(fields = {}) {
    const { token = "", focus = { weight: {} } } = this.scene ?? {};
    this.source.send({ sequence: this.#sequence, token, stop: this.track.name ?? "", ...focus.weight, output: focus.output, ...fields });
  }

  #onKey(event) {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.target !== this.element) return;
    event.preventDefault();
    act(this.track);
  }

  #render() {
    const { stop, scene } = this;
    const { values } = resultOf(scene, stop, this.sample);
    Object.assign(this.element.dataset, {
      stop: stop.name, epoch: scene.epoch, sample: scene.focus.sample + 1, playing: this.track.playing,
      values: JSON.stringify([...values]), synced: this.#answered >= this.#sequence,
    });
    this.body.textContent = stop.name;
  }
}
