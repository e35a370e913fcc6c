"""The update ledger: how the weight in focus moves, and what C made of it all."""

from dataclasses import replace
from math import isfinite

import numpy as np
import streamlit as st

from core.training.run import Run
from core.training.update import Update
from core.utils.latest import latest
from pages.ui.chain_rule.equations import partial
from pages.ui.chain_rule.notation import C_RUN, Look, Notation
from pages.ui.chain_rule.update_by_hand import aligned, before_and_after, blocks, enough
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.labels import OPTIMIZER_NAMES
from pages.ui.style.latex import number, number_text, operand
from pages.ui.style.markdown import count, plain

AGREES = 0.1  # the share by which predicted and happened may differ and still be called equal
TOLD = 20  # roundings of C that a change must be, for the ratio to say anything
HELP = (
    "An update takes every weight a step. An epoch is one update with all samples, or one for each "
    "mini-batch. A prime marks what holds after it: W′."
)
# Streamlit cuts off what rises above a formula's own box, as the ∂ of a tall fraction does.
STYLE = "<style>[class*='st-key-ledger_'] .katex-display { padding: 4px 0 8px; }</style>"


def updated(run: Run, epoch: int) -> Update:
    """The update that leaves that epoch of the run; the latest one asked for is kept."""
    return latest(run, (epoch,), Run.update)


def ledger(state: Session) -> None:
    """Draw the section: the weight in focus, then the whole network."""
    look = Look.at(state)
    update = updated(look.experiment.run, look.experiment.epoch)
    shown = as_shown(update, look)
    st.html(STYLE)
    st.subheader("Update", help=HELP)
    st.markdown(opening(update, look))
    if look.share:
        st.markdown(other_loss(update, look))
    if update.steps == 1:
        with st.container(horizontal=True, gap="medium", key="ledger_blocks"):
            for block in one_step(update, look):
                st.latex(block, width="content")
    else:
        with st.container(key="ledger_steps"):
            st.latex(many_steps(shown, look), width="content")
    if special := notes(update, look):
        st.caption(" ".join(special))
    together = "All weights and biases" if "b" in Notation.of(look).weights else "All weights"
    st.markdown(
        f"**{together} together: the change of C that its slope predicts, and the real one**"
    )
    with st.container(key="ledger_changes"):
        st.latex(changes(shown, look), width="content")
    st.markdown(judgement(shown, look.conventions.digits))


def as_shown(update: Update, look: Look) -> Update:
    """The update with C and its gradient by the loss that is shown; what moves stays as it is."""
    factor = look.rescaled
    with np.errstate(over="ignore"):  # of a run that diverges
        first, second = (factor * part for part in update.gradient)
    C_before, C_after = factor * update.C_before, factor * update.C_after
    return replace(update, gradient=(first, second), C_before=C_before, C_after=C_after)


def opening(update: Update, look: Look) -> str:
    """Which update this is, of which weight, and by which rule."""
    how = update.settings
    told = (
        f"From epoch {update.epoch:,} to {update.epoch + 1:,}: {_weight(look)}. "
        f"{OPTIMIZER_NAMES[how.optimizer]}, η = {how.learning_rate:g}."
    )
    if update.steps == 1:
        return told
    symbol = Notation.of(look).weight
    return (
        f"{told} This epoch is {update.steps:,} updates, each with the gradient of its own "
        f"{count(how.batch_size or 0, 'sample')}, so there is no one step to work out. Together "
        f"they come to $\\Delta {symbol}$; the gradient below it is over all samples, at the "
        "epoch’s beginning."
    )


def _weight(look: Look) -> str:
    """The weight in focus by the names of its ends, and where it stands in its matrix."""
    names, weight, k = Names.of(look.experiment), look.focus.weight, Notation.of(look)
    sources, goals = (
        (names.inputs, names.units) if weight.layer == 1 else (names.units_and_bias, names.outputs)
    )
    goal = f"**{plain(goals[weight.column])}**"
    called = f"the weight from **{plain(sources[weight.row])}** to {goal}"
    if k.is_bias_apart:
        called = f"the bias of {goal}"
    matrix = f"{'b' if k.is_bias_apart else 'W'}{'⁽¹⁾' if weight.layer == 1 else '⁽²⁾'}"
    rows, columns = look.shape
    indices = f" with {k.indices(weight)}" if k.indices(weight) else ""
    return f"{called}, ${k.weight}${indices} ({matrix} is {rows:,}×{columns:,})"


def other_loss(update: Update, look: Look) -> str:
    """That the step is made by another loss than the one shown, and by which factor they differ."""
    step = "The step is made" if update.steps == 1 else "The steps are made"
    return (
        f"{look.other_loss} {step} with the gradient of that, ${look.share}$ of the gradient of C."
    )


def one_step(update: Update, look: Look) -> list[str]:
    """The blocks of a single update, in the symbols that are shown."""
    weight, digits, k = look.focus.weight, look.conventions.digits, Notation.of(look)
    found = blocks(update, weight, digits)
    if not look.share:
        return [_written(block, k.weight) for block in found]
    trained = float(update.gradient[weight.layer - 1][weight.row, weight.column])
    share = look.share.replace("N", str(look.samples))
    shown = trained * look.rescaled
    factor = (
        rf"{partial(C_RUN, k.weight)} &= {look.share} \cdot {k.gradient}",
        rf"&= {share} \cdot {operand(shown, digits)}",
        rf"&= {number(trained, digits)}",
    )
    first = aligned(rf"{k.gradient} &= {number(shown, digits)}")
    return [first, aligned(*factor), *(_written(block, k.weight, C_RUN) for block in found)]


def _written(block: str, weight: str, cost: str = "C") -> str:
    """A block of `by_hand`, which calls the weight W and the cost C, with other symbols."""
    return block.replace("C", cost).replace("W", f"{{{weight}}}")  # in braces: a prime may follow


def many_steps(shown: Update, look: Look) -> str:
    """The epoch's ΔW in all, beside the gradient over the whole training set."""
    weight, digits, k = look.focus.weight, look.conventions.digits, Notation.of(look)
    layer, place = weight.layer - 1, (weight.row, weight.column)
    W, W_after = before_and_after(shown, weight)
    wide = enough(W, W_after, digits)
    return aligned(
        rf"\Delta {k.weight} &= {{{k.weight}}}' - {k.weight}",
        rf"&= {number(W_after, wide)} - {operand(W, wide)}",
        rf"&= {number(float(shown.change[layer][place]), digits)}",
        rf"{k.gradient} &= {number(float(shown.gradient[layer][place]), digits)}",
    )


def notes(update: Update, look: Look) -> list[str]:
    """What is special about this update, a sentence each."""
    run, weight, following = look.experiment.run, look.focus.weight, f"Epoch {update.epoch + 1:,}"
    form = look.conventions
    found = []
    if update.is_frozen(weight.layer, weight.row, weight.column):
        what = "bias" if look.is_bias and form.bias_apart else "weight"
        found.append(f"This {what} is frozen: whatever g is, it stays.")
    if update.settings.l2 and look.is_bias:
        biases = "es" if form.bias_apart else " columns" if form.transposed else " rows"
        found.append(f"L2 leaves the bias{biases} alone, so it adds nothing to this g.")
    if update.replaced:
        found.append(f"{following} began with other weights: these were changed by hand.")
    if update.epoch == run.epoch and update.finite:
        why = {"done": "The run has reached its length", "stopped": "Patience has run out"}
        comes = f"{following} is not trained yet: this update comes next."
        told = f"{why[run.ended]}: this update would come next." if run.ended in why else comes
        found.append(told)
    return found


def changes(shown: Update, look: Look) -> str:
    """The change of C to first order, the one that happened, and their ratio."""
    digits, W = look.conventions.digits, Notation.of(look).weights
    after = W.replace("W", "W'").replace("b", "b'")
    wide = enough(shown.C_before, shown.C_after, digits)
    predicted, happened = shown.predicted, shown.actual
    moved = rf"\Delta ({W})" if "b" in W else r"\Delta W"
    values = [number(predicted, digits)]
    if plain_descent(shown):
        values.insert(0, rf"-{look.share} \eta \, \lVert \nabla C \rVert^2")
    rows = [rf"\nabla C \cdot {moved} &= {values[0]}", *(f"&= {value}" for value in values[1:])]
    rows += [
        rf"C({W}) &= {number(shown.C_before, wide)}",
        rf"C({after}) &= {number(shown.C_after, wide)}",
        rf"C({after}) - C({W}) &= {number(happened, digits)}",
    ]
    if told(shown):
        rows.append(rf"\text{{ratio}} &= {number(happened / predicted, digits)}")
    return aligned(*rows)


def plain_descent(update: Update) -> bool:
    """Whether ΔW is −η ∇C, for every weight, with the C that the run minimises."""
    how = update.settings
    return how.optimizer == "gd" and update.steps == 1 and not how.l2 and not how.frozen


def told(update: Update) -> bool:
    """Whether the ratio of the two changes says anything beside the rounding of C."""
    predicted, happened = update.predicted, update.actual
    finite = update.finite and isfinite(predicted) and predicted != 0
    return finite and max(abs(predicted), abs(happened)) > TOLD * update.rounding_error


def judgement(update: Update, digits: int) -> str:
    """What the comparison says about the step, from its numbers."""
    if not update.finite:
        what = "a weight" if update.after is None else "C"
        return (
            f"After this update {what} is no longer a finite number: no straight line predicts "
            f"that. The run ends at epoch {update.epoch:,}; a smaller η would go on from here."
        )
    if not any(part.any() for part in update.change):
        return "No weight moves in this update, so C stays what it is."
    if update.predicted == 0:
        return "∇C · ΔW is 0 here: to first order this update does not change C."
    if not told(update):
        return (
            f"C is only known to some ${number(update.rounding_error, digits)}$, its rounding, "
            "and the changes are hardly larger: their ratio would say nothing."
        )
    return _uphill(update) if update.predicted > 0 else _downhill(update, digits)


def _downhill(update: Update, digits: int) -> str:
    if not update.actual:
        return "C stayed what it was, though a fall is what its slope predicts: it bends up again."
    ratio = update.actual / update.predicted
    off = abs(ratio - 1)
    if off <= AGREES:
        little = number_text(100 * off, digits) if off >= 0.001 else "less than 0.1"
        return (
            f"The two differ by {little} %: the step is short enough for C to be all but a "
            "straight line along it."
        )
    share, lowest = (number_text(value, digits) for value in (100 * ratio, 1 / (2 * (1 - ratio))))
    if ratio > 1:
        times = number_text(ratio, digits)
        return f"C fell {times} times as far as its slope predicts: it gets steeper on the way."
    curve = f"If C is a parabola along the step, its lowest point lies {lowest} steps away"
    if ratio >= 0.5:
        return (
            f"C fell by {share} % of what its slope predicts: it flattens along the step. "
            f"{curve}: the step stays on this side."
        )
    went = f"fell by only {share} % of what" if ratio > 0 else "rose, though a fall is what"
    return (
        f"C {went} its slope predicts: the step is too long for a straight line. {curve}: it went "
        "past that, and a shorter step would have gained more."
    )


def _uphill(update: Update) -> str:
    how = update.settings
    reasons = [
        *["momentum carries on in the direction of earlier steps"]
        * (how.optimizer in ("momentum", "nesterov", "adam")),
        *["L2 pulls the weights towards 0"] * bool(how.l2),
        *["each batch has a gradient of its own"] * (update.steps > 1),
    ]
    because = f": {' and '.join(reasons)}" if reasons else ""
    went = "rose" if update.actual > 0 else "fell all the same, since it bends down on the way"
    if not update.actual:
        went = "stayed what it was"
    return f"Here even the slope predicts that C rises{because}. It {went}."
