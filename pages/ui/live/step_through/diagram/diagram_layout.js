// Which units the diagram of the network draws, and where, in px.
import { hasBias, layersOf } from "../../chain_rule/network.js";
import { around } from "../../chain_rule/path_diagram.js";

const MOST = 8; // units of a column
export const UNIT = { height: 20, least: 40, most: 64 }; // height and widths of a unit
const GAP = { least: 14, share: 0.5 }; // between columns; of a unit's width, where there is little room
const ROW = { least: 36, most: 60, column: 250 }; // height of a row, and of the rows of a small network
const HEAD = 38; // above the units, for the symbols
const NAME = 14; // above a unit
const MARGIN = 3;

/** Return the drawn units of each column from the inputs to the outputs: { names, units, more, bias }; a bias is not among them. */
export function columnsOf(scene) {
  const last = layersOf(scene);
  return Array.from({ length: last + 1 }, (_, column) => {
    const bias = column < last && hasBias(scene, column + 1);
    const names = column ? scene.names[`W${column}`].columns : scene.names.W1.rows.slice(0, bias ? -1 : undefined);
    const units = choose(names.length, unitsOfInterest(scene, column));
    return { names, units, more: names.length - units.length, bias };
  });
}

/** Return the units of a column that are always drawn: of the chosen weight, its path, and the chosen output. */
function unitsOfInterest({ names, path, focus: { weight, output } }, column) {
  const wanted = [path[column - weight.layer]];
  if (column === weight.layer - 1) wanted.push(weight.row);
  if (column === weight.layer) wanted.push(weight.column);
  if (column === Object.keys(names).length) wanted.push(output);
  return wanted.filter((unit) => unit !== undefined);
}

/** Return at most MOST of `count` units in order, those of interest among them, and the neighbours of the first. */
function choose(count, interest) {
  const wanted = [...interest.filter((unit) => unit < count), ...around(count, MOST, interest[0] ?? 0, false)];
  return [...new Set(wanted)].slice(0, MOST).sort((one, other) => one - other);
}

/**
 * Return the places of what is drawn within a width, or wider if it must be.
 *
 * `unit` is a unit's width, `gap` that between two columns, between(layer) its two ends. A column
 * has x and the heights of its nodes, a bias last, and of "more"; `target` is of the target, which is
 * `joint` px beside the outputs; `cost` is the place of C.
 */
export function layoutOf(columns, width, targetWidth, joint) {
  const count = columns.length + 1;
  const fixed = 2 * MARGIN + targetWidth + joint;
  const free = width - fixed;
  const unit = Math.max(UNIT.least, Math.min(UNIT.most, Math.floor(free / (count + (count - 1) * GAP.share))));
  const gap = Math.max(GAP.least, (free - count * unit) / (count - 1));
  const rows = Math.max(...columns.map(({ units, bias, more }) => units.length + bias + (more > 0)));
  const row = Math.max(ROW.least, Math.min(ROW.most, ROW.column / rows));
  const middle = HEAD + (rows * row + NAME) / 2;
  const left = (column) => MARGIN + column * (unit + gap);
  const target = left(columns.length) - gap + joint;
  const ends = (layer) => (layer < columns.length ? [left(layer) - gap, left(layer)] : [target + targetWidth, target + targetWidth + gap]);
  return {
    unit, gap, joint, width: fixed + count * unit + (count - 1) * gap, height: HEAD + rows * row + MARGIN,
    columns: columns.map((column, i) => ({ x: left(i) + unit / 2, ...heights(column, middle, row) })),
    target: { x: target + targetWidth / 2, width: targetWidth },
    cost: { x: target + targetWidth + gap + unit / 2, y: middle },
    between: ends,
  };
}

function heights({ units, bias, more }, middle, row) {
  const count = units.length + bias + (more > 0);
  const at = (place) => middle + (place - (count - 1) / 2) * row;
  const nodes = units.map((_, place) => at(place));
  return { nodes: bias ? [...nodes, at(count - 1)] : nodes, more: more > 0 ? at(units.length) : undefined };
}
