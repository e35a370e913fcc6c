// The landscape's film: C over a plane through a run's path, with the epoch on display as a point that moves.
import { decode } from "../codec.js";
import { make } from "../dom.js";
import { whole } from "../draw/numbers.js";
import { Film } from "../player/buffer.js";
import { PlayerView } from "../player/player_view.js";
import { LandscapeView } from "./landscape_view.js";

const DURATION = 3000; // ms at least of the whole film
const NUMBERS = ["epochs", "across", "up", "losses", "plane_losses", "distances"]; // of every frame

/** Decode the server's message (see pages/ui/runs/landscape/server.py): the picture with its film, or an answer without. */
export function unpackLandscape(bytes) {
  const { arrays, scene, ...answer } = decode(bytes);
  if (!scene) return answer;
  for (const name of NUMBERS) scene[name] = arrays[name].values;
  Object.assign(scene, { surface: arrays.surface.values, points: arrays.surface.columns });
  const frames = Array.from(scene.epochs, (epoch, index) => ({ epoch, index, whole: true }));
  const last = scene.epochs.at(-1);
  return { ...answer, scene, film: new Film(frames, DURATION), epoch: scene.epochs[answer.frame], trained: last, length: last, ended: "done" };
}

/** The picture with its film, and the progress of what is being computed; the former picture stays meanwhile. */
export class Landscape extends PlayerView {
  #token = ""; // of the picture
  #index = null; // of the frame on display
  #job; // what is being computed beside it: { token, title, at, of }
  #cancelled = ""; // the token of a job that is not wanted any more
  #incomplete = false; // another picture is wanted, but its job was cancelled

  constructor(source) {
    super(source, { "data-testid": "landscape", "aria-label": "C over a plane through the path of the weights" }, false);
    this.bar = make("progress", {});
    this.progress = make("span", {});
    this.cancel = make("button", { type: "button", title: "Stop; what is computed so far stays", onclick: () => this.#cancel() }, "Cancel");
    this.work = make("div", { class: "work", hidden: true }, this.progress, this.bar, this.cancel);
    this.readout = make("div", { class: "readout" });
    this.box = make("div", { class: "player" });
    this.fill(this.box, this.work);
  }

  receive(bytes) {
    this.player.receive(unpackLandscape(bytes));
    this.layout();
  }

  openRun({ token, frame, scene }) {
    [this.#token, this.#index] = [token, frame];
    this.view = new LandscapeView(scene);
    this.live.textContent = ""; // of the former run
    this.box.replaceChildren(this.controls.element, this.readout, this.view.element);
  }

  /** Note the progress; a film has all its data. */
  add({ job, cancelled }) {
    [this.#job, this.#incomplete] = [job, Boolean(cancelled)];
  }

  get fields() {
    const frame = this.player.preparing ? null : this.#index; // of the next picture
    return { frame, has: this.#token, cancel: this.#cancelled };
  }

  /** Return a request for more as long as something is being computed. */
  wanted() { return this.#job ? { more: true } : undefined; }

  get #working() { return this.player.preparing?.training ?? this.#job; }

  #cancel() {
    this.#cancelled = this.#working.token;
    this.player.request();
    this.cancel.disabled = true;
  }

  // ---- drawing

  draw(frame) {
    this.#index = frame.index;
    super.draw(frame);
  }

  announce(verb, { index, epoch }) {
    const { loss, onPlane } = this.view.numbersAt(index);
    this.live.textContent = `${verb} at epoch ${whole(epoch)}: C true ${loss}, C on the plane ${onPlane}`;
  }

  update(status) {
    const { frame, playing, preparing } = { ...status, preparing: this.player.preparing };
    const working = this.#working;
    const state = working ? "running" : !frame ? "waiting" : this.#incomplete ? "cancelled" : "done";
    Object.assign(this.element.dataset, { state, film: playing ? "playing" : "paused", epoch: frame?.epoch ?? "" });
    this.box.hidden = Boolean(preparing); // of another run
    this.work.hidden = !working;
    if (working) this.#drawProgress(working);
    if (!frame || preparing) return;
    this.controls.update(status);
    this.controls.play.title = playing ? "Pause at this epoch (space)" : "Watch the run move over the plane (space)";
    this.readout.replaceChildren(...this.view.numbers(frame));
  }

  #drawProgress({ token, title, at, of }) {
    Object.assign(this.bar, { max: of, value: at, ariaLabel: title });
    this.progress.textContent = `${title}: ${whole(at)} of ${whole(of)}`;
    this.cancel.disabled = token === this.#cancelled;
  }
}
