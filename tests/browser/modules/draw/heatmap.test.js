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
