// The stop on display: what it is, its equation with the numbers put in, and the arrays that it is made of.
import { math } from "../chain_rule/mathml.js";
import { markOverflow } from "../chain_rule/overflow.js";
import { make } from "../dom.js";
import { readTheme } from "../draw/colours.js";
import { pretty, whole } from "../draw/numbers.js";
import { layOut } from "./array_layout.js";
import { arrayView, HIDDEN } from "./array_view.js";
import { calculationOf } from "./calculation.js";
import { inLayout, operationOf, symbolText } from "./operations.js";
import { entryOf, resultOf } from "./values.js";

/** One stop. */
export class StopView {
  #key = ""; // of what `operation` was made for
  #built = undefined; // the operation whose arrays are there
  #picked = undefined; // the entry that was clicked, until another stop is drawn
  #preview = undefined; // the entry below the pointer

  /** `pick(entry)` is called at a click on an entry: see `operationOf`. */
  constructor(pick) {
    this.pick = pick;
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

  /** The entry that was picked, or else the one on the path of the chosen weight. */
  get entry() { return this.#picked ?? this.#chosen; }

  get #chosen() {
    const { scene, stop, view } = this;
    const entry = entryOf(scene, stop);
    if (stop.operation === "update") return { ...entry, layer: scene.focus.weight.layer };
    if (stop.operation === "gradient") return { ...entry, layer: stop.layer };
    return { ...entry, row: view.sample - view.window.from };
  }

  /** Go to a stop of a `view`, { sample, all }, and return the entry on display. */
  place(scene, stop, view) {
    const key = [scene.state, stop.name, view.all].join();
    if (key !== this.#key) {
      this.isMoved = stop.name !== this.stop?.name || view.all !== this.view?.all;
      this.operation = inLayout(operationOf(scene, stop, view), scene);
      this.#picked = this.#preview = undefined;
      this.#key = key;
    }
    Object.assign(this, { scene, stop, view: { ...view, window: this.operation.window } });
    return this.entry;
  }

  /** Draw a stop of a `view`; `hidden`: its numbers are asked. */
  draw(scene, stop, view, hidden) {
    this.place(scene, stop, view);
    this.hidden = hidden;
    const { operation } = this;
    const isFocused = this.arrays.contains(this.arrays.getRootNode().activeElement);
    const isNew = operation !== this.#built;
    if (isNew) this.#build(operation, this.isMoved);
    this.#built = operation;
    this.#describe();
    this.#colour();
    this.#mark();
    if (isNew && isFocused) this.arrays.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true });
  }

  #build(operation, isMoved) {
    this.parts = operation.parts;
    this.views = operation.parts.map((part) => arrayView(part, (entry) => this.#pick(entry), (entry) => this.#hover(entry)));
    this.arrays.replaceChildren(...layOut(operation, this.views.map(({ element }) => element), this.scene.conventions.transposed));
    this.arrays.classList.toggle("all", this.view.all);
    this.arrays.classList.toggle("fresh", isMoved);
  }

  /** Write what belongs to the stop, whichever entry is displayed. */
  #describe() {
    const { scene, stop } = this;
    const { title = symbolText(stop.name), words = "", formula, equation = "" } = this.#form;
    const formulas = stop.operation === "update" ? (scene.forms.update?.rule ?? []) : formula ? [formula] : [];
    this.about.replaceChildren(make("h2", {}, title), ...(words ? [make("p", {}, words)] : []));
    this.formula.replaceChildren(...formulas.map(math), ...(equation ? [make("span", { class: "equation" }, equation)] : []));
    this.totals.replaceChildren(...(stop.operation === "cost" && !this.hidden ? totals(scene, stop) : []));
    this.remarks.replaceChildren(...remarks(scene, stop).map((text) => make("p", {}, text)));
  }

  /** The server's texts for the stop. */
  get #form() { return this.scene.forms.stops?.[this.stop.name] ?? {}; }

  #colour() {
    const theme = readTheme(this.element);
    this.views.forEach((view, i) => {
      const { kind, isMade = false } = this.parts[i];
      view.draw(theme, this.scene.midpoints[kind] ?? Infinity, this.hidden && isMade);
    });
  }

  /** Mark what makes the entry on display, and write its calculation. */
  #mark() {
    const entry = this.#preview ?? this.entry;
    for (const view of this.views) view.mark(entry);
    if (this.stop.operation === "update") this.#writeUpdate();
    else this.#write(entry, calculationOf(this.scene, this.stop, entry, this.view));
    markOverflow(this.formula, ...this.arrays.querySelectorAll(".scroll"));
  }

  #write(entry, { numbers, value, note }) {
    const inserted = numbers.length && !this.hidden ? [" = ", ...numbers] : [];
    this.numbers.replaceChildren(make("span", {}, ...this.#name(entry), ...inserted, " = "), make("b", {}, this.hidden ? HIDDEN : pretty(value)));
    const names = this.#names(entry);
    this.note.textContent = note && !this.hidden ? `${names}: ${note}` : names;
  }

  /** Write the chosen weight's update, which the server has worked out. */
  #writeUpdate() {
    const blocks = this.scene.forms.update?.blocks ?? [];
    this.numbers.replaceChildren(...(this.hidden ? [HIDDEN] : blocks.map(math)));
    this.note.textContent = "";
  }

  /** Return an entry's name: the stop's symbol with the entry's indices, counted from 1. */
  #name({ row, column }) {
    const { stop } = this;
    const first = stop.operation === "gradient" ? row : this.#sampleAt(row);
    const isOnly = stop.operation !== "gradient" && resultOf(this.scene, stop).columns === 1;
    return [symbolText(stop.name), make("sub", {}, isOnly ? whole(first + 1) : `${whole(first + 1)},${column + 1}`)];
  }

  /** Return what the indices of an entry mean. */
  #names({ row, column }) {
    const { scene, stop, view } = this;
    const { operation, layer } = stop;
    const unit = (rows) => rows[column] ?? "1";
    const sample = `sample ${whole(this.#sampleAt(row) + 1)}`;
    const ofSamples = view.all ? "over all samples" : `of sample ${whole(this.#sampleAt(0) + 1)}`;
    if (operation === "cost") return sample;
    if (operation === "gradient") return `${namesOf(scene, layer).rows[row]} → ${namesOf(scene, layer).columns[column]}, ${ofSamples}`;
    if (operation === "inputs") return `${sample}, ${unit(namesOf(scene, 1).rows)}`;
    return `${sample}, ${unit(namesOf(scene, operation === "weights" ? layer - 1 : layer).columns)}`;
  }

  /** Return the number, from 0, of the sample in a displayed row. */
  #sampleAt(row) { return this.scene.first + this.view.window.from + row; }

  #pick(entry) {
    this.#picked = entry;
    this.#preview = undefined;
    this.pick(entry);
  }

  #hover(entry) {
    this.#preview = entry;
    this.#mark();
  }
}

const namesOf = (scene, layer) => scene.names[`W${layer}`];

/** Return what is special about the run, about an update, and that the run ends with one that is not finite. */
function remarks({ forms, finite }, { name, operation }) {
  const { update = {}, notes = [] } = forms;
  const ofUpdate = operation === "update" ? [...(update.steps > 1 ? [stepsText(update.steps)] : []), ...(update.notes ?? [])] : [];
  return [...(finite || !["update", "new_C"].includes(name) ? [] : [RUN_ENDS]), ...ofUpdate, ...notes];
}

const stepsText = (steps) => `This epoch has ${whole(steps)} updates, one for each mini-batch: the change shown is their sum.`;
const RUN_ENDS = "After this update a number is no longer finite, so the run ends here. With a smaller learning rate it would go on.";

/** Return C before the update, and at the new C also after it: the chosen sample's share, and the total. */
function totals({ focus, first, samples, C, new_C, cost, new_cost }, { name }) {
  const share = (array) => array?.values[focus.sample - first];
  const rows = [[`share of sample ${whole(focus.sample + 1)}`, share(C), share(new_C)], [`C, ${samples === 1 ? "the only sample" : `all ${whole(samples)} samples`}`, cost, new_cost ?? undefined]];
  return rows.map(([of, before, after]) => make("div", {}, make("dt", {}, of), ...(name === "C" ? [make("dd", {}, make("b", {}, pretty(before)))] : changed(before, after))));
}

function changed(before, after) {
  if (after === undefined) return [make("dd", {}, `${pretty(before)} → `, make("b", {}, "not finite"))];
  const change = after - before;
  const arrow = change > 0 ? "▲ up by" : change < 0 ? "▼ down by" : "unchanged";
  return [make("dd", {}, `${pretty(before)} → `, make("b", {}, pretty(after))), make("dd", {}, change ? `${arrow} ${pretty(Math.abs(change))}` : arrow)];
}
