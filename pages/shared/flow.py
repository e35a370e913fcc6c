"""Where the gradient went: the factors' sizes from the input side to the output side, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from weakref import WeakKeyDictionary

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.flow import Cause, Chain, Driver, Factor, Flow
from core.flow import flow as flow_of
from core.training import Run
from pages.shared import figures
from pages.shared.chain import loss_of, opened
from pages.shared.names import Names
from pages.shared.session import Experiment, Focus, Session
from pages.shared.tex import number
from pages.shared.text import plain

CANCELLED = 0.1  # what is left of the contributions: from there on down they are said to cancel
NONE_LOW, ALL_LOW = 0.005, 0.995  # shares of the samples that round to none and to all
FAR_OFF = 0.5  # |y − ŷ| of an output on the wrong side
MOST_TIMES = 1e4  # beyond it a share is a power of ten
GREY = "#888"
HELP = (
    "The gradient is a product, and one factor near 0 makes all of it vanish. Shown is the size of "
    "each factor, and of the product up to it, in powers of ten. For all samples it is the root "
    "mean square over them (and over the outputs)."
)
SYMBOLS = {
    "dH_dW1": "X",
    "dZ_dH": "σ′(H)",
    "dO_dZ": "W⁽²⁾",
    "dO_dW2": "Z",
    "dyhat_dO": "σ′(O)",
    "error": "y − ŷ",
}
BESIDE = {  # what a factor is measured against; see core.flow
    "dH_dW1": "the usual input",
    "dZ_dH": "the greatest slope",
    "dO_dZ": "the usual weight",
    "dO_dW2": "1",
    "dyhat_dO": "the greatest slope",
    "error": "a usual error",
}
Key = tuple[int, Focus]

_flows: WeakKeyDictionary[Run, tuple[Key, Flow]] = WeakKeyDictionary()


def flowed(run: Run, epoch: int, focus: Focus) -> Flow:
    """The factors' sizes at that epoch for what is in focus; the latest asked for is kept."""
    key = epoch, focus
    kept = _flows.get(run)
    if kept is None or kept[0] != key:
        weight = focus.weight
        net = opened(run, epoch).net
        found = flow_of(
            net, run.X, run.y, weight.layer, weight.row, weight.column, focus.sample, focus.output,
            loss_of(run, epoch),
        )  # fmt: skip
        kept = _flows[run] = key, found
    return kept[1]


@dataclass(frozen=True)
class Words:
    """What the things on the way of the weight in focus are called."""

    source: str  # what the weight multiplies
    unit: str  # the hidden unit on the way
    output: str
    inputs: list[str]
    units: list[str]
    sample: int  # counted from 1
    samples: int
    loss: str

    @classmethod
    def of(cls, experiment: Experiment, focus: Focus) -> Self:
        """The names for what is in focus."""
        names, weight = Names.of(experiment), focus.weight
        first = weight.layer == 1
        source = (names.inputs if first else names.units_and_bias)[weight.row]
        return cls(
            source,
            names.units[weight.column] if first else source,
            names.outputs[focus.output],
            names.inputs,
            names.units_and_bias,
            focus.sample + 1,
            len(experiment.run.X),
            loss_of(experiment.run, experiment.epoch),
        )

    def symbol(self, factor: Factor) -> str:
        """The factor's symbol, short enough for an axis."""
        scale = {"mse": "2/N", "half_sse": "1"}.get(self.loss, "1/N")
        return {**SYMBOLS, "scale": scale}[factor.name]

    def full(self, factor: Factor) -> str:
        """The factor and what it belongs to."""
        of = {
            "dH_dW1": self.source,
            "dZ_dH": self.unit,
            "dO_dZ": f"{self.unit} to {self.output}",
            "dO_dW2": self.unit,
            "dyhat_dO": self.output,
            "error": self.output,
        }
        symbol = self.symbol(factor)
        return f"{symbol} of {of[factor.name]}" if factor.name in of else symbol


def flow(state: Session) -> None:
    """Draw the section: two charts, and what they say."""
    with state.lock:
        current, focus = state.current, state.focus
    found = flowed(current.run, current.epoch, focus)
    words = Words.of(current, focus)
    st.subheader("Where the gradient went", help=HELP)
    side = f"from {plain(words.source)} (input side, left) to the cost (right)"
    through = f", through the output {plain(words.output)}" * (current.run.like.outputs > 1)
    st.markdown(f"The sizes of the factors {side}{through}.")
    left, right = st.columns(2)
    for place, title, product in ((left, "Each factor", False), (right, "Product so far", True)):
        with place:
            st.markdown(f"**{title}**")
            st.plotly_chart(
                figure(found, words, product=product),
                config=figures.CONFIG,
                key=f"flow_{'products' if product else 'factors'}",
                alt=alt(found, words, product=product),
            )
    st.markdown(f"**Sample {words.sample}**: {sentence(found.sample, words, of_batch=False)}")
    batch = sentence(found.batch, words, of_batch=True)
    st.markdown(f"**All {words.samples:,} samples**: {batch}{cancelling(found)}")


def figure(found: Flow, words: Words, *, product: bool) -> go.Figure:
    """The sizes of the factors, or of the products up to them, of the sample and of the batch."""
    x = [words.symbol(factor) for factor in found.sample.factors]
    series = {f"sample {words.sample}": found.sample, "all samples": found.batch}
    values = {name: _values(chain, product=product) for name, chain in series.items()}
    references = [factor.reference for factor in found.sample.factors]
    floor, top = _range([*values.values(), *([] if product else [references])])
    chart = go.Figure()
    styles = zip(_colours(), ("circle", "diamond-open"), ("solid", "dot"), strict=False)
    for (name, sizes), (colour, marker, dash) in zip(values.items(), styles, strict=True):
        chart.add_scatter(
            x=x,
            y=[max(size, floor) if np.isfinite(size) else None for size in sizes],
            name=name,
            mode="lines+markers+text",
            text=["0" if size == 0 else "" for size in sizes],
            textposition="top center",
            customdata=[
                [words.full(factor), f"{size:.6g}"]
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
            name="could well be",
            mode="markers",
            hovertemplate="could well be %{y:.4g}<extra></extra>",
            marker={"symbol": "line-ew-open", "size": 22, "color": GREY, "line": {"width": 2}},
        )
    chart.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        yaxis={
            "type": "log",
            "range": [np.log10(floor) - 0.3, np.log10(top) + 0.4],
            "exponentformat": "power",
            "dtick": max(1, round(np.log10(top / floor) / 6)),
        },
        xaxis={"type": "category", "tickangle": 0},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
    )
    return chart


def alt(found: Flow, words: Words, *, product: bool) -> str:
    """The chart in words, for those who do not see it."""
    what = "Products up to each factor" if product else "Sizes of the factors"
    values = zip(
        found.sample.factors,
        _values(found.sample, product=product),
        _values(found.batch, product=product),
        strict=True,
    )
    listed = "; ".join(f"{words.full(f)} {one:.3g}, {all_:.3g}" for f, one, all_ in values)
    return f"{what}, of sample {words.sample} and of all samples: {listed}"


def sentence(chain: Chain, words: Words, *, of_batch: bool) -> str:
    """What made the product small, from its numbers."""
    comes_to = f"the product comes to {_number(chain.product)}"
    if not chain.blamed:
        return f"nothing vanished. No factor is ten times below what it could well be; {comes_to}."
    told = " And ".join(_blame(factor, chain, words, of_batch=of_batch) for factor in chain.blamed)
    if "learned" in chain.causes:
        return f"{told} Nothing is wrong: that is what learning aims at. So {comes_to}."
    worst = chain.blamed[0]
    instead = _number(chain.instead(worst))
    return (
        f"{told} So {comes_to}; with {_number(worst.reference)} for {words.symbol(worst)} it would "
        f"be {instead}."
    )


def _blame(factor: Factor, chain: Chain, words: Words, *, of_batch: bool) -> str:
    """One factor, its size beside its reference, and what is behind it."""
    size = "0"
    if factor.size > 0:
        size = f"{_number(factor.size)}, {_share(factor)} of {BESIDE[factor.name]}"
        if factor.name in ("dH_dW1", "dO_dZ", "error"):
            size += f", {_number(factor.reference)}"
    if of_batch and factor.low >= NONE_LOW:
        many = "all" if factor.low >= ALL_LOW else f"{factor.low:.0%} of the"
        size += f" (ten times too small in {many} samples)"
    reason = _reason(factor, chain, words, of_batch=of_batch)
    return f"{plain(words.full(factor))} is {size}: {reason}."


def _reason(factor: Factor, chain: Chain, words: Words, *, of_batch: bool) -> str:
    """What it means that a factor is small."""
    unit, output, source = plain(words.unit), plain(words.output), plain(words.source)
    drives_unit = _driven(chain.driver_hidden, words.inputs, " (scale that column)")
    drives_output = _driven(chain.driver_output, words.units, "")
    part = "hardly takes part" if factor.size else "takes no part"
    never = ("hardly ever" if factor.size else "never") if of_batch else "not"
    reasons: dict[Cause, str] = {
        "input": f"{source} {part}, whatever the other factors are",
        "dead": f"{unit} passes nothing on, for its H is {never} above 0",
        "saturated_hidden": f"{unit} is saturated, |H| = {_number(chain.H or 0.0)}{drives_unit}",
        "small_weight": f"hardly anything of {unit} reaches {output}",
        "idle": f"{unit} is all but off",
        "saturated_output": f"{output} is saturated, |O| = {_number(chain.O)}{drives_output}"
        + _wrong(chain),
        "learned": "the samples are learned" if of_batch else "the sample is learned",
    }
    return reasons[chain.cause(factor)]


def _driven(driver: Driver | None, names: list[str], advice: str) -> str:
    """Which large value a unit's sum comes from."""
    if driver is None:
        return ""
    return (
        f"; {plain(names[driver.index])}, {_number(driver.size)} in size, drives it there{advice}"
    )


def _wrong(chain: Chain) -> str:
    """A saturated output that is far off: it would have most to learn."""
    error = next(factor.size for factor in chain.factors if factor.name == "error")
    return f", and that although |y − ŷ| is {_number(error)}" if error >= FAR_OFF else ""


def cancelling(found: Flow) -> str:
    """That the samples pull against each other, if they do."""
    if not found.sizes or found.gradient > CANCELLED * found.sizes:
        return ""
    left = found.gradient / found.sizes
    return (
        f" Added up, the samples’ contributions cancel: of {_number(found.sizes)} without their "
        f"signs, {_number(found.gradient)} is left, {left:.2g} of it."
    )


def _share(factor: Factor) -> str:
    times = factor.reference / factor.size
    return f"1/{float(f'{times:.2g}'):,.0f}" if times < MOST_TIMES else _number(1 / times)


def _number(value: float) -> str:
    """Three digits, as Markdown."""
    latex = number(value, 3)
    return f"${latex}$" if "\\" in latex else latex


def _values(chain: Chain, *, product: bool) -> list[float]:
    return [factor.product if product else factor.size for factor in chain.factors]


def _range(series: Sequence[list[float]]) -> tuple[float, float]:
    """Powers of ten around all finite numbers above 0; zeros lie on the lower one."""
    seen = [value for values in series for value in values if 0 < value < np.inf] or [1.0]
    zeros = any(value == 0 for values in series for value in values)
    return 10.0 ** (np.floor(np.log10(min(seen))) - zeros), max(seen)


def _colours() -> list[str]:
    """The theme's categorical colours, light or dark as the visitor has it."""
    theme = st.context.theme.type or "light"
    return list(st.get_option(f"theme.{theme}.chartCategoricalColors"))
