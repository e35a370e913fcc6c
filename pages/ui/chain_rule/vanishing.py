"""Vanishing gradient section: the factors' magnitudes from input to output, and the causes."""

from dataclasses import dataclass
from typing import Self

import plotly.graph_objects as go
import streamlit as st

from core.chain import Partial, Symbol
from core.checking.vanishing import (
    Cause,
    FactorSize,
    FactorSizes,
    LargestTerm,
    VanishingAnalysis,
    analyse_vanishing,
)
from core.training.run import Run
from core.utils.latest import latest
from core.utils.number_text import number_text
from pages.ui.chain_rule.delta_by_layer import (
    draw_delta_by_layer,
    inline_number,
    size_chart,
)
from pages.ui.chain_rule.equations import layer_name
from pages.ui.chain_rule.notation import Notation, Selection
from pages.ui.chain_rule.scene import epoch_gradients
from pages.ui.state.names import Names
from pages.ui.state.session import Focus, Session
from pages.ui.style import figures
from pages.ui.style.latex import as_text
from pages.ui.style.markdown import plain

CANCELLATION = 0.1  # |sum| / sum of magnitudes, below which contributions "cancel"
NONE_LOW, ALL_LOW = 0.005, 0.995  # shares of samples that round to none and all
FAR_OFF = 0.5  # |y − ŷ| of a wrong output
LEARNED = {"learned", "saturated_output"}  # near its target, ŷ is near 0 or 1 as well
MOST_TIMES = 1e4  # above it, a share is shown as a power of ten
HELP = (
    "The gradient is a product, so one factor near 0 makes it vanish. The charts show the "
    "magnitude of each factor and the running product, on a log scale. For all samples, the "
    "magnitude is the root mean square."
)
MULTIPLIED = "_dW"  # in the name of what the selected weight multiplies


def gradient_flow(selection: Selection) -> VanishingAnalysis:
    """Return the factors' magnitudes for the selection, by the loss shown; stores the latest."""
    return latest(selection.run, (selection.epoch, selection.focus, selection.loss), _flow)


def _flow(run: Run, epoch: int, focus: Focus, loss: str) -> VanishingAnalysis:
    net, place = epoch_gradients(run, epoch, loss).net, focus.weight.place
    return analyse_vanishing(net, run.X, run.y, *place, focus.sample, focus.output, loss)


@dataclass(frozen=True)
class Phrases:
    """Names and formats for the sentences about the selected weight."""

    source: str  # what the weight multiplies
    unit: str  # the hidden unit that it leads to, or comes from if it is of the last matrix
    output: str
    inputs: list[str]  # of the weight's matrix
    units: list[str]  # before the output
    target: float  # y of the sample and the output
    sample: int  # counted from 1
    samples: int
    loss: str
    notation: Notation
    digits: int
    scaled: bool  # whether the inputs are scaled

    @classmethod
    def of(cls, selection: Selection) -> Self:
        """Return the names for the selection."""
        names, weight = Names.of(selection.experiment), selection.focus.weight
        source, notation = names.layers[weight.layer - 1][0][weight.row], Notation.of(selection)
        return cls(
            source,
            source if notation.is_last else names.hidden[weight.layer - 1][weight.column],
            names.outputs[selection.focus.output],
            names.layers[weight.layer - 1][0],
            names.layers[-1][0],
            float(selection.run.y[selection.focus.sample, selection.focus.output]),
            selection.focus.sample + 1,
            selection.samples,
            selection.loss,
            notation,
            selection.digits,
            selection.experiment.source.dataset.scaling != "none",
        )

    def partial(self, factor: FactorSize) -> Partial | None:
        """Return the factor of the chain; None for the error and the constant before it."""
        return next((p for p in self.notation.partials if p.name == factor.name), None)

    def is_own(self, partial: Partial) -> bool:
        """Whether a factor begins at the unit that the weight leads to."""
        return (partial.below.layer or self.notation.layer) == self.notation.layer

    def symbol(self, factor: FactorSize) -> str:
        """Return the factor's symbol, short enough for an axis."""
        k, partial = self.notation, self.partial(factor)
        if partial is None:
            size = as_text(k.loss.forms.latex_scale.lstrip("-")).replace(" ", "") or "1"
            return "y − ŷ" if factor.name == "error" else size
        if partial.kind == "linear":
            if not k.is_deep:
                return as_text(k.factors[partial.name].formula)
            return Symbol("W", partial.below.layer + 1).text
        if partial.kind == "input":
            above = Symbol("Z", k.number(k.layer - 1)).text
            return "1" if k.is_bias_apart else "X" if k.layer == 1 else above
        return "∂ŷ/∂O" if partial.kind == "full" else f"σ′({partial.below.text})"

    def number(self, value: float) -> str:
        """Return a number with the chosen digits, as Markdown."""
        return inline_number(value, self.digits)

    def full_name(self, factor: FactorSize) -> str:
        """Return the factor's symbol and what it belongs to."""
        symbol, partial = self.symbol(factor), self.partial(factor)
        if symbol == "1" and MULTIPLIED in factor.name:
            return "1, what a bias multiplies"
        if partial is None:
            whose = "all outputs" if self.notation.is_softmax and not self.fused else self.output
            return f"{symbol} of {whose}" if factor.name == "error" else symbol
        leads = partial.kind == "linear" and self.notation.is_deep
        return f"{symbol} {'from' if leads else 'of'} {self.whose(partial)}"

    @property
    def fused(self) -> bool:
        """Whether the output's slope cancels."""
        return self.notation.loss.fused

    def whose(self, partial: Partial) -> str:
        """Return the units or the layer that a factor belongs to."""
        if partial.kind == "input":
            return self.source
        if partial.below.letter == "O":
            return self.output
        layer = layer_name(partial.below.layer, self.notation.layers)
        unit = self.unit if self.is_own(partial) else layer
        return f"{unit} to {self.goal(partial)}" if partial.kind == "linear" else unit

    def goal(self, partial: Partial) -> str:
        """Return what a matrix leads to: the output, or a hidden layer."""
        above = partial.above
        name = layer_name(above.layer, self.notation.layers)
        return self.output if above.letter == "O" else name

    def reference_name(self, factor: FactorSize) -> str:
        """Return what a factor is compared with; see core.checking.vanishing."""
        partial = self.partial(factor)
        if partial is None:
            return "a typical error"
        if partial.kind == "input":
            return "a typical input" if self.notation.layer == 1 else "1"
        if partial.kind == "linear":
            to_output = partial.above.letter == "O"
            return "a typical weight" if to_output else "the typical size of such a matrix"
        return "the maximum slope"

    def has_own_reference(self, factor: FactorSize) -> bool:
        """Whether the reference depends on the data and the weights."""
        partial = self.partial(factor)
        of_inputs = partial is not None and partial.kind == "input" and self.notation.layer == 1
        return partial is None or partial.kind == "linear" or of_inputs


def vanishing_section(state: Session) -> None:
    """Draw the section: two charts and their summary."""
    selection = Selection.of(state)
    found, phrases = gradient_flow(selection), Phrases.of(selection)
    st.header("Vanishing gradient?", help=HELP, anchor=False)
    st.markdown(intro_text(selection, phrases))
    if selection.loss_ratio:
        st.caption(
            f"{selection.other_loss_sentence} Only the last factor differs: in the gradient that "
            f"the steps use, every product is ${selection.loss_ratio}$ of the one shown."
        )
    left, right = st.columns(2)
    for place, title, product in ((left, "Each factor", False), (right, "Running product", True)):
        with place:
            st.markdown(f"**{title}**")
            st.plotly_chart(
                figure(found, phrases, product=product),
                config=figures.CONFIG,
                key=f"flow_{'products' if product else 'factors'}",
                alt=alt_text(found, phrases, product=product),
            )
    st.markdown(
        f"**Sample {phrases.sample}**: {vanishing_sentence(found.sample, phrases, of_batch=False)}"
    )
    batch = vanishing_sentence(found.batch, phrases, of_batch=True)
    st.markdown(
        f"**All samples ({phrases.samples:,})**: {batch}{cancellation_sentence(found, phrases)}"
    )
    if phrases.notation.is_deep:
        draw_delta_by_layer(selection)


def intro_text(selection: Selection, phrases: Phrases) -> str:
    """Return which gradient's factors are shown, and along which path."""
    k, weight = phrases.notation, selection.focus.weight
    indices = f" ({k.indices(weight)})" if k.indices(weight) else ""
    start = plain(phrases.source)
    if k.is_bias_apart:
        start = f"the bias of {plain(phrases.output if k.is_last else phrases.unit)}"
    through = f", through the output {plain(phrases.output)}" * k.several
    return (
        rf"The magnitudes of the factors of $\partial C / \partial {k.weight}${indices}, "
        f"from {start} (input side, left) to the cost (right){through}."
    )


def figure(found: VanishingAnalysis, phrases: Phrases, *, product: bool) -> go.Figure:
    """Draw the factors' magnitudes, or the running products, of the sample and the batch."""
    # Indices in a second row, so that the labels fit a narrow screen.
    start = "(H" if phrases.notation.is_deep else "["
    labels = [
        phrases.symbol(factor).replace(start, f"<br>{start}") for factor in found.sample.factors
    ]
    title = "running product" if product else "magnitude"
    return size_chart(
        labels,
        [phrases.full_name(factor) for factor in found.sample.factors],
        {
            f"sample {phrases.sample}": _values(found.sample, product=product),
            "all samples": _values(found.batch, product=product),
        },
        phrases.digits,
        references=None if product else [factor.reference for factor in found.sample.factors],
        title=title if phrases.notation.is_deep else None,
    )


def alt_text(found: VanishingAnalysis, phrases: Phrases, *, product: bool) -> str:
    """Return the chart's numbers as text for screen readers."""
    what = "Running products" if product else "Magnitudes of the factors"
    values = zip(
        found.sample.factors,
        _values(found.sample, product=product),
        _values(found.batch, product=product),
        strict=True,
    )
    listed = "; ".join(
        f"{phrases.full_name(f)} {', '.join(number_text(size, phrases.digits) for size in sizes)}"
        for f, *sizes in values
    )
    return f"{what}, of sample {phrases.sample} and of all samples: {listed}"


def vanishing_sentence(chain: FactorSizes, phrases: Phrases, *, of_batch: bool) -> str:
    """Return which factors make the product small, and why."""
    product = f"the product is {phrases.number(chain.product)}"
    if not chain.vanishing_factors and phrases.notation.is_deep:
        return _single_factors_text(chain, phrases)
    if not chain.vanishing_factors:
        return f"nothing vanishes. No factor is ten times below its typical size; {product}."
    causes = " And ".join(
        _factor_sentence(factor, chain, phrases, of_batch=of_batch)
        for factor in chain.vanishing_factors
    )
    if set(chain.causes) <= LEARNED and "learned" in chain.causes:
        return f"{causes} This is the aim of learning, not a problem. So {product}."
    worst = chain.vanishing_factors[0]
    corrected = phrases.number(chain.product_at_reference(worst))
    typical = f"{phrases.number(worst.reference)} for {plain(phrases.symbol(worst))}"
    return f"{causes} So {product}; with {typical} it would be {corrected}."


def _single_factors_text(chain: FactorSizes, phrases: Phrases) -> str:
    """Return that no factor alone is small: over many layers they may vanish together."""
    passed = phrases.notation.layers - phrases.notation.layer
    over = f"over {passed} hidden layers they multiply to" if passed > 1 else "the product is"
    product = phrases.number(chain.product)
    return f"no single factor is ten times below its typical size; {over} {product}."


def _factor_sentence(
    factor: FactorSize, chain: FactorSizes, phrases: Phrases, *, of_batch: bool
) -> str:
    """Return one factor's magnitude beside its reference, and the reason."""
    size = "0"
    if factor.size > 0:
        share, reference = _share_text(factor, phrases), phrases.reference_name(factor)
        size = f"{phrases.number(factor.size)}, {share} of {reference}"
        if phrases.has_own_reference(factor):
            size += f", {phrases.number(factor.reference)}"
    if of_batch and factor.low >= NONE_LOW:
        part = "nearly all" if factor.low >= ALL_LOW else f"{100 * factor.low:.0f} % of the"
        many = "all" if factor.low == 1 else part
        size += f" (ten times too small in {many} samples)"
    reason = _reason_text(factor, chain, phrases, of_batch=of_batch)
    return f"{plain(phrases.full_name(factor))} is {size}: {reason}."


def _reason_text(
    factor: FactorSize, chain: FactorSizes, phrases: Phrases, *, of_batch: bool
) -> str:
    """Return why a factor is small."""
    unit, source = plain(phrases.unit), plain(phrases.source)
    H, O = phrases.number(chain.H or 0.0), phrases.number(chain.O)
    partial = phrases.partial(factor)
    if partial is not None and phrases.notation.is_deep and not phrases.is_own(partial):
        return _later_layer_text(partial, chain, phrases)
    first = phrases.notation.layer == 1
    advice = " (scale that column)" if first and not phrases.scaled else ""
    drives_unit = _driver_text(chain.largest_hidden_term, phrases.inputs, phrases, advice)
    drives_output = _driver_text(chain.largest_output_term, phrases.units, phrases)
    part = "hardly contributes" if factor.size else "contributes nothing"
    gradient = "hardly any gradient" if of_batch and factor.size else "no gradient"
    never = ("hardly ever" if factor.size else "never") if of_batch else "not"
    reasons: dict[Cause, str] = {
        "input": f"{source} {part}, whatever the other factors are",
        "dead": f"{unit} passes {gradient}, since its H is {never} above 0",
        "saturated_hidden": f"{unit} is saturated, |H| = {H}{drives_unit}",
        "small_weight": f"{unit} hardly affects {_goal_text(partial, phrases)}",
        "idle": f"{source} is nearly inactive",
        "saturated_output": _saturation_text(phrases, f"|O| = {O}{drives_output}")
        + _error_text(chain, phrases),
        "learned": _learned_text(factor, chain) if of_batch else "the sample is learned",
        "near_target": _near_target_text(chain, phrases, of_batch=of_batch),
    }
    return reasons[chain.cause(factor)]


def _later_layer_text(partial: Partial, chain: FactorSizes, phrases: Phrases) -> str:
    """Return why a factor of a layer after the weight's own is small."""
    if partial.below.letter == "O":
        text = _saturation_text(phrases, f"|O| = {phrases.number(chain.O)}")
        return text + _error_text(chain, phrases)
    layer = layer_name(partial.below.layer, phrases.notation.layers)
    if partial.kind == "linear":
        return f"{layer} hardly affects {_goal_text(partial, phrases)} along these paths"
    if chain.hidden == "relu":
        return f"the units of {layer} on these paths have no H above 0"
    return f"the units of {layer} on these paths are saturated"


def _goal_text(partial: Partial | None, phrases: Phrases) -> str:
    return plain(phrases.output if partial is None else phrases.goal(partial))


def _saturation_text(phrases: Phrases, sizes: str) -> str:
    """Return that the output is saturated; of a softmax it is no matter of one O alone."""
    output = plain(phrases.output)
    if phrases.notation.is_softmax:
        return f"the softmax hardly changes with O of {output}"
    return f"{output} is saturated, {sizes}"


def _learned_text(factor: FactorSize, chain: FactorSizes) -> str:
    """Return how many of the samples are learned."""
    share = factor.low if chain.learned is None else chain.learned
    if share >= ALL_LOW:
        return "the samples are learned"
    return f"{100 * share:.0f} % of the samples are learned"


def _near_target_text(chain: FactorSizes, phrases: Phrases, *, of_batch: bool) -> str:
    """Return that this output of a softmax is right where the class is not learned."""
    if of_batch:
        part = f"{100 * (chain.learned or 0.0):.0f} %" if chain.learned else "none"
        return f"ŷ of this output is already near y, but {part} of the samples are learned"
    y = phrases.number(phrases.target)
    return f"y is {y} for this output and ŷ is already near {y}"


def _driver_text(
    driver: LargestTerm | None, names: list[str], phrases: Phrases, advice: str = ""
) -> str:
    """Return which large value gives the largest term of a unit's sum."""
    if driver is None:
        return ""
    size = phrases.number(driver.size)
    name = plain(names[driver.index])
    return f"; the largest term of that sum comes from {name}, with magnitude {size}{advice}"


def _error_text(chain: FactorSizes, phrases: Phrases) -> str:
    """Return the error of a saturated output that is wrong: it has most to learn."""
    error = next(factor.size for factor in chain.factors if factor.name == "error")
    return f", although |y − ŷ| is {phrases.number(error)}" if error >= FAR_OFF else ""


def cancellation_sentence(found: VanishingAnalysis, phrases: Phrases) -> str:
    """Return that the samples' contributions cancel, if they do."""
    if not found.sizes or found.gradient > CANCELLATION * found.sizes:
        return ""
    share = found.gradient / found.sizes
    sizes, left = phrases.number(found.sizes), phrases.number(found.gradient)
    return (
        f" The samples’ contributions cancel: their magnitudes add up to {sizes}, while their sum "
        f"has the magnitude {left}, {phrases.number(share)} of that."
    )


def _share_text(factor: FactorSize, phrases: Phrases) -> str:
    times = factor.reference / factor.size
    return f"1/{phrases.number(times)}" if times < MOST_TIMES else phrases.number(1 / times)


def _values(chain: FactorSizes, *, product: bool) -> list[float]:
    return [factor.product if product else factor.size for factor in chain.factors]
