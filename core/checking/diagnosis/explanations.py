"""Explanations: the fewest mistakes that reproduce all matrices together, else each alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from core.checking.diagnosis.given_matrix import GivenMatrix, same_numbers
from core.checking.diagnosis.matching import MAX_MISTAKES, Match, complexity
from core.checking.mistakes import BY_IDENTIFIER, CONVENTIONS
from core.utils.sentence import listing, sentence_case

Combination = tuple[str, ...]
# Digits needed in all, so that none of the combinations of so many mistakes fits by chance.
MIN_INFORMATION = {0: 4.5, 1: 6.0, 2: 7.5}


@dataclass(frozen=True)
class Explanation:
    """Mistakes that reproduce the numbers: identifiers, in the order of MISTAKES.

    equivalent: other combinations that give the same numbers here. where: the mistakes in each
    explained matrix, which differ if a mistake was made in one only; none in a right matrix.
    conventions: `missing_mean` and `sign` beside other mistakes, a style that is not held against
    anyone. factor: the constant of `constant_factor` or `bias_factor`, or the λ of `l2_added`.
    notes: by mistake, what its constant is here, or which rows or numbers it concerns.
    """

    mistakes: Combination
    equivalent: tuple[Combination, ...]
    sentence: str
    where: dict[str, Combination]
    conventions: Combination = ()
    factor: float | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> Combination:
        """Mistakes and conventions, in the order of MISTAKES."""
        return _ordered((*self.mistakes, *self.conventions))


Joint = tuple[Match | None, ...]  # one a matrix: None for one that is right, or not explained


def explain(
    matrices: Sequence[GivenMatrix], matches: Sequence[Sequence[Match]]
) -> tuple[Explanation, ...]:
    """Return the explanations of the wrong matrices, best first.

    `matches`: those of each matrix, none of a right one.
    """
    wrong = [index for index, matrix in enumerate(matrices) if not matrix.is_right]
    together = list(_joint(matrices, matches, wrong)) if wrong else []
    if together:
        return tuple(_group(together, matrices))
    alone: list[Explanation] = []
    for index in wrong:
        alone += _group(list(_joint(matrices, matches, [index])), matrices)
    return tuple(alone)


def _joint(
    matrices: Sequence[GivenMatrix], matches: Sequence[Sequence[Match]], wrong: Sequence[int]
) -> Iterator[Joint]:
    """Yield the choices of a match for each wrong matrix that need the fewest mistakes in all."""
    if any(not matches[index] for index in wrong):
        return
    found: list[tuple[tuple[int, ...], Joint]] = []
    for union in _unions([match.mistakes for index in wrong for match in matches[index]]):
        choice = _within(matches, wrong, set(union))
        if choice is None:
            continue
        used = _ordered(name for match in choice if match for name in match.mistakes)
        if set(used) == set(union) and _has_enough_digits(matrices, choice):
            found.append((_cost(used, choice), choice))
            found += [(_cost(used, other), other) for other in _alternatives(matches, choice)]
    found.sort(key=lambda item: item[0])
    for cost, choice in found:
        (least, *_), best = found[0]
        # One mistake more may be the usual name for the same numbers.
        if cost[0] == least or (cost[0] == least + 1 and _same(best, choice, matrices)):
            yield choice


def _unions(combos: list[Combination]) -> Iterator[Combination]:
    """Yield the sets of mistakes that could explain all, each once."""
    distinct = list(dict.fromkeys(combos))
    seen = set()
    pairs: list[tuple[Combination, Combination]] = [(one, ()) for one in distinct]
    if len(distinct) <= 200:
        pairs += list(combinations(distinct, 2))
    for one, other in pairs:
        union = _ordered((*one, *other))
        real = [name for name in union if name not in CONVENTIONS]
        if len(real) <= MAX_MISTAKES and union not in seen:
            seen.add(union)
            yield union


def _within(
    matches: Sequence[Sequence[Match]], wrong: Sequence[int], union: set[str]
) -> Joint | None:
    """Return the simplest match of each wrong matrix among those mistakes; None if one has none."""
    choice: list[Match | None] = [None] * len(matches)
    for index in wrong:
        inside = [match for match in matches[index] if set(match.mistakes) <= union]
        if not inside:
            return None
        choice[index] = inside[0]
    return tuple(choice)


def _alternatives(matches: Sequence[Sequence[Match]], choice: Joint) -> Iterator[Joint]:
    """Yield the choices of the same mistakes with another constant or layout."""
    for index, match in enumerate(choice):
        if match is None:
            continue
        for other in matches[index]:
            if other is not match and other.mistakes == match.mistakes:
                yield (*choice[:index], other, *choice[index + 1 :])


def _cost(used: Combination, choice: Joint) -> tuple[int, ...]:
    chosen = [match for match in choice if match is not None]
    fitted = len({match.factor for match in chosen if match.constants})
    count, constants, beside, place = complexity(used, fitted)
    return count, constants, beside, len({match.mistakes for match in chosen}), place


def _has_enough_digits(matrices: Sequence[GivenMatrix], choice: Joint) -> bool:
    """Return whether the digits of the wrong matrices rule out that the match is chance."""
    pairs = [(matrix, match) for matrix, match in zip(matrices, choice, strict=True) if match]
    digits = sum(matrix.information for matrix, _ in pairs)
    fitted = {match.factor: matrix.most_digits for matrix, match in pairs if match.constants}
    used = {name for _, match in pairs for name in match.mistakes}
    factors = [name for name in used if name not in (*CONVENTIONS, "factor_two")]
    return digits - sum(fitted.values()) >= MIN_INFORMATION[min(len(factors), MAX_MISTAKES)]


def _group(joints: list[Joint], matrices: Sequence[GivenMatrix]) -> list[Explanation]:
    """Return one explanation, the simplest, for all choices that give the same numbers."""
    groups: list[list[Joint]] = []
    for joint in joints:
        for group in groups:
            if _same(group[0], joint, matrices):
                group.append(joint)
                break
        else:
            groups.append([joint])
    return [_explanation(group, matrices, several=len(groups) > 1) for group in groups]


def _same(a: Joint, b: Joint, matrices: Sequence[GivenMatrix]) -> bool:
    return all(
        (one is None) == (other is None)
        and (one is None or other is None or same_numbers(one.numbers, other.numbers, m.scale))
        for one, other, m in zip(a, b, matrices, strict=True)
    )


def _names_in(joint: Joint) -> Combination:
    return _ordered(name for match in joint if match is not None for name in match.mistakes)


def _explanation(
    group: list[Joint], matrices: Sequence[GivenMatrix], *, several: bool
) -> Explanation:
    simplest = group[0]
    names = _names_in(simplest)
    where = {
        matrix.name: () if match is None else match.mistakes
        for matrix, match in zip(matrices, simplest, strict=True)
        if match is not None or matrix.is_right
    }
    chosen = [match for match in simplest if match is not None]
    # A style is the same in all matrices.
    style = {name for name in CONVENTIONS if all(name in match.mistakes for match in chosen)}
    mistakes = tuple(name for name in names if name not in style) or names
    others = dict.fromkeys(_names_in(joint) for joint in group)
    return Explanation(
        mistakes=mistakes,
        equivalent=tuple(other for other in others if other != names),
        sentence=_sentence(names, mistakes, simplest, where, several=several),
        where=where,
        conventions=tuple(name for name in names if name not in mistakes),
        factor=next((match.factor for match in chosen if match.factor is not None), None),
        notes={name: note for name in mistakes if (note := _note(name, simplest))},
    )


def _sentence(
    names: Combination,
    mistakes: Combination,
    joint: Joint,
    where: dict[str, Combination],
    *,
    several: bool,
) -> str:
    parts = []
    for name in names:
        places = listing([matrix for matrix, inside in where.items() if name in inside])
        parts.append(_about(name, places, joint, is_mistake=name in mistakes))
    start = "One of several mistakes that these digits cannot distinguish: " if several else ""
    text = " Also, ".join(parts)
    return start + text if several else sentence_case(text)


def _about(name: str, places: str, joint: Joint, *, is_mistake: bool) -> str:
    mistake = BY_IDENTIFIER[name]
    noted = _note(name, joint)
    note = f" ({noted})" if noted else ""
    if not is_mistake:
        return f"in {places} {mistake.description} ({mistake.equation}): a convention, no mistake."
    return f"in {places} {mistake.description}{note} ({mistake.equation}): {mistake.correction}"


def _note(name: str, joint: Joint) -> str:
    notes = [m.note for m in joint if m is not None and name in m.mistakes and m.note]
    return notes[0] if notes and name in NOTED else ""


NOTED = ("constant_factor", "bias_factor", "l2_added", "swapped_rows", "single_number")


def _ordered(names: Iterable[str]) -> Combination:
    chosen = set(names)
    return tuple(name for name in BY_IDENTIFIER if name in chosen)
