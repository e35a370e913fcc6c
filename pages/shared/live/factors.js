// The factors of eqs. 5 and 10 for one weight: symbol, formula, the numbers put in, value.
import { HIDDEN, LOSSES, OUTPUT } from "./choices.js";
import { letter, math, partial, row, sub, subsup } from "./mathml.js";
import { operand, pretty } from "./numbers.js";

/** The symbols, with the index of the output only where there are several. */
export function symbols(outputs) {
  const o = outputs > 1 ? ",o" : "";
  const one = outputs > 1 ? "o" : "1";
  return {
    C: () => letter("C"),
    y: () => sub("y", `i${o}`),
    yHat: () => sub("ŷ", `i${o}`),
    O: () => sub("O", `i${o}`),
    Zl: () => sub("Z", "i,l"),
    Zk: () => sub("Z", "i,k"),
    H: () => sub("H", "i,l"),
    X: () => sub("X", "i,k"),
    W1: () => subsup("W", "k,l", "(1)"),
    W2: () => subsup("W", `k,${one}`, "(2)"),
    out: () => subsup("W", `l,${one}`, "(2)"),
  };
}

/** The factors of the weight, through one output, in the derivation's order. */
export function factorsOf(scene, { layer, row: k, column: l }, o) {
  const s = symbols(scene.y.values.length);
  const shared = [errorFactor(scene, o, s), outputSlope(scene, o, s)];
  if (layer === 2) return [...shared, hiddenValue(scene, k, s)];
  return [...shared, wayOut(scene, l, o, s), hiddenSlope(scene, l, s), input(scene, k, s)];
}

/** What one output adds to the weight's gradient for this sample. */
export function productOf(scene, weight, o) {
  if (weight.layer === 2 && weight.column !== o) return 0; // that weight does not reach output o
  const value = (name, i) => scene[name].values[i];
  const error = value("dC_dO", o); // the first two factors, fused where the loss says so
  if (weight.layer === 2) return error * value("dO_dW2", weight.row);
  const out = scene.dO_dZ.values[weight.column * scene.dO_dZ.columns + o];
  return error * out * value("dZ_dH", weight.column) * value("dH_dW1", weight.row);
}

function errorFactor(scene, o, s) {
  const loss = LOSSES[scene.choices.loss];
  const [y, yHat, N] = [scene.y.values[o], scene.y_hat.values[o], scene.samples];
  return {
    id: "dC_dyhat",
    equation: loss.equation,
    words: loss.words,
    symbol: math(partial(s.C(), s.yHat())),
    formula: math(loss.formula(s)),
    numbers: loss.numbers(y, yHat, N),
    note: `y = ${pretty(y)}, ŷ = ${pretty(yHat)}, N = ${N.toLocaleString("en")}`,
    value: scene.dC_dyhat.values[o],
  };
}

function outputSlope(scene, o, s) {
  const output = OUTPUT[scene.choices.output];
  return {
    id: "dyhat_dO",
    equation: output.equation,
    words: `slope of the output’s ${output.name}`,
    symbol: math(partial(s.yHat(), s.O())),
    formula: math(output.slope(s.yHat)),
    numbers: output.numbers(scene.y_hat.values[o]),
    note: `ŷ = ${output.of("O")} = ${output.of(pretty(scene.O.values[o]))}`,
    value: scene.dyhat_dO.values[o],
  };
}

function hiddenValue(scene, k, s) {
  const value = scene.dO_dW2.values[k];
  const bias = scene.bias.hidden && k === scene.Z.values.length;
  return {
    id: "dO_dW2",
    equation: "eq. 4",
    words: "what the weight multiplies",
    symbol: math(partial(s.O(), s.W2())),
    formula: math(s.Zk()),
    numbers: pretty(value),
    note: bias
      ? "the bias row: Z1 = 1, a constant"
      : valueOf(scene, k),
    value,
  };
}

function wayOut(scene, l, o, s) {
  const value = scene.dO_dZ.values[l * scene.dO_dZ.columns + o];
  const { rows, columns } = scene.names.W2;
  return {
    id: "dO_dZ",
    equation: "eq. 7",
    words: "the weight on the way out",
    symbol: math(partial(s.O(), s.Zl())),
    formula: math(s.out()),
    numbers: pretty(value),
    note: `W⁽²⁾ from ${rows[l]} to ${columns[o]}`,
    value,
  };
}

function hiddenSlope(scene, l, s) {
  const hidden = HIDDEN[scene.choices.hidden];
  return {
    id: "dZ_dH",
    equation: hidden.equation,
    words: `slope of the hidden unit’s ${hidden.name}`,
    symbol: math(partial(s.Zl(), s.H())),
    formula: math(hidden.slope(s.Zl)),
    numbers: hidden.numbers(scene.Z.values[l]),
    note: valueOf(scene, l),
    value: scene.dZ_dH.values[l],
  };
}

/** Where a hidden unit's value comes from. */
function valueOf(scene, l) {
  const { of } = HIDDEN[scene.choices.hidden];
  return `${scene.names.W2.rows[l]} = ${of("H")} = ${of(pretty(scene.H.values[l]))}`;
}

function input(scene, k, s) {
  const value = scene.dH_dW1.values[k];
  const bias = scene.bias.input && k === scene.raw.values.length;
  const [raw, shift, scale] = bias ? [1, 0, 1] : ["raw", "shift", "scale"].map((name) => scene[name].values[k]);
  const scaled = shift !== 0 || scale !== 1;
  const name = scene.names.W1.rows[k];
  return {
    id: "dH_dW1",
    equation: "eq. 9",
    words: "what the weight multiplies",
    symbol: math(partial(s.H(), s.W1())),
    formula: math(s.X()),
    numbers: scaled ? `(${pretty(raw)} − ${operand(shift)}) / ${operand(scale)}` : pretty(value),
    note: bias ? "the bias row: X1 = 1, a constant" : scaled ? `${name} = ${pretty(raw)}, scaled` : name,
    value,
  };
}
