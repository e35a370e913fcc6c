// A click on a link to another page waits until the stage has told its epoch and been answered: a
// question that reaches Streamlit after the change of page was asked for leaves the page blank.
// A slow server is waited for: before it has answered it would not draw the other page either.
// And a click that was lost is made again: where a run of the whole script is asked for right after a
// change of page, Streamlit forgets the change.

const PATIENCE = 30_000; // ms at most, that a link waits, and that the stage is silent after it
const GRACE = 250; // ms at rest, after which a change of page has come to pass, or was forgotten
const ARRIVES = 10_000; // ms, after which a page has what it will have
const STATE = "data-test-script-state"; // Streamlit's own word for it
const AT_REST = "notRunning";

export class PageLink {
  #link; // the one that waits
  #path; // where the one leads that was followed
  #home; // where it was
  #left = false; // that page
  #open = false; // whether this page has the stage
  #patience; #grace; // timers
  #runs = new MutationObserver(() => this.#look());

  /** `busy()` says whether there is something to wait for; `lastWord()` sends it until it is heard. */
  constructor(busy, lastWord, patience = PATIENCE) {
    this.busy = busy;
    this.lastWord = lastWord;
    this.patience = patience;
  }

  /** Streamlit may take the stage away and mount it anew, on this page or when it comes again. */
  open() {
    this.#open = true;
    this.#listen();
    if (this.#left) this.#look();
  }

  close() {
    this.#open = false;
    this.#listen();
  }

  /** What the reader does next counts, also where the stage is not there any more. */
  #listen() {
    const listen = this.#open || this.gone ? addEventListener : removeEventListener;
    listen("click", this.#hear, true);
    listen("popstate", this.#back);
  }

  #back = () => this.gone && this.#forget(); // Streamlit itself never goes back

  get #away() { return location.pathname !== this.#home; }

  /** Whether nothing may be asked any more. */
  get gone() { return this.#path !== undefined; }

  /** Follow the link that waits. */
  go() {
    const link = this.#link;
    if (link && !this.#left) this.#click(link.isConnected ? link : linkTo(link.pathname));
  }

  #hear = (event) => {
    const link = linkOf(event);
    if (!link) return;
    if (this.gone && this.#away) return this.#forget(); // it was followed, and now another is
    if (this.gone || !(this.#link || this.busy())) return this.#follow(link);
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!this.#link) {
      this.lastWord();
      this.#wait(() => this.go());
    }
    this.#link = link; // of several clicks the last one counts
  };

  #click(link) {
    this.#follow(link);
    link?.click();
  }

  /** From here on silent, until this page is left, or patience ends. */
  #follow(link) {
    if (!this.gone) this.#wait(() => this.#forget());
    this.#link = undefined;
    this.#path = link?.pathname;
    this.#listen();
  }

  #wait(then) {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(then, this.patience);
    this.#home = location.pathname;
    this.#runs.observe(app(), { attributes: true, attributeFilter: [STATE] });
  }

  #forget() {
    clearTimeout(this.#patience);
    clearTimeout(this.#grace);
    this.#runs.disconnect();
    this.#link = this.#path = undefined;
    this.#left = false;
    this.#listen();
  }

  /** A run began or ended. */
  #look() {
    clearTimeout(this.#grace);
    if (!this.#left) this.#grace = setTimeout(() => atRest() && this.#settle(), GRACE);
    else if (!this.#away) this.#forget(); // here again
  }

  /** No run follows: the page was left, or is still here, and the link was forgotten. */
  #settle() {
    if (this.#away) this.#left = true;
    else if (this.gone) this.#click(linkTo(this.#path));
  }
}

const app = () => document.querySelector(`[${STATE}]`);
const atRest = () => app().getAttribute(STATE) === AT_REST;

const within = (link) => link.origin === location.origin && link.target !== "_blank";

/** The navigation's link, or another, to that page. */
const linkTo = (path) => [...document.links].find((link) => within(link) && link.pathname === path);

/** The link to another page of the app that a plain click goes to, if it goes to one. */
function linkOf(event) {
  const link = event.composedPath().find((element) => element.tagName === "A");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  return plain && link && within(link) && link.pathname !== location.pathname ? link : undefined;
}

/**
 * Follow a link of our own to a place on another page, as the navigation would: to load the page
 * anew would be to lose the session.
 */
export function follow(event) {
  const { pathname, hash } = event.currentTarget;
  const link = linkTo(pathname);
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
