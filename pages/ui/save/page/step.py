"""The step through's part of a page: texts and formulas by segment, the numbers left out.

texts      what the other keys name by its place
segments   stops, rule, notes and lines as `step_through.forms` has them, the script's lines,
           `epoch_line` the one with the number of epochs; `kinds` of weights with the update's
           texts and blocks, a number in these as NUMBER; frozen: places in the flat weights;
           vectors: of the optimiser's state
ends       by epoch: what an update comes to after which other weights or settings follow, or
           nothing: C, notes, words at the new C, and `row`, its weights' place in the arrays
names      the matrices' rows and columns, short, as the meanings of indices have them
most_numbers   of the samples' arrays: the samples around the chosen one are shown
verdict    sentences on a number that is typed; `right` by its digits
gap        why a page without the epochs between two has no update

step/weights   (ends, weights): after an update that leads to no epoch of the run
"""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from itertools import count, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.chain.training_step import NEW_COST, UPDATE
from core.checking.factor_mistakes import MIN_DIGITS
from core.checking.typed_number import TypedNumber
from core.network import Network
from core.training.run import Run
from core.training.settings import OPTIMIZERS
from core.training.update import Update
from core.utils.sentence import excerpt
from pages.ui.chain_rule.feedback import ALL_DIGITS, TOO_FEW_DIGITS, right_text
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.step_through.forms import general_notes, stop_forms
from pages.ui.chain_rule.step_through.legend import Legend
from pages.ui.chain_rule.step_through.panel import BUTTON, HELP
from pages.ui.chain_rule.step_through.question import IT_IS
from pages.ui.chain_rule.step_through.scene import MAX_NUMBERS, stop_list
from pages.ui.chain_rule.step_through.script import script_of
from pages.ui.chain_rule.step_through.update_forms import (
    place_notes,
    rule_forms,
    settings_notes,
    terms,
    update_rows,
)
from pages.ui.chain_rule.update import update_of, with_shown_loss
from pages.ui.chain_rule.update_by_hand import UpdateTerms, sum_of
from pages.ui.save.page.content import PageContent
from pages.ui.state.names import Heading, Names
from pages.ui.state.session import Weight
from pages.ui.style.labels import FEW_LETTERS
from pages.ui.style.mathml import mathml_rows

NUMBER = r"\text{{{kind}:{name}}}"  # a number's place; the kind is a method of `UpdateTerms`
ROW, COLUMN = "{row}", "{column}"  # places of a weight's names
WRONG = "Not quite: the number here is another one."
GAP = (
    "After epoch {epoch} this page has epoch {next}, and none between: what the updates of epoch "
    "{epoch} come to is not in it, so that this step ends with the gradients."
)
VERDICT = {
    "shown": IT_IS,
    "right": [right_text(TypedNumber(1.0, digits, 0.0)) for digits in range(ALL_DIGITS + 1)],
    "wrong": WRONG,
    "too_few": TOO_FEW_DIGITS,
    "least_digits": MIN_DIGITS,
}


@dataclass(frozen=True)
class UpdateSymbols(UpdateTerms):
    """Places for the numbers of a weight's update. Names are small: W is a symbol."""

    def value(self, name: str) -> str:
        """Return the place of a number that stands alone."""
        return self._place("value", name)

    def operand(self, name: str) -> str:
        """Return the place of a number within a sum or a product."""
        return self._place("operand", name)

    def weight_value(self, name: str) -> str:
        """Return the place of W or W′ with enough digits."""
        return self._place("weight_value", name)

    def weight_operand(self, name: str) -> str:
        """Return the place of the same within a sum."""
        return self._place("weight_operand", name)

    def _place(self, kind: str, name: str) -> str:
        return NUMBER.format(kind=kind, name=name.lower())

    def sum(self, first: str, sign: str, second: str) -> str:
        """Return a sum in two rows: the browser joins them where there is room."""
        return sum_of(first, sign, second, wide=True)


@dataclass(frozen=True)
class Texts:
    """Different values, each once."""

    places: dict[str, int] = field(default_factory=dict)
    values: list[object] = field(default_factory=list)

    def place(self, value: object) -> int:
        """Return the place of a value, which is added if it is new."""
        at = self.places.setdefault(repr(value), len(self.values))
        if at == len(self.values):
            self.values.append(value)
        return at


def step_part(of: PageContent) -> dict[str, Any]:
    """Return all texts and formulas of the step through."""
    if of.step is not None:
        return of.step
    shown, texts = of.shown, Texts()
    return {
        "button": {"text": BUTTON, "help": HELP},
        "stops": stop_list(of.run.template.layers),
        "segments": _segments(shown, texts),
        "texts": texts.values,
        "ends": _ends(shown),
        "names": _short_names(shown),
        "most_numbers": MAX_NUMBERS,
        "verdict": VERDICT,
        "gap": GAP,
    }


def step_arrays(of: PageContent) -> dict[str, NDArray[np.float64]]:
    """Return the weights that no epoch of the run has."""
    updates = (update_of(of.run, epoch) for epoch in _last_epochs(of.run))
    rows = [
        np.concatenate([W.ravel() for W in update.new_weights])
        for update in updates
        if _is_lost(update, of.run)
    ]
    return {"step/weights": np.array(rows)}


def _at(shown: Selection, epoch: int) -> Selection:
    return replace(shown, experiment=replace(shown.experiment, epoch=epoch))


def _last_epochs(run: Run) -> list[int]:
    """Return the last epoch of each segment."""
    return [*(epoch - 1 for epoch in run.branch_epochs), run.epoch]


def _is_lost(update: Update, run: Run) -> bool:
    """Return whether the run went on from other weights than the update's, or not at all."""
    return update.replaced or update.epoch == run.epoch


def _ends(shown: Selection) -> dict[int, dict[str, Any]]:
    """Return by epoch what the last update of each segment comes to."""
    run, rows, found = shown.run, count(), {}
    for epoch in _last_epochs(run):
        at = _at(shown, epoch)
        update = with_shown_loss(update_of(run, epoch), at)
        new_cost = stop_forms(at, update, Legend.of(at))[NEW_COST]
        found[epoch] = {
            "C": update.C_after if np.isfinite(update.C_after) else None,
            "finite": update.finite,
            "notes": place_notes(update, run, at.digits),
            "words": new_cost["words"],
            "row": next(rows) if _is_lost(update, run) else None,
        }
    return found


def _segments(shown: Selection, texts: Texts) -> list[dict[str, Any]]:
    """Return the places of the texts of each segment; segments that are alike share them."""
    found: list[dict[str, Any]] = []
    forms: dict[object, dict[str, Any]] = {}
    for epoch in (0, *shown.run.branch_epochs):
        at = _at(shown, epoch)
        step = update_of(shown.run, epoch)
        kind = replace(step.settings, epochs=0), step.finite
        forms[kind] = forms.get(kind) or _forms(at, step, texts)
        found.append(forms[kind] | _script(at, texts))
    return found


def _script(shown: Selection, texts: Texts) -> dict[str, Any]:
    """Return the script's lines at an epoch, and those of each stop."""
    script = script_of(shown)
    (epoch_line,) = (
        at for at, line in enumerate(script.lines) if line.startswith(f"epoch = {shown.epoch} ")
    )
    return {
        "lines": texts.place(script.ranges),
        "script": [texts.place(line) for line in script.lines],
        "epoch_line": epoch_line,
    }


def _forms(shown: Selection, step: Update, texts: Texts) -> dict[str, Any]:
    """Return the places of a segment's texts, without the script; its first epoch is selected."""
    found = stop_forms(shown, step, Legend.of(shown))
    net, frozen = shown.run.template, step.settings.frozen
    return {
        "stops": {name: texts.place(form) for name, form in found.items() if name != UPDATE},
        "rule": texts.place(rule_forms(shown, step)),
        "steps": step.steps,
        "notes": texts.place(general_notes(shown)),
        "kinds": {
            name: texts.place(_kind(_with_weight(shown, weight), step))
            for name, weight in _kinds(net, frozen).items()
        },
        "vectors": OPTIMIZERS[step.settings.optimizer],
        "frozen": sorted(_flat_place(net, *place) for place in frozen),
    }


def _kinds(net: Network, frozen: Set[tuple[int, int, int]]) -> dict[str, Weight]:
    """Return a weight of each kind that there is: 2 of W⁽²⁾, 2b a bias of it, 2bf a frozen one."""
    found: dict[str, Weight] = {}
    for layer, (rows, columns) in enumerate(net.shapes, start=1):
        for row, column in product(range(rows), range(columns)):
            place = layer, row, column
            name = f"{layer}{'b' * (row >= net.rows(layer))}{'f' * (place in frozen)}"
            found.setdefault(name, Weight(*place))
    return found


def _with_weight(shown: Selection, weight: Weight) -> Selection:
    return replace(shown, focus=replace(shown.focus, weight=weight))


def _kind(shown: Selection, step: Update) -> dict[str, Any]:
    """Return the texts at the update, of any weight of the selected one's kind."""
    heads = [([ROW] * height, [COLUMN] * width) for height, width in shown.run.template.shapes]
    form = stop_forms(shown, step, Legend(shown, Names(tuple(heads))))[UPDATE]
    n = terms(shown, with_shown_loss(step, shown))
    symbols = UpdateSymbols(n.numbers, n.settings, n.digits, n.is_frozen)
    return {
        "stop": form,
        "blocks": [mathml_rows(block) for block in update_rows(symbols, shown)],
        "notes": settings_notes(step, shown),
    }


def _flat_place(net: Network, layer: int, row: int, column: int) -> int:
    """Return a weight's place among all, matrix by matrix, row by row."""
    before = sum(rows * columns for rows, columns in net.shapes[: layer - 1])
    return before + row * net.shapes[layer - 1][1] + column


def _short_names(shown: Selection) -> dict[str, Heading]:
    return {
        matrix: {side: [excerpt(name, FEW_LETTERS) for name in names] for side, names in of.items()}
        for matrix, of in Names.of(shown.experiment).matrices.items()
    }
