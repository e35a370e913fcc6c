"""Weights by hand: edit any weight of the epoch on display, freeze some, and go on from there."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.network import Network
from pages.ui.fields.number_table import ROWS, TableInput, number_table
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.markdown import count, plain

Array = NDArray[np.float64]
Frozen = frozenset[tuple[int, int, int]]

MAX_CELLS = 2000  # of a matrix that one still edits in a table
ROW = "whole row"
PUT_BACK = "weights_put_back"  # how often the tables began anew


@dataclass(frozen=True)
class Matrix:
    """One matrix at an epoch, as its tables show it: real names, weights, and what is frozen."""

    layer: Literal[1, 2]
    rows: list[str]
    columns: list[str]
    weights: Array
    held: NDArray[np.bool_]

    @classmethod
    def both(cls, net: Network, names: Names, frozen: Frozen) -> tuple["Matrix", "Matrix"]:
        """W1 and W2."""
        return (
            cls(1, names.inputs, names.units, net.W1, _held(net.W1, 1, frozen)),
            cls(2, names.units_and_bias, names.outputs, net.W2, _held(net.W2, 2, frozen)),
        )

    @property
    def title(self) -> str:
        """As the derivation writes it."""
        return ("W⁽¹⁾", "W⁽²⁾")[self.layer - 1]

    @property
    def name(self) -> str:
        """Names its tables: the same numbers are the same tables, whichever run they are of."""
        return f"W{self.layer}-{sha256(self.weights.tobytes() + self.held.tobytes()).hexdigest()}"

    def numbers(self) -> pd.DataFrame:
        """The weights under their names."""
        names = _distinct(self.rows), _distinct(self.columns)
        return pd.DataFrame(self.weights, *names, copy=True)  # pandas 2 would share the run's own

    def ticks(self) -> pd.DataFrame:
        """A tick for each frozen weight; before them one for the whole row, if that has several."""
        frame = pd.DataFrame(self.held, _distinct(self.rows), _distinct(self.columns))
        if len(self.columns) > 1:
            frame.insert(0, ROW, pd.Series(self.held.all(axis=1), frame.index))
        return frame

    def edited(self, entered: TableInput) -> Array:
        """The weights as typed. Raises ValueError for a cell that is empty or refused."""
        if not entered.complete:
            raise ValueError(f"{self.title} has a cell that cannot be used: see below its table.")
        weights = entered.numbers.to_numpy()
        for row, column in np.argwhere(~np.isfinite(weights)):
            raise ValueError(
                f"{self.title} has no number in row {self.rows[row]}, column "
                f"{self.columns[column]}: type one in."
            )
        return weights

    def frozen(self, ticks: pd.DataFrame) -> Frozen:
        """The weights that are to be frozen. A whole row's tick, once changed, rules its row."""
        ticked = ticks.fillna(value=False).to_numpy(dtype=bool)
        held = ticked[:, -len(self.columns) :].copy()
        if len(self.columns) > 1:
            changed = ticked[:, 0] != self.held.all(axis=1)
            held[changed] = ticked[changed, :1]
        return frozenset((self.layer, int(row), int(column)) for row, column in np.argwhere(held))


def weights_editor(state: Session) -> None:
    """The tables, and the way on from them."""
    if state.playing:
        st.caption("Pause the film to edit the weights of the epoch where it stands.")
        return
    epoch, net, frozen = state.epoch, state.at_epoch(), state.settings.frozen
    st.caption(
        f"Type over any weight of epoch {epoch:,}, tick weights to freeze, and go on from "
        "there. The run so far is kept and can be brought back. "
        + (
            "At epoch 0 what you type is what a new run starts from, such as an exercise’s own W."
            if epoch == 0
            else "To start a run from your own numbers, edit those of epoch 0."
        )
    )
    matrices = Matrix.both(net, Names.of(state.current), frozen)
    try:
        fresh, held = _tables(net, matrices)
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/edit:")
        return
    changed = int((fresh.W1 != net.W1).sum() + (fresh.W2 != net.W2).sum())
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.button(
            "Go on from here",
            icon=":material/fork_right:",
            disabled=not changed and held == frozen,
            help="Replaces the weights of this epoch; then press Play.",
        )
        waiting = " — not in the run yet" if changed or held != frozen else ""
        st.caption(
            f"{count(changed, 'weight')} changed, {len(held):,} frozen{waiting}", width="content"
        )
    if wanted:  # read after the tables: a cell that was still being typed into is in
        _go_on(state, fresh if changed else None, held)


def frozen_note(state: Session) -> None:
    """How many weights do not move, and the way to let them go."""
    held = len(state.settings.frozen)
    if not held:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        verb = "is" if held == 1 else "are"
        st.caption(f"{count(held, 'weight')} {verb} frozen: training leaves them.", width="content")
        st.button(
            "Unfreeze all",
            icon=":material/lock_open:",
            on_click=lambda: state.change(replace(state.settings, frozen=frozenset())),
            help="They move again from the epoch on display on.",
        )


def _tables(net: Network, matrices: tuple[Matrix, Matrix]) -> tuple[Network, Frozen]:
    """Draw the tables; the network and the frozen weights as they stand in them."""
    weights, held = [], frozenset[tuple[int, int, int]]()
    for matrix, place in zip(matrices, st.columns(2), strict=True):
        with place:
            st.markdown(f"**{matrix.title}**")
            if matrix.weights.size > MAX_CELLS:
                st.caption(
                    f"Its {matrix.weights.size:,} weights are too many for a table to type in; "
                    f"up to {MAX_CELLS:,} can be edited."
                )
                weights.append(matrix.weights)
                held |= _places(matrix.layer, matrix.held)
                continue
            key = f"{matrix.name}-{st.session_state.get(PUT_BACK, 0)}"
            entered = number_table(matrix.numbers(), key, width="content")
            if entered.names_overwritten:
                st.button(
                    f"Put {matrix.title} back",
                    icon=":material/undo:",
                    on_click=_put_back,
                    help="The weights of this epoch, as before anything was typed.",
                )
            st.caption("Frozen: tick a weight" + " or a whole row" * (len(matrix.columns) > 1))
            ticks = _ticks(matrix.ticks(), f"{key}-frozen")
            weights.append(matrix.edited(entered))
            held |= matrix.frozen(ticks)
    return replace(net, W1=weights[0], W2=weights[1]), held


def _put_back() -> None:
    st.session_state[PUT_BACK] = st.session_state.get(PUT_BACK, 0) + 1


def _ticks(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    tick = st.column_config.CheckboxColumn()
    typed: pd.DataFrame = st.data_editor(
        frame,
        key=key,
        column_config={str(name): tick for name in frame.columns},
        disabled=["_index"],
        width="content",
        placeholder="",
    )
    return typed


def _go_on(state: Session, network: Network | None, held: Frozen) -> None:
    try:
        state.edit(state.epoch, network, held)
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/edit:")
    else:
        st.rerun()


def _held(W: Array, layer: int, frozen: Frozen) -> NDArray[np.bool_]:
    held = np.zeros(W.shape, dtype=bool)
    for of, row, column in frozen:
        if of == layer:
            held[row, column] = True
    return held


def _places(layer: int, held: NDArray[np.bool_]) -> Frozen:
    return frozenset((layer, int(row), int(column)) for row, column in np.argwhere(held))


def _distinct(names: list[str]) -> list[str]:
    """The names, told apart where two are equal: a table's columns must be, to be edited."""
    seen: dict[str, int] = {ROW: 1, ROWS: 1}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return distinct
