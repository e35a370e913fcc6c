import { exact, fromSuperscripts, operand, pretty, short, superscript, timeLeft } from "/pages/ui/live/draw/numbers.js";
import { equal, random, test } from "../harness.js";

test("four digits, unless fewer are exact", () => {
  for (const [value, text] of [
    [0, "0"], [-0, "0"], [7, "7"], [-7, "−7"], [250000, "250000"], [0.5, "0.5"], [-0.25, "−0.25"],
    [1 / 3, "0.3333"], [-2 / 3, "−0.6667"], [123456.789, "123500"], [0.001, "0.001"], [12.3456, "12.35"],
  ]) equal(pretty(value), text, String(value));
});

test("few digits and a true minus", () => {
  equal([0, 0.5, -1.23456, 99999, 1e5, -1e-4, 1.205e10].map((value) => short(value)), ["0", "0.5", "−1.23", "100000", "1e5", "−1e−4", "1.21e10"]);
  equal(short(1.23456, 5), "1.2346");
  equal(short(NaN), "NaN");
});

test("superscripts are read as they are written", () => {
  equal([superscript("-15"), superscript("(1)"), superscript("2+3")], ["⁻¹⁵", "⁽¹⁾", "²⁺³"]);
  equal(fromSuperscripts("4 × 10⁻¹⁵"), "4 × 10-15");
});

test("as many digits as wanted", () => {
  equal(pretty(1 / 3, 2), "0.33");
  equal(pretty(98765.4, 3), "98800");
});

test("powers of ten beyond, without a line break within", () => {
  equal(pretty(1e6), "1.000\u00a0×\u00a010⁶");
  equal(pretty(-2.5e-4), "−2.500\u00a0×\u00a010⁻⁴");
  equal(pretty(1.5e123, 2), "1.5\u00a0×\u00a010¹²³");
});

test("what is not a number is said", () => {
  equal([Infinity, -Infinity, NaN].map((value) => pretty(value)), ["∞", "−∞", "NaN"]);
});

test("an operand has brackets where its sign or power would be misread", () => {
  equal([1.5, -1.5, 1e-9].map((value) => operand(value)), ["1.5", "(−1.5)", "(1.000\u00a0×\u00a010⁻⁹)"]);
});

test("the time left is told in a unit that suits", () => {
  equal([0.2, 119.5, 120, 7199, 7200, 36e5].map(timeLeft), [
    ", about 1 s left", ", about 120 s left", ", about 2 min left", ", about 120 min left",
    ", about 2 h left", ", about 1,000 h left",
  ]);
  equal([NaN, Infinity].map(timeLeft), ["", ""]);
});

test("all digits of a number in double precision", () => {
  equal([0.1, -1 / 3, 1e-7].map((value) => exact(value, false)), ["0.1", "−0.3333333333333333", "1e−7"]);
});

test("of one in single precision as few digits as tell it from its neighbours", () => {
  equal([0.1, -0.25, 1 / 3].map((value) => exact(Math.fround(value), true)), ["0.1", "−0.25", "0.33333334"]);
  const next = random(22);
  for (let i = 0; i < 500; i++) {
    const value = Math.fround(10 ** (5 * next()) * next());
    equal(Math.fround(Number(exact(value, true).replaceAll("−", "-"))), value);
  }
});
