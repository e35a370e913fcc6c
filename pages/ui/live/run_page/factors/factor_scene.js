// The scene of the chain rule, computed in the page: what pages/ui/chain_rule/scene.py sends, by the same names.
import { backwardPass, forwardPass, FUSED, gradients, isBiased, nameOf, rowsOfBatch, sumsAndSizes, withOnes } from "../network_pass.js";

/** The scenes of a run. What no sample changes is computed once for each epoch; the latest is kept. */
export class FactorScenes {
  #run;
  #latest = {}; // { place, matrices }

  constructor(run) {
    this.#run = run;
  }

  /** Return the scene at a place of the film; `focus`: { sample, output, weight }, of a sample that the page has. */
  at(place, focus) {
    const run = this.#run;
    const epoch = run.epochs[place];
    const { loss, factor, settings, frozen } = run.segmentAt(epoch);
    const { forms, functions, midpoints } = run.factors;
    return {
      hidden: "", token: run.token, derivation: "", epoch, samples: run.samples, present: run.X.rows,
      focus, names: run.names, bias: run.network.bias, fused: loss === FUSED, other_loss: factor !== 1, l2: settings.l2, conventions: run.conventions,
      midpoints: midpoints[run.segments.indexOf(run.segmentAt(epoch))], matrices: `${run.token} ${epoch}`, forms: forms[loss], functions, frozen,
      ...this.#matricesAt(place, loss, factor), ...this.#factorsAt(place, run.sampleAt(focus.sample), loss),
    };
  }

  /** Return each matrix, its gradient and, if the page has every sample, their sum and that of magnitudes. */
  #matricesAt(place, loss, factor) {
    if (this.#latest.place !== place) this.#latest = { place, matrices: this.#computeMatrices(place, loss, factor) };
    return this.#latest.matrices;
  }

  #computeMatrices(place, loss, factor) {
    const { network, X, y, isWhole, samples } = this.#run;
    const weights = this.#run.weightsAt(place);
    if (!isWhole) return this.#named({ W: weights, dW: this.#run.gradientsAt(place).map((matrix) => matrix.map((value) => value * factor)) });
    const forward = forwardPass(network, weights, X);
    const backward = backwardPass(network, weights, forward, y, loss, samples);
    const { sums, sizes } = sumsAndSizes(network, forward, backward);
    return this.#named({ W: weights, dW: gradients(network, forward, backward), sum: sums, size: sizes });
  }

  /** Return matrices as arrays by name and number: W1, W2, … */
  #named(kinds) {
    const { shapes } = this.#run.network;
    const each = ([name, matrices]) => matrices.map((values, n) => [`${name}${n + 1}`, { rows: shapes[n][0], columns: shapes[n][1], values }]);
    return Object.fromEntries(Object.entries(kinds).flatMap(each));
  }

  /** Return one sample's row of the forward pass, of every factor, and of ∂C by every layer; and its raw inputs. */
  #factorsAt(place, at, loss) {
    const { network, samples, arrays: { shift, scale } } = this.#run;
    const [X, y, raw] = [this.#run.X, this.#run.y, this.#run.raw].map((batch) => rowsOfBatch(batch, at));
    const weights = this.#run.weightsAt(place);
    const forward = forwardPass(network, weights, X);
    const { error, slope, deltas, through, slopes } = backwardPass(network, weights, forward, y, loss, samples);
    const arrays = {
      O: forward.sums.at(-1), y, y_hat: forward.values.at(-1), dC_dyhat: error, dyhat_dO: square(slope, y.columns), dC_dO: deltas.at(-1),
      raw, shift, scale,
    };
    weights.forEach((_, n) => {
      const [layer, isLast] = [n + 1, n === weights.length - 1];
      const [H, Z] = ["H", "Z"].map((letter) => nameOf(network, letter, layer));
      arrays[`d${isLast ? "O" : H}_dW${layer}`] = isBiased(network, layer) ? withOnes(forward.inputs[n]) : forward.inputs[n];
      if (!isLast) Object.assign(arrays, { [H]: forward.sums[n], [Z]: forward.values[n], [`d${Z}_d${H}`]: slopes[n], [`dC_d${Z}`]: through[n], [`dC_d${H}`]: deltas[n] });
    });
    return arrays;
  }
}

/** Return a softmax's Jacobian as a matrix, another output's slopes as they are. */
const square = (slope, outputs) => (slope.columns > outputs ? { ...slope, rows: outputs, columns: outputs } : slope);
