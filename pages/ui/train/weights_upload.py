"""Initial weights from a file: an upload that starts a new run, and the run's own to download."""

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.chain import Symbol
from core.export import weights_npz
from core.gradients import cost
from core.network import Network
from core.utils.sentence import listing
from core.weights import ForeignWeights, WeightsError, read_weights
from core.weights.arrays import MAX_BYTES
from pages.ui.chain_rule.scene import shown_loss
from pages.ui.fields.download_button import download_button
from pages.ui.state.draft_fields import MAX_UNITS
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

TITLE = "Initial weights from a file"
LACKING = (
    " Training changes the added bias of {} from now on; to keep it 0, freeze that row (Edit "
    "weights)."
)
LATEST = "weights_upload_latest"  # a session_state key: what became of the file uploaded last
SAVE_TORCH = """np.savez("weights.npz", **{
    name: value.numpy()
    for name, value in net.state_dict().items()
})"""
UPLOAD_HELP = f"""NumPy’s .npz or .safetensors, at most {MAX_BYTES >> 20} MB, with the arrays

- **W1**, **W2**, …: a row for each input or unit, the bias last, as *Download the weights* gives
  them; or
- **0.weight**, **0.bias**, **2.weight**, …: PyTorch’s state_dict, a row for each unit.

If they fit the data, a new run starts with them at epoch 0; the current run is kept and can be
brought back. Nothing in the file is executed. From PyTorch:

```python
{SAVE_TORCH}
```
"""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of an uploaded file: the network that a run was started with, or an error."""

    file_id: str
    file: str
    text: str
    network: Network | None = None


def weights_upload(state: Session) -> None:
    """Draw the upload, what became of it, and the download."""
    with st.expander(TITLE, icon=":material/upload_file:"):
        file = st.file_uploader(
            "File of weights",
            type=["npz", "safetensors"],
            key="weights_upload",
            max_upload_size=MAX_BYTES >> 20,
            label_visibility="collapsed",
        )
        if file is not None:
            _take(state, file)
        st.caption("W1, W2, … or PyTorch’s state_dict, as .npz or .safetensors.", help=UPLOAD_HELP)
        download_button(
            "Download the weights",
            lambda: own_weights(state),
            "weights.npz",
            type="tertiary",
            help="W1, W2, … of the epoch on display: an example of such a file, and to go on from "
            "these weights later.",
        )


def source_of(state: Session) -> str:
    """Return where the given weights are from, as Markdown within a sentence."""
    latest: Outcome | None = st.session_state.get(LATEST)
    if latest is None or latest.network is not state.architecture.given:
        return "those you typed in"
    return f"those of {plain(latest.file)}"


def own_weights(state: Session) -> bytes:
    """Return the weights of the epoch on display as an .npz that the upload reads."""
    net, loss = state.at_epoch(), shown_loss(state)
    return weights_npz(net, state.epoch, cost(net, state.run.X, state.run.y, loss), loss)


def _take(state: Session, file: UploadedFile) -> None:
    """Start a run with a file's weights when it comes in; show what became of it."""
    outcome: Outcome | None = st.session_state.get(LATEST)
    if outcome is None or outcome.file_id != file.file_id:
        with st.spinner(f"Reading {plain(file.name)} …", show_time=True):
            outcome = st.session_state[LATEST] = _begin(state, file)
        if outcome.network is not None:
            st.rerun()
    if outcome.network is None:
        st.error(plain(outcome.text), icon=":material/error:")
        st.caption("The current run is unchanged.")
    elif outcome.network is state.architecture.given:
        st.success(f"In use: {plain(outcome.text)}", icon=":material/check:")
    else:
        st.caption("The run does not start with these weights any more.")
        st.button(
            "Start with them again",
            icon=":material/restart_alt:",
            on_click=lambda: st.session_state.pop(LATEST),
            help="Starts a new run at epoch 0; the current run is kept and can be brought back.",
        )


def _begin(state: Session, file: UploadedFile) -> Outcome:
    """Start a run with a file's weights, or return why it cannot be."""
    shape = state.run.template
    try:
        found = read_weights(file.getvalue(), file.name, shape.inputs, shape.outputs)
        network = _network(found, file.name)
        architecture = replace(
            state.architecture,
            given=network,
            hidden=tuple(W.shape[1] for W in found.matrices[:-1]),
            bias_input=found.bias_input,
            bias_hidden=found.bias_hidden,
        )
        state.begin(architecture=architecture)
    except ValueError as error:
        return Outcome(file.file_id, file.name, str(error))
    text = found.note
    if found.lacking:
        text += LACKING.format(listing([Symbol("W", layer).text for layer in found.lacking]))
    return Outcome(file.file_id, file.name, text, network)


def _network(found: ForeignWeights, file: str) -> Network:
    """Return the network; raise WeightsError for one that no saved run could have."""
    if max(W.shape[1] for W in found.matrices[:-1]) > MAX_UNITS:
        raise WeightsError(
            f"{file}: a hidden layer has more than {MAX_UNITS:,} units; choose a smaller network."
        )
    return found.network()  # the activations are the form's
