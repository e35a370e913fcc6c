// Elements without a framework.

const LEAVES = 100; // ms, after which a place that Streamlit takes away is gone

/** A new element; text goes in as text, never as markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/**
 * What Streamlit calls with every message to a component: one view for each place, which stays.
 *
 * Streamlit also runs the cleanup of a call though the component is still there: of one that a newer
 * call has overtaken, before or after it, or of the newest, just before the next. To close the view then
 * would be to lose the key that is pressed meanwhile. So it closes only with its place, which may
 * be gone a little after the cleanup. And a component that Streamlit took away and mounted anew, in a
 * place of its own, goes on as it was, with the keyboard's focus where it was.
 */
export function mount(create, receive) {
  const places = new WeakMap();
  let last; // the view made last, and its focus
  return (component) => {
    const place = component.parentElement;
    if (!places.has(place)) {
      if (!last || last.view.element.isConnected) last = withFocus(create());
      places.set(place, last);
    }
    const { view, focus } = places.get(place);
    if (!view.element.isConnected) {
      if (view.element.parentNode) view.close(); // in the place that it had before
      view.open(place);
      focus.restore();
    }
    receive(view, component);
    const leave = () => !place.isConnected && place.contains(view.element) && view.close();
    return () => {
      leave();
      setTimeout(leave, LEAVES);
    };
  };
}

const withFocus = (view) => ({ view, focus: new Focus(view.element) });

/** Which part of an element has the keyboard's focus, or had it when the element was taken away. */
class Focus {
  #part;

  constructor(element) {
    element.addEventListener("focusin", ({ target }) => (this.#part = target));
    // It is also lost when the element goes, but is heard of while the element is still there.
    element.addEventListener("focusout", () => queueMicrotask(() => {
      const here = element.contains(element.getRootNode().activeElement);
      if (element.isConnected && !here) this.#part = undefined;
    }));
  }

  /** Give it back, unless something else has it by now. */
  restore() {
    if (document.activeElement === document.body) this.#part?.focus({ preventScroll: true });
  }
}
