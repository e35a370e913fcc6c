// Arrays as parts of an operation: their names and colours, and which of their cells make an entry of the result.
import { transposed } from "../chain_rule/matrices.js";
import { deltaName, hasBias } from "../chain_rule/network.js";
import { superscript, whole } from "../draw/numbers.js";
import { inputsName, rowsOf, sampleAt, withoutLastColumn } from "./values.js";

export const FOLLOW = "Click a weight to follow it";
const EXPLAIN = "Click a number to see how it is made";
const MOST_SAMPLES = 50; // displayed at once
const MOST_CELLS = 1200; // of a sample's longest row, times the samples

// A part is an array, { rows, columns, values }, with its `symbol`, its name in the script if that is another (`code`), the
// `kind` of its colours, `names` of its { rows, columns }, and the axis that has the `samples`, if any. `used(entry)` are its
// cells that make an entry of the result: { row, column }, all of them where one is undefined; nothing if it is undefined.
// Of a result, `entryAt(cell)` is the entry of a cell. `isMade`: it is what the stop makes, but for the entries that are
// known before (`isKnown(entry)`); `help` says what a click does. In a layout its whole `shape` is a text, and `shown` says which part of it is there.

/** Return a quantity's symbol as text, from its ASCII name: ∂C/∂H⁽²⁾ from dC_dH2. */
export function symbolText(name) {
  const text = (part) => part.replace(/y_?hat/, "ŷ").replace(/\d+/, (layer) => superscript(`(${layer})`));
  const [above, below] = name.split("_d");
  if (below) return `∂${text(above.slice(1))}/∂${text(below)}`;
  return name.startsWith("new_") ? `${text(name.slice(4))}′` : text(name);
}

/** Return a part with its shape, and which samples are displayed if not all of them are. */
export function withShape(part, { samples: count, numbers }) {
  const { rows, columns, samples, names } = part;
  const shown = samples && names[samples].length;
  if (!shown || shown === count || shown === 1) return { ...part, shape: `${rows}×${columns}`, shown: "" };
  const isApart = Boolean(numbers); // samples are missing between them
  const [from, to] = [names[samples][0], names[samples].at(-1)];
  const shape = samples === "rows" ? `${whole(count)}×${columns}` : `${rows}×${whole(count)}`;
  return { ...part, shape, shown: isApart ? `${whole(shown)} of the samples shown` : `${from.replace("sample", "samples")} to ${to.replace("sample ", "")} shown` };
}

/** Return the transposed part. */
export function turn(part) {
  const { names, used, entryAt, samples } = part;
  return {
    ...part, ...transposed(part), names: { rows: names.columns, columns: names.rows }, used: (entry) => flip(used(entry)),
    ...(entryAt && { entryAt: (cell) => entryAt(flip(cell)) }), ...(samples && { samples: samples === "rows" ? "columns" : "rows" }),
  };
}

const flip = (at) => at && { row: at.column, column: at.row };

/** Return which samples are displayed: the chosen one, or with it as many as are legible. */
export function windowOf(scene, { layer }, { sample, all }) {
  if (!all) return { from: sample, to: sample + 1 };
  const { rows } = scene.X;
  const near = [1, layer - 1, layer].map((l) => scene[`W${l}`]).filter(Boolean);
  const widest = Math.max(...near.flatMap((W) => [W.rows, W.columns]));
  const count = Math.min(rows, MOST_SAMPLES, Math.max(1, Math.floor(MOST_CELLS / widest)));
  const from = Math.min(Math.max(0, sample - Math.floor(count / 2)), rows - count);
  return { from, to: from + count };
}

// ---- which cells make an entry

const none = () => undefined;
const never = () => false;
export const sameCell = ({ row, column }) => ({ row, column });
export const sameRow = ({ row }) => ({ row });
export const sameColumn = ({ column }) => ({ column });

const isApart = (scene, layer) => scene.conventions.bias_apart && hasBias(scene, layer);
export const unitsOf = (scene, layer) => scene.names[`W${layer}`].columns;
export const matrixText = (letter, layer) => `${letter}${superscript(`(${layer})`)}`;

/** Return the displayed samples' rows of an array; `columns` are their names. */
export function rowsShown(scene, name, { window: { from, to } }, columns, kind = "weights") {
  const rows = Array.from({ length: to - from }, (_, i) => `sample ${sampleAt(scene, from + i) + 1}`);
  return { ...rowsOf(scene[name], from, to), symbol: symbolText(name), code: "", kind, names: { rows, columns }, samples: "rows", used: none };
}

/** Return δ of a matrix. */
export function delta(scene, layer, view) {
  const rows = rowsShown(scene, deltaName(scene, layer), view, unitsOf(scene, layer), "gradients");
  return { ...rows, symbol: `δ = ${rows.symbol}` };
}

/** Return what a matrix multiplies, with the constant 1 unless the bias stands apart. */
export function inputs(scene, layer, view) {
  const apart = isApart(scene, layer);
  const units = scene.names[`W${layer}`].rows;
  const columns = hasBias(scene, layer) ? [...units.slice(0, -1), ...(apart ? [] : ["1"])] : units;
  const rows = rowsShown(scene, inputsName(scene, layer), view, columns);
  if (apart) return { ...rows, ...withoutLastColumn(rows) };
  if (!hasBias(scene, layer)) return rows;
  return { ...rows, symbol: `${rows.symbol} with the 1`, code: rows.symbol.replace(/^./, (letter) => `${letter}₁`) };
}

/**
 * Return an array of a matrix's shape as a part, or where the bias stands apart as two: without its last row, and that row.
 * `text` makes the symbol, from W⁽¹⁾ or b⁽¹⁾. Their entries are weights.
 */
export function blocks(scene, layer, array, text, kind) {
  const { rows, columns } = scene.names[`W${layer}`];
  const block = (letter, from, to) => ({
    ...rowsOf(array, from, to), symbol: text(matrixText(letter, layer)), code: "", kind, names: { rows: rows.slice(from, to), columns },
    used: ({ layer: of, row, column }) => (of === layer && row >= from && row < to ? { row: row - from, column } : undefined),
    entryAt: ({ row, column }) => ({ layer, row: row + from, column }),
    isKnown: never, help: FOLLOW,
  });
  if (!isApart(scene, layer)) return [block("W", 0, array.rows)];
  const bias = block("b", array.rows - 1, array.rows);
  return [block("W", 0, array.rows - 1), { ...bias, names: { rows: [""], columns } }];
}

/** Return a part that is not to be picked from. */
export const operand = ({ entryAt: _, ...part }, used = part.used) => ({ ...part, used });

/** Return what a stop makes, but for entries that are known. */
export const asResult = (part, isKnown = never) => ({ ...part, used: sameCell, entryAt: sameCell, isMade: true, isKnown, help: EXPLAIN });

/** Return the result of a stop that has a row for each sample. */
export function result(scene, stop, view, columns, kind = stop.backward ? "gradients" : "weights") {
  const rows = rowsShown(scene, stop.name, view, columns, kind);
  return asResult({ ...rows, symbol: stop.operation === "slope" ? `δ = ${rows.symbol}` : rows.symbol });
}
