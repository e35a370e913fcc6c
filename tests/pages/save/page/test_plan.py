"""Which epochs and samples go into a page."""

from dataclasses import replace

import numpy as np
import pytest

from core.training.run import Settings
from pages.ui.chain_rule.notation import Selection
from pages.ui.save.page import PageError, PagePlan, document, film, page_plan, plan
from pages.ui.save.page.plan import MOST_BRANCHES, WHY_WORK, page_bound
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
    assert sentence == (
        "Every 2nd of 2,501 epochs, the one at which the page opens, the last one and epoch 1,001, "
        f"where the run branches, so that the file stays below {limit / 1e6:g} MB."
    )


def test_a_person_chooses_fewer() -> None:
    shown = selection(Draft.of_sample("iris"), Settings(epochs=101), 101, sample=7)
    plan = page_plan(shown, most_epochs=11, most_samples=5)
    assert plan.epochs.tolist() == [*range(0, 100, 11), 101]
    assert len(plan.rows) == 5
    assert 7 in plan.rows
    assert "film/gradients" in plan.film.tables
    assert plan.sentences == (
        "Every 11th of 101 epochs and the last one, as chosen.",
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
    with pytest.raises(PageError, match=r"6,570 weights, of which .* fit into a page of"):
        page_plan(shown, limit=limit)


def with_branches(shown: Selection, starts: range, length: int) -> Selection:
    """Return the selection of a run whose learning rate changes at these epochs."""
    run = shown.run
    for rate, start in enumerate(starts, start=1):
        run = run.branch(start, settings=replace(run.settings, learning_rate=0.1 + rate / 1000))
        run.advance(starts.step)
    run.advance(length - run.epoch)
    return replace(shown, experiment=replace(shown.experiment, run=run, epoch=length))


def with_title(shown: Selection, title: str) -> Selection:
    source = replace(shown.experiment.source, title=title)
    return replace(shown, experiment=replace(shown.experiment, source=source))


def test_work_is_bounded_by_sizes_alone_and_strides_grow_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = selection(Draft.of_sample("iris"), Settings(epochs=600, batch_size=10), 600)
    run, every = shown.run, np.arange(601)
    work = film.film_work(run, every, gradients=False)
    counts = []
    for part in (1.0, 0.6, 0.1):
        monkeypatch.setattr(plan, "WORK", part * work)
        found = page_plan(shown)
        counts.append(len(found.epochs))
        assert film.film_work(run, found.epochs, gradients=False) <= part * work
        assert page_bound(shown).epochs == len(found.epochs)
    assert counts[0] == 601
    assert counts == sorted(set(counts), reverse=True)
    stride = int(found.epochs[1])
    assert found.sentences[0].startswith(f"Every {stride}")
    assert found.sentences[0].endswith(f"{WHY_WORK}.")


def test_a_film_is_read_in_pieces_of_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    run = selection(Draft.of_sample("xor"), Settings(epochs=50, batch_size=3), 50).run
    whole = film.read_film(run, np.arange(51), gradients=True)
    monkeypatch.setattr(film, "PIECE", 1.0)
    pieces = film.read_film(run, np.arange(51), gradients=True)
    assert all(
        pieces.tables[name].tobytes() == whole.tables[name].tobytes() for name in whole.tables
    )


@pytest.mark.parametrize("most", [2, 3, 4, 11, 20, 100, 101])
def test_no_more_epochs_than_were_chosen(most: int) -> None:
    shown = selection(Draft.of_sample("xor"), Settings(epochs=101), 101)
    shown = with_branches(shown, range(31, 80, 7), 101)
    shown = replace(shown, experiment=replace(shown.experiment, epoch=44))
    found = page_plan(shown, most_epochs=most)
    assert most / 2 <= len(found.epochs) <= most
    assert {44, 101} <= set(found.epochs.tolist())
    assert found.sentences[0].endswith(", as chosen.")


def test_samples_get_what_the_film_leaves() -> None:
    shown = selection(Draft.of_sample("digits"), Settings(epochs=1), 1, hidden=(1,), sample=100)
    all_of_it = size(page_plan(shown))
    half = size(page_plan(shown, most_samples=len(shown.run.X) // 2))
    whole = page_plan(shown, limit=round(1.03 * all_of_it))  # samples take far more than the film
    assert len(whole.rows) == len(shown.run.X)
    limit = (all_of_it + half) // 2
    fewer = page_plan(shown, limit=limit)
    assert 100 in fewer.rows
    assert 0.95 * limit < size(fewer) <= limit


def test_epochs_where_a_run_branches_are_left_out_where_there_is_no_space() -> None:
    shown = selection(Draft.of_sample("digits"), Settings(epochs=40), 1, hidden=(6,))
    shown = with_branches(shown, range(1, 22), 25)
    limit = size(page_plan(shown, most_epochs=5, most_samples=1)) + 5000
    found = page_plan(shown, limit=limit)
    assert 2 <= len(found.epochs) < 22
    assert size(found) <= limit
    assert f"{len(found.epochs)} of 26 epochs, so that" in found.sentences[0]


def test_what_leaves_no_space_is_named() -> None:
    shown = selection(Draft.of_sample("xor"), Settings(epochs=4), 4)
    with pytest.raises(PageError, match="The title and the names of columns"):
        page_plan(with_title(shown, "long " * 200_000))
    shown = selection(Draft.of_sample("xor"), Settings(epochs=300), 4)
    many = with_branches(shown, range(1, MOST_BRANCHES + 2), MOST_BRANCHES + 3)
    with pytest.raises(
        PageError, match=f"{MOST_BRANCHES + 1} branches, and a page can hold {MOST_BRANCHES}:"
    ):
        page_plan(many)
    assert page_bound(many).refusal


def test_half_a_character_in_a_title_is_replaced() -> None:
    shown = selection(Draft.of_sample("xor"), Settings(epochs=4), 4)
    html = document(page_plan(with_title(shown, "x\ud800.csv")).content(VIEWS))
    assert "<title>x?.csv" in html
