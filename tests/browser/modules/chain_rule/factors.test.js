import { factorsOf } from "/pages/ui/live/chain_rule/factors.js";
import { transpose } from "/pages/ui/live/chain_rule/matrices.js";
import { equal, random, test } from "../harness.js";

const next = random(4);
const array = (rows, columns) => ({ rows, columns, values: Float64Array.from({ length: rows * columns }, () => next()) });
const form = (id) => ({ id, numbers: "", symbol: "<math><mi>C</mi></math>", formula: "<math><mi>y</mi></math>" });
const FACTORS = ["dC_dyhat", "dyhat_dO", "dO_dZ2", "dZ2_dH2", "dH2_dZ1", "dZ1_dH1", "dH1_dW1"];
const state = { W1: array(3, 4), W2: array(5, 3), W3: array(4, 1), forms: { 1: { factors: FACTORS.map(form) } }, functions: { hidden: "", output: "" } };

/** Return a message of two inputs, hidden layers of 4 and 3 units, and one output. */
function sceneOf(transposed) {
  const sizes = { y: 1, y_hat: 1, O: 1, dC_dyhat: 1, dyhat_dO: 1, dC_dO: 1, raw: 2, shift: 2, scale: 2, H1: 4, H2: 3, Z1: 4, Z2: 3,
    dZ1_dH1: 4, dZ2_dH2: 3, dC_dZ1: 4, dC_dZ2: 3, dC_dH1: 4, dC_dH2: 3, dH1_dW1: 3, dH2_dW2: 5, dO_dW3: 4 };
  const named = (count) => Array.from({ length: count }, (_, i) => String(i));
  return {
    ...state, ...Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, array(1, size)])), samples: 1, focus: { sample: 0 }, fused: false,
    conventions: { transposed, bias_apart: false }, bias: { input: true, hidden: true },
    names: { W1: { rows: named(3), columns: named(4) }, W2: { rows: named(5), columns: named(3) }, W3: { rows: named(4), columns: named(1) } },
  };
}

const weightsOf = (scene, unit, to) => factorsOf(scene, { layer: 1, row: 0, column: unit }, [unit, to, 0]).find(({ id }) => id === "dH2_dZ1").array;

for (const transposed of [false, true]) {
  test(`a matrix ${transposed ? "transposed" : "as it is"} is without its bias row, and one array for every weight and sample of a state`, () => {
    Object.assign(state, { W2: array(5, 3) });
    const [first, other] = [weightsOf(sceneOf(transposed), 1, 2), weightsOf(sceneOf(transposed), 3, 0)];
    const whole = [...state.W2.values].slice(0, 12);
    equal([...first.values], transposed ? transpose(whole, 3) : whole);
    equal([first.rows, first.columns, first.at, other.at], transposed ? [3, 4, [2, 1], [0, 3]] : [4, 3, [1, 2], [3, 0]]);
    equal(first.values === other.values, true);
    Object.assign(state, { W2: array(5, 3) });
    equal(weightsOf(sceneOf(transposed), 1, 2).values === first.values, false, "another state");
  });
}
