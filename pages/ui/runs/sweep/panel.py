"""The sweeps of a session: the one on display, the one before, and the choices for the next."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pages.ui.runs.sweep.plan import SweepChoices, SweepPlan
from pages.ui.runs.sweep.server import Sweep
from pages.ui.state.drafts import Draft, Exercise
from pages.ui.state.session import Session


@dataclass
class SweepPanel:
    """The sweep of a session, the one that it took the place of, and the choices for the next."""

    choices: SweepChoices
    sweep: Sweep | None = None
    previous: Sweep | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the sweeps take."""
        return sum(sweep.nbytes for sweep in self._sweeps())

    @property
    def drafts(self) -> tuple[Draft | Exercise, ...]:
        """The drafts of the data that they hold."""
        return tuple(sweep.plan.source.draft for sweep in self._sweeps())

    def _sweeps(self) -> Iterator[Sweep]:
        yield from (sweep for sweep in (self.sweep, self.previous) if sweep)

    def begin(self, plan: SweepPlan, threshold: float, wanted: Callable[[], bool]) -> None:
        """Start a sweep; the one on display is cancelled and stays as the previous one."""
        begun = Sweep.begin(plan, threshold, wanted)
        if self.sweep is not None:
            self.sweep.job.cancel()
            self.previous = self.sweep
        self.sweep = begun

    def bring_back(self) -> None:
        """Exchange the sweep on display with the previous one; a running one is cancelled."""
        if self.sweep is not None and self.previous is not None:
            self.sweep.job.cancel()
            self.sweep, self.previous = self.previous, self.sweep


def sweep_panel(state: Session) -> SweepPanel:
    """Return a session's sweeps and choices."""
    with state.lock:
        if not isinstance(state.sweep, SweepPanel):
            state.sweep = SweepPanel(SweepChoices())
        return state.sweep
