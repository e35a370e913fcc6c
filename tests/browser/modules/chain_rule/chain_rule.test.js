import { compare } from "/pages/ui/live/chain_rule/compare.js";
import { chainRule } from "/pages/ui/live/index.js";
import { operand, setDigits } from "/pages/ui/live/draw/numbers.js";
import { close, encode, equal, test } from "../harness.js";

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
const forms = (layer) => ({ gradient: "<math><mi>C</mi></math>", factors: Object.entries({ ...FIRST, ...LATER[layer] }).map(card), notes: layer === 1 ? ["A note."] : [] });

const header = {
  sequence: 0, hidden: "", token: "t", epoch: 3, samples: 4, focus: { sample: 0, output: 0, weight: { layer: 1, row: 0, column: 0 } },
  names: { W1: { rows: ["x1", "x2", "bias"], columns: ["h1"] }, W2: { rows: ["h1", "bias"], columns: ["y"] } },
  bias: { input: true, hidden: true }, midpoints: { weights: 1, gradients: 0.1 }, functions: { hidden: "σ(‹x›)", output: "σ(‹x›)" }, fused: false, other_loss: false, forms: { 1: forms(1), 2: forms(2) },
  l2: 0, conventions: { digits: 4, bias_apart: false, transposed: false }, matrices: "m",
};

function message({ digits = 4, ...changed } = {}) {
  const arrays = Object.fromEntries(Object.entries(ARRAYS).map(([name, rows]) => [name, { rows: rows.length, values: Float64Array.from(rows.flat()) }]));
  return encode({ ...header, conventions: { ...header.conventions, digits }, ...changed }, arrays);
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

test("the server's notes on a matrix are below what the sample's numbers are remarked on", () => {
  const notesOf = (changes) => [...openView(changes).querySelectorAll(".notes p")].map(({ textContent }) => textContent);
  equal(notesOf({}), ["A note."]);
  equal(notesOf({ other_loss: true }).length, 2);
  equal(notesOf({ other_loss: true }).at(-1), "A note.");
  equal(notesOf({ focus: { sample: 0, output: 0, weight: { layer: 2, row: 0, column: 0 } } }), []);
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

// ---- several hidden layers, and a softmax

const sequence = (rows, columns, from) => Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => from + 0.1 * row - 0.03 * column));
const times = (row, matrix) => matrix.map((weights) => weights.reduce((sum, weight, to) => sum + weight * row[to], 0));

/** Return a message of three hidden layers of 4, 3 and 2 units and a softmax of three outputs; nothing is 0. */
function deepArrays() {
  const sizes = [2, 4, 3, 2, 3];
  const arrays = { raw: [[3, 1]], shift: [[0, 0]], scale: [[1, 1]], y: [[1, 0, 0]], y_hat: [[0.5, 0.2, 0.3]], O: [[0.9, 0.1, 0.4]] };
  arrays.dyhat_dO = arrays.y_hat[0].map((p, i) => arrays.y_hat[0].map((o, j) => p * ((i === j) - o)));
  arrays.dC_dyhat = [[-2 / 4, 0, 0]];
  let delta = arrays.y_hat[0].map((value, o) => (value - arrays.y[0][o]) / 4);
  arrays.dC_dO = [delta];
  for (let layer = 4; layer >= 1; layer--) {
    const W = (arrays[`W${layer}`] = sequence(sizes[layer - 1] + 1, sizes[layer], 0.3 * layer - 0.5));
    arrays[layer === 4 ? "dO_dW4" : `dH${layer}_dW${layer}`] = sequence(1, sizes[layer - 1] + 1, 0.7);
    for (const name of ["dW", "sum", "size"]) arrays[`${name}${layer}`] = sequence(sizes[layer - 1] + 1, sizes[layer], 0.2);
    if (layer === 1) continue;
    const through = times(delta, W.slice(0, -1));
    const slopes = sequence(1, sizes[layer - 1], 0.2 + 0.013 * layer);
    delta = through.map((value, unit) => value * slopes[0][unit]);
    Object.assign(arrays, {
      [`dC_dZ${layer - 1}`]: [through], [`dC_dH${layer - 1}`]: [delta], [`dZ${layer - 1}_dH${layer - 1}`]: slopes,
      [`H${layer - 1}`]: sequence(1, sizes[layer - 1], 0.4), [`Z${layer - 1}`]: sequence(1, sizes[layer - 1], 0.6),
    });
  }
  return arrays;
}

const DEEP = deepArrays();
const DEEP_IDS = ["dC_dyhat", "dyhat_dO", "dO_dZ3", "dZ3_dH3", "dH3_dZ2", "dZ2_dH2", "dH2_dZ1", "dZ1_dH1", "dH1_dW1"];

function openDeep(changed = {}, arraysOf = DEEP, parentElement = document.createElement("div")) {
  const unit = (layer, count) => Array.from({ length: count }, (_, i) => `h${layer}${i + 1}`);
  const columns = [unit(1, 4), unit(2, 3), unit(3, 2), ["a", "b", "c"]];
  const rows = [["x1", "x2"], ...columns.slice(0, -1)];
  const names = Object.fromEntries(columns.map((found, i) => [`W${i + 1}`, { rows: [...rows[i], "bias"], columns: found }]));
  const of = (ids) => ({ gradient: "<math><mi>C</mi></math>", factors: ids.map((id) => card([id, ""])), notes: [] });
  const last = ["dO_dW4", "dH3_dW3", "dH2_dW2"];
  const deltas = { 4: { symbol: "<math><mi>C</mi></math>", formula: "<math><mi>C</mi></math>", collapsed: "<math><mi>C</mi></math>" } };
  const all = { 1: of(DEEP_IDS), 2: of([...DEEP_IDS.slice(0, 6), last[2]]), 3: of([...DEEP_IDS.slice(0, 4), last[1]]), 4: of([...DEEP_IDS.slice(0, 2), last[0]]), deltas };
  const arrays = Object.fromEntries(Object.entries(arraysOf).map(([name, found]) => [name, { rows: found.length, values: Float64Array.from(found.flat()) }]));
  if (!parentElement.isConnected) document.body.replaceChildren(parentElement);
  chainRule({ data: encode({
    ...header, names, fused: true, forms: all, functions: { hidden: "σ(‹x›)", output: "softmax(‹x›)" }, ...changed,
  }, arrays), parentElement, setTriggerValue: () => {} });
  return parentElement;
}

const all = (root, id) => [...root.querySelectorAll(`[data-testid="${id}"]`)];
const number = (part) => Number(part.dataset.value);
const openPaths = (root) => tile(root, "paths-button").getAttribute("aria-expanded") === "true" || tile(root, "paths-button").click();

test("δ is shown after each card in its true shape, with the numbers put in", () => {
  const root = openDeep();
  const names = [...root.querySelectorAll("[data-testid^=delta-]")].map(({ dataset }) => dataset.testid);
  equal(names, ["delta-O", "delta-Z3", "delta-H3", "delta-Z2", "delta-H2", "delta-Z1", "delta-H1"]);
  for (const name of ["O", "Z3", "H3", "Z2", "H2", "Z1", "H1"]) equal(JSON.parse(tile(root, `delta-${name}`).dataset.values), DEEP[`dC_d${name}`][0], name);
  const unit = Number(tile(root, "path").dataset.path.split(" ")[1].split(":")[2]);
  equal(number(tile(root, "delta-H2")), DEEP.dC_dH2[0][unit], "of the unit on the path");
  const [through, slope] = [DEEP.dC_dZ2[0][unit], DEEP.dZ2_dH2[0][unit]].map((value) => operand(value));
  equal(tile(root, "delta-H2").querySelector(".numbers").textContent, `=${through} × ${slope}`);
  const terms = DEEP.dC_dH3[0].map((delta, to) => `${operand(delta)} × ${operand(DEEP.W3[unit][to])}`);
  equal(tile(root, "delta-Z2").querySelector(".numbers").textContent, `=${terms.join(" + ")}`);
  close(number(tile(root, "contribution")), DEEP.dC_dH1[0][0] * DEEP.dH1_dW1[0][0], 0);
});

test("the paths are listed on demand, and add up to the contribution", () => {
  const root = openDeep();
  const button = tile(root, "paths-button");
  equal([button.getAttribute("aria-expanded"), all(root, "path-row").length, button.textContent], ["false", 0, "18 paths to the cost"]);
  openPaths(root);
  equal([tile(root, "paths-button").getAttribute("aria-expanded"), all(root, "path-row").length], ["true", 10]);
  const parts = [...all(root, "path-row"), tile(root, "path-rest")].map(number);
  close(parts.reduce((sum, part) => sum + part, 0), number(tile(root, "contribution")), 1e-17);
  equal(tile(root, "path-rest").textContent.startsWith("and 8 more paths together: "), true);
  equal(tile(root, "path-total").textContent.includes("qual"), true);
});

test("a path that is chosen is the one of the cards and of the diagram", () => {
  const root = openDeep();
  openPaths(root);
  const row = all(root, "path-row").at(-1);
  const [product, units] = [number(row), row.dataset.path];
  row.click();
  const values = DEEP_IDS.slice(2).map((id) => number(tile(root, `factor-${id}`)));
  close(values.reduce((all, value) => all * value, DEEP.dC_dO[0][units.split("-").at(-1)]), product, 1e-17);
  equal(tile(root, "path").dataset.path.split(" ").map((edge) => edge.split(":")[2]).join("-"), units);
  equal(all(root, "path-row").findIndex((it) => it.getAttribute("aria-pressed") === "true"), 9);
});

test("a path and an output keep the focus when another epoch gives the products another order", () => {
  const root = openDeep();
  openPaths(root);
  const later = { ...DEEP, dC_dO: [DEEP.dC_dO[0].toReversed()] };
  const focused = () => root.querySelector(":focus");
  const order = () => all(root, "path-row").map(({ dataset }) => dataset.path);
  const [before, { path }] = [order(), all(root, "path-row").find(({ dataset }) => dataset.path.endsWith("0")).dataset];
  root.querySelector(`[data-path="${path}"]`).focus();
  openDeep({ epoch: 4 }, later, root);
  equal([order().includes(path), order().indexOf(path) === before.indexOf(path), focused()?.dataset.path], [true, false, path]);
  focused().click();
  equal(all(root, "path-row").filter((row) => row.getAttribute("aria-pressed") === "true").map(({ dataset }) => dataset.path), [path]);
  all(root, "product")[1].focus();
  openDeep({ epoch: 5, sequence: 2 }, DEEP, root); // the server has answered both picks
  equal(focused()?.dataset.output, "1");
});

test("a weight before or of the last matrix has no list of paths: each goes through one output", () => {
  for (const layer of [3, 4]) {
    const root = openDeep({ focus: { sample: 0, output: 0, weight: { layer, row: 0, column: 0 } } });
    equal(tile(root, "paths-button"), null, `W${layer}`);
  }
});

test("the Jacobian's row is chosen by a click; what goes on is the sum over every ŷ", () => {
  const root = openDeep();
  const o = Number(tile(root, "path").dataset.path.split(":").at(-1));
  tile(root, "jacobian").querySelector(`[data-row="2"][data-column="${o}"]`).click();
  equal(number(tile(root, "factor-dyhat_dO")), DEEP.dyhat_dO[2][o]);
  equal(number(tile(root, "factor-dC_dyhat")), 0, "of ŷ with y = 0");
  close([number(tile(root, "jacobian-row")), number(tile(root, "jacobian-sum")), number(tile(root, "collapse"))], [0, DEEP.dC_dO[0][o], DEEP.dC_dO[0][o]], 1e-16);
  equal(tile(root, "factor-dyhat_dO").querySelector(".sofar").textContent.startsWith("summed over ŷ = "), true);
  equal(tile(root, "jacobian-row").textContent.includes("adds up to 0"), true);
});

test("what is hidden for practice is in no δ, path or Jacobian either", () => {
  const shown = openDeep();
  openPaths(shown);
  const secrets = { dC_dyhat: ["delta-O", "jacobian-sum"], dyhat_dO: ["delta-O"], dZ2_dH2: ["delta-H2", "delta-Z1"], product: [], contribution: [], delta: ["delta-H1"] };
  const values = Object.fromEntries(Object.values(secrets).flat().map((id) => [id, tile(shown, id).dataset.value]));
  const contribution = tile(shown, "contribution").dataset.value;
  for (const [hidden, ids] of Object.entries(secrets)) {
    const root = openDeep({ hidden });
    tile(root, "paths-button").click();
    equal([all(root, "path-row").length, tile(root, "paths-button").disabled], [0, true], hidden);
    equal(root.innerHTML.includes(contribution), false, hidden);
    for (const id of ids) {
      const at = root.innerHTML.indexOf(values[id]);
      equal(at < 0 ? "" : root.innerHTML.slice(at - 60, at + 30), "", `${hidden}: ${id}`);
    }
    equal(tile(root, "jacobian").hidden, ["dC_dyhat", "dyhat_dO", "delta"].includes(hidden), hidden);
  }
});
