"""scikit-learn's MLPRegressor: the same sizes, full-batch SGD; for a softmax its MLPClassifier.

The regressor's output is the identity where ours is a sigmoid, which is a little less work.
"""

import math
import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_info

from benchmarks.rows import BenchmarkProblem


class ScikitLearn:
    """A model that continues training (`warm_start`)."""

    def __init__(self, problem: BenchmarkProblem) -> None:
        self._X = problem.X
        self._y = problem.y.ravel() if problem.y.shape[1] == 1 else problem.y
        if problem.softmax:
            self._y = problem.y.argmax(axis=1)
        self._model = (MLPClassifier if problem.softmax else MLPRegressor)(
            hidden_layer_sizes=tuple(W.shape[1] for W in problem.weights[:-1]),
            activation="logistic",
            solver="sgd",
            alpha=0.0,
            batch_size=len(problem.X),
            learning_rate_init=problem.learning_rate,
            momentum=0.0,
            nesterovs_momentum=False,
            shuffle=False,
            n_iter_no_change=math.inf,
            warm_start=True,
            random_state=0,
        )

    @property
    def threads(self) -> int:
        """BLAS's default for its products."""
        return max(int(pool["num_threads"]) for pool in threadpool_info())

    def train(self, epochs: int) -> None:
        """Call `fit` and check the number of epochs."""
        self._model.set_params(max_iter=epochs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._model.fit(self._X, self._y)
        assert self._model.n_iter_ == epochs

    def weights(self) -> None:
        """Return None: the output or the first weights differ, so the weights do."""


prepare = ScikitLearn
