// Boxes that scroll show it: the style sheet fades the edges beyond which there is more.

/** Mark the edges of boxes beyond which they scroll; a box without a control of its own gets the keyboard's focus then. */
export function markOverflow(...boxes) {
  const edges = boxes.map(edgesOf); // all are measured before any is changed: the page is laid out once
  boxes.forEach((box, i) => mark(box, edges[i]));
}

function edgesOf({ scrollLeft, scrollTop, clientWidth, clientHeight, scrollWidth, scrollHeight }) {
  const hidden = {
    left: scrollLeft > 1, right: scrollWidth - clientWidth - scrollLeft > 1,
    below: scrollHeight - clientHeight - scrollTop > 1,
  };
  return { more: Object.keys(hidden).filter((edge) => hidden[edge]).join(" "), isWide: scrollWidth > clientWidth + 1 };
}

function mark(box, { more, isWide }) {
  if (box.dataset.more !== more) box.dataset.more = more;
  if (box.querySelector("button")) return;
  if (isWide) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}
