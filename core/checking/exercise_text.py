r"""Exercise as text: X, y and, if given, the weights, in the notation of a course or a program.

    X = np.array([[0, 0], [0, 1]])      NumPy, torch, their prints, JSON
    y = [0 1]                           MATLAB, Octave and its prints, R's prints
    W1 = [0.15 0.25; 0.20 0.30]
    b1 = 0.35
    W^{(2)} = \begin{pmatrix} 0.4 \\ 0.45 \\ 0.6 \end{pmatrix}

Biases are separate vectors (b1, b2) or the last row of their matrix; the shapes decide which. A
matrix that fits only transposed is transposed, with a note. Deeper networks go on with W3, b3, …;
nn.Sequential's names (0.weight, 2.weight) are taken in their order.
"""

import re
from collections.abc import Set
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from core.chain import Symbol
from core.checking.submission.labels import OF_OUTPUT
from core.checking.submission.matrix_text import matrices
from core.checking.submission.numbers import read_numbers
from core.checking.submission.section import MatrixTextError, TextMatrix
from core.network import MAX_HIDDEN, Array
from core.utils.number_text import shape_text
from core.utils.sentence import listing
from core.utils.small_digits import TO_PLAIN

MAX_LETTERS = 100_000
MAX_SAMPLES, MAX_UNITS = 1000, 20
_ASCII = TO_PLAIN | str.maketrans("θΘ", "tt")
_X = re.compile(r"(?:x|inputs?|features|x_?train|x_?data)")
_Y = re.compile(r"(?:y|t|targets?|labels?|outputs?|y_?train|y_?true|y_?data)")
_WEIGHTS = re.compile(
    r"(?P<kind>w|weights?|theta|t|b|bias|biases)[\W_]*(?P<layer>[1-9]|hidden|output|out|ih|ho|xh|hy|h|o)"
    r"[\W_]*"
)
_TORCH = re.compile(r"[a-z_]{0,12}(?P<layer>[1-9]|hidden|output|out)\.(?P<kind>weight|bias)")
_SEQUENTIAL = re.compile(r"(?:[a-z_]\w{0,20}\.){0,3}(?P<place>\d{1,3})\.(?P<kind>weight|bias)")
_LAST = "_output"  # in place of a number
_WORD = re.compile(r"[^\W\d]\w{0,30}")
_TABLE_HEADING = re.compile(r"[hoxyz]\d+|bias", re.I)  # of a printed column or row


class ExerciseTextError(ValueError):
    """Error in an exercise: one sentence, with the line or the matrix and what to do."""


@dataclass(frozen=True, eq=False)
class ExerciseText:
    """The matrices of a text: X (N, d), y (N, K), and the weights in the derivation's layout.

    The weights, W1 (d+1, m), W2 (m+1, K) and so on, have their bias as the last row, or none (see
    `bias_input` and `bias_hidden`); there are none if the text has none. `notes` describe what was
    transposed or appended.
    """

    X: Array
    y: Array
    weights: tuple[Array, ...] = ()
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
    _check_weights(found)
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
    return _with_numbers(_in_sequence(found)), ignored


def _in_sequence(found: dict[str, _Matrix]) -> dict[str, _Matrix]:
    """Return the matrices with numbers for nn.Sequential's names: 0.weight is W1, 2.weight W2."""
    order = sorted({int(name.partition(".")[0]) for name in found if "." in name})
    renamed: dict[str, _Matrix] = {}
    for name, matrix in found.items():
        place, _, kind = name.partition(".")
        new = f"{'W' if kind == 'weight' else 'b'}{order.index(int(place)) + 1}" if kind else name
        if kind and new in found:
            raise ExerciseTextError(f"{name} and {new} name the same matrix; keep one.")
        renamed[new] = matrix
    return renamed


def _with_numbers(found: dict[str, _Matrix]) -> dict[str, _Matrix]:
    """Return the matrices with numbers for the output's: W comes after the last numbered W.

    Where only biases are numbered, W goes with the last of them. The output's bias goes with the
    last W, or with one more that is missing, if that W has a bias.
    """
    W, b = ([int(n[1:]) for n in found if n[0] == letter and n[1:].isdigit()] for letter in "Wb")
    last = max([2, *W])
    if f"W{_LAST}" in found:
        last = 1 + max(W) if W else max([2, *b])
    numbers = {f"W{_LAST}": f"W{last}", f"b{_LAST}": f"b{last + (f'b{last}' in found)}"}
    return {numbers.get(name, name): matrix for name, matrix in found.items()}


def _check_weights(found: dict[str, _Matrix]) -> None:
    """Raise ExerciseTextError if some of the matrices are missing."""
    given = [name for name in found if name not in ("X", "y")]
    for name in given:
        if int(name[1:]) > MAX_HIDDEN + 1:
            what = "is" if name[0] == "W" else "belongs to"
            raise ExerciseTextError(
                f"{name} {what} the {name[1:]}th matrix; a network here has up to {MAX_HIDDEN + 1}."
            )
    names = _weight_names(found)
    for name in names:
        if name not in found:
            bias = name.replace("W", "b")
            all_names = (
                "W1 and W2, or leave both"
                if len(names) == 2
                else f"all to {names[-1]}, or leave all"
            )
            raise ExerciseTextError(
                f"{name} is missing, but {bias if bias in given else given[0]} is given: write "
                f"{all_names} out."
            )


def _weight_names(found: dict[str, _Matrix]) -> list[str]:
    """Return the names of all matrices up to the last layer that is named, at least two or none."""
    layers = [int(name[1:]) for name in found if name not in ("X", "y")]
    return [f"W{layer}" for layer in range(1, max(2, *layers) + 1)] if layers else []


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
    if match := _SEQUENTIAL.fullmatch(line):
        return f"{match['place']}.{match['kind']} torch"
    for pattern, torch in ((_TORCH, " torch"), (_WEIGHTS, "")):
        if match := pattern.fullmatch(line):
            letter = "b" if match["kind"].startswith("b") else "W"
            style = " theta" if match["kind"] in ("theta", "t") else torch
            layer = _LAST if match["layer"] in OF_OUTPUT else match["layer"]
            return f"{letter}{layer if layer[0] in '_123456789' else 1}{style}"
    word = label.strip()
    known = _WORD.fullmatch(word) and not _TABLE_HEADING.fullmatch(word)
    return f"{word} unknown" if known else None


def _fit_shapes(found: dict[str, _Matrix]) -> ExerciseText:
    """Return the matrices in shapes that fit, in one direction if possible, few transposed.

    Where only two directions fit, a note names each matrix that would fit both ways.
    """
    weights = _weight_names(found)
    names = ["X", "y", *weights]
    fits: dict[frozenset[str], ExerciseText] = {}
    for choices in product((False, True), repeat=len(names)):
        transposed = frozenset(n for n, chosen in zip(names, choices, strict=True) if chosen)
        if any(min(found[n].values.shape) == max(found[n].values.shape) == 1 for n in transposed):
            continue
        fit = _fit(found, transposed)
        if fit is not None:
            fits[transposed] = fit
    if not fits:
        sizes = ", ".join(f"{n} {shape_text(matrix.values.shape)}" for n, matrix in found.items())
        last = weights[-1] if weights else "W2"
        between = "; each W between one row per unit before it" if len(weights) > 2 else ""
        raise ExerciseTextError(
            f"The shapes do not match: {sizes}. X and y need one row per sample; W1 one row per "
            f"input (and one for the bias) and one column per hidden unit{between}; {last} one row "
            "per hidden unit (and one for the bias) and one column per output."
        )
    tables = {n for n in weights if min(found[n].values.shape) > 1}  # a vector has no direction
    least = min(_effort(each, tables) for each in fits)
    best, *others = (each for each in fits if _effort(each, tables) == least)
    if others:
        raise ExerciseTextError(
            "The shapes match in more than one way: write X and y with one row per sample, "
            f"{listing(weights or ['W1', 'W2'])} with one column per unit."
        )
    exercise = fits[best]
    if not _is_mixed(best, tables):
        return exercise
    both = [n for n in weights if n in tables and best ^ {n} in fits]
    notes = [f"{n} fits both ways; it is read {_way(n in best)}." for n in both]
    return replace(exercise, notes=(*exercise.notes, *notes))


def _effort(transposed: frozenset[str], tables: set[str]) -> tuple[bool, int]:
    """Return what the best fit has least of: matrices in two directions, then transposed ones."""
    return _is_mixed(transposed, tables), len(transposed)


def _is_mixed(transposed: frozenset[str], tables: set[str]) -> bool:
    """Return whether some of these matrices are transposed and others not."""
    return bool(tables & transposed) and not tables <= transposed


def _way(transposed: bool) -> str:
    return "with one row per unit" if transposed else "with one column per unit"


def _fit(found: dict[str, _Matrix], transposed: Set[str]) -> ExerciseText | None:
    """Return the exercise with these matrices transposed; None if that does not fit."""
    matrices = {n: found[n].values.T if n in transposed else found[n].values for n in found}
    notes = [f"{n} is transposed to {shape_text(matrices[n].shape)}." for n in sorted(transposed)]
    X, y = matrices["X"], matrices["y"]
    names = _weight_names(found)
    by_style = {n for n in names if found[n].style and found[n].values.size > 1}
    if len(X) != len(y) or not by_style <= transposed:
        return None
    weights, biases, inputs = [], [], X.shape[1]
    for name in names:
        W = _with_bias(found, matrices[name], name, inputs, notes)
        if W is None:
            return None
        biases.append(len(W) > inputs)
        weights.append(W)
        inputs = matrices[name].shape[1]
    if not weights:
        return ExerciseText(X, y, notes=tuple(notes))
    if inputs != y.shape[1]:
        return None
    for layer, name in enumerate(names[1:], start=1):
        if any(biases[1:]) and not biases[layer]:  # a network has all of them, or none
            weights[layer] = np.vstack([weights[layer], np.zeros(weights[layer].shape[1])])
            notes.append(f"The last row of {_symbol(name)} is 0, since the others have a bias.")
    return ExerciseText(X, y, tuple(weights), biases[0], any(biases[1:]), tuple(notes))


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
        notes.append(f"{bias} is the last row of {_symbol(name)}.")
        return np.vstack([W, np.broadcast_to(b, W.shape[1])])
    if len(W) not in (inputs, inputs + 1):
        return None
    has_bias = len(W) > inputs
    if style == "theta" and has_bias:
        notes.append(f"The bias comes first in {name}; it is the last row of {_symbol(name)}.")
        return np.roll(W, -1, axis=0)
    notes.append(f"The last row of {name} is its bias." if has_bias else f"{name} has no bias.")
    return W


def _symbol(name: str) -> str:
    """Return W⁽¹⁾ for W1."""
    return Symbol(name[0], int(name[1:])).text


def _check_size(exercise: ExerciseText) -> None:
    """Raise ExerciseTextError if it is too large to type by hand."""
    sizes = (
        ("samples", len(exercise.X), MAX_SAMPLES),
        ("inputs", exercise.X.shape[1], MAX_UNITS),
        ("outputs", exercise.y.shape[1], MAX_UNITS),
        ("hidden units", max((W.shape[1] for W in exercise.weights[:-1]), default=0), MAX_UNITS),
    )
    for what, size, most in sizes:
        if size > most:
            raise ExerciseTextError(
                f"{size:,} {what} are too many for an exercise, which has up to {most:,}: upload "
                "them as a CSV file."
            )
