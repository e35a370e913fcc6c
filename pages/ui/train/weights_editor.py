"""Editor of the weights at the epoch on display: change or freeze any, then continue training."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.chain import Symbol
from core.network import Network
from core.utils.sentence import plural
from core.utils.unique_names import unique_names
from pages.ui.fields.in_pairs import in_pairs
from pages.ui.fields.number_table import ROWS, TableInput, number_table
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

Array = NDArray[np.float64]
Frozen = frozenset[tuple[int, int, int]]

MAX_CELLS = 2000  # of a matrix that can be edited in a table
ROW = "whole row"
RESETS = "weights_put_back"  # how often the tables were reset


@dataclass(frozen=True)
class Matrix:
    """Weight matrix at an epoch for its two tables: row and column names, weights, frozen mask."""

    layer: int
    rows: list[str]
    columns: list[str]
    weights: Array
    mask: NDArray[np.bool_]  # True: frozen

    @classmethod
    def all_of(cls, net: Network, names: Names, frozen: Frozen) -> list[Self]:
        """Return all matrices of a network, W1 first."""
        masks = [np.zeros(W.shape, dtype=bool) for W in net.weights]
        for layer, row, column in frozen:
            masks[layer - 1][row, column] = True
        return [
            cls(layer, *headings, W, mask)
            for layer, (headings, W, mask) in enumerate(
                zip(names.layers, net.weights, masks, strict=True), start=1
            )
        ]

    @property
    def title(self) -> str:
        """The matrix's symbol in the derivation."""
        return Symbol("W", self.layer).text

    @property
    def name(self) -> str:
        """A key for the tables; equal numbers give equal keys, in any run."""
        return f"W{self.layer}-{sha256(self.weights.tobytes() + self.mask.tobytes()).hexdigest()}"

    def weights_frame(self) -> pd.DataFrame:
        """Return the weights with row and column names."""
        # pandas 2 would share the run's own
        return pd.DataFrame(self.weights, *self._names(), copy=True)

    def frozen_frame(self) -> pd.DataFrame:
        """Return the frozen mask; with several columns, the first one is for whole rows."""
        frame = pd.DataFrame(self.mask, *self._names())
        if len(self.columns) > 1:
            frame.insert(0, ROW, pd.Series(self.mask.all(axis=1), frame.index))
        return frame

    def _names(self) -> tuple[list[str], list[str]]:
        """Return unique names of rows and columns, which an editable table needs."""
        return unique_names(self.rows, (ROW, ROWS)), unique_names(self.columns, (ROW, ROWS))

    def read_weights(self, entered: TableInput) -> Array:
        """Return the weights as typed. Raises ValueError for an empty or invalid cell."""
        if not entered.complete:
            raise ValueError(f"{self.title} has an invalid cell: see below its table.")
        weights = entered.numbers.to_numpy()
        for row, column in np.argwhere(~np.isfinite(weights)):
            raise ValueError(
                f"{self.title} has no number in row {self.rows[row]}, column "
                f"{self.columns[column]}."
            )
        return weights

    def read_frozen(self, ticks: pd.DataFrame) -> Frozen:
        """Return the weights to freeze. A changed whole-row tick decides for its row."""
        ticked = ticks.fillna(value=False).to_numpy(dtype=bool)
        mask = ticked[:, -len(self.columns) :].copy()
        if len(self.columns) > 1:
            changed = ticked[:, 0] != self.mask.all(axis=1)
            mask[changed] = ticked[changed, :1]
        return self.places(mask)

    def places(self, mask: NDArray[np.bool_]) -> Frozen:
        """Return where a mask of the matrix is True."""
        return frozenset((self.layer, row, column) for row, column in np.argwhere(mask).tolist())


def weights_editor(state: Session) -> None:
    """Draw the tables, and the button that continues with the edited weights."""
    if state.playing:
        st.caption("Pause to edit the weights of the epoch on display.")
        return
    epoch, net, frozen = state.epoch, state.at_epoch(), state.settings.frozen
    st.caption(
        f"Edit any weight of epoch {epoch:,}, tick weights to freeze, and go on from there. "
        "The current run is kept and can be brought back. "
        + (
            "Weights typed in at epoch 0, such as an exercise’s, are the initial ones of a new run."
            if epoch == 0
            else "To start a run from your own weights, edit those of epoch 0."
        )
    )
    matrices = Matrix.all_of(net, Names.of(state.current), frozen)
    try:
        edited, to_freeze = _weight_tables(net, matrices)
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/edit:")
        return
    pairs = zip(edited.weights, net.weights, strict=True)
    changed = sum(int((after != before).sum()) for after, before in pairs)
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.button(
            "Go on from here",
            icon=":material/fork_right:",
            disabled=not changed and to_freeze == frozen,
            help="Replaces the weights of this epoch; then press Play.",
        )
        pending = " — not in the run yet" if changed or to_freeze != frozen else ""
        st.caption(
            f"{plural(changed, 'weight')} changed, {len(to_freeze):,} frozen{pending}",
            width="content",
        )
    if wanted:  # read after the tables, which then include a cell still being edited
        _branch(state, edited if changed else None, to_freeze)


def _weight_tables(net: Network, matrices: list[Matrix]) -> tuple[Network, Frozen]:
    """Draw the tables; return the network and the frozen weights that they hold."""
    weights, frozen = [], frozenset[tuple[int, int, int]]()
    for matrix, place in zip(matrices, in_pairs(len(matrices)), strict=True):
        with place:
            st.markdown(f"**{matrix.title}**")
            if matrix.weights.size > MAX_CELLS:
                st.caption(
                    f"Its {matrix.weights.size:,} weights are too many for an editable "
                    f"table, which holds up to {MAX_CELLS:,}."
                )
                weights.append(matrix.weights)
                frozen |= matrix.places(matrix.mask)
                continue
            key = f"{matrix.name}-{st.session_state.get(RESETS, 0)}"
            entered = number_table(matrix.weights_frame(), key, width="content")
            if entered.names_overwritten:
                st.button(
                    f"Put {matrix.title} back",
                    icon=":material/undo:",
                    on_click=_reset_tables,
                    help="Discards the edits: the weights of this epoch are shown again.",
                )
            st.caption("Frozen: tick a weight" + " or a whole row" * (len(matrix.columns) > 1))
            ticks = _frozen_table(matrix.frozen_frame(), f"{key}-frozen")
            weights.append(matrix.read_weights(entered))
            frozen |= matrix.read_frozen(ticks)
    return net.with_weights(*weights), frozen


def _reset_tables() -> None:
    st.session_state[RESETS] = st.session_state.get(RESETS, 0) + 1


def _frozen_table(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    tick = st.column_config.CheckboxColumn()
    edited: pd.DataFrame = st.data_editor(
        frame,
        key=key,
        column_config={str(name): tick for name in frame.columns},
        disabled=["_index"],
        width="content",
        placeholder="",
    )
    return edited


def _branch(state: Session, network: Network | None, frozen: Frozen) -> None:
    try:
        state.edit(state.epoch, network, frozen)
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/edit:")
    else:
        st.rerun()
