"""A session as a record in a store of runs, and back.

    record, files = write_session(session)   # at any time, from any thread
    read_session(record, files.get).session  # another one, whose runs go on to the same bits

A record is a run file without the data, which is prepared again from its source: the session's
runs in their order, with `identifier` in the notes on each, since the browser names runs by it, and
`session` in those on the first. Uploaded files and pasted text are apart, named by their hashes.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import replace
from typing import NamedTuple

from core.network import Array
from core.training.run_file import MAX_RUNS, RunFileError, SavedRun, read_run, write_run
from core.training.settings import Settings
from core.utils.arguments import choice, flag, integer, json_integer
from core.utils.latest import latest
from pages.ui.state.draft_fields import FILE, Fields, data_name, draft_choices, draft_of, file_hash
from pages.ui.state.drafts import Draft, Exercise, File
from pages.ui.state.permalink import Permalink, PermalinkError, without_period
from pages.ui.state.run_list import Experiment, RunList, Source
from pages.ui.state.session import EXERCISE, PASTE, SAMPLE, UPLOAD, Pasted, Session
from pages.ui.state.session_file import MAX_WORD, contents_of, experiment_of, setup_of

VERSION = 1  # of a record
INPUTS = SAMPLE, UPLOAD, PASTE, EXERCISE
MAX_ERROR = 1000  # characters of a message in a record
MAX_PASTED = 8_000_000  # bytes of pasted text
GONE_TEXT = "A file of this session is no longer there: upload or paste it again."


class FileGoneError(PermalinkError):
    """A file that the store does not have any more."""


class SessionVersion(NamedTuple):
    """What a record depends on: what was chosen, and how far the runs and the display are."""

    choices: tuple[object, ...]
    progress: list[tuple[int, int, bool]]


class SessionFile(NamedTuple):
    """A session as bytes: its record, and the files that it needs, by the hashes that name them."""

    record: bytes
    files: dict[str, bytes]


class SessionOfRecord(NamedTuple):
    """The session of a record, and the names of the files that the record needs."""

    session: Session
    files: frozenset[str]


def write_session(state: Session) -> SessionFile:
    """Return a session as it is at this moment, for `read_session`. Thread-safe.

    Not in it: what the browser has, messages, sweeps, runs that were removed, and of more than
    MAX_RUNS + 1 runs the previous one. A film that plays is paused there.
    Raises PermalinkError, a ValueError, with a sentence if it cannot be written.
    """
    now = _snapshot(state)
    drafts = (now.upload, now.pasted.draft, *(each.source.draft for each in now.runs.all))
    with _as_sentence("This session cannot be written ({})."):
        first, *further = (_contents_in_record(now, each) for each in now.runs.all)
        about = {**first.about, "session": _notes(now)}
        record = write_run(first.run, about, runs=further, with_data=False)
        tables = (draft for draft in drafts if isinstance(draft, Draft))
        files = {data_name(draft): draft.file.data for draft in tables if draft.file}
        if now.pasted.text:
            files[latest(now.pasted, (), _text_name)] = now.pasted.text.encode()
        return SessionFile(record, files)


def session_version(state: Session) -> SessionVersion:
    """Return a value that differs if the session's record would. Thread-safe, and quick.

    It holds no run and no data. Raises PermalinkError as `write_session` does.
    """
    now = _snapshot(state)
    with _as_sentence("This session cannot be written ({})."):
        notes = _notes(now)
        notes["places"] = {**notes["places"], "epoch": ""}
        names = [(each.identifier, each.name) for each in now.runs.all]
        choices = names, json.dumps(notes)  # as text: an empty cell of an exercise is NaN
        progress = [(each.epoch, each.run.epoch, each.run.diverged) for each in now.runs.all]
        return SessionVersion(choices, progress)


@contextmanager
def _as_sentence(sentence: str) -> Iterator[None]:
    """Raise what is wrong with a session as a PermalinkError, its reason within that sentence."""
    try:
        yield
    except PermalinkError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise PermalinkError(sentence.format(without_period(error))) from error


def _snapshot(state: Session) -> Session:
    """Return the session's values at one moment: all but the runs themselves are immutable."""
    with state.lock:
        now = copy(state)
    if len(now.runs.all) > MAX_RUNS + 1:  # besides the first of a file
        now.runs = now.runs.forget_previous()
    return now


def _contents_in_record(state: Session, experiment: Experiment) -> SavedRun:
    """Return one of the session's runs for the record, without its file."""
    saved = contents_of(state, experiment, named=True)
    file = latest(experiment.source.draft, (), _fields_of)["file"]
    about = {**saved.about, "file": file, "identifier": experiment.identifier}
    return replace(saved, about=about, table=None)


def _notes(state: Session) -> Fields:
    """Return all of a session besides its runs, as JSON values."""
    setup, runs, pasted = Permalink.of(state), state.runs, state.pasted
    places = {each.identifier: place for place, each in enumerate(runs.all)}
    drafts = {
        "sample": state.sample,
        "upload": state.upload,
        "pasted": pasted.draft,
        "typed": state.typed,
    }
    return {
        "version": VERSION,
        "shown": places[runs.shown_identifier],
        "previous": places.get(runs.previous_identifier),
        "places": setup.places,
        "fields": setup.display_fields,
        "drafts": {name: latest(each, (), _fields_of) for name, each in drafts.items() if each},
        "pasted": {"text": latest(pasted, (), _text_name), "error": pasted.error},
        "pending": state.pending and state.pending.fields,
        "unsuitable": bool(state.unsuitable),
        "input_method": state.input_method,
        "runs_tab": state.runs_tab,
    }


def _fields_of(draft: Draft | Exercise) -> Fields:
    """Return a draft as JSON values; a table's file is apart."""
    file = draft.file if isinstance(draft, Draft) else None
    return {
        "data": data_name(draft),
        "choices": draft_choices(draft),
        "table": file.name if file else "",
        "file": file.id if file else "",
    }


def _text_name(pasted: Pasted) -> str:
    """Return the hash that names the text; "" if there is none."""
    return file_hash(pasted.text.encode()) if pasted.text else ""


def read_session(record: bytes, file: Callable[[str], bytes | None]) -> SessionOfRecord:
    """Return the session of a record; `file` returns a file by its name, None if it is gone.

    It is paused; settings that waited for the film apply from its epoch on. Raises RunFileError or
    PermalinkError, whose message is one sentence; what `file` raises passes through.
    """
    data = _RecordData(file)
    found = read_run(record, data.samples)
    with _as_sentence("This session cannot be read ({}): start anew."):
        return SessionOfRecord(_session_of(found, data), frozenset(data.names))


class _RecordData:
    """The data of a record's runs and drafts: each file is read once, each source prepared once."""

    def __init__(self, file: Callable[[str], bytes | None]) -> None:
        self._bytes = file
        self._files: dict[tuple[str, ...], File] = {}
        self.sources: dict[str, Source] = {}
        self.names: set[str] = set()  # of the files that were read

    def samples(self, about: Fields) -> tuple[Array, ...]:
        """Return what `read_run` asks for. Raises RunFileError."""
        try:
            setup = setup_of(about)
            data = setup.source(self._file(setup.data, about), self.sources).dataset
        except PermalinkError as error:  # its sentence as it stands
            raise RunFileError(str(error)) from error
        validation = (data.X_val, data.y_val)
        return (data.X, data.y, *(part for part in validation if part is not None))

    def draft(self, fields: Fields) -> Draft | Exercise:
        """Return a draft by `_fields_of`. Raises ValueError and the like for any other."""
        return draft_of(fields["data"], fields["choices"], self._file(fields["data"], fields))

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
        self.names.add(name)
        found = self._bytes(name)
        if found is None:
            raise FileGoneError(GONE_TEXT)
        return found


def _session_of(found: SavedRun, data: _RecordData) -> Session:
    """Return the session of a record's contents; raise ValueError and the like if there is none."""
    notes = found.about["session"]
    version = json_integer("version", notes["version"])
    if version > VERSION:
        raise PermalinkError(
            f"This session was written by a later version ({version}; this one reads {VERSION}): "
            "open it there."
        )
    state, setup = Session(), setup_of(notes)
    state.runs = _runs_of(found, notes, data.sources)
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


def _runs_of(found: SavedRun, notes: Fields, sources: dict[str, Source]) -> RunList:
    """Return the runs of a record in their order, which their numbers then have, too."""
    runs = []
    for each in (found, *found.runs):
        identifier = str(each.about["identifier"])[:MAX_WORD]
        runs.append(replace(experiment_of(each, sources)[1], identifier=identifier))
    shown, previous = (
        "" if notes[name] is None else runs[integer(name, notes[name], 0, len(runs) - 1)].identifier
        for name in ("shown", "previous")
    )
    listed = RunList(tuple(runs), shown, previous)
    return listed.add(listed.kept)  # each by a name of its own, and within the limits


def _read_drafts(state: Session, notes: Fields, data: _RecordData) -> None:
    """Give the session its drafts of the Data page, but those whose file is gone."""
    drafts, pasted = dict[str, Draft | Exercise](), notes["pasted"]
    for name, fields in notes["drafts"].items():
        with suppress(FileGoneError):
            drafts[name] = data.draft(fields)
    typed, text = drafts["typed"], ""
    with suppress(FileGoneError):
        text = data.text(pasted["text"])
    if not isinstance(typed, Exercise):
        raise ValueError("its exercise is a table")
    state.exercise = state.typed = typed
    state.sample = _table_draft(drafts["sample"], of_file=False)
    if "upload" in drafts:
        state.upload = _table_draft(drafts["upload"], of_file=True)
    elif "upload" in notes["drafts"]:
        state.upload_error = GONE_TEXT
    table = _table_draft(drafts["pasted"], of_file=True) if "pasted" in drafts else None
    state.pasted = Pasted(text, table, str(pasted["error"])[:MAX_ERROR])


def _table_draft(draft: Draft | Exercise, *, of_file: bool) -> Draft:
    if not isinstance(draft, Draft) or (draft.file is not None) != of_file:
        raise ValueError("one of its drafts is in another's place")
    return draft
