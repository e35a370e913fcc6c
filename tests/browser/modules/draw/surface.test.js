import { evaluate, createGrid, Surface, UnitMaps } from "/pages/ui/live/draw/surface.js";
import { canvas, close, equal, random, test, theme } from "../harness.js";

const plain = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)), tanh: Math.tanh, relu: (x) => (x > 0 ? x : 0), identity: (x) => x,
};

/** Return the network's output at one point, by the formulas. */
function reference(slice, x, y, { hidden, output }, m, K) {
  const Z = [];
  for (let l = 0; l < m; l++) Z.push(plain[hidden](x * slice[l] + y * slice[m + l] + slice[2 * m + l]));
  const Z1 = slice.length === 3 * m + m * K ? Z : [...Z, 1];
  const y_hat = [];
  for (let k = 0; k < K; k++) y_hat.push(plain[output](Z1.reduce((sum, z, l) => sum + z * slice[3 * m + l * K + k], 0)));
  return { Z, y_hat };
}

function weights(m, K, biased, seed) {
  const next = random(seed);
  return Float32Array.from({ length: 3 * m + (m + biased) * K }, () => 3 * next());
}

const BOUNDS = { sigmoid: [0, 1], tanh: [-1, 1], relu: [0, null], identity: [null, null] };

function plane(changes = {}) {
  return {
    bounds: BOUNDS[changes.activations?.hidden ?? "sigmoid"],
    x: { name: "first", low: -1, high: 1, rawLow: 10, rawHigh: 30 }, y: { name: "second", low: 0, high: 2, rawLow: -5, rawHigh: 5 },
    held: "", task: "binary", classes: ["no", "yes"], output: 0, range: [0, 1], points: [],
    activations: { hidden: "sigmoid", output: "sigmoid" }, units: 3, outputs: 1, biasHidden: true, ...changes,
  };
}

const HIDDEN = ["sigmoid", "tanh", "relu"];
const OUTPUT = ["sigmoid", "identity"];

// ---- evaluate

for (const hidden of HIDDEN) for (const output of OUTPUT) for (const biased of [0, 1]) {
  test(`${hidden}, ${output}, ${biased ? "with" : "without"} a hidden bias: as a plain loop has it`, () => {
    const [m, K, xs, ys] = [5, 3, [-2, 0, 0.5, 3], [1, -1, 0]];
    const slice = weights(m, K, biased, 11);
    const grid = evaluate(slice, createGrid(xs, ys, m, K), { activations: { hidden, output }, units: m, outputs: K });
    ys.forEach((y, row) => xs.forEach((x, column) => {
      const [wanted, i] = [reference(slice, x, y, { hidden, output }, m, K), row * xs.length + column];
      close(Array.from({ length: m }, (_, l) => grid.Z[l * 12 + i]), wanted.Z, 1e-12);
      close(Array.from({ length: K }, (_, k) => grid.y_hat[k * 12 + i]), wanted.y_hat, 1e-12);
    }));
  });
}

test("a grid used again keeps nothing", () => {
  const network = { activations: { hidden: "tanh", output: "identity" }, units: 4, outputs: 2 };
  const [first, second] = [weights(4, 2, 1, 12), weights(4, 2, 1, 13)];
  const used = createGrid([0, 1], [0, 1], 4, 2);
  for (const slice of [first, second]) evaluate(slice, used, network);
  const fresh = evaluate(second, createGrid([0, 1], [0, 1], 4, 2), network);
  equal([[...used.Z], [...used.y_hat]], [[...fresh.Z], [...fresh.y_hat]]);
});

test("large weights give numbers all the same", () => {
  const slice = weights(3, 1, 1, 14).map((weight) => weight * 1e30);
  for (const hidden of HIDDEN) for (const output of OUTPUT) {
    const grid = evaluate(slice, createGrid([-1, 1], [-1, 1], 3, 1), { activations: { hidden, output }, units: 3, outputs: 1 });
    equal([...grid.Z, ...grid.y_hat].some(Number.isNaN), false, `${hidden} ${output}`);
  }
});

// ---- the surface

/** Return a surface drawn 300 px wide, with its lower left and upper right corner. */
function surface(changes, slice) {
  const drawing = canvas();
  const view = new Surface(drawing, plane(changes));
  view.layout(300, theme);
  view.draw(slice, theme);
  const inside = (x, y) => view.at(x, y) !== undefined;
  const xs = Array.from({ length: 300 }, (_, x) => x).filter((x) => inside(x, 100));
  const ys = Array.from({ length: 300 }, (_, y) => y).filter((y) => inside(200, y));
  return { view, drawing, left: xs[0], right: xs.at(-1), top: ys[0], bottom: ys.at(-1) };
}

const pixel = (drawing, x, y) => [...drawing.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);

test("it is square and fits its width", () => {
  const { left, right, top, bottom, drawing } = surface({}, weights(3, 1, 1, 15));
  equal(right - left, bottom - top);
  equal(left > 0 && right < 300 && drawing.style.width === "300px", true);
});

test("at tells raw features and every ŷ there", () => {
  const slice = weights(6, 2, 1, 16);
  const changes = { task: "multiclass", output: -1, units: 6, outputs: 2, classes: ["a", "b"] };
  const { view, left, right, top, bottom } = surface(changes, slice);
  const side = 300 - left - 8; // the last px is not quite the edge
  for (const [right, down] of [[0, 0], [0.5, 0.25], [0.9, 0.9]]) {
    const found = view.at(left + right * side, top + down * side);
    close([found.x, found.y], [10 + 20 * right, 5 - 10 * down], 1e-9);
    close(found.y_hat, reference(slice, -1 + 2 * right, 2 - 2 * down, plane().activations, 6, 2).y_hat, 1e-12);
  }
  equal([view.at(left - 2, top), view.at(right + 2, top), view.at(left, top - 2), view.at(left, bottom + 2)], Array(4).fill(undefined));
});

test("before anything is drawn there is nothing at the pointer", () => {
  const view = new Surface(canvas(), plane());
  view.layout(300, theme);
  equal(view.at(150, 100), undefined);
});

test("colours are those of ŷ around the middle of its range", () => {
  // One tanh unit that is hardly bent: ŷ = x + 2y.
  const slice = Float32Array.of(1e-3, 2e-3, 0, 1e3);
  const changes = { task: "regression", classes: [], range: [-1, 5], units: 1, biasHidden: false, activations: { hidden: "tanh", output: "identity" } };
  const { view, drawing, left, right, top, bottom } = surface(changes, slice);
  for (let x = left + 2; x < right; x += 40) for (let y = top + 2; y < bottom; y += 30) {
    const [y_hat] = view.at(x + 0.5, y + 0.5).y_hat;
    close(pixel(drawing, x, y)[0], 127 * (1 + (y_hat - 2) / 3), 3);
  }
});

test("the boundary of two classes is where ŷ is one half", () => {
  const slice = Float32Array.of(1e-3, 0, 0, 4e3, -2e3); // ŷ = one half at x = 0
  const { drawing, left, right, top, bottom } = surface({ units: 1 }, slice);
  const row = Array.from({ length: right - left }, (_, i) => pixel(drawing, left + i, (top + bottom) >> 1)[0]);
  const dark = row.map((grey, i) => (grey < 40 ? i : -1)).filter((i) => i > 10);
  close(dark.reduce((sum, i) => sum + i, 0) / dark.length, (right - left) / 2, 2);
});

test("several classes are regions in their colours, paler where ŷ is small", () => {
  // ŷ of class 0 rises to the left, of class 1 to the right, slowly.
  const slice = Float32Array.of(1, 0, 0, -6, 6, 3, -3);
  const { drawing, left, right, top } = surface({ task: "multiclass", output: -1, units: 1, outputs: 2 }, slice);
  const colour = (share) => pixel(drawing, Math.round(left + share * (right - left)), top + 100);
  const [far, near, other] = [colour(0.02), colour(0.4), colour(0.98)];
  equal(far[0] > far[1] && far[1] === far[2], true, `red at the left: ${far}`);
  equal(other[1] > other[0] && other[0] === other[2], true, `green at the right: ${other}`);
  equal(near[1] > far[1], true, `${near} is paler than ${far}`);
});

test("data stand out of the surface, at their place", () => {
  const slice = weights(3, 1, 1, 17);
  const [without, within] = [[], [[0.5, 1.5, 1]]].map((points) => surface({ points }, slice));
  const { left, right, top, bottom } = within;
  const [x, y] = [Math.round(left + 0.75 * (right - left)), Math.round(top + 0.25 * (bottom - top))];
  equal(String(pixel(within.drawing, x, y)) === String(pixel(without.drawing, x, y)), false);
  equal(pixel(within.drawing, x + 30, y), pixel(without.drawing, x + 30, y));
});

test("drawn again it is the same picture, whatever came between", () => {
  const [slice, other] = [weights(3, 1, 1, 18), weights(3, 1, 1, 19)];
  const { view, drawing } = surface({ points: [[-1, 0, 0], [1, 2, 1]] }, slice);
  const before = drawing.toDataURL();
  view.draw(other, theme);
  equal(drawing.toDataURL() === before, false);
  view.draw(slice, theme);
  equal(drawing.toDataURL() === before, true);
});

for (const units of [1, 64, 256, 2000]) {
  test(`${units} units can be drawn`, () => surface({ units }, weights(units, 1, 1, 20)));
}

// ---- the units' maps

function maps(units, width, changes = {}, seed = 21) {
  const drawing = canvas();
  const view = new UnitMaps(drawing, plane({ units, ...changes }));
  const slice = weights(units, 1, 1, seed);
  view.layout(width, theme);
  view.draw(slice, theme);
  return { view, drawing, slice };
}

/** Return the units found below a pointer that goes everywhere. */
function unitsAt(view, drawing) {
  const seen = new Set();
  for (let y = 0; y < drawing.height; y += 4) for (let x = 0; x < drawing.width; x += 4) seen.add(view.at(x, y)?.unit);
  seen.delete(undefined);
  return [...seen].sort((a, b) => a - b);
}

for (const [units, width] of [[1, 300], [3, 1400], [3, 150], [36, 380], [36, 1400], [50, 700]]) {
  test(`${units} units on ${width} px: each has its map, at most 36`, () => {
    const { view, drawing } = maps(units, width);
    equal(unitsAt(view, drawing), Array.from({ length: Math.min(units, 36) }, (_, i) => i));
    equal(parseFloat(drawing.style.width) <= width, true);
  });
}

test("at tells the unit's Z and raw features", () => {
  for (const hidden of HIDDEN) {
    const { view, drawing, slice } = maps(5, 300, { activations: { hidden, output: "sigmoid" } });
    for (let y = 0; y < drawing.height; y += 13) for (let x = 0; x < drawing.width; x += 17) {
      const there = view.at(x, y);
      if (!there) continue;
      const [scaledX, scaledY] = [(there.x - 20) / 10, (there.y + 5) / 5];
      close(there.z, reference(slice, scaledX, scaledY, { hidden, output: "sigmoid" }, 5, 1).Z[there.unit], 1e-9);
    }
  }
});

test("a unit's map is the colour of Z: of a sigmoid around one half, of ReLU from 0 up", () => {
  const scales = { sigmoid: [0.5, 0.5], tanh: [0, 1], relu: [0, 2], identity: [0, 2] }; // middle and limit
  for (const [hidden, [middle, limit]] of Object.entries(scales)) {
    const drawing = canvas();
    const view = new UnitMaps(drawing, plane({ units: 1, activations: { hidden, output: "sigmoid" } }));
    view.layout(200, theme);
    view.draw(Float32Array.of(2, 0, 0, 1, 0), theme); // H = 2x from −2 to 2
    const xs = Array.from({ length: 200 }, (_, x) => x + 0.5).filter((x) => view.at(x, 60));
    for (const x of xs) {
      const grey = 127 * (1 + (view.at(x, 60).z - middle) / limit);
      close(pixel(drawing, Math.floor(x), 60)[0], grey, 3);
    }
  }
});
