"""From sample to batch: the contributions, their sums, sentences and charts."""

import math
import re
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray

from core.gradients import gradients
from pages.ui.chain_rule.contributions import (
    MOST_BARS,
    NO_SAMPLE,
    bars,
    figure,
    gradient_text,
    summary_text,
)
from pages.ui.chain_rule.scene import BrowserSelection, contribution_bars, epoch_gradients
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.session import Session, Weight
from tests.bounds import assert_proportional
from tests.by_hand import ERROR_TEXTS
from tests.pages.test_chain_rule import answered

Array = NDArray[np.float64]


def random_parts(count: int) -> Array:
    return np.random.default_rng(count).standard_t(3, count)


def sums(chart: go.Figure) -> Array:
    """Where each column of the sum ends, in the order of the places."""
    steps = chart.data[1]
    ends: Array = np.asarray(steps.base) + np.asarray(steps.y)
    return ends


@pytest.mark.parametrize("count", [1, 2, 4, MOST_BARS, MOST_BARS + 1, 10_000])
def test_bars_are_sorted_and_add_up_with_the_others(count: int) -> None:
    parts = random_parts(count)
    shown = bars(parts)
    assert (np.diff(shown.values) <= 0).all()
    np.testing.assert_array_equal(shown.values, parts[shown.samples])
    assert len(set(shown.samples.tolist())) == len(shown.values) == min(count, MOST_BARS)
    assert shown.total == math.fsum(parts)
    assert shown.bars_total + shown.rest_total == pytest.approx(shown.total, rel=1e-12)
    sides = shown.positive.total + shown.negative.total
    assert sides == pytest.approx(shown.total, rel=1e-12, abs=1e-12)
    assert shown.positive.count + shown.negative.count + shown.zero_count == count
    if shown.rest_count:
        assert np.abs(shown.rest).max() <= np.abs(shown.values).min()
        assert int(shown.histogram.counts.sum()) == shown.rest_count
        assert math.fsum(shown.histogram.totals) == pytest.approx(shown.rest_total, rel=1e-9)


@pytest.mark.parametrize("weight", [Weight(1, 0, 1), Weight(2, 1, 2)])
def test_contributions_add_up_to_the_gradient(weight: Weight) -> None:
    session = Session()
    session.use(Draft.of_sample("iris"), Architecture(hidden=(4,)))
    session.run.advance(5)
    session.report(3, playing=False)
    session.look(weight=weight)
    shown, run = contribution_bars(session), session.run
    gradient = gradients(session.at_epoch(), run.X, run.y)[weight.layer - 1]
    truth = float(gradient[weight.row, weight.column])
    assert shown.total == pytest.approx(truth, rel=1e-12)
    assert contribution_bars(session) is shown  # another sample costs no more
    session.look(sample=7)
    assert contribution_bars(session) is shown
    session.report(4, playing=False)
    assert contribution_bars(session) is not shown


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            [3.0, -1.0, 1.0, 0.0],
            "**2 samples push in the gradient’s direction** and together add +4. **1 sample "
            "pushes against it** and adds −1. 1 sample adds 0. The two sides cancel except for "
            "+3, **60 %** of the total magnitude. Sample 1 adds +3; no contribution is larger in "
            "magnitude.",
        ),
        (
            [-2.0, 1.0, -3.0],
            "**2 samples push in the gradient’s direction** and together add −5. **1 sample "
            "pushes against it** and adds +1. The two sides cancel except for −4, **66.67 %** of "
            "the total magnitude. Sample 1 adds −2; 1 sample contributes more in magnitude.",
        ),
        (
            [1.0, -1.0],
            "**1 sample pushes up** and adds +1. **1 sample pushes down** and adds −1. They cancel "
            "exactly, so the gradient is 0. Sample 1 adds +1; no contribution is larger in "
            "magnitude.",
        ),
        (
            [0.0, -1.0, -2.0],
            "**2 samples push in the gradient’s direction** and together add −3. No sample "
            "pushes against it. 1 sample adds 0. Nothing cancels. Sample 1 adds 0.",
        ),
        ([0.5], "The single sample makes up the whole gradient."),
        (
            [0.0, 0.0],
            "Every sample contributes 0, so the gradient is 0.",
        ),
    ],
)
def test_the_sentence_counts_and_adds(values: list[float], words: str) -> None:
    assert summary_text(bars(np.array(values)), 0, 4) == words


def test_what_is_left_is_the_sum_over_all_pulls() -> None:
    parts = random_parts(3000)
    shown = bars(parts)
    assert shown.remaining_share == pytest.approx(abs(parts.sum()) / np.abs(parts).sum(), rel=1e-9)
    percent = re.search(r"\*\*(\S+) %\*\*", summary_text(shown, 0, 4))
    assert percent is not None
    assert float(percent.group(1)) == pytest.approx(100 * shown.remaining_share, rel=1e-3)


@pytest.mark.parametrize("digits", [2, 7, 12])
def test_every_number_has_the_digits_that_are_chosen(digits: int) -> None:
    shown = bars(random_parts(150), most=100)
    said = f"{summary_text(shown, 3, digits)} {gradient_text(shown, digits)}"
    numbers = re.findall(r"\d+\.\d+", said)
    assert len(numbers) >= 6
    assert {len(number.replace(".", "").lstrip("0")) for number in numbers} == {digits}
    hovers = [trace.hovertemplate for trace in figure(shown, 3, digits).data]
    assert {form for hover in hovers for form in re.findall(r":(\.\d+g)", hover)} == {f".{digits}g"}


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "The single contribution is 1."), (2, "All 2 bars"), (3, "the 1 other to 1")],
)
def test_bars_and_others_are_counted(count: int, said: str) -> None:
    assert said in gradient_text(bars(np.ones(count), most=2), 4)


@pytest.mark.parametrize("count", [1, 4, 150, 10_000])
@pytest.mark.parametrize("kind", ["random", "zero", "one way"])
def test_the_drawing_adds_up_and_marks_any_sample(count: int, kind: str) -> None:
    parts = random_parts(count)
    parts = {"random": parts, "zero": 0 * parts, "one way": np.abs(parts)}[kind]
    shown = bars(parts)
    inside = {int(shown.samples[0]), int(shown.samples[-1])}
    outside = set(np.delete(np.arange(count), shown.samples)[:1].tolist())
    for chosen in inside | outside:
        chart = figure(shown, chosen, 4)
        assert sums(chart)[-1] == pytest.approx(shown.total, rel=1e-9, abs=1e-9)
        assert chart.data[2].y[0] == shown.total
        assert len(chart.data[0].x) <= MOST_BARS
        marks = [note.xref for note in chart.layout.annotations if "sample" in note.text.split()[0]]
        assert marks == (["x2"] if chosen in outside else ["x"])
        clickable = [sample for trace in chart.data for sample in trace.customdata]
        assert set(clickable) == {*shown.samples.tolist(), NO_SAMPLE}


def test_the_rest_stands_between_those_that_pull_up_and_those_that_pull_down() -> None:
    shown = bars(random_parts(1000))
    chart = figure(shown, 0, 4)
    places, values = np.asarray(chart.data[0].x), np.asarray(chart.data[0].y)
    gap = set(range(MOST_BARS + 1)) - set(places.tolist())
    assert len(gap) == 1
    assert (values[places < min(gap)] > 0).all()
    assert (values[places > min(gap)] < 0).all()


def test_numbers_that_overflow_are_told_and_drawn() -> None:
    parts = np.array([1e308, 1e308, -1e308, np.inf, -np.inf, *np.full(500, 1e300)])
    shown = bars(parts)
    assert math.isnan(shown.total)
    assert summary_text(shown, 0, 4)
    assert figure(shown, 0, 4)


def test_a_million_samples_take_time_in_proportion() -> None:
    parts = random_parts(1_000_000)

    def draw(count: int) -> None:
        shown = bars(parts[:count])
        summary_text(shown, 1, 4)
        chart = figure(shown, 1, 4)
        assert sum(len(trace.x) for trace in chart.data) < 300
        assert shown.total == math.fsum(parts[:count])

    assert_proportional(draw, 1_000_000)


@pytest.mark.parametrize(("loss", "factor"), [(None, 1), ("mse", 2), ("half_sse", 4)])
def test_everything_follows_the_loss_that_is_shown(loss: str | None, factor: int) -> None:
    session = Session()
    session.run.advance(3)
    session.report(2, playing=False)
    plain, by_run = answered(session, BrowserSelection()), contribution_bars(session)
    session.conventions = replace(session.conventions, loss=loss)
    scene, shown = answered(session, BrowserSelection()), contribution_bars(session)
    for name in ("dC_dyhat", "dC_dO", "dW1", "dW2", "sum1", "sum2", "size1", "size2"):
        np.testing.assert_allclose(scene[name], factor * plain[name], rtol=1e-15)
    np.testing.assert_allclose(shown.parts, factor * by_run.parts, rtol=1e-15)
    card = scene["forms"]["1"]["factors"][0]
    assert card["numbers"] == ERROR_TEXTS[loss or "half_mse"]
    assert scene["other_loss"] == (factor != 1)
    assert (scene["matrices"] == plain["matrices"]) == (loss is None)
    assert epoch_gradients(session.run, 2).loss == "half_mse"


def test_cross_entropy_is_shown_as_it_is() -> None:
    session = Session()
    session.begin(settings=replace(session.settings, loss="cross_entropy"))
    session.conventions = replace(session.conventions, loss="mse")
    scene = answered(session, BrowserSelection())
    assert scene["forms"]["1"]["factors"][0]["numbers"] == ERROR_TEXTS["cross_entropy"]
    assert scene["fused"]
    assert not scene["other_loss"]


def test_of_one_sample_half_the_sum_and_half_the_mean_are_no_other_loss() -> None:
    session = Session()
    session.use(mazur())
    for loss, other in (("half_sse", False), ("mse", True)):
        session.conventions = replace(session.conventions, loss=loss)
        assert answered(session, BrowserSelection())["other_loss"] == other
