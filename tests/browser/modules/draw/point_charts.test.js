import { NormChart, normRatio } from "/pages/ui/live/draw/point_charts.js";
import { canvas, close, equal, test, theme } from "../harness.js";

const [WIDTH, HEIGHT] = [500, 200];
const point = (epoch, ...values) => ({ epoch, values });
const run = (count, ...norms) => Array.from({ length: count }, (_, i) => point(i, ...norms));

/** Return what is drawn of points: the lines by their dashes with their ends, the dots, and the texts with their places. */
function drawn(points, seen, now, { layers = points[0].values.length, breaks = [], height = HEIGHT } = {}) {
  const drawing = canvas();
  const view = new NormChart(drawing, layers);
  view.breaks = breaks;
  view.layout(WIDTH, height);
  const pen = drawing.getContext("2d");
  const found = { lines: [], straight: [], dots: [], texts: [], view };
  const [begin, lineTo, stroke, arc, fillText] = ["beginPath", "lineTo", "stroke", "arc", "fillText"].map((name) => pen[name].bind(pen));
  const moveTo = pen.moveTo.bind(pen);
  let [path, start] = [[], []];
  pen.beginPath = () => (path = [], begin());
  pen.moveTo = (x, y) => (start = [x, y], moveTo(x, y));
  pen.lineTo = (x, y) => (path.push([x, y]), lineTo(x, y));
  pen.stroke = () => {
    const line = { dash: String(pen.getLineDash()), colour: pen.strokeStyle };
    if (path.length > 1) found.lines.push({ ...line, path });
    else found.straight.push({ ...line, from: start, to: path[0] });
    stroke();
  };
  pen.arc = (x, y, ...rest) => (found.dots.push([x, y]), arc(x, y, ...rest));
  pen.fillText = (text, x, y) => (found.texts.push([text, x, y, pen.fillStyle]), fillText(text, x, y));
  view.draw(points, seen, now, theme);
  return found;
}

test("each matrix has a line of its own, told apart by its dashes, with its name at its end", () => {
  const { lines, texts } = drawn(run(100, 1e-4, 1e-3, 1e-2, 0.1), 99);
  const curves = lines.filter(({ path }) => path.length === 100);
  equal([curves.length, new Set(curves.map(({ dash }) => dash)).size], [4, 4]);
  const names = ["W⁽¹⁾", "W⁽²⁾", "W⁽³⁾", "W⁽⁴⁾"].map((name) => texts.find(([text]) => text === name));
  curves.forEach(({ path }, i) => {
    const [x, y] = path.at(-1);
    equal(names[i][1] > x && names[i][1] < x + 3 * theme.size, true, "beside the end");
    close(names[i][2], y, theme.size);
  });
});

test("lines that end near one another have their names below one another, all on the chart", () => {
  const { texts } = drawn(run(60, ...Array(7).fill(1e-6)), 59);
  const ys = texts.filter(([text]) => text.startsWith("W")).map(([, , y]) => y).sort((a, b) => a - b);
  equal(ys.length, 7);
  ys.slice(1).forEach((y, i) => equal(y - ys[i] >= theme.size, true, String(ys)));
  equal(ys[0] >= 0 && ys.at(-1) <= HEIGHT - theme.size, true, String(ys));
});

test("a piece of its line leads to each name, from the line's end; it tells lines of equal colour apart", () => {
  const { lines, straight, texts } = drawn(run(60, ...Array(7).fill(1e-6)), 59);
  const leaders = lines.filter(({ path }) => path.length === 60).map(({ path, dash, colour }) => {
    const at = (x, y) => String([x, y].map(Math.round));
    return straight.find((piece) => piece.dash === dash && piece.colour === colour && at(...piece.from) === at(...path.at(-1)));
  });
  const names = texts.filter(([text]) => text.startsWith("W")).map(([, , y]) => y).sort((a, b) => a - b);
  equal(leaders.map(({ to }) => to[1]).sort((a, b) => a - b), names);
  equal(new Set(leaders.map(({ dash, colour }) => dash + colour)).size, 7);
});

test("a name has the colour of its line, as dark as it needs to be to be read", () => {
  const { texts } = drawn(run(60, 1e-4, 1e-2, 1), 59);
  const inks = texts.filter(([text]) => text.startsWith("W")).map(([, , , ink]) => ink);
  equal(new Set(inks).size, 3);
  equal(inks.includes(theme.text), false);
});

test("where there is no space for the names below one another, they are in lines above the chart", () => {
  for (const height of [110, 130]) {
    const { lines, texts } = drawn(run(60, ...Array(7).fill(1e-6)), 59, undefined, { height });
    const names = texts.filter(([text]) => text.startsWith("W"));
    const top = Math.min(...lines.flatMap(({ path }) => path.map(([, y]) => y)), ...texts.filter(([text]) => !text.startsWith("W")).map(([, , y]) => y));
    equal(names.map(([text]) => text), ["W⁽¹⁾", "W⁽²⁾", "W⁽³⁾", "W⁽⁴⁾", "W⁽⁵⁾", "W⁽⁶⁾", "W⁽⁷⁾"]);
    equal(names.every(([, x, y]) => y < top && x < WIDTH - 2 * theme.size), true, String(names));
  }
});

test("the scale is logarithmic: equal ratios are equally far", () => {
  const { lines } = drawn(run(60, 1, 0.1, 0.01), 59);
  const ends = lines.filter(({ path }) => path.length === 60).map(({ path }) => path.at(-1)[1]);
  close(ends[1] - ends[0], ends[2] - ends[1], 1e-9);
});

test("no line goes through what was not computed, beyond what was seen, or from one loss to another", () => {
  const far = Array.from({ length: 9 }, (_, i) => point(25 * i, 1, 2));
  equal(drawn(far, 200).lines.filter(({ path }) => path.length > 2), []);
  const near = run(100, 1, 2);
  equal(drawn(near, 40).lines.filter(({ path }) => path.length > 2).map(({ path }) => path.length), [41, 41]);
  equal(drawn(near, 99, undefined, { breaks: [60] }).lines.filter(({ path }) => path.length > 2).map(({ path }) => path.length), [60, 40, 60, 40]);
});

test("the epoch on display has a dot on each line", () => {
  const before = drawn(run(60, 1, 2), 59).dots.length;
  equal(drawn(run(60, 1, 2), 59, point(30, 1, 2)).dots.length - before, 2);
});

test("a gradient of 0, or none at all, leaves the others drawn", () => {
  const zero = drawn(run(60, 0, 1e-3), 59);
  equal(zero.texts.some(([text]) => text === "W⁽¹⁾"), true);
  drawn([], 0, undefined, { layers: 2 });
  drawn(run(3, NaN, Infinity), 2, point(2, NaN, Infinity));
});

test("the pointer tells the norms of the nearest point", () => {
  const { view, lines } = drawn([...run(50, 0.5, 0.25), point(50, 0.125, 2)], 50);
  const x = lines.find(({ path }) => path.length === 51).path.at(-1)[0];
  equal(view.at(x + 30), { text: "Epoch 50", detail: "W⁽¹⁾ 0.125, W⁽²⁾ 2" });
  equal(new NormChart(canvas(), 2).at(10), undefined);
});

test("the sentence compares the first matrix with the last", () => {
  equal(normRatio([0.0021, 5, 1], 120), "‖∂C/∂W⁽¹⁾‖ is 0.0021 times ‖∂C/∂W⁽³⁾‖ at epoch 120");
  equal(normRatio(Float32Array.of(3, 1.5), 1200), "‖∂C/∂W⁽¹⁾‖ is 2 times ‖∂C/∂W⁽²⁾‖ at epoch 1,200");
  equal(normRatio([0, 1], 0), "‖∂C/∂W⁽¹⁾‖ is 0 times ‖∂C/∂W⁽²⁾‖ at epoch 0");
  equal(normRatio([1, 0], 3), "‖∂C/∂W⁽²⁾‖ is 0 at epoch 3");
  equal(normRatio([NaN, 1], 3), "");
});
