"""Exports of a run: scripts that reproduce it without this app, tables and weights.

numpy_script(run, names, epoch)     script with NumPy only
torch_script(run, names, epoch)     the same with PyTorch's autograd and optimisers
notebook(run, names, epoch)         the NumPy script as a notebook, with equations and plots
step_lines(script, net)             lines of the NumPy script that compute each stop of a step
sweep_script(runs, run, title)      script that trains the runs of a sweep, with NumPy only
data_files(run)                     CSV files that they read if the data is large
matrix_csv, weights_json, weights_npz, history_csv, predictions_csv

`scripts` and `notebook` fill the folder `templates`, one a file that is made. `phases` describes
the run up to the epoch, `forms` layers and losses as code; `source` makes code of values;
`step_lines` finds lines of the script again; `sweep_script` is for many runs at once.
"""

from core.export.notebook import notebook
from core.export.scripts import numpy_script, torch_script
from core.export.source import ScriptNames, data_files, has_inline_data, zip_files
from core.export.step_lines import step_lines
from core.export.sweep_script import SweepRun, sweep_script
from core.export.tables import history_csv, matrix_csv, predictions_csv, weights_json, weights_npz

__all__ = [
    "ScriptNames",
    "SweepRun",
    "data_files",
    "has_inline_data",
    "history_csv",
    "matrix_csv",
    "notebook",
    "numpy_script",
    "predictions_csv",
    "step_lines",
    "sweep_script",
    "torch_script",
    "weights_json",
    "weights_npz",
    "zip_files",
]
