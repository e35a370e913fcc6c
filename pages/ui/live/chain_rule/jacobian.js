// A softmax's ∂ŷ/∂O: the sample's Jacobian as a heatmap, its sums, and what they collapse to with cross-entropy.
import { make } from "../dom.js";
import { pretty } from "../draw/numbers.js";
import { compare } from "./compare.js";
import { fusedNumbers, jacobianSum, rowSum } from "./factors.js";
import { gridOf } from "./grid.js";
import { math } from "./mathml.js";
import { layersOf, outputsOf } from "./network.js";

const MOST_CELLS = 36; // with their numbers; a larger one is an image
const MIDPOINT = 0.05; // of the colours: no entry is beyond ±1/4

/** The Jacobian of one sample; `pick(p, o)` chooses the entry of ŷ_p by O_o. */
export class Jacobian {
  constructor(pick) {
    this.pick = pick;
    this.figure = make("figure", {});
    this.sums = make("div", { class: "sums" });
    this.element = make("div", { class: "jacobian", role: "group", "data-testid": "jacobian", "aria-label": "The Jacobian of softmax", hidden: "" });
  }

  /** Lay out the grid for a network's outputs. */
  build(scene) {
    const names = outputsOf(scene);
    this.grid = gridOf("∂ŷ/∂O", { rows: names.map((name) => `ŷ ${name}`), columns: names.map((name) => `O ${name}`) }, this.pick, () => {}, MOST_CELLS);
    const size = `${names.length}×${names.length}`;
    this.figure.replaceChildren(make("figcaption", {}, make("b", {}, "∂ŷ/∂O"), ` ${size}, of this sample: diag(ŷ) − ŷŷᵀ`), this.grid.element);
  }

  /** Remove it where it would reveal a number, or where there is none. */
  hide() {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** Draw it for the entry of ŷ_p by O_o. */
  draw(scene, p, o, theme) {
    if (this.element.hidden) this.element.replaceChildren(this.figure, this.sums);
    this.element.hidden = false;
    const isSame = this.scene === scene;
    if (!isSame || this.theme !== theme) this.grid.draw(scene.dyhat_dO.values, MIDPOINT, theme);
    if (!isSame || this.p !== p || this.o !== o) {
      this.grid.mark({ row: p, column: o });
      this.sums.replaceChildren(...rowLine(scene, p), ...columnLine(scene, o), ...(scene.fused ? collapseLine(scene, o) : []));
    }
    Object.assign(this, { scene, theme, p, o });
  }
}

/** Return what the row of ŷ_p adds up to: 0, but for rounding. */
function rowLine(scene, p) {
  const { columns, values } = scene.dyhat_dO;
  const sum = values.subarray(p * columns, (p + 1) * columns).reduce((total, value) => total + value, 0);
  const rounding = sum === 0 ? "" : ` (computed: ${pretty(sum)}, which is rounding)`;
  return [line("jacobian-row", sum, [`Each row adds up to 0: the same number added to every O changes no ŷ. Of ŷ ${outputsOf(scene)[p]}:`], rowSum(scene, p), ` adds up to 0${rounding}`)];
}

/** Return the sum over ŷ that makes ∂C/∂O_o. */
function columnLine(scene, o) {
  const { sum } = columnSum(scene, o);
  const { symbol, formula } = formOf(scene);
  return [line("jacobian-sum", sum, [`For O ${outputsOf(scene)[o]}, the sum over ŷ: `, math(symbol), " = ", math(formula)], jacobianSum(scene, o), ` = ${pretty(sum)}`)];
}

/** Return what that sum collapses to with cross-entropy, and whether it is the same. */
function collapseLine(scene, o) {
  const value = scene.dC_dO.values[o];
  const { sum, size } = columnSum(scene, o);
  const { words } = compare(sum, value, size);
  return [
    line("collapse", value, ["With cross-entropy it collapses to ", math(formOf(scene).collapsed), ", used from here on:"], fusedNumbers(scene, o), ` = ${pretty(value)}`),
    make("p", { "data-testid": "collapse-agreement" }, words),
  ];
}

/** Return the server's formulas of ∂C/∂O. */
const formOf = (scene) => scene.forms.deltas[layersOf(scene)];

function columnSum(scene, o) {
  const { columns, values } = scene.dyhat_dO;
  const terms = Array.from(scene.dC_dyhat.values, (error, p) => error * values[p * columns + o]);
  return { sum: terms.reduce((sum, term) => sum + term, 0), size: terms.reduce((sum, term) => sum + Math.abs(term), 0) };
}

/** Return a sentence with its numbers, which scroll if they are long. */
function line(id, value, words, numbers, result) {
  return make("div", { "data-testid": id, "data-value": String(value || 0) }, make("p", {}, ...words), make("div", { class: "numbers" }, make("span", {}, "="), `${numbers}${result}`));
}
