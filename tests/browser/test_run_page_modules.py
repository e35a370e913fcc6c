"""The mathematics of a run's page, in the browser, against core's."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from core.activations import HIDDEN, OUTPUT
from core.chain import sample_share, sample_values
from core.chain.partials import hidden_symbol
from core.dataset import metrics
from core.dataset.roles import Task
from core.gradients import gradients
from core.losses import check_loss, losses_for
from core.network import Network, with_ones
from core.training.trainer import ignore_float_errors
from pages.ui.save.page.coding import MOST_DIFFERENCES, encode_rows

Array = NDArray[np.float64]
Arrays = list[Array]

SAMPLES, OF = 7, 11  # on a page, and in its run
TOLERANCE = 1e-12  # of the sum of magnitudes
SCALES = (1.0, 30.0, 1e40)  # of weights: usual ones, of saturated units, of a run that diverges
SLOPE_SIZES: dict[
    str, Callable[[Array], Array]
] = {  # of the terms of a slope, from the activation's value
    "sigmoid": lambda a: np.abs(a) * (1 + np.abs(a)),
    "tanh": lambda a: 1 + a * a,
    "relu": np.ones_like,
    "identity": np.ones_like,
}

# As JSON: Playwright would take apart each of the many numbers.
PASS = """async (text) => {
  const [cases, X, N] = JSON.parse(text);
  const code = await import("/pages/ui/live/run_page/network_pass.js");
  const batch = (table) => (
    { rows: table.length, columns: table[0].length, values: Float64Array.from(table.flat()) });
  const listed = (of) => (
    ArrayBuffer.isView(of) ? [...of] : Array.isArray(of) ? of.map(listed) : [...of.values]);
  const found = cases.map(({ network, weights, y, loss }) => {
    const targets = batch(y);
    const forward = code.forwardPass(network, weights.map((W) => Float64Array.from(W)), batch(X));
    const back = code.backwardPass(network, weights, forward, targets, loss, N);
    const { sums: added, sizes } = code.sumsAndSizes(network, forward, back);
    const gradients = code.gradients(network, forward, back);
    const norms = code.norms(gradients).map((norm) => Float64Array.of(norm));
    const costs = code.costs(network, forward, targets, loss, N);
    const all = { ...forward, ...back, costs, gradients, added, sizes, norms };
    return Object.fromEntries(Object.entries(all).map(([name, of]) => [name, listed(of)]));
  });
  const special = (_, part) => (typeof part !== "number" || isFinite(part) ? part : String(part));
  return JSON.stringify(found, special);
}"""


@dataclass(frozen=True)
class Case:
    """A network, targets and a loss; what the browser finds is compared with what core does."""

    net: Network
    X: Array
    y: Array
    loss: str

    @property
    def message(self) -> dict[str, Any]:
        net = self.net
        biases = {"input": net.bias_input, "hidden": net.bias_hidden}
        forms = {"bias": biases, "hidden": net.hidden, "output": net.output}
        return {
            "network": {"shapes": net.shapes} | forms,
            "weights": [W.ravel().tolist() for W in net.weights],
            "y": self.y.tolist(),
            "loss": self.loss,
        }

    def check(self, found: dict[str, Any]) -> None:
        with ignore_float_errors():
            expected = self.expected()
            assert set(found) == {*expected, "inputs"}
            for name, (arrays, sizes) in expected.items():
                got = found[name] if isinstance(arrays, list) else [found[name]]
                for each in zip(got, _listed(arrays), _listed(sizes), strict=True):
                    assert _agree(*each), f"{name} of {self.net}, {self.loss}"

    def expected(self) -> dict[str, tuple[Array | Arrays, Array | Arrays]]:
        """Return core's numbers by the browser's names, with the magnitudes of their terms."""
        net, y, last = self.net, self.y, self.net.layers
        forward, loss = net.forward(self.X), check_loss(net, self.loss)
        at = sample_values(net, self.X, y, self.loss, OF)
        H, Z = ([hidden_symbol(of, layer, last).name for layer in range(1, last)] for of in "HZ")
        deltas = [*(at[f"dC_d{name}"] for name in H), at["dC_dO"]]
        share = sample_share(loss, OF, of=SAMPLES)
        of_all = [share * each for each in gradients(net, self.X, y, self.loss)]
        inputs, sums, values = self._forward_sizes()
        errors = loss.error_scale(OF) * (np.abs(y) + values[-1])
        of_deltas, of_through = self._delta_sizes(errors, forward.values)
        of_gradients = [a.T @ b for a, b in zip(inputs, of_deltas, strict=True)]
        pairs = list(zip(forward.inputs, deltas, strict=True))
        sizes = [np.abs(a).T @ np.abs(b) for a, b in pairs]
        slopes = [at[f"d{z}_d{h}"] for z, h in zip(Z, H, strict=True)]
        of_slopes = [SLOPE_SIZES[net.hidden](each) for each in forward.values[:-1]]
        norms = [np.sqrt(np.sum(np.square(each), keepdims=True)) for each in of_all]
        of_norms = [np.sqrt(np.sum(np.square(each), keepdims=True)) for each in of_gradients]
        return {
            "sums": (list(forward.sums), sums),
            "values": (list(forward.values), values),
            "costs": (at["C"], self._cost_sizes(sums[-1], values[-1])),
            "error": (at["dC_dyhat"], self._error_sizes(errors, forward.y_hat, sums[-1])),
            "slope": (at["dyhat_dO"], 1 + 0 * at["dyhat_dO"]),
            "deltas": (deltas, of_deltas),
            "through": ([at[f"dC_d{name}"] for name in Z], of_through),
            "slopes": (slopes, of_slopes),
            "gradients": (of_all, of_gradients),
            "added": ([a.T @ b for a, b in pairs], of_gradients),
            "sizes": (sizes, of_gradients),
            "norms": (norms, of_norms),
        }

    def _forward_sizes(self) -> tuple[Arrays, Arrays, Arrays]:
        """Return the magnitudes in what each matrix multiplies, in its sums and its values."""
        net, size = self.net, np.abs(self.X)
        inputs, sums, values = [], [], []
        for layer, (W, value) in enumerate(
            zip(net.weights, net.forward(self.X).values, strict=True), start=1
        ):
            inputs.append(with_ones(size) if net.has_bias(layer) else size)
            sums.append(inputs[-1] @ np.abs(W))
            name = net.hidden if layer < net.layers else net.output
            slope = np.abs(value) if name == "softmax" else SLOPE_SIZES[name](value)
            size = np.abs(value) + slope * sums[-1]
            values.append(size)
        return inputs, sums, values

    def _delta_sizes(self, errors: Array, values: tuple[Array, ...]) -> tuple[Arrays, Arrays]:
        """Return the magnitudes in δ of every matrix, and in ∂C by every hidden layer."""
        net, y_hat = self.net, values[-1]
        if self.loss == "cross_entropy":
            delta = errors
        elif net.output == "softmax":
            delta = y_hat * (errors + (errors * y_hat).sum(axis=1, keepdims=True))
        else:
            delta = errors * SLOPE_SIZES[net.output](y_hat)
        deltas, through = [delta], []
        for layer in range(net.layers, 1, -1):
            through.append(deltas[-1] @ np.abs(net.weights[layer - 1][: net.rows(layer)]).T)
            deltas.append(through[-1] * SLOPE_SIZES[net.hidden](values[layer - 2]))
        return deltas[::-1], through[::-1]

    def _error_sizes(self, errors: Array, y_hat: Array, sums: Array) -> Array:
        """Return the magnitudes in ∂C/∂ŷ; of cross-entropy its denominator has some, too."""
        if self.loss != "cross_entropy":
            return errors
        return (1 + sums) / (y_hat * (1 - y_hat) ** 2)

    def _cost_sizes(self, sums: Array, y_hat: Array) -> Array:
        fused = self.loss == "cross_entropy"
        terms = 1 + 2 * sums if fused else 2 * (np.abs(self.y) + y_hat) ** 2
        return np.asarray(terms.sum(axis=1, keepdims=True))


def _listed(arrays: Array | Arrays) -> Arrays:
    return arrays if isinstance(arrays, list) else [arrays]


def _agree(found: list[float | str], expected: Array, sizes: Array) -> bool:
    """Return whether numbers agree; where terms overflow, their order and fused sums decide."""
    got = np.array(found, np.float64).reshape(expected.shape)
    return bool((np.abs(got - expected) <= TOLERANCE * sizes)[np.isfinite(sizes)].all())


def _cases(layers: int, X: Array) -> Iterator[Case]:
    """Yield a network of that many hidden layers for each activation and loss; scales take turns.

    Over the depths each activation and loss meet each scale.
    """
    random = np.random.default_rng(layers)
    losses = [(output, loss) for output in OUTPUT for loss in losses_for(output)]
    for number, (hidden, (output, loss)) in enumerate(product(HIDDEN, losses)):
        net = Network.init(
            3,
            [4, 2, 3, 4, 2, 3][:layers],
            3,
            bias_input=number % 3 > 0,
            bias_hidden=number % 4 > 0,
            hidden_activation=hidden,
            output_activation=output,
        )
        scale = SCALES[(number + layers) % len(SCALES)]
        net = net.with_weights(*(scale * random.normal(size=shape) for shape in net.shapes))
        classes = np.eye(3)[random.integers(3, size=SAMPLES)]
        between = random.uniform(size=(SAMPLES, 3))
        between /= between.sum(axis=1, keepdims=True)
        yield Case(net, X, classes if number % 7 % 2 else between, loss)


@pytest.mark.parametrize("layers", [1, 2, 3, 6])
def test_the_passes_are_cores(page: Page, address: str, layers: int) -> None:
    page.goto(address)
    X = np.random.default_rng(9).normal(size=(SAMPLES, 3))
    with ignore_float_errors():
        cases = list(_cases(layers, X))
    given = json.dumps([[case.message for case in cases], X.tolist(), OF])
    for case, each in zip(cases, json.loads(page.evaluate(PASS, given)), strict=True):
        case.check(each)


SCORES = """async ([cases, threshold]) => {
  const { score } = await import("/pages/ui/live/run_page/network_pass.js");
  const batch = ([rows, columns, values]) => ({ rows, columns, values: Float64Array.from(values) });
  return cases.map(([task, y_hat, y]) => score(task, batch(y_hat), batch(y), threshold));
}"""


def test_a_score_is_cores(page: Page, address: str) -> None:
    page.goto(address)
    random = np.random.default_rng(3)
    one, three = random.uniform(size=(20, 1)), random.uniform(size=(20, 3)).round(1)
    classes, lost = np.eye(3)[random.integers(3, size=20)], three.copy()
    lost[::3, 1] = np.nan
    cases: list[tuple[Task, Array, Array]] = [
        ("binary", one.round(1), one.round()),
        ("multiclass", three, classes),  # with ties
        ("multiclass", lost, classes),
        ("regression", one, random.uniform(size=(20, 1))),
        ("regression", three, classes),
        ("regression", one, np.ones((20, 1))),
        ("regression", one[:0], one[:0]),
    ]
    given = [
        [task, *([*each.shape, each.ravel().tolist()] for each in pair)] for task, *pair in cases
    ]
    expected = [metrics.score(task, y, y_hat) for task, y_hat, y in cases]
    np.testing.assert_allclose(
        page.evaluate(SCORES, [given, metrics.THRESHOLD]), expected, rtol=TOLERANCE
    )


DECODE = """async (cases) => {
  const { decodeRows } = await import("/pages/ui/live/run_page/coding.js");
  return cases.map(([bytes, n, columns]) => {
    const rows = decodeRows(Uint8Array.from(bytes), n, columns);
    return [...new Uint8Array(rows.buffer)];
  });
}"""


def test_rows_are_decoded_to_the_last_bit(page: Page, address: str) -> None:
    page.goto(address)
    random = np.random.default_rng(4)
    times = np.linspace(-2, 3, 40)[:, np.newaxis]
    payload = np.array([0x7FF8_0000_DEAD_BEEF, 0xFFF0_0000_0000_0001], np.uint64).view(np.float64)
    strange = [*payload, np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324, np.finfo(float).max, -1.5]
    cases = [
        np.hstack([times**power for power in range(MOST_DIFFERENCES)]),
        np.exp(times * random.normal(size=6)),
        random.integers(0, 2**64, (33, 5), np.uint64).view(np.float64),
        np.reshape(strange, (10, 1)),
        np.reshape(strange, (1, 10)),
        np.reshape(strange, (2, 5)),
    ]
    given = [[encode_rows(rows).tolist(), *rows.shape] for rows in cases]
    for rows, found in zip(cases, page.evaluate(DECODE, given), strict=True):
        assert bytes(found) == rows.tobytes()
