"""Downloads of a run: scripts that reproduce it, a report, weights and tables."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from core import export
from core.chain import Symbol
from core.gradients import cost
from pages.ui.chain_rule.factor_table import factor_csv
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.step_through.script import script_names
from pages.ui.chain_rule.worked_example import current_example
from pages.ui.fields.download_button import Content, download_button
from pages.ui.save.html_report import report
from pages.ui.save.page.controls import page_controls
from pages.ui.state import names as shown
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain


@dataclass(frozen=True)
class Download:
    """A file to download: its label, the end of its name, and its content.

    `in_zip`: its name in a zip with large data that it reads; "": never in a zip. It must not be
    the name of a module, which Python would import from beside a script.
    """

    label: str
    file: str
    content: Callable[[Session], Content]
    help: str
    in_zip: str = ""


WEIGHTS = "Weights at this epoch"
GROUPS: dict[str, tuple[Download, ...]] = {
    "Reproduce the run elsewhere": (
        Download(
            "NumPy script",
            "numpy.py",
            lambda s: export.numpy_script(s.run, script_names(Selection.of(s)), s.epoch),
            "Some sixty lines, equation by equation, that train from the initial weights to this "
            "epoch. Large data is added in a zip.",
            in_zip="train_numpy.py",
        ),
        Download(
            "Notebook",
            "notebook.ipynb",
            lambda s: export.notebook(s.run, script_names(Selection.of(s)), s.epoch),
            "The same for Jupyter, step by step, with the equations and plots of the loss curve "
            "and the weights. It needs NumPy and Matplotlib.",
            in_zip="train_numpy.ipynb",
        ),
        Download(
            "PyTorch script",
            "torch.py",
            lambda s: export.torch_script(s.run, script_names(Selection.of(s)), s.epoch),
            "The same with PyTorch's autograd and optimisers, in float64.",
            in_zip="train_torch.py",
        ),
    ),
    "Report": (
        Download(
            "Report (HTML)",
            "report.html",
            report,
            "One file that opens offline: the run, the data, the loss, weights and gradients, a "
            "worked sample, and both sides of equations 1 to 10.",
        ),
    ),
    WEIGHTS: (
        Download(
            "Weights (JSON)",
            "weights.json",
            lambda s: export.weights_json(
                s.at_epoch(), script_names(Selection.of(s), with_loss=False), s.epoch, *_cost(s)
            ),
            "All matrices with their names, biases and activations.",
        ),
        Download(
            "Weights (npz)",
            "weights.npz",
            lambda s: export.weights_npz(s.at_epoch(), s.epoch, *_cost(s)),
            "For NumPy: np.load(…)['W1'], ['W2'] and so on.",
        ),
    ),
    "Tables": (
        Download(
            "History (CSV)",
            "history.csv",
            lambda s: export.history_csv(s.run),
            "C at every trained epoch, over the training and the validation samples, with the name "
            "of the loss that the run minimises. Beyond a million epochs: evenly spaced ones.",
        ),
        Download(
            "Predictions (CSV)",
            "predictions.csv",
            lambda s: export.predictions_csv(s.at_epoch(), s.source.dataset),
            "A row for each training and validation sample: its target and its prediction at this "
            "epoch, in the target's own units.",
        ),
        Download(
            "Factors of the sample (CSV)",
            "factors.csv",
            lambda s: factor_csv(current_example(s)),
            "The factors of the chain rule for the selected sample and weight.",
        ),
    ),
}


def download_groups(layers: int) -> dict[str, tuple[Download, ...]]:
    """Return the downloads of a network of that many matrices, by the titles of their groups."""
    matrices = tuple(_matrix_download(layer, layers) for layer in range(1, layers + 1))
    return {**GROUPS, WEIGHTS: (*matrices, *GROUPS[WEIGHTS])}


def _matrix_download(layer: int, layers: int) -> Download:
    """Return the download of one matrix as CSV."""
    deep = layers > 2
    row = "input" if layer == 1 else f"unit of hidden layer {layer - 1}" if deep else "hidden unit"
    column = f"unit of hidden layer {layer}" if deep else "hidden unit"
    if layer == layers:
        column = "output"
    return Download(
        f"{Symbol('W', layer).text} (CSV)",
        f"W{layer}.csv",
        partial(_matrix, layer=layer),
        f"A row for each {row} and the bias, a column for each {column}, in full precision.",
    )


def download_buttons(state: Session) -> None:
    """Draw the download buttons; a file is computed when its button is clicked."""
    with state.lock:
        snapshot = copy(state)  # the session may change before a click
    focus = snapshot.focus
    st.caption(
        f"Epoch {snapshot.epoch:,} of {plain(snapshot.source.title)}; files about one sample "
        f"show sample {focus.sample + 1:,} and the weight in row {focus.weight.row + 1}, "
        f"column {focus.weight.column + 1} of {Symbol('W', focus.weight.layer).text}."
    )
    look = Selection.of(snapshot)
    if look.loss_note:
        st.caption(f"In the scripts and the history: {look.loss_note}")
    if look.layout_note:
        st.caption(f"In the scripts and the files of weights: {look.layout_note}")
    stem = f"{_slug(snapshot.source.title)}-epoch{snapshot.epoch}"
    page_controls(snapshot, stem)
    for title, downloads in download_groups(snapshot.run.template.layers).items():
        st.header(title, anchor=False)
        with st.container(horizontal=True):
            for download in downloads:
                name = Path(f"{stem}-{download.file}")
                download_button(
                    download.label,
                    partial(content, download, snapshot),
                    str(name.with_suffix(".zip") if _is_zipped(download, snapshot) else name),
                    key=f"export-{download.file.replace('.', '-')}",
                    help=download.help,
                )


def content(download: Download, state: Session) -> Content:
    """Return the file's content, in a zip with the data if that is large."""
    text = download.content(state)
    if not _is_zipped(download, state) or isinstance(text, bytes):
        return text
    return export.zip_files({download.in_zip: text, **export.data_files(state.run)})


def _is_zipped(download: Download, state: Session) -> bool:
    return bool(download.in_zip) and not export.has_inline_data(state.run)


def _matrix(state: Session, layer: int) -> str:
    net, of = state.at_epoch(), shown.Names.of(state.current)
    return export.matrix_csv(net.weights[layer - 1], *of.layers[layer - 1], f"W{layer}")


def _cost(state: Session) -> tuple[float, str]:
    """Return C with the loss shown, and that loss's name."""
    run, loss = state.run, Selection.of(state).loss
    return cost(state.at_epoch(), run.X, run.y, loss), loss


def _slug(title: str) -> str:
    """Return a title as part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "run"
