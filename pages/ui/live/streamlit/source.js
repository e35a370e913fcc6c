// The server behind a component: the only code that knows how Streamlit passes messages.
import { mount } from "./mount.js";
import { redrawAt, revealBelow } from "./follow.js";
import { updateAddress, updateEpoch, updateEpochThrottled } from "./copy_link.js";
import { followLink, PageLink } from "./page_link.js";

/**
 * Return the function that Streamlit calls with every message for a component: `create()` makes its
 * lasting view, with `source`, `element`, `open(root)`, `close()` and `receive(bytes)`.
 */
export const component = (create, trigger) => mount(create, (view, { data, setTriggerValue }) => {
  view.source.send = (message) => setTriggerValue(trigger, message);
  view.receive(data);
});

/** Sends messages to the server, and none while the page is being left. */
export class StreamlitSource {
  send = () => undefined; // until Streamlit has called
  #element = undefined; // the component's, while it is open
  #link = undefined;

  /** `player`: whether it is `busy`, and how it can `flush` its state before a link is followed. */
  open(element, player) {
    this.#element = element;
    this.#link ??= new PageLink(() => player.busy, () => player.flush());
    this.#link.open();
  }

  close() {
    this.#link.close();
  }

  /** Whether the page is being left: a message would be sent from another page. */
  get away() { return !this.#element?.isConnected || this.#link.leaving; }

  /** Set parameters of the page's address. */
  setAddress(params) { updateAddress(params); }

  /** The latest message was answered: a link that waits for it may be followed. */
  atRest() {
    this.#link?.followWaiting();
  }

  /** A click: on a link to another page, follow it as the navigation does. */
  follow(event) { followLink(event); }

  // What a film shows concerns nothing else here; see PageSource.
  openedRun() {}

  shown() {}

  rested() {}

  reveal() {}
}

/** The source of the page's own run: the address and the rest of the page follow it. */
export class PageSource extends StreamlitSource {
  openedRun(address) {
    if (address) this.setAddress(address);
  }

  /** An epoch is on display, of a film that plays or rests. */
  shown(epoch, playing) {
    if (playing) updateEpochThrottled(epoch);
  }

  /** Have the rest of the page redrawn for { token, epoch }, or without an epoch for that run, while `wanted()`. */
  rested(to, wanted) {
    if (this.away) return;
    if (to.epoch !== undefined) updateEpoch(to.epoch);
    redrawAt(to, () => !this.away && wanted());
  }

  /** Have the weight's part of the page scrolled into view once it is drawn, and what is at `y` px kept there. */
  reveal(y) { revealBelow(y); }
}
