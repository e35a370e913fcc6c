// The stop on display: what it is, its equation with the numbers put in, and the arrays that it is made of.
import { math } from "../chain_rule/mathml.js";
import { isBias } from "../chain_rule/network.js";
import { markOverflow } from "../chain_rule/overflow.js";
import { make } from "../dom.js";
import { readTheme } from "../draw/colours.js";
import { pretty, whole } from "../draw/numbers.js";
import { layOut } from "./array_layout.js";
import { arrayView, HIDDEN } from "./array_view.js";
import { calculationOf, gradientSum } from "./calculation.js";
import { inLayout, operationOf } from "./operations.js";
import { FOLLOW, matrixText } from "./parts.js";
import { scaleLine } from "./scale_line.js";
import { chosenEntry, placeOfSample, resultOf, sampleAt } from "./values.js";

/** One stop. */
export class StopView {
  #key = ""; // of the state and the stop that were placed
  #operation = undefined; // of these
  #built = undefined; // the operation whose arrays are there
  #place = ""; // its stop, and whether all samples are displayed
  #picked = undefined; // the entry that was clicked, until another stop is drawn
  #preview = undefined; // the entry below the pointer

  /** `pick(entry)` is called at a click on an entry: see `operationOf`. */
  constructor(pick) {
    this.pick = pick;
    this.about = make("header", {});
    this.formula = make("div", { class: "lines" });
    this.equation = make("span", { class: "equation" });
    this.indices = make("p", { class: "indices" });
    this.numbers = make("div", { class: "numbers", "aria-live": "polite" });
    this.note = make("p", { class: "note" });
    this.totals = make("dl", { class: "totals" });
    this.arrays = make("div", { class: "arrays" });
    this.scales = make("p", { class: "scales" });
    this.remarks = make("div", { class: "remarks" });
    this.element = make("div", { class: "stop" }, this.about, make("div", { class: "formula" }, this.formula, this.equation), this.indices, this.numbers, this.note, this.arrays, this.totals, this.scales, this.remarks);
    this.element.addEventListener("scroll", ({ target }) => markOverflow(target), true);
  }

  /** The entry that was picked, or else the one on the path of the chosen weight. */
  get entry() { return this.#picked ?? this.#chosen; }

  get #chosen() {
    const { scene, stop, view } = this;
    const entry = chosenEntry(scene, stop);
    if (stop.operation === "update") return { ...entry, layer: scene.focus.weight.layer };
    if (stop.operation === "gradient") return { ...entry, layer: stop.layer };
    return { ...entry, row: view.sample - view.window.from };
  }

  /** Take a stop of a `view`, { sample, all }; return the entry on display. */
  place(scene, stop, view) {
    const key = [scene.state, stop.name, view.all].join();
    if (key !== this.#key) {
      this.#key = key;
      this.#operation = inLayout(operationOf(scene, stop, view), scene);
      this.#picked = this.#preview = undefined;
    }
    Object.assign(this, { scene, stop, view: { ...view, window: this.#operation.window } });
    return this.entry;
  }

  /** Draw a stop; `hidden`: its numbers are asked. */
  draw(scene, stop, view, hidden) {
    this.place(scene, stop, view);
    this.hidden = hidden;
    const isFocused = this.arrays.contains(this.arrays.getRootNode().activeElement);
    const isNew = this.#operation !== this.#built;
    if (isNew) this.#build(this.#operation);
    this.#describe();
    this.#colour();
    this.#mark();
    if (isNew && isFocused) this.arrays.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true });
    markOverflow(this.element);
  }

  #build(operation) {
    const place = [this.stop.name, this.view.all].join();
    const isMoved = place !== this.#place; // not only another epoch or weight
    [this.#built, this.#place] = [operation, place];
    if (isMoved) this.element.scrollTop = 0;
    this.parts = operation.parts;
    this.views = operation.parts.map((part) => arrayView(part, (entry) => this.#pick(entry), (entry) => this.#hover(entry)));
    this.arrays.replaceChildren(...layOut(operation, this.views.map(({ element }) => element), this.scene.conventions.transposed));
    this.arrays.classList.toggle("all", this.view.all);
    this.arrays.classList.toggle("fresh", isMoved);
  }

  /** Write what belongs to the stop, whichever entry is displayed. */
  #describe() {
    const { scene, stop } = this;
    const { title, words, formula, equation, indices } = this.#form;
    const formulas = stop.operation === "update" ? scene.forms.update.rule : [formula];
    this.about.replaceChildren(make("h2", {}, title), make("p", {}, words));
    this.indices.textContent = indices;
    this.formula.replaceChildren(...formulas.map(math));
    this.equation.textContent = equation;
    this.totals.replaceChildren(...(stop.operation === "cost" && !this.hidden ? totals(scene, stop) : []));
    this.remarks.replaceChildren(...remarks(scene, stop).map((text) => make("p", {}, text)));
  }

  /** The server's texts for the stop. */
  get #form() { return this.scene.forms.stops[this.stop.name]; }

  #colour() {
    const theme = readTheme(this.element);
    this.views.forEach((view, i) => {
      const { kind, isMade = false } = this.parts[i];
      view.draw(theme, this.scene.midpoints[kind] ?? Infinity, this.hidden && isMade);
    });
    this.scales.replaceChildren(...scaleLine(this.parts, this.scene.midpoints, theme));
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
    const { operation } = this.stop;
    const inserted = numbers.length && !this.hidden ? [" = ", ...numbers] : [];
    const own = make("div", {}, ...this.#name(entry), ...inserted, " = ", make("b", {}, this.hidden ? HIDDEN : numberText(value)));
    const isPart = operation === "gradient" && !this.view.all && !this.hidden;
    this.numbers.replaceChildren(own, ...(isPart ? [make("div", {}, ...this.#sum(entry))] : []));
    const notes = [this.#names(entry), note && !this.hidden ? `: ${note}` : "", operation === "gradient" ? ` · ${FOLLOW.toLowerCase()}` : ""];
    this.note.textContent = notes.join("");
  }

  /** Write the chosen weight's update, which the server has worked out; the gradient is known before it. */
  #writeUpdate() {
    const { blocks } = this.scene.forms.update;
    this.numbers.replaceChildren(...(this.hidden ? ["new weight = ", make("b", {}, HIDDEN)] : blocks.map(equations)));
    this.note.replaceChildren("the gradient ", ...this.#sum(this.entry));
  }

  /** Return a weight's gradient in numbers: the sum of the samples' parts. */
  #sum({ layer, row, column }) {
    const { samples } = this.scene;
    const all = samples === 1 ? "of the only sample" : `all ${whole(samples)} samples`;
    return [...gradientName(this.scene, { layer, row, column }), `, ${all}: `, ...gradientSum(this.scene, { layer, row, column })];
  }

  /** Return an entry's name: the sample whose part it is, or the stop's symbol with the entry's indices, counted from 1. */
  #name({ row, column }) {
    const { scene, stop, view } = this;
    const { operation } = stop;
    if (operation === "cost") return [`share of sample ${whole(this.#sampleAt(row) + 1)}`];
    if (operation === "gradient") return view.all ? gradientName(scene, { layer: stop.layer, row, column }) : [`part of sample ${whole(this.#sampleAt(0) + 1)}`];
    const first = whole(this.#sampleAt(row) + 1);
    const isOnly = resultOf(scene, stop).columns === 1;
    return [operation === "slope" ? "δ = " : "", this.#form.label, make("sub", {}, isOnly ? first : `${first},${column + 1}`)];
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
  #sampleAt(row) { return sampleAt(this.scene, this.view.window.from + row); }

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

/** Return ∂C/∂W of a weight with its indices, counted from 1; of a bias that stands apart ∂C/∂b. */
function gradientName(scene, { layer, row, column }) {
  if (scene.conventions.bias_apart && isBias(scene, { layer, row })) return [`∂C/∂${matrixText("b", layer)}`, make("sub", {}, `${column + 1}`)];
  return [scene.forms.stops[`dC_dW${layer}`].label, make("sub", {}, `${row + 1},${column + 1}`)];
}

/** Return equations from a table of them, as text or an element, in one line where there is room. */
function equations(markup) {
  const table = typeof markup === "string" ? math(markup) : markup.cloneNode(true);
  const rows = [...table.querySelectorAll("mtr")].map((row) => {
    const line = document.createElementNS(table.namespaceURI, "math");
    line.setAttribute("displaystyle", "true");
    line.append(...[...row.children].flatMap((cell) => [...cell.childNodes]));
    return line;
  });
  return make("div", { class: "equations" }, ...rows);
}

const namesOf = (scene, layer) => scene.names[`W${layer}`];

/** Return what is special about the run, about the stop, and that the run ends with an update that is not finite. */
function remarks({ forms: { stops, update, notes }, finite }, { name, operation }) {
  const ofUpdate = operation === "update" ? [...(update.steps > 1 ? [stepsText(update.steps)] : []), ...update.notes] : [];
  return [...(finite || !["update", "new_C"].includes(name) ? [] : [RUN_ENDS]), ...stops[name].notes, ...ofUpdate, ...notes];
}

const stepsText = (steps) => `This epoch has ${whole(steps)} updates, one for each mini-batch: the change shown is their sum.`;
const RUN_ENDS = "After this update a number is no longer finite, so the run ends here. With a smaller learning rate it would go on.";

/** Return C before the update, and at the new C also after it: the chosen sample's share, and the total. */
function totals(scene, { name }) {
  const { focus, samples, C, new_C, cost, new_cost } = scene;
  const share = (array) => array?.values[placeOfSample(scene)];
  const rows = [[`share of sample ${whole(focus.sample + 1)}`, share(C), share(new_C)], [`C, ${samples === 1 ? "the only sample" : `all ${whole(samples)} samples`}`, cost, new_cost ?? undefined]];
  if (name !== "C" && new_cost === undefined) rows.pop(); // a page may lack the samples to compute it from
  return rows.map(([of, before, after]) => make("div", {}, make("dt", {}, of), ...(name === "C" ? [make("dd", {}, make("b", {}, pretty(before)))] : changed(before, after))));
}

const numberText = (value) => (Number.isFinite(value) ? pretty(value) : "not finite");

function changed(before, after) {
  const [from, to] = [`${pretty(before)} → `, make("b", {}, numberText(after))];
  if (!Number.isFinite(after)) return [make("dd", {}, from, to)];
  const change = after - before;
  const arrow = change > 0 ? "▲ up by" : change < 0 ? "▼ down by" : "unchanged";
  return [make("dd", {}, from, to), make("dd", {}, change ? `${arrow} ${pretty(Math.abs(change))}` : arrow)];
}
