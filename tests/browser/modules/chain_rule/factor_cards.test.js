import { cards } from "/pages/ui/live/chain_rule/factor_cards.js";
import { close, equal, test, theme } from "../harness.js";

const array = { rows: 1, columns: 3, values: Float64Array.of(1, -2, 0.5), at: [0, 1], shape: "row 1 of 4×3" };
const factor = (id, value) => ({ id, equation: `eq. ${id}`, anchor: `eq-${id}`, words: "", symbol: "", formula: "", numbers: String(value), note: "note", value, array });
const factors = [factor("a", -0.5), factor("b", 0.25), factor("c", 8)];
const at = (pairs, id) => pairs.map((pair) => pair.querySelector(".card")).find((card) => card.dataset.testid === `factor-${id}`);

test("the product builds up from card to card", () => {
  const pairs = cards(factors, theme, 15, 1, "");
  equal(pairs.map((pair) => pair.querySelector(".sofar").textContent), ["", "running product = −0.125", "running product = −1"]);
  close(Number(at(pairs, "b").dataset.value), 0.25, 0);
});

test("the cell in use is named", () => {
  equal(at(cards(factors, theme, 15, 1, ""), "a").querySelector("canvas").dataset.at, "0,1");
});

test("a hidden factor keeps its number to itself, and what it leads to", () => {
  const pairs = cards(factors, theme, 15, 1, "b");
  const hidden = at(pairs, "b");
  equal([hidden.dataset.value, hidden.title, hidden.querySelector(".value").textContent], ["", "", "?"]);
  equal(hidden.querySelector("canvas"), null);
  equal(hidden.textContent.includes("0.25"), false);
  equal(pairs.map((pair) => pair.querySelector(".sofar").textContent), ["", "running product = ?", "running product = ?"]);
  equal(at(pairs, "a").dataset.value, "-0.5");
});
