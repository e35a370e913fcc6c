// What the drawings of the stage and of the bug lab have in common: the page's theme, and two columns where it is wide.
import { readTheme } from "../draw/colours.js";

const WIDE = 820; // px: from this width the curves are beside the matrices
export const BETWEEN = 32; // px

/** The drawings of an `element`. Subclasses have `main`, which has the columns, and `place(width, wide)`. */
export class Drawings {
  theme;
  width = 0; // px

  /** Read the page's theme, which may change with any message. */
  restyle(section) {
    const theme = readTheme(section);
    if (theme.key === this.theme?.key && this.width) return;
    this.theme = theme;
    for (const i of [0, 1]) this.element.style.setProperty(`--series-${i}`, theme.series[i]);
    this.layout(section.clientWidth);
  }

  layout(width) {
    this.width = width;
    if (!this.theme || !width || !this.main) return;
    const wide = width >= WIDE;
    this.main.classList.toggle("wide", wide);
    this.place(width, wide);
  }
}
