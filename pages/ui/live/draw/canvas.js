// Sizes, text and simple shapes on a canvas.

/** Set a canvas to a size in CSS px at the screen's own resolution; return its pen. */
export function resize(canvas, width, height) {
  const [ratio, pen] = [devicePixelRatio, canvas.getContext("2d")];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${canvas.width / ratio}px`; // not a part of a pixel, which would blur all
  canvas.style.height = `${canvas.height / ratio}px`;
  pen.scale(ratio, ratio);
  return pen;
}

/** Prepare the pen for text in the theme's size and colour, centred on its line. */
export function setType(pen, theme) {
  pen.font = `${theme.size}px ${theme.font}`;
  pen.fillStyle = theme.text;
  pen.textBaseline = "middle";
}

/** Write a text whose "left", "center" or "right" is at x; of more than `most` px it is narrowed. */
export function write(pen, align, text, x, y, most) {
  pen.textAlign = align;
  pen.fillText(text, x, y, most);
}

/** Return the text, shortened with … to a width in px. */
export function truncate(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length - 1;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

/** Return texts, each shortened to a width in px; where they would not differ then, … stands for how all of them begin, where there is room for it. */
export function truncateAll(pen, texts, width) {
  const cut = texts.map((text) => truncate(pen, text, width));
  if (new Set(cut).size === new Set(texts).size) return cut;
  const count = beginning(texts).length;
  if (count < 2) return cut;
  const ends = texts.map((text) => text.slice(count));
  const mark = maxWidth(pen, ends) + pen.measureText("…").width <= width ? "…" : "";
  return ends.map((end) => truncate(pen, mark + end, width));
}

/** Return how all texts begin, up to a number in which they differ. */
function beginning([first, ...others]) {
  let count = 0;
  while (count < first.length && others.every((text) => text[count] === first[count])) count++;
  return first.slice(0, count).replace(/\d+$/, "");
}

/** Return the width in px of the widest of some texts. */
export function maxWidth(pen, texts) {
  return Math.max(0, ...texts.map((text) => pen.measureText(text).width));
}

/** Draw by `draw()`, but for what leaves a rectangle. */
export function drawWithin(pen, left, top, width, height, draw) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  draw();
  pen.restore();
}

/** Draw a straight line. */
export function drawLine(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

/** Draw a filled circle. */
export function drawDot(pen, x, y, radius, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

/** Stroke the path in the text's colour with a rim in the background's: visible on any colour. */
export function strokeWithRim(pen, width, theme, stroke = () => pen.stroke()) {
  for (const [line, colour] of [[2 * width, theme.background], [width, theme.text]]) {
    pen.lineWidth = line;
    pen.strokeStyle = colour;
    stroke();
  }
}
