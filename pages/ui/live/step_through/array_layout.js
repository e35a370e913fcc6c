// Where the arrays of an operation stand: a product with its factors at the left and above, all else side by side or one below another.
import { make } from "../dom.js";
import { BREAK } from "./operations.js";

const MOST_BESIDE = 9; // columns that stand side by side
const MOST_ROWS = 6; // of several arrays that may not fit side by side
const MEANINGS = { "·": "row times column", "⊙": "cell by cell" }; // of signs

/** Return elements of the parts' figures in the layout of their operation. */
export function layOut(operation, figures, isTransposed) {
  if (operation.isProduct) return [product(operation, figures, isTransposed)];
  const lines = [[]];
  operation.parts.forEach((part, i) => {
    const join = operation.joins[i - 1] ?? "";
    if (join === BREAK) lines.push([]);
    lines.at(-1).push({ part, figure: figures[i], join: join === BREAK ? "" : join });
  });
  return lines.map(line);
}

/** Return arrays side by side, with the rows' names once where they are the same; or single rows that are long, one below another. */
function line(places) {
  const parts = places.map(({ part }) => part);
  const isLong = parts.reduce((sum, { columns }) => sum + columns, 0) > MOST_BESIDE;
  const isEqual = parts.every(({ names }) => names.rows.join() === parts[0].names.rows.join());
  const kind = !isLong && isEqual ? " aligned" : isLong && parts.every(({ rows }) => rows === 1) ? " stacked" : isLong ? " long" : "";
  const height = parts.length > 2 && parts[0].rows > MOST_ROWS ? " tall" : "";
  const meaning = places.map(({ join }) => MEANINGS[join]).find(Boolean);
  const terms = places.map(({ join, figure }) => term(join, figure));
  return make("div", { class: `beside${kind}${height}` }, ...terms, ...(meaning ? [make("small", { class: "meaning" }, meaning)] : []));
}

/**
 * Return a product in Falk's scheme: an entry of the result is where a row of the left factor meets a column of the one above.
 * A bias that stands apart is beside its matrix.
 */
function product({ parts, joins }, figures, isTransposed) {
  const results = parts.filter(({ entryAt }) => entryAt).length;
  const operands = parts.length - results;
  const places = parts.map((_, i) => (i >= operands ? "product" : i === 0 || (i > 1 && isTransposed) ? "left" : "above"));
  const group = (name, sign = "") => {
    const inside = figures.filter((_, i) => places[i] === name);
    const [first, ...more] = inside;
    const apart = more.map((figure) => term(joins[figures.indexOf(figure) - 1], figure, true));
    return make("div", { class: isTransposed ? name : `${name} upright` }, term(sign, first), ...apart);
  };
  const shapes = ["left", "above", "product"].map((name) => parts[places.indexOf(name)]).map(({ shape }) => shape);
  const corner = make("small", { class: "corner" }, `${shapes[0]} · ${shapes[1]} = ${shapes[2]}`, make("span", { class: "meaning" }, MEANINGS["·"]));
  return make("div", { class: "falk" }, group("left"), group("above", "·"), group("product", "="), corner);
}

/** Return an array behind the sign before it; `always`: also in a product, where the place says it. */
function term(sign, figure, always = false) {
  const help = MEANINGS[sign] ? { title: MEANINGS[sign] } : {};
  return make("div", { class: "term" }, ...(sign ? [make("span", { class: always ? "join always" : "join", "aria-hidden": "true", ...help }, sign)] : []), figure);
}
