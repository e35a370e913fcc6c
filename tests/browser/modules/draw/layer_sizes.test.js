import { sizeError } from "/pages/ui/live/draw/layer_sizes.js";
import { equal, test } from "../harness.js";

const names = (count) => Array.from({ length: count }, (_, i) => `${i}`);

const scene = {
  W1: { rows: names(3), columns: names(4), block: [1, 2] },
  W2: { rows: names(5), columns: names(2), block: [1, 1] },
  diagram: { columns: [{ names: names(3), bias: true }, { names: names(5), bias: true }, { names: names(2), bias: false }] },
};
const plane = { units: 4, outputs: 2, biasHidden: true };
const sizes = { W1: 12, W2: 10, dW1: 6, dW2: 10, uW1: 12, uW2: 10, edges1: 12, edges2: 10, saturation: 8, score: 2, slice: 22 };
const layers = (changes = {}) => Object.fromEntries(Object.entries({ ...sizes, ...changes }).map(([name, size]) => [name, new Float32Array(size)]));

test("what is of the sizes announced fits, whole or as means of blocks", () => {
  equal(sizeError(layers(), scene, plane), "");
  equal(sizeError(layers({ W1: 6 }), scene, plane), "");
  equal(sizeError({}, scene, undefined), "");
});

for (const name of Object.keys(sizes)) {
  test(`${name} of another size is named`, () => {
    const found = sizeError(layers({ [name]: sizes[name] + 1 }), scene, plane);
    equal(found.startsWith(`${name} has ${sizes[name] + 1} numbers instead of `), true, found);
  });
}

test("a plane for a network without bias of the hidden layer takes fewer weights", () => {
  const without = { ...plane, biasHidden: false };
  equal(sizeError({ slice: new Float32Array(20) }, scene, without), "");
  equal(sizeError({ slice: new Float32Array(22) }, scene, without), "slice has 22 numbers instead of 20");
});

test("weights over a plane that was never announced, and what has no drawing, are named", () => {
  equal(sizeError({ slice: new Float32Array(22) }, scene, undefined), "slice is not part of the scene");
  equal(sizeError({ other: new Float32Array(2) }, scene, plane), "other is not part of the scene");
});
