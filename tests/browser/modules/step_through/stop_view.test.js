import { setDigits } from "/pages/ui/live/draw/numbers.js";
import { StopView } from "/pages/ui/live/step_through/stop_view.js";
import { equal, test } from "../harness.js";
import { sceneOf, stops } from "./network.js";

setDigits(4);
document.body.style.cssText = "--st-chart-diverging-colors: #b35806, #f7f7f7, #2166ac; --st-text-color: #000; --st-background-color: #fff";

/** Return a view that shows a stop of the first sample. */
function shown(name, { hidden = false, all = false } = {}) {
  const view = new StopView(() => {});
  document.body.replaceChildren(view.element);
  const at = [sceneOf(), stops[name], { sample: 0, all }];
  view.place(...at);
  view.place(...at);
  view.draw(...at, hidden);
  return view;
}

const text = (element) => element.textContent.replaceAll("\u202f", "");
const cells = ({ arrays }) => [...arrays.querySelectorAll("td")].map(text).filter(Boolean);

test("a sample's part of a gradient is named so, with the sum over all samples below", () => {
  const [own, sum] = [...shown("dC_dW1").numbers.children].map(text);
  equal([own, sum], ["part of sample 1 = 1·0.04 = 0.04", "∂C/∂W⁽¹⁾1,1, all 2 samples: 0.04 + 0.16 = 0.2"]);
  equal([...shown("dC_dW1", { all: true }).numbers.children].map(text), ["∂C/∂W⁽¹⁾1,1 = 1·0.04 + 1·0.16 = 0.2"]);
});

test("what is asked is hidden: neither the operands, nor the constant 1, nor the gradient of an update", () => {
  equal(cells(shown("Z", { hidden: true })), ["2.5", "?", "1"]);
  const update = shown("update", { hidden: true });
  equal(cells(update), ["2", "−1", "0.5", ...Array(6).fill("?"), "0.4", "0.2", ...Array(4).fill("?")]);
  equal(text(update.note), "the gradient ∂C/∂W⁽¹⁾1,1, all 2 samples: 0.04 + 0.16 = 0.2");
  equal(text(shown("dC_dW1", { hidden: true }).numbers), "part of sample 1 = ?");
});

test("numbers of several kinds have their scales", () => {
  equal(text(shown("dC_dZ").scales), "weights and values −10  10∂C/∂ … −1  1");
  equal(text(shown("H").scales), "");
});

test("a new C that is not finite is neither compared nor written as a number", () => {
  const view = new StopView(() => {});
  document.body.replaceChildren(view.element);
  const lost = { ...sceneOf(), new_C: { ...sceneOf().new_C, values: Float64Array.of(Infinity, NaN) }, new_cost: null, finite: false };
  view.draw(lost, stops.new_C, { sample: 0, all: false }, false);
  equal([...view.totals.querySelectorAll("dd")].map(text), ["0.01 → not finite", "0.17 → not finite"]);
});
