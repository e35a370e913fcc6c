"""One epoch of training under fixed settings: kernel, update rule and mini-batches."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.kernel import Call, Kernel, Samples, Weights, run
from core.training.optimizers import Optimizer, gradient_scale, state_size
from core.training.settings import Settings

Array = NDArray[np.float64]


class Trainer:
    """Training of `weights` in place, epoch by epoch.

    Its state vector, the weights (P,) and the optimiser's state, determines all later epochs.
    """

    def __init__(
        self, net: Network, samples: Samples, settings: Settings, weights: Weights
    ) -> None:
        self.settings = settings
        self.weights = weights
        self._samples = samples
        scale = gradient_scale(settings)
        self._kernel = Kernel(net, samples, settings.loss, weights, scale=scale)
        self._optimizer = Optimizer(
            settings,
            weights.flat,
            self._kernel.gradient,
            _weight_decay(net, settings.l2, weights),
            _update_mask(settings, weights),
        )
        size = settings.batch_size
        self._batches = None
        if size is not None and size < len(samples):
            self._batches = _Batches(
                net, samples, settings, weights, self._kernel.gradient, self._optimizer.calls
            )
        # Without batches the gradient is computed with C, for the next step.
        self._evaluate = self._kernel.calls if self._batches is None else self._kernel.cost_calls
        self._step = [*self._optimizer.calls, *self._kernel.calls]

    @property
    def updates(self) -> int:
        """Number of updates in an epoch."""
        return 1 if self._batches is None else len(self._batches)

    def state_vector(self) -> Array:
        """Return a copy of the current state."""
        return np.concatenate([self.weights.flat, self._optimizer.state])

    def optimizer_state(self) -> Array:
        """Return a copy of the optimiser's part of the state."""
        return self._optimizer.state.copy()

    def write(self, state_vector: Array) -> None:
        """Write the current state into `state_vector`, which may be longer."""
        P = self.weights.flat.size
        state_vector[:P] = self.weights.flat
        state_vector[P : P + self._optimizer.state.size] = self._optimizer.state

    def load(self, state_vector: Array) -> float:
        """Continue from a state vector; return C there."""
        P = self.weights.flat.size
        self.weights.flat[:] = state_vector[:P]
        self._optimizer.state[:] = state_vector[P : P + self._optimizer.state.size]
        run(self._evaluate)
        return self._kernel.value()

    def gradient(self) -> Array:
        """Return ∂C/∂W (P,) at the current weights, over the whole training set, without L2."""
        if self._batches is not None:
            run(self._kernel.calls)
        return self._kernel.gradient / gradient_scale(self.settings)

    def step(self, epoch: int) -> float:
        """Train the epoch that follows `epoch`; return C after it."""
        if self._batches is None:
            for function, arguments in self._step:
                function(*arguments)
        else:
            for batch in self._batches.calls(epoch):
                run(batch)
            run(self._evaluate)
        return self._kernel.value()


def initial_state(net: Network, settings: Settings) -> Array:
    """Return the state vector of a network before any update: its weights, then zeros."""
    weights = Weights(net).flat
    return np.concatenate([weights, np.zeros(state_size(settings, weights.size))])


def ignore_float_errors() -> np.errstate:
    """Return a context without NumPy's warnings: training is tested for divergence itself."""
    return np.errstate(all="ignore")


class _Batches:
    """The training set split into batches, of which the last may be smaller.

    Shuffled, the order is new each epoch and comes from a counter-based stream keyed by seed and
    epoch, so an epoch has the same order however often and in whatever steps it is computed.
    """

    def __init__(
        self,
        net: Network,
        samples: Samples,
        settings: Settings,
        weights: Weights,
        gradient: Array,
        update: list[Call],
    ) -> None:
        self._samples, self._settings = samples, settings
        self._given_order = np.arange(len(samples))
        count, size = len(samples), settings.batch_size or len(samples)
        self._ranges = [(start, min(start + size, count)) for start in range(0, count, size)]
        self._by_width: dict[int, tuple[Samples, list[Call]]] = {}
        for width in {stop - start for start, stop in self._ranges}:
            scratch = Samples.scratch(samples, width)
            scale = gradient_scale(settings)
            kernel = Kernel(net, scratch, settings.loss, weights, gradient, scale)
            self._by_width[width] = scratch, [*kernel.calls, *update]

    def __len__(self) -> int:
        return len(self._ranges)

    def calls(self, epoch: int) -> Iterator[list[Call]]:
        """Yield, for each batch of the epoch, the calls that load it and update the weights."""
        order = self._order(epoch) if self._settings.shuffle else self._given_order
        for start, stop in self._ranges:
            scratch, calls = self._by_width[stop - start]
            scratch.take(self._samples, order[start:stop])
            yield calls

    def _order(self, epoch: int) -> NDArray[np.int64]:
        seed = self._settings.seed
        key = np.array([seed, epoch], np.uint64)  # from a list, large seeds would be rounded
        return np.random.Generator(np.random.Philox(key=key)).permutation(len(self._samples))


def _weight_decay(net: Network, l2: float, weights: Weights) -> Array | None:
    """Return λ for each weight (P,), 0 in the bias rows; None without L2."""
    if not l2:
        return None
    decay = np.zeros(weights.flat.size)
    for layer, matrix in enumerate(weights.split(decay), start=1):
        matrix[: net.rows(layer)] = l2
    return decay


def _update_mask(settings: Settings, weights: Weights) -> Array | None:
    """Return 0 for each frozen weight and 1 for the others (P,); None if none is frozen.

    `Settings.check` has made sure that the network has them.
    """
    if not settings.frozen:
        return None
    mask = np.ones(weights.flat.size)
    matrices = weights.split(mask)
    for layer, row, column in settings.frozen:
        matrices[layer - 1][row, column] = 0.0
    return mask
