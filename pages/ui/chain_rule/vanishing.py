"""Vanishing gradient section: the factors' magnitudes from input to output, and the causes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from markupsafe import escape

from core.checking.vanishing import (
    Cause,
    FactorSize,
    FactorSizes,
    LargestTerm,
    VanishingAnalysis,
    analyse_vanishing,
)
from core.losses import LOSSES
from core.training.run import Run
from core.utils.latest import latest
from core.utils.number_text import number_text
from pages.ui.chain_rule.notation import Notation, Selection
from pages.ui.chain_rule.scene import epoch_gradients
from pages.ui.state.names import Names
from pages.ui.state.session import Focus, Session
from pages.ui.style import figures
from pages.ui.style.figures import GREY
from pages.ui.style.latex import as_text, number
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
SYMBOLS = {
    "dH_dW1": "X",
    "dZ_dH": "σ′(H)",
    "dO_dW2": "Z",
    "dyhat_dO": "σ′(O)",
    "error": "y − ŷ",
}
MULTIPLIED = ("dH_dW1", "dO_dW2")  # what the selected weight multiplies
REFERENCE_NAMES = {  # the reference of a factor; see core.checking.vanishing
    "dH_dW1": "a typical input",
    "dZ_dH": "the maximum slope",
    "dO_dZ": "a typical weight",
    "dO_dW2": "1",
    "dyhat_dO": "the maximum slope",
    "error": "a typical error",
}


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
    unit: str  # the hidden unit on the path
    output: str
    inputs: list[str]
    units: list[str]
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
        source = names.layers[weight.layer - 1][0][weight.row]
        return cls(
            source,
            names.hidden[0][weight.column] if weight.layer == 1 else source,
            names.outputs[selection.focus.output],
            names.inputs,
            names.layers[1][0],
            selection.focus.sample + 1,
            selection.samples,
            selection.loss,
            Notation.of(selection),
            selection.digits,
            selection.experiment.source.dataset.scaling != "none",
        )

    def symbol(self, factor: FactorSize) -> str:
        """Return the factor's symbol, short enough for an axis."""
        if factor.name == "scale":
            size = LOSSES[self.loss].forms.latex_scale.lstrip("-")
            return as_text(size).replace(" ", "") or "1"
        if factor.name == "dO_dZ":
            return as_text(self.notation.factors["dO_dZ"].formula)
        if self.notation.is_bias_apart and factor.name in MULTIPLIED:
            return "1"
        return SYMBOLS[factor.name]

    def number(self, value: float) -> str:
        """Return a number with the chosen digits, as Markdown."""
        latex = number(value, self.digits)
        return f"${latex}$" if "\\" in latex else latex

    def full_name(self, factor: FactorSize) -> str:
        """Return the factor's symbol and what it belongs to."""
        of = {
            "dH_dW1": self.source,
            "dZ_dH": self.unit,
            "dO_dZ": f"{self.unit} to {self.output}",
            "dO_dW2": self.unit,
            "dyhat_dO": self.output,
            "error": self.output,
        }
        symbol = self.symbol(factor)
        if symbol == "1" and factor.name in MULTIPLIED:
            return "1, what a bias multiplies"
        return f"{symbol} of {of[factor.name]}" if factor.name in of else symbol


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


def intro_text(selection: Selection, phrases: Phrases) -> str:
    """Return which gradient's factors are shown, and along which path."""
    k, weight = phrases.notation, selection.focus.weight
    indices = f" ({k.indices(weight)})" if k.indices(weight) else ""
    start = plain(phrases.source)
    if k.is_bias_apart:
        start = f"the bias of {plain(phrases.unit if weight.layer == 1 else phrases.output)}"
    through = f", through the output {plain(phrases.output)}" * k.several
    return (
        rf"The magnitudes of the factors of $\partial C / \partial {k.weight}${indices}, "
        f"from {start} (input side, left) to the cost (right){through}."
    )


def figure(found: VanishingAnalysis, phrases: Phrases, *, product: bool) -> go.Figure:
    """Draw the factors' magnitudes, or the running products, of the sample and the batch."""
    # Indices in a second row, so that the labels fit a narrow screen.
    labels = [phrases.symbol(factor).replace("[", "<br>[") for factor in found.sample.factors]
    x = list(range(len(labels)))
    series = {f"sample {phrases.sample}": found.sample, "all samples": found.batch}
    values = {name: _values(chain, product=product) for name, chain in series.items()}
    references = [factor.reference for factor in found.sample.factors]
    floor, top = _range([*values.values(), *([] if product else [references])])
    chart = go.Figure()
    styles = zip(
        figures.categorical_colors(), ("circle", "diamond-open"), ("solid", "dot"), strict=False
    )
    for (name, sizes), (colour, marker, dash) in zip(values.items(), styles, strict=True):
        chart.add_scatter(
            x=x,
            y=[max(size, floor) if np.isfinite(size) else None for size in sizes],
            name=name,
            mode="lines+markers+text",
            text=["0" if size == 0 else "" for size in sizes],
            textposition="top center",
            customdata=[
                [str(escape(phrases.full_name(factor))), number_text(size, phrases.digits)]
                for factor, size in zip(found.sample.factors, sizes, strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}",
            marker={"symbol": marker, "size": 10, "color": colour},
            line={"dash": dash, "color": colour, "width": 2 if product else 1},
        )
    if not product:
        chart.add_scatter(
            x=x,
            y=references,
            name="typical size",
            mode="markers",
            hovertemplate=f"typical size %{{y:.{phrases.digits}g}}<extra></extra>",
            marker={
                "symbol": "line-ew-open",
                "size": 22,
                "color": GREY,
                "line": {"width": 2},
            },
        )
    chart.update_layout(
        height=300,
        margin=figures.BELOW_BAR,
        yaxis={
            "type": "log",
            "range": [np.log10(floor) - 0.3, np.log10(top) + 0.4],
            "exponentformat": "power",
            "dtick": max(1, round(np.log10(top / floor) / 6)),
        },
        xaxis={"tickvals": x, "ticktext": labels, "tickangle": 0, "zeroline": False},
        legend=figures.ABOVE,
    )
    return chart


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


def _factor_sentence(
    factor: FactorSize, chain: FactorSizes, phrases: Phrases, *, of_batch: bool
) -> str:
    """Return one factor's magnitude beside its reference, and the reason."""
    size = "0"
    if factor.size > 0:
        share, reference = _share_text(factor, phrases), REFERENCE_NAMES[factor.name]
        size = f"{phrases.number(factor.size)}, {share} of {reference}"
        if factor.name in ("dH_dW1", "dO_dZ", "error"):
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
    unit, output, source = plain(phrases.unit), plain(phrases.output), plain(phrases.source)
    H, O = phrases.number(chain.H or 0.0), phrases.number(chain.O)
    advice = "" if phrases.scaled else " (scale that column)"
    drives_unit = _driver_text(chain.largest_hidden_term, phrases.inputs, phrases, advice)
    drives_output = _driver_text(chain.largest_output_term, phrases.units, phrases)
    part = "hardly contributes" if factor.size else "contributes nothing"
    gradient = "hardly any gradient" if of_batch and factor.size else "no gradient"
    never = ("hardly ever" if factor.size else "never") if of_batch else "not"
    reasons: dict[Cause, str] = {
        "input": f"{source} {part}, whatever the other factors are",
        "dead": f"{unit} passes {gradient}, since its H is {never} above 0",
        "saturated_hidden": f"{unit} is saturated, |H| = {H}{drives_unit}",
        "small_weight": f"{unit} hardly affects {output}",
        "idle": f"{unit} is nearly inactive",
        "saturated_output": f"{output} is saturated, |O| = {O}{drives_output}"
        + _error_text(chain, phrases),
        "learned": _learned_text(factor) if of_batch else "the sample is learned",
    }
    return reasons[chain.cause(factor)]


def _learned_text(factor: FactorSize) -> str:
    """Return how many of the samples are learned."""
    if factor.low >= ALL_LOW:
        return "the samples are learned"
    return f"{factor.low:.0%} of the samples are learned"


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


def _range(series: Sequence[list[float]]) -> tuple[float, float]:
    """Return the axis range in powers of ten; zeros lie on its lower end."""
    seen = [value for values in series for value in values if 0 < value < np.inf] or [1.0]
    zeros = any(value == 0 for values in series for value in values)
    return 10.0 ** (np.floor(np.log10(min(seen))) - zeros), max(seen)
