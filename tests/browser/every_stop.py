"""Every stop of the step through as the browser has it, and as autograd says."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.chain import stops
from core.training.run import Run
from tests.by_autograd import ByAutograd

Array = NDArray[np.float64]

CLOSE = 1e-12  # of the sum of the terms' magnitudes

# Every stop by the keys alone, in one go: neither the server nor an animation is waited for.
READ = """(walk) => {
  const press = (key) => walk.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const seen = [];
  press("Home");
  for (let before; before !== walk.dataset.stop; press("ArrowRight")) {
    before = walk.dataset.stop;
    const { rows, columns, values } = walk.querySelector("[data-testid=walk-result]").dataset;
    const shown = [Number(rows), Number(columns), JSON.parse(values)];
    seen.push([before, JSON.parse(walk.dataset.values), shown]);
  }
  return seen;
}"""


def check_one(seen: list[Any], truth: "Truth", sample: int) -> None:
    """Check every stop of one sample."""
    assert [name for name, *_ in seen] == [stop.name for stop in stops(truth.net.layers)]
    for name, values, (rows, columns, shown) in seen:
        check(name, values, *truth.of(name, sample))
        assert shown == values
        assert rows * columns == len(values)


def check(name: str, seen: list[Any], expected: Array, size: Array) -> None:
    found = np.array(seen, dtype=np.float64)
    assert found.shape == expected.ravel().shape, name
    assert (np.abs(found - expected.ravel()) <= CLOSE * size.ravel()).all(), name


class Truth:
    """What each stop must hold, with the sum of the terms' magnitudes of each number."""

    def __init__(self, run: Run, epoch: int, loss: str) -> None:
        self.net, self.after = run.at(epoch), run.at(epoch + 1)
        self.by, self.by_after = (
            ByAutograd(net, run.X, run.y, loss) for net in (self.net, self.after)
        )
        self.samples = len(run.X)

    def of_all(self, name: str) -> tuple[Array, Array]:
        """Return the array of all samples, and its size."""
        if name == "update" or name.startswith("dC_dW"):
            return self._of_weights(name)
        rows = [self.of(name, i) for i in range(self.samples)]
        values, sizes = (
            np.vstack([np.ravel(part) for part in parts]) for parts in zip(*rows, strict=True)
        )
        return values, sizes

    def _of_weights(self, name: str) -> tuple[Array, Array]:
        if name == "update":
            return self.of(name, 0)
        layer = int(name[-1])
        sizes = [
            np.outer(np.abs(self.by.input(layer, i)), self.by.size_of_delta(layer, i))
            for i in range(self.samples)
        ]
        return self.by.gradient(layer), np.sum(sizes, axis=0)

    def of(self, name: str, sample: int) -> tuple[Array, Array]:
        """Return a sample's array, and its size."""
        if name == "update":
            new = np.concatenate([W.ravel() for W in self.after.weights])
            old = np.concatenate([W.ravel() for W in self.net.weights])
            return new, np.abs(old) + np.abs(new - old)
        if name in ("C", "new_C"):
            by = self.by if name == "C" else self.by_after
            return by.costs()[[sample]], by.cost_size(sample)
        if name.startswith("dC_"):
            return self._back(name.removeprefix("dC_d"), sample)
        return self._forward(name, sample)

    def _forward(self, name: str, sample: int) -> tuple[Array, Array]:
        by, last = self.by, self.net.layers
        if name == "X":
            values = by.input(1, sample)
            return values, np.abs(values)
        if name == "y_hat" or name[0] == "Z":
            layer = last if name == "y_hat" else int(name[1:] or 1)
            value = np.asarray(by.Z[layer - 1][sample].detach())
            size = self._size_of_sum(layer, sample) if self._is_relu(layer) else np.ones_like(value)
            if name != "y_hat" and self.net.has_bias(layer + 1):
                value, size = np.append(value, 1.0), np.append(size, 1.0)
            return value, size
        layer = last if name == "O" else int(name[1:] or 1)
        value = np.asarray(by.H[layer - 1][sample].detach())
        return value, self._size_of_sum(layer, sample)

    def _size_of_sum(self, layer: int, sample: int) -> Array:
        size: Array = np.abs(self.by.input(layer, sample)) @ np.abs(self.net.weights[layer - 1])
        return size

    def _is_relu(self, layer: int) -> bool:
        return layer < self.net.layers and self.net.hidden == "relu"

    def _back(self, name: str, sample: int) -> tuple[Array, Array]:
        by, last = self.by, self.net.layers
        if name == "yhat":
            return by.dC_dyhat[sample], by.error_size(sample)
        if name[0] == "W":
            layer = int(name[1:])
            given, size = by.input(layer, sample), by.size_of_delta(layer, sample)
            return np.outer(given, by.delta(layer, sample)), np.outer(np.abs(given), size)
        layer = last if name == "O" else int(name[1:] or 1)
        sizes = by.delta_sizes(sample)
        if name[0] == "Z":
            return by.through_values(layer, sample), sizes[f"Z{layer}"]
        return by.delta(layer, sample), sizes["O" if name == "O" else f"H{layer}"]
