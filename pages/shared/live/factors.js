// The factors of eqs. 5 and 10 for one weight: symbol, formula, the numbers put in, value.
import { fraction, letter, math, number, partial, row, sign, sub, subsup } from "./mathml.js";

const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number for reading: four digits unless fewer are exact. */
export function pretty(value, digits = 4) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return minus(String(value || 0));
  if (size >= 1e-3 && size < 1e6) {
    const text = value.toPrecision(digits);
    return minus(Number(text) === value ? String(value) : plain(text));
  }
  const [head, power] = value.toExponential(digits - 1).split("e");
  const raised = power.replace("+", "").replace("-", "⁻").replaceAll(/\d/g, (digit) => DIGITS[digit]);
  return `${minus(head)}\u00a0×\u00a010${raised}`; // no line break within
}

const minus = (text) => text.replace("-", "−");
const plain = (text) => (text.includes("e") ? String(Number(text)) : text);

/** A number as an operand: in brackets when it begins with a minus or is a product. */
const operand = (value) => {
  const text = pretty(value);
  return /[−×]/.test(text) ? `(${text})` : text;
};

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
  const error = value("dC_dyhat", o) * value("dyhat_dO", o);
  if (weight.layer === 2) return error * value("dO_dW2", weight.row);
  const out = scene.dO_dZ.values[weight.column * scene.dO_dZ.columns + o];
  return error * out * value("dZ_dH", weight.column) * value("dH_dW1", weight.row);
}

function errorFactor(scene, o, s) {
  const [y, yHat] = [scene.y.values[o], scene.y_hat.values[o]];
  return {
    id: "dC_dyhat",
    equation: "eq. 3",
    words: "the error of the prediction",
    symbol: math(partial(s.C(), s.yHat())),
    formula: math(row(sign("−"), fraction(row(sign("("), s.y(), sign("−"), s.yHat(), sign(")")), "N"))),
    numbers: `−(${pretty(y)} − ${operand(yHat)}) / ${pretty(scene.samples)}`,
    note: `y = ${pretty(y)}, ŷ = ${pretty(yHat)}, N = ${scene.samples.toLocaleString("en")}`,
    value: scene.dC_dyhat.values[o],
  };
}

function outputSlope(scene, o, s) {
  const yHat = scene.y_hat.values[o];
  return {
    id: "dyhat_dO",
    equation: "before eq. 4",
    words: "slope of the output’s sigmoid",
    symbol: math(partial(s.yHat(), s.O())),
    formula: math(row(s.yHat(), slope(s.yHat()))),
    numbers: `${operand(yHat)} × (1 − ${operand(yHat)})`,
    note: `ŷ = σ(O) = σ(${pretty(scene.O.values[o])})`,
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
      : `${scene.names.W2.rows[k]} = σ(H) = σ(${pretty(scene.H.values[k])})`,
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
  const z = scene.Z.values[l];
  return {
    id: "dZ_dH",
    equation: "eq. 8",
    words: "slope of the hidden unit’s sigmoid",
    symbol: math(partial(s.Zl(), s.H())),
    formula: math(row(s.Zl(), slope(s.Zl()))),
    numbers: `${operand(z)} × (1 − ${operand(z)})`,
    note: `${scene.names.W2.rows[l]} = σ(H) = σ(${pretty(scene.H.values[l])})`,
    value: scene.dZ_dH.values[l],
  };
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

const slope = (a) => row(sign("("), number("1"), sign("−"), a, sign(")"));
