"""Training speed: `python -m benchmarks.kernel` compares it with four libraries and the floor.

Every peer trains the same network on the same data in float64, full batch, in its own process. They
take turns; each waits for other work on the machine to end, and a disturbed turn is repeated. It
prints medians of epochs/s, of our speed relative to each peer's, and of the share of the floor that
we reach; then whether the goals are met.

`--scaling FILE` instead measures and plots how our time grows with N, m, d and K.

The peers need benchmarks/requirements.txt; those not installed are skipped.
"""

import argparse
import os
import platform
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import quiet, scaling
from benchmarks.peers import FLOOR, NAMES, OURS, Turn
from benchmarks.rows import ROWS, Array, Row
from benchmarks.worker import CHECK_EPOCHS, Worker

PATIENCE = 5.0  # seconds to wait before a turn for other work to end
TRIES = 3  # of a disturbed turn


@dataclass(frozen=True)
class Result:
    """Results of a row: turns by peer, including ours and the floor, and the peers' errors."""

    turns: dict[str, list[Turn]]
    errors: dict[str, str]
    disagreeing: list[str]  # peers with other weights than ours

    def rate(self, name: str) -> float:
        """Return the median of epochs per second."""
        return median(1 / turn.seconds for turn in self.turns[name])

    def threads(self, name: str) -> int:
        """Return the number of threads of the last turn."""
        return self.turns[name][-1].threads

    def ratio(self, name: str) -> float:
        """Return our speed relative to that peer's: the median over pairs of turns."""
        pairs = zip(self.turns[name], self.turns[OURS], strict=True)
        return median(theirs.seconds / ours.seconds for theirs, ours in pairs)

    def disturbed_share(self) -> float:
        """Return the share of disturbed turns."""
        turns = [turn for turns in self.turns.values() for turn in turns]
        return sum(turn.others > quiet.BUSY for turn in turns) / len(turns)

    def floor_share(self) -> float:
        """Return the floor's time, divided by our threads, as a share of our time."""
        return self.ratio(FLOOR) / self.threads(OURS)


def main() -> None:
    """Measure and print."""
    options = _options()
    if options.scaling:
        scaling.main(Path(options.scaling), quick=options.quick)
        return
    alternations, seconds = (3, 0.2) if options.quick else (7, 0.5)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load}; float64, full batch.")
    print(f"{alternations} turns each of {seconds:g} s; medians.")
    for number in options.rows or range(1, len(ROWS) + 1):
        row = ROWS[number - 1]
        result = _measure(
            row, list(NAMES) if options.peers is None else options.peers, alternations, seconds
        )
        print(f"\n{number}. {row}", *_lines(result), *_goals(row, result), sep="\n", flush=True)


def _options() -> argparse.Namespace:
    listed = "\n".join(f"  {number}  {row}" for number, row in enumerate(ROWS, 1))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kernel",
        description=__doc__,
        epilog=f"rows:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    numbers = range(1, len(ROWS) + 1)
    parser.add_argument("--rows", type=int, nargs="+", choices=numbers, metavar="N", help="only")
    parser.add_argument(
        "--peers", nargs="*", choices=NAMES, help="only these (or none), beside ours"
    )
    parser.add_argument("--quick", action="store_true", help="3 turns of 0.2 s; rough")
    parser.add_argument("--scaling", metavar="FILE", help="draw the growth: .html, or .png")
    return parser.parse_args()


def _measure(row: Row, peers: list[str], alternations: int, seconds: float) -> Result:
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(name, row)) for name in (OURS, *peers, FLOOR)}
        for name in (OURS, FLOOR):
            if workers[name].error:
                raise RuntimeError(f"{name}: {workers[name].error}")
        rounds = [
            {name: _turn(worker, seconds) for name, worker in workers.items()}
            for _ in range(alternations)
        ]
    errors = {name: worker.error for name, worker in workers.items() if worker.error}
    turns = {
        name: [turn for each in rounds if (turn := each[name])]
        for name in workers
        if name not in errors
    }
    expected = workers[OURS].weights
    others = [name for name in turns if not _agree(workers[name].weights, expected)]
    return Result(turns, errors, others)


def _turn(worker: Worker, seconds: float) -> Turn | None:
    """Return the first undisturbed turn of a few, or the least disturbed one."""
    turns: list[Turn] = []
    while len(turns) < TRIES:
        quiet.wait(PATIENCE)
        turn = worker.measure(seconds)
        if turn is None or turn.others <= quiet.BUSY:
            return turn
        turns.append(turn)
    return min(turns, key=lambda turn: turn.others)


def _agree(weights: tuple[Array, ...] | None, expected: tuple[Array, ...] | None) -> bool:
    """Return whether the weights agree to 1e-9 in norm; missing weights agree."""
    if weights is None or expected is None:
        return True
    return all(
        float(np.linalg.norm(W - V)) <= 1e-9 * float(np.linalg.norm(V))
        for W, V in zip(weights, expected, strict=True)
    )


def _lines(result: Result) -> list[str]:
    """Return a line for each peer, then the floor with its parts."""
    lines = [
        f"   {name:<14}{result.rate(name):>12,.1f} epochs/s  {_threads(result.threads(name)):<9}"
        + ("" if name == OURS else f"  ours is {result.ratio(name):.2f}×")
        for name in result.turns
        if name != FLOOR
    ]
    lines += [f"   {name:<14}{error}" for name, error in result.errors.items()]
    lines += [
        f"   {name} has other weights after {CHECK_EPOCHS} epochs" for name in result.disagreeing
    ]
    if disturbed := result.disturbed_share():
        lines.append(
            f"   other work took more than {quiet.BUSY:.0%} of {disturbed:.0%} of the turns"
        )
    turns = result.turns[FLOOR]
    parts = ", ".join(
        f"{name} {1e6 * median(turn.parts[name] for turn in turns):,.1f}" for name in turns[0].parts
    )
    return [
        *lines,
        f"   {FLOOR:<14}{parts} µs; ours, {1e6 / result.rate(OURS):,.1f} µs on "
        f"{_threads(result.threads(OURS))}, reaches {result.floor_share():.0%} of it",
    ]


def _threads(count: int) -> str:
    return f"{count} thread" + "s" * (count != 1)


def _goals(row: Row, result: Result) -> list[str]:
    """Return a line for each goal and whether it is met."""
    lines = [
        _goal(f"{name} ×{goal:.3g}", f"×{result.ratio(name):.2f}", result.ratio(name) >= goal)
        for name, goal in row.goals.items()
        if name in result.turns
    ]
    if row.floor:
        met = result.floor_share() >= row.floor
        lines.append(_goal(f"floor {row.floor:.0%}", f"{result.floor_share():.0%}", met))
    return lines


def _goal(goal: str, reached: str, met: bool) -> str:
    return f"   goal: {goal:<22}{reached:>8}  {'met' if met else 'MISSED'}"


if __name__ == "__main__":
    main()
