"""The derivation in a page: equations as HTML, and what their live numbers need.

The equations and sentences are static; what depends on the loss that is shown stands there for
each kind of segment. `live/run_page/derivation` fills in both sides, the sentence on the selection
and the places of weights.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from markupsafe import Markup

from core.activations import ACTIVATIONS
from core.chain import Partial, partials
from core.losses import SUM_ERROR
from core.utils.number_text import number_text, shape_text
from core.utils.templates import Templates
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import Symbols
from pages.ui.chain_rule.notation import Notation
from pages.ui.derivation import comparison, equations_live
from pages.ui.derivation.equations_live import DerivationSelection
from pages.ui.derivation.extensions import (
    OF_SOFTMAX,
    OWN_TARGETS,
    SoftmaxExample,
    deeper,
    layer_lines,
)
from pages.ui.derivation.presentation import BOTH_SIDES, SELECTION, both_sides, selection_texts
from pages.ui.save.html_parts import FILTERS
from pages.ui.save.page.content import PageContent
from pages.ui.state.session import Weight
from pages.ui.style.latex import as_text

Version = TypeVar("Version", bound=object)
Kinds = list[DerivationSelection]

TEMPLATES = Templates(Path(__file__).parents[1], **FILTERS)
SENTENCES = {
    "notFinite": comparison.NOT_FINITE,
    "cancellation": comparison.CANCELLATION,
    "rounded": comparison.ROUNDED,
    "underflow": comparison.UNDERFLOW,
    "nearLimit": equations_live.NEAR_LIMIT,
    "ownTargets": OWN_TARGETS,
}
LIMITS = {  # of slopes and targets, of agreeing digits, of a float64, of a sum that is written out
    "saturation": equations_live.SATURATION,
    "sum": SUM_ERROR,
    "few": comparison.FEW_DIGITS,
    "smallest": comparison.SMALLEST,
    "terms": equations_live.MOST_TERMS,
}
LACK = "This page has {} of {} samples, and this side is a sum over all of them."
PLACES = Symbols(y="⟨y⟩", y_hat="⟨a⟩", Z="⟨a⟩", times=r"\cdot")  # of numbers in a form


def selection_at(of: PageContent, epoch: int) -> DerivationSelection:
    """Return the page's selection at another epoch."""
    shown = of.shown
    experiment = replace(shown.experiment, epoch=epoch)
    return DerivationSelection(experiment, shown.focus, shown.conventions)


# As HTML


def derivation_html(of: PageContent) -> Markup:
    """Return the derivation as HTML, with both sides at the epoch with which the page opens."""
    at = selection_at(of, of.shown.epoch)
    kinds, is_deep = _kinds(of), at.net.layers > 2
    is_softmax = ACTIVATIONS[at.net.output].full
    return Markup(  # the template escapes what is no markup
        TEMPLATES.render(
            "page/templates/derivation.html",
            at=at,
            source=equations.SOURCE,
            selection=_selection_html(at),
            method=BOTH_SIDES.replace(r"\operatorname{Im}", r"\mathrm{Im} \,"),
            other_losses=_versions(kinds, at, lambda kind: kind.other_loss_sentence),
            sections=equations_live.SECTIONS,
            shapes={key: equations_live.shapes_text(key, at.net, at.samples) for key in _keys()},
            replacements={key: _replacements(kinds, at, key) for key in _keys()},
            notes={key: _notes(kinds, at, key) for key in _keys()},
            lines=equations_live.comparisons(at),
            sides=both_sides,
            deeper=deeper(at) if is_deep else None,
            layers=layer_lines(at) if is_deep else (),
            of_softmax=OF_SOFTMAX if is_softmax else None,
            example=SoftmaxExample.of(at) if is_softmax else None,
        )
    )


def _selection_html(at: DerivationSelection) -> Markup:
    """Return the sentence on the selection, with an element for each text that changes."""
    sentence = re.sub(r"\*\*(\{\w+\})\*\*", r"<b>\1</b>", SELECTION)
    return Markup(sentence).format(
        **{
            name: Markup('<span data-selection="{}">{}</span>').format(name, text)
            for name, text in selection_texts(at).items()
        }
    )


def _keys() -> Iterator[equations_live.Key]:
    return (step.key for steps in equations_live.SECTIONS.values() for step in steps)


def _replacements(
    kinds: Kinds, at: DerivationSelection, key: equations_live.Key
) -> list[tuple[str, bool, tuple[str, str]]]:
    return _versions(kinds, at, lambda kind: kind.replacement(key))


def _notes(
    kinds: Kinds, at: DerivationSelection, key: equations_live.Key
) -> list[tuple[str, bool, str]]:
    return _versions(kinds, at, lambda kind: equations_live.note_on(key, kind.functions))


def _versions(
    kinds: Kinds, at: DerivationSelection, make: Callable[[DerivationSelection], Version | None]
) -> list[tuple[str, bool, Version]]:
    """Return what is made for each kind: the kinds that it is for, and whether at opening.

    What is empty is omitted.
    """
    own = _kind_number(kinds, at)
    found: dict[Version, list[int]] = {}
    for number, kind in enumerate(kinds):
        if version := make(kind):
            found.setdefault(version, []).append(number)
    return [
        (" ".join(map(str, numbers)), own in numbers, version) for version, numbers in found.items()
    ]


def _kinds(of: PageContent) -> Kinds:
    """Return a selection for each pair of a loss that is shown and a loss that is minimised."""
    found: dict[tuple[str, str], DerivationSelection] = {}
    for epoch in (0, *of.run.branch_epochs):
        at = selection_at(of, epoch)
        found.setdefault((at.loss, at.loss_trained), at)
    return list(found.values())


def _kind_number(kinds: Kinds, at: DerivationSelection) -> int:
    pairs = [(kind.loss, kind.loss_trained) for kind in kinds]
    return pairs.index((at.loss, at.loss_trained))


# For the browser


def derivation_part(of: PageContent) -> dict[str, Any]:
    """Return what both sides need beside the run's numbers."""
    at, kinds = selection_at(of, 0), _kinds(of)
    net = of.run.template
    _, by_O, _, by_H, _ = partials(at.functions, net.layers - 1, net.layers)
    return {
        "limits": LIMITS,
        "sentences": SENTENCES,
        "lack": LACK.format(f"{len(of.rows):,}", f"{len(of.run.X):,}"),
        "symbols": dict(zip(("W2", "W1", "Z", "H", "X"), at.symbols.values(), strict=True)),
        "letter": equations_live.unit_letter(net.layers),
        "functions": {
            "hidden": _function(at, net.hidden, by_H),
            "output": _function(at, net.output, by_O),
        },
        "entries": [_entries(at, layer) for layer in range(1, net.layers + 1)],
        "segments": [
            _segment(selection_at(of, epoch), kinds) for epoch in (0, *of.run.branch_epochs)
        ],
    }


def _segment(at: DerivationSelection, kinds: Kinds) -> dict[str, Any]:
    """Return what depends on the loss."""
    error = partials(at.functions, at.run.template.layers)[0]
    factor = number_text(at.loss_factor, at.digits)
    return {
        "kind": _kind_number(kinds, at),
        "times": f", times {factor}" if at.loss_ratio else "",
        "error": _form(at, error),
    }


def _function(at: DerivationSelection, name: str, slope: Partial) -> dict[str, Any]:
    """Return an activation's name, and the form of its slope; a softmax's has its own line."""
    activation = ACTIVATIONS[name]
    return {
        "symbol": activation.symbol,
        "rounded": activation.rounded,
        "full": activation.full,
        "form": None if activation.full else _form(at, slope),
    }


def _form(at: DerivationSelection, factor: Partial) -> dict[str, str]:
    """Return a factor's form in symbols, and with places for numbers.

    In the latter a fraction is ÷{…}{…}: its brackets depend on the numbers.
    """
    places = replace(PLACES, N=f"{at.samples:,}")
    return {
        "symbols": as_text(equations_live.SYMBOLS.form(factor)),
        "numbers": as_text(places.form(factor).replace(r"\frac", "÷")),
    }


def _entries(at: DerivationSelection, layer: int) -> list[dict[str, Any] | None]:
    """Return the names of a matrix's entries and of its bias in the notation, if that differs."""
    net = at.run.template
    found: list[dict[str, Any] | None] = []
    for row in (0, net.rows(layer)):
        chosen = replace(at, focus=replace(at.focus, weight=Weight(layer, row, 0)))
        k = Notation.of(chosen)
        names = {
            "gradient": as_text(k.gradient),
            "indices": k.index_fields,
            "shape": shape_text(chosen.shape),
        }
        found.append(names if equations_live.has_other_name(k) else None)
    return found
