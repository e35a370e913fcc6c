// Formulas in MathML, which the browser typesets; the server writes them (see pages/ui/style/mathml.py).

/** Return a formula's element; its letters are upright, slanted by the style sheet: few fonts have those. */
export function math(markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  const formula = template.content.firstElementChild;
  for (const letter of formula.querySelectorAll("mi")) letter.setAttribute("mathvariant", "normal");
  return formula;
}
