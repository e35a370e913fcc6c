// The step through in a page: its button, its section, and the answers to its requests.
import { make } from "../../dom.js";
import { pretty } from "../../draw/numbers.js";
import { isCloseTo, isEqualTo, readTyped } from "../../player/typed_number.js";
import { numberOf } from "../../step_through/question_view.js";
import { StepThrough } from "../../step_through/step_through.js";
import { Follower } from "../follower.js";
import { fill } from "../sentence.js";
import { stepScene } from "./step_scene.js";

const CHECK_HELP = "Checks your number to the digits that you type";

/** The button that opens and closes the section below it. */
export class StepSection {
  #source; #view; #button; #frame;

  /** `seek(epoch)` moves the film to one of its epochs. */
  constructor(run, state, seek) {
    const { text, help } = run.step.button;
    this.#source = new StepSource(run, state, { seek, close: () => this.#close() });
    this.#view = new StepThrough(this.#source);
    this.#view.question.check.title = CHECK_HELP;
    this.#frame = make("div", { id: "step" });
    this.#button = make("button", { type: "button", class: "opens", title: help, "aria-expanded": "false", "aria-controls": "step", onclick: () => this.#toggle() }, text);
  }

  open(root) { root.append(this.#button, this.#frame); }

  restyle() { if (this.#source.view) this.#view.restyle(); }

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
  #run; #state; #act; #part;
  #sequence = 0; // of the latest request
  #stop = "";
  #verdict = null; // on the latest number that was typed
  #scene; // that is shown

  /** `act`: { seek(epoch), close() }. */
  constructor(run, state, act) {
    [this.#run, this.#state, this.#act] = [run, state, act];
    this.#part = new Follower(state, () => this.#answer());
  }

  /** Show the first stop of what is chosen. */
  open(view) {
    [this.view, this.#stop] = [view, this.#run.step.stops[0].name];
    this.#part.draw();
  }

  setAddress({ stop }) { this.#stop = stop; }

  send({ sequence, stop, action, layer, row, column, ...asked }) {
    this.#sequence = sequence;
    if (stop) this.#stop = stop;
    if (action === "close") return this.#act.close();
    if (action === "next") this.#goOn();
    else if (layer) this.#state.choose({ weight: { layer, row, column } });
    if (action === "check" || action === "show") this.#verdict = { sequence, ...verdictOn(this.#run.step.verdict, this.#asked(asked), action === "show" ? undefined : asked.typed) };
    return this.#part.soon();
  }

  /** Return the number that is asked for, on the stop on display. */
  #asked({ asked_row: row, asked_column: column, all }) {
    const stop = this.#scene.stops.find(({ name }) => name === this.#stop);
    const place = stop.operation === "update" ? this.#scene.focus.weight : { layer: stop.layer, row, column };
    return numberOf({ ...this.#scene, ...this.#scene.arrays }, stop, place, all);
  }

  /** Go to the next epoch's first stop. */
  #goOn() {
    const { epochs } = this.#run;
    const following = epochs[this.#run.placeOf(this.#state.epoch) + 1];
    if (following === undefined) return;
    this.#stop = this.#run.step.stops[0].name;
    this.#act.seek(following);
  }

  #answer() {
    if (!this.view) return;
    this.#scene = stepScene(this.#run, this.#state);
    this.view.show({ sequence: this.#sequence, verdict: this.#verdict, stop: this.#stop, ...this.#scene });
  }
}

/** Return the verdict on what is typed for a number, { outcome, messages }; it is shown where nothing is typed (undefined). `texts`: see pages/ui/save/page/step.py. */
export function verdictOn(texts, number, typed) {
  if (typed === undefined) return { outcome: "shown", messages: [fill(texts.shown, { number: pretty(number) })] };
  try {
    return judge(texts, readTyped(typed), number);
  } catch (error) {
    return { outcome: "again", messages: [error.message] };
  }
}

function judge({ least_digits: least, too_few: tooFew, wrong, right }, typed, number) {
  const { digits } = typed;
  const isRight = isEqualTo(typed, number) || (isCloseTo(typed, number) && digits >= least);
  if (isRight) return { outcome: "right", messages: [right[Math.min(digits, right.length - 1)]] };
  return digits < least ? { outcome: "again", messages: [tooFew] } : { outcome: "wrong", messages: [wrong] };
}
