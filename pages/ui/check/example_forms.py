"""Gradients with a mistake, as the tools that students use print them: examples to paste.

for form in FORMS: form.name, form.source, form.text(matrices, net)

NumPy and JSON print their own; the others are imitated, so that they need not be installed.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.utils.number_text import round_to

Array = NDArray[np.float64]
Matrices = Sequence[Array]
Text = Callable[[Matrices, Network], str]

LARGEST_RATIO, SMALLEST = 1000.0, 1e-4  # beyond which torch prints exponents
R_DIGITS = 7


@dataclass(frozen=True)
class Form:
    """A form of text: its name, what prints it (in Markdown), and a function that writes it."""

    name: str
    source: str
    text: Text


def six_digits(matrices: Matrices, _: Network) -> str:
    """Return the matrices as Python lists of numbers with six digits."""
    return _each(matrices, lambda name, dW: f"{name} = {_six(dW)}")


def _numpy(matrices: Matrices, _: Network) -> str:
    with np.printoptions(threshold=max(dW.size for dW in matrices) + 1):
        return _each(matrices, lambda name, dW: f"{name} =\n{dW}")


def _torch(matrices: Matrices, net: Network) -> str:
    lines = []
    for layer, dW in enumerate(matrices, start=1):
        module, rows = 2 * (layer - 1), net.rows(layer)  # an activation stands between two
        lines.append(f"{module}.weight {_tensor(dW[:rows].T)}")
        lines += [f"{module}.bias {_tensor(row)}" for row in dW[rows:]]
    return "\n".join(lines)


def _matlab(matrices: Matrices, _: Network) -> str:
    return _each(matrices, lambda name, dW: f"{name} = [{_rows_text(dW, '.6g', ' ', '; ')}];")


def _octave(matrices: Matrices, _: Network) -> str:
    return _each(matrices, lambda name, dW: f"{name} =\n\n{_rows_text(dW, '13.4e', '')}\n")


def _r(matrices: Matrices, _: Network) -> str:
    return _each(matrices, lambda name, dW: f"${name}\n{_r_table(dW)}\n")


def _latex(matrices: Matrices, _: Network) -> str:
    def block(name: str, dW: Array) -> str:
        rows = _rows_text(dW, ".6f", " & ", " \\\\\n  ")
        return f"{name} = \\begin{{pmatrix}}\n  {rows}\n\\end{{pmatrix}}"

    return _each(matrices, block)


def _csv(matrices: Matrices, _: Network) -> str:
    return _each(matrices, lambda name, dW: f"{name}\n{_rows_text(dW, '.6g', ',')}")


def _json(matrices: Matrices, _: Network) -> str:
    return json.dumps({name: _six(dW) for name, dW in _pairs(matrices)})


def _vector(matrices: Matrices, _: Network) -> str:
    numbers = [f"{v:.6g}" for dW in matrices for v in dW.ravel()]
    return f"grad = [{', '.join(numbers)}]"


FORMS = (
    Form("Python", "Lists, as `print(dW1.tolist())` prints them", six_digits),
    Form("NumPy", "As `print(dW1)` prints it", _numpy),
    Form("torch", "As `for name, p in net.named_parameters(): print(name, p.grad)` prints", _torch),
    Form("MATLAB", "As `mat2str(dW1, 6)` writes it, and as MATLAB prints matrices", _matlab),
    Form("Octave", "As it prints `dW1`, in any of its formats", _octave),
    Form("R", "As `list(dW1 = dW1, dW2 = dW2, …)` prints", _r),
    Form("LaTeX", "With `pmatrix`, `bmatrix`, `array` and the like", _latex),
    Form("CSV", "Below a line with the name, in a file or pasted from a spreadsheet", _csv),
    Form("JSON", "As `json.dumps` writes a dictionary", _json),
    Form("One vector", "All numbers one after another, as optimisers take them", _vector),
)
BY_NAME = {form.name: form for form in FORMS}


def _pairs(matrices: Matrices) -> list[tuple[str, Array]]:
    return [(f"dW{layer}", dW) for layer, dW in enumerate(matrices, start=1)]


def _each(matrices: Matrices, block: Callable[[str, Array], str]) -> str:
    return "\n".join(block(name, dW) for name, dW in _pairs(matrices))


def _rows_text(dW: Array, form: str, between: str, rows: str = "\n") -> str:
    """Return the numbers in a format, with what stands between numbers and between rows."""
    return rows.join(between.join(f"{value:{form}}" for value in row) for row in dW)


def _six(dW: Array) -> list[list[float]]:
    return [[round_to(value, 6) for value in row] for row in dW]


def _tensor(values: Array) -> str:
    """Return a matrix or vector as torch prints it, without its line breaks."""
    single = values.astype(np.float32)
    sizes = np.abs(single[single != 0])
    large = bool(sizes.size) and (
        float(sizes.max()) / float(sizes.min()) > LARGEST_RATIO or float(sizes.min()) < SMALLEST
    )
    cells = [
        [f"{value:.4e}" if large else f"{value:.4f}" for value in row] for row in _rows(single)
    ]
    width = max(len(cell) for row in cells for cell in row)
    rows = [", ".join(cell.rjust(width) for cell in row) for row in cells]
    if values.ndim == 1:
        return f"tensor([{rows[0]}])"
    return "tensor([[" + "],\n        [".join(rows) + "]])"


def _rows(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.atleast_2d(values)


def _r_table(dW: Array) -> str:
    """Return a matrix as R prints it: each column to seven digits of its smallest number."""
    columns = [[f"[,{j}]", *_r_column(column)] for j, column in enumerate(dW.T, start=1)]
    labels = ["", *(f"[{k},]" for k in range(1, len(dW) + 1))]
    columns = [labels, *columns]
    widths = [max(map(len, column)) for column in columns]
    first = [label.ljust(widths[0]) for label in labels]
    rest = [[cell.rjust(w) for cell in c] for c, w in zip(columns[1:], widths[1:], strict=True)]
    return "\n".join(" ".join(cells) for cells in zip(first, *rest, strict=True))


def _r_column(column: Array) -> list[str]:
    mantissas = [_mantissa(float(value)) for value in column]
    decimals = max(max(0, digits - 1 - exponent) for digits, exponent in mantissas)
    most = max(digits for digits, _ in mantissas)
    plain = [f"{value:.{decimals}f}" for value in column]
    exponents = [f"{value:.{most - 1}e}" for value in column]
    return plain if max(map(len, plain)) <= max(map(len, exponents)) else exponents


def _mantissa(value: float) -> tuple[int, int]:
    """Return how many of seven digits a number needs, and its exponent."""
    if not value or not math.isfinite(value):
        return 1, 0
    digits, exponent = f"{value:.{R_DIGITS - 1}e}".split("e")
    return len(digits.lstrip("-").replace(".", "").rstrip("0")) or 1, int(exponent)
