// Numbers as text.

const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

let defaultDigits = 4; // significant digits

/** Set the default number of significant digits. */
export function setDigits(count) {
  defaultDigits = count;
}

/** Return a number as text: with the default digits, or fewer if these are exact. */
export function pretty(value, digits = defaultDigits) {
  if (!Number.isFinite(value)) return minus(String(value)).replace("Infinity", "∞");
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

const minus = (text) => text.replaceAll("-", "−");
const plain = (text) => (text.includes("e") ? String(Number(text)) : text);

/** Return a number as an operand: in brackets if it begins with a minus or is a product. */
export const operand = (value) => {
  const text = pretty(value);
  return /[−×]/.test(text) ? `(${text})` : text;
};

/** Return ", about 12 s left", or "" while it is unknown. */
export function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const [unit, size] = seconds < 120 ? ["s", 1] : seconds < 7200 ? ["min", 60] : ["h", 3600];
  return `, about ${Math.ceil(seconds / size).toLocaleString("en")} ${unit} left`;
}

/** Return all digits of a number; in single precision, as many as identify it. */
export function exact(value, single) {
  if (!single) return minus(String(value));
  let text = "0";
  for (let digits = 6; digits <= 9 && Math.fround(Number(text)) !== value; digits++) text = String(Number(value.toPrecision(digits)));
  return minus(text);
}
