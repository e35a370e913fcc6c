import { createGrid, evaluate, pointsPerSide } from "/pages/ui/live/draw/forward_pass.js";
import { close, equal, test } from "../harness.js";
import { HIDDEN, plane, reference, weights } from "./network.js";

const OUTPUT = ["sigmoid", "identity", "softmax"];
const DEPTHS = [[5], [5, 4], [3, 6, 4], [2, 3, 2, 3, 2, 3]];

/** Throw an Error unless numbers agree relative to the largest. */
const near = (found, wanted) => close(found, wanted, 1e-12 * Math.max(1, ...wanted.map(Math.abs)));

for (const hidden of HIDDEN) for (const output of OUTPUT) for (const units of DEPTHS) for (const biasHidden of [false, true]) {
  test(`${units.join(", ")} units, ${hidden}, ${output}, ${biasHidden ? "with" : "without"} a hidden bias: as a plain loop has it`, () => {
    const [outputs, xs, ys] = [3, [-2, 0, 0.5, 3], [1, -1, 0]];
    const network = { activations: { hidden, output }, units, outputs, biasHidden };
    const slice = weights(network, 11);
    const grid = evaluate(slice, createGrid(xs, ys, units, outputs), network);
    ys.forEach((y, row) => xs.forEach((x, column) => {
      const [wanted, i] = [reference(slice, x, y, network), row * xs.length + column];
      units.forEach((m, n) => near(Array.from({ length: m }, (_, l) => grid.Z[n][l * 12 + i]), wanted.Z[n]));
      near(Array.from({ length: outputs }, (_, k) => grid.y_hat[k * 12 + i]), wanted.y_hat);
    }));
  });
}

test("a grid used again keeps nothing", () => {
  const network = { activations: { hidden: "tanh", output: "softmax" }, units: [4, 3], outputs: 2, biasHidden: true };
  const [first, second] = [weights(network, 12), weights(network, 13)];
  const used = createGrid([0, 1], [0, 1], [4, 3], 2);
  for (const slice of [first, second]) evaluate(slice, used, network);
  const fresh = evaluate(second, createGrid([0, 1], [0, 1], [4, 3], 2), network);
  equal([used.Z.map((Z) => [...Z]), [...used.y_hat]], [fresh.Z.map((Z) => [...Z]), [...fresh.y_hat]]);
});

test("large weights give numbers all the same", () => {
  for (const hidden of ["sigmoid", "tanh", "relu"]) for (const output of OUTPUT) for (const units of [[3], [3, 3]]) {
    const network = { activations: { hidden, output }, units, outputs: 2, biasHidden: true };
    const slice = weights(network, 14).map((weight) => weight * 1e17);
    const grid = evaluate(slice, createGrid([-1, 1], [-1, 1], units, 2), network);
    equal([...grid.Z.flatMap((Z) => [...Z]), ...grid.y_hat].some(Number.isNaN), false, `${hidden} ${output}`);
  }
});

test("of the last hidden layer a grid may hold the first units only", () => {
  const network = plane({ units: [4, 9], activations: { hidden: "tanh", output: "sigmoid" } });
  const slice = weights(network, 15);
  const [whole, part] = [[4, 9], [4, 2]].map((units) => evaluate(slice, createGrid([0.5], [1], units, 1), network));
  equal([...part.Z[1]], [...whole.Z[1].subarray(0, 2)]);
});

test("deeper and wider networks have fewer points, more of them in one image than in a film", () => {
  const points = (units, still) => pointsPerSide(plane({ units }), 64, still);
  equal([[3], [64], [256]].map((units) => points(units)), [64, 45, 22], "as one hidden layer has always had");
  equal(points([32, 32, 32, 32]) < points([32]), true);
  equal([false, true].map((still) => points([256, 256, 256], still)), [4, 16], "the least");
  equal(points([32, 32, 32, 32], true) > 2 * points([32, 32, 32, 32]), true);
});

test("the work for one image is bounded for the largest networks, that of a film ten times as much", () => {
  const sizes = [1, 16, 64, 128, 256]; // of a layer at most
  const most = (still) => Math.max(...sizes.flatMap((size) => [1, 2, 3, 4, 5, 6].flatMap((depth) => [1, size].map((outputs) => {
    const units = Array(depth).fill(size);
    const multiplications = units.reduce((sum, count, n) => sum + count * (units[n + 1] ?? outputs), 0);
    return multiplications * pointsPerSide(plane({ units, outputs }), 64, still) ** 2;
  }))));
  equal([most(false) <= 8e6, most(true) <= 120e6], [true, true], `${most(false)}, ${most(true)}`);
});
