"""Runs to put into a page."""

from dataclasses import replace

from core.training.run import Settings
from pages.ui.chain_rule.notation import Selection
from pages.ui.state.drafts import Draft, Exercise
from pages.ui.state.session import Session


def selection(
    draft: Draft | Exercise,
    settings: Settings,
    epochs: int = 0,
    *,
    hidden: tuple[int, ...] = (4,),
    sample: int = 1,
) -> Selection:
    """Return the selection of a run that is trained so far, at its last epoch."""
    session = Session()
    session.use(draft)
    current = session.current
    architecture = replace(current.architecture, hidden=hidden)
    session.begin(source=current.source, architecture=architecture, settings=settings)
    session.run.advance(epochs)
    session.report(epochs, playing=False)
    session.look(sample=sample)
    return Selection.of(session)
