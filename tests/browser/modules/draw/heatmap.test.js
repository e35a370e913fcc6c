import { Heatmap } from "/pages/ui/live/draw/heatmap.js";
import { canvas, equal, test, theme } from "../harness.js";

const matrix = (rows, columns) => ({ rows, columns, block: [1, 1] });
const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const pixel = (drawing, x, y) => [...drawing.getContext("2d").getImageData(x, y, 1, 1).data];

test("every cell has the colour of its value, row by row", () => {
  const drawing = canvas();
  const map = new Heatmap(drawing, matrix(names("r", 3), names("c", 2)));
  map.layout(20, 30, theme);
  map.draw(new Float32Array([-1, 1, 0, 1 / 9, 9, -1e30]), 1, theme);
  const cell = (drawing.height - 18) / 3;
  const greys = [0, 1, 2].flatMap((row) => [0, 1].map((column) => pixel(drawing, 20 + 30 * column + 3, 18 + (row + 0.5) * cell)[0]));
  equal(greys, [64, 191, 127, 159, 222, 0]);
});

test("the next values leave nothing of the last", () => {
  const [once, twice] = [canvas(), canvas()];
  for (const [drawing, values] of [[once, [[1, 2]]], [twice, [[-2, 1], [1, 2]]]]) {
    const map = new Heatmap(drawing, matrix(["r"], names("c", 2)));
    map.layout(30, 60, theme);
    for (const drawn of values) map.draw(new Float32Array(drawn), 2, theme);
  }
  equal(once.toDataURL() === twice.toDataURL(), true);
});

test("the rows' names get the room they need, within bounds", () => {
  const margin = (name) => new Heatmap(canvas(), matrix(["x", name], ["c"])).margin(80, theme);
  equal(margin("x") < margin("height") && margin("height") < 80, true);
  equal(margin("a very long name of a feature that does not fit"), 86, "the bound and a gap");
});

test("a tall matrix stays on the screen", () => {
  const drawing = canvas();
  new Heatmap(drawing, matrix(names("r", 100), ["c"])).layout(20, 20, theme);
  equal(drawing.height <= 360 * devicePixelRatio, true, String(drawing.height));
});
