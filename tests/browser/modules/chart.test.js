import { Curve } from "/pages/shared/live/buffer.js";
import { LossChart } from "/pages/shared/live/chart.js";
import { canvas, equal, test, theme } from "./harness.js";

const WIDTH = 400;
const HEIGHT = 220;

function curve(values) {
  const curve = new Curve();
  curve.append(Float64Array.from(values), values.length, 1);
  return curve;
}

function chart(curves, seen, frame) {
  const drawing = canvas();
  const chart = new LossChart(drawing);
  chart.layout(WIDTH, HEIGHT);
  chart.draw(curves, seen, frame, theme);
  return { drawing, chart };
}

/** The leftmost and the rightmost column with pixels of a colour; undefined without one. */
function extent(drawing, wanted) {
  const { data, width } = drawing.getContext("2d").getImageData(0, 0, drawing.width, drawing.height);
  const found = [];
  for (let i = 0; i < data.length; i += 4) {
    if (wanted.every((part, c) => data[i + c] === part) && data[i + 3] === 255) found.push((i / 4) % width);
  }
  return found.length ? [Math.min(...found), Math.max(...found)] : undefined;
}

const RED = [255, 0, 0];
const GREEN = [0, 255, 0];
const falling = Array.from({ length: 101 }, (_, i) => 1 / (1 + i / 10));

test("a curve reaches as far as it was seen", () => {
  const [half, whole] = [50, 100].map((seen) => extent(chart([curve(falling), curve(falling.map((loss) => loss / 2))], seen).drawing, RED));
  equal(whole[0], half[0], "both begin at epoch 0");
  equal(whole[1] > WIDTH - 30, true, "100 epochs fill the width");
  const partial = extent(chart([curve(falling)], 75).drawing, RED);
  equal(partial[1] > 0.65 * WIDTH && partial[1] < 0.85 * WIDTH, true, `75 of 100 end at ${partial[1]}`);
});

test("the validation's curve has its own colour and only where there is one", () => {
  const two = chart([curve(falling), curve(falling.map((loss) => loss / 2))], 100).drawing;
  equal([Boolean(extent(two, RED)), Boolean(extent(two, GREEN))], [true, true]);
  equal(extent(chart([curve(falling)], 100).drawing, GREEN), undefined);
});

test("one epoch is a point, where the film stands", () => {
  const [left, right] = extent(chart([curve([0.5])], 0, { epoch: 0, losses: [0.5, NaN] }).drawing, RED);
  equal(right - left < 10 && left > 40, true, `${left} to ${right}`);
});

test("drawn again it is the same picture", () => {
  const { drawing, chart: drawn } = chart([curve(falling)], 100, { epoch: 40, losses: [0.2, NaN] });
  const before = drawing.toDataURL();
  drawn.draw([curve(falling)], 30, undefined, theme);
  equal(drawing.toDataURL() === before, false, "another epoch");
  drawn.draw([curve(falling)], 100, { epoch: 40, losses: [0.2, NaN] }, theme);
  equal(drawing.toDataURL() === before, true, "the same epoch");
});
