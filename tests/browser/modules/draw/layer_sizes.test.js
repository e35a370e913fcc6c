import { sizeError } from "/pages/ui/live/draw/layer_sizes.js";
import { equal, test } from "../harness.js";

const names = (count) => Array.from({ length: count }, (_, i) => `${i}`);

const scene = {
  W1: { rows: names(3), columns: names(4), block: [1, 2] },
  W2: { rows: names(5), columns: names(2), block: [1, 1] },
  diagram: { columns: [{ names: names(3), bias: true }, { names: names(5), bias: true }, { names: names(2), bias: false }] },
};
const plane = { units: [4], outputs: 2, biasHidden: true };
const sizes = { W1: 12, W2: 10, dW1: 6, dW2: 10, uW1: 12, uW2: 10, edges1: 12, edges2: 10, saturation: 8, score: 2, norms: 2, slice: 22 };
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

test("with several hidden layers each matrix, its edges and the network over the plane have their sizes", () => {
  const heading = (rows, columns) => ({ rows: names(rows), columns: names(columns), block: [1, 1] });
  const column = (count, bias) => ({ names: names(count), bias });
  const deep = {
    W1: heading(3, 4), W2: heading(5, 6), W3: heading(7, 2), // as 2 inputs, 4 and 6 units, 2 outputs with biases
    diagram: { columns: [column(3, true), column(5, true), column(7, true), column(2, false)] },
  };
  const over = { units: [4, 6], outputs: 2, biasHidden: true };
  const fits = { W3: 14, dW2: 30, uW3: 14, edges1: 12, edges2: 30, edges3: 14, saturation: 20, norms: 3, slice: 12 + 30 + 14 };
  const frame = (sizes) => Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, new Float32Array(size)]));
  equal(sizeError(frame(fits), deep, over), "");
  for (const name of Object.keys(fits)) {
    equal(sizeError(frame({ [name]: fits[name] + 1 }), deep, over), `${name} has ${fits[name] + 1} numbers instead of ${fits[name]}`);
  }
  equal(sizeError(frame({ W4: 2 }), deep, over), "W4 is not part of the scene");
});

test("weights over a plane that was never announced, and what has no drawing, are named", () => {
  equal(sizeError({ slice: new Float32Array(22) }, scene, undefined), "slice is not part of the scene");
  equal(sizeError({ other: new Float32Array(2) }, scene, plane), "other is not part of the scene");
});
