// The bug lab's film: two runs from the same weights, with the true and with a wrong gradient.
import { decode } from "../codec.js";
import { make } from "../dom.js";
import { short, whole } from "../draw/numbers.js";
import { Film, rowsOf } from "./buffer.js";
import { ComparisonView } from "./comparison.js";
import { PlayerView } from "./player_view.js";

const DURATION = 2000; // ms at least of the whole film

/** Decode the server's message (see pages/ui/check/bug_lab_server.py): the film, or an answer without. */
export function unpackFilm(bytes) {
  const { arrays, scene, ...answer } = decode(bytes);
  if (!scene) return answer;
  const layers = Object.entries(arrays).filter(([name]) => /W[12]$/.test(name));
  for (const name of ["epochs", "angle", "ratio", "true_losses", "broken_losses"]) scene[name] = arrays[name].values;
  const frames = Array.from(scene.epochs, (epoch, index) => ({ epoch, index, whole: true, layers: rowsOf(layers, index) }));
  const last = scene.epochs.at(-1);
  return {
    ...answer, scene, film: new Film(frames, DURATION), lineage: answer.token,
    epoch: scene.epochs[answer.frame], trained: last, length: last, ended: "done",
  };
}

/** Both runs, and before that the progress of their training. */
export class BugLab extends PlayerView {
  #token = ""; // of the film
  #index = null; // of the frame on display
  #cancelled = ""; // the token of a training that is not wanted any more

  constructor(source) {
    super(source, { "data-testid": "bug-lab", "aria-label": "Both runs, epoch by epoch" }, false);
    this.bar = make("progress", { "aria-label": "Training" });
    this.progress = make("span", { role: "status" });
    this.training = make("div", { class: "training" }, this.progress, this.bar,
      make("button", { type: "button", title: "Stop training and show the epochs trained so far", onclick: () => this.#cancel() }, "Cancel"));
    this.readout = make("div", { class: "readout" });
    this.box = make("div", { class: "player", hidden: "" }); // of the film
    this.fill(this.training, this.box);
  }

  receive(bytes) {
    this.player.receive(unpackFilm(bytes));
    this.layout(); // also while the next film is trained
  }

  openRun({ token, frame, scene }) {
    [this.#token, this.#index] = [token, frame];
    this.view = new ComparisonView(scene);
    this.box.replaceChildren(this.controls.element, this.readout, this.view.element);
    this.box.hidden = false;
  }

  add() {} // a film has all its data

  get fields() {
    const { preparing } = this.player;
    const frame = preparing ? null : this.#index; // the next film has none yet
    return { frame, has: this.#token, cancel: this.#cancelled === preparing?.token };
  }

  wanted() {} // nor anything to ask for

  #cancel() {
    this.#cancelled = this.player.preparing.token;
    this.player.request();
  }

  // ---- drawing

  draw(frame) {
    this.#index = frame.index;
    super.draw(frame);
  }

  announce(verb, { epoch }) {
    this.live.textContent = `${verb} at epoch ${epoch}: C = ${this.view.losses(epoch).map((C) => short(C)).join(", with the mistake ")}`;
  }

  update(status) {
    const { preparing, frame, playing } = status;
    const { dataset } = this.element;
    dataset.state = preparing ? "training" : !frame ? "waiting" : playing ? "playing" : "paused";
    dataset.epoch = frame?.epoch ?? "";
    this.training.hidden = !preparing;
    if (preparing) {
      const { at, of } = preparing.training;
      Object.assign(this.bar, { max: of, value: at });
      this.progress.textContent = `Training both runs: epoch ${whole(at)} of ${whole(of)}`;
    }
    if (!frame) return;
    this.controls.update(status);
    this.controls.play.title = playing ? "Pause at this epoch (space)" : "Watch both runs (space)";
    this.readout.replaceChildren(...this.view.numbers(frame));
  }
}
