"""A sweep in the background, and the same as a generator.

A job has no thread of its own: what its workers bring is taken by the callbacks of their futures,
which submit what comes next. It keeps few tasks in its executor's queue, each a slice of time long:
so jobs that share the queue share the workers fairly, to cancel is to submit no more, and a worker
that is lost has lost a slice.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
from threading import Condition, Event
from typing import Any

from numpy.typing import ArrayLike

from core.training.sweep.cluster import engine_of
from core.training.sweep.engine import Engine
from core.training.sweep.points import Point, SweepResult, check_points
from core.training.sweep.task import Part
from core.training.sweep.work import PointWork, WorkQueue
from core.utils.arguments import duration, function, instance
from core.utils.sentence import excerpt

REPORT_EVERY = 0.05  # s, about, between two calls of a progress callback
BACKLOG = 256 * 2**20  # bytes of results not yet taken, beyond which nothing is submitted
ISOLATE_AFTER = 2  # losses of its worker, after which a point is trained apart
GIVE_UP_AFTER = 3  # losses of its worker, after which a point has failed; so many end the sweep
WORKER_LOSS = "Workers were lost: their points run again."
FAILURE = "It was tried three times"
SWEEP_FAILURE = "Three other points ended their workers, and no more were begun"
NO_REPLACEMENT = "Its workers were lost, and no others could be started"
NO_ISOLATION = "It lost its worker twice, and no process of its own could be started"
NO_ANSWER = "it does not answer any more"
FULL = "The sweep waits until its results are taken: they fill the memory that it may have."


def _whole(result: SweepResult) -> SweepResult:
    return result


class SweepJob:
    """Training of `points` on X (N, d) and y that starts at once and goes on in the background.

    executor: any of `concurrent.futures`, on this machine, or a Dask client's; None: the cluster
    that the environment names (`core.training.sweep.cluster`), or processes of this machine.
    wanted: asked before each submission; once it returns False, nothing more is submitted until
    `results` is called again. It is called by any thread, and must not wait for another.
    reduce: what is kept of each result, and comes from `results`; called as it arrives, by any
    thread, and must be quick. What it raises ends the sweep, and `results` raises it.
    notices: sentences to show, of workers or a cluster lost.
    Raises ValueError for what does not fit, before anything starts; see `check_points`.
    """

    def __init__(
        self,
        points: Iterable[Point],
        X: ArrayLike,
        y: ArrayLike,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        executor: Executor | None = None,
        wanted: Callable[[], bool] = lambda: True,
        reduce: Callable[[SweepResult], Any] = _whole,
    ) -> None:
        found, data = check_points(points, X, y, X_val, y_val)
        executor = None if executor is None else instance("executor", executor, Executor)
        self._wanted, self._reduce = function("wanted", wanted), function("reduce", reduce)
        self._changed = Condition()  # of all that follows; its lock may be taken again
        self.count, self.finished, self.cancelled = len(found), 0, False
        self._work = WorkQueue(found, len(data.X))
        self._isolated: deque[PointWork] = deque()
        self._failures = 0
        self._tasks: dict[Future[list[Part]], tuple[Engine, list[PointWork]]] = {}
        self._isolation: Engine | None = None  # where isolated points train
        self._results: deque[Any] = deque()
        self._backlog = 0  # bytes of them
        self._fixed_bytes = data.nbytes + sum({id(net): 8 * net.size for net, _ in found}.values())
        self._error: Exception | None = None  # of `reduce`
        self._submitting = self._paused = False
        self._engine, self._notices = engine_of(executor, data)
        with self._changed:
            self._submit()

    def __repr__(self) -> str:
        """Return, say, SweepJob(12 of 45 points, 2 processes)."""
        return f"{type(self).__name__}({self.finished} of {self.count} points, {self.engine})"

    @property
    def done(self) -> bool:
        """Whether nothing more will come: all points are finished, or it was cancelled."""
        return self.cancelled or self.finished == self.count

    @property
    def epochs_total(self) -> int:
        """Epochs of all points."""
        return self._work.epochs

    @property
    def epochs_done(self) -> int:
        """Epochs trained so far, and those that points which ended early leave out."""
        return self._work.epochs - self._work.epochs_left

    @property
    def seconds_left(self) -> float | None:
        """Estimated time until all points are finished.

        None before the first task has ended, and while nothing is submitted.
        """
        if self.done:
            return 0.0
        return None if self._paused else self._work.seconds_left

    @property
    def workers(self) -> int:
        """The number of workers at its disposal, which other jobs may share."""
        return self._engine.workers

    @property
    def engine(self) -> str:
        """What trains, in plain words: "2 processes", "Dask cluster, 2 workers"."""
        return self._engine.name

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences on what went wrong with the workers, and what was done about it."""
        lost = [WORKER_LOSS] if self._engine.lost else []
        full = [FULL] if self._paused and self._backlog >= BACKLOG else []
        return (*self._notices, *lost, *full)

    @property
    def nbytes(self) -> int:
        """Bytes of memory: the data, the networks, and the losses that were not taken yet.

        What `reduce` returns counts by its own `nbytes`, if it has that.
        """
        return self._fixed_bytes + self._work.nbytes + self._backlog

    def results(self, seconds: float = 0.0) -> list[Any]:
        """Return the results since the last call, waiting up to `seconds` for the first."""
        seconds = duration("seconds", seconds)
        with self._changed:
            if not (self.done or self._engine.answers):
                self._lose(self._engine, [], ConnectionError(NO_ANSWER), survives=False)
            self._submit()
            self._changed.wait_for(lambda: self._results or self.done, seconds)
            if self._error:
                raise self._error
            results = list(self._results)
            self._results.clear()
            self._backlog = 0
            self._submit()
            return results

    def cancel(self) -> None:
        """End the sweep: no results come any more, and workers are free within a slice of time."""
        with self._changed:
            if self.done:
                return
            self._end()
            tasks = list(self._tasks)
        for task in tasks:
            task.cancel()

    def _end(self) -> None:
        self.cancelled = True
        self._results.clear()
        self._isolated.clear()
        self._close()

    def _submit(self) -> None:
        """Submit tasks until there are enough; a callback in between leaves that to this loop."""
        if self._submitting:
            return
        self._submitting = True
        try:
            while self._has_room() and self._is_wanted():
                self._submit_to(self._engine, self._work.take(self.workers))
            if self._isolated and not self._trains_isolated() and self._is_wanted():
                self._train_isolated()
        finally:
            self._submitting = False

    def _has_room(self) -> bool:
        """Return whether there is something to train, and not too much under way."""
        under_way = sum(engine is self._engine for engine, _ in self._tasks.values())
        room = under_way < self._engine.most_tasks
        return bool(self._work) and room and not self.done

    def _is_wanted(self) -> bool:
        """Ask whether to go on; after a pause, time is measured anew."""
        wanted = self._backlog < BACKLOG and self._wanted()
        if wanted and self._paused:
            self._work.start_clock()
        self._paused = not wanted
        return wanted

    def _trains_isolated(self) -> bool:
        return any(engine is self._isolation for engine, _ in self._tasks.values())

    def _train_isolated(self) -> None:
        """Train the next of the points whose workers were lost, where it harms no other."""
        try:
            self._isolation = self._isolation or self._engine.isolation()
        except Exception as error:  # no process, no space for the data
            isolated = list(self._isolated)
            self._isolated.clear()
            self._give_up(isolated, f"{NO_ISOLATION}: {excerpt(str(error), 200)}")
            return
        self._submit_to(self._isolation, [self._isolated.popleft()])

    def _submit_to(self, engine: Engine, points: list[PointWork]) -> None:
        try:
            future = engine.submit([point.task for point in points])
        except Exception as error:  # an executor that broke in the meantime, or was shut down
            self._lose(engine, points, error, survives=False)
            return
        self._tasks[future] = engine, points
        future.add_done_callback(self._take)

    def _take(self, future: Future[list[Part]]) -> None:
        """Take what a task brought, in whatever thread, and submit what comes next."""
        with self._changed:
            engine, points = self._tasks.pop(future, (None, []))
            if engine is None or self.done:
                return
            try:
                parts = future.result()
                if not parts:
                    raise RuntimeError("its data is not there any more")
            except BaseException as error:
                self._lose(engine, points, error, survives=engine.survives(error))
            else:
                self._add(points, parts)
            self._submit()
            self._changed.notify_all()

    def _add(self, points: list[PointWork], parts: list[Part]) -> None:
        """Add the parts to a task's first points, and put back what is not finished."""
        begun, left = points[: len(parts)], points[len(parts) :]
        for point, part in zip(begun, parts, strict=True):
            point.worker_losses = 0
            self._work.add(point, part)
            if part.ended:
                self._finish(point.result(part.ended, part.error))
        self._work.put_back([*(point for point in begun if point.position), *left])

    def _lose(
        self, engine: Engine, points: list[PointWork], error: BaseException, *, survives: bool
    ) -> None:
        """Train the points of a lost task again; apart, or no more, if it was not their first.

        With its engine, all that it has under way is lost: the futures of a cluster may never end.
        """
        again = []
        if not survives:
            points = [*points, *self._take_back(engine)]
        for point in points:
            point.worker_losses += 1
            if point.worker_losses < ISOLATE_AFTER:
                again.append(point)
            elif point.worker_losses < GIVE_UP_AFTER:
                self._isolated.append(point)
            else:
                self._fail(point, f"{FAILURE}: {excerpt(str(error), 200)}")
        self._work.put_back(again)
        if not survives and not self.done:
            self._replace(engine, error)

    def _take_back(self, engine: Engine) -> Iterator[PointWork]:
        """Yield the points that an engine has under way, of which nothing is taken any more."""
        for future in [future for future, (other, _) in self._tasks.items() if other is engine]:
            yield from self._tasks.pop(future)[1]

    def _replace(self, engine: Engine, error: BaseException) -> None:
        """Put another engine in the place of a broken one."""
        engine.close()
        if engine is self._isolation:
            self._isolation = None
        if engine is self._engine:
            try:
                self._engine = engine.replacement()
            except Exception as failure:  # no process, no space for the data
                self._give_up_all(f"{NO_REPLACEMENT}: {excerpt(str(failure), 200)}")
                return
            if (sentence := engine.loss(error)) not in self._notices:
                self._notices.append(sentence)

    def _fail(self, point: PointWork, error: str) -> None:
        """Give up a point; and if it is not the first, all that have not begun."""
        self._give_up([point], error)
        self._failures += 1
        if self._failures == GIVE_UP_AFTER:
            self._give_up(self._work.clear(), SWEEP_FAILURE)

    def _give_up_all(self, error: str) -> None:
        """Give up all points, those of tasks under way, too."""
        under_way = [point for _, points in self._tasks.values() for point in points]
        self._give_up([*self._work.clear(), *self._isolated, *under_way], error)
        self._isolated.clear()

    def _give_up(self, points: Iterable[PointWork], error: str) -> None:
        for point in points:
            self._work.drop(point)
            self._finish(point.result("failed", error))

    def _finish(self, result: SweepResult) -> None:
        if self.cancelled:
            return
        self.finished += 1
        self._work.nbytes -= result.nbytes
        try:
            kept = self._reduce(result)
        except Exception as error:  # that nobody would see: futures swallow what callbacks raise
            self._error = error
            self._end()
            return
        self._results.append(kept)
        self._backlog += getattr(kept, "nbytes", 0)
        if self.finished == self.count:
            self._close()

    def _close(self) -> None:
        self._engine.close()
        if self._isolation:
            self._isolation.close()


def sweep(
    points: Iterable[Point],
    X: ArrayLike,
    y: ArrayLike,
    *,
    X_val: ArrayLike | None = None,
    y_val: ArrayLike | None = None,
    executor: Executor | None = None,
    progress: Callable[[SweepJob], object] | None = None,
) -> Generator[SweepResult, None, None]:
    """Train `points` on X (N, d) and y; yield their results as they come, in any order.

    It starts with the first result asked for, and closing it cancels. `progress(job)` is called
    some twenty times a second; if it returns True, the sweep ends. `executor` and what is refused
    are `SweepJob`'s; a wrong argument raises ValueError at once.
    """
    progress = None if progress is None else function("progress", progress)
    begun = Event()
    job = SweepJob(points, X, y, X_val=X_val, y_val=y_val, executor=executor, wanted=begun.is_set)
    return _iterate(job, begun, progress)


def _iterate(
    job: SweepJob, begun: Event, progress: Callable[[SweepJob], object] | None
) -> Generator[SweepResult, None, None]:
    begun.set()
    try:
        over = False
        while not over:
            over = job.done
            if progress and progress(job) is True:
                return
            yield from job.results(REPORT_EVERY)
    finally:
        job.cancel()
