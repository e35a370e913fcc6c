// Keeps the address up to date without a step in the browser's history, and copies it for others.
import { make } from "./dom.js";

const TOLD = 2000; // ms that "Copied" stays
const OFTEN = 500; // ms from one epoch in the address to the next: browsers allow some three a second

let ours = false; // the address leads to what is in use, not to what is waited for
let last = -Infinity; // when the epoch in it changed last

export function link({ data, parentElement }) {
  const { params, secret, note } = data;
  const here = with_(location.href, params);
  if (here !== location.href) history.replaceState(history.state, "", here);
  ours = true;
  let button = parentElement.querySelector("button");
  if (!button) {
    button = make("button", { type: "button", "aria-live": "polite" }, "Copy link");
    parentElement.append(button);
  }
  button.title = note;
  button.disabled = !params.setup;
  button.onclick = async () => {
    const address = with_(location.href, params, secret);
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = "Copied";
    } catch {
      prompt("Copy this link", address); // a page without https may not write to the clipboard
    }
    setTimeout(() => (button.textContent = "Copy link"), TOLD);
  };
}

/** Have the address name the epoch that plays: a reload comes back to it. */
export function playAt(epoch, now = performance.now()) {
  if (!ours || now - last < OFTEN) return;
  last = now;
  history.replaceState(history.state, "", with_(location.href, { epoch }));
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
