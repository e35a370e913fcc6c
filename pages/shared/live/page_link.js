// A click on a link to another page waits until the stage has told its epoch and been answered: a
// question that reaches Streamlit after the change of page was asked for leaves the page blank.
// A slow server is waited for: before it has answered it would not draw the other page either.

const PATIENCE = 30_000; // ms at most, that a link waits
const ARRIVES = 10_000; // ms, after which a page has what it will have

export class PageLink {
  #link; // the one that waits; true once it was followed
  #timer;

  /** `busy()` says whether there is something to wait for; `lastWord()` sends it until it is heard. */
  constructor(busy, lastWord) {
    this.busy = busy;
    this.lastWord = lastWord;
  }

  open() { addEventListener("click", this.#hold, true); }

  close() {
    removeEventListener("click", this.#hold, true);
    clearTimeout(this.#timer);
  }

  /** Whether nothing may be asked any more. */
  get gone() { return this.#link === true; }

  /** The link led back here. */
  arrived() {
    if (this.#link === true) this.#link = undefined;
  }

  /** Follow the link that waits. */
  go() {
    const link = this.#link;
    if (!link || link === true) return;
    clearTimeout(this.#timer);
    this.#link = true; // from here on silent
    link.click();
  }

  #hold = (event) => {
    const link = linkOf(event);
    if (!link || this.gone || !(this.#link || this.busy())) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!this.#link) {
      this.lastWord();
      this.#timer = setTimeout(() => this.go(), PATIENCE);
    }
    this.#link = link; // of several clicks the last one counts
  };
}

/** The link within the app that a plain click goes to, if it goes to one. */
function linkOf(event) {
  const link = event.composedPath().find((element) => element.tagName === "A");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  return plain && link?.origin === location.origin && link.target !== "_blank" ? link : undefined;
}

/**
 * Follow a link of our own to a place on another page, as the navigation would: to load the page
 * anew would be to lose the session.
 */
export function follow(event) {
  const { pathname, hash } = event.currentTarget;
  const link = document.querySelector(`a[href$="${pathname}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
  const place = new MutationObserver(() => {
    const found = document.getElementById(hash.slice(1));
    if (!found) return;
    place.disconnect();
    found.scrollIntoView();
  });
  place.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => place.disconnect(), ARRIVES);
}
