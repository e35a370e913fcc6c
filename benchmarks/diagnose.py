"""Detection of mistakes: `python -m benchmarks.diagnose`, on hand-ins as tools print them.

For random networks of each depth, right gradients are printed in every form, and wrong ones, of
every way to make every mistake, in one form after another (`benchmarks.handins`: the texts are
NumPy's, torch's and pandas's own, the wrong gradients are written anew there). Counted are: right
called right, computed by hand or cut off called right, mistakes named, wrong called right, and
random matrices explained. A mistake counts as named if an explanation, or an equivalent of one, is
it; what the digits of a form cannot tell from the truth, or that are too few to tell why, is
counted apart. `--show N` prints the first hand-ins that were not judged so.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, pairwise

import numpy as np

from benchmarks.handins import FORMS, IDENTIFIERS, Form, Handin, cut_off, hand, pairs, plant, truth
from core.checking.grading import Grade, mark_bytes
from core.checking.problem import Problem
from core.network import Network

DEPTHS = (1, 2, 3)  # hidden layers
TOO_FEW = "too few digits"
HAND_DIGITS = (4, 5, 6)


@dataclass
class Counts:
    """Counts of one kind of hand-in, and examples of those that were not judged so."""

    all: int = 0
    good: int = 0
    unseen: int = 0  # its digits cannot tell
    missed: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, good: bool, what: str, text: str, grade: Grade, *, unseen: bool = False) -> None:
        """Count one hand-in."""
        self.all += 1
        self.good += good
        self.unseen += unseen and not good
        if not good and not unseen:
            self.missed[what] += 1
            if len(self.examples) < 40:
                self.examples.append(f"{what}\n{text}\n→ {grade.verdict}: {grade.comment}\n")

    def merge(self, other: "Counts") -> None:
        """Add the counts of another process."""
        self.all += other.all
        self.good += other.good
        self.unseen += other.unseen
        self.missed += other.missed
        self.examples += other.examples

    def __str__(self) -> str:
        """Return one line of text."""
        seen = self.all - self.unseen
        by_mistake: Counter[str] = Counter()
        for what, n in self.missed.items():
            by_mistake[what.split(" as ")[0]] += n
        worst = ", ".join(f"{what} ({n})" for what, n in by_mistake.most_common(12))
        apart = f", {self.unseen} more that their digits cannot tell" if self.unseen else ""
        return f"{self.good / max(seen, 1):.2%} of {seen}{apart}; missed: {worst or 'none'}"


KINDS = ("right", "by hand", "named", "pairs", "wrong not called right", "random not explained")
Result = tuple[dict[str, Counts], list[float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnose", description=__doc__)
    parser.add_argument("--networks", type=int, default=200, help="random networks a depth (200)")
    parser.add_argument("--seed", type=int, default=0, help="of the networks (0)")
    parser.add_argument("--processes", type=int, default=2, help="how many at once (2)")
    parser.add_argument("--show", type=int, default=0, help="examples of each kind to print (0)")
    chosen = parser.parse_args()
    start = time.perf_counter()
    total, seconds = {kind: Counts() for kind in KINDS}, []
    jobs = [(chosen.seed, depth, index) for index in range(chosen.networks) for depth in DEPTHS]
    with ProcessPoolExecutor(chosen.processes) as pool:
        for counts, times in pool.map(_one_network, jobs, chunksize=2):
            seconds += times
            for kind in KINDS:
                total[kind].merge(counts[kind])
    for kind in KINDS:
        print(f"{kind}: {total[kind]}")
        print("\n".join(total[kind].examples[: chosen.show]), end="")
    worst = max(seconds)
    print(f"{len(seconds)} answers, median {np.median(seconds):.3f} s, longest {worst:.2f} s")
    print(f"{len(jobs)} networks, {time.perf_counter() - start:.0f} s")


def _one_network(job: tuple[int, int, int]) -> Result:
    random = np.random.default_rng(job)
    problem = random_problem(random, job[1])
    counts, seconds = {kind: Counts() for kind in KINDS}, []
    forms = cycle(random.permutation(list(FORMS)))
    for what, kind, gradients, form in _handins(problem, forms, random):
        text = form.write(gradients, problem)
        start = time.perf_counter()
        grade = mark_bytes(problem, "answer.txt", text.encode())
        seconds.append(time.perf_counter() - start)
        _judge(counts, kind, f"{what} as {form.name}", what, text, grade)
    return counts, seconds


def _handins(
    problem: Problem, forms: Iterator[str], random: np.random.Generator
) -> Iterator[tuple[str, str, Handin, Form]]:
    """Yield what was done, its kind, the gradients and the form."""
    right = truth(problem)
    for form in FORMS.values():
        yield "", "right", [*right], form
    for digits in HAND_DIGITS:
        for own in (hand(problem, digits), hand(problem, digits, mean_first=True)):
            yield f"{digits} decimals", "by hand", [*own], FORMS["numpy_whole"]
        yield f"cut off at {digits}", "by hand", [*cut_off(problem, digits)], FORMS["tolist"]
    for identifier in IDENTIFIERS:
        for way in plant(identifier, problem):
            form = FORMS[next(forms)]
            while "vector" in form.name and any(dW is None for dW in way):
                form = FORMS[next(forms)]  # a vector holds all matrices
            yield identifier, "named", way, form
    for names, way in pairs(problem):
        yield " + ".join(names), "pairs", way, FORMS[next(forms)]
    noise = [np.std(dW) * random.normal(size=dW.shape) for dW in right]
    yield "", "random not explained", [*noise], FORMS[next(forms)]


def _judge(
    counts: dict[str, Counts], kind: str, label: str, what: str, text: str, grade: Grade
) -> None:
    if kind in ("right", "by hand"):
        unseen = grade.verdict == "cannot be judged"
        counts[kind].add(grade.is_right, label, text, grade, unseen=unseen)
        return
    explained = grade.diagnosis is not None and bool(grade.diagnosis.explanations)
    if kind == "random not explained":
        counts[kind].add(not explained and not grade.is_right, label, text, grade)
        return
    found = {
        frozenset(way.split(" + "))
        for way in (*grade.mistakes.split("; "), *grade.alternatives.split(", "))
    }
    hit = any(way and way <= set(what.split(" + ")) for way in found if way != {""})
    no_digits = grade.is_right or grade.verdict == "cannot be judged" or TOO_FEW in grade.comment
    as_layout = what == "swapped_rows" and "bias row first" in grade.layout  # of two rows
    counts[kind].add(hit, label, text, grade, unseen=no_digits)
    counts["wrong not called right"].add(not grade.is_right or hit or as_layout, label, text, grade)


def random_problem(random: np.random.Generator, hidden_layers: int) -> Problem:
    """Return a random network of that depth with biases, its data, η, and sometimes a penalty."""
    N, d, K = (int(random.integers(*span)) for span in ((2, 21), (1, 6), (1, 4)))
    units = [int(m) for m in random.integers(2, 7, size=hidden_layers)]
    sizes = [d, *units, K]
    output = "softmax" if K > 1 and random.random() < 0.3 else "sigmoid"
    loss = str(random.choice(["half_mse", "half_mse", "mse", "half_sse", "cross_entropy"]))
    weights = [random.normal(size=(a + 1, b)) for a, b in pairwise(sizes)]
    hidden = str(random.choice(["sigmoid", "sigmoid", "tanh", "relu"]))
    net = Network(*weights, hidden=hidden, output=output)
    y = random.random((N, K))
    if output == "softmax":
        y /= y.sum(axis=1, keepdims=True)
    elif loss == "cross_entropy":
        y = y.round()
    l2 = 0.01 if random.random() < 0.15 else 0.0
    return Problem.of(net, random.normal(size=(N, d)), y, loss, 0.5, l2)


if __name__ == "__main__":
    main()
