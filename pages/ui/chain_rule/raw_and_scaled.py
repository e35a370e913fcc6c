"""Raw and scaled values of one sample: its inputs, target and prediction."""

from typing import Literal

import pandas as pd
import streamlit as st

from core.dataset.encoding import Encoder, Indicator
from core.dataset.preparation import Dataset
from core.network import Array
from core.utils.number_text import number_text
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

HEIGHT = 380  # px, of a table with more rows than it shows at once
MOST_ROWS = 12
OF_LATER_LAYERS = (
    "Scaling concerns the inputs, which W⁽¹⁾ multiplies, and the target. Every later matrix "
    "multiplies the values Z of the layer before it, which have no raw form."
)


def raw_and_scaled_section(state: Session) -> None:
    """Draw the section for the sample in focus at the app's epoch."""
    data, sample, digits = state.source.dataset, state.focus.sample, state.conventions.digits
    y_hat = state.at_epoch().predict(state.run.X[[sample]])[0]
    st.header("Raw and scaled values", anchor=False)
    if state.run.template.layers > 2 and state.focus.weight.layer > 1:
        st.markdown(OF_LATER_LAYERS)
    row = RawAndScaled(data, sample, y_hat, digits)
    if row.inputs_are_raw:
        st.markdown(row.inputs_sentence())
    else:
        _table(row.inputs(), "The raw inputs of the sample and the network’s inputs")
    if row.target_is_raw:
        st.markdown(row.target_sentence())
    else:
        if data.task != "regression":
            st.markdown(row.class_sentence())
        _table(row.target(), "The target and the prediction, raw and scaled")


def _table(frame: pd.DataFrame, alt: str) -> None:
    st.dataframe(frame, hide_index=True, height=table_height(len(frame)), alt=alt)


def table_height(rows: int) -> int | Literal["content"]:
    """Return the height of a table, whole if it is short."""
    return "content" if rows <= MOST_ROWS else HEIGHT


class RawAndScaled:
    """One sample's raw and scaled values."""

    def __init__(self, data: Dataset, sample: int, y_hat: Array, digits: int) -> None:
        self.data, self.sample, self.y_hat, self.digits = data, sample, y_hat, digits
        self.cells = data.raw_row(sample)

    def text(self, value: float) -> str:
        """Return a number with the chosen digits."""
        return number_text(value, self.digits)

    @property
    def inputs_are_raw(self) -> bool:
        """Whether every network input equals its raw value."""
        plain_columns = all(
            encoder.categories is None
            and not isinstance(encoder, Indicator)
            and not pd.isna(self.cells[encoder.column])
            for encoder in self.data.encoders
        )
        return self.data.x_scaler.is_identity and plain_columns

    def inputs_sentence(self) -> str:
        """Return that no input is scaled, with the values."""
        names, values = self.data.feature_names, self.data.X[self.sample]
        shown = [f"{plain(n)} = {self.text(v)}" for n, v in zip(names, values, strict=True)][:8]
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        return f"No input is scaled: the network’s inputs are {', '.join(shown)}{more}."

    def inputs(self) -> pd.DataFrame:
        """Return a row for each input: raw value, formula, network input."""
        rows, place = [], 0
        for encoder in self.data.encoders:
            for name in encoder.names:
                rows.append(self._input(encoder, name, place))
                place += 1
        columns = ["input", "raw value", "formula", "network input"]
        return pd.DataFrame(rows, columns=columns)

    def _input(self, encoder: Encoder, name: str, place: int) -> tuple[str, str, str, str]:
        cell = self.cells[encoder.column]
        scaled = self.text(self.data.X[self.sample, place])
        gap = bool(pd.isna(cell))
        if isinstance(encoder, Indicator):
            return name, "missing" if gap else "present", "1 if it is missing, else 0", scaled
        value = encoder.fill if gap else cell
        if encoder.categories is not None:
            read, formula = str(value), "1 for this category, else 0"
        else:
            number, scaler = float(str(value)), self.data.x_scaler
            read = self.text(number)
            formula = self._scaling_formula(number, scaler.shift[place], scaler.scale[place])
        return name, f"missing, filled with {read}" if gap else read, formula, scaled

    def _scaling_formula(self, raw: float, shift: float, scale: float) -> str:
        """Return (raw − shift) / scale with its numbers."""
        if shift == 0 and scale == 1:
            return "unchanged"
        size = self.text(abs(shift))
        sign = "+" if shift < 0 else "−"
        return f"({self.text(raw)} {sign} {size}) / {self.text(scale)}"

    @property
    def target_is_raw(self) -> bool:
        """Whether the target is used as its column has it."""
        if self.data.task == "regression":
            return self.data.y_scaler.is_identity
        return all(name in self.cells.index for name in self.data.output_names) and all(
            str(self.cells[name]) in {"0", "1", "0.0", "1.0"} for name in self.data.output_names
        )

    def target_sentence(self) -> str:
        """Return that the target is not scaled, with y and ŷ."""
        prediction = ", ".join(map(self.text, self.y_hat))
        target = ", ".join(map(self.text, self.data.y[self.sample]))
        either = " either" if self.inputs_are_raw else ""
        return f"The target is not scaled{either}: y = {target} and ŷ = {prediction}."

    def target(self) -> pd.DataFrame:
        """Return the target and the prediction, raw and scaled."""
        return self._regression_target() if self.data.task == "regression" else self._class_target()

    def _regression_target(self) -> pd.DataFrame:
        data, scaler = self.data, self.data.y_scaler
        raw, own = data.raw_y[self.sample], data.unscale_y(self.y_hat[None])[0]
        rows = []
        for o, name in enumerate(data.output_names):
            y, y_hat = self.text(data.y[self.sample, o]), self.text(self.y_hat[o])
            formula = self._scaling_formula(raw[o], scaler.shift[o], scaler.scale[o])
            back = f"{y_hat} × {self.text(scaler.scale[o])} + {self.text(scaler.shift[o])}"
            back = back.replace("+ −", "− ")
            rows.append((f"target {name}", self.text(raw[o]), formula, y))
            rows.append((f"prediction of {name}", self.text(own[o]), back, y_hat))
        columns = ["output", "raw value", "formula", "scaled value"]
        return pd.DataFrame(rows, columns=columns)

    def _class_target(self) -> pd.DataFrame:
        data, y = self.data, self.data.y[self.sample]
        names = data.classes if data.task == "multiclass" else data.classes[1:]
        rows = [(name, self.text(y[o]), self.text(self.y_hat[o])) for o, name in enumerate(names)]
        return pd.DataFrame(rows, columns=["output for", "target y", "prediction ŷ"])

    def class_sentence(self) -> str:
        """Return how the class is encoded."""
        data = self.data
        target = f"The target {plain(data.target)} is {plain(str(self.cells[data.target]))}"
        if data.task == "multiclass":
            return f"{target}: y is 1 for its output and 0 for every other."
        zero, one = map(plain, data.classes)
        return f"{target}: y is 1 for {one} and 0 for {zero}."
