// What is written at each stop: texts and formulas from Python, in which the numbers are put here (see pages/ui/save/page/step.py).
import { math } from "../../chain_rule/mathml.js";
import { isBiased } from "../network_pass.js";
import { fromSuperscripts, operand, pretty } from "../../draw/numbers.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const MOST_DIGITS = 17; // a float64 has no more
const MOST_LETTERS = 22; // of a sum in one row
const WIDTHLESS = /[·×∞\s]/g; // commands in LaTeX, which Python does not count
const POWER = "\u00a0×\u00a010";

/** Return the texts and formulas of all stops, as pages/ui/chain_rule/step_through/forms.py does, at an epoch and a weight. */
export function formsAt(run, epoch, weight, update) {
  const { segments, texts, ends } = run.step;
  const segment = segments[run.segmentAt(epoch).index];
  const kind = texts[segment.kinds[kindOf(run, weight, update)]];
  const stops = Object.fromEntries(Object.entries(segment.stops).map(([name, place]) => [name, texts[place]]));
  if (ends[epoch]) stops.new_C = { ...stops.new_C, words: ends[epoch].words };
  return {
    stops: { ...stops, update: { ...kind.stop, indices: withNames(run, weight, kind.stop.indices) } },
    script: scriptAt(segment, texts, epoch),
    lines: texts[segment.lines],
    update: {
      rule: texts[segment.rule], steps: segment.steps, notes: [...kind.notes, ...update.notes],
      blocks: update.after && (segment.steps > 1 || update.hasTerms) ? kind.blocks.map((block) => withNumbers(block, update.termsOf(weight), run.conventions.digits)) : [],
    },
    notes: texts[segment.notes],
  };
}

function kindOf({ network }, weight, update) {
  const { layer, row } = weight;
  const isBias = isBiased(network, layer) && row === network.shapes[layer - 1][0] - 1;
  return `${layer}${isBias ? "b" : ""}${update.isFrozen(weight) ? "f" : ""}`;
}

/** Return what indices mean, with the weight's names. */
function withNames({ step }, { layer, row, column }, text) {
  const { rows, columns } = step.names[`W${layer}`];
  return text.replaceAll(/\{(row|column)\}/g, (_, side) => (side === "row" ? rows[row] : columns[column]));
}

/** Return the lines of the script that trains to an epoch: of those of a segment they differ in its number only. */
function scriptAt({ script, epoch_line }, texts, epoch) {
  return script.map((place, i) => (i === epoch_line ? texts[place].replace(/\d+/, epoch) : texts[place]));
}

/** Return equations with numbers in their places, and with sums in one row where they fit. */
export function withNumbers(markup, terms, digits) {
  const table = math(markup);
  const wide = digitsNeeded(terms.w, terms.w_after, digits);
  for (const place of table.querySelectorAll("mtext")) {
    const [, of, kind, name] = place.textContent.match(/^(weight_)?(value|operand):(\w+)$/) ?? [];
    if (kind) place.replaceWith(numberIn(terms[name], of ? wide : digits, kind === "operand"));
  }
  for (const row of table.querySelectorAll("mtr")) joinRow(row);
  return table;
}

/** Return the digits at which two numbers show `digits` digits of their difference. */
export function digitsNeeded(before, after, digits) {
  const [change, size] = [Math.abs(after - before), Math.max(Math.abs(before), Math.abs(after))];
  if (!change || !Number.isFinite(change)) return digits;
  return Math.min(MOST_DIGITS, digits + Math.max(0, Math.ceil(Math.log10(size / change))));
}

/** Return a number in MathML; an operand is in brackets if it is negative or itself a product. */
function numberIn(value, digits, isOperand) {
  const text = pretty(value, digits);
  if (Number.isNaN(value)) return part("mtext", "undefined");
  const [head, power] = text.split(POWER);
  const times = power === undefined ? [] : [part("mo", "×"), part("msup", part("mn", "10"), part("mrow", ...signed(fromSuperscripts(power))))];
  const number = part("mrow", ...signed(head), ...times);
  return isOperand && operand(value, digits) !== text ? part("mrow", part("mo", "("), number, part("mo", ")")) : number;
}

/** Return a number's sign, if it is negative, and what follows it. */
function signed(text) {
  const body = text.replace(/^[-−]/, "");
  return [...(body === text ? [] : [part("mo", "−")]), part(body === "∞" ? "mo" : "mn", body)];
}

/** Put the second row of a sum into the first one if both together are short. */
function joinRow(row) {
  const [, side] = row.children;
  const [space, , ...second] = side?.childNodes ?? [];
  if (space?.localName !== "mspace") return;
  const first = row.previousElementSibling.children[1].lastElementChild;
  if (widthOf(first) + second.slice(1).reduce((sum, node) => sum + widthOf(node), 0) > MOST_LETTERS) return;
  first.append(...second);
  row.remove();
}

const widthOf = ({ textContent }) => textContent.replaceAll(WIDTHLESS, "").length;

function part(tag, ...children) {
  const element = document.createElementNS(MATHML, tag);
  if (tag === "mo") element.setAttribute("stretchy", "false");
  element.append(...children);
  return element;
}
