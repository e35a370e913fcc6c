// A sweep: its progress, and its results as they come, as a heatmap or as curves.
import { decode } from "../codec.js";
import { make, switchButton } from "../dom.js";
import { readTheme } from "../draw/colours.js";
import { lossColours, lossGradient } from "../draw/loss_scale.js";
import { short, timeLeft, whole } from "../draw/numbers.js";
import { Exchange } from "../player/exchange.js";
import { readWithin } from "../player/typed_number.js";
import { MEASURES, Results, scaleOf } from "./sweep_cells.js";
import { bandScale } from "./sweep_chart.js";
import { SweepDetails } from "./sweep_details.js";
import { SweepTable } from "./sweep_table.js";

const INTERVAL = 300; // ms between two requests while it runs
const VIEWS = { heatmap: "Heatmap", curves: "Curves" };
const group = (name, buttons) => make("div", { class: "group", role: "group", "aria-label": name }, ...Object.values(buttons));
const QUARTILES_FROM = 4; // runs: LEAST_QUARTILES of pages/ui/runs/compare/loss_curves.py
const STATES = { running: "Running", done: "Done", cancelled: "Cancelled" };

/** The view of a sweep; see pages/ui/runs/sweep/server.py for the messages. */
export class SweepView {
  #exchange = new Exchange(() => this.#request());
  #timer;
  #token; // of the sweep
  #isCancelled = false; // here, also before the server knows
  #act = undefined; // what is wanted of a run, until it is answered: { action, run, sequence }
  #isAsked = false; // a change of what is displayed that the server does not know yet
  #bands = new Map(); // by cell
  #bandsEnd = 0; // results whose bands are there

  constructor(source) {
    this.source = source;
    this.details = new SweepDetails((action, run) => this.#demand(action, run));
    this.#build();
  }

  #build() {
    this.status = make("span", { role: "status" });
    this.bar = make("progress", { "aria-label": "Epochs trained" });
    this.cancel = make("button", { type: "button", title: "Start no further run; what has come stays", onclick: () => this.#cancel() }, "Cancel");
    this.engine = make("span", { class: "about" });
    this.notices = make("ul", { class: "notices", role: "alert", hidden: "" });
    this.about = make("p", { class: "about" });
    this.measures = this.#switches(MEASURES, "measure");
    this.measure = group("Measure", this.measures);
    this.views = this.#switches(VIEWS, "view");
    this.threshold = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "C below", oninput: () => this.#readThreshold() });
    this.refusal = make("span", { class: "understood", role: "alert" });
    this.below = make("label", { class: "threshold" }, "C below ", this.threshold, this.refusal);
    this.box = make("div");
    this.legend = make("div", { class: "scale" });
    this.key = make("p", { class: "about" });
    this.element = make("section", { "data-testid": "sweep", "data-state": "waiting", "aria-label": "Sweep" }, make("div", { class: "body" },
      make("div", { class: "progress" }, this.status, this.bar, this.cancel, this.engine), this.notices, this.about,
      make("div", { class: "choices" }, group("View", this.views), this.measure, this.below),
      make("div", { class: "result" }, make("div", { class: "cells" }, this.box, this.legend, this.key), this.details.element)));
  }

  #switches(names, field) {
    const pairs = Object.entries(names).map(([name, text]) => [name, switchButton(text, () => this.#choose({ [field]: name }), text)]);
    return Object.fromEntries(pairs);
  }

  // ---- exchange

  open(root) {
    root.append(this.element);
    this.source.open(this.element, this);
    document.addEventListener("visibilitychange", this.#onVisible);
    this.#exchange.resume();
  }

  close() {
    clearTimeout(this.#timer);
    this.#exchange.pause();
    document.removeEventListener("visibilitychange", this.#onVisible);
    this.source.close();
    this.element.remove();
  }

  /** Whether the latest request is unanswered, and what sends it: a link waits for that. */
  get busy() { return Boolean(this.#exchange.pending); }

  flush() {}

  #onVisible = () => !document.hidden && this.#isWanted && this.#request();

  /** Whether there is more to come. */
  get #isWanted() {
    const { settled, replay, isShort } = this.answer ?? { settled: true };
    return !settled || Boolean(replay) || Boolean(this.#act) || isShort;
  }

  #request() {
    clearTimeout(this.#timer);
    if (!this.answer || document.hidden) return;
    if (this.source.away) return this.#requestSoon();
    const sequence = this.#exchange.begin({});
    if (this.#act) this.#act.sequence ??= sequence;
    const { action, run } = this.#act ?? {};
    this.#isAsked = false;
    this.source.send({ sequence, token: this.#token, has: this.results.count, bands: this.#bandsEnd, cancel: this.#isCancelled, ...(action && { action, run }), ...this.display });
  }

  #requestSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#request(), INTERVAL);
  }

  /** Handle a message. */
  receive(bytes) {
    const { arrays, ...answer } = decode(bytes);
    if (answer.token !== this.#token) this.#begin(answer);
    this.#exchange.end(answer.sequence);
    if (answer.sequence >= this.#act?.sequence) this.#act = undefined;
    this.answer = answer;
    const cells = this.results.add(arrays.results, answer.first);
    this.#addBands(answer.bands, arrays);
    const { finished } = answer.progress;
    const lacksBands = this.display.view === "curves" && this.#hasCharts && this.#bandsEnd < this.results.count;
    answer.isShort = this.results.count < finished || lacksBands;
    for (const cell of cells) this.#write(cell);
    this.#render();
    if (!this.busy) this.source.atRest();
    if (this.#isWanted || this.#isAsked) this.#requestSoon();
  }

  /** Whether there are few enough cells for a chart in each. */
  get #hasCharts() { return this.table.cells.length <= this.scene.charts; }

  /** Begin with another sweep. */
  #begin(answer) {
    this.#exchange.forget();
    this.#exchange.sequence = Math.max(this.#exchange.sequence, answer.sequence); // of an earlier view, before a reload
    this.#token = answer.token;
    this.#isCancelled = false;
    this.#act = undefined;
    this.#bands.clear();
    this.#bandsEnd = 0;
    this.display = answer.display;
    this.scene = answer.scene;
    const [rows, columns] = this.scene.shape;
    this.results = new Results(rows * columns, this.scene.seeds);
    this.table = new SweepTable(this.scene, (cell) => this.#choose({ cell: cell === this.display.cell ? -1 : cell }));
    this.box.replaceChildren(this.table.element);
    this.about.textContent = this.scene.about;
    this.threshold.value = short(this.display.threshold, 6);
    this.#writeAll();
  }

  #addBands([begin, end], { cells, bands }) {
    if (!bands || begin > this.#bandsEnd) return;
    cells.values.forEach((cell, i) => this.#bands.set(cell, bands.values.subarray(i * bands.columns, (i + 1) * bands.columns)));
    this.#bandsEnd = Math.max(this.#bandsEnd, end);
  }

  // ---- what the user does

  #cancel() {
    this.#isCancelled = true;
    this.#render();
    this.#request();
  }

  #demand(action, run) {
    if (action === "stop") this.#act = { action, run };
    else this.#act ??= { action, run };
    this.#render();
    this.#request();
  }

  /** Change what is displayed, at once; the server keeps it for the next visit. */
  #choose(change) {
    Object.assign(this.display, change);
    if (!("cell" in change)) this.#writeAll();
    this.#render();
    if ("view" in change) this.table.reveal(); // its cells have other sizes
    this.#isAsked = true;
    if (!this.busy) this.#requestSoon();
  }

  #readThreshold() {
    try {
      const threshold = readWithin(this.threshold.value, { low: Number.MIN_VALUE, high: 1e300 });
      this.refusal.textContent = "";
      this.threshold.ariaInvalid = "false";
      this.#choose({ threshold });
    } catch (error) {
      this.refusal.textContent = error.message;
      this.threshold.ariaInvalid = "true";
    }
  }

  // ---- drawing

  #write(cell) {
    this.table.write(cell, this.results.of(cell), this.display);
  }

  #writeAll() {
    this.table.cells.forEach((_, cell) => this.#write(cell));
  }

  #render() {
    if (!this.element.isConnected) return; // no theme to read
    const { display, table } = this;
    const theme = readTheme(this.element);
    const curves = display.view === "curves" && this.#hasCharts;
    this.#renderProgress();
    for (const [name, button] of Object.entries(this.measures)) button.ariaPressed = String(name === display.measure);
    for (const [name, button] of Object.entries(this.views)) button.ariaPressed = String(name === display.view);
    this.measure.hidden = curves;
    this.below.hidden = curves || display.measure !== "share";
    this.views.curves.disabled = !this.#hasCharts;
    this.measures.validation.hidden = !this.scene.validated;
    table.element.classList.toggle("charts", curves);
    this.#renderCells(curves, theme);
    table.select(display.cell);
    this.details.draw(display.cell, display.cell < 0 ? "" : table.name(display.cell), display.cell < 0 ? [] : this.results.of(display.cell), this.scene, {
      ...this.answer.runs, replay: this.answer.replay ?? this.#act,
    });
  }

  #renderProgress() {
    const { progress, state, notice } = this.answer;
    const { finished, count, epochs: [done, total], left, engine, notices } = progress;
    const shown = this.#isCancelled && state === "running" ? "cancelled" : state;
    const { dataset } = this.element;
    Object.assign(dataset, { state: shown, finished, count, token: this.#token });
    const running = shown === "running";
    const starting = running && !done && !finished;
    this.status.textContent = starting ? `Starting the processes for ${whole(count)} runs` : `${STATES[shown]}: ${whole(finished)} of ${whole(count)} runs${running ? timeLeft(left ?? NaN) : ""}`;
    if (starting) this.bar.removeAttribute("value"); // it moves, without a length
    else Object.assign(this.bar, { max: total || 1, value: done });
    this.bar.hidden = this.cancel.hidden = !running;
    this.engine.textContent = running ? `on ${engine}` : "";
    const sentences = [...notices, ...(notice ? [notice] : [])];
    if (sentences.join() !== this.sentences) this.notices.replaceChildren(...sentences.map((text) => make("li", {}, text)));
    this.sentences = sentences.join();
    this.notices.hidden = !sentences.length;
  }

  #renderCells(curves, theme) {
    const { display, table } = this;
    const { measure } = display;
    const scale = curves ? bandScale(this.#bands.values(), this.results.firsts()) : scaleOf(table.values, measure, this.results.firsts(measure));
    if (curves) table.draw(this.#bands, scale, theme);
    else {
      table.draw();
      table.colour(scale, theme);
    }
    this.#renderLegend(curves, scale, theme);
  }

  /** Say what colours, axes and signs mean. */
  #renderLegend(curves, scale, theme) {
    const { measure } = this.display;
    const isKnown = curves ? Boolean(scale) : !Number.isNaN(scale.worst);
    this.legend.hidden = curves || !isKnown;
    if (!this.legend.hidden) {
      const ends = measure === "share" ? ["0 %", "100 %"] : [`${short(scale.worst, 2)} and above`, short(scale.best, 2)];
      const bar = make("i");
      bar.style.background = lossGradient(lossColours(theme));
      this.legend.replaceChildren(make("span", {}, ends[0]), bar, make("span", {}, ends[1]));
    }
    const key = [...(!isKnown ? [] : curves ? this.#chartKey(scale) : this.#mapKey()), ...this.#signKey(curves)].join(" ");
    if (this.key.textContent !== key) this.key.textContent = key;
  }

  #chartKey({ low, high, clippedAbove, clippedBelow }) {
    const { seeds, epochs } = this.scene;
    const clipped = [clippedAbove && `above ${short(high, 2)}`, clippedBelow && `below ${short(low, 2)}`].filter(Boolean);
    return [
      seeds === 1 ? "Each cell: C." : `Each cell: the median of C over its runs, in a band from the ${seeds < QUARTILES_FROM ? "lowest to the highest" : "lower to the upper quartile"}.`,
      `Across: epochs 0 to ${whole(epochs)}; up: C from ${short(low, 2)} to ${short(high, 2)}, logarithmic${clipped.length ? `, clipped ${clipped.join(" and ")}` : ""}.`,
      "A run that stopped early keeps its last C; one that diverged is infinite from there on.",
    ];
  }

  #mapKey() {
    const { measure, threshold } = this.display;
    if (measure === "share") return [`Runs whose C was below ${short(threshold)} at any epoch, of those that have come.`];
    return [`Logarithmic colours: the bluer, the lower C${measure === "validation" ? " over the validation samples" : ""}; grey from the usual C at epoch 0 on.`];
  }

  #signKey(curves) {
    const { measure, cell } = this.display;
    const [lost, failed] = ["diverged", "failed"].map((name) => this.table.cells.some(({ dataset }) => Number(dataset[name])));
    const infinite = !curves && (measure === "median" || measure === "validation");
    return [
      failed && "✕: runs that could not be trained.",
      lost && `⚠\uFE0E: runs that diverged, or ended with C above 1,000 times that of epoch 0${infinite ? "; they count as infinite" : ""}.`,
      !this.#hasCharts && `Curves are drawn of ${whole(this.scene.charts)} cells at most.`,
      cell < 0 && "Choose a cell to list its runs.",
    ].filter(Boolean);
  }
}
