// The part of the page below the stage: Streamlit redraws it when the film pauses.
import { retryDelay, TRIES } from "../player/exchange.js";

const DRAWN = 400; // ms until charts have their heights

let latest; // the latest call of the component
let timer; // of the next try
let revealing = false; // what is drawn next

/** Note the component, which ends the part below; its `data` tells which epoch of which run that was drawn for. */
export function follow(component) {
  latest = component;
  if (!revealing) return;
  revealing = false;
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  setTimeout(() => component.parentElement.getRootNode().host?.scrollIntoView({ block: "nearest", behavior }), DRAWN);
}

/** Scroll to the end of the part below as soon as it is drawn again. */
export const revealBelow = () => { revealing = true; };

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
