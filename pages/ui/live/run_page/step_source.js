// The step through in a page: its button, its section, and the answers to its requests.
import { make } from "../dom.js";
import { StepThrough } from "../step_through/step_through.js";
import { stepScene } from "./step_scene.js";

/** The button that opens and closes the section below it. */
export class StepSection {
  #source; #view; #button; #frame;

  constructor(run, state) {
    const { text, help } = run.step.button;
    this.#source = new StepSource(run, state, () => this.#close());
    this.#view = new StepThrough(this.#source);
    this.#frame = make("div", { id: "step" });
    this.#button = make("button", { type: "button", class: "opens", title: help, "aria-expanded": "false", "aria-controls": "step", onclick: () => this.#toggle() }, text);
  }

  open(root) { root.append(this.#button, this.#frame); }

  #toggle() {
    if (this.#source.view) this.#close();
    else this.#expand();
  }

  #expand() {
    this.#button.setAttribute("aria-expanded", "true");
    this.#view.open(this.#frame);
    this.#source.open(this.#view);
  }

  #close() {
    this.#button.setAttribute("aria-expanded", "false");
    this.#source.view = undefined;
    this.#view.close();
    this.#button.focus();
  }
}

/** Answers requests from the run; the rest of the page follows the weight and the epoch, and the section what is chosen there. */
class StepSource {
  view = undefined; // while it is open
  settle = 0; // ms: nothing is sent anywhere
  #run; #state; #close; #sequence = 0; #stop = ""; #verdict = null; #waits = false;

  constructor(run, state, close) {
    [this.#run, this.#state, this.#close] = [run, state, close];
    state.listen(() => this.#answerSoon());
  }

  /** Show the first stop of what is chosen. */
  open(view) {
    [this.view, this.#stop] = [view, this.#run.step.stops[0].name];
    this.#answer();
  }

  setAddress({ stop }) { this.#stop = stop; }

  send({ sequence, stop, action, layer, row, column }) {
    this.#sequence = sequence;
    if (stop) this.#stop = stop;
    if (action === "close") return this.#close();
    if (action === "next") this.#goOn();
    else if (layer) this.#choose({ layer, row, column });
    return this.#answerSoon();
  }

  /** Go to the next epoch's first stop. */
  #goOn() {
    const { epochs } = this.#run;
    const following = epochs[this.#run.placeOf(this.#state.epoch) + 1];
    if (following === undefined) return;
    this.#stop = this.#run.step.stops[0].name;
    this.#state.choose({ epoch: following });
  }

  /** Choose a weight; one of the last matrix decides on the output. */
  #choose(weight) {
    const isLast = weight.layer === this.#run.network.shapes.length;
    this.#state.choose({ weight, ...(isLast && { output: weight.column }) });
  }

  /** Answer once what is happening has happened: several changes at once get one answer. */
  #answerSoon() {
    if (this.#waits || !this.view) return;
    this.#waits = true;
    queueMicrotask(() => this.#answer());
  }

  #answer() {
    this.#waits = false;
    this.view?.show({ sequence: this.#sequence, verdict: this.#verdict, stop: this.#stop, ...stepScene(this.#run, this.#state) });
  }
}
