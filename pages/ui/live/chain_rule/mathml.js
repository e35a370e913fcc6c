// Formulas in MathML, which the browser typesets.

const SPACE = "http://www.w3.org/1998/Math/MathML";

function node(tag, ...children) {
  const element = document.createElementNS(SPACE, tag);
  element.append(...children);
  return element;
}

const copy = (part) => (typeof part === "string" ? letter(part) : part);

/** Return a variable, upright in MathML, slanted by the style sheet: few fonts have those. */
export function letter(name) {
  const element = node("mi", name);
  element.setAttribute("mathvariant", "normal");
  return element;
}

/** Return a row of variables (strings) and elements. */
export const row = (...parts) => node("mrow", ...parts.map(copy));
export const sign = (text) => node("mo", text);
export const number = (text) => node("mn", text);
export const text = (words) => node("mtext", words.replace(/^ | $/g, "\u00a0")); // MathML trims blanks
export const fraction = (above, below) => node("mfrac", copy(above), copy(below));
export const sub = (base, index) => node("msub", copy(base), indices(index));
export const square = (base) => node("msup", copy(base), number("2"));
export const subsup = (base, index, upper) => node("msubsup", copy(base), indices(index), node("mtext", upper));

/** Return ∂a/∂b. */
export const partial = (a, b) => fraction(row(sign("∂"), a), row(sign("∂"), b));

/** Return a formula with fractions at full size. */
export function math(...parts) {
  const element = node("math", ...parts.map(copy));
  element.setAttribute("displaystyle", "true");
  return element;
}

function indices(text) {
  const parts = text.split(",").flatMap((name, i) => (i ? [sign(","), index(name)] : [index(name)]));
  return row(...parts);
}

const index = (name) => (/^\d+$/.test(name) ? number(name) : letter(name));
