"""Weights made elsewhere: a file of NumPy or PyTorch, read as the matrices of a network.

    found = read_weights(data, "model.safetensors", inputs=4)   # or raises WeightsError
    net = found.network(hidden="tanh")
    found.gradients, found.X, found.y, found.note

arrays: the arrays in an .npz or .safetensors file, within limits
labels: what the name of an array means
layout: which way round the matrices are, and where their biases belong
"""

from collections.abc import Iterator

from core.weights.arrays import read_arrays
from core.weights.labels import WeightsError
from core.weights.layout import ForeignWeights, matrices_of, readings_of

__all__ = [
    "ForeignWeights",
    "WeightsError",
    "matrices_of",
    "read_arrays",
    "read_weights",
    "readings",
]


def read_weights(
    data: bytes, file: str, inputs: int | None = None, outputs: int | None = None
) -> ForeignWeights:
    """Return the weights in the bytes of a file of that name, for so many inputs and outputs.

    Raises WeightsError with one sentence: the file, the array, what was found and what to do.
    """
    return matrices_of(read_arrays(data, file), file, inputs, outputs)


def readings(data: bytes, file: str) -> Iterator[ForeignWeights]:
    """Yield all ways, within bounds, to read a file; the first is that of `read_weights`.

    Raises WeightsError as that does.
    """
    return readings_of(read_arrays(data, file), file)
