// Links to places in the page, by script: in a sandbox, or where a frame's `srcdoc` is the page, the browser leads elsewhere.

/** Have links lead to the places that they name, also those in shadow roots. */
export function followLinks() {
  document.addEventListener("click", (event) => {
    const link = event.composedPath().find(({ tagName }) => tagName === "A");
    const address = link?.getAttribute("href") ?? "";
    const place = address.startsWith("#") && document.getElementById(address.slice(1));
    if (!place || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (self === top) history.pushState(null, "", address); // a frame has no address of its own to show
    goTo(place);
  });
}

/** Scroll to a place, below the bars at the top, and have the keyboard go on from there. */
function goTo(place) {
  const isFocusable = place.tabIndex >= 0;
  if (!isFocusable) {
    place.tabIndex = -1;
    place.addEventListener("blur", () => place.removeAttribute("tabindex"), { once: true });
  }
  place.focus({ preventScroll: true });
  place.scrollIntoView({ behavior: "instant" }); // for reduced motion, too
}
