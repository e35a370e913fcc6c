// Contour lines of a field on a grid: marching squares.

const ends = new Float64Array(8); // x and y of up to four crossings of a square's sides

/** Add to the pen's path the contour of `field`, n × n values `step` px apart, at `level`. */
export function contour(pen, field, n, level, { left, top, step }) {
  for (let row = 0; row < n - 1; row++) {
    for (let column = 0; column < n - 1; column++) {
      const i = row * n + column;
      const count = crossings(field[i] - level, field[i + 1] - level, field[i + n + 1] - level, field[i + n] - level);
      for (let k = 0; k < count; k += 2) { // a saddle has two lines
        pen.moveTo(left + (column + ends[2 * k]) * step, top + (row + ends[2 * k + 1]) * step);
        pen.lineTo(left + (column + ends[2 * k + 2]) * step, top + (row + ends[2 * k + 3]) * step);
      }
    }
  }
}

/** Store where the sides of a unit square, a b above d c, cross 0; return how many do. */
function crossings(a, b, c, d) {
  let count = 0;
  if (a > 0 !== b > 0) count = note(count, a / (a - b), 0);
  if (b > 0 !== c > 0) count = note(count, 1, b / (b - c));
  if (c > 0 !== d > 0) count = note(count, d / (d - c), 1);
  if (d > 0 !== a > 0) count = note(count, 0, a / (a - d));
  return count;
}

function note(count, x, y) {
  ends[2 * count] = x;
  ends[2 * count + 1] = y;
  return count + 1;
}
