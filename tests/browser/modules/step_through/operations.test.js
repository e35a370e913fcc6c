import { calculationOf, gradientSum } from "/pages/ui/live/step_through/calculation.js";
import { inLayout, operationOf } from "/pages/ui/live/step_through/operations.js";
import { symbolText } from "/pages/ui/live/step_through/parts.js";
import { setDigits } from "/pages/ui/live/draw/numbers.js";
import { close, equal, test } from "../harness.js";
import { sceneOf, stops } from "./network.js";

setDigits(4);
const operation = (name, { all = false, ...scene } = {}) => inLayout(operationOf(sceneOf(scene), stops[name], { sample: 0, all }), sceneOf(scene));
const shapes = (made) => made.parts.map(({ symbol, shape }) => `${symbol} ${shape}`);

/** Return an array's rows. */
const rowsOf = ({ rows, columns, values }) => Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);

function multiply(left, right) {
  return rowsOf(left).map((row) => Array.from({ length: right.columns }, (_, column) => row.reduce((sum, value, k) => sum + value * right.values[k * right.columns + column], 0))).flat();
}

/** Return an entry's calculation as text. */
function written(name, entry, { all = false, ...changes } = {}) {
  const scene = sceneOf(changes);
  const { window } = operationOf(scene, stops[name], { sample: 0, all });
  const { numbers, value, note } = calculationOf(scene, stops[name], entry, { sample: 0, all, window });
  return { text: numbers.map((part) => part.textContent ?? part).join("").replaceAll("\u202f", ""), value, note };
}

test("a quantity's symbol", () => {
  equal(["X", "H2", "y_hat", "dC_dyhat", "dC_dW2", "dZ1_dH1", "new_C"].map(symbolText), ["X", "H⁽²⁾", "ŷ", "∂C/∂ŷ", "∂C/∂W⁽²⁾", "∂Z⁽¹⁾/∂H⁽¹⁾", "C′"]);
});

for (const transposed of [false, true]) {
  for (const all of [false, true]) {
    test(`products multiply up to what they make, transposed ${transposed}, all ${all}`, () => {
      for (const name of ["H", "O", "dC_dZ", "dC_dW1", "dC_dW2"]) {
        const [left, right, made] = operation(name, { all, conventions: { transposed } }).parts;
        close(multiply(left, right), [...made.values]);
      }
    });
  }
}

test("arrays have their true shapes", () => {
  equal(shapes(operation("H")), ["X with the 1 1×3", "W⁽¹⁾ 3×1", "H 1×1"]);
  equal(shapes(operation("H", { all: true })), ["X with the 1 2×3", "W⁽¹⁾ 3×1", "H 2×1"]);
  equal(shapes(operation("dC_dW1", { all: true })), ["(X with the 1)ᵀ 3×2", "δ = ∂C/∂H 2×1", "∂C/∂W⁽¹⁾ 3×1"]);
  equal(shapes(operation("H", { all: true, conventions: { transposed: true } })), ["W⁽¹⁾ 1×3", "X with the 1 3×2", "H 1×2"]);
  equal(shapes(operation("dC_dZ")), ["δ = ∂C/∂O 1×1", "W⁽²⁾ᵀ 1×1", "∂C/∂Z 1×1"]);
});

test("a bias that stands apart has no constant 1, and a gradient of its own", () => {
  const conventions = { bias_apart: true };
  const sum = operation("H", { conventions });
  equal([shapes(sum), sum.joins], [["X 1×2", "W⁽¹⁾ 2×1", "b⁽¹⁾ 1×1", "H 1×1"], ["·", "+", "="]]);
  const gradient = operation("dC_dW1", { conventions });
  equal(shapes(gradient), ["Xᵀ 2×1", "δ = ∂C/∂H 1×1", "part of ∂C/∂W⁽¹⁾ 2×1", "part of ∂C/∂b⁽¹⁾ 1×1"]);
  const entry = { layer: 1, row: 2, column: 0 };
  equal(gradient.parts.map(({ used }) => used(entry)), [undefined, { column: 0 }, undefined, { row: 0, column: 0 }]);
  equal(gradient.parts[3].entryAt({ row: 0, column: 0 }), entry);
  equal(written("H", { row: 0, column: 0 }, { conventions }).text, "1·2 + 0·(−1) + 0.5");
});

test("the row and the column that make an entry are marked", () => {
  const entry = { row: 1, column: 0 };
  equal(operation("H", { all: true }).parts.map(({ used }) => used(entry)), [{ row: 1 }, { column: 0 }, entry]);
  equal(operation("H", { all: true, conventions: { transposed: true } }).parts.map(({ used }) => used(entry)), [{ row: 0, column: undefined }, { row: undefined, column: 1 }, { row: 0, column: 1 }]);
  equal(operation("C", { all: true }).parts.map(({ used }) => used(entry)), [{ row: 1 }, { row: 1 }, entry]);
  equal(operation("dC_dyhat", { all: true }).parts.map(({ used }) => used(entry)), [entry, entry, entry]);
  equal(operation("Z").parts[0].used({ row: 0, column: 1 }), undefined, "the constant 1 has no pre-activation");
});

test("what a stop makes is hidden where it is asked, but for the constant 1", () => {
  const { isKnown } = operation("Z").parts[1];
  equal([0, 1].map((column) => isKnown({ row: 0, column })), [false, true]);
  equal(operation("update").parts.map(({ isMade }) => isMade), [false, true, true, false, true, true]);
});

test("only so many samples are displayed, the chosen one among them", () => {
  const scene = sceneOf();
  const X = { rows: 90, columns: 3, values: new Float64Array(270) };
  const H = { rows: 90, columns: 1, values: new Float64Array(90) };
  const many = { ...scene, X, H, samples: 5000, first: 400 };
  const { window, parts } = inLayout(operationOf(many, stops.H, { sample: 80, all: true }), many);
  equal([window, parts[0].shape, parts[0].shown], [{ from: 40, to: 90 }, "5,000×3", "samples 441 to 490 shown"]);
});

test("the update is every matrix, its change, and the new one; the chosen weight's first", () => {
  const { parts } = operation("update", { weight: { layer: 2, row: 1, column: 0 } });
  equal(parts.map(({ symbol }) => symbol), ["W⁽²⁾", "ΔW⁽²⁾", "new W⁽²⁾", "W⁽¹⁾", "ΔW⁽¹⁾", "new W⁽¹⁾"]);
  close([...parts[1].values], [-0.85, -0.5]);
  equal(parts.map(({ used }) => used({ layer: 2, row: 1, column: 0 })).slice(0, 4), [...Array(3).fill({ row: 1, column: 0 }), undefined]);
});

test("the numbers are put in", () => {
  const first = { row: 0, column: 0 };
  equal(written("H", first), { text: "1·2 + 0·(−1) + 1·0.5", value: 2.5, note: "" });
  equal(written("C", first).text, "1/(2·2) · (1 − 1.2)²");
  equal(written("dC_dyhat", { row: 1, column: 0 }, { all: true }).text, "−(0 − 0.8) / 2");
  equal(written("dC_dZ", first).text, "0.1·0.4");
  equal(written("dC_dW1", { row: 2, column: 0 }).text, "1·0.04");
  const sum = written("dC_dW1", { row: 1, column: 0 }, { all: true });
  equal([sum.text, sum.value], ["0·0.04 + 1·0.16", 0.16]);
  equal(written("Z", { row: 0, column: 1 }).text, "", "a constant");
});

test("a gradient is the sum of the samples' parts", () => {
  const text = (weight, scene = sceneOf()) => gradientSum(scene, weight).join("");
  equal(text({ layer: 1, row: 1, column: 0 }), "0 + 0.16 = 0.16");
  const back = { ...sceneOf(), dC_dH: { rows: 2, columns: 1, values: Float64Array.of(0.04, -0.16) }, dW1: { rows: 3, columns: 1, values: Float64Array.of(-0.12, -0.16, -0.12) } };
  equal(text({ layer: 1, row: 0, column: 0 }, back), "0.04 − 0.16 = −0.12");
});

test("a long sum has its first terms", () => {
  const scene = sceneOf();
  const row = (columns, rows = 1) => ({ rows, columns, values: new Float64Array(rows * columns).fill(0.5) });
  const wide = { ...scene, X: row(65), W1: row(1, 65), H: row(1) };
  const { numbers } = calculationOf(wide, stops.H, { row: 0, column: 0 }, { sample: 0, all: false, window: { from: 0, to: 1 } });
  equal(numbers.at(-1), " + 59 more");
});

test("activations and their slopes are written as they are computed", () => {
  const at = (functions, name, changes = {}) => {
    const scene = { ...sceneOf(), functions: { hidden: "sigmoid", output: "sigmoid", loss: "half_mse", ...functions }, ...changes };
    const { numbers, note } = calculationOf(scene, stops[name], { row: 0, column: 0 }, { sample: 0, all: false, window: { from: 0, to: 1 } });
    return `${numbers.map((part) => part.textContent ?? part).join("").replaceAll("\u202f", "")} ${note}`.trim();
  };
  equal(at({}, "Z"), "1 / (1 + e−2.5)");
  equal(at({ hidden: "tanh" }, "dC_dH"), "0.04·1 where the slope is 1 − 2.5² = 1");
  equal(at({ hidden: "relu" }, "dC_dH"), "0.04·1 where the slope is 1, since 2.5 is above 0");
  equal(at({ loss: "cross_entropy" }, "dC_dO", { fused: true }), "(1.2 − 1) / 2");
});
