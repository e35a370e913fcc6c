// A run of a page for tests: two inputs, two hidden units, one output, four samples.
import { PageRun } from "/pages/ui/live/run_page/page_run.js";

const THEME = { "chart-diverging-colors": "#0000ff,#ffffff,#ff0000", "chart-categorical-colors": "#ff0000,#00ff00", "text-color": "#111111", "background-color": "#ffffff", "border-color": "#cccccc", font: "sans-serif" };
for (const [name, value] of Object.entries(THEME)) document.documentElement.style.setProperty(`--st-${name}`, value);

const nodes = (...names) => ({ names, more: 0, bias: names.at(-1) === "bias" });
const table = (rows, columns, values) => ({ rows, columns, values: Float64Array.from(values) });
const axis = (index) => ({ index, name: `x${index + 1}`, low: -1, high: 2, rawLow: -1, rawHigh: 2 });

export const scene = {
  W1: { rows: ["x1", "x2", "bias"], columns: ["h1", "h2"], block: [1, 1] },
  W2: { rows: ["h1", "h2", "bias"], columns: ["y"], block: [1, 1] },
  diagram: { columns: [nodes("x1", "x2", "bias"), nodes("h1", "h2", "bias"), nodes("y")] },
  hidden: "sigmoid", score: "accuracy", base_rate: 0.5, samples: 4, sample: 1, scored: { moving: true, whole: true }, features: ["x1", "x2"],
  outputs: ["y"], regions: false, views: ["weight"], plane: [0, 1, -1], midpoints: { weights: 1, gradients: 0.1, updates: 0.01 }, lacks: {},
};

const stage = {
  scene, marks: [], breaks: [], why: "The film ends here", saturation: [-4, 4], most: { moving: 500, whole: 20000 },
  scores: { stride: 20, epochs: [0, 20], values: [[0.5, null], [0.75, null]] }, norms: { stride: 20, epochs: [0, 20], values: [[1, 1], [1, 1]] },
  plane: {
    axes: [axis(0), axis(1)], means: [0.5, 0.5], mean_texts: ["x1 = 0.5", "x2 = 0.5"], most_means: 3, most_points: 500, ranges: [[0, 1]],
    scene: { task: "binary", classes: ["0", "1"], activations: { hidden: "sigmoid", output: "sigmoid" }, bounds: [0, 1], units: [2], outputs: 1, biasHidden: true },
  },
};

/** Return a run with a film of these epochs, whose weights are its epochs; `fields` replace others. */
export function runOf(epochs, fields = {}) {
  const last = epochs.at(-1);
  const rows = Float64Array.of(0, 1, 2, 3);
  return Object.assign(Object.create(PageRun.prototype), {
    token: "run", lineage: "line", trained: last, length: 1000, ended: "done", task: "binary", samples: 4, stage, rows,
    epochs: Float64Array.from(epochs), network: { shapes: [[3, 2], [3, 1]], bias: { input: true, hidden: true }, hidden: "sigmoid", output: "sigmoid" },
    X: table(4, 2, [0, 0, 0, 1, 1, 0, 1, 1]), y: table(4, 1, [0, 1, 1, 0]), segments: [{ from: 0, index: 0, loss: "half_mse", factor: 1, settings: { loss: "half_mse" } }],
    factors: { target: { threshold: 0.5 } },
    losses: { first: 0, count: last + 1, block: 1, curves: 1 }, arrays: { "losses/0": { values: new Float64Array(last + 1).fill(0.5) } },
    weightsAt: (place) => [6, 3].map((size) => new Float64Array(size).fill(epochs[place])), lossesAt: (place) => [1 / (1 + epochs[place])], gradientsAt: () => undefined,
    ...fields,
  });
}
