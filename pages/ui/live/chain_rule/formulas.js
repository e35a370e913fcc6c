// Formulas of each loss and activation, by core's names, with the numbers inserted.
import { fraction, number, row, sign, square, text } from "./mathml.js";
import { operand, pretty } from "../draw/numbers.js";

const bracket = (...parts) => row(sign("("), ...parts, sign(")"));
const minusFrom = (s) => bracket(s.y(), sign("−"), s.yHat());
const error = (y, yHat) => `−(${pretty(y)} − ${operand(yHat)})`;

/** ∂C/∂ŷ of each loss; `s` are the symbols, `scale` the constant factor of a sample's error. */
export const LOSSES = {
  half_mse: {
    equation: "eq. 3",
    words: "the error of the prediction",
    scale: (N) => 1 / N,
    formula: (s) => row(sign("−"), fraction(minusFrom(s), "N")),
    numbers: (y, yHat, N) => `${error(y, yHat)} / ${N}`,
  },
  mse: {
    equation: "in place of eq. 3",
    words: "the error, of the MSE",
    scale: (N) => 2 / N,
    formula: (s) => row(sign("−"), fraction(row(number("2"), minusFrom(s)), "N")),
    numbers: (y, yHat, N) => `−2 × (${pretty(y)} − ${operand(yHat)}) / ${N}`,
  },
  half_sse: {
    equation: "in place of eq. 3",
    words: "the error, of half the SSE",
    scale: () => 1,
    formula: (s) => row(sign("−"), minusFrom(s)),
    numbers: error,
  },
  cross_entropy: {
    equation: "in place of eq. 3",
    words: "the error, of cross-entropy",
    scale: (N) => 1 / N,
    formula: (s) => fraction(row(s.yHat(), sign("−"), s.y()), row("N", s.yHat(), oneMinus(s.yHat()))),
    numbers: (y, yHat, N) => `(${pretty(yHat)} − ${pretty(y)}) / (${N} × ${operand(yHat)} × (1\u00a0−\u00a0${operand(yHat)}))`,
    fused: true, // with the slope of the output's sigmoid
  },
};

const oneMinus = (a) => bracket(number("1"), sign("−"), a);

/** An activation: `of` its argument, and its slope in terms of its value, `a()` as a symbol. */
const sigmoid = {
  name: "sigmoid",
  of: (x) => `σ(${x})`,
  slope: (a) => row(a(), oneMinus(a())),
  numbers: (a) => `${operand(a)} × (1 − ${operand(a)})`,
};

export const OUTPUT = {
  sigmoid: { ...sigmoid, equation: "before eq. 4" },
  identity: {
    name: "identity",
    equation: "in place of ŷ(1 − ŷ)",
    of: (x) => x,
    slope: () => number("1"),
    numbers: () => "1, for every O",
  },
};

export const HIDDEN = {
  sigmoid: { ...sigmoid, equation: "eq. 8" },
  tanh: {
    name: "tanh",
    equation: "in place of eq. 8",
    of: (x) => `tanh(${x})`,
    slope: (a) => row(number("1"), sign("−"), square(a())),
    numbers: (a) => `1 − ${operand(a)}²`,
  },
  relu: {
    name: "ReLU",
    equation: "in place of eq. 8",
    of: (x) => `max(${x}, 0)`,
    slope: (a) => row(number("1"), text(" if "), a(), sign(">"), number("0"), text(", else "), number("0")),
    numbers: (a) => (a > 0 ? `1, for ${pretty(a)} > 0` : `0, for Z = ${pretty(a)}`),
  },
};
