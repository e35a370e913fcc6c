// Rows of numbers, decoded to the last bit: see pages/ui/save/page/coding.py.

const HALF = 2 ** 32; // integers of 64 bits are two halves: much faster than BigInt

/** Return n rows of numbers, one after another, from their bytes. */
export function decodeRows(bytes, n, columns) {
  const rows = new Float64Array(n * columns);
  const halves = new Uint32Array(rows.buffer); // of a number the lower one first
  const [low, high] = [new Uint32Array(n), new Uint32Array(n)];
  for (let column = 0; column < columns; column++) {
    const starts = Array.from({ length: 8 }, (_, part) => columns + (part * columns + column) * n);
    join(bytes, starts, low);
    join(bytes, starts.slice(4), high);
    signsFirst(low, high);
    for (let order = bytes[column]; order > 0; order--) addUp(low, high, order);
    for (let i = 0, at = 2 * column; i < n; i++, at += 2 * columns) {
      halves[at] = low[i];
      halves[at + 1] = high[i];
    }
  }
  return rows;
}

/** Set integers of 32 bits from their bytes, which stand apart, the lowest first. */
function join(bytes, [first, second, third, fourth], integers) {
  for (let i = 0; i < integers.length; i++) integers[i] = bytes[first + i] | (bytes[second + i] << 8) | (bytes[third + i] << 16) | (bytes[fourth + i] << 24);
}

/** Change 0, 1, 2, 3 … back to 0, −1, 1, −2 … */
function signsFirst(low, high) {
  for (let i = 0; i < low.length; i++) {
    const sign = -(low[i] & 1);
    low[i] = ((low[i] >>> 1) | (high[i] << 31)) ^ sign;
    high[i] = (high[i] >>> 1) ^ sign;
  }
}

/** Add to each integer from `start` on the one before it. */
function addUp(low, high, start) {
  for (let i = start; i < low.length; i++) {
    const sum = low[i] + low[i - 1];
    low[i] = sum;
    high[i] += high[i - 1] + Number(sum >= HALF);
  }
}
