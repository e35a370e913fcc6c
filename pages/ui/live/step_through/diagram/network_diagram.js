// The network at a stop: the numbers on its units, and the edges along which they flow forward or back.
import { make } from "../../dom.js";
import { maxWidth, truncate } from "../../draw/canvas.js";
import { compact, pretty, superscript, whole } from "../../draw/numbers.js";
import { drawEdges, drawHits, drawMark, swatchOf, weightAt } from "./diagram_edges.js";
import { columnsOf, layoutOf, UNIT } from "./diagram_layout.js";
import { symbolText } from "../parts.js";
import { svg } from "./svg.js";
import { columnOf, columnStops, edgeNumbers, flowAt, unitValues } from "./unit_values.js";
import { deltaName } from "../../chain_rule/network.js";
import { isSoftmax } from "../values.js";

const KINDS = { forward: "Numbers flow forward, from the inputs to C", backward: "The error flows back, from C to every weight", update: "Every weight takes its step" }; // each on one line: nothing below moves
const SHARE = "share"; // of the cost: the sample's
const AGAIN = "Forward again, with the new weights"; // at new C
const SECRET = "?"; // in place of a number that is asked
const USUAL = 420; // px, width of the diagram before it is laid out
const TARGET = { least: 20, most: 38 }; // px, width of a target
const JOINT = { bracket: 14, plain: 6 }; // px between an output and its target
const FULL = 0.94; // share of a unit's width that its value may take
const NARROW = 0.87; // to which letters may be narrowed
const TIGHT = 0.9; // of that width, for a value that would have to be narrower
const HEADS = [13, 30]; // px, the symbols' lines: of the matrices, of the columns
const NAME_TYPE = "12px";
const VALUE_TYPE = "700 13px"; // at their widest

/** The diagram; it depends on what is drawn and its own width alone. */
export class NetworkDiagram {
  #shown; // what is on display
  #picture = svg("svg");
  #pen = document.createElement("canvas").getContext("2d");

  /** `pick({ layer, row, column })` is called at a click on a weight's edge. */
  constructor(pick = () => {}) {
    this.kinds = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, make("span", {}, swatchOf(kind), kind)]));
    this.caption = make("p", { class: "caption" });
    this.scroller = make("div", { class: "picture", onclick: ({ target }) => weightAt(target, pick) }, this.#picture);
    this.notes = make("p", { class: "notes" });
    this.element = make("figure", { class: "network", "data-testid": "walk-network" },
      make("div", { class: "kinds", "aria-hidden": "true" }, ...Object.values(this.kinds)), this.caption, this.scroller, this.notes);
    new ResizeObserver(() => this.#render()).observe(this.scroller);
  }

  /** Show a stop with the values of the sample in that place of those sent; `all` samples are displayed beside; `hidden` keeps the stop's own numbers secret. */
  draw(scene, stop, { sample, hidden, all }) {
    const stops = columnStops(scene, stop);
    const values = stops.map((one) => one && unitValues(scene, one, sample));
    this.#shown = { scene, stop, sample, all, stops, values, flow: flowAt(scene, stop), secret: hidden ? columnOf(scene, stop) : undefined, hidden };
    this.#render();
  }

  #render() {
    if (!this.#shown) return;
    const { scene, stop, flow } = this.#shown;
    for (const [kind, element] of Object.entries(this.kinds)) element.classList.toggle("current", kind === flow.kind);
    this.caption.textContent = `${sentenceOf(stop, flow)}.`;
    this.notes.replaceChildren(...notesOf(this.#shown).map((parts) => make("span", {}, ...parts)));
    const columns = columnsOf(scene);
    const targets = this.#targetTexts(columns);
    this.#setType(VALUE_TYPE);
    const target = Math.max(TARGET.least, Math.min(TARGET.most, maxWidth(this.#pen, targets.map(([text]) => text)) + 8));
    const layout = layoutOf(columns, this.scroller.clientWidth || USUAL, target, isSoftmax(scene) ? JOINT.bracket : JOINT.plain);
    const next = this.#draw({ ...this.#shown, columns, layout, targets });
    if (next.isEqualNode(this.#picture)) return; // the movement along the edges does not begin again
    this.#picture.replaceWith(next);
    this.#picture = next;
    this.#reveal(layout);
  }

  #draw(drawing) {
    const { layout: { width, height }, stop, hidden, scene } = drawing;
    const isSecret = hidden && stop.operation !== "weights"; // its widths are of the δ before
    return svg("svg", { role: "img", "aria-label": wordsOf(drawing), width, height, viewBox: `0 0 ${width} ${height}` },
      ...drawEdges(drawing, isSecret ? undefined : edgeNumbers(scene, stop, drawing)), ...drawHits(drawing),
      ...heads(drawing), ...this.#units(drawing), ...targets(drawing), isSoftmax(scene) ? bracket(drawing) : "", this.#cost(drawing), drawMark(drawing));
  }

  #units(drawing) {
    const { columns, layout, values, flow } = drawing;
    return columns.flatMap(({ names, units, more, bias }, column) => {
      const { x, nodes, more: below } = layout.columns[column];
      const use = useOf(flow, column);
      const parts = units.map((unit, place) => this.#unit(drawing, column, x, nodes[place], names[unit], values[column]?.[unit], unit, use));
      if (bias) { // nothing flows into a constant
        const feeds = use === "source" && flow.layers.includes(column + 1);
        parts.push(this.#unit(drawing, column, x, nodes.at(-1), "bias", 1, "bias", feeds ? use : ""));
      }
      if (below) parts.push(svg("text", { class: "name", x, y: below }, `+ ${more} more`));
      return parts;
    });
  }

  #cost(drawing) {
    const { columns: { length: column }, layout: { cost }, values, flow } = drawing;
    return this.#unit(drawing, column, cost.x, cost.y, SHARE, values[column]?.[0], 0, useOf(flow, column));
  }

  /** Return a unit: its name, and its value if it is known. */
  #unit({ scene, layout, stops, secret, flow }, column, x, y, name, value, at, use) {
    const isBias = at === "bias";
    const [source, isSecret] = [isBias ? undefined : stops[column], secret === column && !isBias];
    const content = isSecret ? [SECRET] : value === undefined ? [] : this.#number(value, FULL * layout.unit);
    const direction = source && flow.kind !== "update" ? (source.backward ? "backward" : "forward") : "";
    const title = source && !isSecret && value !== undefined ? `${name}: ${labelOf(scene, source)} = ${pretty(value)}` : name;
    const left = x - layout.unit / 2;
    return svg("g", { class: `unit ${use} ${direction}`, "data-unit": `${column}:${at}` }, svg("title", {}, title),
      svg("rect", { x: left, y: y - UNIT.height / 2, width: layout.unit, height: UNIT.height, rx: UNIT.height / 2 }),
      this.#name(name, column ? x : left, y - UNIT.height / 2 - 5, layout, column),
      valueText(x, y, ...content));
  }

  /** Return a name above its unit; the inputs' begin at the left, and may be longer; beside the outputs' is the target's. */
  #name(name, x, y, { unit, gap, joint, columns }, column) {
    this.#setType(NAME_TYPE);
    const room = column === 0 ? gap : column === columns.length - 1 ? 2 * joint - 4 : gap / 2;
    return svg("text", { class: `name ${column ? "" : "start"}`, x, y }, truncate(this.#pen, name, unit + room));
  }

  #targetTexts(columns) {
    const { scene, sample } = this.#shown;
    const y = unitValues(scene, { name: "y" }, sample);
    return columns.at(-1).units.map((unit) => this.#number(y[unit], TARGET.most - 4));
  }

  /** Return a number as text, as in the tables or with fewer digits, and the width that it is narrowed to, if it is; with a class where it must be smaller, too. */
  #number(value, width) {
    this.#setType(VALUE_TYPE);
    const texts = [pretty(value), ...[3, 2, 1].map((digits) => compact(value, digits))];
    const widthOf = (text) => this.#pen.measureText(text).width;
    const text = texts.find((one) => NARROW * widthOf(one) <= width);
    if (!text) return [texts.at(-1), TIGHT * width, "small"];
    return widthOf(text) > width ? [text, width] : [text];
  }

  #setType(type) {
    this.#pen.font = `${type} ${getComputedStyle(this.element).fontFamily || "sans-serif"}`;
  }

  /** Scroll the columns in use into view, in a picture that is wider than its room. */
  #reveal({ columns, cost }) {
    const { from, to, layers } = this.#shown.flow;
    const xs = [from, to, layers[0]].filter((column) => column !== undefined).map((column) => (columns[column] ?? cost).x);
    this.scroller.scrollLeft = (Math.min(...xs) + Math.max(...xs) - this.scroller.clientWidth) / 2;
  }
}

/** Return a stop's symbol as text, or an array's that is no stop. */
const labelOf = (scene, { name }) => scene.forms.stops[name]?.label ?? symbolText(name);

const sentenceOf = ({ name }, { kind }) => (name === "new_C" ? AGAIN : KINDS[kind]);

/** Return what a stop uses a column for: "target" of its result, "source", or "". */
function useOf({ kind, from, to, layers }, column) {
  if (column === to) return "target";
  const feeds = kind === "forward" && layers.includes(column + 1);
  const meets = to === undefined && from !== undefined && column === layers[0] - 1; // a gradient is of two columns
  return column === from || feeds || meets ? "source" : "";
}

/** Return the units that the chosen weight connects. */
function endsOf({ names, focus: { weight } }) {
  const { rows, columns } = names[`W${weight.layer}`];
  return `${rows[weight.row]} → ${columns[weight.column]}`;
}

/** Return what cannot be seen: the chosen weight, whose the values are, what the widths show. */
function notesOf({ scene, stop, sample, all, hidden }) {
  const width = hidden && stop.operation !== "weights" ? undefined : widthOf(scene, stop, all);
  return [
    [make("i", {}, "w"), ` ${endsOf(scene)}: ${weightText(scene, stop, hidden)}`],
    [sampleText(scene, sample)],
    [width ? `width: size of ${width}` : ""],
  ];
}

/** Return what the edges' widths show at a stop, if anything. */
function widthOf(scene, stop, all) {
  switch (stop.operation) {
    case "weights": return `δ = ${labelOf(scene, { name: deltaName(scene, stop.layer) })}`;
    case "error": return labelOf(scene, stop);
    case "gradient": return `${labelOf(scene, stop)}${all ? ", all samples" : ""}`;
    case "update": return "ΔW";
    default: return undefined;
  }
}

/** Return the chosen weight's number, from the update on also the new one. */
function weightText(scene, { name, operation }, hidden) {
  const { layer, row, column } = scene.focus.weight;
  const text = (W) => pretty(W.values[row * W.columns + column]);
  const isUpdated = name === "new_C" || (operation === "update" && !hidden);
  return [`W${layer}`, ...(isUpdated ? [`new_W${layer}`] : [])].map((matrix) => text(scene[matrix])).join(" → ");
}

const sampleText = ({ first }, sample) => `values of sample ${whole(first + sample + 1)}`;

/** Return the stop and the values in words. */
function wordsOf({ scene, stop, stops, values, columns, flow, secret, sample }) {
  const named = [...columns, { names: [SHARE], units: [0] }];
  const texts = named.flatMap(({ names, units }, column) => {
    if (!stops[column]) return [];
    const textOf = (value) => (value === undefined ? "unknown" : pretty(value));
    const numbers = units.map((unit) => `${names[unit]} ${textOf(values[column][unit])}`);
    return [`${labelOf(scene, stops[column])}: ${secret === column ? "hidden" : numbers.join(", ")}`];
  });
  return [`The network at ${labelOf(scene, stop)}`, sentenceOf(stop, flow), `The ${sampleText(scene, sample)}`, ...texts, `Chosen weight: ${endsOf(scene)}`].join(". ");
}

/** Return the symbols above the columns, and of the matrices between them. */
function heads({ scene, stop, stops, layout, flow, columns }) {
  const xs = [...layout.columns.map(({ x }) => x), layout.cost.x];
  const symbols = xs.map((x, column) => {
    const first = scene.stops.find((one) => columnOf(scene, one) === column); // what is still to come
    return svg("text", { class: `head ${useOf(flow, column)}`, x, y: HEADS[1] }, labelOf(scene, stops[column] ?? first));
  });
  const matrices = columns.slice(1).map((_, i) => {
    const [W, isUsed] = [`W${superscript(`(${i + 1})`)}`, flow.layers.includes(i + 1)];
    const text = (isUsed && { gradient: `∂C/∂${W}`, update: `Δ${W}` }[stop.operation]) || W;
    return svg("text", { class: `head matrix ${isUsed ? "target" : ""}`, x: (xs[i] + xs[i + 1]) / 2, y: HEADS[0] }, text);
  });
  return [...matrices, ...symbols];
}

function valueText(x, y, text = "", width = undefined, size = "") {
  return svg("text", { class: `value ${size}`, x, y: y + 4.5, ...(width && { textLength: width.toFixed(1), lengthAdjust: "spacingAndGlyphs" }) }, text);
}

/** Return each output's target beside it, and its name above the first. */
function targets({ columns, layout: { columns: places, target: { x, width } }, targets: texts, flow }) {
  const use = flow.layers.includes(columns.length) ? "source" : "";
  const { nodes } = places.at(-1);
  const [left, above] = [x - width / 2, nodes[0] - UNIT.height / 2 - 5];
  const boxes = texts.map((content, place) => svg("g", { class: `unit ${use}`, "data-unit": `y:${columns.at(-1).units[place]}` },
    svg("rect", { x: left, y: nodes[place] - UNIT.height / 2, width, height: UNIT.height }),
    valueText(x, nodes[place], ...content)));
  return [...boxes, svg("text", { class: "name start", x: left, y: above }, "target y")];
}

/** Return what joins the outputs of a softmax: each of them depends on all. */
function bracket({ layout, flow, columns }) {
  const { nodes, x } = layout.columns.at(-1);
  const [left, top, bottom] = [x + layout.unit / 2 + 3, nodes[0] - UNIT.height / 2, nodes.at(-1) + UNIT.height / 2];
  const use = flow.layers.length ? "" : useOf(flow, columns.length - 1); // the softmax itself, or its slope
  return svg("path", { class: `bracket ${use} ${flow.kind}`, d: `M${left} ${top}h5V${bottom}h-5` }, svg("title", {}, "softmax: each ŷ depends on every O"));
}
