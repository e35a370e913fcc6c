// A sweep's results: what the runs of a cell come to, whatever the measure and the threshold.
import { compact } from "../draw/numbers.js";

const COLUMNS = ["run", "final", "lowest", "lowestEpoch", "ended", "epochs", "seconds"]; // of a result: see sweep_server.py
const DIVERGED = 1, FAILED = 3; // why a run ended
export const MEASURES = { median: "Median final C", lowest: "Lowest C", share: "Share below" };

/** The results of all runs, cell by cell. */
export class Results {
  count = 0; // of results
  #runs; // by place; undefined until they come

  constructor(cells, seeds) {
    this.seeds = seeds;
    this.#runs = Array.from({ length: cells * seeds });
  }

  /** Add the rows of a message, of which the first is result number `first`; return the cells that changed. */
  add({ rows, columns, values }, first) {
    const cells = new Set();
    if (first > this.count) return cells; // what is before them is missing
    for (let row = this.count - first; row < rows; row++) {
      const result = Object.fromEntries(COLUMNS.map((name, i) => [name, values[row * columns + i]]));
      this.#runs[result.run] = result;
      cells.add(Math.floor(result.run / this.seeds));
    }
    this.count = Math.max(this.count, first + rows);
    return cells;
  }

  /** Return the runs of a cell that have come, by seed. */
  of(cell) {
    return this.#runs.slice(cell * this.seeds, (cell + 1) * this.seeds).filter(Boolean);
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
  const finals = runs.map(({ final, ended }) => (ended === DIVERGED ? Infinity : final)).sort((a, b) => a - b);
  const half = finals.length >> 1;
  return finals.length % 2 ? finals[half] : finals[half - 1] / 2 + finals[half] / 2;
}

const below = (runs, threshold) => runs.filter(({ lowest }) => lowest < threshold).length;

export const diverged = (runs) => runs.filter(({ ended }) => ended === DIVERGED).length;

/** Return the text of a cell. */
export function cellText(all, measure, threshold) {
  const runs = trained(all);
  if (!runs.length) return "";
  if (measure === "share") return `${below(runs, threshold)}/${runs.length}`;
  const value = measureOf(runs, measure, threshold);
  return value === Infinity ? "∞" : compact(value, 2);
}

/** Return a sentence about a cell for screen readers. */
export function cellSentence(name, all, seeds, measure, threshold) {
  const [runs, lacking] = [trained(all), failures(all)];
  const failed = lacking ? `; ${lacking} could not be trained` : "";
  if (!runs.length) return `${name}: no result${failed || " yet"}`;
  const of = all.length < seeds ? `${runs.length} of ${seeds} runs so far` : runs.length > 1 ? `${runs.length} runs` : "one run";
  const value = measureOf(runs, measure, threshold);
  const result = measure === "share" ? `C below ${compact(threshold)} in ${below(runs, threshold)} of ${of}`
    : value === Infinity ? `median final C infinite of ${of}`
    : `${MEASURES[measure].toLowerCase().replace(/c$/, "C")} ${compact(value)} of ${of}`;
  const lost = diverged(runs);
  return `${name}: ${result}${lost ? `; ${lost} diverged` : ""}${failed}`;
}

/** Return the scale of a measure's values: their least and most, and how far a value is from the worse end (0) to the better one (1). */
export function scaleOf(values, measure) {
  if (measure === "share") return { least: 0, most: 1, place: (value) => value };
  const positive = values.filter((value) => value > 0 && value < Infinity);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  const length = Math.log(most) - Math.log(least);
  const place = (value) => (value === Infinity ? 0 : value <= least ? 1 : length > 0 ? (Math.log(most) - Math.log(value)) / length : 1);
  return { least, most, place };
}
