"""Bundle of data, weights and loss that a class gets to differentiate: a folder or zip.

    X.csv y.csv W1.csv W2.csv …   numbers with all their digits, one row a line, no header
    bundle.json                   the loss, biases, activations, the learning rate, λ and the
                                  optimiser with its constants, if any; how many matrices there
                                  are and how they are laid out, in words
    load.py                       a few lines that load it into NumPy

    data = write_bundle(net, X, y)          # the bytes of a zip; bundle_of(problem) gives them, too
    problem = read_bundle("bundle.zip")     # or a folder, or bytes; problem.net, .X, .y, .loss

Reading it executes and unpickles nothing.
"""

import io
import json
import zipfile
from pathlib import Path
from reprlib import repr as short
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.checking.problem import Problem
from core.checking.quantity.rule import StepRule
from core.gradients import Array
from core.network import MAX_HIDDEN, Network
from core.utils.archive import ArchiveError, TooLargeError, open_zip, read_member
from core.utils.sentence import listing, plural
from core.utils.strict_json import load_json

VERSION = 2  # 1 had two matrices, and no λ
SETTINGS = "bundle.json"
LAYOUT = ": a row leads from an input or unit, a column to a unit or output"
MAX_BYTES = 5_000_000  # of one file, unpacked
MAX_SETTINGS = 100_000
LOADER = '''"""Loads what is in this folder: X, y, the weights W[0], W[1], … and the settings."""

import json
from pathlib import Path

import numpy as np

here = Path(__file__).parent
settings = json.loads((here / "bundle.json").read_text(encoding="utf-8"))


def load(name):
    return np.loadtxt(here / f"{name}.csv", delimiter=",", ndmin=2)


X, y = load("X"), load("y")
W = [load(f"W{layer}") for layer in range(1, settings["layers"] + 1)]
W1, W2, *deeper = W
print(settings)
for layer, matrix in enumerate(W, start=1):
    print(f"To hand in: dW{layer} like W{layer}", matrix.shape)
'''


class BundleError(ValueError):
    """Error in a bundle: one sentence, with the file, the line and what to do."""


def write_bundle(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "half_mse",
    learning_rate: float | None = None,
    *,
    l2: float = 0.0,
    step: StepRule | None = None,
) -> bytes:
    """Return a zip of the bundle; numbers are read back to the last bit.

    `l2` is the λ of a penalty (λ/2) ‖W without bias rows‖² whose gradient is asked for, too; `step`
    is the optimiser by whose first step new weights are judged, plain descent without one.
    Raises ValueError as `core.gradients.cost` does, or for an l2 below 0.
    """
    return bundle_of(Problem.of(net, X, y, loss, learning_rate, l2, step))


def bundle_of(problem: Problem) -> bytes:
    """Return a zip of a problem's bundle, as `write_bundle` does."""
    net = problem.net
    settings = {
        "version": VERSION,
        "layers": net.layers,
        "loss": problem.loss,
        "bias_input": net.bias_input,
        "bias_hidden": net.bias_hidden,
        "hidden": net.hidden,
        "output": net.output,
        "learning_rate": problem.learning_rate,
        "l2": problem.l2,
        "layout": _layout(net),
        **({} if problem.step is None else problem.step.fields),
    }
    weights = zip(_names(net.layers), net.weights, strict=True)
    matrices = {"X": problem.X, "y": problem.y, **dict(weights)}
    files = {f"{name}.csv": _csv(matrix) for name, matrix in matrices.items()}
    files |= {SETTINGS: json.dumps(settings, indent=2) + "\n", "load.py": LOADER}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def read_bundle(source: str | Path | bytes) -> Problem:
    """Return the problem in a folder or zip; by default half_mse and with biases.

    Raises BundleError, with one sentence: what is wrong, in which file and line, and what to do;
    ValueError for a source that is neither a path nor bytes.
    """
    if not isinstance(source, str | Path | bytes):
        raise ValueError(f"source must be a path or bytes, not {source!r}")
    name = "The bundle" if isinstance(source, bytes) else Path(source).name

    def matrix(of: str) -> Array:
        return _matrix(f"{of}.csv", _content(source, name, f"{of}.csv"))

    X, y = matrix("X"), matrix("y")
    settings = _settings(_content(source, name, SETTINGS))
    W1, W2, *deeper = map(matrix, _names(settings.get("layers", 2)))
    flags = ("bias_input", "bias_hidden", "hidden", "output")
    try:
        net = Network(W1, W2, *deeper, **{key: settings[key] for key in flags if key in settings})
        loss, rate = settings.get("loss", "half_mse"), settings.get("learning_rate")
        step = StepRule.of(settings)
        return Problem.of(net, X, y, loss, rate, settings.get("l2", 0.0), step)
    except ValueError as error:
        raise BundleError(f"{name}: {error}; export the bundle again.") from error


def _names(layers: int) -> list[str]:
    return [f"W{layer}" for layer in range(1, layers + 1)]


def _layout(net: Network) -> str:
    """Return the layout of the matrices in words."""
    names, several = _names(net.layers), net.layers > 2
    numbers = [str(layer) if several else "" for layer in range(1, net.layers)]
    sums, inputs = [*(f"H{n}" for n in numbers), "O"], ["X", *(f"Z{n}" for n in numbers)]
    steps = [f"{H} = {Z} {W}" for H, Z, W in zip(sums, inputs, names, strict=True)]
    biases = [f"of {W}" for layer, W in enumerate(names, start=1) if net.has_bias(layer)]
    last = f"; the last row {listing(biases)} is its bias" if biases else ""
    return listing(steps) + LAYOUT + last


def _csv(matrix: Array) -> str:
    return "".join(",".join(map(repr, row)) + "\n" for row in matrix.tolist())


def _content(source: str | Path | bytes, bundle: str, member: str) -> str:
    """Return one file's text, at most MAX_BYTES of it."""
    try:
        data = _bytes(source, member)
    except KeyError as error:
        raise BundleError(f"{bundle}: {member} is missing; export the bundle again.") from error
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise BundleError(
            f"{bundle}: {'the file' if missing == bundle else missing} does not exist; "
            "give a folder or zip with X.csv, y.csv, W1.csv, W2.csv and bundle.json."
        ) from error
    except TooLargeError as error:
        raise BundleError(f"{bundle}: {member} {error}; use fewer rows.") from error
    except (OSError, ArchiveError) as error:
        raise BundleError(
            f"{bundle}: it is neither a folder nor a readable zip; export the bundle again."
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BundleError(f"{member}: it is not UTF-8 text; save it as UTF-8.") from error


def _bytes(source: str | Path | bytes, member: str) -> bytes:
    if not isinstance(source, bytes) and Path(source).is_dir():
        return (Path(source) / member).read_bytes()
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    with open_zip(data) as archive:
        return read_member(archive, member, MAX_SETTINGS if member == SETTINGS else MAX_BYTES)


def _settings(text: str) -> dict[str, Any]:
    try:
        settings = load_json(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise BundleError(
            f"{SETTINGS}, line {line}: it is not valid JSON; export the bundle again."
        ) from error
    if not isinstance(settings, dict):
        raise BundleError(f'{SETTINGS}: write an object, such as {{"loss": "half_mse"}}.')
    if settings.get("version", 1) not in range(1, VERSION + 1):
        raise BundleError(
            f"{SETTINGS}: version {short(settings['version'])} of bundles is not known here; "
            "export it again."
        )
    wanted = {
        "loss": str, "hidden": str, "output": str, "bias_input": bool, "bias_hidden": bool,
        "learning_rate": int | float | None, "l2": int | float, "layers": int, "optimizer": str,
        **dict.fromkeys(("momentum", "alpha", "beta1", "beta2", "epsilon"), int | float),
    }  # fmt: skip
    for name, kind in wanted.items():
        if name in settings and not isinstance(settings[name], kind):
            raise BundleError(
                f"{SETTINGS}: {name} cannot be {short(settings[name])}; export it again."
            )
    if not 2 <= settings.get("layers", 2) <= MAX_HIDDEN + 1:
        raise BundleError(
            f"{SETTINGS}: layers cannot be {settings['layers']}; networks have 2 to "
            f"{MAX_HIDDEN + 1} matrices."
        )
    return settings


def _matrix(name: str, text: str) -> Array:
    rows: list[Array] = []  # 8 bytes a number, not 32 as in a list of floats
    for number, line in enumerate(io.StringIO(text), start=1):
        if not line.strip():
            continue
        try:
            row = np.array(line.split(","), dtype=np.float64)
        except ValueError as error:
            raise BundleError(
                f"{name}, line {number}: there is something else than numbers and commas; "
                "leave nothing else there."
            ) from error
        if rows and len(row) != len(rows[0]):
            raise BundleError(
                f"{name}, line {number}: it has {plural(len(row), 'number')}, the lines above "
                f"{len(rows[0])}; make them equally long."
            )
        if not np.isfinite(row).all():
            raise BundleError(f"{name}, line {number}: a number is not finite; replace it.")
        rows.append(row)
    if not rows:
        raise BundleError(f"{name}: it is empty; write a row of numbers on each line.")
    return np.array(rows)
