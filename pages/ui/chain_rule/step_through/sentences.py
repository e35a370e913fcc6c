"""Title and sentences of each stop: what is computed, from what, and what it means.

They are for a reader who has never seen backpropagation, and contain no number of the step, which
may be asked first.
"""

from dataclasses import dataclass

from core.activations import ACTIVATIONS as ALL_ACTIVATIONS
from core.chain import Functions, Stop, Symbol, hidden_symbol
from core.losses import loss_of
from core.network import Network
from core.training.update import Update
from core.utils.number_text import number_text
from core.utils.sentence import plural, sentence_case
from pages.ui.chain_rule.equations import layer_name
from pages.ui.chain_rule.update_by_hand import setting_digits
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
HALVED = ("half_mse", "half_sse")
CANCELS = " The ½ will cancel the 2 that differentiating the square brings."
OF_HALF = "the square’s 2 cancels the ½, and the minus comes from −ŷ"
ERRORS = {  # how ∂C/∂ŷ comes from C
    "half_mse": OF_HALF,
    "mse": "the 2 comes from the square, the minus from −ŷ",
    "half_sse": OF_HALF,
    "cross_entropy": "ŷ is below the line since the slope of ln ŷ is 1/ŷ",
}
RULES = {
    "gd": "η times g is subtracted",
    "momentum": "η times v′ is subtracted, where v′ adds up g over the steps so far, older ones "
    "counting less",
    "nesterov": "η times u is subtracted, where u adds to g a look ahead along the steps so far",
    "rmsprop": "η times g/r is subtracted, where r is the usual size of g",
    "adam": "η times m̂/r is subtracted, where m̂ is a mean of g over the steps so far and r its "
    "usual size",
}
NOT_FINITE = (
    "The same samples go through the network with the new weights. A number is no longer finite, "
    "so there is no new C to compare: the step was too large."
)
CHAIN = "; such rates multiply, which is the chain rule"
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

    def _units(self, layer: int) -> str:
        """Return all that W⁽layer⁾ leads to."""
        owner = self._owner(layer)
        return owner if layer == self.net.layers else f"the units of {owner}"

    def _sum_symbol(self, layer: int) -> str:
        """Return the symbol of the weighted sums that W⁽layer⁾ makes."""
        return "O" if layer == self.net.layers else self._hidden("H", layer)

    def _hidden(self, letter: str, layer: int) -> str:
        return hidden_symbol(letter, layer, self.net.layers).text

    def _has_one(self, layer: int) -> bool:
        """Return whether the constant 1 is displayed with what W⁽layer⁾ multiplies."""
        return self.net.has_bias(layer) and not self.is_apart

    def _inputs(self, _: Stop) -> str:
        text = "These are the numbers that a sample feeds into the network."
        one = " The constant 1 at the end has weights of its own, the biases."
        return text + one * self._has_one(1)

    def _sum(self, stop: Stop) -> str:
        layer, is_last = stop.layer, stop.layer == self.net.layers
        before = "the inputs" if layer == 1 else layer_name(layer - 1, self.net.layers)
        who = self._each(layer) if is_last else "Each unit of the layer makes one number: it"
        bias = f" and its bias, a number of {Symbol('b', layer).text}" * self.net.has_bias(layer)
        if self._has_one(layer):
            bias = "; the weight of the constant 1 is its bias"
        return (
            f"{self._matrix(layer)} holds the weights from {before} to {self._owner(layer)}. {who} "
            f"multiplies every {self._source(layer)} by its weight and adds up the products{bias}. "
            f"This is its weighted sum {stop.symbol.text}."
        )

    def _activation(self, stop: Stop) -> str:
        if stop.name != "y_hat":
            text = (
                f"Each unit puts its weighted sum through {ACTIVATIONS[self.net.hidden]}. This is "
                f"its value {stop.symbol.text}, which it passes on."
            )
            one = f" The 1 at the end is for the biases in {self._matrix(stop.layer + 1)}."
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
        several = self.update.samples > 1
        if stop.name == "C":
            loss = self.functions.loss
            over = ", added up over the outputs" * (self._has_several and not self._is_fused)
            share = " Each sample has its share of C." * several
            return (
                f"C is one number for how wrong the predictions are: {COSTS[loss]}{over}."
                f"{CANCELS * (loss in HALVED)}{share} Training looks for weights with a smaller C."
            )
        if not self.update.finite:
            return NOT_FINITE
        step = "step" if self.update.steps == 1 else "epoch"
        share = " One sample’s share may rise; C of all samples counts." * several
        return (
            "The same samples go through the network with the new weights. If C is smaller now, "
            f"the {step} has helped; the next one starts from here.{share}"
        )

    def _error(self, stop: Stop) -> str:
        reaction = "The larger the difference between ŷ and y, the more C reacts to ŷ."
        if self._is_fused and self.net.output == "softmax":
            reaction = "It is 0 where y is 0."
        back, how = _back(stop), ERRORS[self.functions.loss]
        return (
            f"∂ marks a derivative with all else fixed: {MEANING.format(it='ŷ', times=back)}; "
            f"where that is negative, C falls as ŷ rises. {reaction} Each ŷ is in one term of C "
            f"only: there {how}."
        )

    @property
    def _is_fused(self) -> bool:
        return loss_of(self.functions.output, self.functions.loss).fused

    def _slope(self, stop: Stop) -> str:
        last = stop.layer == self.net.layers
        below, unit = stop.symbol.text, self._unit(stop.layer)
        above = "ŷ" if last else self._hidden("Z", stop.layer)
        how = (
            f"It is ∂C/∂{above} times ∂{above}/∂{below}, {self._slope_text(stop)}: {below} changes "
            f"{above}, and {above} changes C{CHAIN * last}."
        )
        if last and self.net.output == "softmax":
            how = "An O changes every ŷ of its sample, so ∂C/∂ŷ times ∂ŷ/∂O is added up over all ŷ."
        shorter = " With this loss it comes to the difference ŷ − y, divided by N."
        who = f"the {unit}" if last and not self._has_several else f"an {unit}"
        who = f"δ (delta) of {who}" if last else "δ of a hidden unit"
        return (
            f"{who} says how C changes with its weighted sum {below}: "
            f"{MEANING.format(it=below, times='δ')}. {how}{shorter * (last and self._is_fused)}"
        )

    def _slope_text(self, stop: Stop) -> str:
        """Return what the slope of the stop's activation is."""
        name = self.net.output if stop.layer == self.net.layers else self.net.hidden
        if name == "identity":
            return "which is 1"
        text = f"the slope {ALL_ACTIVATIONS[name].symbol}′({stop.symbol.text}) of the "
        text += f"{self._unit(stop.layer)}’s {ACTIVATION_NAMES[name]}"
        return text + ", 1 or 0" * (name == "relu")

    def _weights(self, stop: Stop) -> str:
        above, below, sums = stop.layer, _back(stop), self._sum_symbol(stop.layer)
        if self.net.shapes[above - 1][1] == 1:
            change, whole = f"{sums} changes by its weight", f"is the {self._unit(above)}’s δ times"
        else:
            change = f"every {sums} changes by the weight that leads to it"
            whole = f"adds up, over {self._units(above)}, δ times"
        constant = " Nothing goes back to the constant 1, because it never changes."
        return (
            f"If {_article(self._source(above))} changes a little, {change} times as much, and C "
            f"by δ times that. So {below} {whole} that weight of {self._matrix(above)}."
            f"{constant * self._has_one(above)}"
        )

    def _gradient(self, stop: Stop) -> str:
        source, sums = self._source(stop.layer), self._sum_symbol(stop.layer)
        what = source.partition(" of ")[0]
        product = f"So {_back(stop)} is that {what} times δ."
        if self.update.samples > 1:
            product = (
                f"One sample gives its part, that {what} times δ; the gradient is the sum of all "
                "samples’ parts."
            )
        bias = " For a bias the part is δ alone." * (
            self.is_apart and self.net.has_bias(stop.layer)
        )
        return (
            f"A weight multiplies {_article(source)}: if the weight changes a little, {sums} "
            f"changes by that {what} times as much, and C by its δ times that. {product}{bias}"
        )

    def _update(self, _: Stop) -> str:
        settings, is_one = self.update.settings, self.update.steps == 1
        eta = number_text(settings.learning_rate, setting_digits(settings.learning_rate))
        samples = self._all_samples if is_one else "the samples of a mini-batch"
        decay = ", plus λW" * (settings.l2 > 0)
        frozen = " Frozen weights stay as they are." * bool(settings.frozen)
        return (
            f"g is the gradient over {samples}{decay}. Where ∂C/∂W is positive, C rises with the "
            "weight, so the weight should fall; where it is negative, rise: "
            f"{RULES[settings.optimizer]}. The learning rate η is {eta}.{frozen}"
            f"{'' if is_one else self._steps_text}"
        )

    @property
    def _all_samples(self) -> str:
        count = self.update.samples
        return f"all {count:,} samples" if count > 1 else "the only sample"

    @property
    def _steps_text(self) -> str:
        steps, size = self.update.steps, self.update.settings.batch_size or 0
        rest = self.update.samples % size
        last = f" (the last one of {rest:,})" * bool(rest)
        return (
            f" This epoch has {steps:,} such updates, each with the gradient of its own "
            f"{plural(size, 'sample')}{last}; their sum is shown."
        )


def _article(noun: str) -> str:
    return f"an {noun}" if noun == "input" else f"a {noun}"


def _back(stop: Stop) -> str:
    return f"∂C/∂{stop.symbol.text}"
