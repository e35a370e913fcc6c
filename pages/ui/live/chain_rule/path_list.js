// The largest paths from a weight to the cost, on demand, and all others together.
import { make, updateChildren } from "../dom.js";
import { pretty, whole } from "../draw/numbers.js";
import { compare } from "./compare.js";
import { layersOf } from "./network.js";

const MOST = 10; // paths listed
const COUNTED = 1e9; // paths: more are given with fewer digits

/** The list; `pick(units)` chooses a path. */
export class PathList {
  isOpen = false;

  constructor(pick, toggled) {
    this.pick = pick;
    this.button = make("button", { type: "button", class: "toggle", "data-testid": "paths-button", "aria-controls": "paths", onclick: () => {
      this.isOpen = !this.isOpen;
      toggled();
    } });
    this.list = make("div", { id: "paths" });
    this.element = make("div", { class: "paths", role: "group", "aria-label": "The paths from the weight to the cost" });
  }

  /** Draw the paths of a weight whose contribution is known; the one of these `units` is chosen. `secret`: for practice. */
  draw(scene, paths, weight, units, contribution, secret) {
    const count = paths.count(weight);
    const several = layersOf(scene) - weight.layer > 1; // else one path, or one through each output
    if (several !== Boolean(this.element.firstChild)) this.element.replaceChildren(...(several ? [this.button, this.list] : []));
    if (!several) return;
    const isOpen = this.isOpen && !secret;
    this.button.textContent = `${countText(count)} paths to the cost`;
    this.button.disabled = secret;
    this.button.title = secret ? "Their products would reveal the number hidden for practice" : "Show the paths from the weight to the cost with the largest products";
    this.button.setAttribute("aria-expanded", isOpen);
    updateChildren(this.list, isOpen ? this.#parts(scene, paths, weight, units, contribution, count) : []);
  }

  #parts(scene, paths, weight, units, contribution, count) {
    const found = paths.largest(weight, MOST);
    const [total, size] = [undefined, Math.abs].map((measure) => paths.products(weight, measure).reduce((sum, part) => sum + part, 0));
    const { words } = compare(total, contribution, size);
    return [
      make("ol", {}, ...found.map((path) => make("li", { "data-key": path.units.join("-") }, this.#row(scene, weight, path, String(path.units) === String(units))))),
      ...(count > found.length ? [rest(total - found.reduce((sum, { product }) => sum + product, 0), count - found.length)] : []),
      make("p", { "data-testid": "path-total", "data-value": String(total || 0) },
        "All paths together: ", make("b", {}, pretty(total)), `, beside δ times the input, ${pretty(contribution)}. `, words),
    ];
  }

  #row(scene, weight, { units, product }, chosen) {
    return make("button", {
      type: "button", class: "path-row", "data-testid": "path-row", "data-path": units.join("-"), "data-value": String(product || 0), "aria-pressed": chosen,
      title: "Show the factors along this path", onclick: () => this.pick(units),
    }, make("span", {}, pathText(scene, weight, units)), make("b", {}, pretty(product)));
  }
}

const rest = (value, count) => make("p", { "data-testid": "path-rest", "data-value": String(value || 0) },
  `and ${countText(count)} more path${count > 1 ? "s" : ""} together: `, make("b", {}, pretty(value)));

const countText = (count) => (count < COUNTED ? whole(count) : pretty(count, 3));

/** Return a path as the names of its units: x1 → h⁽¹⁾2 → h⁽²⁾1 → setosa. */
export function pathText({ names }, { layer, row }, units) {
  return [names[`W${layer}`].rows[row], ...units.map((unit, i) => names[`W${layer + i}`].columns[unit])].join(" → ");
}
