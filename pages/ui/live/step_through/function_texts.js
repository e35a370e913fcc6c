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
  sigmoid: (a) => `${operand(a)} · (1 − ${operand(a)})`,
  tanh: (a) => `1 − ${operand(a)}²`,
  relu: (a) => `${a > 0 ? 1 : 0}, since ${pretty(a)} is ${a > 0 ? "" : "not "}above 0`,
  identity: () => "1",
};

export const COSTS = { // of an output of one sample, in numbers, and what stands before their sum
  half_mse: { share: (N) => `1/(2·${N}) · `, term: squared },
  mse: { share: (N) => `1/${N} · `, term: squared },
  half_sse: { share: () => "1/2 · ", term: squared },
  cross_entropy: { share: (N) => `−1/${N} · `, term: (y, ŷ) => `[${pretty(y)}·ln ${operand(ŷ)} + ${operand(1 - y)}·ln(1 − ${operand(ŷ)})]` },
  classes: { share: (N) => `−1/${N} · `, term: (y, ŷ) => `${operand(y)}·ln ${operand(ŷ)}` },
};

export const ERRORS = { // of an output of one sample, in numbers
  half_mse: (y, ŷ, N) => `−(${pretty(y)} − ${operand(ŷ)}) / ${N}`,
  mse: (y, ŷ, N) => `−2·(${pretty(y)} − ${operand(ŷ)}) / ${N}`,
  half_sse: (y, ŷ) => `−(${pretty(y)} − ${operand(ŷ)})`,
  cross_entropy: (y, ŷ, N) => `(${pretty(ŷ)} − ${operand(y)}) / (${N}·${operand(ŷ)}·(1 − ${operand(ŷ)}))`,
  classes: (y, ŷ, N) => `−${operand(y)} / (${N}·${operand(ŷ)})`,
};

function squared(y, ŷ) {
  return `(${pretty(y)} − ${operand(ŷ)})²`;
}
