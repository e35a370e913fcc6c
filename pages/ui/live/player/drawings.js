// What the drawings of the stage and of the bug lab have in common: the page's theme, and columns where it is wide.
import { readTheme } from "../draw/colours.js";

const WIDE = 820; // px: from this width the curves are beside the matrices
export const BETWEEN = 32; // px
const REST = 300; // ms without another frame until it is described in words

/** The drawings of an `element`. Subclasses have `main`, which has the columns, and `place(width, wide)`. */
export class Drawings {
  theme;
  width = 0; // px
  #height = 0; // px
  #rest; // the timer

  /** Read the page's theme and the width of the body around the drawings: place them again if they have changed. */
  restyle(body) {
    const theme = readTheme(body);
    const [width, height] = [body.clientWidth, this.fills ? this.element.clientHeight : 0];
    const same = width === this.width && height === this.#height;
    if (theme.key === this.theme?.key && same && width) return;
    Object.assign(this, { theme, width });
    this.#height = height;
    for (const i of [0, 1]) this.element.style.setProperty(`--series-${i}`, theme.series[i]);
    this.layout();
  }

  /** Describe rows of matrices for screen readers once the film rests. */
  describeAtRest(rows) {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => rows.forEach((row) => row.describe()), REST);
  }

  /** Whether the drawings fill the element's height, too. */
  get fills() { return false; }

  layout() {
    if (!this.theme || !this.width || !this.element.hasChildNodes()) return;
    const wide = this.width >= WIDE;
    this.main?.classList.toggle("wide", wide);
    this.place(this.width, wide);
  }
}
