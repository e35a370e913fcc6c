import { Curve } from "/pages/ui/live/player/buffer.js";
import { LossChart } from "/pages/ui/live/draw/chart.js";
import { ScoreChart } from "/pages/ui/live/draw/point_charts.js";
import { canvas, equal, test, theme } from "../harness.js";

const WIDTH = 400;
const HEIGHT = 220;

const [LEFT, ACROSS] = [3.7 * theme.size, WIDTH - 4.6 * theme.size]; // px, of the axes

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

/** Return the leftmost and the rightmost column with pixels of a colour, if any. */
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

test("where one curve has ended, the other's loss alone is told", () => {
  const curves = [curve([4, 3, 2]), curve([8, 7, 6, 5, 4, 3])];
  const { chart: both } = chart(curves, 5);
  const told = (epoch) => both.at(both.scale.x(epoch), 50, curves, 5)?.detail;
  equal([1, 4, 6].map(told), ["C 3, validation 7", "validation 4", undefined]);
});

test("the only curve may be drawn as the second one", () => {
  const drawing = canvas();
  const second = Object.assign(new LossChart(drawing), { first: 1 });
  second.layout(WIDTH, HEIGHT);
  second.draw([curve(falling)], 100, undefined, theme);
  equal([RED, GREEN].map((colour) => Boolean(extent(drawing, colour))), [false, true]);
});

test("drawn again it is the same picture", () => {
  const { drawing, chart: drawn } = chart([curve(falling)], 100, { epoch: 40, losses: [0.2, NaN] });
  const before = drawing.toDataURL();
  drawn.draw([curve(falling)], 30, undefined, theme);
  equal(drawing.toDataURL() === before, false, "another epoch");
  drawn.draw([curve(falling)], 100, { epoch: 40, losses: [0.2, NaN] }, theme);
  equal(drawing.toDataURL() === before, true, "the same epoch");
});

// ---- the previous run

/** Return the lines of a drawing: for each colour, the points of the path in order. */
function paths(draw) {
  const drawing = canvas();
  const pen = drawing.getContext("2d");
  const lines = {};
  let points = [];
  const [move, to, stroke, begin] = [pen.moveTo, pen.lineTo, pen.stroke, pen.beginPath].map((call) => call.bind(pen));
  pen.beginPath = () => ((points = []), begin());
  pen.moveTo = (x, y) => (points.push(["start", x, y]), move(x, y));
  pen.lineTo = (x, y) => (points.push([points.length ? "on" : "start", x, y]), to(x, y));
  pen.stroke = () => ((lines[pen.strokeStyle] ??= []).push(...points), stroke());
  draw(drawing);
  return lines;
}

/** Return a curve at several levels of detail, as the server sends it. */
function levels(values) {
  const found = [];
  for (let block = 1; ; block *= 2) {
    const part = values.slice(0, 8192 * block);
    const whole = curve(part);
    found.push(whole);
    if (part.length === values.length) return found;
  }
}

function bothPaths(values, previous, seen, log = false, width = WIDTH) {
  return paths((drawing) => {
    const drawn = new LossChart(drawing);
    drawn.previous = levels(previous);
    drawn.log = log;
    drawn.layout(width, HEIGHT);
    drawn.draw([curve(values)], seen, undefined, theme);
  });
}

const wavy = (length) => Array.from({ length }, (_, i) => (1 + 0.3 * Math.sin(i / 3)) / (1 + i / 50));

for (const [length, more, width] of [[41, 0], [301, 200], [1001, 2000], [8192, 1000], [8192, 1000, 414], [9000, 31_000]]) {
  for (const log of [false, true]) {
    test(`the same losses coincide: ${length} epochs, the previous run ${more} more, ${width ?? WIDTH} px${log ? ", logarithmic" : ""}`, () => {
      const lines = bothPaths(wavy(length), wavy(length + more), length - 1, log, width);
      const [current, previous] = [lines[theme.series[0]], lines[theme.text]];
      const last = current.at(-1)[1]; // its last column may be of fewer epochs
      const shared = (points) => points.filter(([, x]) => x < last);
      equal(shared(previous), shared(current));
      equal(shared(current).length > 30, true, "and there are some");
    });
  }
}

test("a shorter previous run ends at its own last epoch", () => {
  const lines = bothPaths(wavy(401), wavy(101), 400);
  const end = ([, x]) => Math.round((x - LEFT) / ACROSS * 500);
  equal(end(lines[theme.text].at(-1)), 100);
});

test("a longer one goes on to its own last epoch", () => {
  const lines = bothPaths(wavy(8000), wavy(9700), 7999);
  const end = ([, x]) => (x - LEFT) / ACROSS * 10_000;
  equal(end(lines[theme.text].at(-1)) > 9600, true);
});

test("a previous run that was higher is in the picture", () => {
  const highest = (lines) => Math.min(...lines[theme.text].map(([, , y]) => y));
  equal(highest(bothPaths(wavy(60).map((loss) => loss / 100), wavy(60), 59)) >= 0, true);
});

test("a curve begins anew where C becomes another loss", () => {
  const lines = paths((drawing) => {
    const drawn = new LossChart(drawing);
    drawn.breaks = [20, 30];
    drawn.layout(WIDTH, HEIGHT);
    drawn.draw([curve(wavy(41))], 40, undefined, theme);
  });
  const starts = lines[theme.series[0]].flatMap(([how], i) => (how === "start" ? [i] : []));
  equal(starts, [0, 20, 30]);
});

test("it begins anew there too where a column of pixels is of several epochs", () => {
  const lines = paths((drawing) => {
    const drawn = new LossChart(drawing);
    drawn.breaks = [1003];
    drawn.layout(WIDTH, HEIGHT);
    drawn.draw([curve([...wavy(1003), ...Array(998).fill(0.5)])], 2000, undefined, theme);
  });
  const points = lines[theme.series[0]];
  const starts = points.flatMap(([how, x, y]) => (how === "start" ? [[Math.round((x - LEFT) / ACROSS * 2000), y]] : []));
  equal(starts.map(([epoch]) => epoch), [0, 1003]);
  equal(starts[1][1], points.at(-1)[2], "of the new loss alone");
});

test("what lies below a logarithmic scale is not drawn on it", () => {
  const { drawing } = chart([curve([1, 1e-3, 1e-6, ...Array.from({ length: 60 }, () => 1e-30)])], 62);
  const logarithmic = new LossChart(drawing);
  logarithmic.log = true;
  logarithmic.layout(WIDTH, HEIGHT);
  logarithmic.draw([curve([1, 1e-3, 1e-6, ...Array.from({ length: 60 }, () => 1e-30)])], 62, undefined, theme);
  const [, right] = extent(drawing, RED);
  equal(right < WIDTH / 4, true, `it ends at ${right}`);
});

// ---- scores

function scorePaths(points, seen, now, base) {
  return paths((drawing) => {
    const drawn = new ScoreChart(drawing);
    drawn.layout(WIDTH, HEIGHT);
    drawn.draw(points, seen, now, theme, base);
  });
}

const point = (epoch, score = 0.5, held = NaN) => ({ epoch, values: [score, held] });

test("scores near one another are joined, those far apart are points", () => {
  const near = Array.from({ length: 100 }, (_, i) => point(2 * i));
  equal(scorePaths(near, 200)[theme.series[0]].length, 100);
  const far = Array.from({ length: 9 }, (_, i) => point(25 * i));
  equal(scorePaths(far, 200)[theme.series[0]], undefined, "no line");
  const both = scorePaths([...near, point(500), point(501)], 600)[theme.series[0]];
  equal(both.filter(([how]) => how === "start").length, 2, "nothing from 198 to 500");
});

test("a score that is not there is passed over, and none is drawn beyond what was seen", () => {
  const points = Array.from({ length: 50 }, (_, i) => point(i, i === 20 ? NaN : 0.5));
  const line = scorePaths(points, 39)[theme.series[0]];
  equal([line.filter(([how]) => how === "start").length, line.length], [2, 39]);
});

test("the base rate is a level line across, where there is one", () => {
  const points = [point(0, 0.5), point(1, 0.5)];
  const [[, left, low], [, right, high]] = scorePaths(points, 10, undefined, 0.25)[theme.text];
  equal([low === high, right > left], [true, true]);
  const [[, , half]] = scorePaths(points, 10)[theme.series[0]];
  equal(low > half, true, "a quarter lies below a half");
  equal(scorePaths(points, 10)[theme.text]?.some(([, , y]) => y === low) ?? false, false);
});
