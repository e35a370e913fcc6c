"""What one takes along of a run: scripts that compute it again without us, tables, weights.

numpy_script(run, names, epoch)     a script that needs nothing but NumPy
torch_script(run, names, epoch)     the same by PyTorch's autograd and optimisers
notebook(run, names, epoch)         the NumPy script as a notebook, with equations and plots
data_files(run)                     what they read, where it does not stand in them
matrix_csv, weights_json, weights_npz, history_csv, predictions_csv

The scripts are put together in `source`, from what `phases` tells of the way to the epoch.
"""

from core.export.notebook import notebook
from core.export.numpy_script import numpy_script
from core.export.source import ScriptNames, data_files, packed, stands_inside
from core.export.tables import history_csv, matrix_csv, predictions_csv, weights_json, weights_npz
from core.export.torch_script import torch_script

__all__ = [
    "ScriptNames",
    "data_files",
    "history_csv",
    "matrix_csv",
    "notebook",
    "numpy_script",
    "packed",
    "predictions_csv",
    "stands_inside",
    "torch_script",
    "weights_json",
    "weights_npz",
]
