// The drawings of the stage: the matrices, the curves, and the optional views.
import { LossChart, ScoreChart } from "../draw/chart.js";
import { Diagram, SIGNS } from "../draw/diagram.js";
import { make, picture, select } from "../dom.js";
import { sizeError } from "../draw/layer_sizes.js";
import { exact, percent, pretty, short, superscript } from "../draw/numbers.js";
import { MatrixPair, curveFigure, figure } from "../draw/matrix_pair.js";
import { Surface, UnitMaps } from "../draw/surface.js";
import { Curve, Scores } from "./buffer.js";
import { BETWEEN, Drawings } from "./drawings.js";
import { DRAWINGS } from "./switches.js";
import { fillTiles } from "./tiles.js";

const MATRICES = { alone: 0.58, beside: 0.38 }; // of a wide stage's width, without and with the decision surface
const SURFACE = 0.3; // of a wide stage's width
const HEIGHT = { loss: 15.7, most: 23, score: 10.7 }; // times the size of type
const PLANE = 27; // times the size of type, the decision surface's maximum side
const NETWORK = 37; // times the size of type, the diagram's maximum width
const OVER_A_PLANE = ["surface", "units"];
const SATURATED = 0.99; // of the samples: then a unit hardly passes any gradient

/** The drawings of one run. */
export class StageView extends Drawings {
  views = new Set(); // shown beside W1, W2 and the loss
  curves = []; // of the losses
  #plane;
  #figures = {}; // by their views; false for those that are not shown

  /** `choosePlane(axes)` is called when some of x, y and output are selected, `toggleEdges()` at a choice of edges. */
  constructor(choosePlane, toggleEdges) {
    super();
    Object.assign(this, { choosePlane, toggleEdges });
    this.element = make("div", { class: "plots", role: "group", "aria-label": "Drawings" });
  }

  /** Set the run: its names, the number of loss curves, the previous run's losses if any. `show` then places its drawings. */
  setScene(scene, curves, previous) {
    this.scene = scene;
    this.frame = undefined;
    this.error = ""; // what is wrong with the frame on display
    this.curves = Array.from({ length: curves }, () => new Curve());
    this.previous = previous;
    this.scores = new Scores();
    this.pairs = pairsOf(scene);
    this.loss = new LossChart(picture("Loss at every epoch"));
    this.loss.previous = previous?.levels ?? [];
    this.score = new ScoreChart(picture(`${scene.score} over the epochs`));
    this.diagram = new Diagram(picture("The network as a diagram"), scene.diagram);
    this.stateText = make("div", { class: "states" });
    this.#plane = undefined;
  }

  /** Show these views. */
  show(views) {
    this.views = views;
    this.loss.log = views.has("log");
    this.#arrange();
  }

  /** Set the plane of the decision surface. */
  setPlane(plane) {
    if (plane.name === this.#plane?.name) return;
    this.#plane = plane;
    delete this.frame?.layers.slice; // it is of the former plane
    this.surface = new Surface(picture(`Decision surface over ${plane.x.name} and ${plane.y.name}`), plane);
    this.units = new UnitMaps(picture(`Each hidden unit over ${plane.x.name} and ${plane.y.name}`), plane);
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
    const surface = this.#shows("surface");
    const room = wide ? width * (surface ? MATRICES.beside : MATRICES.alone) : width;
    for (const pair of this.#visiblePairs) pair.layout(room, this.theme);
    const plane = Math.min(wide ? SURFACE * width : width, PLANE * size);
    if (surface) this.surface.layout(plane, this.theme);
    const [matrices, ...between] = [...this.main.children].slice(0, -1).map((part) => part.getBoundingClientRect());
    const beside = width - [matrices, ...between].reduce((sum, part) => sum + part.width + BETWEEN, 0);
    const height = Math.min(HEIGHT.most * size, Math.max(...[this.pairs.weights.element.getBoundingClientRect(), ...between].map((part) => part.height)) - 2 * size);
    this.loss.layout(wide ? beside : width, wide ? Math.max(HEIGHT.loss * size, height) : HEIGHT.loss * size);
    this.score.layout(wide ? beside : width, HEIGHT.score * size);
    const network = Math.min(width, NETWORK * size);
    this.diagram.layout(network, this.theme);
    if (this.#plane) this.units.layout(wide && this.#shows("network") ? width - network - BETWEEN : width, this.theme);
  }

  get fills() { return this.views.has("present"); }

  /** Whether a view is on and can be drawn. */
  #shows(view) { return this.views.has(view) && Boolean(this.#plane || !OVER_A_PLANE.includes(view)); }

  /** Draw a frame, and the curves up to epoch `seen`; set `error` instead if the frame does not fit. */
  draw(frame, seen) {
    Object.assign(this, { frame, seen });
    const { layers } = frame;
    this.error = sizeError(layers, this.scene, this.#plane);
    if (this.error || !this.theme || !this.width) return; // drawn by `layout` once there is a width
    for (const pair of this.#visiblePairs) pair.draw(layers, this.theme);
    this.describeAtRest(this.#visiblePairs);
    this.loss.draw(this.curves, seen, frame, this.theme);
    this.score.canvas.dataset.computed = this.scores.after;
    if (this.views.has("score")) this.score.draw(this.scores.points, seen, this.#currentScore, this.theme, this.scene.base_rate);
    if (this.views.has("network") && layers.edges1) this.#drawNetwork(layers);
    if (!layers.slice) return; // requested
    if (this.views.has("surface")) this.surface.draw(layers.slice, this.theme);
    if (this.views.has("units")) this.units.draw(layers.slice, this.theme);
  }

  /** Return what is below the pointer: { text, detail, value }, or undefined. */
  at(canvas, x, y) {
    if (!this.frame) return undefined;
    switch (canvas) {
      case this.loss.canvas: return this.loss.at(x, y, this.curves, this.seen);
      case this.score.canvas: return this.score.at(x);
      case this.diagram.canvas: return this.#networkDetail(x, y);
      case this.surface?.canvas: return this.#surfaceDetail(x, y);
      case this.units?.canvas: return this.#unitMapDetail(x, y);
      default: return this.#visiblePairs.map((pair) => pair.at(canvas, x, y)).find(Boolean);
    }
  }

  /** The score of the frame on display, where it is over the same samples as the curve. */
  get #currentScore() {
    const { epoch, whole, layers: { score } } = this.frame;
    return score && (whole || this.scene.scored.moving) ? { epoch, score } : undefined;
  }

  get #visiblePairs() {
    return Object.entries(this.pairs).filter(([view]) => (view === "weights" ? this.#showsWeights : this.views.has(view))).map(([, pair]) => pair);
  }

  /** Whether W1 and W2 are visible: always but where another drawing is presented in their place. */
  get #showsWeights() {
    return !(this.fills && this.views.has("no_weights") && DRAWINGS.some((view) => this.#shows(view)));
  }

  // ---- arrangement

  #arrange() {
    const { views } = this;
    const figures = {
      loss: this.#lossFigure(),
      score: views.has("score") && this.#scoreFigure(),
      network: this.#shows("network") && this.#networkFigure(),
      surface: this.#shows("surface") && this.#surfaceFigure(),
      units: this.#shows("units") && this.#unitsFigure(),
    };
    this.#figures = figures;
    this.element.classList.toggle("tiles", this.fills);
    if (this.fills) this.element.tabIndex = 0; // it scrolls if there are too many, by the keyboard as well
    else this.element.removeAttribute("tabindex");
    if (this.fills) this.element.replaceChildren(...this.#panels.map(({ element }) => element));
    else this.element.replaceChildren(this.#columns(figures), row("more", figures.network, figures.units));
    this.layout();
  }

  /** Return matrices, decision surface and curves side by side, or below one another where it is narrow. */
  #columns({ surface, loss, score }) {
    const matrices = row("pairs", ...this.#visiblePairs.map(({ element }) => element));
    this.main = row("main", matrices, surface, row("curves", loss, score));
    return this.main;
  }

  /** The drawings that fill the window: an element each, how to fit its picture, and whether it takes any shape. The loss is second. */
  get #panels() {
    const { loss, score, network, surface, units } = this.#figures;
    const { theme } = this;
    const drawings = [
      { element: surface, layout: (width, height) => this.surface.layout(width, theme, height) },
      { element: network, layout: (width, height) => this.diagram.layout(width, theme, height), flexible: true },
      { element: units, layout: (width, height) => this.units.layout(width, theme, height) },
      ...this.#visiblePairs.map((pair) => ({ element: pair.element, layout: (width, height) => pair.layout(width, theme, height) })),
    ].filter(({ element }) => element);
    const curves = [
      { element: loss, layout: (width, height) => this.loss.layout(width, height), flexible: true },
      { element: score, layout: (width, height) => this.score.layout(width, height), flexible: true },
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

  #curveFigure(title, { canvas }, reference) {
    const validation = this.curves.length > 1 ? line("validation") : [];
    return curveFigure(title, [...line("training"), ...validation, ...reference], canvas);
  }

  #networkFigure() {
    const edges = choice("Edges", ["weights", "gradients"], Number(this.views.has("network_gradients")), () => this.toggleEdges());
    return figure("Network", {}, edges, this.diagram.canvas, this.stateText);
  }

  #unitsFigure() {
    const { x, y } = this.#plane;
    return figure("Hidden units", { note: `Z over ${x.name} and ${y.name}` }, this.units.canvas);
  }

  #surfaceFigure() {
    const { x, y, output, held } = this.#plane;
    const { features, outputs, regions } = this.scene;
    const choices = make("div", { class: "choices" },
      choice("x-axis", features, x.index, (i) => this.choosePlane({ x: i })),
      choice("y-axis", features, y.index, (i) => this.choosePlane({ y: i })));
    if (outputs.length > 1) {
      const names = [...(regions ? ["largest ŷ"] : []), ...outputs];
      choices.append(choice("Output", names, output + Number(regions), (i) => this.choosePlane({ output: i - Number(regions) })));
    }
    return figure("Decision surface", {}, choices, this.surface.canvas, make("p", { class: "held" }, held));
  }

  // ---- the diagram

  #drawNetwork({ edges1, edges2, saturation }) {
    this.unitStates = unitStates(saturation, this.scene.hidden);
    const { weights, gradients } = this.scene.midpoints;
    this.diagram.draw([edges1, edges2], [this.unitStates], this.theme, this.views.has("network_gradients") ? gradients : weights);
    const sentence = stateSentence(this.unitStates);
    if (sentence !== this.stateText.textContent) this.stateText.textContent = sentence;
  }

  #networkDetail(x, y) {
    const found = this.diagram.at(x, y);
    if (!found) return undefined;
    if (found.kind === "unit") return this.#unitDetail(found);
    const { layer, place, start, end } = found;
    const edges = this.frame.layers[`edges${layer}`];
    if (!edges) return undefined;
    const symbol = `${this.views.has("network_gradients") ? "∂C/∂W" : "W"}${superscript(`(${layer})`)}`;
    return { text: `${symbol}  ${start.name} → ${end.name}`, detail: `= ${exact(edges[place], edges instanceof Float32Array)}`, value: edges[place] };
  }

  #unitDetail({ index, name }) {
    const { saturation } = this.frame.layers;
    if (!saturation) return undefined;
    const [low, high] = [saturation[index], saturation[saturation.length / 2 + index]];
    const relu = this.scene.hidden === "relu";
    const share = relu ? low : low + high;
    const part = `${percent(share, share > 0 && share < 0.995 ? 1 : 0)} of the samples`;
    const detail = relu ? `H ≤ 0 for ${part}: there its slope is 0` : `σ′(H) is under 4 % of its maximum for ${part}`;
    return { text: `${name} ${this.unitStates?.[index] ?? ""}`, detail };
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
    return found && { text: `h${found.unit + 1} at ${this.#placeText(found)}`, detail: `Z = ${pretty(found.z)}` };
  }

  #placeText({ x, y }) {
    return `${this.#plane.x.name} = ${short(x)}, ${this.#plane.y.name} = ${short(y)}`;
  }
}

/** Return an element with those of the parts that there are. */
const row = (kind, ...parts) => make("div", { class: kind }, ...parts.filter(Boolean));

/** Return the pairs of matrices by their views. */
function pairsOf({ W1, W2, midpoints }) {
  const pairs = {
    weights: { notes: ["inputs → hidden", "hidden → output"] },
    gradients: { symbol: "∂C/∂W", name: "Gradient of ", prefix: "d" },
    updates: { symbol: "ΔW", name: "Last update of ", prefix: "u", notes: ["last update", "last update"] },
  };
  return Object.fromEntries(Object.entries(pairs).map(([view, pair]) => [view, new MatrixPair({ ...pair, midpoint: midpoints[view] }, [W1, W2])]));
}

/** Return the state of each hidden unit: "" | "saturated" | "dead". */
function unitStates(saturation, activation) {
  const m = saturation.length / 2;
  return Array.from({ length: m }, (_, unit) => {
    if (saturation[unit] + saturation[m + unit] < SATURATED) return "";
    return activation === "relu" ? (saturation[unit] >= 1 ? "dead" : "") : "saturated";
  });
}

const WHY = {
  saturated: "saturated: for nearly every sample its slope σ′(H) is under 4 % of its maximum, so hardly any gradient passes",
  dead: "dead: H ≤ 0 for every sample, where ReLU’s slope is 0, so no gradient passes",
};
const MAX_NAMES = 8; // units in the sentence

/** Return a sentence: which units are saturated or dead, and the effect. */
function stateSentence(states) {
  const kind = states.find(Boolean);
  if (!kind) return "";
  const names = states.flatMap((state, i) => (state ? [`h${i + 1}`] : []));
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${SIGNS[kind]} ${names.slice(0, MAX_NAMES).join(", ")}${more} ${WHY[kind]}.`;
}

/** Return a line's part of the key. */
const line = (kind, name = kind) => [make("span", {}, make("i", { class: kind }), name)];

function choice(label, options, chosen, pick) {
  const box = select({ onchange: () => pick(Number(box.value)) }, [...options.entries()]);
  box.value = chosen;
  return make("label", {}, `${label} `, box);
}
