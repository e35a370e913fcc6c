// The stop on display: what it is, its equation with the numbers put in, and the arrays that it is made of.
import { math } from "../chain_rule/mathml.js";
import { markOverflow } from "../chain_rule/overflow.js";
import { make } from "../dom.js";
import { readTheme } from "../draw/colours.js";
import { pretty, whole } from "../draw/numbers.js";
import { layOut } from "./array_layout.js";
import { arrayView } from "./array_view.js";
import { calculationOf } from "./calculation.js";
import { inLayout, operationOf, symbolText } from "./operations.js";
import { entryOf } from "./values.js";

const HIDDEN = "?";

/** One stop. `choose(weight)` is called at a click on a weight or on its gradient. */
export class StopView {
  #drawn = {}; // what the parts were built for
  #picked = undefined; // the entry that was clicked, until another stop is drawn
  #preview = undefined; // the entry below the pointer

  constructor(choose) {
    this.choose = choose;
    this.about = make("header", {});
    this.formula = make("div", { class: "formula" });
    this.numbers = make("div", { class: "numbers", "aria-live": "polite" });
    this.note = make("p", { class: "note" });
    this.totals = make("dl", { class: "totals" });
    this.arrays = make("div", { class: "arrays" });
    this.remarks = make("div", { class: "remarks" });
    this.element = make("div", { class: "stop" }, this.about, this.formula, this.numbers, this.note, this.totals, this.arrays, this.remarks);
    this.element.addEventListener("scroll", ({ target }) => markOverflow(target), true);
  }

  /** The entry whose calculation is displayed. */
  get entry() { return this.#preview ?? this.#picked ?? this.#chosen; }

  /** The entry on the path of the chosen weight. */
  get #chosen() {
    const { scene, stop, view } = this;
    const entry = entryOf(scene, stop);
    if (stop.operation === "update") return { ...entry, layer: scene.focus.weight.layer };
    if (stop.operation === "gradient") return { ...entry, layer: stop.layer };
    return { ...entry, row: view.sample - view.window.from };
  }

  /** Draw a stop for a `view`: { sample, all }; `hidden`: its numbers are asked. */
  draw(scene, stop, view, hidden) {
    const before = this.#drawn;
    const isSame = before.state === scene.state && before.stop?.name === stop.name && before.all === view.all && before.hidden === hidden;
    this.#drawn = { state: scene.state, stop, all: view.all, hidden };
    Object.assign(this, { scene, stop, hidden });
    const moved = before.stop?.name !== stop.name || before.all !== view.all;
    if (moved || before.state !== scene.state) this.#picked = this.#preview = undefined;
    if (!isSame) this.#build(view, moved);
    this.#colour();
    this.#mark();
  }

  #build(view, moved) {
    const { scene, stop } = this;
    const operation = inLayout(operationOf(scene, stop, view), scene);
    this.view = { ...view, window: operation.window };
    const focused = this.arrays.contains(this.arrays.getRootNode().activeElement);
    this.views = operation.parts.map((part) => arrayView(part, (entry) => this.#pick(entry), (entry) => this.#hover(entry)));
    this.parts = operation.parts;
    this.arrays.replaceChildren(...layOut(operation, this.views.map(({ element }) => element), scene.conventions.transposed));
    this.#describe();
    this.arrays.classList.toggle("fresh", moved);
    if (focused) this.refocus = true;
  }

  #describe() {
    const { scene, stop } = this;
    const form = scene.forms?.stops?.[stop.name] ?? {};
    const { title = symbolText(stop.name), words = "", symbol, formula, equation = "" } = form;
    this.about.replaceChildren(make("h2", {}, title), ...(words ? [make("p", {}, words)] : []));
    this.formula.replaceChildren(...(formula ? [math(formula)] : []), ...(equation ? [make("span", { class: "equation" }, equation)] : []));
    this.symbol = symbol;
    const { update = {}, notes = [] } = scene.forms ?? {};
    const isUpdate = stop.operation === "update";
    const lines = isUpdate ? [...(update.notes ?? []), ...stepsNote(update.steps), ...notes] : notes;
    this.remarks.replaceChildren(...[...lines, ...endNote(scene, stop)].map((text) => make("p", {}, text)));
    this.totals.replaceChildren(...(stop.operation === "cost" && !this.hidden ? totals(scene, stop) : []));
    if (isUpdate) this.formula.replaceChildren(...(update.rule ?? []).map(math));
  }

  #colour() {
    const { scene, parts, hidden } = this;
    const theme = readTheme(this.element);
    this.views.forEach((view, i) => {
      const { kind, entryAt } = parts[i];
      view.draw(theme, scene.midpoints[kind] ?? Infinity, hidden && Boolean(entryAt));
    });
  }

  #mark() {
    for (const view of this.views) view.mark(this.entry);
    if (this.refocus) this.arrays.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true });
    this.refocus = false;
    this.#calculate();
    markOverflow(this.formula, this.numbers, ...this.arrays.querySelectorAll(".scroll"));
  }

  #calculate() {
    const { scene, stop, view, entry } = this;
    if (stop.operation === "update") return this.#calculateUpdate();
    const { numbers, value, note } = calculationOf(scene, stop, entry, view);
    const result = this.hidden ? HIDDEN : pretty(value);
    const middle = numbers.length && !this.hidden ? [" = ", ...numbers] : [];
    this.numbers.replaceChildren(make("span", {}, ...this.#lhs(entry), ...middle, " = "), make("b", {}, result));
    this.note.textContent = this.hidden ? "" : note;
  }

  #calculateUpdate() {
    const { blocks = [] } = this.scene.forms?.update ?? {};
    this.numbers.replaceChildren(...(this.hidden ? [HIDDEN] : blocks.map(math)));
    this.note.textContent = "";
  }

  /** Return the entry's name: the stop's symbol with the entry's place, counted from 1. */
  #lhs({ row, column }) {
    const { scene, stop, view } = this;
    const places = stop.operation === "gradient" ? [row, column] : stop.operation === "cost" ? [] : [column];
    const ofSample = stop.operation === "gradient" ? [] : [make("small", {}, `sample ${whole(scene.first + view.window.from + row + 1)}: `)];
    const index = places.length ? [make("sub", {}, places.map((place) => place + 1).join(","))] : [];
    return [...(view.all ? ofSample : []), this.symbol ? math(this.symbol) : symbolText(stop.name), ...index];
  }

  #pick(entry) {
    this.#picked = entry;
    this.#preview = undefined;
    if (entry.layer) this.choose(entry);
    this.#mark();
  }

  #hover(entry) {
    this.#preview = entry;
    this.#mark();
  }
}

/** Return that an epoch of several updates shows their sum. */
const stepsNote = (steps = 1) => (steps > 1 ? [`This epoch has ${whole(steps)} updates, one for each mini-batch: the change shown is their sum.`] : []);

/** Return that the run ends with an update that is not finite. */
function endNote(scene, stop) {
  if (scene.finite || !["update", "new_C"].includes(stop.name)) return [];
  return ["After this update a number is no longer finite: the run ends here. A smaller learning rate would go on."];
}

/** Return the chosen sample's share and the total, of C and after the update. */
function totals(scene, stop) {
  const share = ({ values }) => values[scene.focus.sample - scene.first];
  const rows = [[`sample ${whole(scene.focus.sample + 1)}`, share(scene.C), scene.new_C && share(scene.new_C)], [scene.samples === 1 ? "total" : `all ${whole(scene.samples)} samples`, scene.cost, scene.new_cost ?? undefined]];
  return rows.map(([name, before, after]) => {
    const change = stop.name === "C" ? [make("dd", {}, make("b", {}, pretty(before)))]
      : [make("dd", {}, `${pretty(before)} → `, make("b", {}, after === undefined ? "not finite" : pretty(after))), ...(after === undefined ? [] : [make("dd", { class: "change" }, changeText(after - before))])];
    return make("div", {}, make("dt", {}, name), ...change);
  });
}

const changeText = (change) => `${change > 0 ? "▲" : change < 0 ? "▼" : ""} ${pretty(change)}`;
