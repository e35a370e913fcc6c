"""Update section: the selected weight's update, and the predicted and actual change of C."""

from dataclasses import replace
from math import isfinite

import numpy as np
import streamlit as st

from core.chain import Symbol
from core.training.run import Run
from core.training.update import Update
from core.utils.latest import latest
from core.utils.number_text import exact_text, number_text, shape_text
from core.utils.sentence import plural
from pages.ui.chain_rule.equations import partial
from pages.ui.chain_rule.notation import C_RUN, Notation, Selection
from pages.ui.chain_rule.update_by_hand import (
    Rows,
    UpdateTerms,
    aligned,
    block_rows,
    digits_needed,
)
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.labels import OPTIMIZER_NAMES
from pages.ui.style.latex import number
from pages.ui.style.markdown import plain

AGREES = 0.1  # relative difference up to which the two changes are said to agree
MIN_ROUNDINGS = 20  # rounding errors of C that a change must exceed for the ratio to be meaningful
HELP = (
    "An update moves every weight by one step. An epoch is one update with all samples, or one per "
    "mini-batch. A prime marks values after the update: W′."
)
# Streamlit cuts off what rises above a formula's box, such as the ∂ of a tall fraction.
STYLE = """<style>
[class*='st-key-update_'] .katex-display { padding: 4px 0 8px; }
[class*='st-key-update_'] .katex-display::-webkit-scrollbar { height: 6px; } /* always seen */
[class*='st-key-update_'] .katex-display::-webkit-scrollbar-thumb { background: #888; }
</style>"""
SPACE = r"\,"  # without it KaTeX makes aligned rows 2 px wider than their box, which then scrolls


def update_of(run: Run, epoch: int) -> Update:
    """Return the update from that epoch to the next; stores the latest."""
    return latest(run, (epoch,), Run.update)


def update_section(state: Session) -> None:
    """Draw the section: the selected weight, then the whole network."""
    selection = Selection.of(state)
    update = update_of(selection.run, selection.epoch)
    shown = with_shown_loss(update, selection)
    st.html(STYLE)
    st.header("Update", help=HELP, anchor=False)
    st.markdown(intro_text(update, selection))
    if selection.loss_ratio:
        st.markdown(step_loss_text(update, selection))
    if update.steps == 1:
        with st.container(horizontal=True, gap="medium", key="update_blocks"):
            for block in step_blocks(update, selection):
                st.latex(block + SPACE, width="content")
    else:
        with st.container(key="update_steps"):
            st.latex(epoch_latex(shown, selection) + SPACE, width="content")
    if special := notes(update, selection):
        st.caption(" ".join(special))
    together = "All weights and biases" if "b" in Notation.of(selection).weights else "All weights"
    st.markdown(f"**{together} together: predicted and actual change of C**")
    with st.container(key="update_changes"):
        st.latex(changes_latex(shown, selection) + SPACE, width="content")
    st.markdown(comparison_text(shown, selection.digits))


def with_shown_loss(update: Update, selection: Selection) -> Update:
    """Return the update with C and its gradient by the loss that is shown; ΔW is unchanged."""
    factor = selection.loss_factor
    with np.errstate(over="ignore"):  # of a run that diverges
        gradient = tuple(factor * part for part in update.gradient)
    C_before, C_after = factor * update.C_before, factor * update.C_after
    return replace(update, gradient=gradient, C_before=C_before, C_after=C_after)


def intro_text(update: Update, selection: Selection) -> str:
    """Return which update of which weight is shown, and by which optimiser."""
    settings = update.settings
    text = (
        f"From epoch {update.epoch:,} to {update.epoch + 1:,}: {_weight_text(selection)}. "
        f"{OPTIMIZER_NAMES[settings.optimizer]}, η = {exact_text(settings.learning_rate)}."
    )
    if update.steps == 1:
        return text
    symbol = Notation.of(selection).weight
    return (
        f"{text} This epoch is {update.steps:,} updates, each with the gradient of its own "
        f"{plural(settings.batch_size or 0, 'sample')}, so there is no single step to work out. "
        f"Their sum is $\\Delta {symbol}$; the gradient below it is over all samples, at the start "
        "of the epoch."
    )


def _weight_text(selection: Selection) -> str:
    """Return the weight's source and destination, its symbol and the shape of its matrix."""
    weight, k = selection.focus.weight, Notation.of(selection)
    sources, goals = Names.of(selection.experiment).layers[weight.layer - 1]
    destination = f"**{plain(goals[weight.column])}**"
    called = f"the weight from **{plain(sources[weight.row])}** to {destination}"
    if k.is_bias_apart:
        called = f"the bias of {destination}"
    matrix = Symbol("b" if k.is_bias_apart else "W", weight.layer).text
    indices = f" with {k.indices(weight)}" if k.indices(weight) else ""
    return f"{called}, ${k.weight}${indices} ({matrix} is {shape_text(selection.shape)})"


def step_loss_text(update: Update, selection: Selection) -> str:
    """Return that the step uses another loss than the one shown, and the factor."""
    step = "The step uses" if update.steps == 1 else "The steps use"
    return (
        f"{selection.other_loss_sentence} {step} the gradient of that loss, "
        f"${selection.loss_ratio}$ of the gradient of C."
    )


def step_blocks(update: Update, selection: Selection) -> list[str]:
    """Return the calculation of a single update in the chosen symbols, a block per quantity."""
    return [aligned(*rows) for rows in step_rows(step_terms(update, selection), selection)]


def step_terms(update: Update, selection: Selection) -> UpdateTerms:
    """Return the numbers of the selected weight in a single update."""
    return UpdateTerms.of(update, selection.focus.weight, selection.digits, selection.loss_factor)


def step_rows(n: UpdateTerms, selection: Selection) -> list[Rows]:
    """Return the rows of each block of a single update, to be aligned at their &."""
    k, found = Notation.of(selection), block_rows(n)
    if not selection.loss_ratio:
        return [with_symbols(rows, k.weight) for rows in found]
    share = selection.loss_ratio.replace("N", str(selection.samples))
    factor = (
        rf"{partial(C_RUN, k.weight)} &= {selection.loss_ratio} \cdot {k.gradient}",
        rf"&= {share} \cdot {n.operand('dC_shown')}",
        rf"&= {n.value('dC')}",
    )
    first = (rf"{k.gradient} &= {n.value('dC_shown')}",)
    return [first, factor, *(with_symbols(rows, k.weight, C_RUN) for rows in found)]


def with_symbols(rows: Rows, weight: str, cost: str = "C") -> Rows:
    """Return rows of `update_by_hand` with these symbols in place of W and C."""
    braced = f"{{{weight}}}"  # a prime may follow
    return tuple(row.replace("C", cost).replace("W", braced) for row in rows)


def epoch_latex(shown: Update, selection: Selection) -> str:
    """Return the epoch's ΔW in total, and the gradient over the whole training set."""
    return aligned(*epoch_rows(epoch_terms(shown, selection), selection))


def epoch_terms(shown: Update, selection: Selection) -> UpdateTerms:
    """Return the numbers of the selected weight in an epoch, by the loss that is shown."""
    return UpdateTerms.of_epoch(shown, selection.focus.weight, selection.digits)


def epoch_rows(n: UpdateTerms, selection: Selection) -> Rows:
    """Return the rows of `epoch_latex`."""
    k = Notation.of(selection)
    return (
        rf"\Delta {k.weight} &= {{{k.weight}}}' - {k.weight}",
        rf"&= {n.weight_value('W_after')} - {n.weight_operand('W')}",
        rf"&= {n.value('change')}",
        rf"{k.gradient} &= {n.value('dC_shown')}",
    )


def notes(update: Update, selection: Selection) -> list[str]:
    """Return notes on what is special about this update, a sentence each."""
    return [*weight_notes(update, selection), *epoch_notes(update, selection.run)]


def weight_notes(update: Update, selection: Selection) -> list[str]:
    """Return notes on what the settings mean for the selected weight."""
    form, found = selection.conventions, []
    if update.is_frozen(*selection.focus.weight.place):
        what = "bias" if selection.is_bias and form.bias_apart else "weight"
        found.append(f"This {what} is frozen, so it stays the same.")
    if update.settings.l2 and selection.is_bias:
        biases = "es" if form.bias_apart else " columns" if form.transposed else " rows"
        found.append(f"L2 does not apply to the bias{biases}, so it adds nothing to this g.")
    return found


def epoch_notes(update: Update, run: Run) -> list[str]:
    """Return notes on the place of the update in the run."""
    found, following = [], f"Epoch {update.epoch + 1:,}"
    if update.replaced:
        found.append(f"{following} started from other weights: these were edited by hand.")
    if update.epoch == run.epoch and update.finite:
        ends = {
            "done": "The run has reached its length: this update would come next.",
            "stopped": "Early stopping has ended the run: this update would come next.",
        }
        next_one = f"{following} is not trained yet: this update comes next."
        found.append(ends.get(run.ended, next_one))
    return found


def changes_latex(shown: Update, selection: Selection) -> str:
    """Return the change of C to first order, the actual one, and their ratio, as LaTeX."""
    digits, W = selection.digits, Notation.of(selection).weights
    after = W.replace("W", "W'").replace("b", "b'")
    wide = digits_needed(shown.C_before, shown.C_after, digits)
    predicted, happened = shown.predicted, shown.actual
    moved = rf"\Delta ({W})" if "b" in W else r"\Delta W"
    values = [number(predicted, digits)]
    if plain_descent(shown):
        values.insert(0, rf"-{selection.loss_ratio} \eta \, \lVert \nabla C \rVert^2")
    rows = [rf"\nabla C \cdot {moved} &= {values[0]}", *(f"&= {value}" for value in values[1:])]
    rows += [
        rf"C({W}) &= {number(shown.C_before, wide)}",
        rf"C({after}) &= {number(shown.C_after, wide)}",
        rf"C({after}) - C({W}) &= {number(happened, digits)}",
    ]
    if is_ratio_meaningful(shown):
        rows.append(rf"\text{{ratio}} &= {number(happened / predicted, digits)}")
    return aligned(*rows)


def plain_descent(update: Update) -> bool:
    """Return whether ΔW is −η ∇C for every weight, by the loss that the run minimises."""
    settings = update.settings
    return (
        settings.optimizer == "gd" and update.steps == 1 and not settings.l2 and not settings.frozen
    )


def is_ratio_meaningful(update: Update) -> bool:
    """Return whether the ratio of the two changes is more than rounding of C."""
    predicted, happened = update.predicted, update.actual
    finite = update.finite and isfinite(predicted) and predicted != 0
    return finite and max(abs(predicted), abs(happened)) > MIN_ROUNDINGS * update.rounding_error


def comparison_text(update: Update, digits: int) -> str:
    """Return what the two changes of C say about the step, in Markdown."""
    if not update.finite:
        what = "a weight" if update.after is None else "C"
        return (
            f"After this update {what} is no longer a finite number, so nothing can be compared. "
            f"The run ends at epoch {update.epoch:,}; a smaller η would continue from here."
        )
    if not any(part.any() for part in update.change):
        return "No weight moves in this update, so C does not change."
    if update.predicted == 0:
        return "∇C · ΔW is 0 here: to first order this update does not change C."
    if not is_ratio_meaningful(update):
        return (
            f"C is rounded to about ${number(update.rounding_error, digits)}$, and the changes are "
            "hardly larger, so their ratio is not meaningful."
        )
    return _ascent_text(update) if update.predicted > 0 else _descent_text(update, digits)


def _descent_text(update: Update, digits: int) -> str:
    if not update.actual:
        return (
            "C did not change, though its slope predicts a decrease: it curves up along the step."
        )
    ratio = update.actual / update.predicted
    off = abs(ratio - 1)
    if off <= AGREES:
        little = number_text(100 * off, digits) if off >= 0.001 else "less than 0.1"
        return (
            f"The two differ by {little} %: the step is short enough for C to be nearly linear "
            "along it."
        )
    share, lowest = (number_text(value, digits) for value in (100 * ratio, 1 / (2 * (1 - ratio))))
    if ratio > 1:
        times = number_text(ratio, digits)
        return f"C fell {times} times as far as its slope predicts: it gets steeper along the step."
    curve = f"If C is a parabola along the step, its minimum is {lowest} steps away"
    if ratio >= 0.5:
        return (
            f"C fell by {share} % of what its slope predicts: it flattens along the step. "
            f"{curve}: the step stops before it."
        )
    change = f"fell by only {share} % of what its slope predicts"
    if ratio <= 0:
        change = "rose, though its slope predicts a decrease"
    return (
        f"C {change}: the step is too long for a linear prediction. {curve}: the step went past "
        "it, and a shorter one would have decreased C more."
    )


def _ascent_text(update: Update) -> str:
    settings = update.settings
    reasons = [
        *["momentum continues in the direction of earlier steps"]
        * (settings.optimizer in ("momentum", "nesterov", "adam")),
        *["L2 pulls the weights towards 0"] * bool(settings.l2),
        *["each batch has a gradient of its own"] * (update.steps > 1),
    ]
    because = f": {' and '.join(reasons)}" if reasons else ""
    change = "rose" if update.actual > 0 else "fell, since it curves down along the step"
    if not update.actual:
        change = "did not change"
    return f"Here the slope itself predicts an increase of C{because}. C {change}."
