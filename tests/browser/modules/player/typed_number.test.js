import { isLiteral, readNumber, readTyped, readWithin } from "/pages/ui/live/player/typed_number.js";
import { equal, test } from "../harness.js";

const cases = await (await fetch("/tests/data/typed_numbers.json")).json();

const outcome = (ask) => {
  try {
    return ask();
  } catch (error) {
    return error.message.endsWith(".") ? "refused in a sentence" : error.message;
  }
};

test("a number is read as Python reads it", () => {
  for (const { typed, value } of cases.numbers) equal(outcome(() => readNumber(typed)), value, typed);
});

test("as many digits are significant as in Python", () => {
  for (const { typed, digits } of cases.numbers) equal(outcome(() => readTyped(typed).digits), digits, typed);
});

test("what is no number raises a sentence", () => {
  for (const typed of cases.refused) equal(outcome(() => readNumber(typed)), "refused in a sentence", typed);
});

test("a field says what it takes", () => {
  for (const { typed, low, high, whole, value } of cases.ranges) {
    const range = { low: low ?? undefined, high: high ?? undefined, whole };
    equal(outcome(() => readWithin(typed, range)), value ?? "refused in a sentence", typed);
  }
});

test("only what is not a plain number needs an explanation", () => {
  equal(["0.5", "-1e-3", "−2", "0,5", "1/3", "(0.5)"].map(isLiteral), [true, true, true, false, false, false]);
});
