import { maxWidth, resize, truncate, truncateAll } from "/pages/ui/live/draw/canvas.js";
import { canvas, equal, test } from "../harness.js";

const pen = canvas().getContext("2d");

test("a canvas has a size in CSS px and as many pixels as the screen", () => {
  const drawing = canvas();
  resize(drawing, 100.5, 40);
  equal([drawing.width, drawing.height], [Math.round(100.5 * devicePixelRatio), 40 * devicePixelRatio]);
  equal([drawing.style.width, drawing.style.height], [drawing.width, drawing.height].map((pixels) => `${pixels / devicePixelRatio}px`), "whole pixels of the screen");
  equal(drawing.getContext("2d").getTransform().a, devicePixelRatio);
});

test("a text that fits stays as it is", () => {
  equal(truncate(pen, "petal", 200), "petal");
});

test("a longer one is shortened as little as needed", () => {
  const text = "sepal length (cm)";
  const shortened = truncate(pen, text, 50);
  equal(shortened.endsWith("…") && text.startsWith(shortened.slice(0, -1)), true, shortened);
  equal(pen.measureText(shortened).width <= 50, true, "fits");
  equal(pen.measureText(`${text.slice(0, shortened.length)}…`).width > 50, true, "one letter more would not");
});

test("something is left of it in any case", () => {
  equal(truncate(pen, "abc", 0), "a…");
});

test("several that begin alike are shortened so that they differ", () => {
  const room = pen.measureText("h⁽¹⁾1").width - 1;
  equal(truncateAll(pen, ["h⁽¹⁾1", "h⁽¹⁾2"], 200), ["h⁽¹⁾1", "h⁽¹⁾2"], "there is room");
  equal(truncateAll(pen, ["h⁽¹⁾1", "h⁽¹⁾2"], room), ["…1", "…2"], "up to the number");
  equal(truncateAll(pen, ["digit = 0", "digit = 1", "digit = 12"], pen.measureText("12").width), ["0", "1", "12"], "or the number alone");
  equal(truncateAll(pen, ["age of a tree", "rings of a tree"], room), ["age of a tree", "rings of a tree"].map((text) => truncate(pen, text, room)), "they differ");
});

test("the width of the widest text; 0 without any", () => {
  equal(maxWidth(pen, ["i", "mmm", "m"]), pen.measureText("mmm").width);
  equal(maxWidth(pen, []), 0);
});
