import { colourOf, textColourOn, readTheme, roundUp } from "/pages/ui/live/draw/colours.js";
import { close, equal, random, test, theme } from "../harness.js";

const { scale } = theme;

test("the scale is symmetric about 0", () => {
  const next = random(1);
  for (let i = 0; i < 500; i++) {
    const value = 3 * next();
    const [[up], [down]] = [colourOf(scale, value, 2), colourOf(scale, -value, 2)];
    equal(up + down, 254, String(value));
  }
});

test("0 has the colour in the middle, the limits those at the ends, and so has what lies beyond", () => {
  equal([0, 2, -2, 5, -Infinity].map((value) => colourOf(scale, value, 2)[0]), [127, 254, 0, 254, 0]);
  equal(colourOf(scale, 0, 0), [127, 127, 127], "without a limit");
});

test("the smallest of 1, 2, 5 · 10^k that is not below", () => {
  for (const [value, rounded] of [[1, 1], [1.01, 2], [2, 2], [2.1, 5], [5, 5], [7, 10], [10, 10], [0.03, 0.05], [1234, 2000], [2.0000000000000004, 2]]) {
    equal(roundUp(value), rounded, String(value));
  }
  equal([0, -1, NaN].map(roundUp), [1, 1, 1], "nothing to round");
});

test("rounding up bears what floating point leaves over", () => {
  const next = random(2);
  for (let i = 0; i < 500; i++) {
    const value = 10 ** (8 * next());
    const rounded = roundUp(value);
    if (!(rounded >= value * (1 - 1e-9) && rounded < 2.5 * value * (1 + 1e-9))) throw new Error(`${value} → ${rounded}`);
    close(roundUp(rounded) / rounded, 1, 1e-12);
  }
});

test("ink that is read on black and on white", () => {
  equal([textColourOn([0, 0, 0]), textColourOn([255, 255, 255])], ["#fff", "#111"]);
});

test("the theme is the page's", () => {
  const element = document.createElement("div");
  const colours = { "background-color": "#101010", "text-color": "#eeeeee", "border-color": "#444444", font: "serif",
    "chart-diverging-colors": "#000000, #0a0a0a,#ffffff", "chart-categorical-colors": "#111111, #222222" };
  for (const [name, value] of Object.entries(colours)) element.style.setProperty(`--st-${name}`, value);
  document.body.append(element);
  const { scale: read, series, text, background, faint, font, key } = readTheme(element);
  equal([series, text, background, faint, font], [["#111111", "#222222"], "#eeeeee", "#101010", "#444444", "serif"]);
  equal([read.length, read[0], read[127], read[254]], [255, [0, 0, 0], [10, 10, 10], [255, 255, 255]]);
  element.style.setProperty("--st-text-color", "#dddddd");
  equal(readTheme(element).key === key, false, "another theme has another key");
});
