// Links to other pages. A click waits until the server has answered the stage's last message: one
// that reaches Streamlit after the request for another page leaves that page blank. A slow server
// is waited for; until it answers, it would not draw the other page either. A lost click is
// repeated: Streamlit drops a change of page if a run of the whole script is requested right after,
// and a run that is over quickly may never show in its attribute.

const TIMEOUT = 30_000; // ms at most that a link waits, and that the stage sends nothing after it
const SETTLE = 250; // ms without a run, after which the page has changed or the change was dropped
const PATIENCE = 2000; // ms without any sign of a run, after which a click counts as lost
const LOADING = 10_000; // ms at most until a page is complete
const STATE = "data-test-script-state"; // an attribute of Streamlit's
const AT_REST = "notRunning";

/** The clicks on links to other pages, delayed while messages are on their way. */
export class PageLink {
  #waitingLink; // the clicked link that waits
  #target; // the address of the followed link, without origin and hash
  #origin; // the path of the page that it is on
  #hasLeft = false; // whether that page was left
  #isOpen = false; // whether this page has the stage
  #timeoutTimer; #settleTimer;
  #runs = new MutationObserver(() => this.#checkRun());

  /** `busy()`: whether there is something to wait for; `flush()` sends it until it is answered. */
  constructor(busy, flush, timeout = TIMEOUT) {
    this.busy = busy;
    this.flush = flush;
    this.timeout = timeout;
  }

  /** Start: Streamlit may remove the stage and mount it again, on this page or on a later visit. */
  open() {
    this.#isOpen = true;
    this.#updateListeners();
    if (this.#hasLeft) this.#checkRun();
  }

  close() {
    this.#isOpen = false;
    this.#updateListeners();
  }

  /** Listen while the stage is open, and while a page is being left even if the stage is closed. */
  #updateListeners() {
    const listen = this.#isOpen || this.leaving ? addEventListener : removeEventListener;
    listen("click", this.#onClick, true);
    listen("popstate", this.#onPopState);
  }

  #onPopState = () => this.leaving && this.#reset(); // Streamlit itself never goes back

  get #isElsewhere() { return location.pathname !== this.#origin; }

  /** Whether the page is being left: nothing may be sent to the server. */
  get leaving() { return this.#target !== undefined; }

  /** Follow the waiting link. */
  followWaiting() {
    const link = this.#waitingLink;
    if (link && !this.#hasLeft) this.#clickAndFollow(link.isConnected ? link : linkTo(addressOf(link)));
  }

  #onClick = (event) => {
    const link = linkOf(event);
    if (!link) return;
    if (this.leaving && this.#isElsewhere) return this.#reset(); // another link on the next page
    if (this.leaving || !(this.#waitingLink || this.busy())) return this.#follow(link);
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!this.#waitingLink) {
      this.flush();
      this.#wait(() => this.followWaiting());
    }
    this.#waitingLink = link; // of several clicks the last one counts
  };

  #clickAndFollow(link) {
    this.#follow(link);
    link?.click();
  }

  /** Send nothing from now on, until this page is left or the timeout ends. */
  #follow(link) {
    if (!this.leaving) this.#wait(() => this.#reset());
    this.#waitingLink = undefined;
    this.#target = link && addressOf(link);
    this.#checkAfter(PATIENCE);
    this.#updateListeners();
  }

  #wait(then) {
    clearTimeout(this.#timeoutTimer);
    this.#timeoutTimer = setTimeout(then, this.timeout);
    this.#origin = location.pathname;
    this.#runs.observe(app(), { attributes: true, attributeFilter: [STATE] });
  }

  #reset() {
    clearTimeout(this.#timeoutTimer);
    clearTimeout(this.#settleTimer);
    this.#runs.disconnect();
    this.#waitingLink = this.#target = undefined;
    this.#hasLeft = false;
    this.#updateListeners();
  }

  /** React to the begin or end of a script run. */
  #checkRun() {
    clearTimeout(this.#settleTimer);
    if (!this.#hasLeft) this.#checkAfter(SETTLE);
    else if (!this.#isElsewhere) this.#reset(); // back on the first page
  }

  #checkAfter(delay) {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => atRest() && this.#finish(), delay);
  }

  /** Note that the page was left, or else repeat the click, which was lost. */
  #finish() {
    if (this.#isElsewhere) this.#hasLeft = true;
    else if (this.leaving) this.#clickAndFollow(linkTo(this.#target));
  }
}

const app = () => document.querySelector(`[${STATE}]`);
const atRest = () => app().getAttribute(STATE) === AT_REST;

const within = (link) => link.origin === location.origin && link.target !== "_blank";

const addressOf = (link) => link.pathname + link.search;

/** Return a link to that address, or at least to its page: the navigation's or another. */
function linkTo(address) {
  const links = [...document.links].filter(within);
  return links.find((link) => addressOf(link) === address)
    ?? links.find((link) => link.pathname === address.split("?")[0]);
}

/** Return the link to another page of the app that was plainly clicked, if any. */
function linkOf(event) {
  const link = event.composedPath().find((element) => element.tagName === "A");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  return plain && link && within(link) && link.pathname !== location.pathname ? link : undefined;
}

/**
 * Follow a link of our own to an anchor on another page as the navigation does: loading the page
 * again would lose the session.
 */
export function followLink(event) {
  const own = event.target.closest("a"); // its text may stand in an element of its own
  const link = own && linkTo(addressOf(own));
  if (!link) return;
  event.preventDefault();
  link.click();
  const place = new MutationObserver(() => {
    const found = document.getElementById(own.hash.slice(1));
    if (!found) return;
    place.disconnect();
    found.scrollIntoView();
  });
  place.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => place.disconnect(), LOADING);
}
