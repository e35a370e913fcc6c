// A component's lasting view in the places where Streamlit mounts it.

const REMOVAL = 100; // ms until a place that Streamlit removes has left the document

/**
 * Return the function that Streamlit calls with every message: it has one lasting view per place.
 *
 * Streamlit also runs a call's cleanup while the component is still there: of a call that a newer
 * one has replaced, before or after it, or of the newest, just before the next. Closing the view
 * then would lose keys pressed meanwhile. So it closes only with its place, which may leave the
 * document a little after the cleanup. A component that Streamlit removed and mounted again in
 * another place keeps its view, and the keyboard focus returns to where it was.
 */
export function mount(create, receive) {
  const places = new WeakMap();
  let last; // the newest view, and its focus
  return (component) => {
    const place = component.parentElement;
    if (!places.has(place)) {
      if (!last || last.view.element.isConnected) last = withFocus(create());
      places.set(place, last);
    }
    const { view, focus } = places.get(place);
    if (!view.element.isConnected) {
      if (view.element.parentNode) view.close(); // in its former place
      view.open(place);
      focus.restore();
    }
    receive(view, component);
    const leave = () => !place.isConnected && place.contains(view.element) && view.close();
    return () => {
      leave();
      setTimeout(leave, REMOVAL);
    };
  };
}

const withFocus = (view) => ({ view, focus: new Focus(view.element) });

/** The part of an element that has the keyboard focus, or had it when the element was removed. */
class Focus {
  #part;

  constructor(element) {
    element.addEventListener("focusin", ({ target }) => (this.#part = target));
    // Removing the element also ends the focus, but the event fires while it is still connected.
    element.addEventListener("focusout", () => queueMicrotask(() => {
      const here = element.contains(element.getRootNode().activeElement);
      if (element.isConnected && !here) this.#part = undefined;
    }));
  }

  /** Restore the focus, unless something else has it by now. */
  restore() {
    if (document.activeElement === document.body) this.#part?.focus({ preventScroll: true });
  }
}
