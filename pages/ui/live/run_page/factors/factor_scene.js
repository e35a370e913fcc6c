// The scene of the chain rule, computed in the page: what pages/ui/chain_rule/scene.py sends, by the same names.
import { depthOf, FUSED, isBiased, nameOf, rowsOfBatch, withOnes } from "../network_pass.js";
import { passAt } from "../run_pass.js";

/** Return the scene at a place of a run's film; `focus`: { sample, output, weight }, of a sample that the page has. */
export function factorScene(run, place, focus) {
  const epoch = run.epochs[place];
  const pass = passAt(run, place);
  const { loss, factor, settings, frozen, index } = pass.segment;
  const { forms, functions, midpoints, lack } = run.factors;
  return {
    hidden: "", token: run.token, derivation: "", epoch, samples: run.samples, lack,
    focus,
    names: run.names, bias: run.network.bias, fused: loss === FUSED, other_loss: factor !== 1, l2: settings.l2, conventions: run.conventions,
    midpoints: midpoints[index], matrices: `${run.token} ${epoch}`, forms: forms[loss], functions, frozen,
    ...matricesOf(run, pass), ...factorsOf(run, pass, run.sampleAt(focus.sample)),
  };
}

/** Return each matrix and its gradient by name (W1, dW1, W2, …); if the page has every sample, also the contributions' sum and that of magnitudes. */
function matricesOf({ network: { shapes }, isWhole }, { weights, gradients, sums, sizes }) {
  const kinds = { W: weights, dW: gradients, ...(isWhole && { sum: sums, size: sizes }) };
  const each = ([name, matrices]) => matrices.map((values, n) => [`${name}${n + 1}`, { rows: shapes[n][0], columns: shapes[n][1], values }]);
  return Object.fromEntries(Object.entries(kinds).flatMap(each));
}

/** Return one sample's row of the forward pass, of every factor, and of ∂C by every layer; and its raw inputs. */
function factorsOf(run, pass, at) {
  const { network, arrays: { shift, scale } } = run;
  const { forward, backward: { error, slope, deltas, through, slopes } } = pass.ofSample(at);
  const y = rowsOfBatch(run.y, at);
  const arrays = {
    O: forward.sums.at(-1), y, y_hat: forward.values.at(-1), dC_dyhat: error, dyhat_dO: square(slope, y.columns), dC_dO: deltas.at(-1),
    raw: rowsOfBatch(run.raw, at), shift, scale,
  };
  const last = depthOf(network);
  for (let layer = 1, n = 0; layer <= last; layer++, n++) {
    const [H, Z] = ["H", "Z"].map((letter) => nameOf(network, letter, layer));
    arrays[`d${layer === last ? "O" : H}_dW${layer}`] = isBiased(network, layer) ? withOnes(forward.inputs[n]) : forward.inputs[n];
    if (layer < last) Object.assign(arrays, { [H]: forward.sums[n], [Z]: forward.values[n], [`d${Z}_d${H}`]: slopes[n], [`dC_d${Z}`]: through[n], [`dC_d${H}`]: deltas[n] });
  }
  return arrays;
}

/** Return a softmax's Jacobian as a matrix, another output's slopes as they are. */
const square = (slope, outputs) => (slope.columns > outputs ? { ...slope, rows: outputs, columns: outputs } : slope);
