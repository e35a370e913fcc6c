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

test("the cells of an array are drawn once, whichever is outlined, and again in other colours", () => {
  const { prototype } = CanvasRenderingContext2D;
  const { fillRect } = prototype;
  let count = 0;
  prototype.fillRect = function (...box) { count += 1; fillRect.apply(this, box); };
  const values = Float64Array.from({ length: 48 * 64 }, (_, i) => Math.sin(i));
  const weights = (values, at) => ({ ...factor("w", 1), weights: true, array: { rows: 48, columns: 64, values, at, shape: "48×64" } });
  const picture = (values, at, midpoint = 1, colours = theme) => cards([weights(values, at)], colours, 15, midpoint, "")[0].querySelector("canvas").toDataURL();
  const drawn = (draw) => { const before = count; return [draw(), count - before]; };
  try {
    const [first, cells] = drawn(() => picture(values, [3, 4]));
    equal(cells, values.length);
    const [other, again] = drawn(() => picture(values, [40, 60]));
    equal([again, other === first], [0, false], "only the outline moves");
    equal(picture(values, [3, 4]) === first, true, "and leaves nothing");
    equal(picture(values.slice(), [40, 60]) === other, true, "as those drawn anew");
    equal(drawn(() => picture(values, [3, 4], 9))[1], values.length, "another midpoint");
    const [black, anew] = drawn(() => picture(values, [3, 4], 9, { ...theme, key: "black", scale: theme.scale.map(() => [0, 0, 0]) }));
    equal([anew, black === first], [values.length, false], "another theme");
  } finally {
    prototype.fillRect = fillRect;
  }
});
