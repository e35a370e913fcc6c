// The drawings of the stage: the matrices, the curves, and the optional views.
import { LossChart, ScoreChart } from "../draw/chart.js";
import { readTheme } from "../draw/colours.js";
import { Diagram } from "../draw/diagram.js";
import { make } from "../dom.js";
import { sizeError } from "../draw/layer_sizes.js";
import { exact, pretty, short } from "../draw/numbers.js";
import { MatrixPair, figure } from "../draw/matrix_pair.js";
import { Surface, UnitMaps } from "../draw/surface.js";
import { Scores } from "./buffer.js";

const WIDE = 820; // px: from this width the curves are beside the matrices
const MATRICES = 0.58; // of a wide stage's width
const BETWEEN = 32; // px
const HEIGHT = { loss: 220, most: 320, score: 150 }; // px
const PLANE = 380; // px, the decision surface's maximum side
const NETWORK = 520; // px, the diagram's maximum width

const PAIRS = {
  weights: { titles: ["W⁽¹⁾", "W⁽²⁾"], names: ["W1", "W2"], layers: ["W1", "W2"], steady: true },
  gradients: { titles: ["∂C/∂W⁽¹⁾", "∂C/∂W⁽²⁾"], names: ["Gradient of W1", "Gradient of W2"], layers: ["dW1", "dW2"] },
  updates: { titles: ["ΔW⁽¹⁾", "ΔW⁽²⁾"], names: ["Last update of W1", "Last update of W2"], layers: ["uW1", "uW2"] },
};
const SATURATED = 0.99; // of the samples: then a unit hardly passes any gradient

/** The drawings of one run. */
export class StageView {
  #views = new Set();
  #theme;
  #plane;

  /** `choose(change)` is called when another plane or other edges are selected. */
  constructor(choose) {
    this.choose = choose;
    this.element = make("div", { class: "plots" });
  }

  /** Set the run: its names, the number of loss curves, the previous run's losses if any. */
  setScene(scene, curves, previous) {
    this.scene = scene;
    this.frame = undefined;
    this.error = ""; // what is wrong with the frame on display
    this.curves = curves;
    this.previous = previous;
    this.scores = new Scores();
    const { W1, W2 } = scene;
    const shape = ({ rows, columns }) => `${rows.length}×${columns.length}`;
    const notes = { weights: [`${shape(W1)}, inputs → hidden`, `${shape(W2)}, hidden → output`], gradients: ["", ""], updates: ["last update", "last update"] };
    this.pairs = Object.fromEntries(Object.entries(PAIRS).map(([view, pair]) => [view, new MatrixPair({ ...pair, notes: notes[view] }, [W1, W2])]));
    this.lossCanvas = make("canvas", { role: "img", "aria-label": "Loss at every epoch" });
    this.loss = new LossChart(this.lossCanvas);
    this.loss.previous = previous?.levels ?? [];
    this.scoreCanvas = make("canvas", { role: "img", "aria-label": `${scene.score} over the epochs` });
    this.score = new ScoreChart(this.scoreCanvas);
    this.networkCanvas = make("canvas", { role: "img", "aria-label": "The network as a diagram" });
    this.diagram = new Diagram(this.networkCanvas, scene.diagram);
    this.stateText = make("div", { class: "states" });
    this.#plane = undefined;
    this.#arrange();
  }

  /** Show these views. */
  show(views) {
    this.#views = views;
    this.loss.log = views.has("log");
    this.#arrange();
  }

  /** Set the plane of the decision surface. */
  setPlane(plane) {
    if (plane.name === this.#plane?.name) return;
    this.#plane = plane;
    delete this.frame?.layers.slice; // it is of the former plane
    this.surfaceCanvas = make("canvas", { role: "img", "aria-label": `Decision surface over ${plane.x.name} and ${plane.y.name}` });
    this.surface = new Surface(this.surfaceCanvas, plane);
    this.unitsCanvas = make("canvas", { role: "img", "aria-label": `Each hidden unit over ${plane.x.name} and ${plane.y.name}` });
    this.units = new UnitMaps(this.unitsCanvas, plane, plane.units);
    this.#arrange();
  }

  get plane() { return this.#plane?.name ?? ""; }

  /** Read the theme, which may change with any message. */
  restyle(stage) {
    const theme = readTheme(stage);
    if (theme.key === this.#theme?.key) return;
    this.#theme = theme;
    this.#colourKeys();
    this.layout(stage.clientWidth);
  }

  layout(width) {
    this.width = width;
    if (!this.#theme || !width || !this.scene) return;
    const wide = width >= WIDE;
    this.main.classList.toggle("wide", wide);
    const room = wide ? width * MATRICES : width;
    for (const pair of this.#visiblePairs) pair.layout(room, this.#theme);
    const matrices = this.pairs.weights.element.getBoundingClientRect();
    const beside = wide ? width - this.main.firstChild.getBoundingClientRect().width - BETWEEN : width;
    this.loss.layout(beside, wide ? Math.max(HEIGHT.loss, Math.min(HEIGHT.most, matrices.height - 30)) : HEIGHT.loss);
    this.score.layout(beside, HEIGHT.score);
    this.diagram.layout(Math.min(width, NETWORK), this.#theme);
    if (this.#plane) {
      this.surface.layout(Math.min(width, PLANE), this.#theme);
      this.units.layout(Math.min(width, wide ? width - PLANE - BETWEEN : width), this.#theme);
    }
    if (this.frame) this.draw(this.frame, this.now.curves, this.now.seen);
  }

  /** Draw a frame, and curves up to epoch `seen`; set `error` instead if the frame does not fit. */
  draw(frame, curves, seen) {
    this.frame = frame;
    this.now = { curves, seen };
    const { layers } = frame;
    this.error = sizeError(layers, this.scene, this.#plane);
    if (this.error || !this.#theme || !this.width) return; // drawn by `layout` once there is a width
    for (const pair of this.#visiblePairs) pair.draw(layers, this.#theme);
    this.loss.draw(curves, seen, frame, this.#theme);
    this.scoreCanvas.dataset.computed = this.scores.after;
    if (this.#views.has("score")) this.score.draw(this.scores.points, seen, this.#currentScore, this.#theme, this.scene.base_rate);
    if (this.#views.has("network") && layers.edges1) this.#drawNetwork(layers);
    if (!layers.slice) return; // requested
    if (this.#views.has("surface")) this.surface.draw(layers.slice, this.#theme);
    if (this.#views.has("units")) this.units.draw(layers.slice, this.#theme);
  }

  /** Return what is below the pointer: { text, detail, value }, or undefined. */
  at(canvas, x, y) {
    if (!this.frame) return undefined;
    for (const pair of this.#visiblePairs) {
      const found = pair.at(canvas, x, y);
      if (found) return found;
    }
    if (canvas === this.lossCanvas) return this.loss.at(x, y, this.now.curves, this.now.seen);
    if (canvas === this.scoreCanvas) return this.score.at(x);
    if (canvas === this.networkCanvas) return this.#networkDetail(x, y);
    if (canvas === this.surfaceCanvas) return this.#surfaceDetail(x, y);
    if (canvas === this.unitsCanvas) return this.#unitMapDetail(x, y);
    return undefined;
  }

  /** The score of the frame on display, where it is over the same samples as the curve. */
  get #currentScore() {
    const { epoch, whole, layers: { score } } = this.frame;
    return score && (whole || this.scene.scored.moving) ? { epoch, score } : undefined;
  }

  get #visiblePairs() {
    return Object.entries(this.pairs).filter(([view]) => view === "weights" || this.#views.has(view)).map(([, pair]) => pair);
  }

  // ---- arrangement

  #arrange() {
    if (!this.scene) return;
    const views = this.#views;
    const matrices = make("div", { class: "pairs" }, ...this.#visiblePairs.map(({ element }) => element));
    const curves = make("div", { class: "curves" }, this.#curveFigure("Loss C", this.lossCanvas, this.previous));
    if (views.has("score")) curves.append(this.#scoreFigure());
    this.main = make("div", { class: "main" }, matrices, curves);
    const more = make("div", { class: "more" });
    if (views.has("network")) more.append(this.#networkFigure());
    if (views.has("surface") && this.#plane) more.append(this.#surfaceFigure());
    if (views.has("units") && this.#plane) more.append(figure("Hidden units", `Z over ${this.#plane.x.name} and ${this.#plane.y.name}`, this.unitsCanvas));
    this.element.replaceChildren(this.main, more);
    this.#colourKeys();
    this.layout(this.width);
  }

  #curveFigure(title, canvas, previous) {
    const key = make("span", { class: "key" }, make("i", { class: "training" }), "training");
    if (this.curves > 1) key.append(make("i", { class: "validation" }), "validation");
    if (previous?.count) key.append(make("i", { class: "before" }), "previous run");
    else if (previous) key.append(make("span", { class: "apart" }, `previous run: ${previous.why}`));
    const drawn = figure(title, "", canvas);
    drawn.className = "curve";
    drawn.firstChild.append(key);
    return drawn;
  }

  #scoreFigure() {
    const { score, base_rate: rate } = this.scene;
    const drawn = this.#curveFigure(score === "R²" ? "R²" : "Accuracy", this.scoreCanvas);
    if (typeof rate === "number") drawn.querySelector(".key").append(make("i", { class: "before" }), "base rate");
    return drawn;
  }

  #colourKeys() {
    if (!this.#theme) return;
    const [training, validation] = this.#theme.series;
    for (const line of this.element.querySelectorAll(".key i.training")) line.style.borderColor = training;
    for (const line of this.element.querySelectorAll(".key i.validation")) line.style.borderColor = validation;
  }

  #networkFigure() {
    const choice = select("Edges", ["weights", "gradients"], Number(this.#views.has("network_gradients")), (i) => this.choose({ edges: i }));
    return figure("Network", "", choice, this.networkCanvas, this.stateText);
  }

  #surfaceFigure() {
    const { x, y, output, held, regions } = { ...this.#plane, regions: this.scene.regions };
    const { features, outputs } = this.scene;
    const row = make("div", { class: "choices" },
      select("x-axis", features, x.index, (i) => this.choose({ x: i })),
      select("y-axis", features, y.index, (i) => this.choose({ y: i })));
    if (outputs.length > 1) {
      const choices = [...(regions ? ["largest ŷ"] : []), ...outputs];
      row.append(select("Output", choices, output + Number(regions), (i) => this.choose({ output: i - Number(regions) })));
    }
    return figure("Decision surface", "", row, this.surfaceCanvas, make("p", { class: "held" }, held));
  }

  // ---- the diagram

  #drawNetwork({ edges1, edges2, saturation }) {
    this.limits = [edges1, edges2].map((edges) => edges.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1);
    this.unitStates = unitStates(saturation, this.scene.hidden);
    this.diagram.draw(edges1, edges2, this.limits, this.unitStates, this.#theme);
    const sentence = stateSentence(this.unitStates, this.scene.hidden);
    if (sentence !== this.stateText.textContent) this.stateText.textContent = sentence;
  }

  #networkDetail(x, y) {
    const found = this.diagram.at(x, y);
    if (!found) return undefined;
    const { inputs, units, outputs } = this.scene.diagram;
    if (found.kind === "unit") return this.#unitDetail(found.index);
    const edges = this.frame.layers[`edges${found.layer}`];
    const [rows, columns] = found.layer === 1 ? [inputs.names, units.names] : [units.names, outputs.names];
    const across = found.layer === 1 ? units.names.length - Number(this.scene.diagram.bias.hidden) : outputs.names.length;
    const value = edges?.[found.row * across + found.column];
    const symbol = this.#views.has("network_gradients") ? "∂C/∂W" : "W";
    return value === undefined ? undefined
      : { text: `${symbol}${["⁽¹⁾", "⁽²⁾"][found.layer - 1]}  ${rows[found.row]} → ${columns[found.column]}`, detail: `= ${exact(value, edges instanceof Float32Array)}`, value };
  }

  #unitDetail(index) {
    const { saturation } = this.frame.layers;
    const name = this.scene.diagram.units.names[index];
    if (!saturation) return undefined;
    const [low, high] = [saturation[index], saturation[saturation.length / 2 + index]];
    const detail = this.scene.hidden === "relu"
      ? `H ≤ 0 for ${percent(low)} of the samples: there its slope is 0`
      : `σ′(H) is under 4 % of its maximum for ${percent(low + high)} of the samples`;
    return { text: `${name} ${this.unitStates?.[index] ?? ""}`, detail };
  }

  // ---- decision surface and hidden units

  #surfaceDetail(x, y) {
    const found = this.surface.at(x, y);
    if (!found) return undefined;
    const { plane, scene: { outputs } } = { plane: this.#plane, scene: this.scene };
    const predicted = found.y_hat.map((value, k) => (outputs.length > 1 ? `ŷ ${outputs[k]} = ${short(value)}` : `ŷ = ${short(value, 4)}`));
    return { text: `${plane.x.name} = ${short(found.x)}, ${plane.y.name} = ${short(found.y)}`, detail: predicted.slice(0, 6).join(", ") };
  }

  #unitMapDetail(x, y) {
    const found = this.units.at(x, y);
    if (!found) return undefined;
    return { text: `h${found.unit + 1} at ${this.#plane.x.name} = ${short(found.x)}, ${this.#plane.y.name} = ${short(found.y)}`, detail: `Z = ${pretty(found.z)}` };
  }
}

/** Return the state of each hidden unit: "" | "saturated" | "dead". */
export function unitStates(saturation, activation) {
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
export function stateSentence(found, activation) {
  const kind = activation === "relu" ? "dead" : "saturated";
  const names = found.flatMap((state, i) => (state === kind ? [`h${i + 1}`] : []));
  if (!names.length) return "";
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${kind === "dead" ? "×" : "!"} ${names.slice(0, MAX_NAMES).join(", ")}${more} ${WHY[kind]}.`;
}

const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.995 ? 1 : 0)} %`;

function select(label, options, chosen, pick) {
  const box = make("select", { onchange: () => pick(Number(box.value)) },
    ...options.map((name, i) => make("option", i === chosen ? { value: i, selected: "" } : { value: i }, name)));
  return make("label", {}, `${label} `, box);
}
