// Formulas in MathML, which the browser typesets; the server writes them (see pages/ui/style/mathml.py).

const parsed = new Map(); // by markup: the pointer's every move over a matrix shows a dozen of them

/** Return a formula's element; its letters are upright, slanted by the style sheet: few fonts have those. */
export function math(markup) {
  if (!parsed.has(markup)) parsed.set(markup, parse(markup));
  return parsed.get(markup).cloneNode(true);
}

function parse(markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  const formula = template.content.firstElementChild;
  for (const letter of formula.querySelectorAll("mi")) letter.setAttribute("mathvariant", "normal");
  return formula;
}
