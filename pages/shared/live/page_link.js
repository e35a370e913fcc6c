// A click on a link to another page waits until the stage has told its epoch and been answered: a
// question that reaches Streamlit after the change of page was asked for leaves the page blank.

const PATIENCE = 1000; // ms at most, that a link waits

export class PageLink {
  #link; // the one that waits; true once it was followed

  /** `busy()` says whether there is something to wait for; `lastWord()` sends it. */
  constructor(busy, lastWord) {
    this.busy = busy;
    this.lastWord = lastWord;
  }

  open() { addEventListener("click", this.#hold, true); }

  close() { removeEventListener("click", this.#hold, true); }

  /** Whether nothing may be asked any more. */
  get waiting() { return Boolean(this.#link); }

  /** The link led back here. */
  arrived() {
    if (this.#link === true) this.#link = undefined;
  }

  /** Follow the link that waits. */
  go() {
    const link = this.#link;
    if (!link || link === true) return;
    this.#link = true; // from here on silent
    link.click();
  }

  #hold = (event) => {
    const link = linkOf(event);
    if (!link || this.#link || !this.busy()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.lastWord();
    this.#link = link;
    setTimeout(() => this.go(), PATIENCE);
  };
}

/** The link within the app that a plain click goes to, if it goes to one. */
function linkOf(event) {
  const link = event.composedPath().find((element) => element.tagName === "A");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  return plain && link?.origin === location.origin && link.target !== "_blank" ? link : undefined;
}
