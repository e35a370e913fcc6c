"""From one epoch to the next under fixed settings: the kernel, the update rule, the batches."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.kernel import Call, Kernel, Samples, Weights, run
from core.training.optimizers import Optimizer, factor
from core.training.settings import Settings

Array = NDArray[np.float64]


class Trainer:
    """Moves `weights` from epoch to epoch. All that it is at an epoch is its state vector.

    A state vector holds the weights (P,) and the optimiser's state.
    Raises ValueError when a frozen weight is none of the network's.
    """

    def __init__(
        self, net: Network, samples: Samples, settings: Settings, weights: Weights
    ) -> None:
        self.settings = settings
        self.weights = weights
        self._samples = samples
        self._kernel = Kernel(net, samples, settings.loss, weights, factor=factor(settings))
        self._optimizer = Optimizer(
            settings,
            weights.flat,
            self._kernel.gradient,
            _decay(net, settings.l2, weights),
            _held(settings, weights),
        )
        size = settings.batch_size
        self._batches = None
        if size is not None and size < len(samples):
            self._batches = _Batches(
                net, samples, settings, weights, self._kernel.gradient, self._optimizer.calls
            )
        # Without batches the gradient comes with C, and the next step takes it.
        self._arrive = self._kernel.calls if self._batches is None else self._kernel.cost_calls
        self._step = [*self._optimizer.calls, *self._kernel.calls]

    @property
    def size(self) -> int:
        """How many numbers a state vector holds."""
        return self.weights.flat.size + self._optimizer.state.size

    @property
    def updates(self) -> int:
        """How many updates an epoch is made of."""
        return 1 if self._batches is None else len(self._batches)

    def write(self, state_vector: Array) -> None:
        """Put all that the next epochs depend on into `state_vector`, which may be longer."""
        P = self.weights.flat.size
        state_vector[:P] = self.weights.flat
        state_vector[P : self.size] = self._optimizer.state

    def load(self, state_vector: Array) -> float:
        """Stand where the state vector was written; C there."""
        P = self.weights.flat.size
        self.weights.flat[:] = state_vector[:P]
        self._optimizer.state[:] = state_vector[P : self.size]
        run(self._arrive)
        return self._kernel.value()

    def gradient(self) -> Array:
        """∂C/∂W (P,) where it stands, over the whole training set, without L2."""
        if self._batches is not None:
            run(self._kernel.calls)
        return self._kernel.gradient / factor(self.settings)

    def step(self, epoch: int) -> float:
        """From `epoch` to the next; C there."""
        if self._batches is None:
            for function, arguments in self._step:
                function(*arguments)
        else:
            for batch in self._batches.of(epoch):
                run(batch)
            run(self._arrive)
        return self._kernel.value()


class _Batches:
    """The training set in a new order each epoch, cut into batches; the last may be smaller.

    The order of an epoch is drawn from a counter-based stream keyed by seed and epoch, so it is
    the same whether the epoch is reached in one go, in slices, or again.
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
        self._samples, self._seed = samples, settings.seed
        count, size = len(samples), settings.batch_size or len(samples)
        self._cuts = [(start, min(start + size, count)) for start in range(0, count, size)]
        self._of_width: dict[int, tuple[Samples, list[Call]]] = {}
        for width in {stop - start for start, stop in self._cuts}:
            scratch = Samples.scratch(samples, width)
            kernel = Kernel(net, scratch, settings.loss, weights, gradient, factor(settings))
            self._of_width[width] = scratch, [*kernel.calls, *update]

    def __len__(self) -> int:
        return len(self._cuts)

    def of(self, epoch: int) -> Iterator[list[Call]]:
        """The calls that take each batch of the epoch and update the weights."""
        key = np.array([self._seed, epoch], np.uint64)  # a list of large seeds would be rounded
        random = np.random.Generator(np.random.Philox(key=key))
        order = random.permutation(len(self._samples))
        for start, stop in self._cuts:
            scratch, calls = self._of_width[stop - start]
            scratch.take(self._samples, order[start:stop])
            yield calls


def _decay(net: Network, l2: float, weights: Weights) -> Array | None:
    """λ for each weight, 0 for those of the bias rows; None without L2."""
    if not l2:
        return None
    decay = np.zeros(weights.flat.size)
    first, second = weights.split(decay)
    first[: net.inputs] = second[: net.units] = l2
    return decay


def _held(settings: Settings, weights: Weights) -> Array | None:
    """0 for each frozen weight, 1 for the others; None when none is frozen."""
    if not settings.frozen:
        return None
    held = np.ones(weights.flat.size)
    matrices = dict(zip((1, 2), weights.split(held), strict=True))
    for layer, row, column in settings.frozen:
        matrix = matrices.get(layer, np.empty((0, 0)))
        if not (0 <= row < matrix.shape[0] and 0 <= column < matrix.shape[1]):
            raise ValueError(f"frozen: W{layer} has no weight at row {row}, column {column}")
        matrix[row, column] = 0.0
    return held
