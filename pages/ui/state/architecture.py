"""The choices for the network: its sizes, activations and initial weights."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

from core.activations import ACTIVATIONS, HIDDEN, OUTPUT
from core.dataset.preparation import Dataset
from core.network import Network
from core.utils.arguments import choice
from pages.ui.state.drafts import Draft, Exercise

MAX_WEIGHTS = 3_000_000  # of all matrices: the chain rule page sends each one four times


@dataclass(frozen=True)
class Architecture:
    """The choices for the network; `given` holds entered weights.

    `hidden` is the number of units of each hidden layer.
    Raises ValueError for an unknown activation.
    """

    hidden: tuple[int, ...] = (3,)
    bias_input: bool = True
    bias_hidden: bool = True
    scheme: str = "xavier_uniform"
    seed: int = 0
    hidden_activation: str = "sigmoid"
    output_activation: str = "sigmoid"
    given: Network | None = None

    def __post_init__(self) -> None:
        choice("hidden units’ activation", self.hidden_activation, HIDDEN)
        choice("output’s activation", self.output_activation, OUTPUT)

    def between(self, before: Draft | Exercise, after: Draft | Exercise) -> Self:
        """Return the network with which other data comes.

        Some samples bring one of their own, which goes with them unless it was changed.
        """
        left, comes = (getattr(draft, "sample", None) for draft in (before, after))
        if left == comes:
            return self
        if comes in NETWORKS:
            return replace(self, **vars(NETWORKS[comes]) | {"seed": self.seed})
        own = NETWORKS.get(str(left))
        if own is not None and self == replace(own, seed=self.seed):
            return replace(self, **vars(DEFAULT_ARCHITECTURE) | {"seed": self.seed})
        return self

    def for_draft(self, draft: Draft | Exercise, outputs: int) -> Self:
        """Return a copy for a draft with that many outputs.

        An exercise has its own sizes, weights if given, and sigmoids; a softmax needs several
        outputs.
        """
        fitted = replace(self, given=draft.network())
        if (sizes := draft.sizes) is not None:
            return replace(
                fitted,
                hidden=sizes.hidden,
                bias_input=sizes.bias_input,
                bias_hidden=sizes.bias_hidden,
                hidden_activation="sigmoid",
                output_activation="sigmoid",
            )
        if ACTIVATIONS[fitted.output_activation].full and outputs < 2:
            return replace(fitted, output_activation="sigmoid")
        return fitted

    def unsuitable(self, dataset: Dataset) -> tuple[str, ...]:
        """Return the names of the choices with which a network hardly learns that data."""
        given = self.given is not None
        unsuitable = {
            "scheme": not given and self.scheme == "zeros",
            "hidden": not given and min(self.hidden) == 1,
            "output_activation": bool(dataset.classes) and self.output_activation == "identity",
        }
        return tuple(name for name, is_so in unsuitable.items() if is_so)

    def build(self, dataset: Dataset) -> Network:
        """Return the initial network for that data. Raises ValueError for too many weights."""
        sizes = (dataset.X.shape[1], *self.hidden, dataset.y.shape[1])
        if (count := sum(before * after for before, after in pairwise(sizes))) > MAX_WEIGHTS:
            raise ValueError(
                f"the network would have {count:,} weights, and the pages take {MAX_WEIGHTS:,} at "
                "most: choose fewer units"
            )
        if self.given is not None:
            return replace(self.given, hidden=self.hidden_activation, output=self.output_activation)
        return Network.init(
            dataset.X.shape[1],
            self.hidden,
            dataset.y.shape[1],
            bias_input=self.bias_input,
            bias_hidden=self.bias_hidden,
            scheme=self.scheme,
            seed=self.seed,
            hidden_activation=self.hidden_activation,
            output_activation=self.output_activation,
        )


DEFAULT_ARCHITECTURE = Architecture()
NETWORKS = {  # samples that need a network of their own
    "spirals": Architecture(hidden=(8, 8), hidden_activation="tanh"),
    "digits": Architecture(hidden=(64, 32), hidden_activation="relu", output_activation="softmax"),
}
