"""How fast training is: `python -m benchmarks.kernel`, beside four other ways and the floor.

Every peer trains the same network on the same data in float64, full batch, in a process of its
own; they take turns, each waits a while for other work on the machine to end, and a turn that is
disturbed all the same is taken again. Printed are medians of epochs/s, of ours over each peer's
turn by turn, and of the share of the floor that ours reaches; then whether the goals are met.

`--scaling FILE` measures instead how ours grows with N, m, d and K, and draws it.

The peers need benchmarks/requirements.txt; whoever is missing is left out.
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
from benchmarks.worker import CHECKED, Worker

PATIENCE = 5.0  # seconds to wait for other work to end, before a turn
TRIES = 3  # of a turn that other work disturbs


@dataclass(frozen=True)
class Result:
    """What a row gave: turns by peer, ours and the floor among them; why others are not."""

    turns: dict[str, list[Turn]]
    errors: dict[str, str]
    disagreeing: list[str]  # those that came to other weights than ours

    def rate(self, name: str) -> float:
        """Epochs a second, the median."""
        return median(1 / turn.seconds for turn in self.turns[name])

    def threads(self, name: str) -> int:
        """As many as it said at last."""
        return self.turns[name][-1].threads

    def ratio(self, name: str) -> float:
        """How many times that peer's speed ours is: the median over pairs of turns."""
        pairs = zip(self.turns[name], self.turns[OURS], strict=True)
        return median(theirs.seconds / ours.seconds for theirs, ours in pairs)

    def disturbed(self) -> float:
        """The share of turns that other work disturbed all the same."""
        turns = [turn for turns in self.turns.values() for turn in turns]
        return sum(turn.others > quiet.BUSY for turn in turns) / len(turns)

    def share(self) -> float:
        """What the floor, divided by our threads, is of our time."""
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
    others = [name for name in turns if not _same(workers[name].weights, expected)]
    return Result(turns, errors, others)


def _turn(worker: Worker, seconds: float) -> Turn | None:
    """The first of a few turns that nothing disturbed, or else the one that was least disturbed."""
    turns: list[Turn] = []
    while len(turns) < TRIES:
        quiet.wait(PATIENCE)
        turn = worker.measure(seconds)
        if turn is None or turn.others <= quiet.BUSY:
            return turn
        turns.append(turn)
    return min(turns, key=lambda turn: turn.others)


def _same(weights: tuple[Array, Array] | None, expected: tuple[Array, Array] | None) -> bool:
    """To 1e-9 in norm; weights that are not there differ from nothing."""
    if weights is None or expected is None:
        return True
    return all(
        float(np.linalg.norm(W - V)) <= 1e-9 * float(np.linalg.norm(V))
        for W, V in zip(weights, expected, strict=True)
    )


def _lines(result: Result) -> list[str]:
    """A line for each peer, then the floor with its parts."""
    lines = [
        f"   {name:<14}{result.rate(name):>12,.1f} epochs/s  {_threads(result.threads(name)):<9}"
        + ("" if name == OURS else f"  ours is {result.ratio(name):.2f}×")
        for name in result.turns
        if name != FLOOR
    ]
    lines += [f"   {name:<14}{error}" for name, error in result.errors.items()]
    lines += [
        f"   {name} came to other weights after {CHECKED} epochs" for name in result.disagreeing
    ]
    if disturbed := result.disturbed():
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
        f"{_threads(result.threads(OURS))}, reaches {result.share():.0%} of it",
    ]


def _threads(count: int) -> str:
    return f"{count} thread" + "s" * (count != 1)


def _goals(row: Row, result: Result) -> list[str]:
    """Each goal, and whether it is met."""
    lines = [
        _goal(f"{name} ×{goal:.3g}", f"×{result.ratio(name):.2f}", result.ratio(name) >= goal)
        for name, goal in row.goals.items()
        if name in result.turns
    ]
    if row.floor:
        met = result.share() >= row.floor
        lines.append(_goal(f"floor {row.floor:.0%}", f"{result.share():.0%}", met))
    return lines


def _goal(goal: str, reached: str, met: bool) -> str:
    return f"   goal: {goal:<22}{reached:>8}  {'met' if met else 'MISSED'}"


if __name__ == "__main__":
    main()
