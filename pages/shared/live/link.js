// Keeps the address up to date without a step in the browser's history, and copies it for others.
import { make } from "./dom.js";

const TOLD = 2000; // ms that "Copied" stays

export function link({ data, parentElement }) {
  const { params, secret, note } = data;
  const here = with_(location.href, params);
  if (here !== location.href) history.replaceState(history.state, "", here);
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

/** An address with these parameters, but for one. */
function with_(address, params, without) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  if (without) url.searchParams.delete(without);
  return url.href;
}
