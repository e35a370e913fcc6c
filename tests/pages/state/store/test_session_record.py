"""A session written as a record and read again: the same in every field, and to every bit."""

import gc
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from threading import Thread
from typing import Any
from weakref import ref

import numpy as np
import pandas as pd
import pytest

from core.dataset.samples.make import Recipe
from core.table.csv_table import Dialect, read_csv
from core.table.meaning import MeaningChoices, interpret
from core.training.run import Run
from core.training.run_file import MAX_RUNS, RunFileError
from pages.ui.data.paste import read_table
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.draft_fields import data_name
from pages.ui.state.drafts import Draft, File, Sizes, mazur
from pages.ui.state.generated_sample import with_recipe
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import EXERCISE, PASTE, UPLOAD, Session, Weight
from pages.ui.state.stage_request import FeaturePlane
from pages.ui.state.store.session_record import (
    GONE_TEXT,
    read_session,
    session_version,
    write_session,
)
from tests.fuzz import members, packed
from tests.pages.driving import open_app
from tests.pages.driving import session as session_of
from tests.pages.state.test_permalink import CSV

# Of a session and what it holds: the fields that a record does not bring back.
LEFT_OUT = frozenset({
    "Session.lock",  # of this process
    "Session.owner",  # the tab that reads the record
    "Session.last_used",  # when it is read
    "Session.ticket",  # whoever reads the record has it
    "Session.lost_reason",  # of a run that is not there; this one is
    "Session.notice",  # on another tab, which does not have this session
    "Session.upload_id",  # Streamlit's id of a file in the browser
    "Session.file_to_reread",  # within one script run
    "Session.upload_error",  # on a file in the browser
    "Session.exercise",  # its tables start from what was typed
    "Session.playing",  # it comes back paused
    "Session.pending",  # applied as `Session.pause` does: a test of its own
    "Session.settings_error",  # a message on the latest change
    "Session.runs_error",  # a message on the latest change
    "Session.matrices_sent",  # what the browser has
    "Session.last_sequence",  # of the browser's requests
    "Session.sweep",  # its job is of the other process
    "Session.form_version",  # the forms of a new page start afresh
    "StepState.sent",  # what the browser has
    "StepState.sequence",  # of the browser's requests
    "StepState.verdict",  # on an answer in the browser
    "RunList.removed",  # undone on the page where they were removed, or never
    "RunList.removed_previous",  # likewise
    "Experiment.token",  # names the run to the browser, which asks anew
    "Experiment.lineage",  # likewise
    "Experiment.number",  # only their order matters, which is that of the list
    "Draft.number",  # makes the keys of widgets unique, in this process
    "Exercise.number",  # likewise
})  # fmt: skip


LARGE = Sizes(300, (300,), 300)


def assert_like(one: Any, other: Any, path: str = "Session") -> None:
    """Compare two values, part by part, but for the fields left out."""
    assert type(one) is type(other), path
    match one:
        case Run():
            assert_same_run(one, other, path)
        case np.ndarray():
            assert (one.shape, one.tobytes()) == (other.shape, other.tobytes()), path
        case pd.DataFrame():
            assert one.equals(other), path
        case _ if isinstance(one, Session) or is_dataclass(one):
            for name in names_of(one):
                assert_like(getattr(one, name), getattr(other, name), f"{path}.{name}")
        case Mapping():
            assert_like([*one.items()], [*other.items()], path)
        case list() | tuple():
            assert len(one) == len(other), path
            for place, pair in enumerate(zip(one, other, strict=True)):
                assert_like(*pair, f"{path}[{place}]")
        case float():
            assert np.array_equal(one, other, equal_nan=True), path
        case _:
            assert one == other, path


def names_of(value: Any) -> list[str]:
    """Return the fields of a session or a dataclass that a record brings back."""
    names = [*vars(value)] if isinstance(value, Session) else [f.name for f in fields(value)]
    kinds = [kind.__name__ for kind in type(value).__mro__]
    return [name for name in names if not LEFT_OUT & {f"{kind}.{name}" for kind in kinds}]


def assert_same_run(one: Run, other: Run, path: str) -> None:
    """Compare two runs, and how copies of them go on."""
    assert repr(one) == repr(other), path
    assert (one.branch_epochs, one.edited_epochs) == (other.branch_epochs, other.edited_epochs)
    assert (one.seconds, one.best_epoch) == (other.seconds, other.best_epoch), path
    for epoch in {0, one.epoch // 2, one.epoch, *one.branch_epochs}:
        assert one.settings_at(epoch) == other.settings_at(epoch), (path, epoch)
        assert_like(one.at(epoch), other.at(epoch), f"{path} at {epoch}")
    later, also_later = one.clone(), other.clone()
    for run in (later, also_later):
        run.advance(12)
    assert_like(later.losses, also_later.losses, f"{path}, losses")
    assert_like(later.val_losses, also_later.val_losses, f"{path}, validation losses")
    assert_like(later.network, also_later.network, f"{path}, later")


def use(draft: Draft, architecture: Architecture | None = None, **settings: Any) -> Session:
    """Return a session that uses a draft, trained for 40 epochs, at the 25th."""
    session = Session()
    session.use(draft, architecture)
    session.begin(settings=replace(session.settings, **settings))
    session.run.advance(40)
    session.report(25, playing=False)
    return session


def xor() -> Session:
    return use(Draft.of_sample("xor"))


def mini_batches() -> Session:
    adam: dict[str, Any] = {"optimizer": "adam", "batch_size": 32, "learning_rate": 0.01}
    return use(Draft.of_sample("breast_cancer"), **adam)


def deep_softmax() -> Session:
    deep = Architecture((4, 3, 3), hidden_activation="tanh", output_activation="softmax")
    return use(Draft.of_sample("iris"), deep, loss="cross_entropy")


def given_weights() -> Session:
    session = Session()
    session.use(mazur())
    net = session.at_epoch()
    session.edit(0, replace(net, W1=net.W1 + 0.25), frozenset({(1, 0, 0)}))
    session.run.advance(9)
    session.edit(5, session.run.at(3), frozenset())
    session.run.advance(9)
    return session


def generated() -> Session:
    return use(with_recipe(Draft.of_sample("moons"), Recipe(120, 0.2, 7)))


def uploaded() -> Session:
    """A CSV file with a dialect and choices, not all of which are in use, and pasted text."""
    given = Dialect(delimiter=";", decimal=",")
    file = File("1", "mine.csv", CSV, given)
    draft = Draft.of_table(read_csv(CSV, name=file.name, dialect=given), file)
    as_text = interpret(draft.table, MeaningChoices(as_text=("b",)))
    draft = replace(draft, scaling="minmax", validation=0.3, seed=4, table=as_text)
    session = use(draft)
    session.upload = replace(draft, features=("a", "b"))
    session.pasted = read_table("a\tb\n1\t2\n3\t4\n5\t7", session.pasted)
    session.pasted = read_table("nothing", session.pasted)
    session.input_method = PASTE
    return session


def kept_on_two_data() -> Session:
    """Two kept runs of one file, one in use, one of Iris that is the previous one; all else."""
    session = uploaded()
    session.keep_run(session.current.identifier, "*first*")
    session.begin(settings=replace(session.settings, optimizer="adam"))
    session.run.advance(5)
    session.keep_run(session.current.identifier, "second")
    session.use(Draft.of_sample("iris"), Architecture((3, 2)))
    session.run.advance(7)
    session.open_run(session.runs.all[1].identifier)
    session.report(3, playing=False)
    session.retry(2, replace(session.settings, learning_rate=0.1))
    session.run.advance(3)
    session.open_run(session.runs.all[1].identifier)
    session.look(sample=3, weight=Weight(2, 1, 0))
    session.go_to_stop("H")
    session.conventions = Conventions(7, transposed=True)
    session.views, session.plane = frozenset({"surface", "norms"}), FeaturePlane(1, 0, 0)
    session.typed = replace(session.typed.resize(replace(session.typed.sizes, inputs=3)))
    session.input_method, session.runs_tab = EXERCISE, "Compare"
    return session


def unsuitable() -> Session:
    session = Session()
    session.begin(architecture=Architecture((1,)))
    session.use(Draft.of_sample("moons"))
    assert session.unsuitable
    return session


def read_again(session: Session) -> Session:
    record, files = write_session(session)
    return read_session(record, files.get).session


MAKES = [
    xor, mini_batches, deep_softmax, given_weights, generated, uploaded, kept_on_two_data,
    unsuitable,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKES)
def test_it_comes_back_the_same_and_goes_on_to_the_same_bits(make: Callable[[], Session]) -> None:
    session = make()
    assert_like(read_again(session), session)
    assert write_session(session) == write_session(session)
    assert write_session(read_again(session)) == write_session(session)


def test_what_is_left_out_is_a_field_of_something() -> None:
    session = Session()
    parts = [session, session.step, session.runs, session.current, session.typed, session.sample]
    assert {f"{type(part).__name__}.{name}" for part in parts for name in vars(part)} >= LEFT_OUT


def test_data_is_prepared_and_files_are_read_once() -> None:
    session = kept_on_two_data()
    record, files = write_session(session)
    asked: list[str] = []

    def file(name: str) -> bytes | None:
        asked.append(name)
        return files.get(name)

    there, names = read_session(record, file)
    first, second, *_ = there.runs.all
    assert first.source is second.source
    assert first.run.X is second.run.X is first.source.dataset.X
    assert there.upload is not None
    assert there.upload.table.source is first.source.table.source  # type: ignore[union-attr]
    assert len(asked) == len(files) == 3  # the upload, the pasted table, the pasted text
    assert names == files.keys()
    assert not {"X.npy", "table"} & members(record).keys()


def test_the_run_before_can_be_brought_back() -> None:
    session = kept_on_two_data()
    there = read_again(session)
    for each in (there, session):
        each.restore_previous()
    assert there.source.title == session.source.title
    assert_same_run(there.run, session.run, "previous")


def test_settings_that_wait_apply_from_the_epoch_of_the_record() -> None:
    session = xor()
    session.report(30, playing=True)
    session.change(replace(session.settings, optimizer="adam"))
    there = read_again(session)
    assert not there.playing
    session.pause()
    assert there.run.branch_epochs == (30,)
    assert_same_run(there.run, session.run, "run")


def test_a_session_full_of_runs_loses_the_previous_one_alone() -> None:
    session = Session()
    for _ in range(MAX_RUNS):
        session.keep_run(session.current.identifier)
        session.begin()
    session.run.advance(1)
    session.begin()
    assert session.previous is not None
    there = read_again(session)
    assert [each.identifier for each in there.runs.all] == [
        each.identifier for each in session.runs.all if each is not session.previous
    ]


CHANGES: list[Callable[[Session], object]] = [
    lambda s: s.run.advance(1),
    lambda s: s.report(1, playing=False),
    lambda s: s.change(replace(s.settings, learning_rate=0.25)),
    lambda s: s.report(0, playing=True),
    lambda s: s.change(replace(s.settings, learning_rate=0.5)),
    lambda s: s.pause(),
    lambda s: s.keep_run(s.current.identifier, "one"),
    lambda s: s.keep_run(s.current.identifier, "two"),
    lambda s: s.begin(architecture=Architecture((1,))),
    lambda s: s.use(Draft.of_sample("moons")),
    lambda s: s.begin(settings=replace(s.settings, learning_rate=1e300)),
    lambda s: s.open_run(s.runs.all[0].identifier),
    lambda s: s.begin(),
    lambda s: s.remove_runs([each.identifier for each in s.runs.all]),
    lambda s: s.look(sample=0),
    lambda s: s.go_to_stop("H"),
    lambda s: setattr(s, "conventions", Conventions(7)),
    lambda s: setattr(s, "views", frozenset({"norms"})),
    lambda s: setattr(s, "plane", FeaturePlane(1, 0)),
    lambda s: setattr(s, "sample", replace(s.sample, seed=9)),
    lambda s: setattr(s, "upload", uploaded().upload),
    lambda s: setattr(s, "upload", replace(s.upload, target="a")),  # type: ignore[type-var]
    lambda s: setattr(s, "pasted", read_table("a\tb\n1\t2\n3\t4", s.pasted)),
    lambda s: setattr(s, "pasted", read_table("a", s.pasted)),
    lambda s: setattr(s, "typed", replace(s.typed, with_weights=False)),
    lambda s: setattr(s, "input_method", PASTE),
    lambda s: setattr(s, "runs_tab", "Sweep"),
]


def test_its_version_changes_with_each_change_of_the_record() -> None:
    session = Session()
    versions, records = [session_version(session)], [write_session(session)]
    for change in CHANGES:
        change(session)
        versions.append(session_version(session))
        records.append(write_session(session))
        there = read_session(records[-1].record, records[-1].files.get).session
        assert there.runs.labels == session.runs.labels or session.pending
    same = [place for place, (one, other) in enumerate(pairwise(versions)) if one == other]
    assert same == [place for place, (one, other) in enumerate(pairwise(records)) if one == other]
    assert same == []


def test_the_last_epoch_before_infinity_changes_it() -> None:
    session = use(
        Draft.of_sample("auto_mpg"), Architecture(output_activation="identity"), learning_rate=1e6
    )
    assert session.run.diverged
    fresh = Run.from_snapshot(
        session.run.template, session.run.X, session.run.y,
        replace(session.run.snapshot(1000), diverged=False), *(session.run.validation or ()),
    )  # fmt: skip
    session.current = replace(session.current, run=fresh)
    before = session_version(session)
    fresh.advance(1)
    assert fresh.diverged
    assert session_version(session) != before


def test_a_version_holds_no_run_and_no_data() -> None:
    session = uploaded()
    parts = (session, session.current, session.run, session.source.table, session.source.draft)
    held = [ref(part) for part in (*parts, session.pasted, session.upload, session.typed)]
    version = session_version(session)
    del session, parts
    gc.collect()
    assert version
    assert [each() for each in held] == [None] * len(held)


def test_a_version_hashes_no_file_and_no_text_twice() -> None:
    session = uploaded()
    first, second = (functions_in_c(lambda: session_version(session)) for _ in range(2))
    assert first["openssl_sha256"] > 0
    assert second["openssl_sha256"] == 0


def functions_in_c(do: Callable[[], object]) -> Counter[str]:
    """Return how often each function written in C is called."""
    calls = Counter[str]()

    def count(_frame: object, event: str, function: Any) -> None:
        if event == "c_call":
            calls[function.__name__] += 1

    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: setattr(s, "runs_tab", object()),
        lambda s: setattr(s, "sample", replace(s.sample, validation=np.float32(0.3))),
        lambda s: setattr(s, "upload", replace(s.sample, sample=None, file=3)),
        lambda s: setattr(s, "typed", replace(s.typed.resize(LARGE), number=1)),
    ],
)
def test_a_session_that_cannot_be_written_is_told(damage: Callable[[Session], object]) -> None:
    session = Session()
    damage(session)
    with pytest.raises(ValueError, match=r"^This session cannot be written \(.*\)\.$"):
        write_session(session)


def test_reading_pages_does_not() -> None:
    app = open_app()
    state = session_of(app)
    sizes = replace(state.typed.sizes, inputs=3)  # with empty cells
    state.typed = state.exercise = state.typed.resize(sizes)
    state.input_method, state.upload = EXERCISE, uploaded().upload
    version = session_version(state)
    for page in ("train", "dataset", "dataset"):
        app.switch_page(f"pages/{page}.py").run()
        state.input_method = EXERCISE if state.input_method == UPLOAD else UPLOAD
    state.input_method = EXERCISE
    state.show(state.epoch)
    assert not app.exception
    assert session_version(state) == version


def test_a_run_that_trains_is_written_and_the_session_stays_free() -> None:
    session, free = mini_batches(), []

    def while_training(_done: int, _of: int) -> bool:  # the run is locked
        writer = Thread(target=lambda: records.append(write_session(session)))
        writers.append(writer)
        writer.start()
        writer.join(0.1)
        free.append(session.lock.acquire(blocking=False))
        session.lock.release()
        return True

    records: list[Any] = []
    writers: list[Thread] = []
    session.run.advance(10_000, progress=while_training)
    writers[0].join()
    assert free == [True]
    ((record, files),) = records
    assert read_session(record, files.get).session.run.epoch == session.run.epoch


@pytest.mark.parametrize("lost", range(3))
def test_a_file_that_is_gone_costs_no_more_than_its_draft_or_runs(lost: int) -> None:
    session = kept_on_two_data()
    record, files = write_session(session)
    name = sorted(files)[lost]
    del files[name]
    if name == data_name(session.source.draft):
        with pytest.raises(RunFileError, match=GONE_TEXT):
            read_session(record, files.get)
        return
    found = read_session(record, files.get).session
    assert [each.name for each in found.runs.kept] == ["*first*", "second"]
    assert (found.pasted.draft is None) != (found.pasted.text == "")


def test_an_upload_that_is_gone_says_so() -> None:
    session = use(Draft.of_sample("iris"))
    session.upload = uploaded().upload
    found = read_session(write_session(session).record, no_file).session
    assert (found.upload, found.upload_error) == (None, GONE_TEXT)
    assert found.source.dataset.X.tobytes() == session.source.dataset.X.tobytes()


def test_a_file_with_other_contents_is_refused() -> None:
    record, files = write_session(uploaded())
    with pytest.raises(RunFileError, match="needs the file"):
        read_session(record, lambda name: files[name] + b" ")


def test_a_record_of_a_later_version_says_so() -> None:
    with pytest.raises(PermalinkError, match=r"a later version \(9; this one reads 1\)"):
        read_session(changed(version=9), no_file)


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        ({"previous": 1}, "previous must be from 0 to 0"),
        ({"previous": 0}, "the previous one, too"),
        ({"shown": None}, "none of its runs"),
        ({"shown": -1}, "shown must be from 0"),
        ({"input_method": "Else"}, "input method"),
        ({"pending": {"learning_rate": -1}}, "learning_rate"),
        ({"drafts": {}}, "'typed'"),
    ],
)
def test_what_does_not_belong_there_is_refused(notes: dict[str, object], told: str) -> None:
    with pytest.raises(PermalinkError, match=f"^This session cannot be read .*{told}"):
        read_session(changed(**notes), no_file)


@pytest.mark.parametrize(
    "choices",
    [
        {"features": ["x1", "nowhere"]},
        {"features": [1]},
        {"task": "guess"},
        {"validation": "half"},
        {"validation": 0.6},
        {"scaling": 3},
        {"missing": None},
        {"keep_constant": 1},
        {"seed": -1},
        {"meaning": {"as_text": [1]}},
        {"meaning": {"day_first": "x"}},
    ],
)
def test_a_draft_that_no_page_could_show_is_refused(choices: dict[str, object]) -> None:
    header = header_of(write_session(Session()).record)
    drafts = header["about"]["session"]["drafts"]
    drafts["sample"]["choices"] = choices
    with pytest.raises(PermalinkError, match=r"^This session cannot be read"):
        read_session(changed(drafts=drafts), no_file)


def no_file(_name: str) -> None:
    """Return what a store has that lost its files."""


def header_of(record: bytes) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(members(record)["run.json"])
    return header


def changed(**notes: object) -> bytes:
    """Return a fresh session's record with other notes on the session."""
    record = write_session(Session()).record
    header = header_of(record)
    header["about"]["session"] |= notes
    return packed({**members(record), "run.json": json.dumps(header).encode()})
