"""A training run that remembers enough to be any of its epochs again.

run:         `Run`: trains, and goes to any epoch
settings:    `Settings`: how a run trains, as one value
trainer:     from one epoch to the next under fixed settings
kernel:      the fast path: C and its gradient as a list of NumPy calls
optimizers:  the update rules
update:      one update in full, term by term
history:     losses, changes of settings, and where to start from
checkpoints: weights at some epochs, in bounded memory
film:        the weights of several epochs as arrays
run_file:    a run as one file
symptoms:    why a run diverges or gets nowhere
"""

from core.training.run import Run
from core.training.settings import MAX_EPOCHS, Settings

__all__ = ["MAX_EPOCHS", "Run", "Settings"]
