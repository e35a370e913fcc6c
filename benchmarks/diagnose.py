"""Detection rate of mistakes: `python -m benchmarks.diagnose` plants them in random networks.

Each mistake and each pair of mistakes is planted in the gradients of random networks and data,
which are then rounded. It counts as named if an explanation or an equivalent of one contains it;
pairs that give the true gradients to the given digits cannot be named. True gradients, which must
be found right, and random matrices, which nothing explains, are tested, too.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.checking import diagnose
from core.checking.diagnosis import Diagnosis
from core.checking.mistakes import MISTAKES, wrong_gradients_of
from core.checking.problem import Problem
from core.gradients import Array
from core.network import Network

Matrices = tuple[Array, Array]


def round_significant(digits: int) -> Callable[[Array], Array]:
    """Return a function that rounds to `digits` significant digits."""

    def round_all(A: Array) -> Array:
        text = [float(f"{value:.{digits - 1}e}") for value in A.ravel()]
        return np.array(text).reshape(A.shape)

    return round_all


ROUNDINGS: dict[str, Callable[[Array], Array]] = {
    "6 significant digits": round_significant(6),
    "4 significant digits": round_significant(4),
    "4 decimals": lambda A: np.round(A, 4),
}
IDENTIFIERS = [mistake.identifier for mistake in MISTAKES]
PLANTED = [names for count in (1, 2) for names in combinations(IDENTIFIERS, count)]


@dataclass
class Rates:
    """Counts for one rounding."""

    planted: int = 0
    named: int = 0
    first: int = 0
    unseen: int = 0  # the numbers equal the true ones to the given digits
    true: int = 0
    accused: int = 0
    random: int = 0
    explained: int = 0

    def __str__(self) -> str:
        """Return one line of text."""
        seen = self.planted - self.unseen
        return (
            f"named {self.named / max(seen, 1):.2%}, first {self.first / max(seen, 1):.2%} "
            f"of {seen} ({self.unseen} more are true to these digits); "
            f"true gradients accused: {self.accused} of {self.true}; "
            f"random matrices explained: {self.explained} of {self.random}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnose", description=__doc__)
    parser.add_argument("--networks", type=int, default=200, help="random networks (200)")
    parser.add_argument("--seed", type=int, default=0, help="of the networks (0)")
    chosen = parser.parse_args()
    start = time.perf_counter()
    rates = {name: Rates() for name in ROUNDINGS}
    missed: dict[tuple[str, ...], int] = {}
    for index in range(chosen.networks):
        random = np.random.default_rng([chosen.seed, index])
        problem = random_problem(random)
        for name, rounded in ROUNDINGS.items():
            _count(problem, rounded, rates[name], missed, random)
    for name, counted in rates.items():
        print(f"{name}: {counted}")
    worst = sorted(missed.items(), key=lambda item: -item[1])[:5]
    print("missed most:", ", ".join(f"{' + '.join(ways)} ({n})" for ways, n in worst) or "none")
    print(f"{chosen.networks} networks, {time.perf_counter() - start:.0f} s")


def random_problem(random: np.random.Generator) -> Problem:
    """Return a random network with biases, its data, and a learning rate."""
    N, d, m, K = (int(random.integers(*span)) for span in ((2, 21), (1, 6), (2, 7), (1, 4)))
    net = Network(random.normal(size=(d + 1, m)), random.normal(size=(m + 1, K)))
    return Problem.of(net, random.normal(size=(N, d)), random.random((N, K)), learning_rate=0.5)


def _count(
    problem: Problem,
    rounded: Callable[[Array], Array],
    rates: Rates,
    missed: dict[tuple[str, ...], int],
    random: np.random.Generator,
) -> None:
    for ways in PLANTED:
        dW1, dW2 = (rounded(dW) for dW in wrong_gradients_of(problem, ways))
        found = _diagnose(problem, (dW1, dW2))
        named = [{e.mistakes, *e.equivalent} for e in found.explanations]
        rates.planted += 1
        rates.unseen += found.correct
        hit = any(ways in names for names in named)
        rates.named += hit
        rates.first += bool(named) and ways in named[0]
        if not hit and not found.correct:
            missed[ways] = missed.get(ways, 0) + 1
    dW1, dW2 = (rounded(dW) for dW in problem.truth)
    rates.true += 1
    rates.accused += not _diagnose(problem, (dW1, dW2)).correct
    dW1, dW2 = (rounded(np.std(dW) * random.normal(size=dW.shape)) for dW in problem.truth)
    rates.random += 1
    found = _diagnose(problem, (dW1, dW2))
    rates.explained += found.correct or bool(found.explanations)


def _diagnose(problem: Problem, given: Matrices) -> Diagnosis:
    p = problem
    return diagnose(p.net, p.X, p.y, *given, loss=p.loss, learning_rate=p.learning_rate)


if __name__ == "__main__":
    main()
