r"""Exercise as text: X, y and, if given, the weights, in the notation of a course or a program.

    X = np.array([[0, 0], [0, 1]])      NumPy, torch, their prints, JSON
    y = [0 1]                           MATLAB, Octave and its prints, R's prints
    W1 = [0.15 0.25; 0.20 0.30]
    b1 = 0.35
    W^{(2)} = \begin{pmatrix} 0.4 \\ 0.45 \\ 0.6 \end{pmatrix}

Biases are separate vectors (b1, b2) or the last row of their matrix; the shapes decide which. A
matrix that fits only transposed is transposed, with a note.
"""

import re
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from core.checking.submission.labels import OF_OUTPUT
from core.checking.submission.matrix_text import matrices
from core.checking.submission.numbers import read_numbers
from core.checking.submission.section import MatrixTextError, TextMatrix
from core.network import Array
from core.utils.number_text import shape_text
from core.utils.small_digits import TO_PLAIN

MAX_LETTERS = 100_000
MAX_SAMPLES, MAX_UNITS = 1000, 20
NAMES = {"X": "X", "y": "y", "W1": "W⁽¹⁾", "W2": "W⁽²⁾", "b1": "b⁽¹⁾", "b2": "b⁽²⁾"}
_ASCII = TO_PLAIN | str.maketrans("θΘ", "tt")
_X = re.compile(r"(?:x|inputs?|features|x_?train|x_?data)")
_Y = re.compile(r"(?:y|t|targets?|labels?|outputs?|y_?train|y_?true|y_?data)")
_WEIGHTS = re.compile(
    r"(?P<kind>w|weights?|theta|t|b|bias|biases)[\W_]*(?P<layer>1|2|hidden|output|out|ih|ho|xh|hy|h|o)"
    r"[\W_]*"
)
_TORCH = re.compile(r"[a-z_]{0,12}(?P<layer>1|2|hidden|output|out)\.(?P<kind>weight|bias)")
_SECOND = {"2", *OF_OUTPUT}
_WORD = re.compile(r"[^\W\d]\w{0,30}")
_TABLE_HEADING = re.compile(r"[hoxyz]\d+|bias", re.I)  # of a printed column or row


class ExerciseTextError(ValueError):
    """Error in an exercise: one sentence, with the line or the matrix and what to do."""


@dataclass(frozen=True, eq=False)
class ExerciseText:
    """The matrices of a text: X (N, d), y (N, K), and the weights in the derivation's layout.

    W1 (d+1, m) and W2 (m+1, K) have their bias as the last row, or none (see `bias_input` and
    `bias_hidden`); a missing matrix is None. `notes` describe what was transposed or appended.
    """

    X: Array
    y: Array
    W1: Array | None = None
    W2: Array | None = None
    bias_input: bool = True
    bias_hidden: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Matrix:
    """A matrix of the text with its name; `style` of the name: plain, torch or theta."""

    name: str
    values: Array
    style: str = ""


def read_exercise(text: str) -> ExerciseText:
    """Return the exercise in a text; raise ExerciseTextError with a sentence if there is none."""
    if len(text) > MAX_LETTERS or text.count("\\begin") > 20:
        raise ExerciseTextError(
            "The text is too long for an exercise: paste only X, y and the weights."
        )
    found, ignored = _matrices(text)
    for name, meaning in (("X", "one row per sample"), ("y", "the targets, one row per sample")):
        if name not in found:
            raise ExerciseTextError(f"{name} is missing: write “{name} = …”, {meaning}.")
    for bias, name in (("b1", "W1"), ("b2", "W2"), ("W1", "W2"), ("W2", "W1")):
        if bias in found and name not in found:
            raise ExerciseTextError(
                f"{name} is missing, but {bias} is given: write W1 and W2, or leave both out."
            )
    exercise = _fit_shapes(found)
    if ignored:
        left = f"Ignored: {', '.join(ignored[:5])}. Settings are on the Train page."
        exercise = replace(exercise, notes=(*exercise.notes, left))
    _check_size(exercise)
    return exercise


def _matrices(text: str) -> tuple[dict[str, _Matrix], list[str]]:
    """Return the matrices by name, and the names of what is not of an exercise."""
    found: dict[str, _Matrix] = {}
    ignored = []
    try:
        for matrix in matrices(text, _parse_label):
            name, _, style = str(matrix.name or "").partition(" ")
            if not name or style == "unknown":
                ignored += [name] * bool(name)
                continue
            if name in found:
                raise ExerciseTextError(f"Line {matrix.line}: {name} appears twice; keep one.")
            found[name] = _Matrix(name, _values(name, matrix), style)
    except MatrixTextError as error:
        raise ExerciseTextError(f"Line {error.line}: {error}.") from error
    return found, ignored


def _values(name: str, matrix: TextMatrix) -> Array:
    """Return the numbers of a matrix, in which all rows have equal length."""
    try:
        return read_numbers(replace(matrix, name=name)).values
    except MatrixTextError as error:
        raise ExerciseTextError(f"Line {error.line}, {name}: {error}.") from error


def _parse_label(label: str) -> str | None:
    """Return the name that a label means and its style; "… unknown" for other names."""
    line = re.sub(r"\\?\b(?:mathbf|bm|boldsymbol|mathrm|text)\b", "", label.translate(_ASCII))
    line = re.sub(r"[\s{}$]", "", line).lower().removeprefix("\\")
    if _X.fullmatch(line):
        return "X"
    if _Y.fullmatch(line):
        return "y"
    for pattern, torch in ((_TORCH, " torch"), (_WEIGHTS, "")):
        if match := pattern.fullmatch(line):
            letter = "b" if match["kind"].startswith("b") else "W"
            style = " theta" if match["kind"] in ("theta", "t") else torch
            return f"{letter}{2 if match['layer'] in _SECOND else 1}{style}"
    word = label.strip()
    known = _WORD.fullmatch(word) and not _TABLE_HEADING.fullmatch(word)
    return f"{word} unknown" if known else None


def _fit_shapes(found: dict[str, _Matrix]) -> ExerciseText:
    """Return the matrices in shapes that fit, with as few transposed as possible."""
    names = [name for name in ("X", "y", "W1", "W2") if name in found]
    fits: dict[int, list[ExerciseText]] = {}
    for choices in product((False, True), repeat=len(names)):
        transposed: set[str] = {n for n, chosen in zip(names, choices, strict=True) if chosen}
        if any(min(found[n].values.shape) == max(found[n].values.shape) == 1 for n in transposed):
            continue
        fit = _fit(found, transposed)
        if fit is not None:
            fits.setdefault(len(transposed), []).append(fit)
    if not fits:
        sizes = ", ".join(f"{n} {shape_text(matrix.values.shape)}" for n, matrix in found.items())
        raise ExerciseTextError(
            f"The shapes do not match: {sizes}. X and y need one row per sample; W1 one row per "
            "input (and one for the bias) and one column per hidden unit; W2 one row per hidden "
            "unit (and one for the bias) and one column per output."
        )
    best = fits[min(fits)]
    if len(best) > 1:
        raise ExerciseTextError(
            "The shapes match in more than one way: write X and y with one row per sample, W1 "
            "and W2 with one column per unit."
        )
    return best[0]


def _fit(found: dict[str, _Matrix], transposed: set[str]) -> ExerciseText | None:
    """Return the exercise with these matrices transposed; None if that does not fit."""
    matrices = {n: found[n].values.T if n in transposed else found[n].values for n in found}
    notes = [f"{n} is transposed to {shape_text(matrices[n].shape)}." for n in sorted(transposed)]
    X, y = matrices["X"], matrices["y"]
    if len(X) != len(y):
        return None
    if "W1" not in found:
        return ExerciseText(X, y, notes=tuple(notes))
    W1 = _with_bias(found, matrices["W1"], "W1", X.shape[1], notes)
    hidden = matrices["W1"].shape[1]
    W2 = _with_bias(found, matrices["W2"], "W2", hidden, notes)
    styled = {name for name in ("W1", "W2") if found[name].style}
    if W1 is None or W2 is None or W2.shape[1] != y.shape[1] or not styled <= transposed:
        return None
    biases = len(W1) > X.shape[1], len(W2) > hidden
    return ExerciseText(X, y, W1, W2, *biases, tuple(notes))


def _with_bias(
    found: dict[str, _Matrix], W: Array, name: str, inputs: int, notes: list[str]
) -> Array | None:
    """Return W with its bias, if any, as the last row; None if it does not fit."""
    style, bias = found[name].style, name.replace("W", "b")
    if bias in found:
        b = found[bias].values.ravel()
        if len(W) != inputs or len(b) not in (1, W.shape[1]):
            return None
        if len(b) < W.shape[1]:
            notes.append(f"{bias} = {b[0]:g} is used for each of the {W.shape[1]} units.")
        notes.append(f"{bias} is the last row of {NAMES[name]}.")
        return np.vstack([W, np.broadcast_to(b, W.shape[1])])
    if len(W) not in (inputs, inputs + 1):
        return None
    has_bias = len(W) > inputs
    if style == "theta" and has_bias:
        notes.append(f"The bias comes first in {name}; it is the last row of {NAMES[name]}.")
        return np.roll(W, -1, axis=0)
    notes.append(f"The last row of {name} is its bias." if has_bias else f"{name} has no bias.")
    return W


def _check_size(exercise: ExerciseText) -> None:
    """Raise ExerciseTextError if it is too large to type by hand."""
    sizes = (
        ("samples", len(exercise.X), MAX_SAMPLES),
        ("inputs", exercise.X.shape[1], MAX_UNITS),
        ("outputs", exercise.y.shape[1], MAX_UNITS),
        ("hidden units", 0 if exercise.W1 is None else exercise.W1.shape[1], MAX_UNITS),
    )
    for what, size, most in sizes:
        if size > most:
            raise ExerciseTextError(
                f"{size:,} {what} are too many for an exercise, which has up to {most:,}: upload "
                "them as a CSV file."
            )
