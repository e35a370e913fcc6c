// The factors as cards in the order of the equation, and the product as it builds up between them.
import { colourOf, roundUp } from "../draw/colours.js";
import { make } from "../dom.js";
import { resize } from "../draw/heatmap.js";
import { operand, pretty } from "../draw/numbers.js";
import { follow } from "../streamlit/page_link.js";

const SPOKEN = { "×": "times", "=": "equals", "≠": "differs from", "+": "plus" };
const LONG = 12; // letters, from which on a value is set smaller
const ARRAY = { width: 168, height: 72, cell: 18, least: 1.5 }; // px, of a factor's array

/** An element after an operator, which wraps to the next line with it. */
export function after(operator, element) {
  const sign = operator ? [make("span", { class: "operator", role: "img", "aria-label": SPOKEN[operator] }, operator)] : [];
  return make("div", { class: "pair" }, ...sign, element);
}

export const signOf = (value) => (value > 0 ? "plus" : value < 0 ? "minus" : "zero");

/** The cards; the factor with the id `hidden` keeps its numbers to itself, and so does what they lead to. */
export function cards(factors, theme, hidden) {
  const found = factors.findIndex(({ id }) => id === hidden);
  const from = found < 0 && ["product", "contribution"].includes(hidden) ? factors.length - 1 : found;
  let product = 1;
  return factors.map((factor, i) => {
    const before = product;
    product *= factor.value;
    const known = from < 0 || i < from;
    const sofar = i === 0 ? "" : known ? `${operand(before)} × ${operand(factor.value)} = ${pretty(product)}` : "?";
    return after(i ? "×" : "", card(factor, theme, sofar, factor.id === hidden));
  });
}

const valueOf = (text) => make("div", { class: text.length > LONG ? "value long" : "value" }, text);

function card({ id, equation, anchor, words, symbol, formula, numbers, note, value, array }, theme, sofar, hidden) {
  const exact = hidden ? "" : String(value || 0);
  return make("article", { class: `card ${hidden ? "zero" : signOf(value)}`, "data-testid": `factor-${id}`, "data-value": exact, title: exact },
    make("header", {}, make("div", { class: "symbol" }, symbol),
      make("div", { class: "words" }, make("a", { class: "equation", href: `/the-derivation#${anchor}`, title: "Read this equation in the derivation", onclick: follow }, equation), make("span", {}, words))),
    make("div", { class: "formula" }, make("span", {}, "="), formula),
    make("div", { class: "numbers" }, make("span", {}, "="), hidden ? "?" : numbers),
    valueOf(hidden ? "?" : pretty(value)),
    make("p", { class: "note" }, hidden ? "" : note),
    hidden ? make("div", { class: "array" }) : drawn(array, theme),
    make("p", { class: "sofar" }, ...(sofar ? [make("span", {}, "running product "), sofar] : [])));
}

/** The factor's array at its true shape, for the sample; the cell in use outlined. */
function drawn({ rows, columns, values, at, shape }, theme) {
  const canvas = make("canvas", { role: "img", "aria-label": `The array ${shape}; row ${at[0] + 1}, column ${at[1] + 1} of those drawn is used`, "data-at": at.join() });
  const width = Math.max(ARRAY.least, Math.min(ARRAY.cell, ARRAY.width / columns));
  const height = Math.max(ARRAY.least, Math.min(ARRAY.cell, ARRAY.height / rows));
  const limit = roundUp(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  resize(canvas, columns * width + 4, rows * height + 4);
  const pen = canvas.getContext("2d");
  values.forEach((value, i) => {
    pen.fillStyle = `rgb(${colourOf(theme.scale, value, limit)})`;
    pen.fillRect(2 + (i % columns) * width, 2 + Math.floor(i / columns) * height, width + 0.3, height + 0.3);
  });
  const [x, y] = [2 + at[1] * width, 2 + at[0] * height];
  for (const [line, colour] of [[4, theme.background], [2, theme.text]]) { // seen on any colour
    pen.lineWidth = line;
    pen.strokeStyle = colour;
    pen.strokeRect(x, y, Math.max(width, 3), Math.max(height, 3));
  }
  return make("div", { class: "array" }, canvas, make("span", {}, shape));
}
