// The line above the factors: the sample, what the network predicts for it, the epoch; and the table of the page's samples.
import { make } from "../../dom.js";
import { minus, pretty, whole } from "../../draw/numbers.js";
import { classOf } from "../network_pass.js";

const ROWS = 200; // of the table, drawn at once
const HEIGHT = 32; // px, of a row
const STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

/** The choice of a sample, one of those that the page has. */
export class SampleChoice {
  #run; #state; #table;
  #sample = undefined; // on display
  #choice = undefined; // the latest sample that was chosen here: it is read aloud

  constructor(run, state) {
    this.#run = run;
    this.#state = state;
    this.#table = new SampleTable(run, (place) => this.#choose(place));
    const { samples, isWhole, rows } = run;
    const help = isWhole ? `A training sample, 1 to ${whole(samples)} as in the table; or select a row there.`
      : `One of the ${whole(rows.length)} training samples that this page has, as in the table; or select a row there.`;
    this.field = make("input", { type: "number", min: rows[0] + 1, max: rows.at(-1) + 1, step: 1, inputmode: "numeric", "aria-label": "Sample i", title: help });
    this.field.oninput = () => this.#choose(run.sampleAt(this.field.valueAsNumber - 1));
    this.field.onchange = () => this.#settle();
    this.field.onkeydown = (event) => this.#onKey(event, ["ArrowUp", "ArrowDown"], -1);
    this.buttons = [["‹", "Previous sample", -1], ["›", "Next sample", 1]].map(([sign, title, by]) =>
      make("button", { type: "button", class: "beside", title, "aria-label": title, onclick: () => this.#step(by) }, sign));
    this.toggle = make("button", { type: "button", class: "toggle", title: "The table of the training samples", "aria-expanded": false, "aria-controls": "samples", onclick: () => this.#open() }, "Samples");
    this.epoch = make("b", {});
    this.prediction = make("span", { class: "prediction", "data-testid": "prediction" });
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.element = make("div", { class: "sample-choice", role: "group", "aria-label": "The sample", "data-testid": "sample-choice" },
      make("div", { class: "picker" },
        make("span", { class: "number" }, "Sample ", this.buttons[0], this.field, this.buttons[1], ` of ${whole(samples)}`, ...(isWhole ? [] : [`, ${whole(rows.length)} of them in this page`])),
        this.toggle, make("span", {}, "Epoch ", this.epoch), this.prediction),
      this.#table.element, this.live);
    this.#table.element.addEventListener("keydown", (event) => this.#onKey(event, Object.keys(STEPS), 1));
  }

  open(root) { root.append(this.element); }

  /** Show a scene's sample and epoch. */
  show(scene) {
    const { sample } = scene.focus;
    this.epoch.textContent = whole(scene.epoch);
    this.prediction.title = sentence(this.#run, scene);
    const { predicted, target } = textsOf(this.#run, scene);
    this.prediction.replaceChildren("Prediction ", make("b", {}, predicted), ", target ", make("b", {}, target));
    if (sample === this.#sample) return; // what is being typed remains
    this.#sample = sample;
    this.field.value = sample + 1;
    const place = this.#run.sampleAt(sample);
    [place === 0, place === this.#run.rows.length - 1].forEach((isEnd, i) => (this.buttons[i].disabled = isEnd));
    this.#table.mark(place);
    if (sample === this.#choice) this.live.textContent = this.prediction.title;
  }

  /** Select the sample at a place in the page, if there is one. */
  #choose(place) {
    const sample = this.#run.rows[place];
    if (sample === undefined) return;
    this.#choice = sample;
    this.#state.choose({ sample });
    this.#table.mark(place);
  }

  #step(by) {
    const { rows } = this.#run;
    this.#choose(Math.min(Math.max(this.#run.sampleAt(this.#state.sample) + by, 0), rows.length - 1));
  }

  /** Step with some of the keys; `sign`: 1 where down is further. */
  #onKey(event, keys, sign) {
    if (!keys.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#step(sign * STEPS[event.key]);
    if (event.currentTarget === this.#table.element) this.#table.focus();
  }

  /** Select the sample nearest to the number typed; without one all remains. */
  #settle() {
    const typed = this.field.valueAsNumber - 1;
    const { rows } = this.#run;
    if (Number.isFinite(typed)) this.#choose(this.#run.sampleAt(rows.reduce((best, row) => (Math.abs(row - typed) < Math.abs(best - typed) ? row : best))));
    this.field.value = this.#state.sample + 1;
  }

  #open() {
    const isOpen = this.toggle.getAttribute("aria-expanded") === "false";
    this.toggle.setAttribute("aria-expanded", isOpen);
    this.#table.show(isOpen);
  }
}

/** Return prediction and target as texts: classes, or numbers in the target's own units. */
function textsOf(run, { y, y_hat, focus: { sample, output } }) {
  const { classes, names, shift, scale, is_scaled, threshold } = run.factors.target;
  if (classes.length) {
    const [predicted, target] = [y_hat, y].map((of) => classes[classOf(of, 0, threshold)]);
    return { predicted, target };
  }
  const column = run.table.find(({ name }) => name === names[output]);
  const predicted = is_scaled ? y_hat.values[output] * scale[output] + shift[output] : y_hat.values[output];
  return { predicted: pretty(predicted), target: pretty(cellOf(run, column, run.sampleAt(sample))) };
}

function sentence(run, scene) {
  const { classes, name, names, is_scaled } = run.factors.target;
  const { focus: { sample, output }, y, y_hat } = scene;
  const { predicted, target } = textsOf(run, scene);
  const scaled = is_scaled ? ` Scaled: ŷ = ${pretty(y_hat.values[output])} and y = ${pretty(y.values[output])}.` : "";
  return `Sample ${whole(sample + 1)}: the prediction for ${classes.length ? name : names[output]} is ${predicted}; the target is ${target}.${scaled}`;
}

/** Return a number of the table: see pages/ui/save/page/sample_table.py. */
function cellOf({ arrays }, { array, column }, place) {
  const { columns, values } = arrays[array];
  return values[place * columns + column];
}

/** The page's samples as they were read; `pick(place)` selects one. Of many only the rows around those in view are there. */
class SampleTable {
  #run;
  #first; // the place of the first row that is drawn
  #current = 0; // the place of the selected row

  constructor(run, pick) {
    this.#run = run;
    this.pick = pick;
    this.body = make("tbody", {});
    const heads = [{ name: "i" }, ...run.table].map(({ name, texts }) => make("th", { scope: "col", class: texts ? "" : "number" }, name));
    this.element = make("div", { class: "samples", id: "samples", hidden: "", "data-testid": "samples" },
      make("table", { "aria-label": "The training samples", "aria-rowcount": run.rows.length + 1 }, make("thead", {}, make("tr", {}, ...heads)), this.body));
    this.element.onscroll = () => this.#draw();
    this.body.onclick = ({ target }) => {
      const row = target.closest("[data-place]"); // a space is not one
      if (row) this.pick(Number(row.dataset.place));
    };
  }

  show(isOpen) {
    this.element.hidden = !isOpen;
    if (isOpen) this.mark(this.#current);
  }

  /** Mark the selected row and scroll it into view. */
  mark(place) {
    this.#current = place;
    if (this.element.hidden) return;
    this.#draw(); // else there is nothing to scroll yet
    const { scrollTop, clientHeight } = this.element;
    const [top, bottom] = [place * HEIGHT, (place + 2) * HEIGHT]; // below the head
    if (top < scrollTop) this.element.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.element.scrollTop = bottom - clientHeight;
    this.#draw();
    this.#mark();
  }

  /** Move the keyboard's focus to the selected row. */
  focus() { this.body.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true }); }

  #draw() {
    const count = this.#run.rows.length;
    const top = Math.floor(this.element.scrollTop / HEIGHT);
    const first = Math.min(Math.max(top - (top % (ROWS / 4)) - ROWS / 4, 0), Math.max(count - ROWS, 0));
    if (first === this.#first) return;
    this.#first = first;
    const places = Array.from({ length: Math.min(ROWS, count) }, (_, i) => first + i);
    this.body.replaceChildren(space(first), ...places.map((place) => this.#row(place)), space(count - first - places.length));
    this.#mark();
  }

  /** Mark the selected row, if it is drawn: the keyboard comes to it, or else to the first one. */
  #mark() {
    const buttons = [...this.body.querySelectorAll("button")];
    const current = buttons[this.#current - this.#first];
    for (const button of buttons) {
      button.setAttribute("aria-pressed", button === current);
      button.tabIndex = button === (current ?? buttons[0]) ? 0 : -1;
    }
  }

  #row(place) {
    const number = whole(this.#run.rows[place] + 1);
    const button = make("button", { type: "button", "aria-label": `Sample ${number}` }, number);
    return make("tr", { "data-place": place, "aria-rowindex": place + 2 }, make("th", { scope: "row" }, button), ...this.#run.table.map((column) => make("td", { class: column.texts ? "" : "number" }, this.#text(column, place))));
  }

  #text(column, place) {
    const value = cellOf(this.#run, column, place);
    if (column.texts) return column.texts[value] ?? "";
    return Number.isNaN(value) ? "" : minus(String(value));
  }
}

/** Return a row as high as so many that are not drawn. */
const space = (rows) => make("tr", { class: "space", "aria-hidden": "true", style: `height: ${rows * HEIGHT}px` });
