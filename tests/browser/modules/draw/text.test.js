import { fit, widest } from "/pages/ui/live/draw/text.js";
import { canvas, equal, test } from "../harness.js";

const pen = canvas().getContext("2d");

test("a text that fits stays as it is", () => {
  equal(fit(pen, "petal", 200), "petal");
});

test("a longer one is shortened as little as needed", () => {
  const text = "sepal length (cm)";
  const shortened = fit(pen, text, 50);
  equal(shortened.endsWith("…") && text.startsWith(shortened.slice(0, -1)), true, shortened);
  equal(pen.measureText(shortened).width <= 50, true, "fits");
  equal(pen.measureText(`${text.slice(0, shortened.length)}…`).width > 50, true, "one letter more would not");
});

test("something is left of it in any case", () => {
  equal(fit(pen, "abc", 0), "a…");
});

test("the widest of some texts, of none 0", () => {
  equal(widest(pen, ["i", "mmm", "m"]), pen.measureText("mmm").width);
  equal(widest(pen, []), 0);
});
