// The exported NumPy script, with the lines that do what is on display lit.
import { make } from "../dom.js";

const CONFIRM = 2000; // ms for which the button says "Copied"
const EPOCHS = "Trains from epoch 0 to the epoch on display.";
const MARGIN = 3; // lines above the first one lit
const TOKEN = /(?<comment>#.*)|(?<text>"[^"]*"|'[^']*')|\b(?<word>import|from|as|def|return|for|in|if|else|while|not|and|or|lambda|print|with|raise|assert)\b/g;

/** The script as text in a box that scrolls by itself. */
export class ScriptView {
  #text; // the script on display
  #ranges; // the lines that are lit
  #rows = [];

  constructor() {
    this.copy = make("button", { type: "button", "aria-live": "polite", title: "Copy the whole script", onclick: () => this.#copy() }, "Copy");
    this.box = make("pre", { tabindex: 0, "aria-label": "Lines of the NumPy script" });
    this.element = make("div", { class: "numpy", role: "region", "aria-label": "NumPy script" },
      make("header", {}, make("b", {}, "NumPy script"), this.copy), make("p", {}, EPOCHS), this.box);
    new ResizeObserver(() => this.#reveal("auto")).observe(this.box);
  }

  /** Show lines, and light those in ranges [[first, last], …], counted from 1; the first of them is scrolled into view. */
  show(lines, ranges) {
    const text = `${lines.join("\n")}\n`;
    const wanted = JSON.stringify(ranges);
    if (text === this.#text && wanted === JSON.stringify(this.#ranges)) return; // it may have been scrolled by hand
    const isNew = text !== this.#text;
    if (isNew) this.#write(lines);
    this.#text = text;
    this.#ranges = ranges;
    this.#rows.forEach((row, i) => {
      if (ranges.some(([first, last]) => first <= i + 1 && i + 1 <= last)) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    this.#reveal(isNew || matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
  }

  #write(lines) {
    this.#rows = lines.map((line) => make("code", {}, ...highlight(line), "\n"));
    this.box.replaceChildren(...this.#rows);
    this.box.style.setProperty("--digits", String(lines.length).length);
  }

  /** Scroll the box, not the page, to the first line lit. */
  #reveal(behavior) {
    if (!this.#ranges?.length) return;
    const row = this.#rows[this.#ranges[0][0] - 1];
    if (!row) return;
    const top = row.getBoundingClientRect().top - this.box.getBoundingClientRect().top + this.box.scrollTop;
    this.box.scrollTo({ top: top - MARGIN * parseFloat(getComputedStyle(this.box).lineHeight), left: 0, behavior });
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#text);
      this.copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(this.box); // a page without https may not write to the clipboard
      this.copy.textContent = "Selected: copy with Ctrl+C";
    }
    setTimeout(() => (this.copy.textContent = "Copy"), CONFIRM);
  }
}

/** Return a line's text with its comments, strings and keywords as elements. */
function highlight(line) {
  const parts = [];
  let end = 0;
  for (const { 0: text, index, groups } of line.matchAll(TOKEN)) {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    parts.push(line.slice(end, index), make("span", { class: kind }, text));
    end = index + text.length;
  }
  return [...parts, line.slice(end)];
}
