"""Sessions with several runs, for the tests of the Runs page."""

from dataclasses import replace
from typing import Any

from pages.ui.runs.compare.differences import RunEntry, run_entries
from pages.ui.state.session import Session


def train(session: Session, epochs: int, name: str = "") -> None:
    """Train the run in use, and keep it by a name if there is one."""
    session.run.advance(epochs)
    session.report(session.run.epoch, playing=False)
    if name:
        session.keep_run(session.current.identifier, name)


def start(session: Session, epochs: int, name: str = "", seed: int = 0, /, **settings: Any) -> None:
    """Train a new run with that seed and other settings."""
    architecture = replace(session.architecture, seed=seed)
    chosen = replace(session.settings, seed=seed, **settings)
    session.begin(architecture=architecture, settings=chosen)
    train(session, epochs, name)


def change(session: Session, epoch: int, **settings: Any) -> None:
    """Change settings of the run in use at an epoch."""
    session.report(epoch, playing=False)
    session.change(replace(session.settings, **settings))


def entries(session: Session) -> tuple[RunEntry, ...]:
    """The session's runs as the page compares them."""
    return run_entries(session.runs)


def with_seeds(seeds: int, epochs: int = 30) -> Session:
    """A session with runs of XOR that differ in the seed alone, all of them kept."""
    session = Session()
    train(session, epochs, "seed 0")
    for seed in range(1, seeds):
        start(session, epochs, f"seed {seed}", seed)
    return session
