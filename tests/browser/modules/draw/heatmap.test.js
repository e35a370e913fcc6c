import { Heatmap } from "/pages/ui/live/draw/heatmap.js";
import { canvas, equal, test, theme } from "../harness.js";

const matrix = (rows, columns) => ({ rows, columns, block: [1, 1] });
const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const pixel = (drawing, x, y) => [...drawing.getContext("2d").getImageData(x, y, 1, 1).data];

test("every cell has the colour of its value, row by row", () => {
  const drawing = canvas();
  const map = new Heatmap(drawing, matrix(names("r", 3), names("c", 2)));
  map.layout(20, { width: 30, height: 48 }, theme);
  map.draw(new Float32Array([-1, 1, 0, 1 / 16, 16, -1e30]), 1, theme);
  const top = theme.size + 6;
  equal(drawing.height, (top + 3 * 48) * devicePixelRatio);
  const greys = [0, 1, 2].flatMap((row) => [0, 1].map((column) => pixel(drawing, 20 + 30 * column + 3, top + (row + 0.5) * 48)[0]));
  equal(greys, [64, 191, 127, 141, 240, 0]);
});

test("the next values leave nothing of the last", () => {
  const [once, twice] = [canvas(), canvas()];
  for (const [drawing, values] of [[once, [[1, 2]]], [twice, [[-2, 1], [1, 2]]]]) {
    const map = new Heatmap(drawing, matrix(["r"], names("c", 2)));
    map.layout(30, { width: 60.4, height: 48.3 }, theme); // a part of a pixel at its edges
    for (const drawn of values) map.draw(new Float32Array(drawn), 2, theme);
  }
  equal(once.toDataURL() === twice.toDataURL(), true);
});

test("the rows' names get the room they need, within bounds", () => {
  const margin = (name) => new Heatmap(canvas(), matrix(["x", name], ["c"])).margin(80, theme);
  equal(margin("x") < margin("height") && margin("height") < 80, true);
  equal(margin("a very long name of a feature that does not fit"), 86, "the bound and a gap");
});

test("the mark of a cell surrounds it, also one that is smaller than the mark, and goes with the next values", () => {
  for (const cell of [{ width: 60, height: 40 }, { width: 2, height: 1 }]) {
    const drawing = canvas();
    const map = new Heatmap(drawing, matrix(names("r", 30), names("c", 30)));
    map.layout(20, cell, theme);
    const all = new Float32Array(900);
    map.draw(all, 1, theme);
    const plain = drawing.toDataURL();
    const pictures = [[0, 0], [29, 29], [3, 20]].map(([row, column]) => (map.draw(all, 1, theme, { mark: { row, column } }), drawing.toDataURL()));
    equal(new Set([plain, ...pictures]).size, 4);
    map.draw(all, 1, theme);
    equal(drawing.toDataURL() === plain, true);
  }
});

test("below the pointer is one cell, also where the means of blocks are drawn", () => {
  const map = new Heatmap(canvas(), { ...matrix(names("r", 6), names("c", 4)), block: [3, 2] });
  map.layout(20, { width: 30, height: 20 }, theme);
  const [x, y] = [20 + 3.5 * 30, theme.size + 6 + 1.5 * 20];
  const { index, row, column, mean } = map.at(x, y, new Float32Array(4));
  equal([index, row, column, mean], [1, 1, 3, true]);
  equal([map.at(x, y, new Float32Array(24)).index, map.at(x, y, new Float32Array(24)).mean], [7, false]);
});
