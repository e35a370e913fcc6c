// Numbers for reading.

const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

let usual = 4; // significant digits

/** Every number for reading has so many significant digits from now on. */
export function setDigits(count) {
  usual = count;
}

/** A number for reading: four digits, or those that were set, unless fewer are exact. */
export function pretty(value, digits = usual) {
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

/** A number as an operand: in brackets when it begins with a minus or is a product. */
export const operand = (value) => {
  const text = pretty(value);
  return /[−×]/.test(text) ? `(${text})` : text;
};

/** ", about 12 s left"; nothing while there is no telling. */
export function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const [unit, size] = seconds < 120 ? ["s", 1] : seconds < 7200 ? ["min", 60] : ["h", 3600];
  return `, about ${Math.ceil(seconds / size).toLocaleString("en")} ${unit} left`;
}

/** All digits of a number; of one in single precision only those that tell it from its neighbours. */
export function exact(value, single) {
  if (!single) return minus(String(value));
  let text = "0";
  for (let digits = 6; digits <= 9 && Math.fround(Number(text)) !== value; digits++) text = String(Number(value.toPrecision(digits)));
  return minus(text);
}
