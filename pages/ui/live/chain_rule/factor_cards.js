// The factors as cards in the order of the equation, with the running product and δ.
import { colourOf, largest, roundUp, shareOf } from "../draw/colours.js";
import { make, picture, updateNode } from "../dom.js";
import { resize, strokeWithRim } from "../draw/canvas.js";
import { pretty } from "../draw/numbers.js";
import { symbolOf } from "./network.js";

const OPERATOR_NAMES = { "×": "times", "=": "equals", "≠": "differs from", "+": "plus" };
const LONG = 12; // characters: longer values are set smaller
const TOO_LONG = 20; // characters: longer names of equations may take two lines
const ARRAY = { width: 5.4, height: 3.2, cell: 1.1, least: 0.1 }; // em, of a factor's array
const STRIP = { width: 7, height: 1.1, cell: 1.1, least: 0 }; // em, of a row of δ

const drawn = new WeakMap(); // what each card was drawn from
const cellPictures = new WeakMap(); // of each array's values, their cells as last drawn: only the outline moves with the weight

/** Return an element after an operator; both wrap to the next line together. */
export function withOperator(operator, element) {
  const sign = operator ? [make("span", { class: "operator", role: "img", "aria-label": OPERATOR_NAMES[operator] }, operator)] : [];
  return make("div", { class: "pair" }, ...sign, element);
}

/** Return what a card or tile shows of a value, with all digits and its sign: nothing where it is hidden for practice. */
export function textsOf(value, hidden) {
  if (hidden) return { shown: "?", exact: "", sign: "zero" };
  return { shown: pretty(value), exact: String(value || 0), sign: value > 0 ? "plus" : value < 0 ? "minus" : "zero" };
}

/**
 * Return the cards with letters of `type` px; the numbers of the factor `hidden` are hidden, and those that reveal them.
 * `midpoint` of the weights' colours: see `shareOf`. The cards `before`, of the same formulas, are returned again; if they are
 * of the same scene, those that would be drawn alike as they are.
 */
export function cards(factors, theme, type, midpoint, hidden, before = [], isSameScene = true) {
  const found = factors.findIndex(({ id }) => id === hidden);
  const last = { product: factors.length - 1, contribution: factors.length - 1, delta: factors.length - 2 }; // δ is on the card before the input's
  const from = last[hidden] ?? found;
  let product = 1;
  return factors.map((factor, i) => {
    product = factor.sum ?? product * factor.value; // a softmax's Jacobian is summed over every ŷ
    const known = from < 0 || i < from;
    const running = i === 0 ? undefined : [factor.sum === undefined ? "running product = " : "summed over ŷ = ", known ? pretty(product) : "?"];
    const { id, value, numbers, note, array: { at } } = factor;
    const key = JSON.stringify([id, value, numbers, note, at, running, factor.delta?.at, factor.delta?.numbers, known, hidden, theme.key, type]);
    if (isSameScene && before[i] && drawn.get(before[i]) === key) return before[i];
    const array = factor.id === hidden ? make("div", { class: "array" }) : arrayFigure(factor.array, theme, type, factor.weights ? midpoint : undefined);
    const delta = factor.delta ? [deltaRow(factor.delta, theme, type, !known)] : [];
    const fresh = withOperator(i ? "×" : "", card(factor, array, running, factor.id === hidden, delta));
    const pair = before[i] ? updateNode(before[i], fresh) : fresh;
    drawn.set(pair, key);
    return pair;
  });
}

function card({ id, equation, href, words, symbol, formula, numbers, note, value }, array, running, hidden, delta) {
  const { shown, exact, sign } = textsOf(value, hidden);
  return make("article", { class: `card ${sign}`, "data-testid": `factor-${id}`, "data-value": exact, title: exact },
    make("header", {}, make("span", {}, words),
      make("a", { class: equation.length > TOO_LONG ? "equation long" : "equation", href, title: "Read this equation in the derivation" }, equation)),
    make("div", { class: "symbol" }, symbol, make("div", { class: shown.length > LONG ? "value long" : "value" }, shown)),
    array,
    make("div", { class: "formula" }, make("span", {}, "="), formula),
    make("div", { class: "numbers" }, make("span", {}, "="), hidden ? "?" : numbers),
    make("p", { class: "note" }, hidden ? "" : note),
    make("p", { class: "sofar" }, ...(running ? [make("span", {}, running[0]), running[1]] : [])),
    ...delta);
}

/** Return ∂C by a layer, the sum over all paths so far, in its true shape: a row of the sample with the unit on the path outlined. */
function deltaRow({ name, at, values, numbers }, theme, type, hidden) {
  const { shown, exact } = textsOf(values[at], hidden);
  const attributes = { class: "delta", "data-testid": `delta-${name}`, "data-value": exact, title: exact };
  if (!hidden) attributes["data-values"] = JSON.stringify(Array.from(values, (value) => value || 0));
  const row = { rows: 1, columns: values.length, values, at: [0, at], shape: `1×${values.length}` };
  const strip = hidden ? [] : [arrayCanvas(row, STRIP, theme, type)];
  return make("div", attributes,
    make("span", {}, `∂C/∂${symbolOf(name)} =`), make("b", {}, shown), ...strip, make("small", {}, `1×${values.length}`),
    make("div", { class: "numbers" }, make("span", {}, "="), hidden ? "?" : numbers));
}

/** Return the factor's array in its true shape, with the cell in use outlined; `midpoint`: see `shares`. */
function arrayFigure(array, theme, type, midpoint) {
  return make("div", { class: "array" }, arrayCanvas(array, ARRAY, theme, type, midpoint), make("span", {}, array.shape));
}

function arrayCanvas(array, size, theme, type, midpoint) {
  const { rows, columns, values, at, shape } = array;
  const canvas = picture(`The array ${shape}; row ${at[0] + 1}, column ${at[1] + 1} of those drawn is used`, { "data-at": at.join() });
  const [width, height] = [size.width / columns, size.height / rows]
    .map((share) => type * Math.max(size.least, Math.min(size.cell, share)));
  const key = [width, height, midpoint, theme.key, devicePixelRatio].join();
  if (cellPictures.get(values)?.key !== key) cellPictures.set(values, { key, cells: cellPicture(array, width, height, theme, midpoint) });
  const { cells } = cellPictures.get(values);
  const pen = resize(canvas, columns * width + 4, rows * height + 4);
  pen.save();
  pen.resetTransform(); // pixel on pixel
  pen.drawImage(cells, 0, 0);
  pen.restore();
  const [x, y] = [2 + at[1] * width, 2 + at[0] * height];
  strokeWithRim(pen, 2, theme, () => pen.strokeRect(x, y, Math.max(width, 3), Math.max(height, 3)));
  return canvas;
}

/** Return the cells of an array in their colours, each `width` × `height` px. */
function cellPicture({ rows, columns, values }, width, height, theme, midpoint) {
  const canvas = make("canvas", {});
  const pen = resize(canvas, columns * width + 4, rows * height + 4);
  shares(values, midpoint).forEach((share, i) => {
    pen.fillStyle = `rgb(${colourOf(theme.scale, share, 1)})`;
    pen.fillRect(2 + (i % columns) * width, 2 + Math.floor(i / columns) * height, width + 0.3, height + 0.3);
  });
  return canvas;
}

/** Return how far each number is from the middle of the colours: with a `midpoint` as weights everywhere else, or beside the largest. */
function shares(values, midpoint) {
  if (midpoint !== undefined) return values.map((value) => shareOf(value, midpoint));
  const limit = roundUp(largest(values));
  return values.map((value) => value / limit);
}
