"""Training runs whose every epoch can be recomputed exactly.

run:         `Run`: trains, and returns to any epoch
replay:      the trainer at any epoch of a history, trained or recomputed
settings:    `Settings`: the hyperparameters of a run, as one value
trainer:     one epoch of training under fixed settings
kernel:      the fast path: C and its gradient as a list of NumPy calls
optimizers:  the update rules
update:      one update in full, term by term
history:     losses, changes of settings or weights, and checkpoints
checkpoints: state vectors of some epochs, in bounded memory
film:        the weights of several epochs as arrays
weight_history: one weight and its gradient at an epoch
run_file:    a run as one file
symptoms:    signs that a run diverges or makes no progress
landscape:   C over a plane through a run's path, and how curved it is there
sweep:       many points, trained by several processes or a cluster
"""

from core.training.run import Run
from core.training.settings import MAX_EPOCHS, Settings

__all__ = ["MAX_EPOCHS", "Run", "Settings"]
