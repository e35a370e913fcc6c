"""The update ledger: how the weight in focus moves, and what C made of it all."""

from math import isfinite
from weakref import WeakKeyDictionary

import streamlit as st

from core.training import Run
from core.update import Update
from pages.shared.by_hand import aligned, before_and_after, blocks, enough
from pages.shared.names import Names
from pages.shared.offers import LOSS_NAMES, OPTIMIZER_NAMES
from pages.shared.session import Experiment, Session, Weight
from pages.shared.tex import number, operand
from pages.shared.text import count, plain

AGREES = 0.1  # the share by which predicted and happened may differ and still be called equal
TOLD = 20  # roundings of C that a change must be, for the ratio to say anything
HELP = (
    "An update takes every weight a step. An epoch is one update with all samples, or one for each "
    "mini-batch. A prime marks what holds after it: W′."
)

_updates: WeakKeyDictionary[Run, Update] = WeakKeyDictionary()


def updated(run: Run, epoch: int) -> Update:
    """The update that leaves that epoch of the run; the latest one asked for is kept."""
    kept = _updates.get(run)
    if kept is None or kept.epoch != epoch:
        kept = _updates[run] = run.update(epoch)
    return kept


def ledger(state: Session) -> None:
    """Draw the section: the weight in focus, then the whole network."""
    with state.lock:
        current, weight, conventions = state.current, state.focus.weight, state.conventions
    update, digits = updated(current.run, current.epoch), conventions.digits
    st.subheader("Update", help=HELP)
    st.markdown(opening(current, update, weight))
    if update.steps == 1:
        with st.container(horizontal=True, gap="medium", key="ledger_blocks"):
            for block in blocks(update, weight, digits):
                st.latex(block, width="content")
    else:
        st.latex(many_steps(update, weight, digits), width="content")
    shown = notes(current, update, weight)
    if conventions.loss_shown(update.settings.loss) != update.settings.loss:
        shown.append(
            "The run minimises another loss than the one shown above, the "
            f"{LOSS_NAMES[update.settings.loss]}: here C is that."
        )
    if shown:
        st.caption(" ".join(shown))
    st.markdown(
        "**All weights together: the change of C that its slope predicts, and the real one**"
    )
    st.latex(changes(update, digits), width="content")
    st.markdown(judgement(update))


def opening(current: Experiment, update: Update, weight: Weight) -> str:
    """Which update this is, of which weight, and by which rule."""
    names, how = Names.of(current), update.settings
    sources, goals = (
        (names.inputs, names.units) if weight.layer == 1 else (names.units_and_bias, names.outputs)
    )
    told = (
        f"From epoch {update.epoch:,} to {update.epoch + 1:,}: the weight from "
        f"**{plain(sources[weight.row])}** to **{plain(goals[weight.column])}**. "
        f"{OPTIMIZER_NAMES[how.optimizer]}, η = {how.learning_rate:g}."
    )
    if update.steps == 1:
        return told
    return (
        f"{told} This epoch is {update.steps:,} updates, each with the gradient of its own "
        f"{count(how.batch_size or 0, 'sample')}, so there is no one step to work out. Together "
        "they come to ΔW; the gradient below it is over all samples, at the epoch’s beginning."
    )


def many_steps(update: Update, weight: Weight, digits: int) -> str:
    """The epoch's ΔW in all, beside the gradient over the whole training set."""
    layer, place = weight.layer - 1, (weight.row, weight.column)
    W, W_after = before_and_after(update, weight)
    wide = enough(W, W_after, digits)
    return aligned(
        r"\Delta W &= W' - W",
        rf"&= {number(W_after, wide)} - {operand(W, wide)}",
        rf"&= {number(float(update.change[layer][place]), digits)}",
        r"\frac{\partial C}{\partial W} &= " + number(float(update.gradient[layer][place]), digits),
    )


def notes(current: Experiment, update: Update, weight: Weight) -> list[str]:
    """What is special about this update, a sentence each."""
    run, following = current.run, f"Epoch {update.epoch + 1:,}"
    found = []
    if update.frozen(weight.layer, weight.row, weight.column):
        found.append("This weight is frozen: whatever g is, it stays.")
    bias_row = (update.before.inputs, update.before.units)[weight.layer - 1]
    if update.settings.l2 and weight.row == bias_row:
        found.append("L2 leaves the bias rows alone, so it adds nothing to this g.")
    if update.replaced:
        found.append(f"{following} began with other weights: these were changed by hand.")
    if update.epoch == run.epoch and update.finite:
        why = {"done": "The run has reached its length", "stopped": "Patience has run out"}
        comes = f"{following} is not trained yet: this update comes next."
        told = f"{why[run.ended]}: this update would come next." if run.ended in why else comes
        found.append(told)
    return found


def changes(update: Update, digits: int) -> str:
    """The change of C to first order, the one that happened, and their ratio."""
    wide = enough(update.C_before, update.C_after, digits)
    predicted, happened = update.predicted, update.happened
    by_slope = [r"\nabla C \cdot \Delta W"]
    if plain_descent(update):
        by_slope.append(r"-\eta \, \lVert \nabla C \rVert^2")
    values = [*by_slope[1:], number(predicted, digits)]
    rows = [f"{by_slope[0]} &= {values[0]}", *(f"&= {value}" for value in values[1:])]
    rows += [
        rf"C(W) &= {number(update.C_before, wide)}",
        rf"C(W') &= {number(update.C_after, wide)}",
        rf"C(W') - C(W) &= {number(happened, digits)}",
    ]
    if told(update):
        rows.append(rf"\text{{ratio}} &= {number(happened / predicted, digits)}")
    return aligned(*rows)


def plain_descent(update: Update) -> bool:
    """Whether ΔW is −η ∇C, for every weight."""
    how = update.settings
    return how.optimizer == "gd" and update.steps == 1 and not how.l2 and not how.frozen


def told(update: Update) -> bool:
    """Whether the ratio of the two changes says anything beside the rounding of C."""
    predicted, happened = update.predicted, update.happened
    finite = update.finite and isfinite(predicted) and predicted != 0
    return finite and max(abs(predicted), abs(happened)) > TOLD * update.grain


def judgement(update: Update) -> str:
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
        return "The gradient is 0 here: to first order no step changes C."
    if not told(update):
        return (
            f"C is only known to some ${number(update.grain, 1)}$, its rounding, and the changes "
            "are hardly larger: their ratio would say nothing."
        )
    return _uphill(update) if update.predicted > 0 else _downhill(update)


def _downhill(update: Update) -> str:
    ratio = update.happened / update.predicted
    off = abs(ratio - 1)
    if off <= AGREES:
        nearly = f"within {off:.1%}" if off >= 0.001 else "better than 0.1%"
        return (
            f"The two agree to {nearly}: the step is short enough for C to be all but a straight "
            "line along it."
        )
    if ratio > 1:
        return f"C fell {ratio:.3g} times as far as its slope predicts: it gets steeper on the way."
    lowest = 1 / (2 * (1 - ratio))
    curve = f"If C is a parabola along the step, its lowest point lies {lowest:.2g} steps away"
    if ratio >= 0.5:
        return (
            f"C fell by {ratio:.0%} of what its slope predicts: it flattens along the step. "
            f"{curve}: the step stays on this side."
        )
    went = f"fell by only {ratio:.0%} of what" if ratio > 0 else "rose, though a fall is what"
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
    went = "rose" if update.happened > 0 else "fell all the same, since it bends down on the way"
    return f"Here even the slope predicts that C rises{because}. It {went}."
