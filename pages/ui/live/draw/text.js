// Text on a canvas.

/** The text, shortened with … to a width in px. */
export function fit(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length - 1;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

/** The widest of some texts, in px. */
export function widest(pen, texts) {
  return Math.max(0, ...texts.map((text) => pen.measureText(text).width));
}
