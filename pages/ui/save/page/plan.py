"""Which epochs and samples go into a page: as many as its size and the work for it allow.

Sizes are measured, not estimated: of a page with one epoch and one sample, and of what samples and
films add once they are coded and compressed. Work is estimated from sizes, see `film_work`: what a
page holds must not depend on how busy the machine is.
"""

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run
from core.utils.sentence import listing, plural
from core.utils.thinning import evenly_spaced
from pages.ui.chain_rule.notation import Selection
from pages.ui.live.codec import encode
from pages.ui.save.page.content import PageContent, sample_arrays
from pages.ui.save.page.document import document
from pages.ui.save.page.film import FilmRows, film_work, read_film, state_names
from pages.ui.save.page.sample_table import table_parts
from pages.ui.save.page.step import step_part
from pages.ui.state.names import Names
from pages.ui.state.stage_request import FeaturePlane

LIMIT = 2_000_000  # bytes of a page
FOR_SAMPLES = 0.5  # of the bytes that the page itself leaves; and what the film leaves of the rest
ENOUGH = 0.98  # of these bytes: nearer is not worth another measurement
MOST_TRIES = 5
SPARE = 0.99  # of these bytes: all parts are compressed together
WORK = 2e10  # ns to read a film, see `film_work`
MOST_NUMBERS = 4_000_000, 12_000_000  # of a film, before it is coded; the latter for large pages
MOST_BRANCHES = 100  # each has texts and a script of its own, with all before it
WHY_WORK = "because computing more would have taken long"
AS_CHOSEN = "as chosen"

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}

Epochs = NDArray[np.int64]
Rows = NDArray[np.intp]


class PageError(ValueError):
    """A run that does not fit into a page; the message is one sentence with what to do."""


@dataclass(frozen=True, eq=False)
class PagePlan:
    """Epochs (n,) and samples of a page, from 0 and in order; sentences on what is missing.

    step: the step through's part, see `PageContent`.
    """

    shown: Selection
    epochs: Epochs
    rows: Rows
    film: FilmRows
    sentences: tuple[str, ...] = ()
    step: dict[str, Any] | None = None

    def content(
        self, views: frozenset[str], plane: FeaturePlane | None = None, app: str = ""
    ) -> PageContent:
        """Return the page's content, with the drawings of the stage and an app's address."""
        plane, rest = plane or FeaturePlane(), (self.film, self.sentences, self.step)
        return PageContent(self.shown, self.epochs, self.rows, views, plane, app, *rest)


@dataclass(frozen=True)
class PageBound:
    """How many epochs and samples a page has at most; its size may allow fewer.

    refusal: why there is no page, a sentence with what to do; "" where that is not known before it
    is made.
    """

    epochs: int
    samples: int
    refusal: str = ""


def page_bound(
    shown: Selection,
    *,
    most_epochs: int | None = None,
    most_samples: int | None = None,
    limit: int = LIMIT,
) -> PageBound:
    """Return what `page_plan` with the same arguments has at most: it takes milliseconds."""
    run, samples = shown.run, min(len(shown.run.X), most_samples or len(shown.run.X))
    films = _Films(shown, most_epochs, limit)
    epochs = films.at(films.first_stride(gradients=samples < len(run.X)), films.always)
    return PageBound(len(epochs), samples, _refusal(run, limit))


def page_plan(
    shown: Selection,
    *,
    most_epochs: int | None = None,
    most_samples: int | None = None,
    limit: int = LIMIT,
) -> PagePlan:
    """Return what fits into `limit` bytes: every epoch and sample, or as many evenly spaced.

    The epoch and the sample that are shown are always there, as is the last epoch; epoch 0 and
    those where the run branches are if there is space for them. Raises PageError if not even that
    fits.
    """
    run, sample = shown.run, shown.focus.sample
    if refusal := _refusal(run, limit):
        raise PageError(refusal)
    films, page = _Films(shown, most_epochs, limit), _smallest_page(shown)
    samples = _Samples(page, _spread(len(run.X), most_samples or len(run.X), sample))
    space = SPARE * (limit - _own_bytes(page))
    found = _fit(films, samples, space)
    if found is None:
        raise PageError(_blame(films, samples, limit))
    rows, thin = found
    notes = *_epochs_note(films, thin, limit), *_samples_note(run, rows, most_samples, limit)
    return PagePlan(shown, thin.film.epochs, rows, thin.film, notes, page.step)


def _fit(films: "_Films", samples: "_Samples", space: float) -> "tuple[Rows, _Thin] | None":
    """Return the samples and the film that fit into `space` bytes; None if none do.

    All samples that are wanted, where they take no more than their part or where every epoch fits
    beside them. Else the film has its part, and samples the rest; where that is not enough for a
    film they are still fewer; then the film lacks the epochs where the run branches.
    """
    wanted, of_wanted = samples.wanted, samples.size(samples.wanted)
    missing, few = len(wanted) < films.samples, of_wanted <= FOR_SAMPLES * space
    if of_wanted <= space:
        for branches in (True, False) if few else (True,):
            thin = films.thin(space - of_wanted, gradients=missing, branches=branches)
            if thin and (few or thin.stride == films.first_stride(gradients=missing)):
                return wanted, thin
    left = space - samples.size(samples.one)
    if len(wanted) > 1:
        for room, branches in (((1 - FOR_SAMPLES) * space, True), (left, True), (left, False)):
            if thin := films.thin(min(room, left), gradients=True, branches=branches):
                return samples.within(space - thin.bytes), thin
    return None


def _refusal(run: Run, limit: int) -> str:
    """Return why a run has no page, if that is plain without making it."""
    if len(run.branch_epochs) > MOST_BRANCHES:
        return (
            f"This run has {plural(len(run.branch_epochs), 'branch', 'branches')}, and a page can "
            f"hold {MOST_BRANCHES}: save the run as a file instead."
        )
    return _too_many_weights(run, limit) if run.template.size > limit else ""  # a byte each


def _too_many_weights(run: Run, limit: int) -> str:
    return (
        f"This run has {plural(run.template.size, 'weight')}, of which not even the epoch on "
        f"display and the last one fit into a page of {limit / 1e6:g} MB: save the run as a file "
        "instead."
    )


def _blame(films: "_Films", samples: "_Samples", limit: int) -> str:
    """Return what leaves no space, and what to do."""
    run, shown = films.run, films.shown
    names = Names.of(shown.experiment).matrices
    letters = len(repr((shown.experiment.source.title, names)).encode(errors="replace"))
    film = films.read(np.unique([shown.epoch, run.epoch]), gradients=films.samples > 1)
    sizes = {"weights": _bytes_of(film.arrays()), "names": letters}
    sizes["samples"] = samples.size(samples.one)
    size = f"a page of {limit / 1e6:g} MB: save the run as a file instead."
    return {
        "weights": _too_many_weights(run, limit),
        "names": f"The title and the names of columns and classes leave no space in {size}",
        "samples": f"Not even the sample on display fits into {size}",
    }[max(sizes, key=lambda name: sizes[name])]


# ---- the page itself


def _smallest_page(shown: Selection) -> PageContent:
    """Return a page with the epoch and the sample that are shown."""
    epochs, rows = np.array([shown.epoch]), np.array([shown.focus.sample], np.intp)
    page = PageContent(shown, epochs, rows)
    film = read_film(shown.run, epochs, gradients=not page.is_whole)
    return replace(page, film=film, step=step_part(page))


def _own_bytes(page: PageContent) -> int:
    """Return the bytes of a page without its film and its samples."""
    film = page.film.arrays() if page.film else {}
    return (
        len(document(page).encode()) - _bytes_of(film) - _Samples(page, page.rows).size(page.rows)
    )


# ---- samples


@dataclass(frozen=True, eq=False)
class _Samples:
    """Samples of a page: those that are wanted, and how many bytes they take."""

    page: PageContent
    wanted: Rows

    @property
    def one(self) -> Rows:
        """The sample that is shown."""
        return self.page.rows

    def size(self, rows: Rows) -> int:
        """Return the bytes of some samples."""
        of, data = replace(self.page, rows=rows), self.page.shown.experiment.source.dataset
        columns, arrays = table_parts(of)
        return _bytes_of(sample_arrays(data, rows) | arrays, {"table": columns})

    def within(self, allowed: float) -> Rows:
        """Return nearly as many of the samples that are wanted as fit into that many bytes."""
        count, most, found, size = len(self.wanted), len(self.page.run.X), self.one, 0
        too_many, place = count + 1, int(self.one[0])
        for _ in range(MOST_TRIES):
            rows = _spread(most, count, place)
            size = self.size(rows)
            if size <= allowed:
                found = rows
            else:
                too_many = count
            if too_many - len(found) <= 1 or ENOUGH * allowed <= size <= allowed:
                break
            guess = int(count * (1 + ENOUGH) / 2 * allowed / size)
            count = min(max(guess, len(found), 1), too_many - 1)
        return found


def _spread(count: int, most: int, place: int) -> Rows:
    """Return at most so many places, evenly spaced; that one is in the stead of the nearest."""
    places = evenly_spaced(count, most)
    if place not in places:
        places[np.abs(places - place).argmin()] = place
    return places


# ---- epochs


@dataclass(frozen=True, eq=False)
class _Thin:
    """A film with every so many epochs, and the bytes that it takes."""

    film: FilmRows
    stride: int
    bytes: int


@dataclass(frozen=True, eq=False)
class _Films:
    """The films of a run of which a page may have one; each is read once."""

    shown: Selection
    most: int | None  # epochs, as chosen
    limit: int
    _read: dict[tuple[bool, bytes], FilmRows] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        """The run."""
        return self.shown.run

    @property
    def samples(self) -> int:
        """How many samples the run has."""
        return len(self.run.X)

    @property
    def always(self) -> Epochs:
        """The epochs that are there whatever the stride: some only if that many are chosen."""
        branches = np.array(self.run.branch_epochs, np.int64)
        if self.most is not None:
            left = max(0, self.most - len(self._ends(with_start=True)))
            branches = branches[evenly_spaced(len(branches), left)] if left else branches[:0]
        return np.union1d(self._ends(with_start=self.most is None or self.most > 2), branches)

    def _ends(self, *, with_start: bool) -> Epochs:
        """Return the epoch that is shown and the last one, and epoch 0."""
        ends = np.unique(np.array([self.shown.epoch, self.run.epoch], np.int64))
        return np.union1d(ends, [0]) if with_start or len(ends) == 1 else ends

    def at(self, stride: int, always: Epochs) -> Epochs:
        """Return the multiples of a stride, unless it is beyond the run, and those epochs."""
        if stride > self.run.epoch:
            return always
        return np.union1d(np.arange(0, self.run.epoch + 1, stride), always)

    @property
    def chosen(self) -> int:
        """The smallest stride with no more epochs than were chosen."""
        last = self.run.epoch
        if self.most is None or self.most > last:
            return 1
        stride = max(1, last // self.most)
        while stride <= last and len(self.at(stride, self.always)) > max(2, self.most):
            stride += 1
        return stride

    def first_stride(self, *, gradients: bool) -> int:
        """Return the smallest stride to try: with no more epochs than can be read in the time."""
        run, always = self.run, self.always
        columns = run.template.size * (1 + gradients + len(state_names(run)))
        least, most = MOST_NUMBERS
        numbers = min(max(least, 2 * self.limit), most)
        start = max(self.chosen, math.ceil((run.epoch + 1) * columns / numbers))
        strides = (
            stride
            for stride in _strides(start, run.epoch)
            if film_work(run, self.at(stride, always), gradients=gradients) <= WORK
        )
        return next(strides, run.epoch + 1)

    def read(self, epochs: Epochs, *, gradients: bool) -> FilmRows:
        """Return the film of these epochs."""
        key = gradients, epochs.tobytes()
        if key not in self._read:
            self._read[key] = read_film(self.run, epochs, gradients=gradients)
        return self._read[key]

    def thin(self, space: float, *, gradients: bool, branches: bool) -> _Thin | None:
        """Return the film of the smallest multiple of the first stride that fits into `space`.

        None if none does. Without `branches` the film has only the epochs that are always there,
        and of those where the run branches as many as fit.
        """
        always = self.read(self.always, gradients=gradients)
        if _bytes_of(always.arrays()) > space:
            return None if branches else self._fewest(always, space)
        first, last = self.first_stride(gradients=gradients), self.run.epoch
        film = self.read(self.at(first, always.epochs), gradients=gradients)
        too_many, fits, by = 0, 0, 1  # multiples of the stride
        while fits != too_many + 1:
            regular = self.at(by * first, always.epochs)
            found = film.at(np.isin(film.epochs, regular))
            size = _bytes_of(found.arrays())
            if size <= space:
                thin, fits = _Thin(found, by * first, size), by
            else:
                too_many = by
            guess = max(by + 1, min(math.ceil(by * size / space), last // first + 1))
            by = (too_many + fits) // 2 if fits else guess
        return thin

    def _fewest(self, always: FilmRows, space: float) -> _Thin | None:
        """Return the film of as many of some epochs as fit, down to the one shown and the last."""
        ends, count = self._ends(with_start=True), len(always.epochs)
        kept = (
            always.epochs[np.isin(always.epochs, [*ends, *always.epochs[:: 2**halving]])]
            for halving in range(1, count.bit_length() + 1)
        )
        shortest = np.unique([self.shown.epoch, self.run.epoch])
        for epochs in (*kept, shortest):
            film = always.at(np.isin(always.epochs, epochs))
            if (size := _bytes_of(film.arrays())) <= space:
                return _Thin(film, self.run.epoch + 1, size)
        return None


def _strides(start: int, last: int) -> Iterator[int]:
    """Yield strides from `start` to `last`: all small ones, then some, and all powers of two.

    Checkpoints are powers of two apart.
    """
    stride = start
    while stride <= last:
        yield stride
        following = max(stride + 1, round(1.03 * stride))
        stride = min(following, 1 << stride.bit_length())


def _bytes_of(arrays: dict[str, NDArray[Any]], header: dict[str, Any] | None = None) -> int:
    """Return the bytes that arrays, and a part of the header, take in a page."""
    return math.ceil(len(zlib.compress(encode(header or {}, arrays))) / 3) * 4


# ---- what is missing


def _epochs_note(films: _Films, thin: _Thin, limit: int) -> list[str]:
    run, epochs = films.run, thin.film.epochs
    count = run.epoch + 1
    if len(epochs) == count:
        return []
    first = films.first_stride(gradients="film/gradients" in thin.film.tables)
    why = WHY_WORK if first > films.chosen else AS_CHOSEN
    if thin.stride > first:
        why = _reason(limit)
    if 2 * thin.stride > run.epoch:  # no other than the first and the last one
        return [f"{len(epochs):,} of {count:,} epochs, {why}."]
    every = f"Every {_ordinal(thin.stride)} of {run.epoch:,} epochs"
    return [f"{listing([every, *_others(films, thin)])}, {why}."]


def _others(films: _Films, thin: _Thin) -> Iterator[str]:
    """Yield which epochs a film has beside the multiples of its stride."""
    run, others = films.run, thin.film.epochs[thin.film.epochs % thin.stride > 0].tolist()
    own = {films.shown.epoch: "the one at which the page opens", run.epoch: "the last one"}
    yield from (name for epoch, name in own.items() if epoch in others)
    if branches := set(others) - own.keys():
        some = "some of " * (not set(run.branch_epochs) <= set(thin.film.epochs.tolist()))
        where = "those where the run branches" if len(run.branch_epochs) > 1 else ""
        yield some + where or f"epoch {branches.pop():,}, where the run branches"


def _samples_note(run: Run, rows: Rows, most: int | None, limit: int) -> list[str]:
    count = len(run.X)
    if len(rows) == count:
        return []
    why = _reason(limit) if len(rows) < min(most or count, count) else AS_CHOSEN
    return [f"{len(rows):,} of {count:,} samples, {why}; gradients are over all samples."]


def _reason(limit: int) -> str:
    return f"so that the file stays below {limit / 1e6:g} MB"


def _ordinal(number: int) -> str:
    """Return 2nd, 3rd, 4th, 11th, 22nd and so on."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"{number:,}{_ENDINGS.get(last, 'th')}"
