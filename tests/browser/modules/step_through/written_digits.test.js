import { pretty } from "/pages/ui/live/draw/numbers.js";
import { calculationOf, gradientSum } from "/pages/ui/live/step_through/calculation.js";
import { OF_COSTS, OF_ERRORS, OF_SLOPES, total, writtenDigits } from "/pages/ui/live/step_through/written_digits.js";
import { equal, random, test } from "../harness.js";
import { ARRAYS, sceneOf, stops } from "./network.js";

const rounded = (value, digits) => Number(value.toPrecision(digits));

test("a difference has the digits that its result needs, and no more", () => {
  equal(writtenDigits(OF_ERRORS.half_mse, [1, 0.48632117], -0.12841971, 4), 4); // (1 − 0.4863)/4 = 0.1284
  equal(writtenDigits(OF_ERRORS.half_mse, [1, 0.99951267], -0.00012183, 4), 7); // (1 − 0.9995127)/4 = 1.218·10⁻⁴
  equal(writtenDigits(total, [0.00534912, -0.00515972], 1.894e-4, 4), 5);
  equal([writtenDigits(OF_ERRORS.classes, [0, 0], 0, 4), writtenDigits(total, [Infinity], Infinity, 4)], [4, 4]);
});

test("what is written comes to the result that is written", () => {
  const next = random(3);
  for (const table of [OF_ERRORS, OF_COSTS, OF_SLOPES]) {
    for (const [name, calculate] of Object.entries(table)) {
      for (let i = 0; i < 50; i++) {
        const numbers = table === OF_SLOPES ? [1 / (1 + Math.exp(-8 * next()))] : [i % 2, 1 / (1 + Math.exp(-8 * next()))];
        const result = -calculate(...numbers) / 4;
        const digits = writtenDigits(calculate, numbers, result, 4);
        const again = -calculate(...numbers.map((value) => rounded(value, digits))) / 4;
        equal(rounded(again, 4), rounded(result, 4), name);
      }
    }
  }
});

test("the calculation at a stop is written with these digits", () => {
  const y_hat = { ...ARRAYS.y_hat, values: Float64Array.of(0.99951267, 0.8) };
  const error = { ...ARRAYS.dC_dyhat, values: Float64Array.of(-0.000243665, 0.4) };
  const scene = { ...sceneOf(), y_hat, dC_dyhat: error };
  const { numbers } = calculationOf(scene, stops.dC_dyhat, { row: 0, column: 0 }, { sample: 0, all: false, window: { from: 0, to: 1 } });
  equal(numbers, ["−(1 − 0.99951267) / 2"]);
  const δ = { ...ARRAYS.dC_dH, values: Float64Array.of(0.00534912, -0.00515972) };
  const sum = { ...ARRAYS.dW1, values: Float64Array.of(0.0001894, 0, 0) };
  equal(gradientSum({ ...sceneOf(), dC_dH: δ, dW1: sum }, { layer: 1, row: 0, column: 0 }).join(""), `0.0053491 − 0.0051597 = ${pretty(0.0001894)}`);
});
