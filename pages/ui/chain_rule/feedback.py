"""Verdict on a typed number in words, as plain text, for Practice and the step through."""

from collections.abc import Callable, Iterable

from core.checking.factor_mistakes import FactorExplanation, Verdict
from core.checking.question import FactorMatch
from core.checking.typed_number import TypedNumber
from core.network import Network
from core.utils.sentence import plural

ALL_DIGITS = 17  # significant digits of a fraction such as 1/8
EXACT = "Right, exactly."
TOO_FEW_DIGITS = "Type at least two significant digits, e.g. 0.50."
NO_EXPLANATION = "Not quite, and no known mistake explains this number."
EXPLANATION = "Not quite. You get this number if"
SEVERAL_EXPLANATIONS = "Not quite. You get this number if one of these holds:"

PlaceText = Callable[[str, FactorMatch], str]  # where a match is, by the mistake's name; or ""


def right_text(typed: TypedNumber) -> str:
    """Return that it is right, and to how many digits."""
    if typed.digits >= ALL_DIGITS:
        return EXACT
    return f"Right to the {plural(max(1, typed.digits), 'digit')} that you typed."


def mistake_texts(verdict: Verdict, net: Network, place: PlaceText) -> list[str]:
    """Return each mistake that gives the number, with its variants or places in brackets."""
    return [
        f"{explanation.mistake.description_in(net)}{_places_text(explanation, place)}"
        for explanation in verdict.explanations
    ]


def opening_text(mistakes: Iterable[str]) -> str:
    """Return what a list of mistakes begins with."""
    count = len(list(mistakes))
    return (NO_EXPLANATION, EXPLANATION)[count] if count < 2 else SEVERAL_EXPLANATIONS


def digits_texts(verdict: Verdict) -> list[str]:
    """Return how many digits of a wrong number are right, if there are several."""
    digits = verdict.agreeing_digits
    agree = f"The first {digits} digits are right: check intermediate rounding."
    return [agree] if digits >= 2 else []


def cell_text(row: int, column: int) -> str:
    """Return the place of a cell, counted from 0."""
    return f"row {row + 1:,}, column {column + 1:,}"


def sample_text(sample: int) -> str:
    """Return the number of a sample, counted from 0."""
    return f"sample {sample + 1:,}"


def _places_text(explanation: FactorExplanation, place: PlaceText) -> str:
    places = [place(explanation.mistake.name, match) for match in explanation.matches]
    distinct = list(dict.fromkeys(filter(None, places)))
    return f" ({'; '.join(distinct)})" if distinct else ""
