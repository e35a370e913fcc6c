// Ask me first: a stop's number is typed before it is shown, and judged by the server (see pages/ui/chain_rule/step_through/question.py).
import { deltaName, layersOf } from "../chain_rule/network.js";
import { make } from "../dom.js";
import { chosenEntry, inputsName, placeOfSample } from "./values.js";

export const PATIENCE = 10_000; // ms after which an answer is taken for lost
const MOST_LETTERS = 100; // that the server reads
const ICONS = { right: "✓", wrong: "✗", again: "✎", shown: "i" };
const LOST = { outcome: "again", messages: ["The server has not answered. Check again."] };
const NOT_FINITE = "Nothing is asked here: not every number is finite.";
const [CHECK, CHECKING] = ["Check", "Checking…"];
const CHANGES = { epoch: "New epoch", sample: "New sample", loss: "New loss", token: "New run" }; // after which all is asked again
const NEW = { typed: "", outcome: "", messages: [] };

/** The form that asks for the number of the stop on display, and which numbers are hidden until then. */
export class QuestionView {
  #send;
  #changed;
  #isOn = false;
  #shown = undefined; // what is on display: { scene, stop, entry, all, key }
  #keys = new Map(); // of the numbers asked last, by their stops' names
  #answers = new Map(); // what was typed and said, by the numbers' keys
  #context = {}; // the run, epoch, sample and loss that the answers belong to
  #change = ""; // why the numbers are asked again, until one is answered
  #pending = undefined; // the request that waits for its answer: { key, sequence, timer, focused }

  /** `send(fields)` sends a request and returns its sequence, or undefined if it cannot now; `changed()` is called when an answer shows numbers. */
  constructor(send, changed) {
    [this.#send, this.#changed] = [send, changed];
    this.field = make("input", {
      type: "text", id: "asked-number", maxlength: MOST_LETTERS, autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder: "0.123",
      title: "At least two significant digits: 0.12, 1.2e-3, with a decimal comma, or a fraction such as 1/8. It is checked to the digits that you type. Escape leaves the field.",
      oninput: () => this.#answer().typed = this.field.value,
    });
    this.check = make("button", { type: "submit", title: "Checks your number and, if it is wrong, names the mistake that gives it" }, CHECK);
    this.show = make("button", { type: "button", title: "Gives up and shows the number", onclick: () => this.#ask("show") }, "Show it");
    this.label = make("label", { for: "asked-number" });
    this.controls = make("div", { class: "asked-controls" }, this.field, this.check, this.show);
    this.feedback = make("div", { role: "status", class: "feedback" });
    this.count = make("span", { class: "right-count" });
    this.element = make("form", { class: "asked", novalidate: "", hidden: "", onsubmit: (event) => this.#submit(event), onkeydown: (event) => this.#onKey(event) },
      make("div", { class: "asked-head" }, this.label, this.count), this.controls, this.feedback);
  }

  /** Whether numbers are asked before they are shown. */
  get on() { return this.#isOn; }

  set on(value) {
    if (value === this.#isOn) return;
    this.#isOn = value;
    this.#render();
  }

  /** Return whether a stop's numbers are to be hidden now. */
  hides(stop) { return this.#isOn && this.#isAsked(stop) && !isOver(this.#answers.get(this.#keys.get(stop.name))); }

  /** Ask for an entry { row, column } of the stop's array of one sample; `all`: C and ∂C/∂W are over all samples. */
  draw(scene, stop, entry, all = false) {
    const ofAll = all && OF_ALL.has(stop.operation);
    const place = placeOf(scene, stop, entry);
    const key = [stop.name, place.layer, place.row, place.column, ofAll].join();
    this.#forget(contextOf(scene));
    this.#shown = { scene, stop, place, all: ofAll, key };
    this.#keys.set(stop.name, key);
    this.#render();
  }

  /** Take the verdict in an answer of the server, if it is the one that is waited for. */
  receive({ verdict }) {
    if (this.#pending && verdict?.sequence === this.#pending.sequence) this.#settle(verdict);
  }

  #answer() {
    const { key } = this.#shown;
    if (!this.#answers.has(key)) this.#answers.set(key, { ...NEW });
    return this.#answers.get(key);
  }

  /** Forget the answers of another run, epoch, sample or loss. */
  #forget(context) {
    const change = Object.keys(CHANGES).find((name) => context[name] !== this.#context[name]);
    if (!change) return;
    if ([...this.#answers.values()].some(isOver)) this.#change = CHANGES[change];
    this.#context = context;
    this.#answers.clear();
    this.#keys.clear();
    clearTimeout(this.#pending?.timer);
    this.#pending = undefined;
  }

  #submit(event) {
    event.preventDefault();
    this.#ask("check");
  }

  #ask(action) {
    if (this.#pending) return;
    const { place, all, key } = this.#shown;
    const { typed } = this.#answer();
    const focused = this.#hasFocus;
    const sequence = this.#send({ action, typed, asked_row: place.row, asked_column: place.column, all });
    if (sequence === undefined) return;
    this.#pending = { key, sequence, timer: setTimeout(() => this.#settle(LOST), PATIENCE), focused };
    this.#render();
  }

  #settle({ outcome, messages }) {
    const { key, timer, focused } = this.#pending;
    clearTimeout(timer);
    this.#pending = undefined;
    Object.assign(this.#answers.get(key), { outcome, messages });
    if (isOver({ outcome })) this.#change = "";
    this.#render();
    if (focused && key === this.#shown.key) this.#focus(); // which a button lost while it could not be pressed
    if (isOver({ outcome })) this.#changed();
  }

  get #hasFocus() { return this.element.contains(this.element.getRootNode().activeElement); }

  /** Give the focus back: to the field, or to the walk once there is nothing to type. */
  #focus() {
    if (isOver(this.#answer())) this.#leave();
    else this.field.focus({ preventScroll: true });
  }

  #leave() { this.element.closest("[tabindex]")?.focus({ preventScroll: true }); }

  #onKey(event) {
    event.stopPropagation(); // here keys are typed; C and R are Streamlit's own elsewhere
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.#leave();
  }

  #render() {
    this.element.hidden = !this.#isOn || !this.#shown;
    if (this.element.hidden) return;
    const { scene, stop } = this.#shown;
    const asks = this.#isAsked(stop);
    this.count.textContent = this.#countText();
    this.controls.hidden = this.feedback.hidden = !asks;
    if (asks) this.#renderQuestion();
    else this.label.textContent = stop.operation === "inputs" ? beginning(scene, this.#asked) : NOT_FINITE;
  }

  /** Return whether a stop has a number to ask for: X is given, and others may not be finite, as all that such an update makes. */
  #isAsked(stop) {
    if (!this.#shown || stop.operation === "inputs") return false;
    const { scene, stop: current, place, all } = this.#shown;
    if (OF_UPDATE.has(stop.name) && scene.new_cost === null) return false;
    return Number.isFinite(stop.name === current.name ? numberOf(scene, stop, place, all) : numberOf(scene, stop, placeOf(scene, stop, chosenEntry(scene, stop))));
  }

  get #asked() { return this.#shown.scene.stops.filter((stop) => this.#isAsked(stop)); }

  #renderQuestion() {
    const { typed, outcome, messages } = this.#answer();
    const waits = Boolean(this.#pending);
    this.label.textContent = labelOf(this.#shown);
    if (this.field.value !== typed) this.field.value = typed;
    this.field.readOnly = this.check.disabled = this.show.disabled = waits;
    this.check.textContent = waits ? CHECKING : CHECK;
    this.controls.hidden = isOver({ outcome });
    this.field.setAttribute("aria-invalid", outcome === "wrong" || outcome === "again");
    this.#say(outcome, messages);
  }

  /** Write the feedback, unless it is there: a screen reader would read it again. */
  #say(outcome, messages) {
    const said = JSON.stringify([this.#shown.key, outcome, messages]);
    if (this.feedback.dataset.said === said) return;
    this.feedback.dataset.said = said;
    this.feedback.className = `feedback ${outcome}`;
    const lines = messages.map((text) => make("p", {}, text));
    this.feedback.replaceChildren(...(outcome ? [make("span", { class: "icon", "aria-hidden": "true" }, ICONS[outcome]), make("div", {}, ...lines)] : []));
  }

  #countText() {
    const { stop } = this.#shown;
    const asked = this.#asked;
    const answers = asked.map(({ name }) => this.#answers.get(this.#keys.get(name)));
    const right = `${answers.filter((answer) => answer?.outcome === "right").length} of ${asked.length} right`;
    if (this.#change) return `${this.#change}: ${right}`;
    const place = asked.findIndex(({ name }) => name === stop.name) + 1;
    return answers.some(isOver) ? right : place ? `Question ${place} of ${asked.length}` : "";
  }
}

const OF_ALL = new Set(["cost", "gradient"]); // operations whose number over all samples is another one

const isOver = (answer) => answer?.outcome === "right" || answer?.outcome === "shown";

const contextOf = ({ token, epoch, focus, functions }) => ({ token, epoch, sample: focus.sample, loss: functions.loss });

const OF_UPDATE = new Set(["update", "new_C"]);

/** Return where the questions begin. */
const beginning = ({ forms }, [first]) => (first ? `Questions begin at ${forms.stops[first.name].label}.` : NOT_FINITE);

/** Return the number at a place, see `placeOf`: the chosen sample's; `all`: C and ∂C/∂W over all samples. */
export function numberOf(scene, { name, operation, layer }, { layer: of, row, column }, all = false) {
  const at = ({ columns, values }, i, j) => values[i * columns + j];
  const sample = placeOfSample(scene);
  if (operation === "update") return at(scene[`new_W${of}`], row, column);
  if (operation === "cost" && all) return name === "C" ? scene.cost : scene.new_cost;
  if (operation !== "gradient") return scene[name] ? at(scene[name], sample, column) : NaN;
  return all ? at(scene[`dW${layer}`], row, column) : at(scene[inputsName(scene, layer)], sample, row) * at(scene[deltaName(scene, layer)], sample, column);
}

/** Return the place of what is asked, in the stop's array of one sample: a single row, or a matrix; at the update it is the chosen weight. */
function placeOf(scene, { operation, layer }, { row, column }) {
  if (operation === "update") return scene.focus.weight;
  return operation === "gradient" ? { layer, row, column } : { layer, row: 0, column };
}

/** Return the question, with the names of what the number belongs to. */
function labelOf({ scene, stop, place, all }) {
  const { label } = scene.forms.stops[stop.name];
  const samples = `over all ${scene.samples} samples`;
  const sample = `sample ${scene.focus.sample + 1}`;
  if (stop.operation === "cost") return all ? `What is ${article(label)}, ${samples}?` : `What is ${sample}’s share of ${article(label)}?`;
  if (stop.operation === "update") return `What is the new weight ${fromTo(scene, place)}?`;
  if (stop.operation !== "gradient") return `What is ${ownerOf(scene, stop, place)}${label} for ${sample}?`;
  const ends = fromTo(scene, place);
  return all ? `What is ${label} ${ends}, ${samples}?` : `What is ${sample}’s part of ${label} ${ends}?`;
}

const article = (label) => (label.startsWith("new ") ? `the ${label}` : label);

/** Return whose number it is: a unit's, or an output's if there are several. */
function ownerOf(scene, { operation, layer }, { column }) {
  const last = layersOf(scene);
  const at = operation === "weights" ? layer - 1 : layer;
  const { columns } = scene.names[`W${at}`];
  return at === last && columns.length === 1 ? "" : `${columns[column]}’s `;
}

function fromTo({ names }, { layer, row, column }) {
  const { rows, columns } = names[`W${layer}`];
  return `from ${rows[row]} to ${columns[column]}`;
}
