// Numbers as text.

const PLAIN = "0123456789+-()";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾";
const COUNTS = new Intl.NumberFormat("en");

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
  return `${minus(head)}\u00a0×\u00a010${superscript(power.replace("+", ""))}`; // no line break within
}

/** Return a number as text with few digits, without zeros at the end. */
export function short(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const decimal = size === 0 || (size >= 1e-3 && size < 1e5);
  return minus(decimal ? String(Number(value.toPrecision(digits))) : value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e"));
}

/** Return a number as text with few digits for little room: −3.5·10⁻⁴. */
export const compact = (value, digits) => short(value, digits).replace(/e(.*)/, (_, power) => `·10${superscript(power.replace("−", "-"))}`);

/** Return `short` text, with decimals where it would be that of a whole number that the value is not: −1.000 of −0.99999. */
export function shortDecimal(value) {
  const text = short(value);
  return /^−?\d{1,3}$/.test(text) && !Number.isInteger(value) ? minus(value.toPrecision(4)) : text;
}

/** Return a whole number with commas between thousands. */
export const whole = (count) => COUNTS.format(count);

/** Return a share as a percentage. */
export const percent = (share, decimals = 1) => `${(100 * share).toFixed(decimals)} %`;

/** Return text of digits, signs and brackets as a superscript. */
export const superscript = (text) => text.replaceAll(/[-\d+()]/g, (sign) => SUPERSCRIPTS[PLAIN.indexOf(sign)]);

/** Return a whole number as subscript digits. */
export const subscript = (count) => String(count).replaceAll(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);

/** Return text with superscripts as plain characters. */
export const fromSuperscripts = (text) => [...text].map((sign) => PLAIN[SUPERSCRIPTS.indexOf(sign)] ?? sign).join("");

/** Return the text with true minus signs. */
export const minus = (text) => text.replaceAll("-", "−");
const plain = (text) => (text.includes("e") ? String(Number(text)) : text);

/** Return a number as an operand: in brackets if it begins with a minus or is a product. */
export const operand = (value, digits = defaultDigits) => {
  const text = pretty(value, digits);
  return /[−×]/.test(text) ? `(${text})` : text;
};

/** Return ", about 12 s left", or "" while it is unknown. */
export function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const [unit, size] = seconds < 120 ? ["s", 1] : seconds < 7200 ? ["min", 60] : ["h", 3600];
  return `, about ${whole(Math.ceil(seconds / size))} ${unit} left`;
}

/** Return all digits of a number; in single precision, as many as identify it. */
export function exact(value, single) {
  if (!single) return minus(String(value));
  let text = "0";
  for (let digits = 6; digits <= 9 && Math.fround(Number(text)) !== value; digits++) text = String(Number(value.toPrecision(digits)));
  return minus(text);
}
