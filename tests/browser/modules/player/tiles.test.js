import { fillTiles, rowsOf } from "/pages/ui/live/player/tiles.js";
import { equal, test } from "../harness.js";

const SIZE = 20; // px, of type
const counts = (...window) => rowsOf(...window, SIZE).map(({ count }) => count);

test("a wide window has its drawings side by side, a tall one below one another", () => {
  equal(counts(2, 1240, 560), [2]);
  equal(counts(2, 370, 560), [1, 1]);
  equal(counts(4, 1900, 900), [2, 2]);
  equal(counts(1, 1240, 560), [1]);
});

test("all drawings have a place, and none is too small to be read", () => {
  for (let count = 1; count <= 8; count++) {
    for (const [width, height] of [[1240, 560], [370, 500], [2500, 1200]]) {
      const rows = rowsOf(count, width, height, SIZE);
      equal(rows.reduce((sum, row) => sum + row.count, 0), count);
      equal(rows.every((row) => row.height >= 13 * SIZE && row.width >= Math.min(width, 16 * SIZE)), true, `${count} in ${width} × ${height}`);
    }
  }
});

/** Return a panel whose title takes 30 px, and whose picture has a shape if it is not flexible. */
function panel(shape) {
  const element = document.createElement("div");
  const [title, picture] = [document.createElement("div"), document.createElement("div")];
  title.style.height = "30px";
  element.append(title, picture);
  const layout = (width, height) => Object.assign(picture.style, {
    width: `${shape ? Math.min(width, height * shape) : width}px`, height: `${shape ? Math.min(height, width / shape) : height}px`,
  });
  return { element, layout, flexible: !shape };
}

test("a drawing with its title is no higher than its place, and what it leaves goes to the flexible one", () => {
  const place = document.createElement("div");
  Object.assign(place.style, { width: "1240px", height: "560px", display: "flex", flexFlow: "row wrap", gap: "24px", alignItems: "flex-start" });
  document.body.append(place);
  const panels = [panel(1), panel()];
  place.append(...panels.map(({ element }) => element));
  fillTiles(place, panels, { size: SIZE });
  const [square, flexible] = panels.map(({ element }) => element.getBoundingClientRect());
  equal([square, flexible].every(({ height }) => height > 550 && height <= 560), true);
  equal(square.width > 520 && square.width <= 530, true, "as wide as high, without the title");
  equal(flexible.top, square.top, "side by side");
  equal(flexible.width > 1240 - 530 - 24 - 4, true, String(flexible.width));
  place.remove();
});

/** Return the boxes of panels in a place of 900 × 400 px. */
function boxesOf(...panels) {
  const place = document.createElement("div");
  Object.assign(place.style, { width: "900px", height: "400px", overflow: "hidden auto", display: "flex", flexFlow: "row wrap", gap: "24px", alignItems: "flex-start" });
  document.body.append(place);
  place.append(...panels.map(({ element }) => element));
  fillTiles(place, panels, { size: SIZE });
  const boxes = panels.map(({ element }) => element.getBoundingClientRect());
  place.remove();
  return boxes;
}

test("no picture is lower than its least: the rest is scrolled to", () => {
  const [low, tall, other] = boxesOf(panel(), { ...panel(), least: () => 700 }, panel());
  equal([tall.height, low.height <= 400, other.height <= 400], [730, true, true]);
});

test("of drawings that wrap, those too high for a tile have rows alone below the others, which share what is left", () => {
  const matrices = (area) => ({ ...panel(), least: (width) => area / width, wraps: true });
  const [first, second, low, high] = boxesOf(panel(), panel(), matrices(60000), matrices(300000));
  equal([low.width < 600, high.width > 880], [true, true]);
  equal(high.top >= Math.max(first.bottom, second.bottom, low.bottom), true);
});
