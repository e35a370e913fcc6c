"""Constants that a gradient is multiplied by: those of mistakes, and those that mean something."""

from dataclasses import dataclass

from core.checking.mistakes import Combination
from core.checking.problem import Problem
from core.checking.replacements import has_mean

Constants = dict[float, str]


@dataclass(frozen=True)
class Scalar:
    """A constant and the mistakes that multiply a gradient by it."""

    value: float
    mistakes: Combination


def scalars(p: Problem) -> tuple[Scalar, ...]:
    """Return the constants that mistakes multiply a gradient by: N, −1, 2, η and products."""
    styles = conventions(p)
    found = [*styles, *(Scalar(2 * s.value, ("factor_two", *s.mistakes)) for s in styles)]
    if p.learning_rate is not None:
        for scalar in styles:
            if "sign" in scalar.mistakes:
                continue
            for rate in (p.learning_rate, -p.learning_rate):
                names = ("step_handed_in", *scalar.mistakes)
                found.append(Scalar(rate * scalar.value, names))
    return tuple(found)


def conventions(p: Problem) -> list[Scalar]:
    """Return 1, and the constants of a forgotten mean, of the other sign, and of both."""
    found = [Scalar(1.0, ()), Scalar(-1.0, ("sign",))]
    if has_mean(p) and len(p.X) > 1:
        mean = ("missing_mean",)
        found += [Scalar(len(p.X) * s.value, (*mean, *s.mistakes)) for s in tuple(found)]
    return found


def step_scalars(p: Problem) -> tuple[Scalar, ...]:
    """Return the constants of W − ηg, which is what a step adds to the weights."""
    if p.learning_rate is None:
        return ()
    rate = p.learning_rate
    return tuple(Scalar(-rate * s.value, s.mistakes) for s in conventions(p))


def known_constants(p: Problem) -> Constants:
    """Return the constants that come up where a factor is misplaced, and what each is."""
    N, d, K, m = len(p.X), p.net.inputs, p.net.outputs, p.net.units
    named = (
        (0.5, "½"), (N, "N"), (1 / N, "1/N"), (1 / N**2, "1/N²"), (N**2, "N²"), (1 / K, "1/K"),
        (K, "K"), (N * K, "N·K"), (1 / (N * K), "1/(N·K)"), (N / d, "N/d"), (d / N, "d/N"),
        (1 / (2 * N), "1/(2N)"), (N / 2, "N/2"), (2 * N, "2N"), (2 / N, "2/N"), (1 / m, "1/m"),
        (m, "m"), (4, "4"), (0.25, "¼"),
    )  # fmt: skip
    sizes = {float(value): text for value, text in reversed(named)}  # the first name counts
    if p.learning_rate is not None:
        sizes |= {p.learning_rate: "η"}
    both = {**sizes, **{-value: f"−{text}" for value, text in sizes.items()}}
    return {value: text for value, text in both.items() if value not in (1.0, -1.0)}


def named_constants(p: Problem) -> Constants:
    """Return those that have names of their own when they multiply everything."""
    mean = {float(len(p.X)): "N"} if has_mean(p) else {}
    return {-1.0: "−1", 2.0: "2", **mean}
