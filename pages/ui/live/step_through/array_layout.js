// Where the arrays of an operation stand: a product with its factors at the left and above, all else side by side or one below another.
import { make } from "../dom.js";
import { BREAK } from "./operations.js";

const MOST_BESIDE = 8; // columns of rows that stand side by side

/** Return elements of the parts' figures in the layout of their operation. */
export function layOut(operation, figures, isTransposed) {
  if (operation.isProduct) return [product(operation, figures, isTransposed)];
  const { parts, joins } = operation;
  const isStacked = parts.every(({ rows }) => rows === 1) && parts.reduce((sum, { columns }) => sum + columns, 0) > MOST_BESIDE;
  const terms = figures.flatMap((figure, i) => [...(joins[i - 1] === BREAK ? [make("div", { class: "break" })] : []), term(joins[i - 1], figure)]);
  return [make("div", { class: isStacked ? "beside stacked" : "beside" }, ...terms)];
}

/**
 * Return a product in Falk's scheme: an entry of the result is where a row of the left factor meets a column of the one above.
 * A bias that stands apart is beside its matrix.
 */
function product({ parts, joins }, figures, isTransposed) {
  const results = parts.filter(({ entryAt }) => entryAt).length;
  const operands = parts.length - results;
  const places = parts.map((_, i) => (i >= operands ? "product" : i === 0 || (i > 1 && isTransposed) ? "left" : "above"));
  const group = (name, sign) => {
    const inside = figures.filter((_, i) => places[i] === name);
    const [first, ...more] = inside;
    const apart = more.map((figure) => term(joins[figures.indexOf(figure) - 1], figure, true));
    return make("div", { class: isTransposed ? name : `${name} upright` }, term(sign, first), ...apart);
  };
  const shapes = ["left", "above", "product"].map((name) => parts[places.indexOf(name)]).map(({ shape }) => shape);
  const corner = make("small", { class: "corner" }, `${shapes[0]} · ${shapes[1]} = ${shapes[2]}`);
  return make("div", { class: "falk" }, group("left"), group("above", "·"), group("product", "="), corner);
}

/** Return an array behind the sign before it; `always`: also in a product, where the place says it. */
function term(sign, figure, always = false) {
  const shown = sign && sign !== BREAK;
  return make("div", { class: "term" }, ...(shown ? [make("span", { class: always ? "join always" : "join", "aria-hidden": "true" }, sign)] : []), figure);
}
