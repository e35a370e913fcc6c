"""Bundle of data, weights and loss that a class gets to differentiate: a folder or zip.

    X.csv y.csv W1.csv W2.csv     numbers with all their digits, one row a line, no header
    bundle.json                   the loss, biases, activations, the learning rate, if any, and how
                                  W1 and W2 are laid out, in words
    load.py                       a few lines that load it into NumPy

    data = write_bundle(net, X, y)          # the bytes of a zip
    bundle = read_bundle("bundle.zip")      # or a folder, or bytes; bundle.net, .X, .y, .loss

Reading it executes and unpickles nothing.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as short
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.checking.problem import Problem
from core.gradients import Array, check_equations
from core.network import Network
from core.utils.archive import ArchiveError, TooLargeError, open_zip, read_member
from core.utils.sentence import plural
from core.utils.strict_json import load_json

MATRICES = ("X", "y", "W1", "W2")
SETTINGS = "bundle.json"
LAYOUT = "H = X W1 and O = Z W2: a row leads from an input or unit, a column to a unit or output"
LAYOUT_OF_BIAS = "; the last row of {} is its bias"
MAX_BYTES = 5_000_000  # of one file, unpacked
MAX_SETTINGS = 100_000
LOADER = '''"""Loads what is in this folder: X, y, W1, W2 and the settings."""

import json
from pathlib import Path
from reprlib import repr as short

import numpy as np

here = Path(__file__).parent
X, y, W1, W2 = (
    np.loadtxt(here / f"{name}.csv", delimiter=",", ndmin=2) for name in ("X", "y", "W1", "W2")
)
settings = json.loads((here / "bundle.json").read_text(encoding="utf-8"))
print(settings)
print("To hand in: dW1 like W1", W1.shape, "and dW2 like W2", W2.shape)
'''


class BundleError(ValueError):
    """Error in a bundle: one sentence, with the file, the line and what to do."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """A network, samples X (N, d), targets y (N, K), the loss, and η if given."""

    net: Network
    X: Array
    y: Array
    loss: str = "half_mse"
    learning_rate: float | None = None

    def __repr__(self) -> str:
        """Return, say, Bundle(Network(…), 4 samples, half_mse)."""
        return f"Bundle({self.net}, {len(self.X)} samples, {self.loss})"


def write_bundle(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "half_mse",
    learning_rate: float | None = None,
) -> bytes:
    """Return a zip of the bundle; numbers are read back to the last bit.

    Raises ValueError as `core.gradients.cost` does, for several hidden layers or a softmax.
    """
    problem = Problem.of(net, X, y, loss, learning_rate)
    check_equations(net)
    settings = {
        "loss": loss,
        "bias_input": net.bias_input,
        "bias_hidden": net.bias_hidden,
        "hidden": net.hidden,
        "output": net.output,
        "learning_rate": problem.learning_rate,
        "layout": _layout(net),
    }
    matrices = zip(MATRICES, (problem.X, problem.y, net.W1, net.W2), strict=True)
    files = {f"{name}.csv": _csv(matrix) for name, matrix in matrices}
    files |= {SETTINGS: json.dumps(settings, indent=2) + "\n", "load.py": LOADER}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def read_bundle(source: str | Path | bytes) -> Bundle:
    """Return the bundle in a folder or zip; by default half_mse and with biases.

    Raises BundleError, with one sentence: what is wrong, in which file and line, and what to do;
    ValueError for a source that is neither a path nor bytes.
    """
    if not isinstance(source, str | Path | bytes):
        raise ValueError(f"source must be a path or bytes, not {source!r}")
    name = "The bundle" if isinstance(source, bytes) else Path(source).name
    members = (*(f"{matrix}.csv" for matrix in MATRICES), SETTINGS)
    files = {member: _content(source, name, member) for member in members}
    settings = _settings(files[SETTINGS])
    X, y, W1, W2 = (_matrix(f"{matrix}.csv", files[f"{matrix}.csv"]) for matrix in MATRICES)
    names = ("bias_input", "bias_hidden", "hidden", "output")
    try:
        net = Network(W1, W2, **{key: settings[key] for key in names if key in settings})
        loss, rate = settings.get("loss", "half_mse"), settings.get("learning_rate")
        check_equations(net)
        problem = Problem.of(net, X, y, loss, rate)
    except ValueError as error:
        raise BundleError(f"{name}: {error}; export the bundle again.") from error
    return Bundle(net, problem.X, problem.y, loss, problem.learning_rate)


def _layout(net: Network) -> str:
    """Return the layout of the matrices in words."""
    ends = {"W1": net.bias_input, "W2": net.bias_hidden}
    named = " and of ".join(name for name, bias in ends.items() if bias)
    return LAYOUT + (LAYOUT_OF_BIAS.format(named) if named else "")


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
    wanted = {
        "loss": str, "hidden": str, "output": str, "bias_input": bool, "bias_hidden": bool,
        "learning_rate": int | float | None,
    }  # fmt: skip
    for name, kind in wanted.items():
        if name in settings and not isinstance(settings[name], kind):
            raise BundleError(
                f"{SETTINGS}: {name} cannot be {short(settings[name])}; export it again."
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
