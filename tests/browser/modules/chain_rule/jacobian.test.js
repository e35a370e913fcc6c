import { Jacobian } from "/pages/ui/live/chain_rule/jacobian.js";
import { equal, test, theme } from "../harness.js";

const texts = Object.fromEntries(["symbol", "formula", "collapsed"].map((name) => [name, "<math><mi>C</mi></math>"]));
const scene = {
  names: { W1: { rows: ["x"], columns: ["h"] }, W2: { rows: ["h"], columns: ["a", "b"] } }, fused: true, samples: 1, forms: { deltas: { 2: texts } },
  dyhat_dO: { rows: 2, columns: 2, values: Float64Array.of(0.25, -0.25, -0.25, 0.25) },
  ...Object.fromEntries(["dC_dyhat", "dC_dO", "y", "y_hat"].map((name, i) => [name, { rows: 1, columns: 2, values: Float64Array.of(0.5 + i, 0.5 - i) }])),
};

test("the sums are written again for another entry or sample, and else stay, whatever weight is shown", () => {
  const jacobian = new Jacobian(() => {});
  jacobian.build(scene);
  const shown = (...chosen) => { jacobian.draw(...chosen); return [...jacobian.sums.children]; };
  const first = shown(scene, 0, 1, theme);
  equal(first.length, 4);
  const isSame = (lines) => lines.every((line, i) => line === first[i]);
  equal(isSame(shown(scene, 0, 1, theme)), true);
  jacobian.hide();
  equal(isSame(shown(scene, 0, 1, { ...theme })), true, "hidden for a while, in another theme");
  equal(jacobian.element.contains(first[0]), true);
  for (const [name, other] of Object.entries({ ŷ: [scene, 1, 1], O: [scene, 0, 0], sample: [{ ...scene }, 0, 1] })) {
    equal(isSame(shown(...other, theme)), false, name);
    first.splice(0, 4, ...shown(scene, 0, 1, theme));
  }
});
