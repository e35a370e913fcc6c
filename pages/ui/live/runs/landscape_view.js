// The drawings of the landscape: its map, and the numbers of the epoch on display.
import { make, picture } from "../dom.js";
import { percent, short, whole } from "../draw/numbers.js";
import { Drawings } from "../player/drawings.js";
import { LandscapeMap } from "./landscape_map.js";

const REST = 300; // ms without another frame until it is described in words
export const OTHER_LOSS = "of another loss here"; // in place of C true, where the run minimised another one
const NOT_COMPUTED = "not computed";

/** C over the plane with the run's path. */
export class LandscapeView extends Drawings {
  #frame;
  #timer;

  constructor(scene) {
    super();
    this.scene = scene;
    this.map = new LandscapeMap(picture("C over the plane"), scene);
    this.element = this.main = make("div", { class: "main" }, make("figure", { class: "landscape" }, this.map.canvas));
  }

  /** Return the numbers of a frame as text: C true and on the plane, and the path's distance from the plane. */
  numbersAt(index) {
    const { losses, plane_losses, distances, digits } = this.scene;
    const text = (value, missing) => (Number.isNaN(value) ? missing : short(value, digits));
    return { loss: text(losses[index], OTHER_LOSS), onPlane: text(plane_losses[index], NOT_COMPUTED), distance: text(distances[index], NOT_COMPUTED) };
  }

  /** Return the elements of the line of numbers. */
  numbers({ epoch, index }) {
    const { loss, onPlane, distance } = this.numbersAt(index);
    const line = (before, number, after = "") => make("span", {}, before, make("b", {}, number), after);
    return [
      line("Epoch ", whole(epoch), ` of ${whole(this.scene.epochs.at(-1))}`),
      line("C true: ", loss), line("C on the plane: ", onPlane), line("Distance from the plane: ", distance),
      line("The plane holds ", percent(this.scene.share), " of the path’s variance"),
    ];
  }

  place(width) {
    this.map.layout(width, this.theme);
    if (this.#frame) this.draw(this.#frame);
  }

  draw(frame) {
    this.#frame = frame;
    if (!this.theme || !this.width) return; // drawn by `layout` once there is a width
    this.map.draw(frame.index);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.map.canvas.ariaLabel = this.description(frame)), REST);
  }

  /** Return in words what the map shows. */
  description({ epoch, index }) {
    const { axes, epochs, plane_losses } = this.scene;
    const { low, high } = this.map.range;
    const { loss, onPlane, distance } = this.numbersAt(index);
    const C = (i) => this.numbersAt(i)[Number.isNaN(plane_losses[i]) ? "loss" : "onPlane"];
    return `C over the plane of ${axes.map(({ name }) => name).join(" and ")}: from ${short(low)} to ${short(high)}. `
      + `The path leads from C = ${C(0)} at epoch 0 to C = ${C(epochs.length - 1)} at epoch ${whole(epochs.at(-1))}. `
      + `Epoch ${whole(epoch)}: C true ${loss}, C on the plane ${onPlane}, distance from the plane ${distance}.`;
  }

  /** Return what is below the pointer: an epoch of the path, or C at a point of the plane. */
  at(canvas, x, y) {
    const { scene } = this;
    const index = this.map.epochAt(x, y);
    if (index !== undefined) {
      const { loss, onPlane, distance } = this.numbersAt(index);
      return { text: `Epoch ${whole(scene.epochs[index])}: C true ${loss}`, detail: `C on the plane ${onPlane}`, more: `distance from the plane ${distance}`, value: scene.plane_losses[index] };
    }
    const point = this.map.pointAt(x, y);
    if (!point) return undefined;
    const C = Number.isNaN(point.C) ? NOT_COMPUTED : short(point.C, scene.digits);
    return { text: `C on the plane ${C}`, detail: `at ${point.place.map((value) => short(value)).join(", ")}`, value: point.C };
  }
}
