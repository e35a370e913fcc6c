// The edges of the diagram: faint at rest; as a stop uses them in its kind's colour, line style and width.
import { svg } from "./svg.js";

const MANY = 12; // edges of a matrix
const WIDTHS = { few: { plain: 2.2, least: 1.2, most: 6 }, many: { plain: 1.2, least: 0.7, most: 4 } }; // px
const ARROW = 7; // px, its length
const MARK = 8.5; // px, radius of the chosen weight's label

/**
 * Return the drawn edges of a matrix, in the direction of the flow: { at: [layer, row, column], line, start, end, used }.
 * `drawing` has columns and layout (see diagram_layout.js), and flow (see unit_values.js).
 */
function edgesOf({ columns, layout, flow }, layer) {
  const { names, units } = columns[layer - 1];
  const used = flow.layers.includes(layer);
  const [left, right] = layout.between(layer);
  const ends = layer === columns.length ? [[0, layout.cost.y]] : columns[layer].units.map((unit, place) => [unit, layout.columns[layer].nodes[place]]);
  return layout.columns[layer - 1].nodes.flatMap((y, place) => ends.map(([column, below]) => {
    const row = units[place] ?? names.length; // the bias is last
    const isUsed = used && !(flow.to === layer - 1 && row === names.length); // nothing flows back into a constant
    const room = isUsed && flow.to !== undefined ? ARROW - 1 : 0;
    const [start, end] = flow.kind === "backward" ? [[right, below], [left + room, y]] : [[left, y], [right - room, below]];
    return { at: [layer, row, column], line: curve(start, end), start, end, used: isUsed };
  }));
}

/** Return all edges, and the arrow heads of the flow; `numbers` (see unit_values.js) give the widths. */
export function drawEdges(drawing, numbers) {
  const { flow, columns } = drawing;
  const { weight } = drawing.scene.focus;
  return columns.flatMap((_, i) => {
    const layer = i + 1;
    const every = edgesOf(drawing, layer);
    const lit = every.filter(({ used }) => used);
    const widths = lit.length > MANY ? WIDTHS.many : WIDTHS.few;
    const draw = (edge) => svg("path", { class: `edge ${flow.kind}`, d: edge.line, style: `stroke-width: ${widthOf(edge, numbers, widths)}px`, "data-edge": edge.at.join(":") });
    const chosen = weight.layer === layer ? chosenOf(every, weight) : undefined;
    const [rest, others] = [every.filter(({ used }) => !used), lit.filter((edge) => edge !== chosen)];
    const parts = [svg("path", { class: "edge", d: linesOf(rest) }), ...others.map(draw)];
    if (chosen) parts.push(svg("path", { class: "halo", d: chosen.line }), chosen.used ? draw(chosen) : svg("path", { class: "edge chosen", d: chosen.line }));
    if (lit.length && flow.kind === "forward") parts.push(svg("path", { class: "pulse", d: linesOf(lit) }));
    if (flow.to !== undefined) parts.push(...arrows(lit, flow.kind));
    return parts;
  });
}

/** Return where each weight can be clicked: along its edge. */
export function drawHits(drawing) {
  const { columns, scene } = drawing;
  const names = ({ at: [layer, row, column] }) => `${scene.names[`W${layer}`].rows[row]} → ${scene.names[`W${layer}`].columns[column]}`;
  const hit = (edge) => svg("path", { class: "hit", d: edge.line, "data-weight": edge.at.join(":") }, svg("title", {}, `Choose the weight ${names(edge)}`));
  return columns.slice(1).flatMap((_, i) => edgesOf(drawing, i + 1).map(hit));
}

/** Call `pick` with the weight whose edge an element is of, if it is of one. */
export function weightAt(element, pick) {
  const at = element.closest("[data-weight]")?.dataset.weight;
  if (!at) return;
  const [layer, row, column] = at.split(":").map(Number);
  pick({ layer, row, column });
}

/** Return the label on the chosen weight's edge. */
export function drawMark(drawing) {
  const { weight } = drawing.scene.focus;
  const { start, end } = chosenOf(edgesOf(drawing, weight.layer), weight);
  const [x, y] = [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2];
  return svg("g", { class: "mark" }, svg("circle", { cx: x, cy: y, r: MARK }), svg("text", { x, y: y + 4 }, "w"));
}

/** Return a line in the style of a kind, for the key. */
export function swatchOf(kind) {
  const [line, head] = { forward: ["M1 6H21", "M21 1.5l7 4.5l-7 4.5z"], backward: ["M28 6H8", "M8 1.5l-7 4.5l7 4.5z"], update: ["M1 6H28", ""] }[kind];
  return svg("svg", { width: 29, height: 12 }, svg("path", { class: `edge ${kind}`, d: line, style: "stroke-width: 2.4px" }), svg("path", { class: `arrow ${kind}`, d: head }));
}

const chosenOf = (edges, { row, column }) => edges.find(({ at }) => at[1] === row && at[2] === column);

const linesOf = (edges) => edges.map(({ line }) => line).join("");

/** Return an edge's width in px: by the magnitude of its number against the largest. */
function widthOf({ at }, numbers, { plain, least, most }) {
  if (!numbers) return plain;
  const share = Math.abs(numbers.at(...at)) / numbers.largest;
  return round(least + (most - least) * (Number.isFinite(share) ? share : 0), 2);
}

/** Return an arrow head wherever edges end. */
function arrows(edges, kind) {
  const ends = new Map(edges.map(({ end }) => [String(end), end]));
  const length = kind === "backward" ? -ARROW : ARROW;
  return [...ends.values()].map(([x, y]) => svg("path", { class: `arrow ${kind}`, d: `M${round(x)} ${round(y - 4.5)}l${length} 4.5l${-length} 4.5z` }));
}

function curve([x1, y1], [x2, y2]) {
  const [left, top, right, bottom, middle] = [x1, y1, x2, y2, (x1 + x2) / 2].map((value) => round(value));
  return `M${left} ${top}C${middle} ${top} ${middle} ${bottom} ${right} ${bottom}`;
}

const round = (value, decimals = 1) => Number(value.toFixed(decimals));
