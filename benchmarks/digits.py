"""Digits beside scikit-learn's MLPClassifier: the same sizes, data, Adam and batches.

python -m benchmarks.digits    prints the validation accuracy of each seed, and epochs a second

Both train on the same rows with the softmax network of the sample (65×64, 65×32, 33×10). Ours also
computes C over all rows after every epoch; MLPClassifier sums the losses of its batches.
"""

import argparse
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import mean, median

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from core.dataset.preparation import Dataset
from core.network import Array
from core.training import Run
from pages.ui.state.architecture import NETWORKS, Architecture
from pages.ui.state.drafts import Draft

Predict = Callable[[], float]  # the validation accuracy of what was trained


def main() -> None:
    """Train both in turns, seed by seed, and print accuracy and speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=200)
    options = parser.parse_args()
    draft = Draft.of_sample("digits")
    data, epochs = draft.prepare(), options.epochs
    accuracies: dict[str, list[float]] = {"ours": [], "MLPClassifier": []}
    ratios = []
    for seed in range(options.seeds):
        ours, peer = (_timed(partial(train, draft, data, seed, epochs)) for train in (_ours, _peer))
        rates = [epochs / seconds for seconds, _ in (ours, peer)]
        ratios.append(rates[0] / rates[1])
        for name, (_, accuracy), rate in zip(accuracies, (ours, peer), rates, strict=True):
            accuracies[name].append(accuracy)
            print(f"seed {seed}  {name:<14} {100 * accuracy:6.2f} %  {rate:7.1f} epochs/s")
    for name, values in accuracies.items():
        print(f"{name:<14} {100 * mean(values):.2f} % of the validation rows, over the seeds")
    print(f"ours is {median(ratios):.2f} × as fast ({min(ratios):.2f} to {max(ratios):.2f})")


def _timed(train: Callable[[], Predict]) -> tuple[float, float]:
    """Return the seconds of training and the accuracy afterwards."""
    start = time.perf_counter()
    accuracy = train()
    return time.perf_counter() - start, accuracy()


def _ours(draft: Draft, data: Dataset, seed: int, epochs: int) -> Predict:
    architecture: Architecture = replace(NETWORKS["digits"], seed=seed)
    settings = replace(draft.settings, seed=seed, epochs=epochs)
    run = Run(architecture.build(data), data.X, data.y, settings)
    run.advance(epochs)
    return lambda: _accuracy(data, lambda X: run.network.predict(X).argmax(axis=1))


def _peer(draft: Draft, data: Dataset, seed: int, epochs: int) -> Predict:
    settings = draft.settings
    model = MLPClassifier(
        hidden_layer_sizes=NETWORKS["digits"].hidden,
        activation="relu",
        solver="adam",
        alpha=settings.l2,
        batch_size=settings.batch_size,
        learning_rate_init=settings.learning_rate,
        max_iter=epochs,
        n_iter_no_change=math.inf,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(data.X, data.y.argmax(axis=1))
    assert model.n_iter_ == epochs
    return lambda: _accuracy(data, model.predict)


def _accuracy(data: Dataset, classify: Callable[[Array], NDArray[np.int64]]) -> float:
    assert data.X_val is not None
    assert data.y_val is not None
    return float(np.mean(classify(data.X_val) == data.y_val.argmax(axis=1)))


if __name__ == "__main__":
    main()
