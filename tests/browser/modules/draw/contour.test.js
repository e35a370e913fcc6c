import { contour } from "/pages/ui/live/draw/contour.js";
import { close, equal, test } from "../harness.js";

/** Return the lines of a field's contour: [x1, y1, x2, y2] each. */
function lines(field, n, level, box = { left: 0, top: 0, step: 1 }) {
  const found = [];
  contour({ moveTo: (x, y) => found.push([x, y]), lineTo: (x, y) => found.at(-1).push(x, y) }, field, n, level, box);
  return found;
}

const sample = (n, f) => Float64Array.from({ length: n * n }, (_, i) => f(i % n, Math.floor(i / n)));

test("a plane's contour is its straight line, interpolated", () => {
  const found = lines(sample(5, (x, y) => x + y / 4), 5, 1.6);
  equal(found.length > 3, true);
  for (const [x1, y1, x2, y2] of found) close([x1 + y1 / 4, x2 + y2 / 4], [1.6, 1.6]);
});

test("it is drawn in the box, from edge to edge", () => {
  const found = lines(sample(3, (x) => x), 3, 0.5, { left: 100, top: 10, step: 20 });
  equal(found.map((line) => line[0]), [110, 110]);
  equal([Math.min(...found.flatMap(([, a, , b]) => [a, b])), Math.max(...found.flatMap(([, a, , b]) => [a, b]))], [10, 50]);
});

test("a circle's contour is closed: every end is met by another", () => {
  const found = lines(sample(21, (x, y) => Math.hypot(x - 10, y - 10)), 21, 7.3);
  const ends = new Map();
  for (const [x1, y1, x2, y2] of found) {
    for (const end of [[x1, y1], [x2, y2]]) ends.set(String(end.map((value) => value.toFixed(9))), 1 + (ends.get(String(end.map((value) => value.toFixed(9)))) ?? 0));
    close([Math.hypot(x1 - 10, y1 - 10), Math.hypot(x2 - 10, y2 - 10)], [7.3, 7.3], 0.1);
  }
  equal([...new Set(ends.values())], [2]);
});

test("a saddle has two lines that do not cross", () => {
  const found = lines(Float64Array.of(1, -1, -1, 1), 2, 0);
  equal(found.length, 2);
  const [[ax, ay, bx, by], [cx, cy, dx, dy]] = found;
  equal([ax === bx || ay === by, cx === dx || cy === dy], [false, false], "each joins neighbouring sides");
  equal((ax + bx - 1) * (cx + dx - 1) + (ay + by - 1) * (cy + dy - 1) < 0, true, "at opposite corners");
});

test("none where the level is not crossed", () => {
  equal([lines(sample(4, () => 1), 4, 0), lines(sample(4, () => 1), 4, 1)], [[], []]);
});
