// The network as nodes and edges; colour, width and dashes show the weights.
import { drawDot, drawLine, maxWidth, resize, setType, truncate, write } from "./canvas.js";
import { colourOf, shareOf } from "./colours.js";
import { drawLock } from "./frozen.js";
import { short, shortDecimal } from "./numbers.js";

const GAP = 6;
const HEIGHT = { least: 13, most: 30, node: 4.3, slot: 1.3 }; // times the size of type; `node` is one's share, `slot` the least
const RADIUS = { least: 0.2, most: 1.1 }; // times the size of type
const VALUES = { width: 17, step: 2.4 }; // times the size of type, the least space that leaves some for values
const WIDE = 0.3; // of the distance between columns: half the width of a node at most, with its name
const FLAT = 0.6; // times the size of type, the radius of a node too low for its name
const NAME = 1.15; // times the size of type, the least distance of names
const WIDTH = { least: 0.5, most: 6, crowded: 2.5 }; // px, an edge's; `crowded` is the most of many
const CROWD = 100; // edges
const MIN_SHADE = 0.3; // of the scale: weaker edges keep this colour to stay visible
const LEVELS = 12; // of width and colour on either side of 0
const DASH = [14, 7]; // px; short dashes are slow to draw
const SPOTS = [0.14, 0.18, 0.22, 0.26, 0.3, 0.35, 0.4]; // of a padlock along its edge, near where it begins: further on edges cross
const LETTERS = 0.8; // times the size of type, the height of digits
const LABELLED = 24; // edges at most for values to be shown
const PLACES = [0.3, 0.7, 0.2, 0.8, 0.5, 0.4, 0.6, 0.12, 0.88]; // of a value along its edge
const LOCK = { size: 0.8, apart: 1.1, most: 60 }; // times the size of type; weights whose padlocks are drawn at most
const UNIT = { type: 0.88, high: 1.1, wide: 4.5, beside: 8, below: 0.54, named: 0.6, longest: "Z = −0.123" }; // times the size of type: a unit's value, the least space below and between columns for it, the latter also beside values on edges, and its distance; of that between columns, its width with its symbol
const NEAR = 6; // px, the maximum distance of the pointer from an edge
export const SIGNS = { saturated: "!", dead: "×" };

/** The diagram of one network, of any number of layers. */
export class Diagram {
  #columns; #edges; #size;
  #labelled; // whether there is space for values on edges
  #hasUnitValues; // whether values of the units are to be drawn
  #named; // whether there is space for their symbols, wherever they are drawn
  #units; // those values, an array a column
  #locks = {}; // the edges that are frozen, and for what they were placed
  #levels; // of each edge: its value in LEVELS steps, negative for a negative one

  /**
   * `columns`: of nodes, from the inputs to the outputs: { names, more: how many are omitted, bias: whether the last is one };
   * `units`: whether the nodes are to show values, too.
   */
  constructor(canvas, { columns }, { units = false } = {}) {
    this.canvas = canvas;
    this.#hasUnitValues = units;
    this.#columns = columns.map(column);
    this.#edges = this.#columns.slice(1).flatMap(({ nodes }, i) => connect(i + 1, this.#columns[i].nodes, nodes.filter((node) => !node.bias)));
    this.#levels = new Int8Array(this.#edges.length);
  }

  /** Set the drawing's width and height in px (by default what its nodes need) and place nodes, edges and values. */
  layout(width, theme, height = this.#neededHeight(theme)) {
    const pen = this.canvas.getContext("2d");
    setType(pen, theme);
    this.#size = { width, height };
    const last = this.#columns.length - 1;
    const room = this.#columns.map((column) => sideRoom(pen, column, width, theme));
    const edge = RADIUS.most * theme.size;
    const [left, right] = [room[0] + edge, width - room[last] - edge];
    const step = Math.max(HEIGHT.node * theme.size, height / this.#mostSlots);
    this.#labelled = this.#edges.length <= LABELLED && width >= VALUES.width * theme.size && height / this.#mostSlots >= VALUES.step * theme.size;
    this.#columns.forEach((column, i) => {
      const hidden = this.#hidden.includes(column);
      for (const node of column.nodes) node.text = hidden ? node.name : truncate(pen, node.name, room[i] - GAP);
      const between = (right - left) / last;
      const units = this.#hasUnitValues && between >= (this.#labelled ? UNIT.beside : UNIT.wide) * theme.size;
      spread(column, left + (i / last) * (right - left), height, step, Math.max(0, Math.min(RADIUS.most * theme.size, WIDE * between)), theme, units);
      for (const node of column.nodes) node.half = hidden ? halfWidth(pen, node) : node.radius;
      if (hidden) dropWideNames(column, WIDE * between);
      if (hidden && last > 2 && column.nodes[0].radius < FLAT * theme.size) dropNames(column);
      column.space = between;
      column.roomy = units && hasRoom(column, height, theme);
    });
    this.#named = hasRoomForSymbols(pen, this.#columns, theme);
    for (const edge of this.#edges) Object.assign(edge, ends(edge));
    this.#locks = {};
    if (this.#labelled) placeValues(this.#edges, this.#columns.flatMap(({ nodes, roomy }) => nodes.map((node) => ({ ...node, roomy }))), theme.size);
    resize(this.canvas, width, height);
  }

  /** Return the least height in px at which the names of all nodes stay apart. */
  least(_, { size }) { return HEIGHT.slot * size * this.#mostSlots; }

  /**
   * Draw values of the edges, an array a matrix (row by row), and the units' states, an array a hidden layer (or none at all);
   * `midpoint` of the values: see `shareOf`. With `highlight`, the edges of a path are emphasised; so is `mark`, and others stay as they are; `format` turns a value into text.
   * `frozen`: of each matrix a set of the places of frozen weights; `units`: values of the nodes, an array a column.
   */
  draw(edges, states, theme, midpoint, { highlight = [], mark, format = short, frozen, units } = {}) {
    const pen = this.canvas.getContext("2d");
    const { width, height } = this.#size;
    this.#setValues(edges, midpoint);
    pen.clearRect(0, 0, width, height);
    pen.globalAlpha = highlight.length ? 0.25 : 1;
    this.#strokeAll(pen, theme);
    pen.globalAlpha = 1;
    const path = this.#edges.filter((edge) => highlight.some((wanted) => same(edge, wanted)));
    for (const edge of mark ? [...path, ...this.#edges.filter((edge) => same(edge, mark))] : path) this.#strokeOne(pen, edge, theme);
    this.#nodes(pen, states, theme);
    this.#units = units;
    if (units) this.#columns.forEach((column, i) => column.roomy && drawUnitValues(pen, column, units[i], this.#named ? `${this.symbolOf(i)} = ` : "", this.#size, theme));
    const labelled = path.length ? path : this.#edges;
    const written = this.#labelled ? drawValues(pen, labelled, theme, format) : [];
    if (frozen) this.#drawLocks(pen, frozen, written, theme, format);
  }

  /** Return what the values of a column's nodes are: x, Z or ŷ. */
  symbolOf(column) { return column === 0 ? "x" : column < this.#columns.length - 1 ? "Z" : "ŷ"; }

  /** Return where values of units are to be seen: below them, or at the pointer only. */
  get unitsPlace() {
    const roomy = this.#columns.filter((column) => column.roomy).length;
    return roomy === this.#columns.length ? "" : roomy ? ", more at the pointer" : ", at the pointer";
  }

  /** Whether all of so many frozen weights are marked. */
  static marks(count) { return count <= LOCK.most; }

  /** Return what is below the pointer: a unit of a hidden layer (from 1), or any that has a value, or else the nearest edge. */
  at(x, y) {
    const found = (node) => over(node, x, y);
    const layer = this.#columns.findIndex(({ nodes }) => nodes.some(found));
    if (layer >= 0) {
      const { index, name, bias } = this.#columns[layer].nodes.find(found);
      if (bias) return undefined;
      const value = this.#units?.[layer]?.[index];
      if (this.#hidden.includes(this.#columns[layer])) return { kind: "unit", layer, index, name, value };
      return value === undefined ? undefined : { kind: "end", layer, index, name, value };
    }
    let [nearest, least] = [undefined, NEAR];
    for (const edge of this.#edges) {
      const distance = distanceTo(edge, x, y);
      if (distance <= least) [nearest, least] = [edge, distance];
    }
    return nearest && { kind: "edge", ...nearest };
  }

  get #hidden() { return this.#columns.slice(1, -1); }

  get #mostSlots() { return Math.max(...this.#columns.map(slots)); }

  #neededHeight({ size }) {
    return size * Math.min(HEIGHT.most, Math.max(HEIGHT.least, this.#mostSlots * HEIGHT.node));
  }

  get #widest() { return this.#edges.length > CROWD ? WIDTH.crowded : WIDTH.most; }

  #setValues(values, midpoint) {
    this.#edges.forEach((edge, i) => {
      edge.value = values[edge.layer - 1][edge.place];
      const share = shareOf(edge.value, midpoint);
      this.#levels[i] = Math.sign(share) * Math.ceil(Math.abs(share) * LEVELS);
    });
  }

  /** Draw all edges, the strongest on top. Single lines are faster than a path of many. */
  #strokeAll(pen, theme) {
    for (let size = 0; size <= LEVELS; size++) {
      for (const level of size ? [-size, size] : [0]) {
        if (!this.#levels.includes(level)) continue;
        style(pen, level, this.#widest, theme);
        this.#edges.forEach((edge, i) => this.#levels[i] === level && stroke(pen, edge));
      }
    }
    pen.setLineDash([]);
  }

  #strokeOne(pen, edge, theme) {
    style(pen, this.#levels[this.#edges.indexOf(edge)], this.#widest, theme);
    const [width, colour, dash] = [pen.lineWidth, pen.strokeStyle, pen.getLineDash()];
    const layers = [[4, theme.text, []], [2, theme.background, []], [0, colour, dash]]; // the background is visible between dashes
    for (const [wider, strokeStyle, pattern] of layers) {
      pen.lineWidth = width + wider;
      pen.strokeStyle = strokeStyle;
      pen.setLineDash(pattern);
      stroke(pen, edge);
    }
    pen.setLineDash([]);
  }

  /** Draw a padlock on every frozen edge: left of its value, or where it is apart from the others. */
  #drawLocks(pen, frozen, written, theme, format) {
    if (this.#locks.of !== frozen) this.#locks = { of: frozen, edges: placeLocks(this.#edges, ({ layer, place }) => frozen[layer - 1]?.has(place), theme.size) };
    const size = LOCK.size * theme.size;
    if (!Diagram.marks(this.#locks.edges.length)) return;
    for (const { edge, spot } of this.#locks.edges) {
      if (!written.includes(edge)) drawLock(pen, spot.x, spot.y, size, theme);
      else drawLock(pen, edge.label.x - pen.measureText(format(edge.value)).width / 2 - 0.75 * size, edge.label.y, size, theme);
    }
  }

  #nodes(pen, states, theme) {
    const stateOf = (layer, { index }) => states[layer - 1]?.[index] ?? "";
    this.#columns.forEach(({ nodes }, layer) => {
      for (const node of nodes) outline(pen, node, theme, stateOf(layer, node));
    });
    setType(pen, theme);
    names(pen, this.#columns[0], "right", (node) => node.x - node.half - GAP);
    for (const column of this.#hidden) names(pen, column, "center", (node) => node.x);
    names(pen, this.#columns.at(-1), "left", (node) => node.x + node.half + GAP);
    for (const column of this.#columns) more(pen, column, this.#size, theme);
    this.#columns.forEach(({ nodes }, layer) => {
      for (const node of nodes) if (SIGNS[stateOf(layer, node)]) badge(pen, node, SIGNS[stateOf(layer, node)], theme);
    });
  }
}

// ---- layout

function column({ names, more, bias }) {
  return { more, nodes: names.map((name, index) => ({ name, index, bias: bias && index === names.length - 1 })) };
}

/** Return the edges from every node of a column to every one of the next. */
function connect(layer, from, to) {
  return from.flatMap((start, row) => to.map((end, column) => ({ layer, row, column, place: row * to.length + column, start, end })));
}

/** Return how many nodes a column shows, with a place for those that it omits. */
const slots = ({ nodes, more }) => nodes.length + (more > 0);

function sideRoom(pen, { nodes, more }, width, { size }) {
  const longest = maxWidth(pen, nodes.map(({ name }) => name)) + GAP;
  const below = more > 0 ? pen.measureText(`+ ${more} more`).width / 2 - RADIUS.most * size : 0;
  return Math.max(Math.min(longest, width * 0.27), below) + 2;
}

/** Place one column's nodes, centred in the height, at most `most` px apart and of at most that radius; `units`: smaller, if that leaves space for their values. */
function spread(column, x, height, most, largest, { size }, units) {
  const count = slots(column);
  const step = Math.min(most, height / count);
  column.every = Math.ceil((NAME * size) / step);
  const beside = (step - UNIT.high * size) / 2; // a value
  const radius = Math.min(largest, Math.max(RADIUS.least * size, step * 0.4), units && beside >= FLAT * size ? beside : Infinity);
  column.nodes.forEach((node, i) => Object.assign(node, { x, y: height / 2 + (i + 0.5 - count / 2) * step, radius }));
}

function halfWidth(pen, { name, radius, bias }) {
  return bias ? radius : Math.max(radius, pen.measureText(name).width / 2 + 4);
}

/** Leave nodes without their names where these would hide too much of the edges. */
function dropWideNames({ nodes }, most) {
  if (Math.max(...nodes.map(({ half }) => half)) > most) dropNames({ nodes });
}

function dropNames({ nodes }) {
  for (const node of nodes) Object.assign(node, { text: "", half: node.radius });
}

/** Return whether there is space for a value below each of a column's nodes. */
function hasRoom({ nodes }, height, { size }) {
  const valued = nodes.filter(({ bias }) => !bias);
  if (!valued.length) return false;
  const { y, radius } = valued.at(-1);
  const between = nodes.length > 1 ? nodes[1].y - nodes[0].y : height;
  return between - 2 * radius >= 0.999 * UNIT.high * size && y + radius + UNIT.high * size <= height;
}

const ends = ({ start, end }) => ({ x1: start.x + start.half, y1: start.y, x2: end.x - end.half, y2: end.y });

/** Place each value where it overlaps the fewest others, and among those, the fewest edges. */
function placeValues(edges, nodes, size) {
  for (const [i, edge] of edges.entries()) {
    const covered = (spot) => edges.slice(0, i).filter(({ label }) => overlap(spot, label, size)).length;
    const crossed = (spot) => edges.filter((other) => other !== edge && distanceTo(other, spot.x, spot.y) < size).length;
    const hidden = (spot) => nodes.filter((node) => overNode(spot, node, size)).length;
    const cost = (spot) => edges.length * (covered(spot) + hidden(spot)) + crossed(spot);
    const spots = PLACES.map((share) => along(edge, share));
    edge.label = spots.reduce((best, spot) => (cost(spot) < cost(best) ? spot : best));
  }
}

const along = ({ x1, y1, x2, y2 }, share) => ({ x: x1 + share * (x2 - x1), y: y1 + share * (y2 - y1) });
const overlap = (a, b, size) => Math.abs(a.x - b.x) < 4.5 * size && Math.abs(a.y - b.y) < size + 4;

const overNode = ({ x, y }, node, size) => Math.abs(x - node.x) < node.half + 2.2 * size && (Math.abs(y - node.y) < node.radius + size / 2 || coversValue(y, node, size));
const coversValue = (y, { roomy, bias, y: centre, radius }, size) => roomy && !bias && y > centre && y < centre + radius + 1.6 * size;

/** Return frozen edges, each with a spot apart from the others' where there is one, and from other edges as far as can be. */
function placeLocks(edges, isFrozen, size) {
  const placed = [];
  for (const edge of edges.filter(isFrozen)) {
    const near = (spot) => placed.filter((other) => Math.hypot(spot.x - other.spot.x, spot.y - other.spot.y) < LOCK.apart * size).length;
    const covered = (spot) => edges.filter((other) => other !== edge && distanceTo(other, spot.x, spot.y) < (LOCK.size * size) / 2).length;
    const cost = (spot) => edges.length * near(spot) + covered(spot);
    const spots = SPOTS.map((share) => along(edge, share));
    placed.push({ edge, spot: spots.reduce((best, spot) => (cost(spot) < cost(best) ? spot : best)) });
  }
  return placed;
}

const over = ({ x, y, half, radius }, atX, atY) => Math.abs(atX - x) <= half && Math.abs(atY - y) <= radius;
const same = (edge, { layer, row, column }) => edge.layer === layer && edge.row === row && edge.column === column;

function distanceTo({ x1, y1, x2, y2 }, x, y) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const share = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy);
}

// ---- strokes

function style(pen, level, most, theme) {
  const share = Math.abs(level) / LEVELS;
  pen.lineWidth = WIDTH.least + share * (most - WIDTH.least);
  pen.strokeStyle = level ? `rgb(${colourOf(theme.scale, Math.sign(level) * Math.max(MIN_SHADE, share), 1)})` : theme.faint;
  pen.setLineDash(level < 0 ? DASH : []);
}

const stroke = (pen, { x1, y1, x2, y2 }) => drawLine(pen, x1, y1, x2, y2);

function outline(pen, { x, y, half, radius, bias }, theme, state) {
  pen.beginPath();
  pen.roundRect(x - half, y - radius, 2 * half, 2 * radius, bias ? 2 : radius);
  pen.fillStyle = theme.background;
  pen.fill();
  pen.lineWidth = state ? Math.min(3, radius / 4) : 1.5;
  pen.strokeStyle = theme.text;
  pen.setLineDash(state === "dead" ? [3, 3] : []);
  pen.stroke();
  pen.setLineDash([]);
}

/** Write names beside or in every so many nodes; a bias contains a 1. */
function names(pen, { nodes, every }, align, place) {
  for (const [i, node] of nodes.entries()) {
    if (i % every) continue;
    if (node.bias) write(pen, "center", "1", node.x, node.y + 0.5);
    else write(pen, align, node.text, place(node), node.y + 0.5);
  }
}

function badge(pen, { x, y, half, radius }, sign, theme) {
  const above = Math.max(y - radius + 1, 0.55 * theme.size); // on the canvas
  drawDot(pen, x + half, above, 0.55 * theme.size, theme.text);
  pen.fillStyle = theme.background;
  write(pen, "center", sign, x + half, above + 0.5);
}

/** Write how many nodes a column omits, in the slot reserved for it. */
function more(pen, { more, nodes, space }, { height }, { size }) {
  const text = pen.measureText(`+ ${more} more `).width < space ? `+ ${more} more` : `+ ${more}`;
  if (more) write(pen, "center", text, nodes[0].x, height - (nodes[0].y - nodes[0].radius) - size / 2);
}

/** Write each value on its edge, but those that would lie on another one; return the edges that have theirs. */
function drawValues(pen, edges, theme, format) {
  const written = [];
  for (const edge of edges) {
    const { label: { x, y }, value } = edge;
    const text = format(value);
    const width = pen.measureText(text).width + 4;
    const isOn = ({ x: otherX, y: otherY, width: other }) => Math.abs(x - otherX) < (width + other) / 2 - 4 && Math.abs(y - otherY) < LETTERS * theme.size;
    if (written.some(isOn)) continue;
    written.push({ edge, x, y, width });
    pen.fillStyle = theme.background;
    pen.fillRect(x - width / 2, y - theme.size / 2 - 1, width, theme.size + 2);
    pen.fillStyle = theme.text;
    write(pen, "center", text, x, y);
  }
  return written.map(({ edge }) => edge);
}

/** Return whether every column that shows values has the space for their symbol before them, whatever the values are. */
function hasRoomForSymbols(pen, columns, theme) {
  const type = pen.font;
  pen.font = unitFont(theme);
  const { width } = pen.measureText(UNIT.longest);
  pen.font = type;
  return columns.every(({ roomy, space }) => !roomy || width <= UNIT.named * space);
}

const unitFont = ({ size, font }) => `600 ${UNIT.type * size}px ${font}`;

/** Write the value of each of a column's nodes below it, after `symbol`. */
function drawUnitValues(pen, { nodes }, values, symbol, { width }, theme) {
  const type = pen.font;
  pen.font = unitFont(theme);
  for (const node of nodes) {
    if (node.bias) continue;
    const text = symbol + shortDecimal(values[node.index]);
    const half = pen.measureText(text).width / 2 + 2;
    const [x, y] = [Math.min(Math.max(node.x, half), width - half), node.y + node.radius + UNIT.below * theme.size];
    pen.fillStyle = theme.background;
    pen.fillRect(x - half, y - (UNIT.type * theme.size) / 2, 2 * half, UNIT.type * theme.size);
    pen.fillStyle = theme.text;
    write(pen, "center", text, x, y);
  }
  pen.font = type;
}
