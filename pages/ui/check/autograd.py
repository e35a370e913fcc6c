"""Comparison with PyTorch's autograd: lines that save its gradients, and the file they save."""

from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from core.activations import HIDDEN, OUTPUT
from core.chain import Functions, Symbol
from core.checking.autograd import (
    Agreement,
    choice_that_agrees,
    compare,
    order_that_agrees,
)
from core.losses import losses_for
from core.utils.latest import latest
from core.utils.number_text import shape_text
from core.utils.sentence import listing, plural
from core.weights import ForeignWeights, WeightsError, read_weights, readings
from core.weights.arrays import MAX_BYTES
from pages.ui.fields.binding import bind
from pages.ui.state.session import Session
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES
from pages.ui.style.markdown import plain

TITLE = "PyTorch: compare with autograd"
LINES = """\
import numpy as np  # after loss.backward()
found = {"X": X, "y": y} | dict(model.named_parameters())
found |= {f"{n}.grad": p.grad for n, p in model.named_parameters() if p.grad is not None}
found = {n: torch.as_tensor(a).detach().cpu().double().numpy() for n, a in found.items()}
np.savez("torch.npz", **found)"""
INTRODUCTION = (
    "A third check, by another program: these lines save the weights, the batch and the gradients "
    "of a PyTorch model of linear layers, which autograd has computed. Choose the file, and both "
    "gradients are compared at its weights, on its batch. It is only read: nothing in it is run."
)
LEFT_OUT = "Not compared, since the file has no gradient of it: {}."
OTHER_CHOICE = "With {} they agree."
SEARCH = "Trying other activations, losses and orders of the layers …"
CHOOSE = "Choose these"
KEY, OF_RUN = "autograd_choice", "autograd_of_run"  # session_state keys: the choice, the run's

HELP = {
    "hidden": "Of the model’s hidden layers. The file holds numbers only.",
    "output": "Of the model’s last layer; softmax for nn.CrossEntropyLoss, which applies it, and "
    "sigmoid for nn.BCEWithLogitsLoss.",
    "loss": "What backward() was called on. nn.MSELoss and nn.BCELoss take the mean over the "
    "outputs, too: a constant factor, which is recognised.",
}


def autograd_check(state: Session) -> None:
    """Draw the lines to copy, the upload, and how far the gradients agree."""
    with st.expander(TITLE, icon=":material/compare_arrows:"):
        st.markdown(INTRODUCTION)
        st.code(LINES, language="python")
        file = st.file_uploader(
            "File with weights, batch and gradients",
            type=["npz", "safetensors"],
            key="autograd_file",
            max_upload_size=MAX_BYTES >> 20,
            help="torch.npz, as the lines above save it. Weights of shape (out, in) with separate "
            "biases are understood; so are W1, dW1, … in our layout.",
        )
        functions = _functions(state)
        if file is None:
            return
        try:
            found = latest(state, (file.name, file.getvalue()), _read)
            agreement = latest(found, (functions,), compare)
            if not agreement.agrees and found.others:
                key = file.name, file.getvalue(), functions
                with st.spinner(SEARCH, show_time=True):
                    agreement = latest(found, key, _other_order) or agreement
        except WeightsError as error:
            st.error(plain(str(error)), icon=":material/error:")
        except ValueError as error:
            st.error(plain(f"{file.name}: {error}."), icon=":material/error:")
        else:
            _result(found, agreement, file.name, file.getvalue())


def _read(_: Session, name: str, data: bytes) -> ForeignWeights:
    return read_weights(data, name)


def _other_order(
    _: ForeignWeights, name: str, data: bytes, functions: Functions
) -> Agreement | None:
    """Return the comparison in the first order of the layers that agrees."""
    return order_that_agrees(readings(data, name), functions)


def _other_choice(_: ForeignWeights, name: str, data: bytes) -> Agreement | None:
    """Return the first other choice that agrees."""
    return choice_that_agrees(readings(data, name))


def _functions(state: Session) -> Functions:
    """Draw the choice of the model's activations and loss; return it.

    It is the run's until another is made, and again when the run's change.
    """
    net = state.run.template
    of_run = Functions(state.settings.loss, net.hidden, net.output)
    if st.session_state.get(OF_RUN) != of_run:
        st.session_state[OF_RUN] = st.session_state[KEY] = of_run
    chosen: Functions = st.session_state[KEY]
    losses = losses_for(chosen.output)
    fields = (
        ("Hidden activation", "hidden", HIDDEN, ACTIVATION_NAMES),
        ("Output activation", "output", OUTPUT, ACTIVATION_NAMES),
        ("Loss", "loss", losses, LOSS_NAMES),
    )
    for place, (label, field, options, names) in zip(st.columns(3), fields, strict=True):
        place.selectbox(
            label,
            **bind(f"autograd_{field}", getattr(chosen, field), partial(_choose, field), options),
            format_func=names.__getitem__,
            help=HELP[field],
        )
    return chosen


def _choose(field: str, value: str) -> None:
    """Choose an activation or a loss; an output that the loss does not suit brings another."""
    chosen = replace(st.session_state[KEY], **{field: value})
    losses = losses_for(chosen.output)
    _choose_all(chosen if chosen.loss in losses else replace(chosen, loss=losses[0]))


def _choose_all(functions: Functions) -> None:
    st.session_state[KEY] = functions


def _result(found: ForeignWeights, agreement: Agreement, name: str, data: bytes) -> None:
    """Draw the verdict, how the file was read, and the digits of each matrix."""
    other = None
    if not agreement.agrees:
        with st.spinner(SEARCH, show_time=True):
            other = latest(found, (name, data), _other_choice)
    if agreement.agrees:
        st.success(agreement.sentence, icon=":material/check_circle:")
    elif other is None and agreement.is_proportional:
        st.warning(agreement.sentence, icon=":material/warning:")
    elif other is None:
        st.error(agreement.sentence, icon=":material/error:")
    else:
        text = OTHER_CHOICE.format(_functions_text(other.functions))
        st.warning(f"{agreement.sentence} {text}", icon=":material/tune:")
        st.button(
            CHOOSE,
            icon=":material/check:",
            on_click=_choose_all,
            args=(other.functions,),
            help="Sets the three choices above.",
        )
    caption = f"{plural(agreement.samples, 'sample')}. {plain(agreement.note)}"
    if agreement.left_out:
        caption += " " + LEFT_OUT.format(listing(agreement.left_out))
    st.caption(caption)
    st.dataframe(
        agreement_table(agreement),
        hide_index=True,
        column_config={
            "largest difference": st.column_config.NumberColumn(format="%.1e"),
            "agreeing digits": st.column_config.NumberColumn(
                help="By the largest difference in the matrix, relative to its largest entry."
            ),
        },
        alt="The digits in which autograd's gradient of each matrix agrees with ours",
    )


def _functions_text(functions: Functions) -> str:
    return (
        f"{ACTIVATION_NAMES[functions.hidden]} hidden units, {ACTIVATION_NAMES[functions.output]} "
        f"output and {LOSS_NAMES[functions.loss]}"
    )


def agreement_table(agreement: Agreement) -> pd.DataFrame:
    """Return a row for each matrix: its gradient, its shape, and how far both agree."""
    return pd.DataFrame(
        {
            "gradient": [f"∂C/∂{Symbol('W', n).text}" for n, _ in enumerate(agreement.ours, 1)],
            "shape": [shape_text(dW.shape) for dW in agreement.ours],
            "agreeing digits": agreement.digits,
            "largest difference": agreement.differences,
        }
    )
