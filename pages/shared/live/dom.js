// Elements without a framework.

const RETURN = 100; // ms, after which a view that was closed by mistake comes back

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
 * When messages follow one another quickly, Streamlit also runs the cleanup of a call that a newer
 * one has overtaken, before or after the newer call, though the component is still there. So only
 * the newest call's cleanup closes the view, and every call opens it if it was closed. A view whose
 * place is still there a while after that is opened again: closed, it would never ask for a message.
 * And a component that Streamlit took away and mounted anew, in a place of its own, goes on as it was,
 * with the keyboard's focus where it was.
 */
export function staying(create, receive) {
  const places = new WeakMap();
  let last; // the view made last, and its focus
  return (component) => {
    const place = component.parentElement;
    if (!places.has(place)) {
      if (!last || last.view.element.isConnected) last = withFocus(create());
      places.set(place, { ...last, calls: 0 });
    }
    const kept = places.get(place);
    const open = () => {
      kept.view.open(place);
      kept.focus.restore();
    };
    const call = ++kept.calls;
    if (!kept.view.element.isConnected) open();
    receive(kept.view, component);
    return () => {
      if (call !== kept.calls) return;
      kept.view.close();
      setTimeout(() => call === kept.calls && place.isConnected && open(), RETURN);
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
