// The network around a weight, with its path to the cost highlighted.
import { Diagram } from "../draw/diagram.js";
import { make } from "../dom.js";
import { pretty } from "../draw/numbers.js";
import { hasBias, isDeep, layersOf, outputsOf } from "./network.js";
import { pathText } from "./path_list.js";

const MOST = { inputs: 8, units: 9, outputs: 8 }; // nodes drawn around the path
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

  /** Draw the network and highlight the path of a weight through these units; with one hidden layer, to every output. */
  draw(scene, weight, units, theme, room) {
    const most = room < WIDE ? room : SHARE * room;
    this.#place(scene, weight, units, theme, Math.min(WIDTH * theme.size, most));
    const edges = Object.keys(scene.names).map((name, i) => this.#cells(scene[name], i));
    const highlight = this.#pathEdges(scene, weight, units);
    this.diagram.draw(edges, [], theme, scene.midpoints.weights, { highlight, format: pretty });
    this.canvas.setAttribute("aria-label", `The network; highlighted path: ${pathName(scene, weight, units)}`);
    this.canvas.dataset.path = highlight.map(({ layer, row, column }) => `${layer}:${row}:${column}`).join(" ");
  }

  /** Return the numbers of a matrix between the nodes that are drawn. */
  #cells({ columns, values }, i) {
    const to = this.#nodes[i + 1].filter((unit) => unit < columns);
    return this.#nodes[i].flatMap((row) => to.map((column) => values[row * columns + column]));
  }

  #pathEdges(scene, { layer, row }, units) {
    const at = (place, unit) => this.#nodes[place].indexOf(unit);
    if (!isDeep(scene) && layer === 1) {
      const unit = at(1, units[0]);
      return [{ layer, row: at(0, row), column: unit }, ...this.#nodes[2].map((_, o) => ({ layer: 2, row: unit, column: o }))];
    }
    return units.map((unit, i) => ({ layer: layer + i, row: at(layer + i - 1, i ? units[i - 1] : row), column: at(layer + i, unit) }));
  }

  #place(scene, { layer, row }, units, theme, width) {
    const { names } = scene;
    const last = layersOf(scene);
    const layers = [...Object.values(names).map(({ rows }) => rows), outputsOf(scene)]; // the names of their nodes
    const chosen = isDeep(scene) || layer === last ? [row, ...units] : [row, units[0]]; // from the weight's own layer on
    const nodes = layers.map((all, i) => {
      const bias = i < last && hasBias(scene, i + 1);
      const most = i === 0 ? MOST.inputs : i === last ? MOST.outputs : MOST.units;
      return around(all.length - bias, most, chosen[i - layer + 1] ?? 0, bias);
    });
    const key = JSON.stringify([layers, nodes, width, theme.key]);
    if (key === this.#key) return;
    this.#key = key;
    this.#nodes = nodes;
    const columns = layers.map((all, i) => ({
      names: nodes[i].map((node) => all[node]), more: all.length - nodes[i].length, bias: i < last && hasBias(scene, i + 1),
    }));
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

function pathName(scene, weight, units) {
  if (isDeep(scene)) return `${pathText(scene, weight, units)}, to the cost`;
  const { layer, row, column } = weight;
  const { W1, W2 } = scene.names;
  if (layer === 2) return `${W2.rows[row]} to ${W2.columns[column]}, to the cost`;
  return `${W1.rows[row]} to ${W1.columns[column]}, on to ${W2.columns.join(", ")}, to the cost`;
}
