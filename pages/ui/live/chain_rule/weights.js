// The matrices to pick a weight from, in the course's conventions (separate bias, transposed W).
import { make } from "../dom.js";
import { transpose } from "./matrices.js";
import { gridOf } from "./grid.js";
import { hasBias, layersOf } from "./network.js";
import { FrozenKey, setsOf } from "../draw/frozen.js";
import { ColourBar } from "../draw/legend.js";
import { connection } from "../draw/matrix_row.js";
import { superscript } from "../draw/numbers.js";

/** The grids of all matrices. */
export class WeightGrids {
  #blocks;
  #sizes; // of the matrices, as their names
  #drawn = []; // what the cells were drawn from
  #bar = new ColourBar();
  #key = new FrozenKey();

  /** `scene`: a message's names, bias and conventions; `pick(weight)`, `hover(weight or undefined)`. */
  constructor(scene, { pick, hover }) {
    this.transposed = scene.conventions.transposed;
    this.#blocks = Object.values(scene.names).flatMap((names, i) =>
      blocks(i + 1, names, hasBias(scene, i + 1) && scene.conventions.bias_apart, connection(i + 1, layersOf(scene))));
    this.#sizes = Object.values(scene.names);
    for (const block of this.#blocks) block.grid = this.#grid(block, pick, hover);
    this.legend = this.#bar.element;
    this.elements = this.#blocks.map((block) => this.#figure(block));
  }

  /** Draw the matrices, weights or gradients, unless another sample has the same ones; `midpoint` of their colours: see `shareOf`; `frozen` weights: see pages/ui/style/frozen_weights.py. */
  draw(matrices, midpoint, theme, frozen) {
    const drawn = [midpoint, theme.key, frozen, ...matrices];
    if (drawn.every((part, i) => part === this.#drawn[i])) return;
    this.#drawn = drawn;
    const sets = this.#explain(frozen);
    for (const { layer, rows, columns, grid } of this.#blocks) {
      const { values } = matrices[layer - 1];
      const width = columns.length;
      const cells = rows.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]);
      const locks = rows.flatMap((row) => columns.map((_, column) => sets[layer - 1]?.has(row * width + column)));
      const [shown, marks] = this.transposed ? [cells, locks].map((each) => transpose(each, width)) : [cells, locks];
      grid.draw(shown, midpoint, theme, marks);
    }
    this.#bar.setMidpoint(midpoint);
    this.#bar.restyle(theme);
  }

  /** Return the places of frozen weights, a set a matrix; if there are any, the legend says what marks them. */
  #explain(frozen) {
    if (!frozen?.counts.some(Boolean)) {
      this.#key.element.remove();
      return [];
    }
    const { sets, counts } = setsOf(frozen, this.#sizes);
    this.#key.show(counts, sets.map(({ size }, i) => size === counts[i] && this.#blocks.every(({ layer, grid }) => layer !== i + 1 || grid.marks)));
    this.legend.after(this.#key.element);
    return sets;
  }

  /** Mark the selected weight. */
  mark(weight) {
    for (const { layer, rows, grid } of this.#blocks) {
      const at = rows.indexOf(weight.row);
      grid.mark(weight.layer === layer && at >= 0 ? this.#transpose(at, weight.column) : undefined);
    }
  }

  #grid({ layer, title, rows, names, columns }, pick, hover) {
    const weightAt = (...cell) => {
      const { row, column } = this.#transpose(...cell);
      return { layer, row: rows[row], column };
    };
    const shown = this.transposed ? { rows: columns, columns: names } : { rows: names, columns };
    return gridOf(title, shown, (row, column) => pick(weightAt(row, column)),
      (row, column) => hover(row === undefined ? undefined : weightAt(row, column)));
  }

  #figure({ symbol, note, rows, columns, grid }) {
    const size = this.transposed ? `${columns.length}×${rows.length}` : `${rows.length}×${columns.length}`;
    const turned = this.transposed ? note.split(" → ").reverse().join(" ← ") : note;
    return make("figure", {}, make("figcaption", {}, make("b", {}, symbol), ` ${size}${note && `, ${turned}`}`), grid.element);
  }

  #transpose(row, column) {
    return this.transposed ? { row: column, column: row } : { row, column };
  }
}

/** Return one matrix, or the matrix without its bias row and the bias vector beside it. */
function blocks(layer, { rows, columns }, apart, note) {
  const upper = superscript(`(${layer})`);
  const all = rows.map((_, row) => row);
  const matrix = (indices) => ({ layer, title: `W${layer}`, symbol: `W${upper}`, note, rows: indices, names: indices.map((row) => rows[row]), columns });
  if (!apart) return [matrix(all)];
  return [matrix(all.slice(0, -1)), { layer, title: `b${layer}`, symbol: `b${upper}`, note: "", rows: all.slice(-1), names: ["b"], columns }];
}
