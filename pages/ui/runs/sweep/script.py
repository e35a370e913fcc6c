"""The script that repeats a sweep elsewhere, in a zip with the data if that is large."""

from core import export
from core.training.run import Run
from pages.ui.fields.download_button import Content
from pages.ui.runs.sweep.plan import SweepPlan

NAME = "sweep_numpy.py"  # in the zip


def script(plan: SweepPlan) -> Content:
    """Return the script, or a zip of it with the files that it reads."""
    run = _run(plan)
    choices = (plan.choices(index) for index in range(plan.count))
    runs = [
        export.SweepRun(a.hidden, a.hidden_activation, a.scheme, a.seed, settings)
        for a, settings in choices
    ]
    text = export.sweep_script(runs, run, plan.source.title)
    if export.has_inline_data(run):
        return text
    return export.zip_files({NAME: text, **export.data_files(run)})


def script_file(plan: SweepPlan) -> str:
    """Return the name of the file that `script` makes."""
    return "sweep.py" if export.has_inline_data(_run(plan)) else "sweep.zip"


def _run(plan: SweepPlan) -> Run:
    """Return the first run of the sweep, untrained."""
    (network, settings), data = plan.point(0), plan.source.dataset
    return Run(network, data.X, data.y, settings, data.X_val, data.y_val)
