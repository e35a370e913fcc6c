// Rows of numbers, decoded to the last bit: see pages/ui/save/page/coding.py.

/** Return n rows of numbers, one after another, from their bytes. */
export function decodeRows(bytes, n, columns) {
  const count = n * columns;
  const bits = new BigInt64Array(count);
  const view = new Uint8Array(bits.buffer);
  for (let part = 0; part < 8; part++) {
    for (let column = 0; column < columns; column++) {
      const from = (part * columns + column) * n;
      for (let i = 0; i < n; i++) view[(i * columns + column) * 8 + part] = bytes[from + i];
    }
  }
  for (const order of [1, 0]) {
    for (let at = (order + 1) * columns; at < count; at++) bits[at] += bits[at - columns];
  }
  return new Float64Array(bits.buffer);
}
