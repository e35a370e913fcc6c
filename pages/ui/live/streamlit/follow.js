// The part of the page below the stage: Streamlit redraws it when the film pauses.
import { retryDelay, TRIES } from "../player/exchange.js";

const DRAWN = 400; // ms until charts have their heights
const BARS = 100; // px at the window's top, where nothing is seen
const PARTS = [".st-key-weight_curve_0", ".st-key-weight_title"]; // the first chart, what is above it: see weight_panel.py

let latest; // the latest call of the component
let timer; // of the next try
let clicked; // where, in px from the window's top: then the weight's part is scrolled into view once it is drawn

/** Note the component, which ends the part below; its `data` tells which epoch of which run that was drawn for. */
export function follow(component) {
  latest = component;
  if (clicked === undefined) return;
  const y = clicked;
  clicked = undefined;
  setTimeout(() => reveal(y), DRAWN);
}

/** Scroll the weight's part into view as soon as it is drawn, after a click at `y` px. */
export const revealBelow = (y) => { clicked = y; };

/** Scroll as little as shows the first chart, or what is above it where the click's place would leave the window. */
function reveal(y) {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  const parts = PARTS.map((part) => document.querySelector(part)).filter(Boolean);
  const keeps = (part) => part.getBoundingClientRect().bottom - innerHeight <= y - BARS;
  (parts.find(keeps) ?? parts[0])?.scrollIntoView({ block: "nearest", behavior });
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
