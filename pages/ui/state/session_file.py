"""The session's runs as a file that a user has, and the session as a record in a store of runs.

    data = run_bytes(session, kept=True)     # a run file (core.training.run_file)
    load(session, data)                      # raises RunFileError or PermalinkError

    record, files = write_session(session)   # at any time, from any thread
    read_session(record, files.get)          # another session, whose runs go on to the same bits

A record is a run file without the data, which is prepared again from its source: the run in use,
then the others, with `identifier` and `place` in the notes of each (its place in the list), and
`session` in those of the first. Uploaded files and pasted text are apart, named by their hashes.
"""

import json
import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from typing import NamedTuple, get_args

import numpy as np

from core.dataset.encoding import MISSINGS, Scaling
from core.dataset.roles import Task
from core.network import Array
from core.training.run_file import MAX_RUNS, RunFileError, SavedRun, read_run, write_run
from core.training.settings import Settings
from core.utils.arguments import choice, flag, json_integer, seed, within
from pages.ui.state.drafts import Draft, Exercise, File
from pages.ui.state.permalink import (
    FILE,
    Fields,
    Permalink,
    PermalinkError,
    data_name,
    draft_choices,
    draft_of,
    file_hash,
)
from pages.ui.state.run_list import Experiment, RunList, Source
from pages.ui.state.session import EXERCISE, PASTE, SAMPLE, UPLOAD, Pasted, Session
from pages.ui.style.comparability import same_samples

VERSION = 1  # of a record
INPUTS = SAMPLE, UPLOAD, PASTE, EXERCISE
MAX_WORD, MAX_ERROR = 200, 1000  # characters of a name and of a message in a record
MAX_PASTED = 8_000_000  # bytes of pasted text
_TOKEN = re.compile("[0-9a-f]{12}")  # of `new_token`
SessionVersion = tuple[object, ...]


class SessionFile(NamedTuple):
    """A session as bytes: its record, and the files that it needs, by the hashes that name them."""

    record: bytes
    files: dict[str, bytes]


class KeptRuns(NamedTuple):
    """How many kept runs a file added to the session, and how many were there already."""

    added: int
    known: int


def run_bytes(state: Session, *, kept: bool = False) -> bytes:
    """Return the file of the run in use, or of it and the runs that are kept, with their names."""
    others = [each for each in state.runs.kept if each is not state.current] if kept else []
    shown, *further = (_contents(state, each, named=kept) for each in (state.current, *others))
    return write_run(shown.run, shown.about, shown.table, further)


def _contents(state: Session, experiment: Experiment, *, named: bool) -> SavedRun:
    setup, draft = Permalink.of(state, experiment), experiment.source.draft
    file = draft.file if isinstance(draft, Draft) else None
    about = {
        "fields": setup.file_fields,
        "places": setup.places,
        "table": file.name if file else "",
        "name": experiment.name if named else "",
    }
    return SavedRun(experiment.run, about, file.data if file else None)


def load(state: Session, data: bytes) -> KeptRuns:
    """Continue the run in a file, and keep those that it keeps.

    Raises RunFileError or PermalinkError; then nothing changes.
    """
    found, sources = read_run(data), dict[str, Source]()
    setup, shown = experiment_of(found, sources)
    others = [experiment_of(each, sources)[1] for each in found.runs]
    setup.resume(state, replace(shown, name=""))
    before = state.runs.kept
    named = [shown, *others] if shown.name else others
    new = [each for each in named if not any(_same(each, kept) for kept in before)]
    state.add_runs(new)
    return KeptRuns(len(state.runs.kept) - len(before), len(named) - len(new))


def _same(one: Experiment, other: Experiment) -> bool:
    """Return whether two runs are one: of the same samples, settings, weights and losses."""
    first, second = one.run, other.run
    return (
        first.settings == second.settings
        and np.array_equal(first.losses, second.losses)
        and same_samples(first, second)
        and all(map(np.array_equal, first.at(0).weights, second.at(0).weights))
    )


def experiment_of(found: SavedRun, sources: dict[str, Source]) -> tuple[Permalink, Experiment]:
    """Return the setup and the run of a file's contents; `sources` as `Permalink.experiment`."""
    setup, about = _setup_of(found.about), found.about
    table, name = (str(about.get(key, ""))[:MAX_WORD] for key in ("table", "name"))
    file = File(table, table, found.table) if found.table is not None else None
    return setup, replace(setup.experiment(found.run, file, sources), name=name)


def _setup_of(about: Fields) -> Permalink:
    """Return the setup in the notes about a run. Raises PermalinkError."""
    try:
        places = dict(about["places"])
        return Permalink.of_fields(places["data"], dict(about["fields"]), places)
    except PermalinkError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PermalinkError(
            "The file does not say where its data is from: save the run again."
        ) from error


def write_session(state: Session) -> SessionFile:
    """Return a session as it is at this moment, for `read_session`. Thread-safe.

    Not in it: what the browser has, messages, sweeps, runs that were removed, and of more than
    MAX_RUNS + 1 runs the previous one. A film that plays is paused there.
    """
    now = _snapshot(state)
    others = [each for each in now.runs.all if each is not now.current]
    shown, *further = (_contents_in_record(now, each) for each in (now.current, *others))
    text = now.pasted.text.encode()
    files = {data_name(draft): draft.file.data for draft in _drafts(now) if draft.file}
    files |= {file_hash(text): text} if text else {}
    notes = {
        "version": VERSION,
        "previous": _previous_identifier(now),
        "drafts": _draft_fields(now),
        "pasted": {"text": file_hash(text) if text else "", "error": now.pasted.error},
        **_choices_on_pages(now),
    }
    about = {**shown.about, "session": notes}
    return SessionFile(write_run(shown.run, about, runs=further, with_data=False), files)


def _contents_in_record(state: Session, experiment: Experiment) -> SavedRun:
    """Return one of the session's runs for the record, without its file."""
    saved = _contents(state, experiment, named=True)
    about = {
        **saved.about,
        "file": _file_id(experiment.source.draft),
        "identifier": experiment.identifier,
        "place": state.runs.all.index(experiment),
    }
    return replace(saved, about=about, table=None)


def _drafts(state: Session) -> Iterator[Draft]:
    """Yield the drafts whose files the record needs."""
    drafts = (state.upload, state.pasted.draft, *(each.source.draft for each in state.runs.all))
    yield from (draft for draft in drafts if isinstance(draft, Draft))


def session_version(state: Session) -> SessionVersion:
    """Return a value that differs if the session's record would. Thread-safe, and quick."""
    now = _snapshot(state)
    return (
        # A run trains in place; a token only tells the browser to ask again.
        [(replace(e, token="", lineage=""), e.run.epoch, e.run.diverged) for e in now.runs.all],
        (now.runs.shown_identifier, _previous_identifier(now)),
        (now.focus, now.stop, now.conventions, now.views, now.plane),
        (now.pasted.text, now.pasted.error),
        _choices_on_pages(now),
        json.dumps(_draft_fields(now)),  # as text: an empty cell of an exercise is NaN
    )


def _snapshot(state: Session) -> Session:
    """Return the session's values at one moment: all but the runs themselves are immutable."""
    with state.lock:
        now = copy(state)
    if len(now.runs.all) > MAX_RUNS + 1:  # besides the first of a file
        now.runs = now.runs.forget_previous()
    return now


def _previous_identifier(state: Session) -> str:
    """Return the previous run's identifier; "" if there is none, or if it was removed."""
    return state.previous.identifier if state.previous else ""


def _choices_on_pages(state: Session) -> Fields:
    """Return what is chosen on the pages besides the data, as JSON values."""
    return {
        "pending": state.pending and state.pending.fields,
        "unsuitable": bool(state.unsuitable),
        "input_method": state.input_method,
        "runs_tab": state.runs_tab,
    }


def _draft_fields(state: Session) -> Fields:
    """Return the drafts of the Data page, as JSON values."""
    drafts = {
        "sample": state.sample,
        "upload": state.upload,
        "pasted": state.pasted.draft,
        "typed": state.typed,
    }
    return {name: _fields_of(draft) for name, draft in drafts.items() if draft is not None}


def _fields_of(draft: Draft | Exercise) -> Fields:
    file = draft.file if isinstance(draft, Draft) else None
    return {
        "data": data_name(draft),
        "choices": draft_choices(draft),
        "table": file.name if file else "",
        "file": _file_id(draft),
    }


def _file_id(draft: Draft | Exercise) -> str:
    return draft.file.id if isinstance(draft, Draft) and draft.file else ""


def read_session(record: bytes, file: Callable[[str], bytes | None]) -> Session:
    """Return the session of a record; `file` returns a file by its name, None if it is gone.

    It is paused; settings that waited for the film apply from its epoch on. Raises RunFileError or
    PermalinkError, whose message is one sentence.
    """
    data = _RecordData(file)
    found = read_run(record, data.samples)
    try:
        return _session_of(found, data)
    except PermalinkError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        reason = str(error).rstrip(".")
        raise PermalinkError(f"This session cannot be read ({reason}): start anew.") from error


class _RecordData:
    """The data of a record's runs and drafts: each file is read once, each source prepared once."""

    def __init__(self, file: Callable[[str], bytes | None]) -> None:
        self._bytes = file
        self._files: dict[tuple[str, ...], File] = {}
        self.sources: dict[str, Source] = {}

    def samples(self, about: Fields) -> tuple[Array, ...]:
        """Return what `read_run` asks for. Raises RunFileError."""
        try:
            setup = _setup_of(about)
            data = setup.source(self._file(setup.data, about), self.sources).dataset
        except PermalinkError as error:  # its sentence as it stands
            raise RunFileError(str(error)) from error
        validation = (data.X_val, data.y_val)
        return (data.X, data.y, *(part for part in validation if part is not None))

    def draft(self, fields: Fields) -> Draft | Exercise:
        """Return a draft by `_fields_of`. Raises ValueError and the like for any other."""
        draft = draft_of(fields["data"], fields["choices"], self._file(fields["data"], fields))
        if isinstance(draft, Draft):
            _check_choices(draft)
        return draft

    def text(self, name: str) -> str:
        """Return the text of the file of that name; "" for no name."""
        found = self._content(name) if name else b""
        if len(found) > MAX_PASTED:
            raise ValueError("its pasted text is too long")
        return found.decode()

    def _file(self, name: str, about: Fields) -> File | None:
        """Return the file of that name, with the title and id in the notes; None for a sample."""
        if not name.startswith(FILE):
            return None
        title, identifier = (str(about.get(key, ""))[:MAX_WORD] for key in ("table", "file"))
        key = name, title, identifier
        if key not in self._files:
            self._files[key] = File(identifier, title, self._content(name))
        return self._files[key]

    def _content(self, name: str) -> bytes:
        found = self._bytes(name)
        if found is None:
            raise PermalinkError(
                "A file of this session is no longer there: upload or paste it again."
            )
        return found


def _check_choices(draft: Draft) -> None:
    """Raise ValueError for choices that no page offers: nobody else checks a draft not in use."""
    names, meaning = set(draft.table.frame.columns), draft.table.choices
    if not {*draft.features, draft.target} <= names:
        raise ValueError("a column that was chosen is not in the table")
    if not all(isinstance(name, str) for name in (*meaning.as_text, *meaning.as_meant)):
        raise ValueError("the name of a column is no text")
    if meaning.day_first is not None:
        flag("day_first", meaning.day_first)
    choice("task", draft.task, get_args(Task))
    choice("scaling", draft.scaling, get_args(Scaling))
    choice("missing", draft.missing, MISSINGS)
    within("validation", draft.validation, 0, 1)
    seed("seed", draft.seed)
    flag("keep_constant", draft.keep_constant)


def _session_of(found: SavedRun, data: _RecordData) -> Session:
    """Return the session of a record's contents; raise ValueError and the like if there is none."""
    notes = found.about["session"]
    version = json_integer("version", notes["version"])
    if version > VERSION:
        raise PermalinkError(
            f"This session was written by a later version ({version}; this one reads {VERSION}): "
            "open it there."
        )
    state, setup = Session(), _setup_of(found.about)
    state.runs = _runs_of(found, str(notes["previous"]), data.sources)
    _read_drafts(state, notes, data)
    state.input_method = choice("input method", notes["input_method"], INPUTS)
    state.runs_tab = str(notes["runs_tab"])[:MAX_WORD]
    if notes["pending"] is not None:
        state.pending = Settings.of(notes["pending"])
    setup.apply_display(state)
    setup.look(state)
    if flag("unsuitable", notes["unsuitable"]):
        state.unsuitable = state.architecture.unsuitable(state.source.dataset)
    return state


def _runs_of(found: SavedRun, previous: str, sources: dict[str, Source]) -> RunList:
    """Return the runs of a record, in the order of their places, which their numbers then have."""
    runs = [
        replace(experiment_of(each, sources)[1], identifier=str(each.about["identifier"]))
        for each in sorted(
            (found, *found.runs), key=lambda each: json_integer("place", each.about["place"])
        )
    ]
    shown, identifiers = found.about["identifier"], {each.identifier for each in runs}
    lasting = {each.identifier for each in runs if each.name} | {shown, previous}
    if len(identifiers) < len(runs) or not all(map(_TOKEN.fullmatch, identifiers)):
        raise ValueError("two of its runs have one identifier, or one has none")
    if not identifiers <= lasting or previous == shown or previous not in {"", *identifiers}:
        raise ValueError("one of its runs is neither in use nor kept")
    listed = RunList(tuple(runs), shown, previous)
    return listed.add(listed.kept)  # each by a name of its own, and within the limits


def _read_drafts(state: Session, notes: Fields, data: _RecordData) -> None:
    """Give the session its drafts of the Data page."""
    drafts = {name: data.draft(fields) for name, fields in notes["drafts"].items()}
    typed, pasted = drafts["typed"], notes["pasted"]
    if not isinstance(typed, Exercise):
        raise ValueError("its exercise is a table")
    state.exercise = state.typed = typed
    state.sample = _table_draft(drafts["sample"], of_file=False)
    if "upload" in drafts:
        state.upload = _table_draft(drafts["upload"], of_file=True)
    table = _table_draft(drafts["pasted"], of_file=True) if "pasted" in drafts else None
    state.pasted = Pasted(data.text(pasted["text"]), table, str(pasted["error"])[:MAX_ERROR])


def _table_draft(draft: Draft | Exercise, *, of_file: bool) -> Draft:
    if not isinstance(draft, Draft) or (draft.file is not None) != of_file:
        raise ValueError("one of its drafts is in another's place")
    return draft
