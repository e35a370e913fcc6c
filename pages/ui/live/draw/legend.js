// Legends: a marker for each class, and the colour scale on a canvas or as an element.
import { make } from "../dom.js";
import { strokeWithRim, write } from "./canvas.js";
import { shareOf } from "./colours.js";
import { minus, pretty } from "./numbers.js";

const SHAPES = [ // corners, rotation in turns, inner radius of a star
  { corners: 60 }, // practically a circle
  { corners: 4, turn: 1 / 8 },
  { corners: 3 },
  { corners: 4 },
  { corners: 3, turn: 1 / 2 },
  { corners: 5, inner: 0.45 },
  { corners: 4, turn: 1 / 8, inner: 0.4 },
];

const DIAMOND = { ...SHAPES[3], larger: 1.5, within: 0.7 }; // times the radius: of a validation sample, with its class's shape within

const BAR = { width: 90, height: 8, gap: 6 };

/** Draw a data point of a class; shapes and colours repeat at different counts, so all differ. */
export function drawMarker(pen, x, y, radius, { kind, fill }, theme) {
  outline(pen, x, y, radius, SHAPES[kind % SHAPES.length]);
  pen.lineJoin = "round";
  strokeWithRim(pen, 0.45 * radius, theme);
  pen.fillStyle = fill;
  pen.fill();
}

/** Draw a validation sample of a class: a diamond in its colour with its shape as a hole; `kind` undefined: without. */
export function drawValidationMarker(pen, x, y, radius, { kind, fill }, theme) {
  outline(pen, x, y, DIAMOND.larger * radius, DIAMOND);
  pen.lineJoin = "round";
  strokeWithRim(pen, 0.4 * radius, theme);
  pen.fillStyle = fill;
  pen.fill();
  if (kind === undefined) return;
  outline(pen, x, y, DIAMOND.within * radius, SHAPES[kind % SHAPES.length]);
  pen.fillStyle = theme.background;
  pen.fill();
}

function outline(pen, x, y, radius, { corners, turn = 0, inner }) {
  const steps = inner ? 2 * corners : corners;
  pen.beginPath();
  for (let i = 0; i < steps; i++) {
    const angle = 2 * Math.PI * (i / steps + turn);
    const reach = inner && i % 2 ? inner * radius : radius;
    pen.lineTo(x + reach * Math.sin(angle), y - reach * Math.cos(angle));
  }
  pen.closePath();
}

/** Draw the colours from `low` to `high` with numbers at both ends, from x, centred on y. */
export function drawScale(pen, x, y, { low, high, scale }, theme) {
  const start = x + pen.measureText(number(low)).width + BAR.gap;
  const colours = pen.createLinearGradient(start, 0, start + BAR.width, 0);
  for (let i = 0; i <= 16; i++) {
    colours.addColorStop(i / 16, `rgb(${scale[Math.round((i / 16) * (scale.length - 1))]})`);
  }
  pen.fillStyle = colours;
  pen.fillRect(start, y - BAR.height / 2, BAR.width, BAR.height);
  pen.fillStyle = theme.text;
  pen.textBaseline = "middle";
  write(pen, "left", number(low), x, y);
  write(pen, "left", number(high), start + BAR.width + BAR.gap, y);
}

/** Return the width of such a scale. */
export function scaleWidth(pen, { low, high }) {
  return pen.measureText(number(low)).width + pen.measureText(number(high)).width + BAR.width + 2 * BAR.gap;
}

export const number = (value) => pretty(value, 3);

const MARKS = [-10, -1, 0, 1, 10]; // times the midpoint

/** The colours of numbers of any size as an element, with marks where some of them are. */
export class ColourBar {
  #midpoint;
  #bar = make("i");
  element = make("div", { class: "legend", title: "The colour of a number is the same in the whole run; half of the full colour at the inner marks" }, this.#bar);

  restyle({ scale }) {
    const colours = scale.filter((_, i) => i % 16 === 0 || i === 254).map((colour) => `rgb(${colour})`);
    this.#bar.style.background = `linear-gradient(90deg, ${colours.join()})`;
  }

  /** Mark the numbers of a scale with that `midpoint` (see `shareOf`). */
  setMidpoint(midpoint) {
    if (midpoint === this.#midpoint) return;
    this.#midpoint = midpoint;
    this.element.replaceChildren(this.#bar, ...MARKS.map((times) => {
      const mark = make("span", {}, markText(times * midpoint));
      mark.style.left = `${50 * (1 + shareOf(times, 1))}%`;
      return mark;
    }));
  }
}

/** Return a number of one digit as briefly as it goes. */
function markText(value) {
  const size = Math.abs(value);
  const decimal = size === 0 || (size >= 1e-3 && size < 1e5);
  return minus(decimal ? String(Number(value.toPrecision(1))) : value.toExponential(0).replace("+", ""));
}
