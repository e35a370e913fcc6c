// A player of a film that the server computes first, and then sends at once.
import { make } from "../dom.js";
import { whole } from "../draw/numbers.js";
import { PlayerView } from "./player_view.js";

/** The film, and before that the progress of its computation. Subclasses have `createView(scene)`. */
export class FilmPlayer extends PlayerView {
  #token = ""; // of the film
  #cancelled = ""; // the token of a computation that is not wanted any more

  /** `bar`: what is in progress; `cancel`: what its button does; `state` meanwhile; `progress(at, of)`: in words. */
  constructor(source, attributes, { bar, cancel, state, progress }) {
    super(source, attributes, false);
    Object.assign(this, { running: state, describe: progress });
    this.bar = make("progress", { "aria-label": bar });
    this.progress = make("span", { role: "status" });
    this.training = make("div", { class: "training" }, this.progress, this.bar,
      make("button", { type: "button", title: cancel, onclick: () => this.#cancel() }, "Cancel"));
    this.readout = make("div", { class: "readout" });
    this.box = make("div", { class: "player", hidden: "" }); // of the film
    this.fill(this.training, this.box);
  }

  openRun({ token, scene }) {
    this.#token = token;
    this.view = this.createView(scene);
    this.box.replaceChildren(this.controls.element, this.readout, this.view.element);
    this.box.hidden = false;
  }

  add() {} // a film has all its data

  get fields() {
    return { has: this.#token, cancel: this.#cancelled === this.player.preparing?.token };
  }

  wanted() {} // nor anything to ask for

  #cancel() {
    this.#cancelled = this.player.preparing.token;
    this.player.request();
  }

  update(status) {
    const { preparing, frame, playing, target } = status;
    const { dataset } = this.element;
    dataset.state = preparing ? this.running : !frame || target !== undefined ? "waiting" : playing ? "playing" : "paused";
    dataset.epoch = frame?.epoch ?? "";
    this.training.hidden = !preparing;
    if (preparing) {
      const { at, of } = preparing.training;
      Object.assign(this.bar, { max: of, value: at });
      this.progress.textContent = this.describe(whole(at), whole(of));
    }
    if (!frame) return;
    this.controls.update(status);
    this.controls.play.title = playing ? "Pause at this epoch (space)" : "Watch both runs (space)";
    this.readout.replaceChildren(...this.view.numbers(frame, status));
  }
}

/** Return a part of the line of numbers. */
export const line = (...parts) => make("span", {}, ...parts);

/** Return a number in it. */
export const number = (value) => make("b", {}, value);
