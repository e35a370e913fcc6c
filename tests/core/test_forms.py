"""One table of forms: an activation or a loss that is added there is known everywhere."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core import network
from core.activations import ACTIVATIONS, HIDDEN, OUTPUT, Activation
from core.checking import complex_step, gradient_check
from core.checking.vanishing import analyse_vanishing
from core.export import numpy_script, torch_script
from core.gradients import gradients
from core.losses import LOSSES, LossForms, SquaredError
from core.network import Network
from core.training.run import Run
from core.training.settings import Settings
from tests.core.exported import assert_trained, lay, names_of, run_scripts

Array = NDArray[np.float64]

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(9, 2)), RANDOM.random((9, 1))
SOFTSIGN = Activation(
    lambda x: x / (1 + np.abs(x)),
    lambda a: (1 - np.abs(a)) ** 2,
    title="softsign",
    symbol="softsign",
    latex=r"\frac{{{x}}}{{1 + |{x}|}}",
    latex_slope="(1 - |{a}|)^2",
    numpy="{x} / (1 + np.abs({x}))",
    numpy_slope="(1 - np.abs({a})) ** 2",
    torch="torch.nn.functional.softsign({x})",
    bounds=(-1.0, 1.0),
)
SUM = SquaredError(
    lambda N: 1,  # noqa: ARG005
    LossForms(
        title="SSE",
        latex=r"\sum_{i=1}^N (y_i - \hat{y}_i)^2",
        latex_slope="-2 {times} ({y} - {y_hat})",
        latex_scale="-2",
        latex_error="({y} - {y_hat})",
        numpy="((y - y_hat) ** 2).sum()",
        numpy_slope="-2 * (y - y_hat)",
        torch="((y - y_hat) ** 2).sum()",
    ),
)


@pytest.fixture
def softsign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add an activation: its entry in the table, and its complex values, which stay apart."""
    monkeypatch.setitem(ACTIVATIONS, "softsign", SOFTSIGN)
    monkeypatch.setattr(network, "HIDDEN", (*HIDDEN, "softsign"))
    monkeypatch.setattr(network, "OUTPUT", (*OUTPUT, "softsign"))
    values: Callable[..., NDArray[np.complex128]] = lambda x: x / (1 + np.where(x.real < 0, -x, x))  # noqa: E731
    monkeypatch.setitem(complex_step.ACTIVATIONS, "softsign", values)


@pytest.fixture
def sum_of_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a loss: its entry in the table, and its divisor for the complex step."""
    monkeypatch.setitem(LOSSES, "sse", SUM)
    monkeypatch.setitem(complex_step.DIVISORS, "sse", lambda N: 1)  # noqa: ARG005


def assert_known(net: Network, loss: str, folder: Path) -> None:
    """Its gradient is that of the complex step; a run descends it, and so do the scripts."""
    truth = gradients(net, X, Y, loss)
    for layer, dW in enumerate(truth, start=1):
        for row, column in np.ndindex(dW.shape):
            stepped = complex_step.derivative(net, X, Y, layer, row, column, loss)
            assert dW[row, column] == pytest.approx(stepped, rel=1e-12, abs=1e-15)
    assert gradient_check(net, X, Y, loss=loss).agrees
    assert analyse_vanishing(net, X, Y, 1, 0, 0, 0, loss=loss).sample.product > 0
    run = Run(net, X, Y, Settings(learning_rate=0.05, loss=loss))
    run.advance(20)
    descended = net
    for _ in range(20):
        steps = zip(descended.weights, gradients(descended, X, Y, loss), strict=True)
        descended = descended.with_weights(*(W - 0.05 * dW for W, dW in steps))
    for W, by_hand in zip(run.network.weights, descended.weights, strict=True):
        np.testing.assert_allclose(W, by_hand, rtol=1e-12)
    folders = []
    for name, write in (("numpy", numpy_script), ("torch", torch_script)):
        folders.append(folder / name)
        lay(folders[-1], run, "script.py", write(run, names_of(run), 20))
    run_scripts(folders)
    for one in folders:
        assert_trained(one, run, 20, 1e-9)


@pytest.mark.usefixtures("softsign")
@pytest.mark.parametrize("hidden", [3, [3, 2]])
@pytest.mark.parametrize("output", ["sigmoid", "softsign"])
def test_a_new_activation_needs_the_table_and_its_complex_values(
    hidden: int | list[int], output: str, tmp_path: Path
) -> None:
    net = Network.init(2, hidden, hidden_activation="softsign", output_activation=output, seed=3)
    assert_known(net, "half_mse", tmp_path)


@pytest.mark.usefixtures("sum_of_squares")
def test_a_new_loss_needs_the_table_and_its_divisor(tmp_path: Path) -> None:
    assert_known(Network.init(2, 3, seed=3), "sse", tmp_path)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_lie_within_the_bounds_and_come_close_to_the_finite_ones(name: str) -> None:
    activation = ACTIVATIONS[name]
    x = np.linspace(-40.0, 40.0, 2001)
    values = activation.value(np.column_stack([x, -x]) if activation.full else x)
    low, high = activation.bounds
    assert low <= values.min()
    assert values.max() <= high
    for bound, end in ((low, values.min()), (high, values.max())):
        assert not np.isfinite(bound) or end == pytest.approx(bound, abs=1e-12)
