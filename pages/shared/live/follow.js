// What stands below the stage is drawn apart from it, and follows when the film stands still.
let here; // the latest message to it

/** Called by Streamlit: `data` says at which epoch of which run it was drawn. */
export function follow(component) {
  here = component;
}

/** Have it drawn at that run, and at that epoch if one is given, unless it is. */
export function standAt(to) {
  if (!here?.parentElement.isConnected) return;
  const { token, epoch } = here.data;
  if (to.token !== token || (to.epoch ?? epoch) !== epoch) here.setTriggerValue("to", to);
}
