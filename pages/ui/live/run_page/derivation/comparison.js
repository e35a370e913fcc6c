// Two sides of an equation: in how many digits they agree, and why in few (see pages/ui/derivation/comparison.py).
import { minus, operand, pretty } from "../../draw/numbers.js";
import { fill } from "../sentence.js";
import { STEP } from "./complex_step.js";

const ALL_DIGITS = 16; // of a float64

const plain = (text) => text.replaceAll("\u00a0", " ").replace("NaN", "undefined");

/** Return a number with that many digits, as text without no-break spaces. */
export const numberText = (value, digits) => plain(pretty(value, digits));

/** Return `numberText` as an operand: in brackets if it begins with a minus or is a product. */
export const operandText = (value, digits) => plain(operand(value, digits));

/** Return all digits of a number; as in Python with an exponent below 1e−4 and from 1e16 on. */
export function exactText(value) {
  if (!Number.isFinite(value)) return minus(String(value)).replace("Infinity", "inf").replace("NaN", "nan");
  const power = value.toExponential().split("e")[1];
  const decimal = power >= -4 && power < ALL_DIGITS;
  return minus(decimal ? String(value || 0) : value.toExponential().replace("+", ""));
}

/** Both sides on the data, with their names. A side that the page lacks the samples for is undefined, and `explanation` says so. */
export class Comparison {
  /** `size`: the scale of a difference; undefined: the numbers themselves. */
  constructor(leftName, left, rightName, right, size, explanation = "") {
    Object.assign(this, { leftName, left, rightName, right, size, explanation });
  }

  /** The number of significant digits in which both sides agree. */
  get digits() { return this.#digitsOf(Math.max(Math.abs(this.left), Math.abs(this.right))); }

  get #isFinite() { return Number.isFinite(this.left) && Number.isFinite(this.right); }

  #digitsOf(size) {
    const difference = Math.abs(this.left - this.right);
    if (difference === 0) return ALL_DIGITS;
    if (!(size > difference)) return 0;
    return Math.min(ALL_DIGITS - 1, Math.floor(Math.log10(size / difference)));
  }

  /** Return a sentence on how many digits agree. */
  agreement({ notFinite }) {
    if (this.left === undefined) return "";
    if (!this.#isFinite) return notFinite;
    if (this.digits === ALL_DIGITS) return `All ${ALL_DIGITS} digits agree.`;
    if (!this.digits) return "No digit agrees.";
    return this.digits === 1 ? "1 digit agrees." : `${this.digits} digits agree.`;
  }

  /** Return the same with the reason why few digits agree, if known; `isSaturated` is called only if needed. */
  withExplanation(digits, { limits, sentences }, isSaturated) {
    if (this.digits >= limits.few || this.explanation || !this.#isFinite) return this;
    return Object.assign(this, { explanation: this.#reason(digits, limits, sentences, isSaturated) });
  }

  #reason(digits, { few, smallest }, sentences, isSaturated) {
    const { left, right, size } = this;
    if (size !== undefined && this.#digitsOf(size) >= few) {
      const values = { size: numberText(size, digits), difference: numberText(Math.abs(left - right), digits) };
      return fill(sentences.cancellation, values);
    }
    const [a, b] = [Math.abs(left), Math.abs(right)];
    if (Math.max(a, b) >= smallest / STEP && isSaturated()) return sentences.rounded;
    return a < smallest / STEP || b < smallest ? sentences.underflow : "";
  }
}
