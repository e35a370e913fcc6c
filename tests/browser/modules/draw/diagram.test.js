import { Diagram } from "/pages/ui/live/draw/diagram.js";
import { canvas, equal, random, test, theme } from "../harness.js";

const WIDTH = 600;
const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);

/** Return the columns of d inputs, m units (a number, or one a hidden layer) and K outputs. */
function shape(d, m, K, { input = true, hidden = true, more = 0 } = {}) {
  const column = (letter, count, bias) => ({ names: [...names(letter, count), ...(bias ? ["1"] : [])], more, bias });
  return { columns: [column("x", d, input), ...[m].flat().map((units) => column("h", units, hidden)), column("y", K, false)] };
}

function diagram(d, m, K, options) {
  const drawing = canvas();
  const view = new Diagram(drawing, shape(d, m, K, options));
  view.layout(WIDTH, theme);
  return { view, drawing };
}

const values = (count, seed = 1) => {
  const next = random(seed);
  return Float32Array.from({ length: count }, () => next());
};

/** Return everything found below a pointer that goes everywhere, as text. */
function everything({ view, drawing }, step = 1) {
  const seen = new Set();
  const [width, height] = [drawing.style.width, drawing.style.height].map(parseFloat);
  for (let y = 0; y < height; y += step) for (let x = 0; x < width; x += step) {
    const there = view.at(x, y);
    if (there) seen.add(there.kind === "edge" ? `edge ${there.layer}: ${there.row} ${there.column}` : `unit ${there.layer}: ${there.index}`);
  }
  return [...seen].sort();
}

function expected(rows1, m, rows2, K) {
  const edges = (layer, rows, columns) => Array.from({ length: rows * columns }, (_, i) => `edge ${layer}: ${Math.floor(i / columns)} ${i % columns}`);
  return [...edges(1, rows1, m), ...edges(2, rows2, K), ...Array.from({ length: m }, (_, i) => `unit 1: ${i}`)].sort();
}

test("the pointer finds every edge and every unit; no edge goes into a bias", () => {
  equal(everything(diagram(2, 3, 1)), expected(3, 3, 4, 1), "as derived");
});

test("without biases every node of a layer is joined to every one of the next", () => {
  equal(everything(diagram(3, 4, 2, { input: false, hidden: false })), expected(3, 4, 4, 2));
  equal(everything(diagram(2, 2, 2, { input: true, hidden: false })), expected(3, 2, 2, 2));
  equal(everything(diagram(2, 2, 2, { input: false, hidden: true })), expected(2, 2, 3, 2));
});

test("nodes come before edges, and what is no unit is nothing", () => {
  const { view, drawing } = diagram(1, 1, 1, { input: false, hidden: false });
  const middle = parseFloat(drawing.style.height) / 2;
  const row = Array.from({ length: WIDTH }, (_, x) => view.at(x, middle)?.kind ?? "nothing");
  equal(row.filter((kind, x) => kind !== row[x - 1]), ["nothing", "edge", "unit", "edge", "nothing"]);
});

test("an edge is meant up to 6 px from it", () => {
  const { view, drawing } = diagram(1, 1, 1, { input: false, hidden: false });
  const middle = parseFloat(drawing.style.height) / 2;
  equal([0, 5.9, -5.9, 6.1, -6.1].map((off) => Boolean(view.at(WIDTH / 4, middle + off))), [true, true, true, false, false]);
});

test("of two edges the nearer is meant", () => {
  const { view, drawing } = diagram(2, 1, 1, { input: false, hidden: false });
  const middle = parseFloat(drawing.style.height) / 2;
  const x = Array.from({ length: WIDTH }, (_, x) => x).find((x) => view.at(x, middle)?.kind === "unit") - 4;
  equal([view.at(x, middle - 2).row, view.at(x, middle + 2).row], [0, 1], "both come in here");
});

test("the height follows the number of nodes, between 13 and 30 times the size of type", () => {
  const heights = [[1, 1, 1], [2, 3, 1], [4, 6, 3], [12, 16, 10]].map((sizes) => parseFloat(diagram(...sizes).drawing.style.height));
  equal(heights[0], 13 * theme.size);
  equal(heights.at(-1), 30 * theme.size);
  equal(heights, [...heights].sort((a, b) => a - b));
});

test("a height that is given is filled", () => {
  const drawing = canvas();
  const view = new Diagram(drawing, shape(2, 3, 1));
  const spread = (height) => { // of the units, in px
    view.layout(600, theme, height);
    const found = Array.from({ length: height }, (_, y) => y).filter((y) => [260, 280, 300, 320].some((x) => view.at(x, y)?.kind === "unit"));
    return found.at(-1) - found[0];
  };
  equal(spread(500) > 1.5 * spread(200), true);
  view.layout(600, theme, 500);
  equal(drawing.style.height, "500px");
});

test("names too long for their room are cut; the nodes stay on the canvas", () => {
  const drawing = canvas();
  const long = shape(2, 3, 1);
  long.columns[0].names[0] = "an exceedingly long name of a feature, longer than the diagram is wide, in millimetres";
  const view = new Diagram(drawing, long);
  for (const width of [300, 600, 1200]) {
    view.layout(width, theme);
    equal(everything({ view, drawing }, 2).filter((found) => found.startsWith("unit")).length, 3, String(width));
  }
});

// ---- images

/** Return the image of a 2-3-1 network with these values. */
function picture(edges1, edges2, { states = [], highlight } = {}) {
  const { view, drawing } = diagram(2, 3, 1);
  view.draw([Float32Array.from(edges1), Float32Array.from(edges2)], states, theme, 1, highlight && { highlight });
  return drawing.toDataURL();
}

const [W1, W2] = [values(9, 2), values(4, 3)];

test("the same values give the same picture, whatever came between", () => {
  const { view, drawing } = diagram(2, 3, 1);
  view.draw([values(9, 4), values(4, 5)], [["dead", "saturated", ""]], theme, 1, { highlight: [{ layer: 1, row: 0, column: 0 }] });
  view.draw([W1, W2], [], theme, 1);
  equal(drawing.toDataURL() === picture(W1, W2), true);
});

test("a value's sign and size change the picture", () => {
  const different = (W1b, W2b, options) => equal(picture(W1b, W2b, options) === picture(W1, W2), false);
  different(W1.map((value, i) => (i === 4 ? -value : value)), W2);
  different(W1, W2.map((value, i) => (i === 1 ? value / 2 : value)));
});

test("states and a path show", () => {
  const pictures = [{}, { states: [["dead"]] }, { states: [["saturated"]] }, { states: [["", "dead"]] },
    { highlight: [{ layer: 1, row: 0, column: 1 }] }, { highlight: [{ layer: 2, row: 0, column: 0 }] }];
  equal(new Set(pictures.map((options) => picture(W1, W2, options))).size, pictures.length);
  equal(picture(W1, W2, { highlight: [] }) === picture(W1, W2), true, "an empty path is none");
});

test("each value is drawn on the edge of its row and column", () => {
  const red = { ...theme, scale: Array(255).fill([255, 0, 0]) };
  for (const [layer, row, column, index] of [[1, 0, 1, 1], [1, 2, 1, 7], [2, 0, 0, 0], [2, 3, 1, 7]]) {
    const { view, drawing } = diagram(6, 3, 2, { input: false }); // too many edges for values
    const edges = [new Float32Array(18), new Float32Array(8)];
    edges[layer - 1][index] = 1;
    view.draw(edges, [], red, 1);
    const { data, width } = drawing.getContext("2d").getImageData(0, 0, drawing.width, drawing.height);
    const found = [];
    for (let i = 0; i < data.length; i += 4) if (data[i] > 250 && data[i + 1] < 5) found.push(view.at((i / 4) % width, Math.floor(i / 4 / width)));
    const here = found.filter((edge) => edge?.layer === layer && edge.row === row && edge.column === column);
    equal(here.length > 0.6 * found.length, true, `${layer}: ${row} ${column} has ${here.length} of ${found.length} px`); // others cross
  }
});

test("no value is written on another", () => {
  const { view, drawing } = diagram(2, 3, 1);
  const boxes = [];
  const pen = drawing.getContext("2d");
  const write = pen.fillText.bind(pen);
  pen.fillText = (text, x, y) => {
    write(text, x, y);
    if (text.includes("8")) boxes.push([x, y, pen.measureText(text).width]);
  };
  for (const format of [() => "8", () => "−8.88888888 × 10⁻⁸"]) {
    boxes.length = 0;
    view.draw([values(9), values(4)], [], theme, 1, { format });
    equal(boxes.every(([x, y, width], i) => boxes.slice(0, i).every(([otherX, otherY, other]) => Math.abs(y - otherY) >= 0.8 * theme.size || Math.abs(x - otherX) >= (width + other) / 2)), true, format());
    equal(boxes.length === 13, format() === "8", "all of them where there is room");
  }
});

/** Return the share of 80 px along a single edge that are drawn. */
function inkShare(value) {
  const { view, drawing } = diagram(1, 1, 1, { input: false, hidden: false });
  view.draw([Float32Array.of(value), Float32Array.of(0)], [], theme, 1);
  const y = Math.round((parseFloat(drawing.style.height) / 2) * devicePixelRatio);
  const { data } = drawing.getContext("2d").getImageData(200, y, 80, 1);
  return Array.from({ length: 80 }, (_, x) => data[4 * x + 3] > 128).filter(Boolean).length / 80;
}

test("a negative edge is dashed, a positive is not", () => {
  equal(inkShare(1), 1);
  equal(inkShare(-1) > 0.4 && inkShare(-1) < 0.9, true, String(inkShare(-1)));
});

test("an edge looks the same whatever the others are: its size counts against the midpoint", () => {
  const drawn = (midpoint, ...layers) => {
    const { view, drawing } = diagram(6, 3, 2, { input: false }); // too many edges for values
    view.draw(layers, [], theme, midpoint);
    const { data } = drawing.getContext("2d").getImageData(0, 0, drawing.width, drawing.height / 4);
    return String(data); // the topmost edges, of the first values
  };
  const [first, second] = [values(18, 2), values(8, 3)];
  const louder = second.map((value, i) => (i < 7 ? value : 1000 * value));
  equal(drawn(1, first, second) === drawn(1, first, louder), true);
  equal(drawn(1, first, second) === drawn(100, first, second), false);
  const times4 = (layer) => layer.map((value) => 4 * value);
  equal(drawn(1, first, second) === drawn(4, times4(first), times4(second)), true);
});

test("zeros, and a network of which a part is omitted, are drawn as well", () => {
  picture(new Float32Array(9), new Float32Array(4));
  const { view } = diagram(12, 16, 10, { more: 485 });
  view.draw([values(13 * 16), values(170)], [["dead", "saturated"]], theme, 1);
});

// ---- several hidden layers

test("with several hidden layers the pointer finds every edge of every matrix and every unit, with its layer", () => {
  const { view, drawing } = diagram(2, [3, 2, 4], 2);
  const sizes = [[3, 3], [4, 2], [3, 4], [5, 2]]; // rows with the bias, columns
  const edges = sizes.flatMap(([rows, columns], i) => Array.from({ length: rows * columns }, (_, n) => `edge ${i + 1}: ${Math.floor(n / columns)} ${n % columns}`));
  const units = [3, 2, 4].flatMap((count, i) => Array.from({ length: count }, (_, n) => `unit ${i + 1}: ${n}`));
  equal(everything({ view, drawing }), [...edges, ...units].sort());
});

test("columns stand evenly from the inputs to the outputs", () => {
  const { view, drawing } = diagram(1, [1, 1, 1], 1, { input: false, hidden: false });
  const middle = parseFloat(drawing.style.height) / 2;
  const found = Array.from({ length: WIDTH }, (_, x) => view.at(x, middle)).map((at, x) => (at?.kind === "unit" ? { layer: at.layer, x } : undefined)).filter(Boolean);
  const centres = [1, 2, 3].map((layer) => found.filter((at) => at.layer === layer).map(({ x }) => x)).map((xs) => (xs[0] + xs.at(-1)) / 2);
  equal(Math.abs(centres[2] - 2 * centres[1] + centres[0]) <= 1, true, String(centres));
});

test("a state shows at its layer, and each matrix's values at its edges", () => {
  const drawn = (states, change = {}) => {
    const { view, drawing } = diagram(2, [3, 3], 1);
    const edges = [values(9, 2), values(12, 3), values(4, 4)];
    if (change.layer) edges[change.layer - 1][0] *= -2;
    view.draw(edges, states, theme, 1);
    return drawing.toDataURL();
  };
  const pictures = [drawn([]), drawn([["dead"]]), drawn([[], ["dead"]]), drawn([["", "", "dead"], ["saturated"]]), ...[1, 2, 3].map((layer) => drawn([], { layer }))];
  equal(new Set(pictures).size, pictures.length);
});

test("where columns are too close for the names, the nodes are small enough for the edges to show", () => {
  const drawing = canvas();
  const view = new Diagram(drawing, shape(2, [3, 3, 3, 3, 3, 3], 1));
  view.layout(300, theme);
  const found = everything({ view, drawing });
  equal(found.filter((at) => at.startsWith("unit")).length, 18);
  equal(found.filter((at) => at.startsWith("edge 4")).length > 0, true);
});

test("of several layers, nodes too low for their names have none, and at the least height what is written stays apart", () => {
  const view = new Diagram(canvas(), shape(13, [16, 16], 10, { more: 40 }));
  const pen = view.canvas.getContext("2d");
  const written = (height) => {
    const texts = [];
    view.layout(480, theme, height);
    pen.fillText = (text, x, y) => texts.push({ text, x, y });
    view.draw([values(14 * 16), values(17 * 16), values(17 * 10)], [], theme, 1);
    delete pen.fillText;
    return texts;
  };
  const low = written(view.least(480, theme));
  equal(low.filter(({ text }) => text.startsWith("h")), []);
  for (const { text, x, y } of low) {
    const near = low.filter((other) => other.x === x && other.text !== text && Math.abs(other.y - y) < theme.size);
    equal(near, [], `${text} at ${x}, ${y}`);
  }
  equal(written(700).filter(({ text }) => text.startsWith("h")).length, 32);
});

test("a marked edge stands out, and the others stay as they are", () => {
  const pictures = [undefined, { layer: 1, row: 2, column: 0 }, { layer: 2, row: 0, column: 0 }, { layer: 2, row: 9, column: 0 }].map((mark) => {
    const { view, drawing } = diagram(2, 3, 1);
    view.draw([values(9), values(4)], [], theme, 1, { mark });
    return drawing.toDataURL();
  });
  equal(new Set(pictures).size, 3, "of one that is not among its edges, nothing is marked");
  equal(pictures[0] === pictures[3], true);
});

/** Return a diagram of 2-3-1 nodes with values, laid out and drawn. */
function withUnits(units, width = WIDTH, height = undefined) {
  const drawing = canvas();
  const view = new Diagram(drawing, shape(2, 3, 1), { units: true });
  view.layout(width, theme, height);
  view.draw([W1, W2], [], theme, 1, { units });
  return { view, drawing, picture: drawing.toDataURL() };
}

const UNITS = [[1, 0], [0.25, 0.5, 0.75], [0.125]];

test("each value of a unit is drawn, and told at the pointer with that of inputs and outputs", () => {
  const { view, drawing, picture: whole } = withUnits(UNITS);
  const changed = UNITS.flatMap((values, i) => values.map((_, j) => UNITS.map((row, k) => row.map((value, l) => (k === i && l === j ? -3 : value)))));
  equal(new Set([whole, withUnits(undefined).picture, ...changed.map((units) => withUnits(units).picture)]).size, 8);
  const found = new Set();
  const [across, down] = [drawing.style.width, drawing.style.height].map(parseFloat);
  for (let y = 0; y < down; y += 3) for (let x = 0; x < across; x += 3) {
    const there = view.at(x, y);
    if (there && there.kind !== "edge") found.add(`${there.kind} ${there.name}: ${view.symbolOf(there.layer)} ${there.value}`);
  }
  equal([...found].sort(), ["end x1: x 1", "end x2: x 0", "end y1: ŷ 0.125", "unit h1: Z 0.25", "unit h2: Z 0.5", "unit h3: Z 0.75"]);
});

test("without the space for values they are told at the pointer only", () => {
  for (const [width, height] of [[WIDTH, 30], [150, undefined]]) {
    const { view, picture: drawn } = withUnits(UNITS, width, height);
    equal([drawn === withUnits(undefined, width, height).picture, view.unitsPlace], [true, ", at the pointer"]);
  }
  equal(withUnits(UNITS).view.unitsPlace, "");
});

test("of all values the symbols are written or of none, and one that is nearly whole has decimals", () => {
  const written = (width, units) => {
    const { view } = withUnits(units, width);
    const texts = [];
    view.canvas.getContext("2d").fillText = (text) => texts.push(text);
    view.draw([W1, W2], [], theme, 1, { units });
    return texts;
  };
  const near = [[-0.99999, 1], [1.0004, 0.9996, 12.34], [-123456]];
  const named = written(WIDTH, near);
  for (const text of ["x = −1.000", "x = 1", "Z = 1.000", "Z = 0.9996", "Z = 12.3"]) equal(named.includes(text), true, text);
  const widths = Array.from({ length: 40 }, (_, i) => WIDTH - 10 * i).filter((width) => withUnits(UNITS, width).view.unitsPlace === "");
  const counts = new Set(widths.map((width) => written(width, UNITS).filter((text) => text.includes(" = ")).length));
  equal([...counts], [6, 0]);
});

test("the padlock of an edge is near where it begins", () => {
  const view = new Diagram(canvas(), shape(6, 8, 3));
  const edges = [values(7 * 8), values(9 * 3)];
  view.layout(500, theme);
  const places = [];
  const pen = view.canvas.getContext("2d");
  pen.translate = (x) => places.push(x);
  view.draw(edges, [], theme, 1, { frozen: [new Set([0, 13, 27, 40]), new Set([5])] });
  equal(places.length, 5);
  equal(places.every((x, i) => x < (i < 4 ? 135 : 345)), true, places.join()); // the inputs are at about 40 px, the hidden units at 250 px
});
