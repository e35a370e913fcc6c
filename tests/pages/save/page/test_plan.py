"""Which epochs and samples go into a page."""

from dataclasses import replace

import numpy as np
import pytest

from core.training.run import Settings
from pages.ui.save.page import PageError, PagePlan, document, page_plan
from pages.ui.state.drafts import Draft
from tests.pages.save.page.setups import selection

VIEWS = frozenset({"network"})


def size(plan: PagePlan) -> int:
    return len(document(plan.content(VIEWS)).encode())


def test_a_small_run_is_whole() -> None:
    plan = page_plan(selection(Draft.of_sample("xor"), Settings(epochs=30), 30))
    assert plan.epochs.tolist() == list(range(31))
    assert plan.rows.tolist() == [0, 1, 2, 3]
    assert plan.sentences == ()


def test_a_run_of_epoch_0_is_a_page() -> None:
    plan = page_plan(selection(Draft.of_sample("xor"), Settings()))
    assert plan.epochs.tolist() == [0]
    assert document(plan.content(VIEWS))


def test_epochs_are_thinned_as_little_as_the_size_needs() -> None:
    shown = selection(Draft.of_sample("iris"), Settings(epochs=3000), 3000, sample=7)
    branch = shown.run.branch(1001, settings=replace(shown.run.settings, learning_rate=0.1))
    branch.advance(1500)
    shown = replace(shown, experiment=replace(shown.experiment, run=branch, epoch=777))
    limit = size(page_plan(shown)) - 20_000
    plan = page_plan(shown, limit=limit)
    assert {0, 777, 1001, 2501} <= set(plan.epochs.tolist())
    regular = [epoch for epoch in plan.epochs.tolist() if epoch not in (777, 1001, 2501)]
    (stride,) = set(np.diff(regular).tolist())
    assert stride > 1
    assert len(plan.rows) == len(branch.X)
    assert 0.3 * limit < size(plan) <= limit
    (sentence,) = plan.sentences
    assert f"of 2,501 epochs, so that the file stays below {limit / 1e6:g} MB" in sentence


def test_a_person_chooses_fewer() -> None:
    shown = selection(Draft.of_sample("iris"), Settings(epochs=101), 101, sample=7)
    plan = page_plan(shown, most_epochs=11, most_samples=5)
    assert plan.epochs.tolist() == [*range(0, 100, 11), 101]
    assert len(plan.rows) == 5
    assert 7 in plan.rows
    assert "film/gradients" in plan.film.tables
    assert plan.sentences == (
        "Every 11th of 101 epochs, as chosen.",
        "5 of 120 samples, as chosen; gradients are over all samples.",
    )


def test_samples_are_thinned_before_the_film_is_nothing() -> None:
    shown = selection(Draft.of_sample("digits"), Settings(epochs=4), 4, hidden=(6,), sample=100)
    limit = size(page_plan(shown, most_samples=1)) + 30_000
    plan = page_plan(shown, limit=limit)
    assert 100 in plan.rows
    assert 1 < len(plan.rows) < len(shown.run.X)
    assert size(plan) <= limit
    assert "samples, so that the file stays below" in plan.sentences[-1]


@pytest.mark.parametrize("limit", [1000, 120_000])
def test_a_run_that_does_not_fit_is_refused(limit: int) -> None:
    shown = selection(Draft.of_sample("digits"), Settings(epochs=4), hidden=(64, 32))
    with pytest.raises(PageError, match="6,570 weights, does not fit into a page"):
        page_plan(shown, limit=limit)
