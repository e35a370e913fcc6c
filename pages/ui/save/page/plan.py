"""Which epochs and samples go into a page: as many as its size allows.

Sizes are measured, not estimated: of the whole page without a film, and of what the film adds once
it is coded and compressed.
"""

import math
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run
from core.utils.sentence import plural
from core.utils.thinning import evenly_spaced
from pages.ui.chain_rule.notation import Selection
from pages.ui.live.codec import encode
from pages.ui.save.page.content import PageContent, sample_arrays
from pages.ui.save.page.document import document
from pages.ui.save.page.film import FilmRows, read_film, state_names
from pages.ui.state.stage_request import FeaturePlane

LIMIT = 2_000_000  # bytes of a page
FOR_SAMPLES = 0.5  # of the bytes that the page itself leaves
SPARE = 0.99  # of the film's bytes: it is compressed together with the rest
MOST_NUMBERS = 4_000_000  # of a film, before it is coded: more never fit, and take seconds to read
REPLAY_SECONDS = 20.0  # of training: beyond, only epochs that are stored are read

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}

Epochs = NDArray[np.int64]
Rows = NDArray[np.intp]


class PageError(ValueError):
    """A run that does not fit into a page; the message is one sentence with what to do."""


@dataclass(frozen=True, eq=False)
class PagePlan:
    """Epochs (n,) and samples of a page, from 0 and in order; sentences on what is missing."""

    shown: Selection
    epochs: Epochs
    rows: Rows
    film: FilmRows
    sentences: tuple[str, ...] = ()

    def content(
        self, views: frozenset[str], plane: FeaturePlane | None = None, app: str = ""
    ) -> PageContent:
        """Return the page's content, with the drawings of the stage and an app's address."""
        plane, rest = plane or FeaturePlane(), (self.film, self.sentences)
        return PageContent(self.shown, self.epochs, self.rows, views, plane, app, *rest)


def page_plan(
    shown: Selection,
    *,
    most_epochs: int | None = None,
    most_samples: int | None = None,
    limit: int = LIMIT,
) -> PagePlan:
    """Return what fits into `limit` bytes: every epoch and sample, or as many evenly spaced.

    The epoch and the sample that are shown are always there, as are the last epoch and those where
    the run branches. Raises PageError if not even these fit.
    """
    run = shown.run
    error = PageError(
        f"Even a single epoch of this run, with {plural(run.template.size, 'weight')}, does not "
        f"fit into a page of {limit / 1e6:g} MB: save the run as a file instead."
    )
    if run.template.size > limit:  # a weight takes more than a byte
        raise error
    rows, empty = _samples(shown, most_samples, limit)
    gradients, chosen = len(rows) < len(run.X), _stride_for(run, most_epochs)
    first = _first_stride(run, chosen, gradients)
    film, stride = _film(shown, first, SPARE * (limit - empty), gradients)
    if film is None:
        raise error
    why = "more would take long to compute" if first > chosen else "as chosen"
    epochs = _epochs_note(run, film, stride, _reason(limit) if stride > first else why)
    sentences = (*epochs, *_samples_note(run, rows, most_samples, limit))
    return PagePlan(shown, film.epochs, rows, film, sentences)


# ---- samples


def _samples(shown: Selection, most: int | None, limit: int) -> tuple[Rows, int]:
    """Return the samples that fit, and the bytes of a page that has them but no film."""
    data, sample = shown.experiment.source.dataset, shown.focus.sample
    alone = _empty_page(shown, np.array([sample], np.intp))
    rows = _with(evenly_spaced(len(data.X), most or len(data.X)), sample)
    allowed = FOR_SAMPLES * (limit - alone)
    while (size := _bytes_of(sample_arrays(data, rows))) > allowed and len(rows) > 1:
        fewer = int(len(rows) * min(allowed / size, 0.9))
        rows = _with(evenly_spaced(len(data.X), max(1, fewer)), sample)
    return rows, _empty_page(shown, rows)


def _with(places: Rows, place: int) -> Rows:
    """Return places in order, that one among them in the stead of the nearest."""
    if place not in places:
        places[np.abs(places - place).argmin()] = place
    return places


def _empty_page(shown: Selection, rows: Rows) -> int:
    """Return the bytes of a page with those samples and a single epoch."""
    return len(document(PageContent(shown, np.array([shown.epoch]), rows)).encode())


# ---- epochs


def _film(
    shown: Selection, stride: int, space: float, gradients: bool
) -> tuple[FilmRows | None, int]:
    """Return the film of the smallest multiple of a stride that fits into `space` bytes, and that.

    Without one that fits, None and a stride beyond the run.
    """
    run = shown.run
    always = np.unique([0, shown.epoch, *run.branch_epochs, run.epoch])
    regular = np.arange(0, run.epoch + 1, stride)
    film = read_film(run, np.union1d(regular, always), gradients=gradients)
    is_extra = np.isin(film.epochs, always)

    def thin(by: int) -> FilmRows:
        return film.at((film.epochs % (by * stride) == 0) | is_extra)

    too_many, fits, by = 0, 0, 1  # multiples of the stride
    while fits != too_many + 1:
        size = _bytes_of(thin(by).arrays())
        if size <= space:
            fits = by
        elif space <= 0 or by * stride > run.epoch:
            return None, by * stride
        else:
            too_many = by
        by = (too_many + fits) // 2 if fits else max(by + 1, math.ceil(by * size / space))
    return thin(fits), fits * stride


def _first_stride(run: Run, chosen: int, gradients: bool) -> int:
    """Return the smallest stride to try; where replaying takes long, epochs have to be stored."""
    columns = run.template.size * (1 + gradients + len(state_names(run)))
    stride = max(chosen, _stride_for(run, MOST_NUMBERS // columns))
    seconds = run.seconds or run.epoch * run.epoch_seconds
    if seconds > REPLAY_SECONDS:
        stride = math.ceil(stride / run.checkpoint_stride) * run.checkpoint_stride
    return stride


def _stride_for(run: Run, most: int | None) -> int:
    """Return the smallest stride with which a run has at most so many epochs, but 2 or more."""
    return 1 if most is None else max(1, math.ceil(run.epoch / max(1, most - 1)))


def _bytes_of(arrays: dict[str, NDArray[Any]]) -> int:
    """Return the bytes that arrays take in a page."""
    return math.ceil(len(zlib.compress(encode({}, arrays))) / 3) * 4


# ---- what is missing


def _epochs_note(run: Run, film: FilmRows, stride: int, why: str) -> list[str]:
    count = run.epoch + 1
    if len(film.epochs) == count:
        return []
    if stride > run.epoch:
        return [f"{len(film.epochs):,} of {count:,} epochs, {why}."]
    return [f"Every {_ordinal(stride)} of {run.epoch:,} epochs, {why}."]


def _samples_note(run: Run, rows: Rows, most: int | None, limit: int) -> list[str]:
    count = len(run.X)
    if len(rows) == count:
        return []
    why = _reason(limit) if len(rows) < min(most or count, count) else "as chosen"
    return [f"{len(rows):,} of {count:,} samples, {why}; gradients are over all samples."]


def _reason(limit: int) -> str:
    return f"so that the file stays below {limit / 1e6:g} MB"


def _ordinal(number: int) -> str:
    """Return 2nd, 3rd, 4th, 11th, 22nd and so on."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"{number:,}{_ENDINGS.get(last, 'th')}"
