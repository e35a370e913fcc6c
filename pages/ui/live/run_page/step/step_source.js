// The step through in a page: its button, its section, and the answers to its requests.
import { make } from "../../dom.js";
import { pretty } from "../../draw/numbers.js";
import { ALL_DIGITS, isCloseTo, isEqualTo, readTyped } from "../../player/typed_number.js";
import { numberOf } from "../../step_through/question_view.js";
import { StepThrough } from "../../step_through/step_through.js";
import { stepScene } from "./step_scene.js";

const CHECK_HELP = "Checks your number to the digits that you type";
const CALM = { least: 300, costs: 10 }; // ms between answers while the film plays: so many times what one takes
const MIN_DIGITS = 2; // for a verdict
const TOO_FEW_DIGITS = "Type at least two significant digits, e.g. 0.50.";
const WRONG = "Not quite: the number here is another one.";

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
  #run; #state; #act;
  #sequence = 0; // of the latest request
  #stop = "";
  #verdict = null; // on the latest number that was typed
  #scene; // that is shown
  #waits = false;
  #timer; // of the next answer while the film plays
  #cost = 0; // ms that the latest answer took

  /** `act`: { seek(epoch), close() }. */
  constructor(run, state, act) {
    [this.#run, this.#state, this.#act] = [run, state, act];
    state.listen((_, playing) => (playing ? this.#answerInTime() : this.#answerSoon()));
  }

  /** Show the first stop of what is chosen. */
  open(view) {
    [this.view, this.#stop] = [view, this.#run.step.stops[0].name];
    this.#answer();
  }

  setAddress({ stop }) { this.#stop = stop; }

  send({ sequence, stop, action, layer, row, column, ...asked }) {
    this.#sequence = sequence;
    if (stop) this.#stop = stop;
    if (action === "close") return this.#act.close();
    if (action === "next") this.#goOn();
    else if (layer) this.#state.choose({ weight: { layer, row, column } });
    if (action === "check" || action === "show") this.#verdict = { sequence, ...verdictOn(this.#asked(asked), action === "show" ? undefined : asked.typed) };
    return this.#answerSoon();
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

  /** Answer once what is happening has happened: several changes at once get one answer. */
  #answerSoon() {
    if (this.#waits || !this.view) return;
    this.#waits = true;
    queueMicrotask(() => this.#answer());
  }

  /** Answer now and then: a film that plays needs nearly all of the time. */
  #answerInTime() {
    this.#timer ??= setTimeout(() => this.#answer(), Math.max(CALM.least, CALM.costs * this.#cost));
  }

  #answer() {
    clearTimeout(this.#timer);
    this.#waits = false;
    this.#timer = undefined;
    if (!this.view) return;
    const start = performance.now();
    this.#scene = stepScene(this.#run, this.#state);
    this.view.show({ sequence: this.#sequence, verdict: this.#verdict, stop: this.#stop, ...this.#scene });
    this.#cost = performance.now() - start;
  }
}

/** Return the verdict on what is typed for a number, { outcome, messages }; it is shown where nothing is typed (undefined). */
export function verdictOn(number, typed) {
  if (typed === undefined) return { outcome: "shown", messages: [`It is ${pretty(number)}.`] };
  try {
    return judge(readTyped(typed), number);
  } catch (error) {
    return { outcome: "again", messages: [error.message] };
  }
}

function judge(typed, number) {
  const { digits } = typed;
  const isRight = isEqualTo(typed, number) || (isCloseTo(typed, number) && digits >= MIN_DIGITS);
  if (!isRight && digits < MIN_DIGITS) return { outcome: "again", messages: [TOO_FEW_DIGITS] };
  if (!isRight) return { outcome: "wrong", messages: [WRONG] };
  return { outcome: "right", messages: [digits >= ALL_DIGITS ? "Right, exactly." : `Right to the ${Math.max(1, digits)} digit${digits > 1 ? "s" : ""} that you typed.`] };
}
