// The mark of frozen weights, a padlock: drawn on a canvas, and as a key with words.
import { make } from "../dom.js";
import { superscript } from "./numbers.js";

const BODY = "M1.6 4.4h6.8v4.8h-6.8z"; // in a square of 10
const SHACKLE = "M3 4.4v-1.3a2 2 0 0 1 4 0v1.3";
const STROKE = 1.3;
const RIM = 1.4; // around the padlock, of the background's colour

/** Draw a padlock centred on a point, legible on any colour. */
export function drawLock(pen, x, y, size, theme) {
  const [body, shackle] = [BODY, SHACKLE].map((path) => new Path2D(path));
  pen.save();
  pen.translate(x - size / 2, y - size / 2);
  pen.scale(size / 10, size / 10);
  pen.lineJoin = "round";
  pen.setLineDash([]);
  for (const [colour, width] of [[theme.background, 2 * RIM], [theme.text, 0]]) {
    Object.assign(pen, { fillStyle: colour, strokeStyle: colour, lineWidth: STROKE + width });
    pen.stroke(shackle);
    pen.fill(body);
    if (!width) continue;
    pen.lineWidth = width;
    pen.stroke(body);
  }
  pen.restore();
}

/** Return a padlock as an element, in the colour of the text. */
export function lockIcon() {
  const element = make("span", { class: "lock", "aria-hidden": "true" });
  element.innerHTML = `<svg viewBox="0 0 10 10" width="0.9em" height="0.9em"><path d="${BODY}" fill="currentColor"/><path d="${SHACKLE}" fill="none" stroke="currentColor" stroke-width="${STROKE}"/></svg>`;
  return element;
}

/** The frozen weights of a run, which may change at some epochs. */
export class FrozenWeights {
  #changes;
  #none;

  /** `changes`: see `frozen_changes` in pages/ui/style/frozen_weights.py; `matrices` with their columns. */
  constructor(changes = [], matrices) {
    this.#changes = changes.map((change) => ({ epoch: change.epoch, ...setsOf(change, matrices) }));
    this.#none = setsOf({ places: [], counts: matrices.map(() => 0) }, matrices);
  }

  /** Whether any weight is frozen at some epoch. */
  get any() { return this.#changes.length > 0; }

  /** Return those of an epoch: of each matrix a set of places, row by row, and their number; the same object until they change. */
  at(epoch) { return this.#changes.findLast((change) => change.epoch <= epoch) ?? this.#none; }
}

/** Return the places in each matrix, row by row, as sets; of too many there is only their number. */
export function setsOf({ places, counts }, matrices) {
  const sets = matrices.map(() => new Set());
  for (const [layer, row, column] of places) sets[layer - 1].add(row * matrices[layer - 1].columns.length + column);
  return { sets, counts };
}

/** Return the places of those sets among the edges of a diagram's `columns`, which omit some nodes. */
export function onEdges(sets, columns, matrices) {
  return sets.map((places, i) => {
    const [from, to] = [columns[i], columns[i + 1]];
    const [width, last] = [matrices[i].columns.length, matrices[i].rows.length - 1];
    const across = to.names.length - Number(to.bias);
    const found = new Set();
    for (let row = 0; row < from.names.length; row++) {
      const first = width * (from.bias && row === from.names.length - 1 ? last : row);
      for (let column = 0; column < across; column++) if (places.has(first + column)) found.add(row * across + column);
    }
    return found;
  });
}

/** What the padlock means, and in words how many weights of a matrix are frozen where it cannot be drawn. */
export class FrozenKey {
  #text;
  element = make("span", { class: "frozen", title: "A padlock marks a weight that training does not change" });

  constructor() { this.show([], []); } // it has its place before a weight is frozen

  /** Show it for those `counts` of frozen weights; `marked`: of each matrix, whether they are all marked. */
  show(counts, marked) {
    const text = wordsOf(counts, marked);
    if (text === this.#text) return;
    this.#text = text;
    this.element.style.visibility = text ? "" : "hidden"; // its place is kept
    this.element.replaceChildren(lockIcon(), ` ${text || "frozen"}`);
  }
}

/** Return "frozen", or "frozen; 12 of W⁽¹⁾"; "" if none is. */
function wordsOf(counts, marked) {
  if (!counts.some(Boolean)) return "";
  const unmarked = counts.flatMap((count, i) => (count && !marked[i] ? [`${count} of W${superscript(`(${i + 1})`)}`] : []));
  return ["frozen", ...(unmarked.length ? [unmarked.join(", ")] : [])].join("; ");
}
