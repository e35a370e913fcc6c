// Keeps the address up to date without a step in the browser's history, and copies it for others.
import { make } from "../dom.js";

const TOLD = 2000; // ms that "Copied" stays
const OFTEN = 500; // ms from one epoch in the address to the next: browsers allow some three a second

let ours = false; // the address leads to what is in use, not to what is waited for
let last = -Infinity; // when the epoch in it changed last

export function link({ data, parentElement }) {
  const { params, secret, note } = data;
  ours = true;
  lead(params);
  let button = parentElement.querySelector("button");
  if (!button) {
    button = make("button", { type: "button", "aria-live": "polite" }, "Copy link");
    parentElement.append(button);
  }
  button.title = note;
  button.disabled = !params.setup;
  button.onclick = async () => {
    const address = with_(location.href, {}, secret);
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = "Copied";
    } catch {
      prompt("Copy this link", address); // a page without https may not write to the clipboard
    }
    setTimeout(() => (button.textContent = "Copy link"), TOLD);
  };
}

/** Have the address lead there, once it is ours. */
export function lead(params) {
  if (!ours) return;
  const address = with_(location.href, params);
  if (address !== location.href) history.replaceState(history.state, "", address);
}

/** Have the address name the epoch that plays: a reload comes back to it. */
export function playAt(epoch, now = performance.now()) {
  if (now - last >= OFTEN) pauseAt(epoch, now);
}

/** Have it name the epoch at which the film stands still. */
export function pauseAt(epoch, now = performance.now()) {
  last = now;
  lead({ epoch });
}

/** An address with these parameters, but for one. */
function with_(address, params, without) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(params)) {
    if (value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (without) url.searchParams.delete(without);
  return url.href;
}
