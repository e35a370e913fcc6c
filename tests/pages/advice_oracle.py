"""Whether what is said under the stage is true: each sentence against a computation of its own.

Nothing here calls the advice, its predicates or core's formulas. Of a run only its weights, losses,
data and settings are taken; the forward pass, C, the update rules and all thresholds are written
anew; the gradient is autograd's, and where that overflows the chain rule's, written out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.run import Run
from core.training.settings import Settings

Array = NDArray[np.float64]
Weights = tuple[Array, Array]

NUMBER = r"(-?[\d.]+(?:e-?\d+)?|inf|nan)"
WHOLE = r"([\d,]+)"
LOOKED_AT = r"samples?(?: examined)?"
GRADIENT = r"gradient( of C plus the L2 term)?"
TRIAL = 100
# A slope of 4 % of the greatest, for nearly all samples: surely so, and at least so.
STRICT, LOOSE = (0.0394, 0.995), (0.0401, 0.985)


@dataclass(frozen=True)
class Case:
    """A run, an epoch of it and the inputs as the user sees them."""

    run: Run
    epoch: int

    @property
    def settings(self) -> Settings:
        return self.run.settings_at(self.epoch)

    @property
    def net(self) -> Network:
        return self.run.at(self.epoch)

    def past(self, epochs: int) -> Array:
        """C over so many epochs up to this one, both ends computed anew."""
        past = self.run.losses[self.epoch - epochs : self.epoch + 1]
        for at in (0, epochs):
            own = self.cost(self.run.at(self.epoch - epochs + at))
            np.testing.assert_allclose(past[at], own, rtol=1e-9, atol=1e-300)
        return past

    def forward(self, net: Network, X: Array | None = None) -> tuple[Array, Array, Array]:
        """H, O and ŷ."""
        X = self.run.X if X is None else X
        H = X @ net.W1[: net.inputs] + (net.W1[-1] if net.bias_input else 0)
        O = VALUE[net.hidden](H) @ net.W2[: net.units] + (net.W2[-1] if net.bias_hidden else 0)
        return H, O, VALUE[net.output](O)

    def cost(self, net: Network) -> float:
        _, O, y_hat = self.forward(net)
        y, N = self.run.y, len(self.run.y)
        if self.settings.loss == "cross_entropy":
            return float(np.sum(y * np.logaddexp(0, -O) + (1 - y) * np.logaddexp(0, O))) / N
        divisor = {"half_mse": 2 * N, "mse": N, "half_sse": 2}[self.settings.loss]
        return float(np.sum((y - y_hat) ** 2)) / divisor

    def minimised(self, net: Network) -> float:
        squares = np.sum(net.W1[: net.inputs] ** 2) + np.sum(net.W2[: net.units] ** 2)
        return self.cost(net) + self.settings.l2 / 2 * float(squares)

    def gradients(self, net: Network, rows: Any = slice(None)) -> Weights:
        """Of C plus the L2 term over some samples, by the chain rule; 0 for frozen weights."""
        how, X, y = self.settings, self.run.X[rows], self.run.y[rows]
        H, _, y_hat = self.forward(net, X)
        Z = VALUE[net.hidden](H)
        scale = {"mse": 2 / len(X), "half_sse": 1.0}.get(how.loss, 1 / len(X))
        delta = scale * (y_hat - y)
        if how.loss != "cross_entropy" and net.output == "sigmoid":
            delta = delta * y_hat * (1 - y_hat)
        slope = {"sigmoid": Z * (1 - Z), "tanh": 1 - Z**2}.get(net.hidden, 1.0 * (H > 0))
        one = np.ones((len(X), 1))
        X1, Z1 = np.hstack([X, one])[:, : len(net.W1)], np.hstack([Z, one])[:, : len(net.W2)]
        dW1 = X1.T @ (delta @ net.W2[: net.units].T * slope)
        dW2 = Z1.T @ delta
        pair = (
            dW1 + how.l2 * _without_bias(net.W1, net.inputs),
            dW2 + how.l2 * _without_bias(net.W2, net.units),
        )
        for layer, row, column in how.frozen:
            pair[layer - 1][row, column] = 0.0
        return pair

    def slopes(self, pre_activation: Array, activation: str) -> Array:
        """The slopes as shares of their greatest."""
        if activation == "sigmoid":
            return 4 / (2 + np.exp(pre_activation) + np.exp(-pre_activation))
        return 1 / np.cosh(pre_activation) ** 2

    def saturated(
        self, net: Network, X: Array | None = None, *, least: tuple[float, float] = LOOSE
    ) -> NDArray[np.bool_]:
        slopes = self.slopes(self.forward(net, X)[0], net.hidden)
        return np.asarray((slopes < least[0]).mean(axis=0) >= least[1])

    def after(self, rate: float, epochs: int, jolt: float = 0.0) -> Network | None:
        """So many epochs from here with a learning rate and a fresh optimiser; None: diverged."""
        settings, N = replace(self.settings, learning_rate=rate), len(self.run.X)
        random = np.random.default_rng(1)
        net = self.net
        w = [W * (1 + jolt * random.normal(size=W.shape)) for W in (net.W1, net.W2)]
        state: list[dict[str, Array]] = [dict.fromkeys(("v", "s", "m"), 0 * W) for W in w]
        t = 0
        for epoch in range(epochs):
            for rows in _batches(settings, epoch, N):
                pair = self.gradients(replace(net, W1=w[0], W2=w[1]), rows)
                t += 1
                for layer, (g, s) in enumerate(zip(pair, state, strict=True)):
                    step = _step(settings, g, s, t)
                    for at, row, column in settings.frozen:
                        if at == layer + 1:
                            step[row, column] = 0.0
                    w[layer] = w[layer] - step
                if not all(np.isfinite(W).all() for W in w):
                    return None
            if not np.isfinite(self.cost(replace(net, W1=w[0], W2=w[1]))):
                return None
        return replace(net, W1=w[0], W2=w[1])

    def next_net(self) -> Network:
        """One epoch on, as the run itself trains."""
        if self.epoch < self.run.epoch and self.epoch + 1 not in self.run.edited_epochs:
            return self.run.at(self.epoch + 1)
        settings = replace(self.settings, epochs=self.epoch + 1, patience=None)
        branch = self.run.branch(self.epoch, settings=settings)
        branch.advance(1)
        return branch.network


VALUE: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda x: np.exp(-np.logaddexp(0, -x)),
    "tanh": np.tanh,
    "relu": lambda x: np.where(x > 0, x, 0.0),
    "identity": lambda x: x,
}


def _batches(settings: Settings, epoch: int, N: int) -> list[Any]:
    size = settings.batch_size
    if size is None or size >= N:
        return [slice(None)]
    key = np.array([settings.seed, epoch], np.uint64)
    order = np.random.Generator(np.random.Philox(key=key)).permutation(N)
    return [order[start : start + size] for start in range(0, N, size)]


def _step(how: Settings, g: Array, s: dict[str, Array], t: int) -> Array:
    """What an update takes off the weights, by the rules that torch.optim documents."""
    if how.optimizer in ("momentum", "nesterov"):
        s["v"] = how.momentum * s["v"] + g
        g = s["v"] if how.optimizer == "momentum" else g + how.momentum * s["v"]
    if how.optimizer == "rmsprop":
        s["s"] = how.alpha * s["s"] + (1 - how.alpha) * g**2
        g = g / (np.sqrt(s["s"]) + how.epsilon)
    if how.optimizer == "adam":
        s["m"] = how.beta1 * s["m"] + (1 - how.beta1) * g
        s["s"] = how.beta2 * s["s"] + (1 - how.beta2) * g**2
        g = s["m"] / (1 - how.beta1**t) / (np.sqrt(s["s"] / (1 - how.beta2**t)) + how.epsilon)
    return how.learning_rate * g


def _close(said: str, own: float, digits: int = 4) -> bool:
    """Whether a number is what was said, to its digits."""
    return (
        abs(float(said.replace(",", "")) - own) <= 0.51 * 10.0 ** (1 - digits) * abs(own) + 1e-300
    )


def _length(pair: Weights) -> float:
    return float(np.hypot(np.linalg.norm(pair[0]), np.linalg.norm(pair[1])))


def _count(said: str) -> int:
    return int(said.replace(",", ""))


# The claims: what each sentence says, and whether it is so


def unchanged(case: Case, epochs: str) -> bool:
    past = case.past(_count(epochs))
    return bool(past.min() == past.max())


def within(case: Case, epochs: str) -> bool:
    past = case.past(_count(epochs))
    return bool(abs(past[-1] - past[0]) < 0.001 * past[0])


def fallen(case: Case, percent: str, epochs: str) -> bool:
    past = case.past(_count(epochs))
    own = 100 * (1 - past[-1] / past[0])
    return 0.05 < float(percent) <= 1.0 and abs(own - float(percent)) <= 0.051


def risen(case: Case, percent: str, epochs: str) -> bool:
    past = case.past(_count(epochs))
    own = 100 * (past[-1] / past[0] - 1)
    return 0.05 < float(percent) <= 100 and abs(own - float(percent)) <= 0.051


def risen_to(case: Case, first: str, last: str, epochs: str) -> bool:
    past = case.past(_count(epochs))
    return _close(first, past[0]) and _close(last, past[-1]) and past[-1] >= 1.999 * past[0]


def all_frozen(case: Case) -> bool:
    after = case.next_net()
    return bool((after.W1 == case.net.W1).all() and (after.W2 == case.net.W2).all())


def units_same(case: Case) -> bool:
    """To the last bit now and next; later to rounding, which BLAS need not do alike by column."""

    def same(net: Network, rounding: float = 0.0) -> bool:
        units = np.vstack([net.W1, net.W2[: net.units].T])
        spread = float(np.ptp(units, axis=1).max())
        return len(units.T) > 1 and spread <= rounding * float(np.abs(units).max())

    return same(case.net) and same(case.next_net()) and same(case.run.network, 1e-12)


def penalty_wins(case: Case, l2: str) -> bool:
    now, then = case.net, case.next_net()
    falls = case.minimised(then) < case.minimised(now) and case.cost(then) > case.cost(now)
    return float(l2) == case.settings.l2 > 0 and falls


def up_and_down(case: Case, a: str, b: str) -> bool:
    past = case.past(max(100, case.epoch // 4))
    up = [b > 1.0005 * a for a, b in pairwise(past)]
    down = [a > 1.0005 * b for a, b in pairwise(past)]
    turned = [(up[i] and down[i + 1]) or (down[i] and up[i + 1]) for i in range(len(past) - 2)]
    at = max(range(len(past) - 1), key=lambda i: abs(past[i + 1] - past[i]))
    return np.mean(turned) > 0.29 and _close(a, past[at]) and _close(b, past[at + 1])


def higher_each(case: Case) -> bool:
    past = case.past(max(100, case.epoch // 4))
    return all(b > a for a, b in pairwise(past))


def dead(case: Case, full: str, units: str, samples: str) -> bool:
    net = case.net
    none = [bool((h <= 0).all()) for h in case.forward(net)[0].T]
    column = case.gradients(net)[0] - case.settings.l2 * _without_bias(net.W1, net.inputs)
    passes = np.abs(column).max(axis=0) > 1e-15
    return (
        net.hidden == "relu"
        and (sum(none), len(none), len(case.run.X)) == (int(full), int(units), _count(samples))
        and not passes[np.array(none)].any()
    )


def _without_bias(W: Array, rows: int) -> Array:
    inner = W.copy()
    inner[rows:] = 0.0
    return inner


def saturated(case: Case, full: str, units: str, samples: str) -> bool:
    surely, loosely = (case.saturated(case.net, least=least) for least in (STRICT, LOOSE))
    counted = surely.sum() <= int(full) <= loosely.sum()
    sizes = (len(surely), len(case.run.X)) == (int(units), _count(samples))
    return bool(counted) and sizes and case.net.hidden in ("sigmoid", "tanh")


def smaller_weights(case: Case) -> bool:
    full, first = case.saturated(case.net, least=STRICT), case.run.at(0)
    small = replace(first, W1=first.W1 / max(1.0, float(np.abs(case.forward(first)[0]).max())))
    return bool(case.saturated(first)[full].all()) and not case.saturated(small).any()


def scaled_inputs(case: Case, reach: str, where: str | None) -> bool:
    del where
    X, first = case.run.X, case.run.at(0)
    deviation = np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    full = case.saturated(case.net, least=STRICT)
    better = case.saturated(first, (X - X.mean(axis=0)) / deviation, least=STRICT)
    started = bool(case.saturated(first)[full].all()) and not better[full].any()
    return started and _close(reach, float(np.abs(X).max())) and bool(np.abs(X).max() > 10)


def output_saturated(case: Case, samples: str) -> bool:
    slopes = case.slopes(case.forward(case.net)[1], "sigmoid")
    return (
        case.net.output == "sigmoid"
        and case.settings.loss != "cross_entropy"
        and float((slopes < LOOSE[0]).mean()) >= LOOSE[1]
        and len(case.run.X) == _count(samples)
    )


def no_gradient(case: Case, with_l2: str | None, whatever: str | None) -> bool:
    how = case.settings
    norm = _length(case.gradients(case.net))
    plain = how.optimizer == "gd" and how.batch_size is None
    return bool(norm < 1e-13) and bool(with_l2) == (how.l2 > 0) and (plain or not whatever)


def tiny(case: Case, largest: str, norm: str, of_xavier: str) -> bool:
    net, first = case.net, case.run.at(0)
    inner = [net.W1[: net.inputs], net.W2[: net.units]]
    before = [first.W1[: net.inputs], first.W2[: net.units]]
    usual = [np.sqrt(2 / sum(W.shape)) for W in (net.W1, net.W2)]
    small = all(
        W.std() < 0.11 * s for W, s in zip([*inner, *before], [*usual, *usual], strict=True)
    )
    random = np.random.default_rng(0)
    xavier = []
    for _ in range(15):
        W1, W2 = (
            s * random.normal(size=W.shape) for s, W in zip(usual, (net.W1, net.W2), strict=True)
        )
        xavier.append(float(np.linalg.norm(case.gradients(replace(net, W1=W1, W2=W2))[0])))
    own = float(np.linalg.norm(replace_frozen(case).gradients(net)[0]))
    return (
        small
        and _close(largest, max(float(np.abs(W).max()) for W in inner), 2)
        and (_close(norm, own, 2) or max(own, float(norm)) < 1e-15)
        and 0.1 * float(of_xavier) < float(np.median(xavier)) < 10 * float(of_xavier)
        and float(np.median(xavier)) > 2 * own
    )


def replace_frozen(case: Case) -> Case:
    """The same without frozen weights: their gradient is there, too."""
    settings = replace(case.settings, frozen=frozenset(), epochs=max(1, case.settings.epochs))
    return Case(Run(case.net, case.run.X, case.run.y, settings), 0)


def flat(case: Case, with_l2: str | None, norm: str, sum_: str) -> bool:
    net = case.net
    own, size = _length(case.gradients(net)), max(1.0, _length((net.W1, net.W2)))
    said = (bool(with_l2), sum_ == "that sum") == (case.settings.l2 > 0,) * 2
    small = own * size <= 0.0101 * case.cost(net)
    return said and small and (_close(norm, own, 2) or max(own, float(norm)) < 1e-13)


def other_rate(case: Case, rate: str, C: str, eta: str, most: str) -> bool:
    told = np.inf if most == "the run diverges" else float(most.removeprefix("to "))
    return (
        float(C) < told
        and float(C) < case.cost(case.net)
        and ends_at(case, rate, float(C))
        and ends_at(case, eta, told)
        and _close(eta, case.settings.learning_rate, 6)
    )


def ends_at(case: Case, rate: str, told: float) -> bool:
    """Whether TRIAL epochs with that rate end at what was told.

    True as well where another rounding ends elsewhere: then only the run itself can tell.
    """
    ends = np.array([_end(case, float(rate), jolt) for jolt in (0.0, 1e-11, 1e-9)])
    if np.isinf(ends).all() or np.isinf(told):
        return bool(np.isinf(ends).any()) and np.isinf(told)
    return (
        np.ptp(ends) > 1e-6 * ends[0]
        or not np.isfinite(ends).all()
        or _close(str(told), ends[0], 3)
    )


def _end(case: Case, rate: float, jolt: float) -> float:
    net = case.after(rate, TRIAL, jolt)
    return np.inf if net is None else case.cost(net)


# Of a divergence


def diverged(case: Case, least: str, C: str, how: str, last: str) -> bool:
    losses, at = case.run.losses, _count(least)
    told = _close(C, losses[at]) and losses[at] == losses.min() and _count(last) == len(losses) - 1
    rose = re.fullmatch(f"C rose at every step, to {NUMBER}", how)
    if rose is None:
        return told
    return told and _close(rose[1], losses[-1]) and bool((np.diff(losses[at:]) > 0).all())


def too_large(case: Case, eta: str, rate: str, C: str) -> bool:
    least = int(np.argmin(case.run.losses))
    return (
        _close(eta, case.settings.learning_rate, 6)
        and float(rate) < float(eta)
        and float(C) < 0.991 * case.run.losses[least]
        and ends_at(Case(case.run, least), rate, float(C))
    )


def scaled_falls(case: Case, reach: str, first: str, last: str, where: str | None) -> bool:
    del where
    X, how = case.run.X, replace(case.settings, epochs=TRIAL, patience=None)
    deviation = np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    start = Case(Run(case.run.at(0), (X - X.mean(axis=0)) / deviation, case.run.y, how), 0)
    return (
        _close(reach, float(np.abs(X).max()))
        and float(last) < 0.991 * float(first)
        and _close(first, start.cost(start.net))
        and ends_at(start, repr(how.learning_rate), float(last))
    )


OVER = f"over the last {WHOLE} epochs?"
REACHES = r"The inputs are large: \S+ reaches (-?[\d.,]+(?:e[-+]\d+)?)"
CLAIMS: dict[str, Callable[..., bool]] = {
    rf"C has not changed {OVER}\.": unchanged,
    rf"C is within 0\.1% of what it was {WHOLE} epochs ago\.": within,
    rf"C has fallen by {NUMBER}% {OVER}\.": fallen,
    rf"C has risen by {NUMBER}% {OVER}\.": risen,
    rf"C has risen from {NUMBER} to {NUMBER} {OVER}\.": risen_to,
    r"All weights are frozen, so none is updated\.": all_frozen,
    r"All hidden units are the same: equal weights get equal gradients and stay equal\. "
    r"Start from random weights\.": units_same,
    r"Training minimises C plus the L2 term, and in the next step that sum falls while C rises: "
    rf"λ = {NUMBER} pulls the weights towards 0\. "
    r"A smaller λ gives C more weight\.": penalty_wins,
    rf"C oscillates; its largest step is from {NUMBER} to {NUMBER}\.": up_and_down,
    r"C rose in every epoch\.": higher_each,
    rf"(\d+) of (\d+) hidden units? (?:is|are) dead: H ≤ 0 for all of {WHOLE} {LOOKED_AT}, "
    r"so ∂Z/∂H is 0 and no gradient reaches (?:its|their) weights\.": dead,
    rf"(\d+) of (\d+) hidden units? (?:is|are) saturated: for nearly all of {WHOLE} {LOOKED_AT} "
    r"the slope ∂Z/∂H is below 4% of its maximum\.": saturated,
    r"Switch on “Network” to see which\.": lambda _: True,
    r"Already at epoch 0: "
    r"smaller initial weights avoid it\.": smaller_weights,
    rf"Already at epoch 0\. {REACHES}; scaling them avoids it"
    r"(: scale them on the Data page)?\.": scaled_inputs,
    rf"The outputs? (?:is|are) saturated: for nearly all of {WHOLE} {LOOKED_AT} the slope "
    r"∂ŷ/∂O is below 4% of its maximum\. With cross-entropy that factor "
    r"cancels\.": output_saturated,
    rf"The {GRADIENT} is exactly 0(, so no learning rate moves the weights)?\.": no_gradient,
    rf"The weights began tiny and still are: the largest outside the bias rows is {NUMBER}\. So "
    rf"∂C/∂W⁽¹⁾, which has W⁽²⁾ as a factor, has norm {NUMBER} only; with Xavier initialisation "
    rf"it is about {NUMBER}\.": tiny,
    rf"The {GRADIENT} has norm {NUMBER} only: (C|that sum) is nearly flat here, as at a minimum or "
    r"a saddle\.": flat,
    rf"From these weights, 100 epochs with η = {NUMBER} bring C to {NUMBER}; with η = {NUMBER} "
    rf"(to {NUMBER[1:-1]}|the run diverges)\.": other_rate,
    rf"After epoch {WHOLE}, where C was {NUMBER}, (C was never lower|C rose at every step, to "
    rf"{NUMBER[1:-1]}); the step after epoch {WHOLE} makes C or a weight infinite\.": diverged,
    rf"η = {NUMBER} is too large here: with η = {NUMBER}, 100 epochs from there bring C to "
    rf"{NUMBER}\.": too_large,
    rf"{REACHES}\. With each input scaled to mean 0 and standard deviation 1, the same η brings C "
    rf"from {NUMBER} to {NUMBER} in 100 epochs(: scale them on the Data page)?\.": scaled_falls,
}  # fmt: skip


def verified(text: str, run: Run, epoch: int) -> list[str]:
    """The names of what is said, all of it recognised and true; AssertionError if not."""
    case, rest, names = Case(run, epoch), text.replace("e−", "e-"), []
    while rest:
        for pattern, holds in CLAIMS.items():
            if found := re.match(rf"{pattern}(?: |$)", rest):
                with np.errstate(all="ignore"):
                    assert holds(case, *found.groups()), f"not true: {found[0]}"
                names.append(holds.__name__)
                rest = rest[found.end() :]
                break
        else:
            raise AssertionError(f"not recognised: {rest}")
    return names
