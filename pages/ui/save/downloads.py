"""What one takes along of a run: scripts that compute it again, a report, weights and tables."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import streamlit as st

from core import export
from core.export import ScriptNames
from core.gradients import cost
from core.table.safe_csv import BOM
from pages.ui.chain_rule.factor_table import factor_csv
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.worked_example import current_example
from pages.ui.save.html_report import report
from pages.ui.state import names as shown
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

Content = str | bytes
MIMES = {
    "csv": "text/csv",
    "html": "text/html",
    "ipynb": "application/x-ipynb+json",
    "json": "application/json",
    "npz": "application/octet-stream",
    "py": "text/x-python",
    "zip": "application/zip",
}


@dataclass(frozen=True)
class Download:
    """A file to download: its label, its name's last part, and what is in it.

    `in_zip`: its name in a zip with the data that it reads, where that is large; none of a module,
    for Python looks beside a script first. Without one it is never in a zip.
    """

    label: str
    name: str
    ending: str
    content: Callable[[Session], Content]
    help: str
    in_zip: str = ""


GROUPS: dict[str, tuple[Download, ...]] = {
    "Reproduce the run elsewhere": (
        Download(
            "NumPy script",
            "numpy",
            "py",
            lambda s: export.numpy_script(s.run, _named_as_trained(s), s.epoch),
            "Some sixty lines, equation by equation, that train from the first weights to this "
            "epoch. Large data comes along in a zip.",
            in_zip="train_numpy.py",
        ),
        Download(
            "Notebook",
            "notebook",
            "ipynb",
            lambda s: export.notebook(s.run, _named_as_trained(s), s.epoch),
            "The same for Jupyter, piece by piece, with the equations, the loss curve and the "
            "weights drawn. It needs NumPy and Matplotlib.",
            in_zip="train_numpy.ipynb",
        ),
        Download(
            "PyTorch script",
            "torch",
            "py",
            lambda s: export.torch_script(s.run, _named_as_trained(s), s.epoch),
            "The same with autograd and the optimisers of torch, in float64.",
            in_zip="train_torch.py",
        ),
    ),
    "Report": (
        Download(
            "Report (HTML)",
            "report",
            "html",
            report,
            "One file that opens without network: the run, the data, the loss, weights and "
            "gradients, a sample worked through, equations 1 to 10 with both their sides.",
        ),
    ),
    "Weights at this epoch": (
        Download(
            "W⁽¹⁾ (CSV)",
            "W1",
            "csv",
            lambda s: _matrix(s, 1),
            "A row for each input and the bias, a column for each hidden unit, every digit.",
        ),
        Download(
            "W⁽²⁾ (CSV)",
            "W2",
            "csv",
            lambda s: _matrix(s, 2),
            "A row for each hidden unit and the bias, a column for each output, every digit.",
        ),
        Download(
            "Weights (JSON)",
            "weights",
            "json",
            lambda s: export.weights_json(s.at_epoch(), _named(s), s.epoch, *_cost(s)),
            "Both matrices with their names, biases and activations.",
        ),
        Download(
            "Weights (npz)",
            "weights",
            "npz",
            lambda s: export.weights_npz(s.at_epoch(), s.epoch, *_cost(s)),
            "For NumPy: np.load(…)['W1'] and ['W2'].",
        ),
    ),
    "Tables": (
        Download(
            "History (CSV)",
            "history",
            "csv",
            lambda s: export.history_csv(s.run),
            "C at every epoch trained, C over the validation samples, and which loss it is: the "
            "one that the run minimises. Beyond a million epochs evenly spaced ones.",
        ),
        Download(
            "Predictions (CSV)",
            "predictions",
            "csv",
            lambda s: export.predictions_csv(s.at_epoch(), s.source.dataset),
            "A row for each sample, of training and validation: its target and the prediction at "
            "this epoch, in the target's own units.",
        ),
        Download(
            "Factors of the sample (CSV)",
            "factors",
            "csv",
            lambda s: BOM + factor_csv(current_example(s)),
            "What the chain rule multiplies for the sample and the weight that you look at.",
        ),
    ),
}


def exports(state: Session) -> None:
    """Draw the downloads; nothing is computed before one is clicked."""
    with state.lock:
        kept = copy(state)  # as it is now: the session may go on meanwhile
    focus = kept.focus
    st.caption(
        f"Epoch {kept.epoch:,} of {plain(kept.source.title)}; where a file is about one sample, "
        f"that is sample {focus.sample + 1:,}, and the weight in row {focus.weight.row + 1}, "
        f"column {focus.weight.column + 1} of W{'⁽¹⁾' if focus.weight.layer == 1 else '⁽²⁾'}."
    )
    look = Selection.of(kept)
    if look.loss_note:
        st.caption(f"In the scripts and the history: {look.loss_note}")
    if look.layout_note:
        st.caption(f"In the scripts and the files of weights: {look.layout_note}")
    for title, offers in GROUPS.items():
        st.subheader(title, anchor=False)
        with st.container(horizontal=True):
            for offer in offers:
                ending = _ending(offer, kept)
                st.download_button(
                    offer.label,
                    _later(offer, kept),
                    file_name=f"{_slug(kept.source.title)}-epoch{kept.epoch}-{offer.name}.{ending}",
                    mime=MIMES[ending],
                    key=f"export-{offer.name}-{offer.ending}",
                    on_click="ignore",
                    icon=":material/download:",
                    help=offer.help,
                )


def content(offer: Download, state: Session) -> Content:
    """What is in the file: with the data beside it where that is large."""
    made = offer.content(state)
    if _ending(offer, state) != "zip" or isinstance(made, bytes):
        return made
    return export.zip_files({offer.in_zip: made, **export.data_files(state.run)})


def names(state: Session, *notes: str) -> ScriptNames:
    """The names that the files carry, and what there is to say in them."""
    of, note = shown.Names.of(state.current), " ".join(filter(None, notes))
    return ScriptNames(state.source.title, of.inputs, of.units_and_bias, of.outputs, note)


def _named(state: Session) -> ScriptNames:
    """With how the matrices are laid out, where another form was chosen."""
    return names(state, Selection.of(state).layout_note)


def _named_as_trained(state: Session) -> ScriptNames:
    """And with the loss that a script minimises, where another one is shown."""
    look = Selection.of(state)
    return names(state, look.loss_note, look.layout_note)


def _later(offer: Download, state: Session) -> Callable[[], Content]:
    return lambda: content(offer, state)


def _ending(offer: Download, state: Session) -> str:
    return "zip" if offer.in_zip and not export.has_inline_data(state.run) else offer.ending


def _matrix(state: Session, layer: int) -> str:
    net, of = state.at_epoch(), shown.Names.of(state.current)
    if layer == 1:
        return export.matrix_csv(net.W1, of.inputs, of.units, "W1")
    return export.matrix_csv(net.W2, of.units_and_bias, of.outputs, "W2")


def _cost(state: Session) -> tuple[float, str]:
    """C by the loss that is shown, and that loss."""
    run, loss = state.run, Selection.of(state).loss
    return cost(state.at_epoch(), run.X, run.y, loss), loss


def _slug(title: str) -> str:
    """A title as part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "run"
