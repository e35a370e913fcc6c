import { Surface } from "/pages/ui/live/draw/surface.js";
import { canvas, close, equal, test, theme } from "../harness.js";
import { pixel, plane, reference, weights } from "./network.js";

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

test("it is square and fits its width", () => {
  const { left, right, top, bottom, drawing } = surface({}, weights(plane(), 15));
  equal(right - left, bottom - top);
  equal(left > 0 && right < 300 && drawing.style.width === "300px", true);
});

test("at tells raw features and every ŷ there", () => {
  const changes = { task: "multiclass", output: -1, units: [6], outputs: 2, classes: ["a", "b"] };
  const slice = weights(plane(changes), 16);
  const { view, left, right, top, bottom } = surface(changes, slice);
  const side = 300 - left - 8; // the last px is not quite the edge
  for (const [right, down] of [[0, 0], [0.5, 0.25], [0.9, 0.9]]) {
    const found = view.at(left + right * side, top + down * side);
    close([found.x, found.y], [10 + 20 * right, 5 - 10 * down], 1e-9);
    close(found.y_hat, reference(slice, -1 + 2 * right, 2 - 2 * down, plane(changes)).y_hat, 1e-12);
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
  const changes = { task: "regression", classes: [], range: [-1, 5], units: [1], biasHidden: false, activations: { hidden: "tanh", output: "identity" } };
  const { view, drawing, left, right, top, bottom } = surface(changes, slice);
  for (let x = left + 2; x < right; x += 40) for (let y = top + 2; y < bottom; y += 30) {
    const [y_hat] = view.at(x + 0.5, y + 0.5).y_hat;
    close(pixel(drawing, x, y)[0], 127 * (1 + (y_hat - 2) / 3), 3);
  }
});

test("the boundary of two classes is where ŷ is one half", () => {
  const slice = Float32Array.of(1e-3, 0, 0, 4e3, -2e3); // ŷ = one half at x = 0
  const { drawing, left, right, top, bottom } = surface({ units: [1] }, slice);
  const row = Array.from({ length: right - left }, (_, i) => pixel(drawing, left + i, (top + bottom) >> 1)[0]);
  const dark = row.map((grey, i) => (grey < 40 ? i : -1)).filter((i) => i > 10);
  close(dark.reduce((sum, i) => sum + i, 0) / dark.length, (right - left) / 2, 2);
});

test("several classes are regions in their colours, paler where ŷ is small", () => {
  // ŷ of class 0 rises to the left, of class 1 to the right, slowly.
  const slice = Float32Array.of(1, 0, 0, -6, 6, 3, -3);
  const { drawing, left, right, top } = surface({ task: "multiclass", output: -1, units: [1], outputs: 2 }, slice);
  const colour = (share) => pixel(drawing, Math.round(left + share * (right - left)), top + 100);
  const [far, near, other] = [colour(0.02), colour(0.4), colour(0.98)];
  equal(far[0] > far[1] && far[1] === far[2], true, `red at the left: ${far}`);
  equal(other[1] > other[0] && other[0] === other[2], true, `green at the right: ${other}`);
  equal(near[1] > far[1], true, `${near} is paler than ${far}`);
});

test("data stand out of the surface, at their place", () => {
  const slice = weights(plane(), 17);
  const [without, within] = [[], [[0.5, 1.5, 1]]].map((points) => surface({ points }, slice));
  const { left, right, top, bottom } = within;
  const [x, y] = [Math.round(left + 0.75 * (right - left)), Math.round(top + 0.25 * (bottom - top))];
  equal(String(pixel(within.drawing, x, y)) === String(pixel(without.drawing, x, y)), false);
  equal(pixel(within.drawing, x + 30, y), pixel(without.drawing, x + 30, y));
});

test("validation samples are drawn in another shape and named below with the training samples", () => {
  const slice = weights(plane(), 17);
  for (const changes of [{}, { task: "regression", classes: [] }, { task: "multiclass", output: -1, units: [4], outputs: 2 }]) {
    const here = weights(plane({ ...changes }), 17);
    const [training, validation] = [{ points: [[0, 1, 1]] }, { validation: [[0, 1, 1]] }].map((points) => surface({ ...changes, ...points }, here));
    equal(validation.drawing.toDataURL() === training.drawing.toDataURL(), false);
  }
  const [without, within] = [undefined, []].map((validation) => surface({ validation }, slice));
  equal(parseFloat(within.drawing.style.height) > parseFloat(without.drawing.style.height), true, "the key has another line");
});

test("drawn again it is the same picture, whatever came between", () => {
  const [slice, other] = [weights(plane(), 18), weights(plane(), 19)];
  const { view, drawing } = surface({ points: [[-1, 0, 0], [1, 2, 1]] }, slice);
  const before = drawing.toDataURL();
  view.draw(other, theme);
  equal(drawing.toDataURL() === before, false);
  view.draw(slice, theme);
  equal(drawing.toDataURL() === before, true);
});

for (const units of [[1], [64], [256], [2000], [3, 4], [32, 32, 32, 32]]) {
  test(`${units} units can be drawn`, () => surface({ units }, weights(plane({ units }), 20)));
}

test("a still image of a deep network is finer than a film's, and gives way to it again", () => {
  const changes = { units: [32, 32, 32, 32], activations: { hidden: "tanh", output: "sigmoid" } };
  const slice = weights(plane(changes), 22);
  const { view, drawing } = surface(changes, slice);
  const moving = drawing.toDataURL();
  view.draw(slice, theme, true);
  equal(drawing.toDataURL() === moving, false);
  view.draw(slice, theme);
  equal(drawing.toDataURL() === moving, true);
});

test("softmax's probabilities are told, and their regions drawn", () => {
  const changes = { task: "multiclass", output: -1, units: [4, 3], outputs: 3, classes: ["a", "b", "c"], activations: { hidden: "relu", output: "softmax" } };
  const slice = weights(plane(changes), 23);
  const { view, left, right, top, bottom } = surface(changes, slice);
  const { y_hat } = view.at((left + right) / 2, (top + bottom) / 2);
  close(y_hat.reduce((a, b) => a + b), 1, 1e-12);
});
