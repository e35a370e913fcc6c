// DOM elements without a framework.

/** Return a new element; text is inserted as text, never as markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Return a list to choose from; `options` are pairs of a value and a text. */
export const select = (attributes, options) =>
  make("select", attributes, ...options.map(([value, text]) => make("option", { value }, text)));

/** Return a button that is switched on and off, or looks like one. */
export const switchButton = (title, onclick, ...content) => make("button", { type: "button", class: "switch", title, onclick }, ...content);

/** Return a canvas with a name for screen readers. */
export const picture = (label, attributes = {}) => make("canvas", { role: "img", "aria-label": label, ...attributes });
