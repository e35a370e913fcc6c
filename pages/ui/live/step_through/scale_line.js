// The colours of numbers in one line, where a stop has numbers of several kinds, each with a scale of its own.
import { make } from "../dom.js";
import { short } from "../draw/numbers.js";

const ENDS = 10; // times the midpoint
const NAMES = { weights: "weights and values", gradients: "∂C/∂ …", updates: "ΔW" };
const HELP = "A kind of numbers has the same colours in the whole run; each kind has its own";

/** Return a scale for each kind among the parts, with its name and ends; none if they share one. */
export function scaleLine(parts, midpoints, { scale }) {
  const kinds = Object.keys(NAMES).filter((kind) => parts.some((part) => part.kind === kind));
  if (kinds.length < 2) return [];
  const colours = scale.filter((_, i) => i % 16 === 0 || i === scale.length - 1).map((colour) => `rgb(${colour})`);
  return kinds.map((kind) => {
    const bar = make("i");
    bar.style.background = `linear-gradient(90deg, ${colours.join()})`;
    const [low, high] = [-ENDS, ENDS].map((times) => short(times * midpoints[kind], 1));
    return make("span", { title: HELP }, `${NAMES[kind]} ${low} `, bar, ` ${high}`);
  });
}
