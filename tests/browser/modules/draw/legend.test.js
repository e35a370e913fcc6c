import { ColourBar, drawScale, scaleWidth, drawMarker, drawValidationMarker } from "/pages/ui/live/draw/legend.js";
import { shareOf } from "/pages/ui/live/draw/colours.js";
import { canvas, close, equal, test, theme } from "../harness.js";

function marker(kind, draw = drawMarker) {
  const drawing = canvas();
  draw(drawing.getContext("2d"), 40, 40, 20, { kind, fill: "#ff0000" }, theme);
  return drawing;
}

test("the first seven classes have seven shapes", () => {
  const pictures = Array.from({ length: 7 }, (_, kind) => marker(kind).toDataURL());
  equal(new Set(pictures).size, 7);
  equal(marker(7).toDataURL() === pictures[0], true, "then they recur");
});

test("a validation sample has a shape of its own, with that of its class within", () => {
  const [training, validation] = [drawMarker, drawValidationMarker].map((draw) => Array.from({ length: 7 }, (_, kind) => marker(kind, draw).toDataURL()));
  equal(new Set([...training, ...validation]).size, 14);
  equal(validation.includes(marker(undefined, drawValidationMarker).toDataURL()), false, "without a class there is no shape within");
});

test("a marker is filled and has an outline of two colours, one for any ground", () => {
  const row = marker(0).getContext("2d").getImageData(40, 40, 30, 1).data;
  const [inside, line, rim] = [0, 22, 27].map((x) => [...row.slice(4 * x, 4 * x + 3)]);
  equal(inside, [255, 0, 0], "its colour");
  equal(line, [17, 17, 17], "the text's");
  equal(rim, [255, 255, 255], "the background's");
});

test("a scale has its colours and the announced width", () => {
  const drawing = canvas();
  const pen = drawing.getContext("2d");
  drawScale(pen, 10, 20, { low: -2, high: 2, scale: theme.scale }, theme);
  const width = scaleWidth(pen, { low: -2, high: 2 });
  const { data } = pen.getImageData(0, 20, 300, 1);
  const inked = Array.from({ length: 300 }, (_, x) => x).filter((x) => data[4 * x + 3] > 0);
  equal(inked[0] >= 10 && inked.at(-1) <= 10 + width, true, `${inked[0]} to ${inked.at(-1)}, ${width}`);
  const start = 10 + Math.round(pen.measureText("−2").width) + 6;
  const greys = [2, 44, 87].map((x) => data[4 * (start + x)]);
  equal(greys[0] < 15 && Math.abs(greys[1] - 127) < 10 && greys[2] > 240, true, String(greys));
});

test("a bar has all colours of the scale", () => {
  const bar = new ColourBar();
  bar.restyle(theme);
  bar.setMidpoint(2);
  const [colours] = bar.element.children;
  const stops = colours.style.background.match(/rgb\([^)]*\)/g);
  equal([stops[0], stops.at(-1)], [0, 254].map((step) => `rgb(${theme.scale[step].join(", ")})`));
});

test("its marks are where their numbers are", () => {
  const bar = new ColourBar();
  for (const [midpoint, texts] of [[2, ["−20", "−2", "0", "2", "20"]], [5e-4, ["−0.005", "−5e−4", "0", "5e−4", "0.005"]], [1e4, ["−1e5", "−10000", "0", "10000", "1e5"]]]) {
    bar.setMidpoint(midpoint);
    const [, ...marks] = bar.element.children;
    equal(marks.map(({ textContent }) => textContent), texts);
    const values = [-10, -1, 0, 1, 10].map((times) => times * midpoint);
    close(marks.map(({ style }) => parseFloat(style.left)), values.map((value) => 50 + 50 * shareOf(value, midpoint)), 1e-3);
  }
});
