"""Runs, links and bundles that earlier versions wrote open as they did then.

`tests/data/saved` was recorded at version 1 of each: the files, and what they opened to.
"""

import json
from typing import Any

import numpy as np
import pytest

from core.checking import read_bundle
from core.training.run_file import read_run
from core.training.settings import Settings
from pages.ui.state.drafts import File
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session
from pages.ui.state.session_file import load
from tests.paths import DATA

SAVED = DATA / "saved"
RECORD: dict[str, dict[str, Any]] = json.loads(
    (SAVED / "expected.json").read_text(encoding="utf-8")
)
RUNS = [name for name in RECORD["files"] if name != "bundle"]


def assert_close(actual: Any, expected: Any) -> None:
    """Compare as numbers; another processor may round the last bits otherwise."""
    assert np.allclose(actual, expected, rtol=1e-12, atol=0)


def assert_as_recorded(state: Session, record: dict[str, Any]) -> None:
    """Compare all that was noted of a session when the file was written."""
    run, focus, net = state.run, state.focus, state.at_epoch()
    weight = focus.weight
    assert (state.source.title, state.epoch, run.epoch) == tuple(
        record[name] for name in ("title", "epoch", "trained")
    )
    later = Settings().fields  # settings that came later have their defaults
    assert json.loads(json.dumps(state.settings.fields)) == {**later, **record["settings"]}
    assert state.conventions.fields == record["conventions"]
    assert sorted(state.views) == record["views"]
    assert [focus.sample, focus.output, weight.layer, weight.row, weight.column] == record["focus"]
    assert [list(run.branch_epochs), list(run.edited_epochs)] == [
        record["branches"],
        record["edited"],
    ]
    assert_close(net.W1, record["W1"])
    assert_close(net.W2, record["W2"])
    assert_close(run.losses[[0, state.epoch, run.epoch]], record["losses"])


def test_every_kind_is_recorded() -> None:
    assert {path.stem for path in SAVED.glob("*.zip")} == set(RECORD["files"])
    assert set(RUNS) == set(RECORD["links"]) == {"xor", "upload", "exercise", "iris"}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_file_opens(name: str) -> None:
    state = Session()
    load(state, (SAVED / f"{name}.zip").read_bytes())
    assert_as_recorded(state, RECORD["files"][name])


@pytest.mark.parametrize("name", RUNS)
def test_a_run_file_goes_on(name: str) -> None:
    run = read_run((SAVED / f"{name}.zip").read_bytes()).run
    before = run.epoch
    run.advance(5)
    assert run.epoch == before + 5


@pytest.mark.parametrize("name", RUNS)
def test_a_link_leads_to_the_same_run(name: str) -> None:
    record, state = RECORD["links"][name], Session()
    table = read_run((SAVED / f"{name}.zip").read_bytes()).table
    file = File("own.csv", "own.csv", table) if table is not None else None
    link = Permalink.read(record["params"])
    link.begin(state, file)
    link.train(state)
    assert_as_recorded(state, record)


def test_a_bundle_opens() -> None:
    record = RECORD["files"]["bundle"]
    bundle = read_bundle((SAVED / "bundle.zip").read_bytes())
    assert (bundle.loss, bundle.learning_rate, bundle.net.hidden) == (
        record["loss"],
        record["learning_rate"],
        record["hidden"],
    )
    for actual, name in (
        (bundle.net.W1, "W1"),
        (bundle.net.W2, "W2"),
        (bundle.X, "X"),
        (bundle.y, "y"),
    ):
        assert np.array_equal(actual, record[name])
