// The page's address: kept up to date without an entry in the browser's history, and copied.
import { make } from "../dom.js";

const CONFIRM = 2000; // ms for which the button says "Copied"
const INTERVAL = 500; // ms between two epochs in the address: browsers allow about three changes a second

let active = false; // whether the address is of the current run, not of one still being opened
let parameters = {}; // of this page: Streamlit drops them from the address as it connects anew
let last = -Infinity; // time of the last change of the epoch

/** Show the button that copies a link; `data` has the address's parameters, of a run or of a link that waits. */
export function copyLink({ data, parentElement }) {
  const { params, secret, note, waits = false } = data;
  active = true;
  parameters = {};
  updateAddress(params);
  active = !waits; // the run on display is another
  let button = parentElement.querySelector("button");
  if (!button) {
    button = make("button", { type: "button", "aria-live": "polite" }, "Copy link");
    parentElement.append(button);
  }
  button.title = note;
  button.disabled = !params.setup;
  button.onclick = async () => {
    const address = addressWith(location.href, {}, secret);
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = "Copied";
    } catch {
      prompt("Copy this link", address); // a page without https may not write to the clipboard
    }
    setTimeout(() => (button.textContent = "Copy link"), CONFIRM);
  };
}

/** Set parameters of the address, once it is active. */
export function updateAddress(params) {
  if (!active) return;
  parameters = { ...parameters, ...params };
  const address = addressWith(location.href, parameters);
  if (address !== location.href) history.replaceState(history.state, "", address);
}

/** Set the epoch in the address while playing, a few times a second: a reload returns to it. */
export function updateEpochThrottled(epoch, now = performance.now()) {
  if (now - last >= INTERVAL) updateEpoch(epoch, now);
}

/** Set the epoch in the address at once. */
export function updateEpoch(epoch, now = performance.now()) {
  last = now;
  updateAddress({ epoch });
}

/** Return an address with these parameters set and `without` removed. */
function addressWith(address, params, without) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(params)) {
    if (value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (without) url.searchParams.delete(without);
  return url.href;
}
