// A sweep's results: what the runs of a cell come to, whatever the measure and the threshold.
import { short } from "../draw/numbers.js";

const COLUMNS = ["run", "first", "final", "lowest", "lowestEpoch", "firstValidation", "validation", "ended", "epochs", "seconds"]; // FIELDS of pages/ui/runs/sweep/server.py
const DIVERGED = 1, FAILED = 3; // why a run ended: places in the scene's endings
const DIGITS = [2, 3, 4]; // significant ones: as many as set different values apart
const SPAN = 2; // from the highest C of a scale to the lowest, at least: less is no difference to colour
export const MEASURES = { median: "Median final C", validation: "Median validation C", lowest: "Lowest C", share: "Share below" };

/** The results of all runs, cell by cell. */
export class Results {
  count = 0; // of results
  #runs; // by place; undefined until they come

  constructor(cells, seeds) {
    this.cells = cells;
    this.#runs = Array.from({ length: cells * seeds });
  }

  /** Add the rows of a message, of which the first is result number `first`; return the cells that changed. */
  add({ rows, columns, values }, first) {
    const cells = new Set();
    if (first > this.count) return cells; // what is before them is missing
    for (let row = this.count - first; row < rows; row++) {
      const result = Object.fromEntries(COLUMNS.map((name, i) => [name, values[row * columns + i]]));
      this.#runs[result.run] = result;
      cells.add(result.run % this.cells);
    }
    this.count = Math.max(this.count, first + rows);
    return cells;
  }

  /** Return the runs of a cell that have come, by seed. */
  of(cell) {
    const runs = [];
    for (let run = cell; run < this.#runs.length; run += this.cells) if (this.#runs[run]) runs.push(this.#runs[run]);
    return runs;
  }

  /** Return C at epoch 0 of the runs that have come: of a measure, over the validation samples if it is of them. */
  firsts(measure) {
    const name = measure === "validation" ? "firstValidation" : "first";
    return this.#runs.flatMap((run) => (run?.[name] > 0 ? [run[name]] : []));
  }
}

export const isFailed = ({ ended }) => ended === FAILED;
const trained = (runs) => runs.filter((run) => !isFailed(run));
export const failures = (runs) => runs.length - trained(runs).length;

/**
 * Return what some runs come to by a measure: C, or for "share" the share of them that ever had a C below the threshold.
 * NaN without runs, but for those that could not be trained. A run that diverged counts as infinite in the median, for it is worse than any other.
 */
export function measureOf(all, measure, threshold) {
  const runs = trained(all);
  if (!runs.length) return NaN;
  if (measure === "share") return below(runs, threshold) / runs.length;
  if (measure === "lowest") return Math.min(...runs.map(({ lowest }) => lowest));
  return median(runs.map((run) => (run.ended === DIVERGED ? Infinity : measure === "validation" ? run.validation : run.final)));
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : sorted[half - 1] / 2 + sorted[half] / 2;
}

const below = (runs, threshold) => runs.filter(({ lowest }) => lowest < threshold).length;

export const diverged = (runs) => runs.filter(({ ended }) => ended === DIVERGED).length;

/** Return the text of a cell's share: of how many runs how many. */
export function shareText(all, threshold) {
  const runs = trained(all);
  return runs.length ? `${below(runs, threshold)}/${runs.length}` : "";
}

/** Return the texts of values of C, with more digits where different ones would have the same. */
export function valueTexts(values) {
  const texts = values.map((value) => (Number.isNaN(value) ? "" : value === Infinity ? "∞" : short(value, DIGITS[0])));
  for (const digits of DIGITS.slice(1)) {
    const alike = new Map(); // texts: the values that have them
    texts.forEach((text, i) => alike.set(text, (alike.get(text) ?? new Set()).add(values[i])));
    texts.forEach((text, i) => Number.isFinite(values[i]) && alike.get(text).size > 1 && (texts[i] = short(values[i], digits)));
  }
  return texts;
}

/** Return a sentence about a cell for screen readers. */
export function cellSentence(name, all, seeds, measure, threshold) {
  const [runs, lacking] = [trained(all), failures(all)];
  const failed = lacking ? `; ${lacking} could not be trained` : "";
  if (!runs.length) return `${name}: no result${failed || " yet"}`;
  const of = all.length < seeds ? `${runs.length} of ${seeds} runs so far` : runs.length > 1 ? `${runs.length} runs` : "one run";
  const value = measureOf(runs, measure, threshold);
  const result = measure === "share" ? `C below ${short(threshold)} in ${below(runs, threshold)} of ${of}`
    : `${MEASURES[measure].toLowerCase().replace(/c$/, "C")} ${value === Infinity ? "infinite" : short(value, 4)} of ${of}`;
  const lost = diverged(runs);
  return `${name}: ${result}${lost ? `; ${lost} diverged` : ""}${failed}`;
}

/**
 * Return the scale of a measure's values: the best and the worst that have a colour of their own, and the share of the way from the
 * best (0) to the worst (1). A C as at epoch 0, the median of `firsts`, or above it is the worst; without any there is no scale.
 */
export function scaleOf(values, measure, firsts) {
  if (measure === "share") return { best: 1, worst: 0, share: (value) => 1 - value };
  const worst = firsts.length ? median(firsts) : NaN;
  const best = Math.min(worst / SPAN, ...values.filter((value) => value > 0));
  const length = Math.log(worst / best);
  return { best, worst, share: (value) => (value >= worst ? 1 : Math.max(0, Math.log(Math.max(value, best) / best) / length)) };
}
