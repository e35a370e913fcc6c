// With how many digits numbers are written, so that the calculation that is written gives the result that is written.
const MOST = 15;

/**
 * Return the least number of digits, `least` or more, with which `calculate(...operands)` comes to `result` as it is written with
 * `least` digits; `calculate` may lack a constant factor. It is `least` where nothing can be calculated.
 */
export function writtenDigits(calculate, operands, result, least) {
  const factor = result / calculate(...operands);
  if (!Number.isFinite(factor)) return least;
  const written = rounded(result, least);
  for (let digits = least; digits < MOST; digits++) {
    const found = factor * calculate(...operands.map((value) => rounded(value, digits)));
    if (rounded(found, least) === written) return digits;
  }
  return MOST;
}

const rounded = (value, digits) => Number(value.toPrecision(digits));

export const total = (...terms) => terms.reduce((sum, term) => sum + term, 0);
const difference = (y, ŷ) => y - ŷ;
const squares = (...pairs) => total(...each(pairs, (y, ŷ) => (y - ŷ) ** 2));
const ln = (share, y) => share && share * Math.log(y); // 0 · ln 0 is 0

export const OF_SLOPES = { sigmoid: (a) => a * (1 - a), tanh: (a) => 1 - a * a, relu: (a) => a, identity: (a) => a };
export const OF_COSTS = { // of y and ŷ of each output
  half_mse: squares, mse: squares, half_sse: squares,
  cross_entropy: (...pairs) => total(...each(pairs, (y, ŷ) => ln(y, ŷ) + ln(1 - y, 1 - ŷ))),
  classes: (...pairs) => total(...each(pairs, ln)),
};
export const OF_ERRORS = {
  half_mse: difference, mse: difference, half_sse: difference,
  cross_entropy: (y, ŷ) => (ŷ - y) / (ŷ * (1 - ŷ)),
  classes: (y, ŷ) => y / ŷ,
};

/** Return what a function makes of each two of the numbers. */
function each(numbers, make) {
  return numbers.flatMap((value, i) => (i % 2 ? [make(numbers[i - 1], value)] : []));
}
