"""Explanations: the fewest mistakes that reproduce all matrices together, else each alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import isclose
from typing import TypeVar

from core.checking.diagnosis.given_matrix import GivenMatrix, same_numbers
from core.checking.diagnosis.matching import MAX_MISTAKES, Match, complexity
from core.checking.mistakes import BY_IDENTIFIER, CONVENTIONS, Combination, Mistake, ordered
from core.utils.number_text import exact_text, round_to
from core.utils.sentence import listing, sentence_case

# Digits needed in all, so that none of the combinations of so many mistakes fits by chance.
MIN_INFORMATION = {0: 4.5, 1: 6.0, 2: 7.5}
ONE_OF_SEVERAL = "One of several mistakes that these digits cannot distinguish: "
SAME_CONSTANT = 0.01  # relative: constants fitted to rounded numbers agree no better


@dataclass(frozen=True)
class Explanation:
    """Mistakes that reproduce the numbers: identifiers, in the order of MISTAKES.

    equivalent: other combinations that give the same numbers here. where: the mistakes in each
    explained matrix, which differ if a mistake was made in one only; none in a right matrix.
    conventions: `missing_mean` and `sign` beside other mistakes, a style that is not held against
    anyone. factor: the constant of `constant_factor` or `bias_factor`, or the λ of `l2_added`; None
    if it differs between matrices. notes: by mistake, what its constant is here, or which rows or
    numbers it concerns; with the names of the matrices if they differ. texts: the mistakes in other
    words than those of BY_IDENTIFIER, which C has.
    """

    mistakes: Combination
    equivalent: tuple[Combination, ...]
    sentence: str
    where: dict[str, Combination]
    conventions: Combination = ()
    factor: float | None = None
    notes: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Mistake] = field(default_factory=dict)

    @property
    def names(self) -> Combination:
        """Mistakes and conventions, in the order of MISTAKES."""
        return ordered((*self.mistakes, *self.conventions))

    @property
    def matrices(self) -> tuple[str, ...]:
        """The matrices whose wrong numbers it explains."""
        return tuple(name for name, mistakes in self.where.items() if mistakes)

    def text(self, name: str) -> Mistake:
        """Return one of its mistakes, or of the equivalent ones, in its own words."""
        return self.texts.get(name, BY_IDENTIFIER[name])


def by_matrices(explanations: Iterable[Explanation]) -> tuple[tuple[Explanation, ...], ...]:
    """Return them in groups, best first: only those of the same matrices are alternatives."""
    groups: dict[tuple[str, ...], list[Explanation]] = {}
    for explanation in explanations:
        groups.setdefault(explanation.matrices, []).append(explanation)
    return tuple(map(tuple, groups.values()))


T = TypeVar("T")
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
        used = ordered(name for match in choice if match for name in match.mistakes)
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
        union = ordered((*one, *other))
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
    groups = groups_of(joints, lambda one, other: _same(one, other, matrices))
    return [_explanation(group, matrices, several=len(groups) > 1) for group in groups]


def groups_of(items: Iterable[T], same: Callable[[T, T], bool]) -> list[list[T]]:
    """Return the items in groups: each goes to the first whose first item is the same."""
    groups: list[list[T]] = []
    for item in items:
        group = next((group for group in groups if same(group[0], item)), None)
        if group is None:
            groups.append([item])
        else:
            group.append(item)
    return groups


def _same(a: Joint, b: Joint, matrices: Sequence[GivenMatrix]) -> bool:
    return all(
        (one is None) == (other is None)
        and (one is None or other is None or same_numbers(one.numbers, other.numbers, m.scale))
        for one, other, m in zip(a, b, matrices, strict=True)
    )


def _names_in(joint: Joint) -> Combination:
    return ordered(name for match in joint if match is not None for name in match.mistakes)


def _explanation(
    group: list[Joint], matrices: Sequence[GivenMatrix], *, several: bool
) -> Explanation:
    names, *others = dict.fromkeys(_names_in(joint) for joint in group)
    pairs = list(zip(matrices, group[0], strict=True))
    where = {
        matrix.name: () if match is None else match.mistakes
        for matrix, match in pairs
        if match is not None or matrix.is_right
    }
    by_name = {matrix.name: match for matrix, match in pairs if match is not None}
    chosen = list(by_name.values())
    # A style is the same in all matrices.
    style = {name for name in CONVENTIONS if all(name in match.mistakes for match in chosen)}
    mistakes = tuple(name for name in names if name not in style) or names
    factor = _factor(chosen)
    notes = {name: _note(name, by_name, is_common=factor is not None) for name in mistakes}
    return Explanation(
        mistakes=mistakes,
        equivalent=tuple(others),
        sentence=_sentence(names, mistakes, notes, where, several=several),
        where=where,
        conventions=tuple(name for name in names if name not in mistakes),
        factor=factor,
        notes={name: note for name, note in notes.items() if note},
    )


def _sentence(
    names: Combination,
    mistakes: Combination,
    notes: dict[str, str],
    where: dict[str, Combination],
    *,
    several: bool,
) -> str:
    parts = []
    for name in names:
        places = listing([matrix for matrix, inside in where.items() if name in inside])
        parts.append(_about(name, places, notes.get(name, ""), is_mistake=name in mistakes))
    text = " Also, ".join(parts)
    return ONE_OF_SEVERAL + text if several else sentence_case(text)


def _about(name: str, places: str, note: str, *, is_mistake: bool) -> str:
    mistake = BY_IDENTIFIER[name]
    note = f" ({note})" if note else ""
    if not is_mistake:
        return f"in {places} {mistake.description} ({mistake.equation}): a convention, no mistake."
    return f"in {places} {mistake.description}{note} ({mistake.equation}): {mistake.correction}"


NOTED = ("constant_factor", "bias_factor", "l2_added", "swapped_rows", "single_number")


def _note(name: str, by_name: dict[str, Match], *, is_common: bool) -> str:
    """Return what the constant is, or which rows: with the matrices if not the same in all."""
    own = [matrix for matrix, match in by_name.items() if name in NOTED and name in match.mistakes]
    groups = groups_of(own, lambda one, other: _agree(by_name[one], by_name[other]))
    if len(groups) > 1:
        return "; ".join(f"{_constant(by_name[own[0]])} in {listing(own)}" for own in groups)
    # One factor for all is said beside the note.
    firsts = [by_name[matrix] for matrix, *_ in groups]
    return "".join(match.note if is_common else _constant(match) for match in firsts)


def _constant(match: Match) -> str:
    return match.note or ("" if match.factor is None else constant_text(match.factor))


def constant_text(value: float) -> str:
    """Return a constant to four digits: 0.3333, −2."""
    return exact_text(round_to(value, 4))


def _factor(matches: Sequence[Match]) -> float | None:
    """Return the constant or λ that is the same in all matrices that have one."""
    with_factor = [match for match in matches if match.factor is not None]
    is_same = all(_agree(with_factor[0], match) for match in with_factor)
    return with_factor[0].factor if with_factor and is_same else None


def _agree(one: Match, other: Match) -> bool:
    """Return whether two matrices have the same constant, rows or number."""
    if one.constants and other.constants and one.factor is not None and other.factor is not None:
        return isclose(one.factor, other.factor, rel_tol=SAME_CONSTANT)
    return (one.factor, one.note) == (other.factor, other.note)
