import { MatrixPair } from "/pages/ui/live/draw/matrix_pair.js";
import { equal, test, theme } from "../harness.js";

const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const matrix = (rows, columns) => ({ rows: names("r", rows), columns: names("c", columns), block: [1, 1] });

/** Return the widths and heights in px of both drawings, and the pair's own width. */
function sizes(matrices, ...layout) {
  const pair = new MatrixPair({}, matrices);
  pair.layout(layout[0], theme, layout[1]);
  const size = (name) => pair.canvases.map(({ style }) => parseFloat(style[name]));
  return { widths: size("width"), heights: size("height"), width: parseFloat(pair.element.style.width), stacked: pair.stacked };
}

test("a tall matrix stays on the screen", () => {
  const { heights } = sizes([matrix(100, 3), matrix(4, 1)], 600);
  equal(heights[0] <= 26 * theme.size, true, String(heights));
});

test("the pair is as wide as its matrices, and within its place", () => {
  for (const [room, ...shapes] of [[900, [3, 3], [4, 1]], [300, [3, 3], [4, 1]], [250, [5, 12], [13, 3]]]) {
    const { widths, width, stacked } = sizes(shapes.map((shape) => matrix(...shape)), room);
    const used = stacked ? Math.max(...widths) : widths[0] + widths[1];
    equal(width <= room && width >= Math.min(room, used), true, `${width} of ${room}`);
  }
});

test("cells grow to fill a height, no taller than nearly square", () => {
  const shapes = [matrix(3, 3), matrix(4, 1)];
  const [usual, filled, tall] = [sizes(shapes, 700), sizes(shapes, 700, 400), sizes(shapes, 700, 5000)];
  equal(Math.max(...usual.heights) < Math.max(...filled.heights), true);
  equal(Math.max(...filled.heights) <= 400, true, String(filled.heights));
  equal(tall.heights[1] < 5 * tall.widths[1], true, String(tall.heights));
});
