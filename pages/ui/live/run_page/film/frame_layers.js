// What a frame of the film carries: the twin of pages/ui/train/frame_views.py, by the same names.
import { forwardPass, isBiased, norms, rowsOfBatch, score } from "../network_pass.js";
import { passAt, spread } from "../run_pass.js";
import { blockMeans } from "./thinning.js";

/** Return the arrays of a place of the film that the open views need; `content`: { views, plane, sample }; `whole`: every weight, however large the matrix. */
export function frameLayers(run, place, { views, plane, sample }, whole) {
  const pass = passAt(run, place);
  const most = run.stage.most[whole ? "whole" : "moving"]; // samples for score and saturation
  const layers = {};
  const add = (prefix, matrices) => matrices.forEach((matrix, n) => {
    layers[`${prefix}W${n + 1}`] = whole ? matrix : blockMeans(matrix, run.stage.scene[`W${n + 1}`]);
  });
  add("", pass.weights);
  if (views.has("gradients")) add("d", pass.ownGradients);
  if (views.has("updates")) add("u", updates(run, place));
  if (views.has("network")) {
    edges(run, views.has("network_gradients") ? pass.ownGradients : pass.weights).forEach((values, n) => (layers[`edges${n + 1}`] = values));
    const values = nodeValues(run, pass.weights, sample);
    if (values) layers.sample = values;
    layers.saturation = saturation(run, pass.forwardOf(most));
  }
  if (plane && (views.has("surface") || views.has("units"))) layers.slice = plane.slice(pass.weights);
  if (views.has("norms")) layers.norms = Float64Array.from(norms(pass.ownGradients));
  if (views.has("score")) {
    const values = run.isWhole ? scores(run, pass, most) : scoresOfCurve(run, place);
    if (values) layers.score = values;
  }
  return layers;
}

/** Return accuracy or R² over at most so many training and validation samples; NaN without any. */
function scores({ network, task, y, X_val, y_val, factors }, pass, most) {
  const of = (forward, targets) => score(task, forward.values.at(-1), spread(targets, most), factors.target.threshold);
  const validation = X_val?.rows ? of(forwardPass(network, pass.weights, spread(X_val, most)), y_val) : NaN;
  return Float64Array.of(of(pass.forwardOf(most), y), validation);
}

/** Return the change of each matrix since the epoch before; 0 at epoch 0. Every epoch is in the film. */
function updates(run, place) {
  const [now, before] = [run.weightsAt(place), run.weightsAt(Math.max(0, place - 1))];
  return now.map((matrix, n) => matrix.map((weight, at) => weight - before[n][at]));
}

/** Return the numbers of each matrix between the nodes of the diagram: it may omit some of a layer, but not the bias. */
function edges({ network, stage: { scene } }, matrices) {
  const { columns: layers } = scene.diagram;
  return matrices.map((matrix, n) => {
    const [rows, width] = network.shapes[n];
    const nodes = layers[n].names.length;
    const across = layers[n + 1].names.length - Number(layers[n + 1].bias);
    if (nodes === rows && across === width) return matrix;
    const values = new Float64Array(nodes * across);
    for (let row = 0; row < nodes; row++) {
      const from = width * (isBiased(network, n + 1) && row === nodes - 1 ? rows - 1 : row);
      values.set(matrix.subarray(from, from + across), row * across);
    }
    return values;
  });
}

/** Return the values of a sample, by its number in the run, at the nodes of the diagram; undefined if the page lacks it. */
function nodeValues(run, weights, sample) {
  const place = run.sampleAt(sample);
  if (place < 0) return undefined;
  const X = rowsOfBatch(run.X, place);
  const columns = [X, ...forwardPass(run.network, weights, X).values];
  return Float64Array.from(run.stage.scene.diagram.columns.flatMap(({ names, bias }, n) => [...columns[n].values.subarray(0, names.length - Number(bias))]));
}

/** Return each hidden unit's share of samples saturated low, then of those saturated high. */
function saturation({ stage: { saturation: [low, high] } }, { sums }) {
  const hidden = sums.slice(0, -1);
  const units = hidden.reduce((sum, { columns }) => sum + columns, 0);
  const counts = new Float64Array(2 * units);
  let first = 0;
  for (const { columns, values } of hidden) {
    for (let at = 0; at < values.length; at++) {
      const unit = first + (at % columns);
      if (low !== null && values[at] <= low) counts[unit] += 1;
      if (high !== null && values[at] >= high) counts[units + unit] += 1;
    }
    first += columns;
  }
  return counts.map((count) => count / hidden[0].rows);
}

/** Return the scores over all samples, which the page lacks, at an epoch of the curve; undefined between them. */
function scoresOfCurve({ epochs, stage: { scores } }, place) {
  const at = scores.epochs.indexOf(epochs[place]);
  return at < 0 ? undefined : Float64Array.from(scores.values[at], (value) => value ?? NaN);
}
