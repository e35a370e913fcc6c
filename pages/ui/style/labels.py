"""Labels of activations, weight initialisations, losses, optimisers and batches; short names."""

from markupsafe import escape

from core.activations import ACTIVATIONS
from core.losses import LOSSES
from core.training.settings import Settings
from core.utils.sentence import excerpt

ACTIVATION_NAMES = {name: activation.title for name, activation in ACTIVATIONS.items()}
MOST_LETTERS, FEW_LETTERS = 24, 16  # of a name in a figure, and beside a matrix
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


def short_name(name: str, most: int = MOST_LETTERS) -> str:
    """Escape a name for HTML and Plotly, on one line and shortened to `most` letters."""
    return str(escape(excerpt(name, most)))
