// Text on a canvas.

/** Return the text, shortened with … to a width in px. */
export function truncate(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length - 1;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

/** Return the width in px of the widest of some texts. */
export function maxWidth(pen, texts) {
  return Math.max(0, ...texts.map((text) => pen.measureText(text).width));
}
