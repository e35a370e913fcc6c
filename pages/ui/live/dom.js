// DOM elements without a framework.

const MATHML = "http://www.w3.org/1998/Math/MathML";

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

/**
 * Have an element show these children. One that it has already, by its tag and its `data-key` or `data-testid`, stays and takes
 * over what differs: what is pressed or focused remains so, wherever it goes, and the browser lays out less.
 */
export function updateChildren(element, children) {
  const rest = [...element.childNodes];
  const nodes = children.map((child) => {
    const at = rest.findIndex((node) => isSame(node, child));
    return at < 0 ? child : updateNode(rest.splice(at, 1)[0], child);
  });
  rest.forEach((node) => node.remove());
  arrange(element, nodes);
}

const keyOf = ({ dataset }) => dataset?.key ?? dataset?.testid;

const isSame = (node, other) => node.nodeName === other.nodeName && keyOf(node) === keyOf(other);

/** Put nodes in that order into an element. One that is pressed or focused is not moved, which would end both: the others are. */
function arrange(element, nodes) {
  if (nodes.every((node, i) => node === element.childNodes[i])) return;
  const steady = nodes.find((node) => node.parentNode === element && node.matches?.(":active, :focus-within"));
  nodes.reduceRight((next, node) => {
    if (node !== steady && (node.parentNode !== element || node.nextSibling !== next)) element.insertBefore(node, next);
    return node;
  }, null);
}

/** Have a node show what another one does; return it, or the other one if they are of different kinds. */
export function updateNode(node, other) {
  if (node.nodeName !== other.nodeName || node.nodeName === "CANVAS") {
    node.replaceWith(other);
    return other;
  }
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== other.data) node.data = other.data;
    return node;
  }
  for (const name of node.getAttributeNames()) if (!other.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of other.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  if (node.onclick !== other.onclick) node.onclick = other.onclick;
  if (node.namespaceURI === MATHML && node.isEqualNode(other)) return node;
  updateChildren(node, [...other.childNodes]);
  return node;
}
