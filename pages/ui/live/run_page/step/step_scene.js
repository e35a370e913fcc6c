// What the step through shows of an epoch: in the app pages/ui/chain_rule/step_through/scene.py sends it.
import { Paths } from "../../chain_rule/paths.js";
import { whole } from "../../draw/numbers.js";
import { rowsOf } from "../../step_through/values.js";
import { costs, depthOf, forwardPass, FUSED, isBiased, nameOf, withOnes } from "../network_pass.js";
import { passAt } from "../run_pass.js";
import { fill } from "../sentence.js";
import { Update } from "./update_rule.js";
import { formsAt } from "./update_forms.js";

const OF_UPDATE = ["update", "new_C"]; // stops
const NEXT = "To the next epoch in this page, and start again at X";

/** Return the scene of what is chosen, { epoch, sample, weight, output }, as StepThrough.show() takes it. */
export function stepScene(run, chosen) {
  const place = run.placeOf(chosen.epoch);
  const pass = passAt(run, place);
  const at = { run, place, pass, epoch: run.epochs[place], segment: pass.segment };
  const update = new Update(run, pass);
  const window = windowOf(run, at.segment.loss, chosen.sample);
  const groups = { samples: samplesOf(at, window, update), matrices: matricesOf(at, update) };
  const forms = formsAt(run, at.epoch, chosen.weight, update);
  if (!update.after) forms.notes = [...forms.notes, gapText(run, place)];
  return {
    ...header(at, chosen, update, window), state: stateOf(at, chosen, window), forms,
    groups: Object.fromEntries(Object.entries(groups).map(([name, arrays]) => [name, Object.keys(arrays)])),
    arrays: Object.assign({}, ...Object.values(groups)),
  };
}

function header({ run, place, pass, epoch, segment }, { sample, weight, output }, update, { from, to }) {
  const { token, samples, names, network, conventions, midpoints, step } = run;
  return {
    token, epoch, samples, names, conventions, midpoints, first: from, numbers: run.isWhole ? undefined : [...run.rows.subarray(from, to)],
    focus: { sample, weight, output }, path: pathOf(run, pass, { sample, weight, output }), bias: network.bias,
    functions: { hidden: network.hidden, output: network.output, loss: segment.loss }, fused: segment.loss === FUSED,
    cost: run.lossesAt(place)[0] * segment.factor, new_cost: Number.isNaN(update.cost) ? null : update.cost, finite: update.isFinite,
    ends: place < run.epochs.length - 1 ? "" : "page", next: NEXT,
    stops: step.stops.filter(({ name }) => update.after || !OF_UPDATE.includes(name)),
  };
}

/** Return the name of what each group belongs to. */
function stateOf({ epoch, segment }, { weight }, { from }) {
  const step = `${epoch} ${segment.loss}`;
  return { samples: `${step} ${from}`, matrices: step, forms: `${step} ${Object.values(weight)}` };
}

/** Return which of the page's samples are shown, as places { from, to }; they move by half their number, so that few moves do it. */
export function windowOf(run, loss, sample) {
  const count = Math.min(run.X.rows, Math.max(1, Math.floor(run.step.most_numbers / numbersOfSample(run, loss))));
  const half = Math.max(1, Math.floor(count / 2));
  const first = Math.floor(run.sampleAt(sample) / half) * half - Math.floor(count / 4);
  const from = Math.min(Math.max(0, first), run.X.rows - count);
  return { from, to: from + count };
}

/** Return about how many numbers of a sample are shown. */
function numbersOfSample({ network, X }, loss) {
  const units = network.shapes.reduce((sum, [, columns]) => sum + columns, 0);
  const isJacobian = network.output === "softmax" && loss !== FUSED;
  return X.columns + 7 * units + (isJacobian ? network.shapes.at(-1)[1] ** 2 : 0);
}

function samplesOf({ run, segment, pass: { forward, backward } }, { from, to }, update) {
  const { network, samples: N } = run;
  const rows = (array) => rowsOf(array, from, to);
  const [X, y] = [rows(run.X), rows(run.y)];
  const own = { y, ...named(network, forward, "", rows), ...slopesOf(network, backward, rows, segment.loss) };
  own.X = biased(network, 1, X);
  own.C = costs(network, rowsOfPass(forward, rows), y, segment.loss, N);
  if (!update.after || update.after.some((W) => !W.every(Number.isFinite))) return own;
  const after = forwardPass(network, update.after, X);
  return { ...own, ...named(network, after, "new_", (array) => array, false), new_C: costs(network, after, y, segment.loss, N) };
}

const rowsOfPass = ({ sums, values, inputs }, rows) => ({ sums: sums.map(rows), values: values.map(rows), inputs: inputs.map(rows) });

const biased = (network, layer, values) => (isBiased(network, layer) ? withOnes(values) : values);

/** Return H and Z of each hidden layer, O and ŷ; `withOne`: Z with its constant 1. */
function named(network, { sums, values }, before, rows, withOne = true) {
  const found = { [`${before}O`]: rows(sums.at(-1)), [`${before}y_hat`]: rows(values.at(-1)) };
  for (let layer = 1; layer < depthOf(network); layer++) {
    const Z = rows(values[layer - 1]);
    found[`${before}${nameOf(network, "H", layer)}`] = rows(sums[layer - 1]);
    found[`${before}${nameOf(network, "Z", layer)}`] = withOne ? biased(network, layer + 1, Z) : Z;
  }
  return found;
}

/** Return ∂C by every layer, and the activations' slopes. */
function slopesOf(network, { error, slope, deltas, through, slopes }, rows, loss) {
  const found = { dC_dyhat: rows(error), dC_dO: rows(deltas.at(-1)), ...(loss !== FUSED && { dyhat_dO: rows(slope) }) };
  for (let layer = 1; layer < depthOf(network); layer++) {
    const [Z, H] = ["Z", "H"].map((letter) => nameOf(network, letter, layer));
    Object.assign(found, { [`dC_d${Z}`]: rows(through[layer - 1]), [`dC_d${H}`]: rows(deltas[layer - 1]), [`d${Z}_d${H}`]: rows(slopes[layer - 1]) });
  }
  return found;
}

function matricesOf({ run, pass: { weights, gradients } }, { after }) {
  const matrices = run.network.shapes.map(([rows, columns], i) => {
    const matrix = (values) => ({ rows, columns, values });
    return { [`W${i + 1}`]: matrix(weights[i]), [`dW${i + 1}`]: matrix(gradients[i]), ...(after && { [`new_W${i + 1}`]: matrix(after[i]) }) };
  });
  return Object.assign({}, ...matrices);
}

/** Return the units from the weight's own, and the output, of the path of the largest product; of a weight of the last matrix the output only. */
function pathOf(run, pass, { sample, weight, output }) {
  const { network, names } = run;
  if (weight.layer === depthOf(network)) return [weight.column];
  const { forward, backward: { deltas, slopes } } = pass.ofSample(run.sampleAt(sample));
  const scene = { names, dC_dO: deltas.at(-1) };
  pass.weights.forEach((values, i) => {
    const layer = i + 1;
    const H = layer < depthOf(network) ? nameOf(network, "H", layer) : "O";
    scene[`W${layer}`] = { columns: network.shapes[i][1], values };
    scene[`d${H}_dW${layer}`] = biased(network, layer, forward.inputs[i]);
    if (layer < depthOf(network)) scene[`d${nameOf(network, "Z", layer)}_d${H}`] = slopes[i];
  });
  return new Paths(scene).largest(weight, 1, output)[0].units;
}

/** Return why there is no update: the page lacks the epochs that it leads to. */
function gapText({ epochs, step: { gap } }, place) {
  const [epoch, next] = [epochs[place], epochs[place + 1]].map(whole);
  return fill(gap, { epoch, next });
}
