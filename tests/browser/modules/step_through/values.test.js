import { transposed } from "/pages/ui/live/chain_rule/matrices.js";
import { chosenEntry, jacobianOf, resultOf } from "/pages/ui/live/step_through/values.js";
import { close, equal, test } from "../harness.js";
import { sceneOf, stops } from "./network.js";

const valuesAt = (name, sample) => [...resultOf(sceneOf(), stops[name], sample).values];

test("a stop makes the sample's row, or all rows", () => {
  close(valuesAt("X", 1), [1, 1, 1]);
  close(valuesAt("Z", 1), [1.5, 1]);
  close(valuesAt("dC_dZ"), [0.04, 0.16]);
  close(valuesAt("C"), [0.01, 0.16]);
});

test("∂C/∂W is the sample's own part, or the gradient, and the parts add up to it", () => {
  close(valuesAt("dC_dW1", 1), [0.16, 0.16, 0.16]);
  for (const name of ["dC_dW1", "dC_dW2"]) {
    const [first, second] = [0, 1].map((sample) => valuesAt(name, sample));
    close(first.map((value, i) => value + second[i]), valuesAt(name));
  }
});

test("the update makes all matrices, and the new C is no number where there is none", () => {
  close(valuesAt("update", 0), [1.8, -1.16, 0.3, -0.45, -0.3]);
  equal([...resultOf({ ...sceneOf(), new_C: undefined }, stops.new_C, 0).values], [NaN]);
});

test("the entry on display follows the chosen weight", () => {
  const entries = (weight) => Object.fromEntries(Object.values(stops).map((stop) => {
    const { row, column } = chosenEntry(sceneOf({ weight }), stop);
    return [stop.name, [row, column]];
  }));
  const first = entries({ layer: 1, row: 2, column: 0 });
  equal([first.X, first.dC_dW1, first.update, first.dC_dW2, first.H], [[0, 2], [2, 0], [2, 0], [0, 0], [0, 0]]);
  const second = entries({ layer: 2, row: 1, column: 0 }); // from the constant 1, which is no unit
  equal([second.X, second.Z, second.dC_dW2, second.dC_dW1], [[0, 0], [0, 0], [1, 0], [0, 0]]);
});

test("along the path of a deeper network every layer has its own unit", () => {
  const scene = { focus: { weight: { layer: 2, row: 3, column: 1 } }, path: [1, 4, 2], W1: { columns: 5 } };
  const at = (operation, layer) => Object.values(chosenEntry(scene, { operation, layer }));
  equal([at("sum", 1), at("activation", 2), at("slope", 3), at("sum", 4)], [[0, 3], [0, 1], [0, 4], [0, 2]]);
  equal([at("weights", 3), at("gradient", 2), at("gradient", 3), at("gradient", 4)], [[0, 1], [3, 1], [1, 4], [4, 2]]);
});

test("a softmax's slopes are a Jacobian for each sample", () => {
  const scene = { y_hat: { columns: 2 }, dyhat_dO: { rows: 2, columns: 4, values: Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7) } };
  const { rows, columns, values } = jacobianOf(scene, 1);
  equal([rows, columns, [...values]], [2, 2, [4, 5, 6, 7]]);
});

test("a transposed array has its rows as columns", () => {
  const { rows, columns, values } = transposed({ rows: 2, columns: 3, values: Float64Array.of(1, 2, 3, 4, 5, 6) });
  equal([rows, columns, [...values]], [3, 2, [1, 4, 2, 5, 3, 6]]);
});
