// Two ways to a number, compared.
import { pretty } from "../draw/numbers.js";

const EQUAL = 1e-12; // of the sum of magnitudes: how much rounding may change the sum

/** Return how far a sum and the number that it should be agree: the sign between them, and a sentence. */
export function compare(sum, number, size) {
  const difference = Math.abs(sum - number);
  if (!Number.isFinite(difference)) return { words: "They are not finite, so they cannot be compared." };
  if (difference === 0) return { sign: "=", words: "Equal to the last digit." };
  const equal = difference <= EQUAL * size;
  const digits = Math.floor(-Math.log10(difference / Math.abs(number)));
  const close = digits >= 1 ? `They agree to ${digits} digit${digits > 1 ? "s" : ""}` : "They agree within the accuracy that cancellation leaves";
  if (equal) return { sign: "=", words: `Equal: ${close.replace("They", "they")}; the rest, ${pretty(difference)}, is rounding.` };
  return { sign: "≠", words: `They differ by ${pretty(difference)}, which is more than rounding explains.` };
}
