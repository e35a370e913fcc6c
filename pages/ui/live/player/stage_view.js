// The drawings of the stage: the matrices, the curves, and the optional views.
import { LossChart } from "../draw/chart.js";
import { Diagram, SIGNS } from "../draw/diagram.js";
import { make, picture, select } from "../dom.js";
import { FrozenKey, FrozenWeights, onEdges } from "../draw/frozen.js";
import { sizeError } from "../draw/layer_sizes.js";
import { exact, percent, pretty, short, shortDecimal, superscript, whole } from "../draw/numbers.js";
import { connection, MatrixRow, curveFigure, figure, matricesOf } from "../draw/matrix_row.js";
import { NormChart, ScoreChart, normRatio } from "../draw/point_charts.js";
import { Surface } from "../draw/surface.js";
import { UnitMaps } from "../draw/unit_maps.js";
import { Curve, Points } from "./buffer.js";
import { BETWEEN, Drawings } from "./drawings.js";
import { DRAWINGS } from "./switches.js";
import { fillTiles } from "./tiles.js";

const MATRICES = { alone: 0.58, beside: 0.38 }; // of a wide stage's width, without and with the decision surface
const SURFACE = 0.3; // of a wide stage's width
const HEIGHT = { loss: 15.7, most: 23, score: 10.7, norms: 13 }; // times the size of type
const PLANE = 27; // times the size of type, the decision surface's maximum side
const NETWORK = 37; // times the size of type, the diagram's maximum width
const COLUMN = 25; // times the size of type, the least width of a column for the diagram and the maps of units
const OVER_A_PLANE = ["surface", "units"];
const CLOSEST = "New data open over the two features whose plane keeps the classes farthest apart: the distance between the means of the two closest classes, in standard deviations within the classes, is the largest (Fisher’s discriminant).";
const FIRST_PLANE = { binary: CLOSEST, multiclass: CLOSEST, regression: "New data open over the two features on which a linear fit explains most of the target’s variance (the largest R²)." };
const MAX_NAMES = 8; // of units or samples, in a sentence
const SATURATED = 0.99; // of the samples: then a unit hardly passes any gradient

/** The drawings of one run. */
export class StageView extends Drawings {
  views = new Set(); // shown beside the weights and the loss
  curves = []; // of the losses
  weight; // the selected one, { layer, row, column }; marked while its part of the page is open
  #plane;
  #frozenEdges = {}; // those of the diagram, and of which frozen weights
  #figures = {}; // by their views; false for those that are not shown

  /**
   * `choosePlane(axes)` is called when some of x, y and output are selected, `toggleEdges()` at a choice of edges, `chooseSample()` at
   * one of `sample`; `trains`: whether the run can go on, and a weight be shown over its epochs.
   */
  constructor(choosePlane, toggleEdges, chooseSample, trains = true) {
    super();
    Object.assign(this, { choosePlane, toggleEdges, chooseSample, trains });
    this.element = make("div", { class: "plots", role: "group", "aria-label": "Drawings" });
  }

  /** Set the run: its names, the number of loss curves, the previous run's losses if any, its `last` epoch if it is known. `show` then places its drawings. */
  setScene(scene, curves, previous, last = Infinity) {
    this.scene = scene;
    this.frame = undefined;
    this.error = ""; // what is wrong with the frame on display
    this.curves = Array.from({ length: curves }, () => new Curve());
    this.previous = previous;
    this.scores = new Points();
    this.norms = new Points();
    this.matrices = matricesOf(scene);
    this.sample = scene.sample ?? 0; // whose values the diagram's units show, from 0
    this.frozen = new FrozenWeights(scene.frozen, this.matrices);
    this.rows = rowsOf(this.matrices, scene.midpoints, this.frozen.any);
    this.loss = new LossChart(picture("Loss at every epoch"));
    this.loss.previous = previous?.levels ?? [];
    this.score = new ScoreChart(picture(`${scene.score} over the epochs`));
    this.norm = new NormChart(picture("Norms of the gradients over the epochs"), this.matrices.length);
    for (const chart of [this.loss, this.score, this.norm]) chart.last = last;
    this.ratio = make("p", { class: "ratio", "data-testid": "ratio" });
    this.diagram = new Diagram(picture("The network as a diagram"), scene.diagram, { units: true });
    this.unitText = make("p", { class: "hidden" });
    this.edgeKey = new FrozenKey();
    this.stateText = make("div", { class: "states" });
    this.#plane = undefined;
  }

  /** Show these views. */
  show(views) {
    if (this.frame && views.has("network_gradients") !== this.views.has("network_gradients")) this.#dropEdges();
    this.views = views;
    this.loss.log = views.has("log");
    this.#arrange();
  }

  /** Forget the frame's edges, which are of the other kind: those asked for come with the next frame. */
  #dropEdges() {
    for (const name of Object.keys(this.frame.layers)) if (name.startsWith("edges")) delete this.frame.layers[name];
  }

  /** Set the plane of the decision surface. */
  setPlane(plane) {
    if (plane.name === this.#plane?.name) return;
    this.#plane = plane;
    delete this.frame?.layers.slice; // it is of the former plane
    this.surface = new Surface(picture(`Decision surface over ${plane.x.name} and ${plane.y.name}`), plane);
    this.units = new UnitMaps(picture(`Each hidden unit over ${plane.x.name} and ${plane.y.name}`), plane, this.#unitNames);
    this.#arrange();
  }

  get plane() { return this.#plane?.name ?? ""; }

  place(width, wide) {
    if (this.fills) fillTiles(this.element, this.#panels, this.theme);
    else this.#placeColumns(width, wide);
    if (this.frame) this.draw(this.frame, this.seen);
  }

  #placeColumns(width, wide) {
    const { size } = this.theme;
    this.more.append(...this.#further); // to begin with
    const surface = this.#shows("surface");
    const above = wide && surface && this.#isDeep; // the decision surface is above the curves
    const room = wide ? width * (surface && !above ? MATRICES.beside : MATRICES.alone) : width;
    for (const matrices of this.#visibleRows) matrices.layout(room, this.theme);
    const [matrices, ...between] = [...this.main.children].slice(0, -1);
    const plane = !wide ? width : above ? widthBeside(width, [matrices]) : SURFACE * width;
    if (surface) this.surface.layout(Math.min(plane, PLANE * size), this.theme);
    const curves = wide ? widthBeside(width, above ? [matrices] : [matrices, ...between]) : width;
    const tall = Math.max(...[this.rows.weights.element, ...between].map((part) => part.getBoundingClientRect().height)) - 2 * size;
    this.loss.layout(curves, wide && !above ? Math.max(HEIGHT.loss * size, Math.min(HEIGHT.most * size, tall)) : HEIGHT.loss * size);
    this.score.layout(curves, HEIGHT.score * size);
    this.norm.layout(curves, HEIGHT.norms * size);
    const widths = [matrices.getBoundingClientRect().width, curves];
    if (wide && this.#isDeep && Math.min(...widths) >= COLUMN * size) return this.#placeInColumns(widths);
    const network = Math.min(width, NETWORK * size);
    this.diagram.layout(network, this.theme);
    if (this.#plane) this.units.layout(wide && this.#shows("network") ? width - network - BETWEEN : width, this.theme);
  }

  /** Place the diagram and the maps of units, each below the column of these widths that is shorter. */
  #placeInColumns(widths) {
    const columns = [...this.main.children];
    for (const figure of this.#further) {
      const [left, right] = columns.map((column) => column.getBoundingClientRect().height);
      const shorter = Number(right < left);
      columns[shorter].append(figure);
      if (figure === this.#figures.network) this.diagram.layout(Math.min(widths[shorter], NETWORK * this.theme.size), this.theme);
      else this.units.layout(widths[shorter], this.theme);
    }
  }

  /** The diagram and the maps of units, if they are shown. */
  get #further() { return [this.#figures.network, this.#figures.units].filter(Boolean); }

  get fills() { return this.views.has("present"); }

  get #isDeep() { return this.matrices.length > 2; }

  /** Whether a view is on and can be drawn. */
  #shows(view) { return this.views.has(view) && Boolean(this.#plane || !OVER_A_PLANE.includes(view)); }

  /** Draw a frame, and the curves up to epoch `seen`; set `error` instead if the frame does not fit. */
  draw(frame, seen) {
    Object.assign(this, { frame, seen });
    const { layers } = frame;
    this.error = sizeError(layers, this.scene, this.#plane);
    if (this.error || !this.theme || !this.width) return; // drawn by `layout` once there is a width
    const marks = { mark: this.#mark, frozen: this.frozen.at(frame.epoch) };
    for (const matrices of this.#visibleRows) matrices.draw(layers, this.theme, marks);
    this.describeAtRest([...this.#visibleRows, { describe: () => this.#describeUnits() }]);
    this.loss.draw(this.curves, seen, frame, this.theme);
    this.score.canvas.dataset.computed = this.scores.after;
    if (this.views.has("score")) this.score.draw(this.scores.points, seen, this.#currentScore, this.theme, this.scene.base_rate);
    this.norm.canvas.dataset.computed = this.norms.after;
    if (this.views.has("norms")) this.#drawNorms(frame, seen);
    if (this.views.has("network") && layers.edges1) this.#drawNetwork(layers);
    if (!layers.slice) return; // requested
    if (this.views.has("surface")) this.surface.draw(layers.slice, this.theme, frame.whole);
    if (this.views.has("units")) this.units.draw(layers.slice, this.theme, frame.whole);
  }

  /** Draw the frame on display again, with another mark. */
  redraw() {
    if (this.frame) this.draw(this.frame, this.seen);
  }

  get #mark() { return this.views.has("weight") ? this.weight : undefined; }

  /** Return what is below the pointer: { text, detail, value; of a weight that a click opens also `weight` and `hint` }, or undefined. */
  at(canvas, x, y) {
    const found = this.#detail(canvas, x, y);
    return found?.weight && !this.fills ? { ...found, hint: this.#hint(found) } : found;
  }

  /** Return what a click opens; below it several weights may be drawn as one. */
  #hint({ mean, weight: { layer, row, column } }) {
    const { rows, columns } = this.matrices[layer - 1];
    return `Click: ${mean ? `${rows[row]} → ${columns[column]}` : "this weight"} ${this.trains ? "over all epochs" : "in the chain rule"}`;
  }

  #detail(canvas, x, y) {
    if (!this.frame) return undefined;
    switch (canvas) {
      case this.loss.canvas: return this.loss.at(x, y, this.curves, this.seen);
      case this.score.canvas: return this.score.at(x);
      case this.norm.canvas: return this.norm.at(x);
      case this.diagram.canvas: return this.#networkDetail(x, y);
      case this.surface?.canvas: return this.#surfaceDetail(x, y);
      case this.units?.canvas: return this.#unitMapDetail(x, y);
      default: return this.#visibleRows.map((matrices) => matrices.at(canvas, x, y)).find(Boolean);
    }
  }

  /** The score of the frame on display, where it is over the same samples as the curve. */
  get #currentScore() {
    const { epoch, whole, layers: { score } } = this.frame;
    return score && (whole || this.scene.scored.moving) ? { epoch, values: score } : undefined;
  }

  /** The names of the units of each hidden layer. */
  get #unitNames() { return this.matrices.slice(0, -1).map(({ columns }) => columns); }

  get #visibleRows() {
    return Object.entries(this.rows).filter(([view]) => (view === "weights" ? this.#showsWeights : this.views.has(view))).map(([, matrices]) => matrices);
  }

  /** Whether the weights are visible: always but where another drawing is presented in their place. */
  get #showsWeights() {
    return !(this.fills && this.views.has("no_weights") && DRAWINGS.some((view) => this.#shows(view)));
  }

  // ---- arrangement

  #arrange() {
    const { views } = this;
    const figures = {
      loss: this.#lossFigure(),
      score: views.has("score") && this.#scoreFigure(),
      norms: views.has("norms") && this.#normFigure(),
      network: this.#shows("network") && this.#networkFigure(),
      surface: this.#shows("surface") && this.#surfaceFigure(),
      units: this.#shows("units") && this.#unitsFigure(),
    };
    this.#figures = figures;
    this.element.classList.toggle("tiles", this.fills);
    if (this.fills) this.element.tabIndex = 0; // it scrolls if there are too many, by the keyboard as well
    else this.element.removeAttribute("tabindex");
    if (this.fills) this.element.replaceChildren(...this.#panels.map(({ element }) => element));
    else this.element.replaceChildren(this.#columns(figures), this.more = row("more", ...this.#further));
    this.layout();
  }

  /** Return matrices, decision surface and curves side by side, or below one another where it is narrow. */
  #columns({ surface, loss, score, norms }) {
    const matrices = row("matrix-rows", ...this.#visibleRows.map(({ element }) => element));
    const curves = row("curves", loss, score, norms);
    this.main = this.#isDeep ? row("main deep", row("column", matrices), row("column", surface, curves)) : row("main", matrices, surface, curves);
    return this.main;
  }

  /** The drawings that fill the window: see `fillTiles`. The loss is second. */
  get #panels() {
    const { loss, score, norms, network, surface, units } = this.#figures;
    const { theme } = this;
    const leastOf = (drawing) => (this.#isDeep ? { least: (width) => drawing.least(width, theme) } : {});
    const drawings = [
      { element: surface, layout: (width, height) => this.surface.layout(width, theme, height) },
      { element: network, layout: (width, height) => this.diagram.layout(width, theme, height), flexible: true, ...leastOf(this.diagram) },
      { element: units, layout: (width, height) => this.units.layout(width, theme, height), ...leastOf(this.units) },
      ...this.#visibleRows.map((matrices) => ({
        element: matrices.element, layout: (width, height) => matrices.layout(width, theme, height), wraps: this.#isDeep, ...leastOf(matrices),
      })),
    ].filter(({ element }) => element);
    const curves = [
      { element: loss, layout: (width, height) => this.loss.layout(width, height), flexible: true },
      { element: score, layout: (width, height) => this.score.layout(width, height), flexible: true },
      { element: norms, layout: (width, height) => this.norm.layout(width, height), flexible: true, ...(this.#isDeep && { least: () => HEIGHT.norms * theme.size }) },
    ].filter(({ element }) => element);
    return [...drawings.slice(0, 1), ...curves, ...drawings.slice(1)];
  }

  #lossFigure() {
    const { previous } = this;
    const why = previous ? [make("span", { class: "apart" }, `previous run: ${previous.why}`)] : [];
    return this.#curveFigure("Loss C", this.loss, previous?.count ? line("before", "previous run") : why);
  }

  #scoreFigure() {
    const { score, base_rate: rate } = this.scene;
    return this.#curveFigure(score === "R²" ? "R²" : "Accuracy", this.score, typeof rate === "number" ? line("before", "base rate") : []);
  }

  #normFigure() {
    const drawn = curveFigure("Gradient norms", [make("span", {}, "‖∂C/∂W⁽ˡ⁾‖")], this.norm.canvas);
    drawn.append(this.ratio);
    return drawn;
  }

  #curveFigure(title, { canvas }, reference) {
    const validation = this.curves.length > 1 ? line("validation") : [];
    return curveFigure(title, [...line("training"), ...validation, ...reference], canvas);
  }

  #networkFigure() {
    const edges = choice("Edges", ["weights", "gradients"], Number(this.views.has("network_gradients")), () => this.toggleEdges(), "Which numbers the edges show");
    const drawn = figure("Network", {}, row("choices", edges, this.#sampleField()), this.diagram.canvas, this.stateText, this.unitText);
    this.sampleText = make("span", {}, this.#sampleWords); // also before it is laid out, which needs its height
    drawn.firstChild.append(make("span", { class: "key" }, this.sampleText, ...(this.frozen.any ? [this.edgeKey.element] : [])));
    return drawn;
  }

  get #sampleWords() { return `units: values of sample ${whole(this.sample + 1)}${this.diagram.unitsPlace}`; }

  #sampleField() {
    const { samples, rows } = this.scene;
    const some = rows ? `. This page has ${listText(rows)}; of another one the nearest is chosen` : "";
    const field = make("input", { type: "number", min: 1, max: samples, value: this.sample + 1, title: `The training sample whose x, Z and ŷ the units show: also the one of the chain rule${some}`, onchange: () => {
      const chosen = Math.round(Number(field.value));
      if (chosen >= 1 && chosen <= samples) this.#chooseSample(nearest(chosen - 1, rows));
      field.value = this.sample + 1;
    } });
    this.sampleField = field;
    return make("label", {}, "Sample ", field, ` of ${whole(samples)}${rows ? `, ${whole(rows.length)} of them in this page` : ""}`);
  }

  #chooseSample(sample) {
    this.setSample(sample);
    this.chooseSample();
  }

  /** Set the sample whose values the diagram's units show: they come with the next frame. */
  setSample(sample) {
    if (sample === this.sample) return;
    this.sample = sample;
    delete this.frame?.layers.sample; // it is another one's
    if (!this.sampleField) return;
    this.sampleField.value = sample + 1;
    this.sampleText.textContent = this.#sampleWords;
  }

  #unitsFigure() {
    const { x, y } = this.#plane;
    return figure("Hidden units", { note: `Z over ${x.name} and ${y.name}` }, this.units.canvas);
  }

  #surfaceFigure() {
    const { x, y, output, held, task } = this.#plane;
    const { features, outputs, regions } = this.scene;
    const first = this.trains ? `. ${FIRST_PLANE[task]}` : "";
    const choices = make("div", { class: "choices" },
      choice("x-axis", features, x.index, (i) => this.choosePlane({ x: i }), `Feature from left to right${first}`),
      choice("y-axis", features, y.index, (i) => this.choosePlane({ y: i }), `Feature from bottom to top${first}`));
    if (outputs.length > 1) {
      const names = [...(regions ? ["largest ŷ"] : []), ...outputs];
      choices.append(choice("Output", names, output + Number(regions), (i) => this.choosePlane({ output: i - Number(regions) }), "What the colours show"));
    }
    return figure("Decision surface", {}, choices, this.surface.canvas, make("p", { class: "held" }, held));
  }

  // ---- the gradients' norms

  #drawNorms({ epoch, layers: { norms } }, seen) {
    this.norm.draw(this.norms.points, seen, norms && { epoch, values: norms }, this.theme);
    if (norms) this.ratio.textContent = normRatio(norms, epoch);
  }

  // ---- the diagram

  #drawNetwork(layers) {
    this.unitStates = unitStates(layers.saturation, this.#unitNames, this.scene.hidden);
    const { weights, gradients } = this.scene.midpoints;
    const edges = this.matrices.map((_, i) => layers[`edges${i + 1}`]);
    if (this.sampleText.textContent !== this.#sampleWords) this.sampleText.textContent = this.#sampleWords;
    const mark = this.#mark && { ...this.#mark, row: this.#nodeOf(this.#mark) };
    const options = { mark, units: this.#unitValues, frozen: this.#frozenOnEdges() };
    this.diagram.draw(edges, this.unitStates, this.theme, this.views.has("network_gradients") ? gradients : weights, options);
    const sentence = stateSentence(this.unitStates, this.#unitNames, this.#inPage);
    if (sentence !== this.stateText.textContent) this.stateText.textContent = sentence;
  }

  /** Of which samples a sentence speaks, where the page lacks some. */
  get #inPage() { return this.scene.rows ? " in this page" : ""; }

  /** The sample's values of the diagram's nodes, an array a column; undefined while they are requested. */
  get #unitValues() {
    const { sample } = this.frame.layers;
    let next = 0;
    return sample && this.scene.diagram.columns.map(({ names, bias }) => sample.subarray(next, (next += names.length - Number(bias))));
  }

  /** Return the frozen weights of the frame among the diagram's edges; undefined for none. */
  #frozenOnEdges() {
    const of = this.frozen.at(this.frame.epoch);
    if (this.#frozenEdges.of !== of) {
      const sets = onEdges(of.sets, this.scene.diagram.columns, this.matrices);
      const total = sets.reduce((sum, { size }) => sum + size, 0);
      this.#frozenEdges = { of, sets: total ? sets : undefined };
      this.edgeKey.show(of.counts, sets.map(({ size }, i) => size === of.counts[i] && Diagram.marks(total)));
    }
    return this.#frozenEdges.sets;
  }

  /** Write the units' values for screen readers. */
  #describeUnits() {
    const values = this.views.has("network") && this.frame && this.#unitValues;
    const words = values ? this.scene.diagram.columns.flatMap(({ names }, i) =>
      [...values[i]].map((value, unit) => `${names[unit]} ${this.diagram.symbolOf(i)} = ${shortDecimal(value)}`)) : [];
    this.unitText.textContent = words.length ? `Values of sample ${this.sample + 1}: ${words.join(", ")}.` : "";
  }

  #networkDetail(x, y) {
    const found = this.diagram.at(x, y);
    if (!found) return undefined;
    const { sample } = this.frame.layers;
    const more = found.value === undefined ? {} : {
      value: found.value, more: `${this.diagram.symbolOf(found.layer)} = ${exact(found.value, sample instanceof Float32Array)} for sample ${whole(this.sample + 1)}`,
    };
    if (found.kind === "end") return { text: found.name, ...more };
    if (found.kind === "unit") return this.#unitDetail(found, more);
    return this.#edgeDetail(found);
  }

  #edgeDetail({ layer, row, place, column, start, end }) {
    const edges = this.frame.layers[`edges${layer}`];
    if (!edges) return undefined;
    const symbol = `${this.views.has("network_gradients") ? "∂C/∂W" : "W"}${superscript(`(${layer})`)}`;
    const weight = { layer, row: start.bias ? this.matrices[layer - 1].rows.length - 1 : row, column };
    return {
      text: `${symbol}  ${start.name} → ${end.name}`, detail: `= ${exact(edges[place], edges instanceof Float32Array)}`, value: edges[place], weight,
      ...(this.#frozenEdges.sets?.[layer - 1].has(place) && { more: "frozen" }),
    };
  }

  /** Return which node of the diagram a weight begins at: it may omit some before the bias. */
  #nodeOf({ layer, row }) {
    const { names, bias, more } = this.scene.diagram.columns[layer - 1];
    return bias && row === names.length + more - 1 ? names.length - 1 : bias && row === names.length - 1 ? undefined : row;
  }

  #unitDetail({ layer, index, name }, more) {
    const { saturation } = this.frame.layers;
    if (!saturation) return undefined;
    const [low, high] = sharesOf(saturation, this.#unitNames)[layer - 1][index];
    const { hidden } = this.scene;
    const share = hidden === "relu" ? low : low + high;
    const part = `${percent(share, share > 0 && share < 0.995 ? 1 : 0)} of the samples${this.#inPage}`;
    const detail = hidden === "identity" ? "the identity’s slope is 1 for all samples"
      : hidden === "relu" ? `H ≤ 0 for ${part}: there its slope is 0`
      : `σ′(H) is under 4 % of its maximum for ${part}`;
    return { text: `${name} ${this.unitStates?.[layer - 1][index] ?? ""}`, detail, ...more };
  }

  // ---- decision surface and hidden units

  #surfaceDetail(x, y) {
    const found = this.surface.at(x, y);
    if (!found) return undefined;
    const { outputs } = this.scene;
    const predicted = found.y_hat.map((value, k) => (outputs.length > 1 ? `ŷ ${outputs[k]} = ${short(value)}` : `ŷ = ${short(value, 4)}`));
    return { text: this.#placeText(found), detail: predicted.slice(0, 6).join(", ") };
  }

  #unitMapDetail(x, y) {
    const found = this.units.at(x, y);
    return found && { text: `${found.name} at ${this.#placeText(found)}`, detail: `Z = ${pretty(found.z)}` };
  }

  #placeText({ x, y }) {
    return `${this.#plane.x.name} = ${short(x)}, ${this.#plane.y.name} = ${short(y)}`;
  }
}

/** Return the nearest of `rows`, or the sample itself where all are there. */
const nearest = (sample, rows) => rows?.reduce((best, row) => (Math.abs(row - sample) < Math.abs(best - sample) ? row : best)) ?? sample;

/** Return samples, from 0, as numbers from 1: the first ones, and how many more there are. */
function listText(rows) {
  const numbers = rows.slice(0, MAX_NAMES).map((row) => whole(row + 1));
  const more = rows.length - numbers.length;
  return `${rows.length > 1 ? "samples" : "sample"} ${numbers.join(", ")}${more ? ` and ${whole(more)} more` : ""}`;
}

/** Return the width in px that is left beside some parts. */
const widthBeside = (width, parts) => parts.reduce((left, part) => left - part.getBoundingClientRect().width - BETWEEN, width);

/** Return an element with those of the parts that there are. */
const row = (kind, ...parts) => make("div", { class: kind }, ...parts.filter(Boolean));

/** Return the rows of matrices by their views; `frozen`: whether weights are at any epoch. */
function rowsOf(matrices, midpoints, frozen) {
  const rows = {
    weights: { notes: matrices.map((_, i) => connection(i + 1, matrices.length)) },
    gradients: { symbol: "∂C/∂W", name: "Gradient of ", prefix: "d" },
    updates: { symbol: "ΔW", name: "Last update of ", prefix: "u", notes: matrices.map(() => "last update") },
  };
  return Object.fromEntries(Object.entries(rows).map(([view, row]) => [view, new MatrixRow({ ...row, midpoint: midpoints[view], frozen }, matrices)]));
}

/** Return for each unit of each hidden layer the shares of samples for which it is saturated, low and high. */
function sharesOf(saturation, names) {
  const half = saturation.length / 2;
  let next = 0;
  return names.map((units) => units.map(() => [saturation[next], saturation[half + next++]]));
}

/** Return the state of each unit of each hidden layer: "" | "saturated" | "dead". */
function unitStates(saturation, names, activation) {
  const stateOf = ([low, high]) => {
    if (low + high < SATURATED) return "";
    return activation === "relu" ? (low >= 1 ? "dead" : "") : "saturated";
  };
  return sharesOf(saturation, names).map((units) => units.map(stateOf));
}

const WHY = { // `which`: of the samples
  saturated: (which) => `saturated: for nearly every sample${which} its slope σ′(H) is under 4 % of its maximum, so hardly any gradient passes`,
  dead: (which) => `dead: H ≤ 0 for every sample${which}, where ReLU’s slope is 0, so no gradient passes`,
};

/** Return a sentence: which units are saturated or dead, and the effect, over `which` samples. */
function stateSentence(states, unitNames, which) {
  const kind = states.flat().find(Boolean);
  if (!kind) return "";
  const names = states.flatMap((units, n) => unitNames[n].filter((_, i) => units[i]));
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${SIGNS[kind]} ${names.slice(0, MAX_NAMES).join(", ")}${more} ${WHY[kind](which)}.`;
}

/** Return a line's part of the key. */
const line = (kind, name = kind) => [make("span", {}, make("i", { class: kind }), name)];

/** Return a list to choose from, with its label; `help` says what it is for. */
function choice(label, options, chosen, pick, help) {
  const box = select({ title: help, onchange: () => pick(Number(box.value)) }, [...options.entries()]);
  box.value = chosen;
  return make("label", {}, `${label} `, box);
}
