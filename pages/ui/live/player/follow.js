// What stands below the stage is drawn apart from it, and follows when the film stands still.
import { patience, TRIES } from "./patience.js";

let here; // the latest message to it
let again; // the timer that asks once more

/** Called by Streamlit: `data` says at which epoch of which run it was drawn. */
export function follow(component) {
  here = component;
}

/**
 * Have it drawn at that run, and at that epoch if one is given, unless it is. What Streamlit has lost
 * is asked again, a few times, as long as it is `wanted`.
 */
export function standAt(to, wanted, tries = 1) {
  clearTimeout(again);
  if (!here?.parentElement.isConnected || isThere(to) || tries > TRIES || !wanted()) return;
  here.setTriggerValue("to", to);
  again = setTimeout(() => standAt(to, wanted, tries + 1), patience(tries));
}

function isThere({ token, epoch }) {
  const { data } = here;
  return token === data.token && (epoch ?? data.epoch) === data.epoch;
}
