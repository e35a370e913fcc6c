import { Switches } from "/pages/ui/live/player/switches.js";
import { equal, test } from "../harness.js";

const matrix = { rows: ["a"], columns: ["b"], block: [1, 1] };

/** Return the help of the switches by name, of a network of so many matrices. */
function helpOf(count) {
  const matrices = Object.fromEntries(Array.from({ length: count }, (_, i) => [`W${i + 1}`, matrix]));
  const switches = new Switches(() => {});
  switches.update(new Set(["gradients", "present"]), { ...matrices, score: "accuracy", features: ["x1", "x2"] });
  return Object.fromEntries([...switches.element.children].map(({ textContent, title }) => [textContent, title]));
}

test("with one hidden layer the help names both matrices, with more the first and the last", () => {
  for (const [count, W, gradients] of [[2, "W⁽¹⁾ and W⁽²⁾", "∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾"], [3, "W⁽¹⁾ to W⁽³⁾", "∂C/∂W⁽¹⁾ to ∂C/∂W⁽³⁾"], [7, "W⁽¹⁾ to W⁽⁷⁾", "∂C/∂W⁽¹⁾ to ∂C/∂W⁽⁷⁾"]]) {
    const help = helpOf(count);
    equal(help.Weights, `${W}, beside or in place of another drawing`);
    equal(help.Gradients, `${gradients} at the epoch on display, over all training samples`);
    equal(help["Last update"], `What the last epoch added to ${W}`);
  }
});
