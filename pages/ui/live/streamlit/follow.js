// The part of the page below the stage: Streamlit redraws it when the film pauses.
import { retryDelay, TRIES } from "../player/exchange.js";

const DRAWN = 400; // ms until charts have their heights
const TALLEST = 0.8; // of the window: what fits below the bars at its top

let latest; // the latest call of the component
let timer; // of the next try
let head; // of the part below, which is scrolled into view once it is drawn

/** Note the component, which ends the part below; its `data` tells which epoch of which run that was drawn for. */
export function follow(component) {
  latest = component;
  if (!head) return;
  const [first, end] = [head, component.parentElement.getRootNode().host];
  head = undefined;
  if (end) setTimeout(() => reveal(first, end), DRAWN);
}

/** Scroll the part below into view as soon as it is drawn again: what is between `first` and its end. */
export const revealBelow = (first) => { head = first; };

/** Scroll as little as shows both; if there is no room, to the first. */
function reveal(first, end) {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  const fits = end.getBoundingClientRect().bottom - first.getBoundingClientRect().top < TALLEST * innerHeight;
  if (fits) end.scrollIntoView({ block: "nearest", behavior });
  else first.scrollIntoView({ block: "start", behavior });
}

/**
 * Have it redrawn for that run, and that epoch if one is given, unless it is already. A request
 * that Streamlit drops is repeated a few times while `wanted()`.
 */
export function redrawAt(to, wanted, tries = 1) {
  clearTimeout(timer);
  if (!latest?.parentElement.isConnected || isDrawnAt(to) || tries > TRIES || !wanted()) return;
  latest.setTriggerValue("to", to);
  timer = setTimeout(() => redrawAt(to, wanted, tries + 1), retryDelay(tries));
}

function isDrawnAt({ token, epoch }) {
  const { data } = latest;
  return token === data.token && (epoch ?? data.epoch) === data.epoch;
}
