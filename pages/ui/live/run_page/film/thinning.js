// Samples evenly spaced, and means of a matrix's blocks: see core/utils/thinning.py.

/** Return the places of at most `most` of `count` samples, evenly spaced over all. */
export function evenlySpaced(count, most) {
  const size = Math.min(count, most);
  return Array.from({ length: size }, (_, i) => (size > 1 ? roundToEven((i * (count - 1)) / (size - 1)) : 0));
}

/** Return the means of blocks, row by row; the last blocks of rows and of columns may be smaller. */
export function blockMeans(matrix, { rows, columns, block: [tall, wide] }) {
  if (tall * wide === 1) return matrix;
  const [height, width] = [rows.length, columns.length];
  const across = Math.ceil(width / wide);
  const means = new Float64Array(Math.ceil(height / tall) * across);
  for (let row = 0, at = 0; row < height; row++) {
    const from = Math.floor(row / tall) * across;
    for (let column = 0; column < width; column++) means[from + Math.floor(column / wide)] += matrix[at++];
  }
  for (let i = 0; i < means.length; i++) {
    const [down, right] = [Math.floor(i / across) * tall, (i % across) * wide];
    means[i] /= Math.min(tall, height - down) * Math.min(wide, width - right);
  }
  return means;
}

/** Return the nearest whole number, of two as near the even one, as NumPy rounds. */
function roundToEven(value) {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 ? low + 1 : low;
}
