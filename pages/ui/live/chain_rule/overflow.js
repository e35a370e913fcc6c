// Boxes that scroll show it: the style sheet fades the edges beyond which there is more.

/** Mark the edges of a box beyond which it scrolls; a box without a control of its own gets the keyboard's focus then. */
export function markOverflow(box) {
  const { scrollLeft, scrollTop, clientWidth, clientHeight, scrollWidth, scrollHeight } = box;
  const hidden = {
    left: scrollLeft > 1, right: scrollWidth - clientWidth - scrollLeft > 1,
    below: scrollHeight - clientHeight - scrollTop > 1,
  };
  box.dataset.more = Object.keys(hidden).filter((edge) => hidden[edge]).join(" ");
  if (box.querySelector("button")) return;
  if (scrollWidth > clientWidth + 1) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}
