import { ColourBar, drawScale, scaleWidth, drawMarker } from "/pages/ui/live/draw/legend.js";
import { canvas, equal, test, theme } from "../harness.js";

function marker(kind) {
  const drawing = canvas();
  drawMarker(drawing.getContext("2d"), 40, 40, 20, { kind, fill: "#ff0000" }, theme);
  return drawing;
}

test("the first seven classes have seven shapes", () => {
  const pictures = Array.from({ length: 7 }, (_, kind) => marker(kind).toDataURL());
  equal(new Set(pictures).size, 7);
  equal(marker(7).toDataURL() === pictures[0], true, "then they recur");
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

test("a bar has the ends of the scale, and its texts", () => {
  const bar = new ColourBar();
  bar.restyle(theme);
  bar.setEnds("−2", "+2");
  const [low, colours, high] = bar.element.children;
  equal([low.textContent, high.textContent], ["−2", "+2"]);
  const stops = colours.style.background.match(/rgb\([^)]*\)/g);
  equal([stops[0], stops.at(-1)], [0, 254].map((step) => `rgb(${theme.scale[step].join(", ")})`));
});
