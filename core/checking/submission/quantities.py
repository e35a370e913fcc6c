"""Matrices and costs of a text, put together kind by kind: gradients, new weights, steps, C."""

import re
from collections.abc import Sequence
from dataclasses import replace

from core.checking.submission.assembly import Assembly, AssemblyError, Part, assemble
from core.checking.submission.kinds import (
    COST,
    COST_NAME,
    GRADIENT,
    MARKS,
    NEW_WEIGHTS,
    STEP,
    Quantity,
    title,
)
from core.checking.submission.labels import ALL
from core.checking.submission.numbers import NumberMatrix
from core.network import Network

_KINDS = {mark: kind for kind, mark in MARKS.items()}
_GRADIENT_NAME = re.compile(r"\bd([Wb]\d)")
_INNER_NAME = re.compile(r"\b([dns])([Wb])(\d+|@[\w.]+|-1)")


def assemble_all(
    found: Sequence[Part], net: Network, file: str | None = None
) -> tuple[Assembly, tuple[Quantity, ...]]:
    """Return the gradients, and what else is there; `file`: the name in a file's name, if any.

    Raises AssemblyError as `assemble` does, with the names of each kind.
    """
    costs = [part.numbers for part in found if part.name == COST_NAME]
    rest = [part for part in found if part.name != COST_NAME]
    by_kind = _by_kind(rest, file)
    gradients = assemble(by_kind.pop(GRADIENT, []), net, file)
    notes, others = list(gradients.notes), []
    for kind in (NEW_WEIGHTS, STEP):
        if kind in by_kind:
            whole = _of_kind(kind, by_kind[kind], net, file)
            notes += whole.notes
            others += [
                Quantity(kind, layer, numbers)
                for layer, numbers in enumerate(whole.matrices, start=1)
                if numbers is not None
            ]
    others += _cost(costs, notes, alone=not others and not any(gradients.matrices))
    return Assembly(gradients.matrices, tuple(notes)), tuple(others)


def readable(message: str) -> str:
    """Return a message with the names that sentences have: "W1 after the step" for nW1."""
    return _INNER_NAME.sub(_title, message)


def _title(name: re.Match[str]) -> str:
    kind, letter, layer = _KINDS[name[1]], name[2], name[3]
    if layer == "-1":
        return f"{title(kind, letter)} of the output layer"
    return layer[1:] if layer[0] == "@" else title(kind, letter + layer)


def _by_kind(found: Sequence[Part], file: str | None) -> dict[str, list[Part]]:
    """Return the parts of each kind; those without a name go with the gradients, if there are any.

    Else they go with the first kind, and if no part has a name, the file's name says the kind.
    """
    kinds = [_kind(part.name) for part in found if part.name is not None]
    first = GRADIENT if GRADIENT in kinds else next(iter(kinds), _kind(file))
    by_kind: dict[str, list[Part]] = {}
    for part in found:
        kind = first if part.name is None else _kind(part.name)
        by_kind.setdefault(kind, []).append(part)
    return by_kind


def _kind(name: str | None) -> str:
    return GRADIENT if name in (None, ALL) else _KINDS[str(name)[0]]


def _of_kind(kind: str, found: list[Part], net: Network, file: str | None) -> Assembly:
    """Return the matrices of a kind, assembled as gradients are."""
    plain = [
        part if part.name is None else replace(part, name=f"d{part.name[1:]}") for part in found
    ]
    name = f"d{file[1:]}" if file not in (None, ALL) else file

    def titles(text: str) -> str:
        return _GRADIENT_NAME.sub(lambda match: title(kind, match[1]), text)

    try:
        whole = assemble(plain, net, name)
    except AssemblyError as error:
        raise AssemblyError(titles(str(error))) from error
    return Assembly(whole.matrices, tuple(map(titles, whole.notes)))


def _cost(costs: list[NumberMatrix], notes: list[str], *, alone: bool) -> list[Quantity]:
    """Return the cost, if there is one; several different ones are of several epochs."""
    different = {float(numbers.values.item()) for numbers in costs}
    if len(different) > 1 and alone:
        raise AssemblyError("C appears several times with different numbers; keep one of them")
    if len(different) > 1:
        notes.append("C appears several times and is not judged")
    return [Quantity(COST, None, costs[0])] if len(different) == 1 else []
