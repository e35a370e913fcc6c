"""Size of δ by layer, where depth shows in a gradient, and the chart of sizes on a log scale."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from markupsafe import escape

from core.checking.vanishing import DeltaSize, delta_sizes
from core.training.run import Run
from core.utils.latest import latest
from core.utils.number_text import number_text
from pages.ui.chain_rule.equations import layer_name
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.scene import epoch_gradients
from pages.ui.style import figures
from pages.ui.style.figures import GREY
from pages.ui.style.latex import number

GROWTH = 10.0  # between the δ of two layers, from which it vanishes or grows on its way back
BELOW = {"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0}  # a legend
MOST_UPRIGHT = 10  # labels that a phone has room for beside one another
HELP = (
    "δ of a layer is ∂C by its pre-activations: what the gradients of its weights are made of. Its "
    "size is the root mean square over the layer’s units; for all samples, over these as well."
)


def sizes_by_layer(selection: Selection) -> tuple[DeltaSize, ...]:
    """Return the size of δ in each layer, by the loss shown; stores the latest."""
    place = selection.epoch, selection.focus.sample, selection.loss
    return latest(selection.run, place, _sizes_by_layer)


def _sizes_by_layer(run: Run, epoch: int, sample: int, loss: str) -> tuple[DeltaSize, ...]:
    return delta_sizes(epoch_gradients(run, epoch, loss).net, run.X, run.y, sample, loss)


def draw_delta_by_layer(selection: Selection) -> None:
    """Draw the size of δ by layer, and whether it vanishes on its way back."""
    sizes = sizes_by_layer(selection)
    st.markdown("**δ by layer**", help=HELP)
    st.plotly_chart(
        layer_figure(sizes, selection),
        config=figures.CONFIG,
        key="flow_layers",
        alt=layer_alt_text(sizes, selection),
    )
    st.markdown(layer_sentence(sizes, selection.digits))


def layer_figure(sizes: tuple[DeltaSize, ...], selection: Selection) -> go.Figure:
    """Draw the size of δ of each layer, of the sample and of all samples."""
    names = [layer_name(size.layer, len(sizes)) for size in sizes]
    return size_chart(
        [name.removeprefix("the ").replace("hidden layer ", "hidden<br>layer ") for name in names],
        [f"δ of {name}" for name in names],
        {
            f"sample {selection.focus.sample + 1}": [size.sample for size in sizes],
            "all samples": [size.batch for size in sizes],
        },
        selection.digits,
        title="size of δ",
    )


def layer_alt_text(sizes: tuple[DeltaSize, ...], selection: Selection) -> str:
    """Return the chart's numbers as text for screen readers."""
    listed = "; ".join(
        f"{layer_name(size.layer, len(sizes))} {number_text(size.sample, selection.digits)}, "
        f"{number_text(size.batch, selection.digits)}"
        for size in sizes
    )
    sample = selection.focus.sample + 1
    return f"Size of δ by layer, of sample {sample} and of all samples: {listed}"


def layer_sentence(sizes: tuple[DeltaSize, ...], digits: int) -> str:
    """Return what becomes of δ from the output back to the first hidden layer."""
    first, last = sizes[0].batch, sizes[-1].batch
    text = (
        f"Over all samples the size of δ is {inline_number(last, digits)} at the output and "
        f"{inline_number(first, digits)} in hidden layer 1"
    )
    if not (np.isfinite(first) and np.isfinite(last) and last > 0):
        return f"{text}."
    ratio = first / last
    if ratio == 0:
        return f"{text}: no gradient is left for W⁽¹⁾."
    if ratio < 1 / GROWTH:
        return (
            f"{text}, {inline_number(1 / ratio, digits)} times less: it vanishes on its way back."
        )
    if ratio > GROWTH:
        return f"{text}, {inline_number(ratio, digits)} times more: it grows on its way back."
    return f"{text}: it neither vanishes nor grows tenfold on its way back."


def inline_number(value: float, digits: int) -> str:
    """Return a number as Markdown."""
    latex = number(value, digits)
    return f"${latex}$" if "\\" in latex else latex


def size_chart(
    labels: Sequence[str],
    names: Sequence[str],
    series: Mapping[str, list[float]],
    digits: int,
    references: list[float] | None = None,
    title: str | None = None,
) -> go.Figure:
    """Draw two series of sizes on a log scale, with zeros on its lower end.

    `labels` are below the axis, `names` in the hover texts. With `references`, which are drawn
    beside them, the lines are thin. With a `title` of the axis the legend is below.
    """
    x = list(range(len(labels)))
    floor, top = _range([*series.values(), *([] if references is None else [references])])
    chart = go.Figure()
    styles = zip(
        figures.categorical_colors(), ("circle", "diamond-open"), ("solid", "dot"), strict=False
    )
    for (name, sizes), (colour, marker, dash) in zip(series.items(), styles, strict=True):
        chart.add_scatter(
            x=x,
            y=[max(size, floor) if np.isfinite(size) else None for size in sizes],
            name=name,
            mode="lines+markers+text",
            text=["0" if size == 0 else "" for size in sizes],
            textposition="top center",
            customdata=[
                [str(escape(full)), number_text(size, digits)]
                for full, size in zip(names, sizes, strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}",
            marker={"symbol": marker, "size": 10, "color": colour},
            line={"dash": dash, "color": colour, "width": 2 if references is None else 1},
        )
    if references is not None:
        chart.add_scatter(
            x=x,
            y=references,
            name="typical size",
            mode="markers",
            hovertemplate=f"typical size %{{y:.{digits}g}}<extra></extra>",
            marker={
                "symbol": "line-ew-open",
                "size": 22,
                "color": GREY,
                "line": {"width": 2},
            },
        )
    chart.update_layout(
        height=300,
        margin=figures.BELOW_BAR if title is None else figures.MARGIN,
        yaxis={
            "title": title,
            "type": "log",
            "range": [np.log10(floor) - 0.3, np.log10(top) + 0.4],
            "exponentformat": "power",
            "dtick": max(1, round(np.log10(top / floor) / 6)),
        },
        xaxis={
            "tickvals": x,
            "ticktext": labels,
            "tickangle": 0 if len(labels) <= MOST_UPRIGHT else -90,
            "zeroline": False,
        },
        legend=figures.ABOVE if title is None else BELOW,
    )
    return chart


def _range(series: Sequence[list[float]]) -> tuple[float, float]:
    """Return the axis range in powers of ten; zeros lie on its lower end."""
    seen = [value for values in series for value in values if 0 < value < np.inf] or [1.0]
    zeros = any(value == 0 for values in series for value in values)
    return 10.0 ** (np.floor(np.log10(min(seen))) - zeros), max(seen)
