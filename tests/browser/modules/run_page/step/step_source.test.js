import { verdictOn } from "/pages/ui/live/run_page/step/step_source.js";
import { equal, test } from "../../harness.js";

const texts = { shown: "It is {number}.", right: ["0", "1", "2", "exact"], wrong: "wrong", too_few: "few", least_digits: 2 };
const outcomes = (number, ...typed) => typed.map((text) => verdictOn(texts, number, text).outcome);

test("a typed number is right to its digits", () => {
  equal(outcomes(0.12345, "0.12", "0,123", "1.2345e-1", "0.12345"), ["right", "right", "right", "right"]);
  equal(outcomes(0.12345, "0.13", "0.124", "-0.12", "0.1234567"), ["wrong", "wrong", "wrong", "wrong"]);
  equal(outcomes(0.125, "1/8", "1/7"), ["right", "wrong"]);
});

test("one digit is enough for that very number only", () => {
  equal(outcomes(1, "1", "2"), ["right", "again"]);
  equal(outcomes(0.12345, "0.1"), ["again"]);
});

test("what is no number is to be typed again", () => equal(outcomes(0.5, "", "half"), ["again", "again"]));

test("a number may be shown", () => equal(verdictOn(texts, 0.5), { outcome: "shown", messages: ["It is 0.5."] }));

test("a right number is told by its digits", () => {
  equal(["0.12", "0.12345", "0.13", "0.1"].map((text) => verdictOn(texts, 0.12345, text).messages[0]), ["2", "exact", "wrong", "few"]);
});
