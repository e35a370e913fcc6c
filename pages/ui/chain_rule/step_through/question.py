"""A stop's number that is asked before it is shown, and the verdict on what is typed."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np

from core.chain import Stop, stops
from core.chain.training_step import NEW_COST, UPDATE
from core.checking.factor_mistakes import Verdict, check_answer
from core.checking.question import (
    ACTIVATION,
    COST,
    DC_DZ,
    DELTA,
    NEW_WEIGHT,
    SHARE,
    SUM,
    FactorMatch,
    Question,
)
from core.checking.typed_number import read
from core.training.update import Update
from core.utils.number_text import number_text
from pages.ui.chain_rule.feedback import (
    EXPLANATION,
    TOO_FEW_DIGITS,
    cell_text,
    digits_texts,
    mistake_texts,
    opening_text,
    right_text,
    sample_text,
)
from pages.ui.chain_rule.notation import Selection
from pages.ui.state.message import Message
from pages.ui.state.names import Names

CHECK, SHOW = "check", "show"
RIGHT, WRONG, AGAIN, SHOWN = "right", "wrong", "again", "shown"
IT_IS = "It is {number}."
OF_UNITS = (SUM, ACTIVATION, DELTA, DC_DZ, "dC_dyhat")  # numbers of an array with a row a sample


@dataclass(frozen=True)
class Answer:
    """A number typed for an entry of a stop's array of one sample; not trusted.

    `all_samples`: C and ∂C/∂W are over all samples, not the chosen one's part.
    """

    typed: str = ""
    row: int = 0
    column: int = 0
    all_samples: bool = False

    @classmethod
    def parse(cls, fields: Message) -> Self:
        """Return the answer from a message's fields."""
        row, column = fields.whole("asked_row"), fields.whole("asked_column")
        return cls(fields.text("typed"), row, column, fields.flag("all"))


def verdict_on(
    answer: Answer, name: str, shown: Selection, update: Update, *, show: bool
) -> dict[str, Any] | None:
    """Return the verdict for the browser: outcome and messages.

    `show`: the number is given instead. None for a stop that is not there or has no number to ask,
    and for a number that is not finite.
    """
    stop = next((stop for stop in stops(shown.run.template.layers) if stop.name == name), None)
    question = None if stop is None else _question(stop, answer, shown, update)
    if question is None or not _is_finite(question):
        return None
    outcome, messages = _show(question, shown) if show else _check(answer.typed, question, shown)
    return {"outcome": outcome, "messages": messages}


def _question(stop: Stop, answer: Answer, shown: Selection, update: Update) -> Question | None:
    """Return the question about an entry of a stop, clamped to its array.

    None of X, and of what an update makes that is not finite.
    """
    quantity = _quantity(stop, answer)
    net = update.after if stop.name == NEW_COST else update.before
    is_lost = stop.name in (UPDATE, NEW_COST) and not update.finite
    if not quantity or net is None or is_lost:
        return None
    # What ∂C/∂Z leads back to is the unit of the layer before.
    layer = stop.layer - 1 if stop.operation == "weights" else stop.layer
    place = layer or net.layers, answer.row, answer.column
    if stop.name == UPDATE:
        place = shown.focus.weight.place
    elif stop.operation == "cost":
        place = net.layers, 0, 0
    rows, columns = net.shapes[place[0] - 1]
    row, column = min(place[1], rows - 1), min(place[2], columns - 1)
    output = column if place[0] == net.layers else shown.focus.output
    run, raw = shown.run, shown.experiment.source.dataset.raw_X
    where = place[0], row, column, shown.focus.sample, output
    return Question(net, run.X, run.y, raw, *where, quantity, shown.loss, update)


def _is_finite(question: Question) -> bool:
    """Return whether its number is finite: ∂C/∂ŷ of cross-entropy need not be where ŷ saturates."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(question.truth))


def _quantity(stop: Stop, answer: Answer) -> str:
    """Return what is asked of a stop, in the terms of `core.checking.question`; "" for nothing."""
    return {
        "sum": SUM,
        "activation": ACTIVATION,
        "cost": COST if answer.all_samples else SHARE,
        "error": "dC_dyhat",
        "slope": DELTA,
        "weights": DC_DZ,
        "gradient": "gradient" if answer.all_samples else "contribution",
        "update": NEW_WEIGHT,
    }.get(stop.operation, "")


def _show(question: Question, shown: Selection) -> tuple[str, list[str]]:
    return SHOWN, [IT_IS.format(number=number_text(question.truth, shown.digits))]


def _check(typed: str, question: Question, shown: Selection) -> tuple[str, list[str]]:
    """Return the outcome, and sentences on it as plain text."""
    try:
        number = read(typed)
    except ValueError as error:
        return AGAIN, [str(error)]
    verdict = check_answer(number, question)
    if verdict.right:
        return RIGHT, [right_text(number)]
    if verdict.too_few_digits:
        return AGAIN, [TOO_FEW_DIGITS]
    return WRONG, _wrong_lines(verdict, question, shown)


def _wrong_lines(verdict: Verdict, question: Question, shown: Selection) -> list[str]:
    """Return the mistakes that give the number, a sentence or a line each."""
    place = partial(_place_text, question, shown)
    found = mistake_texts(verdict, question.net, place)
    opening = opening_text(found)
    if opening == EXPLANATION:
        return [f"{opening} {found[0]}.", *digits_texts(verdict)]
    return [opening, *found, *digits_texts(verdict)]


def _place_text(question: Question, shown: Selection, name: str, match: FactorMatch) -> str:
    """Return where a mistake's match is: a sample, a unit or a cell; or which variant it is."""
    if match.cell is None:
        return match.detail
    row, column = match.cell
    names = Names.of(shown.experiment)
    if name == "other_sample":
        return sample_text(row)
    if name == "wrong_unit":
        return names.hidden[question.layer - 1][row]
    if name == "term_missing":
        return names.layers[question.layer - 1][0][row]
    if name == "other_cell" and question.quantity in OF_UNITS:
        return names.layers[question.layer - 1][1][column]
    if question.quantity not in OF_UNITS and shown.conventions.transposed:
        row, column = column, row
    return cell_text(row, column)
