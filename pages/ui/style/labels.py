"""Labels of activations, weight initialisations, losses, optimisers and batches."""

from core.activations import ACTIVATIONS
from core.losses import LOSSES
from core.training.settings import Settings

ACTIVATION_NAMES = {name: activation.title for name, activation in ACTIVATIONS.items()}
SCHEME_NAMES = {
    "xavier_uniform": "Xavier uniform",
    "xavier_normal": "Xavier normal",
    "he_uniform": "He uniform",
    "he_normal": "He normal",
    "uniform": "Uniform, ±0.5",
    "normal": "Normal, std. dev. 1",
    "zeros": "Zeros (shows the symmetry problem)",
}
LOSS_NAMES = {name: loss.forms.title for name, loss in LOSSES.items()}
OPTIMIZER_NAMES = {
    "gd": "Gradient descent",
    "momentum": "Momentum",
    "nesterov": "Nesterov momentum",
    "rmsprop": "RMSprop",
    "adam": "Adam",
}


def batches_text(settings: Settings) -> str:
    """Return the size of the batches in words, and whether they are taken in order."""
    if settings.batch_size is None:
        return "full batch"
    return f"batches of {settings.batch_size:,}" + ", in order" * (not settings.shuffle)
