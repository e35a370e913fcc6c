// The network around a weight, with its path to the cost highlighted.
import { Diagram } from "../draw/diagram.js";
import { make } from "../dom.js";
import { pretty } from "../draw/numbers.js";

const MOST = { inputs: 8, units: 9, outputs: 8 }; // nodes drawn around the weight
const WIDTH = 44; // em, at most
const SHARE = 0.62; // of a wide room, beside the notes
export const WIDE = 1000; // px, as in the style sheet

/** The diagram of a weight's path. */
export class PathDiagram {
  #key = "";
  #nodes;

  constructor() {
    this.canvas = make("canvas", { role: "img", "data-testid": "path" });
    this.element = make("figure", { class: "path" }, this.canvas);
  }

  /** Draw the network and highlight the weight's edge and every later edge on its path to C. */
  draw({ names, bias, W1, W2, midpoints }, weight, theme, room) {
    const most = room < WIDE ? room : SHARE * room;
    this.#place(names, bias, weight, theme, Math.min(WIDTH * theme.size, most));
    const { inputs, units, outputs } = this.#nodes;
    const inner = units.filter((unit) => unit < W1.columns);
    const cells = ({ columns, values }, from, to) => from.flatMap((row) => to.map((column) => values[row * columns + column]));
    const edges = [cells(W1, inputs, inner), cells(W2, units, outputs)];
    this.diagram.draw(edges, [], theme, midpoints.weights, { highlight: this.#pathEdges(weight), format: pretty });
    this.canvas.setAttribute("aria-label", `The network; highlighted path: ${pathText(names, weight)}`);
    this.canvas.dataset.path = this.#pathEdges(weight).map(({ layer, row, column }) => `${layer}:${row}:${column}`).join(" ");
  }

  #pathEdges({ layer, row, column }) {
    const { inputs, units, outputs } = this.#nodes;
    if (layer === 2) return [{ layer, row: units.indexOf(row), column: outputs.indexOf(column) }];
    const unit = units.indexOf(column);
    return [{ layer, row: inputs.indexOf(row), column: unit }, ...outputs.map((_, o) => ({ layer: 2, row: unit, column: o }))];
  }

  #place(names, bias, { layer, row, column }, theme, width) {
    const inputs = around(names.W1.rows.length - bias.input, MOST.inputs, layer === 1 ? row : 0, bias.input);
    const units = around(names.W1.columns.length, MOST.units, layer === 1 ? column : row, bias.hidden);
    const outputs = around(names.W2.columns.length, MOST.outputs, layer === 2 ? column : 0, false);
    const key = JSON.stringify([names.W1.rows, names.W2, inputs, units, outputs, width, theme.key]);
    if (key === this.#key) return;
    this.#key = key;
    this.#nodes = { inputs, units, outputs };
    const nodes = (indices, all, bias) => ({ names: indices.map((i) => all[i]), more: all.length - indices.length, bias });
    const columns = [nodes(inputs, names.W1.rows, bias.input), nodes(units, names.W2.rows, bias.hidden), nodes(outputs, names.W2.columns, false)];
    this.diagram = new Diagram(this.canvas, { columns });
    this.diagram.layout(width, theme);
  }
}

/** Return at most `most` of `count` nodes, the chosen one among them, and the bias last. */
export function around(count, most, chosen, bias) {
  const drawn = Math.min(count, most);
  const start = Math.max(0, Math.min(count - drawn, Math.min(chosen, count - 1) - Math.floor(drawn / 2)));
  const indices = Array.from({ length: drawn }, (_, i) => start + i);
  return bias ? [...indices, count] : indices;
}

function pathText(names, { layer, row, column }) {
  if (layer === 2) return `${names.W2.rows[row]} to ${names.W2.columns[column]}, to the cost`;
  return `${names.W1.rows[row]} to ${names.W1.columns[column]}, on to ${names.W2.columns.join(", ")}, to the cost`;
}
