// The activations and the losses with numbers put in, as texts and elements; tests/browser/test_modules.py works them out and compares core's values.
import { make } from "../dom.js";
import { operand, pretty } from "../draw/numbers.js";

/** Return e to a power. */
export const power = (exponent) => ["e", make("sup", {}, pretty(exponent))];

export const ACTIVATIONS = { // of x, in numbers
  sigmoid: (x) => ["1 / (1 + ", ...power(-x), ")"],
  tanh: (x) => [`tanh ${operand(x)}`],
  relu: (x) => [`max(0, ${pretty(x)})`],
  identity: (x) => [pretty(x)],
};

export const SLOPES = { // of a = σ(x), in numbers
  sigmoid: (a, digits) => `${operand(a, digits)} · (1 − ${operand(a, digits)})`,
  tanh: (a, digits) => `1 − ${operand(a, digits)}²`,
  relu: (a) => `${a > 0 ? 1 : 0}, since ${pretty(a)} is ${a > 0 ? "" : "not "}above 0`,
  identity: () => "1",
};

export const COSTS = { // of an output of one sample, in numbers, and what stands before their sum
  half_mse: { share: (N) => `1/(2·${N}) · `, term: squared },
  mse: { share: (N) => `1/${N} · `, term: squared },
  half_sse: { share: () => "1/2 · ", term: squared },
  cross_entropy: { share: (N) => `−1/${N} · `, term: (y, ŷ, digits) => `[${pretty(y)}·ln ${operand(ŷ, digits)} + ${operand(1 - y)}·ln(1 − ${operand(ŷ, digits)})]` },
  classes: { share: (N) => `−1/${N} · `, term: (y, ŷ, digits) => `${operand(y)}·ln ${operand(ŷ, digits)}` },
};

export const ERRORS = { // of an output of one sample, in numbers
  half_mse: (y, ŷ, N, digits) => `−(${pretty(y, digits)} − ${operand(ŷ, digits)}) / ${N}`,
  mse: (y, ŷ, N, digits) => `−2·(${pretty(y, digits)} − ${operand(ŷ, digits)}) / ${N}`,
  half_sse: (y, ŷ, N, digits) => `−(${pretty(y, digits)} − ${operand(ŷ, digits)})`,
  cross_entropy: (y, ŷ, N, digits) => `(${pretty(ŷ, digits)} − ${operand(y)}) / (${N}·${operand(ŷ, digits)}·(1 − ${operand(ŷ, digits)}))`,
  classes: (y, ŷ, N, digits) => `−${operand(y)} / (${N}·${operand(ŷ, digits)})`,
};

function squared(y, ŷ, digits) {
  return `(${pretty(y, digits)} − ${operand(ŷ, digits)})²`;
}
