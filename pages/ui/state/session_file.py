"""The session's runs as a file that a user has.

data = run_bytes(session, kept=True)     # a run file (core.training.run_file)
load(session, data)                      # raises RunFileError or PermalinkError
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core.training.run_file import SavedRun, read_run, write_run
from pages.ui.state.draft_fields import Fields
from pages.ui.state.drafts import Draft, File
from pages.ui.state.permalink import Permalink, PermalinkError
from pages.ui.state.run_list import Experiment, Source
from pages.ui.state.session import Session
from pages.ui.style.comparability import same_samples

MAX_WORD = 200  # characters of a name


class KeptRuns(NamedTuple):
    """How many kept runs a file added to the session, and how many were there already."""

    added: int
    known: int


def run_bytes(state: Session, *, kept: bool = False) -> bytes:
    """Return the file of the run in use, or of it and the runs that are kept, with their names."""
    others = [each for each in state.runs.kept if each is not state.current] if kept else []
    shown, *further = (contents_of(state, each, named=kept) for each in (state.current, *others))
    return write_run(shown.run, shown.about, shown.table, further)


def contents_of(state: Session, experiment: Experiment, *, named: bool) -> SavedRun:
    """Return one of the session's runs for a file, with its name if `named`."""
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
    setup, about = setup_of(found.about), found.about
    table, name = (str(about.get(key, ""))[:MAX_WORD] for key in ("table", "name"))
    file = File(table, table, found.table) if found.table is not None else None
    return setup, replace(setup.experiment(found.run, file, sources), name=name)


def setup_of(about: Fields) -> Permalink:
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
