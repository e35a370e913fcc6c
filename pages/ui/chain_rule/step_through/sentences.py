"""Title and sentences of each stop: what is computed, from what, and what it means.

They are for a reader who has never seen backpropagation, and contain no number of the step, which
may be asked first.
"""

from dataclasses import dataclass

from core.chain import Functions, Stop, Symbol
from core.losses import loss_of
from core.network import Network
from core.training.update import Update
from core.utils.number_text import exact_text
from core.utils.sentence import plural, sentence_case
from pages.ui.chain_rule.equations import layer_name
from pages.ui.style.labels import ACTIVATION_NAMES, OPTIMIZER_NAMES

ACTIVATIONS = {
    "sigmoid": "the sigmoid σ, which turns any number into one between 0 and 1",
    "tanh": "tanh, which turns any number into one between −1 and 1",
    "relu": "ReLU, which keeps a positive number and replaces a negative one by 0",
    "identity": "the identity, which leaves it as it is",
}
COSTS = {
    "half_mse": "half the mean of the squared differences between y and ŷ",
    "mse": "the mean of the squared differences between y and ŷ",
    "half_sse": "half the sum of the squared differences between y and ŷ",
    "cross_entropy": "the cross-entropy, which is large where ŷ is sure of a wrong answer",
}
RULES = {
    "gd": "η times its gradient is subtracted",
    "momentum": "η times v is subtracted, where v adds up its gradients so far, older ones with "
    "less weight",
    "nesterov": "η times u is subtracted, where u adds to its gradient a look ahead along its "
    "steps so far",
    "rmsprop": "η times its gradient is subtracted, divided by r, the usual size of its gradients",
    "adam": "η times m̂/r is subtracted, where m̂ is a mean of its gradients so far and r their "
    "usual size",
}
MEANING = "if {it} changes a little, C changes by {times} times as much"


@dataclass(frozen=True)
class StopSentences:
    """Titles and sentences of the stops of one training step.

    is_apart: each bias is shown in a vector of its own.
    """

    net: Network
    functions: Functions
    update: Update
    is_apart: bool = False

    def title(self, stop: Stop) -> str:
        """Return the stop's title."""
        name, symbol = self._owner(stop.layer), stop.symbol.text
        outputs = "outputs’" if self._has_several else "output’s"
        of = f"the {outputs}" if stop.layer == self.net.layers else f"{name}’s"
        ending = "" if of == "the output’s" else "s"
        texts = {
            "inputs": "The inputs X",
            "sum": f"{of} weighted sum{ending}",
            "activation": "The prediction ŷ" if stop.name == "y_hat" else f"{of} values",
            "cost": "The cost C" if stop.name == "C" else "The new cost C",
            "error": "The way back begins: how C changes with ŷ",
            "slope": f"δ of {name}: how C changes with {symbol}",
            "weights": f"Back through {self._matrix(stop.layer)}: how C changes with {symbol}",
            "gradient": f"The gradient of {symbol}: how C changes with each weight",
            "update": f"The update, by {self._rule_name}",
        }
        return sentence_case(texts[stop.operation])

    def text(self, stop: Stop) -> str:
        """Return a few sentences on the stop."""
        texts = {
            "inputs": self._inputs,
            "sum": self._sum,
            "activation": self._activation,
            "cost": self._cost,
            "error": self._error,
            "slope": self._slope,
            "weights": self._weights,
            "gradient": self._gradient,
            "update": self._update,
        }
        return texts[stop.operation](stop)

    @property
    def _has_several(self) -> bool:
        return self.net.outputs > 1

    @property
    def _rule_name(self) -> str:
        name = OPTIMIZER_NAMES[self.update.settings.optimizer]
        return name if name.startswith(("RMS", "Adam", "Nesterov")) else name.lower()

    def _matrix(self, layer: int) -> str:
        return Symbol("W", layer).text

    def _owner(self, layer: int) -> str:
        """Return whose weighted sums W⁽layer⁾ makes: the output, the outputs, hidden layer 2."""
        name = layer_name(layer, self.net.layers)
        return "the outputs" if name == "the output" and self._has_several else name

    def _source(self, layer: int) -> str:
        """Return what a weight of W⁽layer⁾ multiplies."""
        if layer == 1:
            return "input"
        return f"value of hidden layer {layer - 1}" if self.net.layers > 2 else "hidden value"

    def _unit(self, layer: int) -> str:
        return "output" if layer == self.net.layers else "unit"

    def _each(self, layer: int) -> str:
        """Return the subject of a sentence on the units that W⁽layer⁾ leads to."""
        if layer < self.net.layers:
            return "Each unit"
        return "Each output" if self._has_several else "The output"

    def _has_one(self, layer: int) -> bool:
        """Return whether the constant 1 is displayed with what W⁽layer⁾ multiplies."""
        return self.net.has_bias(layer) and not self.is_apart

    def _inputs(self, _: Stop) -> str:
        text = "Each row holds the numbers that one sample feeds into the network."
        return text + " The 1 at its end is what each unit’s bias multiplies." * self._has_one(1)

    def _sum(self, stop: Stop) -> str:
        bias = " and its bias" * self.net.has_bias(stop.layer)
        return (
            f"{self._each(stop.layer)} multiplies every {self._source(stop.layer)} by a weight of "
            f"{self._matrix(stop.layer)} and adds up the products{bias}. This is its weighted sum "
            f"{stop.symbol.text}."
        )

    def _activation(self, stop: Stop) -> str:
        if stop.name != "y_hat":
            text = (
                f"Each unit puts its weighted sum through {ACTIVATIONS[self.net.hidden]}. This is "
                f"its value {stop.symbol.text}, which it passes on."
            )
            one = " The 1 at the end is for the biases of the next layer."
            return text + one * self._has_one(stop.layer + 1)
        if self.net.output == "softmax":
            return (
                "Softmax turns a sample’s weighted sums O into numbers between 0 and 1 that add up "
                "to 1. These are ŷ, the network’s predictions of the targets y."
            )
        return (
            f"{self._each(stop.layer)} puts its weighted sum through "
            f"{ACTIVATIONS[self.net.output]}. This is ŷ, the network’s prediction of the target y."
        )

    def _cost(self, stop: Stop) -> str:
        if stop.name == "C":
            return (
                "C is one number for how wrong the predictions are: "
                f"{COSTS[self.functions.loss]}. Each sample has its share of it, and training is "
                "to make it smaller."
            )
        return (
            "The same samples go through the network with the new weights. If C is smaller now, "
            "the step has helped; the next one starts from here."
        )

    def _error(self, stop: Stop) -> str:
        further = "The further ŷ is from y, the further it is from 0."
        if self._is_fused and self.net.output == "softmax":
            further = "It is 0 where y is 0."
        return (
            f"{_back(stop)} says how C changes with ŷ: "
            f"{MEANING.format(it='ŷ', times=_back(stop))}. If it is negative, C falls as ŷ rises. "
            f"{further}"
        )

    @property
    def _is_fused(self) -> bool:
        return loss_of(self.functions.output, self.functions.loss).fused

    def _slope(self, stop: Stop) -> str:
        last = stop.layer == self.net.layers
        above = "ŷ" if last else stop.symbol.text.replace("H", "Z")
        below, unit = stop.symbol.text, self._unit(stop.layer)
        activation = self.net.output if last else self.net.hidden
        slope = f"the slope of the {unit}’s {ACTIVATION_NAMES[activation]}"
        slope = "which is 1" if activation == "identity" else slope
        how = f"It is ∂C/∂{above} times ∂{above}/∂{below}, {slope}: {below} changes {above}, and "
        how += f"{above} changes C."
        if activation == "softmax":
            how = "An O changes every ŷ of its sample, so ∂C/∂ŷ times ∂ŷ/∂O is added up over all ŷ."
        shorter = " With this loss it comes to the difference ŷ − y, divided by N."
        who = self._each(stop.layer).lower().replace("each", "an") if last else "a hidden unit"
        what = f"δ of {who} says how C changes with its weighted sum {below}: "
        what += f"{MEANING.format(it=below, times='δ')}. {how}"
        return what + shorter * (last and self._is_fused)

    def _weights(self, stop: Stop) -> str:
        above, matrix, below = stop.layer, self._matrix(stop.layer), _back(stop)
        value = self._source(above)
        if self.net.shapes[above - 1][1] == 1:
            text = (
                f"A {value} acts on C through the {self._unit(above)} it leads to, as strongly as "
                f"its weight in {matrix}. So {below} is δ of that {self._unit(above)} times that "
                "weight."
            )
        else:
            text = (
                f"A {value} acts on C through every {self._unit(above)} it leads to, as strongly "
                f"as its weight there in {matrix}. So {below} is the sum of each "
                f"{self._unit(above)}’s δ times that weight."
            )
        return text + " Nothing goes back to the constant 1." * self._has_one(above)

    def _gradient(self, stop: Stop) -> str:
        source, unit = self._source(stop.layer), self._unit(stop.layer)
        what = source.split()[-1] if source == "hidden value" else source.split()[0]
        text = (
            f"A weight acts on its {unit}’s weighted sum as strongly as the {source} it "
            f"multiplies. So {_back(stop)} is δ of that {unit} times that {what}, added up over "
            "the samples."
        )
        is_apart = self.is_apart and self.net.has_bias(stop.layer)
        return text + " For a bias it is δ alone, added up." * is_apart

    def _update(self, _: Stop) -> str:
        settings, steps = self.update.settings, self.update.steps
        text = (
            "Each weight takes a step that is to make C smaller: "
            f"{RULES[settings.optimizer]}. The learning rate η is "
            f"{exact_text(settings.learning_rate)}."
        )
        if steps == 1:
            return text
        return (
            f"{text} This epoch has {steps:,} such updates, each with the gradient of its own "
            f"{plural(settings.batch_size or 0, 'sample')}; their sum is shown."
        )


def _back(stop: Stop) -> str:
    return f"∂C/∂{stop.symbol.text}"
