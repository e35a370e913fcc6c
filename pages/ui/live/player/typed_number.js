// Numbers as people type them, read like core/checking/typed_number.py; one table tests both.
import { fromSuperscripts } from "../draw/numbers.js";

const MAX_LENGTH = 60;
export const ALL_DIGITS = 17; // significant digits of a float64, and so of a fraction such as 1/8
const EXACT = 1e-12; // relative; of a fraction of whole numbers, and for equality
const NOISE = 1e-14; // relative; of a number that was computed
const SIGNS = new Map([ // variants of the same sign in other fonts, scripts and countries
  ...[..."\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"].map((sign) => [sign, "-"]),
  ...[..."\u00a0\u2007\u2009\u202f"].map((sign) => [sign, " "]),
  ...[..."\uff0b\uff0e\uff0c\uff0f\uff08\uff09"].map((sign, i) => [sign, "+.,/()"[i]]),
  ["\u2044", "/"], ["\u066b", "."],
  ...[0xff10, 0x0660, 0x06f0].flatMap((zero) => [..."0123456789"].map((digit, i) => [String.fromCharCode(zero + i), digit])),
]);
const FRACTIONS = { "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8" };
const POWER = /\s*[×x*·]\s*10\s*(?:\^|\*\*)?\s*\{?(?:\(([-+]?\d+)\)|([-+]?\d+))\}?$/i;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?$/i;

/** Return the number in a text; throws an Error with a sentence if there is none. */
export function readNumber(text) {
  const [above, ...below] = plain(text).split("/");
  if (!below.length) return checkSize(decimal(above), isZero(above), text);
  const divisor = decimal(below.join("/"));
  if (!divisor && isZero(below[0])) throw new Error("A fraction over 0 is no number.");
  const parts = [checkSize(decimal(above), isZero(above), text), checkSize(divisor, false, text)];
  return checkSize(parts[0] / parts[1], isZero(above), text);
}

/** Return the number in a text, its significant digits, and half a unit of the last of them: { value, digits, halfUnit }. */
export function readTyped(text) {
  const value = readNumber(text);
  const parts = plain(text).split("/").map(precisionOf);
  if (parts.length === 1) return { value, digits: parts[0].digits, halfUnit: 0.5 * 10 ** parts[0].exponent };
  const inexact = parts.filter(({ isWhole }) => !isWhole);
  if (!inexact.length || !value) return { value, digits: ALL_DIGITS, halfUnit: EXACT * Math.abs(value) };
  const digits = Math.max(1, Math.min(...inexact.map((part) => part.digits)));
  return { value, digits, halfUnit: 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(value))) - digits + 1) };
}

/** Return whether a number, rounded to the digits typed, is this one. */
export const isCloseTo = ({ value, halfUnit }, number) => Math.abs(value - number) <= halfUnit + NOISE * Math.abs(number);

/** Return whether a typed number is that one, up to rounding. */
export const isEqualTo = ({ value }, number) => Math.abs(value - number) <= EXACT * Math.max(Math.abs(value), Math.abs(number));

/** Return a number's significant digits, the power of ten of its last place, and whether it is whole. */
function precisionOf(part) {
  const line = canonical(part);
  const [, above, below = "", power = "0"] = line.match(/^[-+]?(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i);
  const exponent = Number(power) - below.length;
  const digits = `${above}${below}`.replace(/^0+/, "").length || Math.max(0, -exponent);
  return { digits, exponent, isWhole: Number(line) % 1 === 0 };
}

/** Return the number in a text, which must be from `low` to `high`, and whole if so demanded. */
export function readWithin(text, { low = -Infinity, high = Infinity, whole = false }) {
  const wanted = rangeText(low, high, whole);
  if (!text.trim()) throw new Error(`Type ${wanted}.`);
  const value = readNumber(text);
  const shown = `“${text.trim()}”`;
  if (whole && (value % 1 || /[.,]/.test(plain(text)))) throw new Error(`${shown} is not written as a whole number: type ${wanted}.`);
  if (!(low <= value && value <= high)) throw new Error(`${shown} is out of range: type ${wanted}.`);
  return value;
}

/** Return whether a text is a plain number, whose reading needs no explanation. */
export const isLiteral = (text) => NUMBER.test(text.trim().replace("−", "-"));

function rangeText(low, high, whole) {
  const kind = whole ? "a whole number" : "a number";
  if (Number.isFinite(low) && Number.isFinite(high)) return `${kind} from ${low} to ${high}`;
  if (Number.isFinite(low)) return `${kind} of at least ${low}`;
  return Number.isFinite(high) ? `${kind} up to ${high}` : kind;
}

function plain(text) {
  const line = [...text].map((sign) => SIGNS.get(sign) ?? sign).join("").trim();
  if (!line) throw new Error("Type a number.");
  if ([...line].length > MAX_LENGTH) throw new Error("That is longer than any number here: type fewer digits.");
  const sign = "+-".includes(line[0]) ? line[0] : "";
  const body = line.slice(sign.length).trim();
  return sign + (FRACTIONS[body] ?? body);
}

/** Return a number in JavaScript's notation, with a decimal point. */
function canonical(part) {
  let line = part;
  if (/[×x*·]/.test(line)) line = fromSuperscripts(line);
  line = line.replace(POWER, "e$1$2").trim();
  return line.replace(/^\((.*)\)$/, "$1").replaceAll(",", ".").trim();
}

function decimal(part) {
  const line = canonical(part);
  if (!NUMBER.test(line)) throw new Error(`“${part.trim()}” is not a number: type one such as 0.125, 1.25e-1 or 1/8.`);
  return Number(line);
}

const isZero = (part) => !/[1-9]/.test(canonical(part).split(/e/i)[0]);

function checkSize(value, zero, text) {
  if (!Number.isFinite(value)) throw new Error(`“${text.trim()}” is too large for a number here.`);
  if (!value && !zero) throw new Error(`“${text.trim()}” is too close to 0 for a number here: type 0.`);
  return value;
}
