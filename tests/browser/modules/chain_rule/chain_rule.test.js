import { compare } from "/pages/ui/live/chain_rule/compare.js";
import { chainRule } from "/pages/ui/live/index.js";
import { setDigits } from "/pages/ui/live/draw/numbers.js";
import { encode, equal, test } from "../harness.js";

for (const [name, value] of Object.entries({
  "chart-diverging-colors": "#000000,#ffffff", "chart-categorical-colors": "#111111", "background-color": "#ffffff",
  "text-color": "#000000", "border-color": "#cccccc", font: "sans-serif",
})) document.documentElement.style.setProperty(`--st-${name}`, value);

const SLOPE = -0.0123456789012345; // ∂C/∂ŷ; what follows from it is nowhere else
const ARRAYS = { // two inputs, one hidden unit, one output
  H: [[0.5]], O: [[0.25]], y: [[1]], y_hat: [[0.5]], Z: [[0.6]], dC_dyhat: [[SLOPE]], dyhat_dO: [[0.25]], dC_dO: [[SLOPE / 4]], dC_dZ: [[SLOPE / 2]], dC_dH: [[0.12 * SLOPE]],
  dO_dW2: [[0.6, 1]], dZ_dH: [[0.24]], dH_dW1: [[3, 1, 1]], raw: [[3, 1]], shift: [[0, 0]], scale: [[1, 1]],
  W1: [[1 / 3], [-2 / 3], [1e-7 / 3]], W2: [[2], [0.125]],
};
const PRODUCT = (SLOPE / 4) * 2 * 0.24 * 3;
for (const name of ["dW", "sum", "size"]) Object.assign(ARRAYS, { [`${name}1`]: [[PRODUCT], [PRODUCT], [PRODUCT]], [`${name}2`]: [[PRODUCT], [PRODUCT]] });

const card = ([id, numbers]) => ({
  id, numbers, equation: "eq. 3", anchor: "eq-3", words: "a factor", symbol: "<math><mi>C</mi></math>", formula: "<math><mi>y</mi></math>",
});
const FIRST = { dC_dyhat: "−(‹y› − ‹ŷ›) / ‹N›", dyhat_dO: "‹ŷ› × (1 − ‹ŷ›)" };
const LATER = { 1: { dO_dZ: "", dZ_dH: "‹a› × (1 − ‹a›)", dH_dW1: "" }, 2: { dO_dW2: "" } };
const forms = (layer) => ({ gradient: "<math><mi>C</mi></math>", factors: Object.entries({ ...FIRST, ...LATER[layer] }).map(card) });

function message({ digits = 4, ...changed } = {}) {
  const header = {
    sequence: 0, hidden: "", token: "t", epoch: 3, samples: 4, focus: { sample: 0, output: 0, weight: { layer: 1, row: 0, column: 0 } },
    names: { W1: { rows: ["x1", "x2", "bias"], columns: ["h1"] }, W2: { rows: ["h1", "bias"], columns: ["y"] } },
    bias: { input: true, hidden: true }, midpoints: { weights: 1, gradients: 0.1 }, functions: { hidden: "σ(‹x›)", output: "σ(‹x›)" }, fused: false, other_loss: false, forms: { 1: forms(1), 2: forms(2) },
    l2: 0, conventions: { digits, bias_apart: false, transposed: false }, matrices: "m", ...changed,
  };
  const arrays = Object.fromEntries(Object.entries(ARRAYS).map(([name, rows]) => [name, { rows: rows.length, values: Float64Array.from(rows.flat()) }]));
  return encode(header, arrays);
}

function openView(changes) {
  document.body.replaceChildren();
  const parentElement = document.body.appendChild(document.createElement("div"));
  return send(parentElement, changes);
}

function send(parentElement, changes) {
  chainRule({ data: message(changes), parentElement, setTriggerValue: () => {} });
  return parentElement;
}

const tile = (root, id) => root.querySelector(`[data-testid="${id}"]`);
const verdict = (root) => tile(root, "agreement")?.textContent;

test("two ways to a number are equal, differ, or are no numbers", () => {
  setDigits(4);
  equal(compare(0.5, 0.5, 1), { sign: "=", words: "Equal to the last digit." });
  equal(compare(1, 1 + 2 ** -52, 1).sign, "=");
  equal(compare(1, 1 + 2 ** -52, 1).words, "Equal: they agree to 15 digits; the rest, 2.220\u00a0×\u00a010⁻¹⁶, is rounding.");
  equal(compare(1, 1.05, 1), { sign: "≠", words: "They differ by 0.05000, which is more than rounding explains." });
  for (const pair of [[NaN, NaN], [Infinity, Infinity], [Infinity, 1]]) equal(compare(...pair, 1).sign, undefined, String(pair));
});

test("the digits chosen are those of cells, tiles, cards and the network", () => {
  for (const [digits, third] of [[2, "0.33"], [4, "0.3333"], [9, "0.333333333"]]) {
    const cells = [...openView({ digits }).querySelectorAll("td button")];
    equal(cells.slice(0, 1).map((cell) => cell.textContent), [third]);
    equal(cells[0].getAttribute("aria-label").split(": ")[1], third);
    equal(cells[2].textContent.replaceAll(/[^\d]/g, "").length, digits + 2, "with 10");
  }
  const root = openView({ digits: 6 });
  equal(tile(root, "contribution").querySelector("b").textContent, "−0.00444444");
  equal(tile(root, "gradient").querySelector("b").textContent, "−0.00444444");
  equal(root.querySelector(".about b").textContent, "0.333333");
});

test("beside a number that is hidden there is no verdict on it", () => {
  equal(verdict(openView()), "✓Equal to the last digit.");
  const root = openView({ hidden: "gradient" });
  equal(["contribution-sum", "gradient"].map((id) => tile(root, id).querySelector("b").textContent), ["?", "?"]);
  equal(verdict(root), undefined);
  equal(root.querySelector(".result").textContent.includes("≠"), false);
  equal(tile(root, "gradient").parentElement.querySelector(".operator"), null);
  equal(tile(root, "contribution").querySelector("b").textContent, "−0.004444");
});

test("of one sample the sum and the gradient are its product, and are hidden with it", () => {
  for (const hidden of ["gradient", "product", "dC_dyhat", "dZ_dH"]) {
    const root = openView({ hidden, samples: 1 });
    equal(["contribution", "contribution-sum", "gradient"].map((id) => tile(root, id).querySelector("b").textContent), ["?", "?", "?"], hidden);
    equal(root.textContent.includes("0.004444"), false, hidden);
    equal(root.innerHTML.includes(String(PRODUCT)), false, hidden);
    equal([...root.querySelectorAll(".choice")].at(-1).disabled, true, hidden);
  }
});

test("another loss is noted where its gradients differ by a factor", () => {
  const noted = (other_loss) => openView({ other_loss }).textContent.includes("This is a different loss");
  equal([noted(true), noted(false)], [true, false]);
});

test("numbers are put in the places of a form, in brackets where negative, and nothing is markup", () => {
  const root = openView({ names: { W1: { rows: ["x1", "x2", "bias"], columns: ["<b>h</b>"] }, W2: { rows: ["<b>h</b>", "bias"], columns: ["y"] } } });
  const card = (id) => root.querySelector(`[data-testid="factor-${id}"]`);
  equal(card("dC_dyhat").querySelector(".numbers").textContent, "=−(1 − 0.5) / 4");
  equal(card("dZ_dH").querySelector(".numbers").textContent, "=0.6 × (1 − 0.6)");
  equal(card("dZ_dH").querySelector(".note").textContent, "<b>h</b> = σ(H) = σ(0.5)");
  equal(card("dC_dyhat").querySelector(".formula math mi").getAttribute("mathvariant"), "normal");
});

test("what an answer does not change stays where it is: a button that goes while it is pressed hears no click", () => {
  const root = openView();
  const [line] = root.querySelector(".result").children;
  send(root, { sequence: 1 });
  equal(root.querySelector(".result").children[0] === line, true, "the same again");
  send(root, { epoch: 4 });
  equal(root.querySelector(".result").textContent.includes("at epoch 4"), true);
});
