// The landscape's film: C over a plane through a run's path, with the epoch on display as a point that moves.
import { decode } from "../codec.js";
import { make } from "../dom.js";
import { Film } from "../player/buffer.js";
import { PlayerView } from "../player/player_view.js";
import { LandscapeView } from "./landscape_view.js";

const DURATION = 3000; // ms at least of the whole film
const NUMBERS = ["epochs", "across", "up", "losses", "plane_losses", "distances"]; // of every frame

/** Decode the server's message (see pages/ui/runs/landscape_server.py): the picture with its film, or an answer without. */
export function unpackLandscape(bytes) {
  const { arrays, scene, ...answer } = decode(bytes);
  if (!scene) return answer;
  for (const name of NUMBERS) scene[name] = arrays[name].values;
  Object.assign(scene, { surface: arrays.surface.values, points: arrays.surface.columns });
  const frames = Array.from(scene.epochs, (epoch, index) => ({ epoch, index, whole: true }));
  const last = scene.epochs.at(-1);
  return { ...answer, scene, film: new Film(frames, DURATION), epoch: scene.epochs[answer.frame], trained: last, length: last, ended: "done" };
}

/** The picture with its film. */
export class Landscape extends PlayerView {
  #token = ""; // of the picture
  #index = null; // of the frame on display
  #work = "done"; // what the server does: "running" while it computes another picture, "cancelled" or "done"

  constructor(source) {
    super(source, { "data-testid": "landscape", "aria-label": "C over a plane through the path of the weights" }, false);
    this.readout = make("div", { class: "readout" });
    this.box = make("div", { class: "player" });
    this.fill(this.box);
  }

  receive(bytes) {
    const answer = unpackLandscape(bytes);
    this.#work = answer.work;
    this.player.receive(answer);
    this.layout();
  }

  openRun({ token, frame, scene }) {
    [this.#token, this.#index] = [token, frame];
    this.view = new LandscapeView(scene);
    this.box.replaceChildren(this.controls.element, this.view.element, this.readout);
  }

  add() {} // a film has all its data

  get fields() { return { frame: this.#index, has: this.#token }; }

  wanted() {} // nor anything to ask for

  // ---- drawing

  draw(frame) {
    this.#index = frame.index;
    super.draw(frame);
  }

  announce(verb, { index, epoch }) {
    const { loss, onPlane } = this.view.numbersAt(index);
    this.live.textContent = `${verb} at epoch ${epoch}: C true ${loss}, C on the plane ${onPlane}`;
  }

  update(status) {
    const { frame, playing } = status;
    Object.assign(this.element.dataset, { state: frame ? this.#work : "waiting", film: playing ? "playing" : "paused", epoch: frame?.epoch ?? "" });
    if (!frame) return;
    this.controls.update(status);
    this.controls.play.title = playing ? "Pause at this epoch (space)" : "Watch the run move over the plane (space)";
    this.readout.replaceChildren(...this.view.numbers(frame));
  }
}
