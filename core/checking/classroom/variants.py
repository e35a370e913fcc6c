"""Variants of a problem, one for each student, made from a code: only the code is stored.

    codes = read_codes("codes.txt")         # one on each line; or codes_of(text)
    variant(problem, codes[0])              # the same code gives the same bits
    code_in("hw1_mia-07.txt", codes)        # "mia-07"

A variant has other weights of the same shapes and size, and another sample of the data in another
order. It comes from raw bits and exact arithmetic, so that it is the same on every machine.
"""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.checking.grading import UNREADABLE, Grade
from core.checking.problem import Problem
from core.gradients import Array
from core.utils.number_text import round_to

VERSION = 1  # of how a variant is made
MAX_CODES, MAX_LENGTH = 10_000, 100
MAX_BYTES = MAX_CODES * (MAX_LENGTH + 2)
SHARE, FEWEST = 0.8, 8  # of the samples, if there are that many
MIN_DECIMALS, MAX_TRIES = 2, 100
_NO_TEXT = "it cannot be read as UTF-8 text; give a text file."
_CODE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_LENGTH - 1}}}")


def variant(problem: Problem, code: str) -> Problem:
    """Return the problem that belongs to a code."""
    digest = hashlib.sha256(f"variant {VERSION}\n{code}".encode()).digest()
    bits = np.random.Philox(key=int.from_bytes(digest[:16], "big"))
    samples = _samples(bits, len(problem.X))
    X, y = problem.X[samples], problem.y[samples]
    for _ in range(MAX_TRIES):
        weights = [_matrix(bits, W) for W in problem.net.weights]
        found = Problem.of(
            problem.net.with_weights(*weights), X, y, problem.loss, problem.learning_rate,
            problem.l2, problem.step,
        )  # fmt: skip
        if _is_another(found, problem) and all(dW.any() for dW in found.truth):
            break
    return found


def read_codes(path: str | Path) -> list[str]:
    """Return the codes in a text file, one on each line; empty lines do not count.

    Raises ValueError with one sentence that names the line.
    """
    name = Path(path).name
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{name}: {_NO_TEXT}") from error
    return codes_from_bytes(data, name)


def codes_from_bytes(data: bytes, name: str) -> list[str]:
    """Return the codes in the bytes of a text file of that name; errors as `read_codes`."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"{name}: there are more than {MAX_CODES:,} codes; split the file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: {_NO_TEXT}") from error
    return codes_of(text, name)


def codes_of(text: str, name: str = "The codes") -> list[str]:
    """Return the codes in a text, one on each line; `name` is what an error calls it.

    Raises ValueError as `read_codes` does.
    """
    codes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.strip()
        if not code:
            continue
        if not _CODE.fullmatch(code):
            raise ValueError(
                f"{name}, line {number}: “{code[:40]}” is no code; write 1 to {MAX_LENGTH} "
                "letters from a to z, digits, dots, - or _, beginning with a letter or digit."
            )
        if code.lower() in codes:
            raise ValueError(
                f"{name}, line {number}: {code} is the code of an earlier line; keep one of them."
            )
        codes[code.lower()] = code
        if len(codes) > MAX_CODES:
            raise ValueError(f"{name}: there are more than {MAX_CODES:,} codes; split the file.")
    if not codes:
        raise ValueError(f"{name}: it is empty; write a code on each line.")
    return list(codes.values())


def code_in(name: str, codes: Collection[str]) -> str | None:
    """Return the longest code in a file's name, in either case; None if there is none, or two.

    No letter or digit may come directly before or after it.
    """
    known = {code.lower(): code for code in codes}
    found = {part for part in _parts(name.lower()) if part in known}
    longest = [part for part in found if len(part) == max(map(len, found))]
    return known[longest[0]] if len(longest) == 1 else None


def grade_without_code(name: str, source: str) -> Grade:
    """Return the grade of a file whose name holds none of the codes of `source`, or two."""
    comment = (
        f"{name}: its name holds no code of {source}, or two; put the student's code into it, "
        "between other signs than letters and digits."
    )
    return Grade(name, UNREADABLE, comment=comment)


def _parts(text: str) -> set[str]:
    """Return the texts between any two borders of its words, no longer than a code may be."""
    starts = [at for at in range(len(text)) if at == 0 or not text[at - 1].isalnum()]
    ends = [at for at in range(1, len(text) + 1) if at == len(text) or not text[at].isalnum()]
    return {text[start:end] for start in starts for end in ends if 0 < end - start <= MAX_LENGTH}


def _samples(bits: np.random.Philox, count: int) -> NDArray[np.intp]:
    order = np.argsort(bits.random_raw(count), kind="stable")
    return order[: count if count < FEWEST else round(SHARE * count)]


def _matrix(bits: np.random.Philox, W: Array) -> Array:
    """Return normal numbers of W's standard deviation, with few decimals.

    The sum of twelve uniform numbers minus 6 is close to normal and needs no function that
    differs by machine.
    """
    uniform = (bits.random_raw(12 * W.size) >> np.uint64(11)) * 2.0**-53
    normal = uniform.reshape(12, *W.shape).sum(axis=0) - 6.0
    size = round_to(W.std(), 2) or 0.5  # two digits: sums of W may differ by machine
    decimals = max(MIN_DECIMALS, 1 - int(np.floor(np.log10(size))))
    numbers: Array = np.round(size * normal, decimals) + 0.0  # no −0
    return numbers


def _is_another(found: Problem, problem: Problem) -> bool:
    pairs = zip(found.net.weights, problem.net.weights, strict=True)
    return any((own != W).any() for own, W in pairs)
