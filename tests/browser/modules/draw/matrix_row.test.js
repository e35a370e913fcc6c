import { MatrixRow } from "/pages/ui/live/draw/matrix_row.js";
import { equal, test, theme } from "../harness.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(await (await fetch("/pages/ui/live/player/stage.css")).text());
document.adoptedStyleSheets = [sheet];

const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const matrix = (rows, columns) => ({ rows: names("x", rows), columns: names("h", columns), block: [1, 1] });
const layers = (kind) => ({ W1: kind.from({ length: 24 }, (_, i) => i), W2: kind.of(1, -2, 3, 4, 5, 6, 7, 8, 9) });

function pair(options = {}) {
  const made = new MatrixRow({ midpoint: 1, notes: ["inputs → hidden", "hidden → output"], ...options }, [matrix(3, 8), matrix(9, 1)]);
  document.body.replaceChildren(made.element);
  return made;
}

test("titles are whole at any width, and the matrices begin at the same height", () => {
  for (const room of [300, 360, 500, 900]) {
    for (const symbol of ["W", "∂C/∂W"]) {
      const drawn = pair({ symbol });
      drawn.layout(room, theme);
      const { element, canvases } = drawn;
      const tops = canvases.map((canvas) => canvas.getBoundingClientRect().top);
      const side = canvases[1].getBoundingClientRect().left > canvases[0].getBoundingClientRect().right;
      equal(!side || Math.abs(tops[0] - tops[1]) < 0.5, true, `${room}: ${tops}`);
      for (const caption of element.querySelectorAll("figcaption")) {
        equal([getComputedStyle(caption).overflow, caption.scrollHeight <= caption.clientHeight + 1], ["visible", true]);
      }
    }
  }
});

const tables = ({ element }) => [...element.querySelectorAll("table")].map((table) => table.querySelectorAll("tbody td").length);

test("a film at rest has tables for screen readers, one that plays has none", () => {
  const drawn = pair({ name: "Gradient of " });
  drawn.layout(500, theme);
  drawn.describe(); // nothing is drawn yet
  drawn.draw(layers(Float32Array), theme);
  equal(tables(drawn), []);
  drawn.describe();
  equal(tables(drawn), [24, 9]);
  equal(drawn.element.querySelector("caption").textContent, "Gradient of W1, 3×8");
  drawn.draw(layers(Float32Array), theme);
  equal(tables(drawn), []);
});

/** Return the lines, each a list of the titles of its matrices. */
const linesOf = ({ element }) => [...element.querySelectorAll(".line")].map((line) => [...line.querySelectorAll("figcaption b")].map((title) => title.textContent));

/** Return the widths and heights in px of both drawings, and the pair's own width. */
function sizes(matrices, ...layout) {
  const pair = new MatrixRow({ midpoint: 1 }, matrices);
  pair.layout(layout[0], theme, layout[1]);
  const size = (name) => pair.canvases.map(({ style }) => parseFloat(style[name]));
  return { widths: size("width"), heights: size("height"), width: parseFloat(pair.element.style.width), stacked: linesOf(pair).length === 2 };
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

test("a pair is side by side while the second leaves the first more than half", () => {
  const stacked = (room, ...shapes) => sizes(shapes.map((shape) => matrix(...shape)), room).stacked;
  equal(stacked(300, [3, 3], [4, 1]), false);
  equal(stacked(400, [3, 12], [13, 1]), false);
  equal(stacked(250, [5, 12], [13, 3]), true);
  equal(stacked(900, [33, 32], [33, 32]), true);
});

test("more matrices fill a height together", () => {
  const shapes = [matrix(5, 4), matrix(5, 3), matrix(4, 5), matrix(6, 3)];
  const low = sizes(shapes, 600, 250);
  equal(Math.max(...low.heights) < 250, true, String(low.heights));
  equal(Math.max(...sizes(shapes, 600, 900).heights) > Math.max(...low.heights), true);
});

// ---- more than two matrices

const NETWORKS = {
  "two hidden layers of 8": [[3, 8], [9, 8], [9, 1]],
  "4, 3 and 5 units": [[5, 4], [5, 3], [4, 5], [6, 3]],
  "four hidden layers of 32": [[5, 32], [33, 32], [33, 32], [33, 32], [33, 3]],
  digits: [[65, 64], [65, 32], [33, 10]],
  "six hidden layers": [[3, 4], [5, 4], [5, 4], [5, 4], [5, 4], [5, 4], [5, 1]],
};

for (const [name, shapes] of Object.entries(NETWORKS)) {
  test(`${name}: every matrix is there in order, with its title whole, within its place`, () => {
    for (const room of [300, 370, 540, 900, 1400]) {
      const row = new MatrixRow({ midpoint: 1 }, shapes.map((shape) => matrix(...shape)));
      document.body.replaceChildren(row.element);
      row.layout(room, theme);
      equal(linesOf(row).flat(), shapes.map((_, i) => `W⁽${"¹²³⁴⁵⁶⁷"[i]}⁾`));
      const captions = [...row.element.querySelectorAll("figcaption")];
      equal(captions.map((caption) => caption.textContent.split(" ")[1]), shapes.map(([rows, columns]) => `${rows}×${columns}`));
      for (const caption of captions) equal(caption.scrollWidth <= caption.clientWidth + 1 && caption.scrollHeight <= caption.clientHeight + 1, true, `${room}: ${caption.textContent}`);
      const { left } = row.element.getBoundingClientRect();
      for (const canvas of row.canvases) equal(canvas.getBoundingClientRect().right - left <= room + 1, true, `${room}: ${canvas.ariaLabel}`);
      for (const line of row.element.querySelectorAll(".line")) {
        equal(new Set([...line.querySelectorAll("canvas")].map((canvas) => Math.round(canvas.getBoundingClientRect().top))).size, 1, "they begin at the same height");
      }
    }
  });
}

test("in a line with others a matrix still shows its numbers where it shows them alone; on a phone each has its own line", () => {
  const lines = (room, name) => {
    const row = new MatrixRow({ midpoint: 1 }, NETWORKS[name].map((shape) => matrix(...shape)));
    row.layout(room, theme);
    return linesOf(row).map(({ length }) => length);
  };
  equal(lines(1400, "4, 3 and 5 units"), [4]);
  equal(lines(540, "4, 3 and 5 units"), [2, 2]);
  equal(lines(340, "4, 3 and 5 units"), [1, 1, 1, 1]);
  equal(lines(900, "four hidden layers of 32").length < 4, true);
});

const rowOf = (shapes) => new MatrixRow({ midpoint: 1 }, shapes.map((shape) => matrix(...shape)));
const sizeOf = ({ canvases }, side) => canvases.map(({ style }) => parseFloat(style[side]));

test("at their least height few rows have a line of text each, whatever the other matrices", () => {
  for (const shapes of [NETWORKS["4, 3 and 5 units"], NETWORKS["six hidden layers"], [[5, 256], [257, 256], [257, 3]]]) {
    for (const room of [430, 1326]) {
      const row = rowOf(shapes);
      row.layout(room, theme, row.least(room, theme));
      sizeOf(row, "height").forEach((height, i) => {
        const [rows] = shapes[i];
        equal(height - theme.size - 6 >= Math.min(1.3 * rows, 15) * theme.size - 1, true, `${shapes[i]} on ${room} px: ${height}`);
      });
    }
  }
});

test("matrices of many columns wrap rather than becoming strips", () => {
  const shapes = [[5, 256], ...Array(5).fill([257, 256]), [257, 3]];
  for (const room of [370, 540, 900]) {
    const row = rowOf(shapes);
    row.layout(room, theme);
    const least = Math.min(...sizeOf(row, "width").slice(0, -1)); // with the names of rows
    equal(least >= 14 * theme.size, true, `${least} of ${room}`);
  }
});

test("in less width a matrix shows as much, as long as its cells have room for their numbers", () => {
  const drawn = new MatrixRow({ midpoint: 1 }, [matrix(3, 8), matrix(9, 1)]);
  equal([900, 450, 300, 120].map((narrow) => drawn.showsAsMuch(narrow, 900, theme)), [true, true, false, false]);
  equal(drawn.showsAsMuch(120, 120, theme), true);
});
