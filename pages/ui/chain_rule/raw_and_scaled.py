"""In what units: each value of the row as it was read, and as the network takes it."""

import pandas as pd
import streamlit as st

from core.dataset.encoding import Encoder, Indicator
from core.dataset.preparation import Dataset
from core.network import Array
from pages.ui.state.session import Session
from pages.ui.style.latex import as_text, number
from pages.ui.style.markdown import plain

HEIGHT = 380


def raw_and_scaled_section(state: Session) -> None:
    """Draw the section for the sample in focus at the app's epoch."""
    data, sample, digits = state.source.dataset, state.focus.sample, state.conventions.digits
    y_hat = state.at_epoch().predict(state.run.X[[sample]])[0]
    st.subheader("In what units")
    row = RawAndScaled(data, sample, y_hat, digits)
    if row.inputs_are_raw:
        st.markdown(row.inputs_sentence())
    else:
        _table(row.inputs(), "The inputs of the sample, as read and as the network takes them")
    if row.target_is_raw:
        st.markdown(row.target_sentence())
    else:
        if data.task != "regression":
            st.markdown(row.class_sentence())
        _table(row.target(), "The target of the sample and the prediction, in both units")


def _table(frame: pd.DataFrame, alt: str) -> None:
    height = min(HEIGHT, 35 * (len(frame) + 1) + 3)
    st.dataframe(frame, hide_index=True, height=height, alt=alt)


class RawAndScaled:
    """One sample in both units."""

    def __init__(self, data: Dataset, sample: int, y_hat: Array, digits: int) -> None:
        self.data, self.sample, self.y_hat, self.digits = data, sample, y_hat, digits
        self.cells = data.raw_row(sample)

    def text(self, value: float) -> str:
        """A number for reading."""
        return as_text(number(float(value), self.digits))

    @property
    def inputs_are_raw(self) -> bool:
        """Whether the network takes every input as it was read."""
        plain_columns = all(
            encoder.categories is None
            and not isinstance(encoder, Indicator)
            and not pd.isna(self.cells[encoder.column])
            for encoder in self.data.encoders
        )
        return self.data.x_scaler.is_identity and plain_columns

    def inputs_sentence(self) -> str:
        """That no input is scaled."""
        names, values = self.data.feature_names, self.data.X[self.sample]
        shown = [f"{plain(n)} = {self.text(v)}" for n, v in zip(names, values, strict=True)][:8]
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        return f"No input is scaled: the network takes {', '.join(shown)}{more}, as they were read."

    def inputs(self) -> pd.DataFrame:
        """Each input's column: what it holds, how that is scaled, what the network takes."""
        rows, place = [], 0
        for encoder in self.data.encoders:
            for name in encoder.names:
                rows.append(self._input(encoder, name, place))
                place += 1
        columns = ["input", "as read", "formula", "as the network takes it"]
        return pd.DataFrame(rows, columns=columns)

    def _input(self, encoder: Encoder, name: str, place: int) -> tuple[str, str, str, str]:
        cell = self.cells[encoder.column]
        taken = self.text(self.data.X[self.sample, place])
        gap = bool(pd.isna(cell))
        if isinstance(encoder, Indicator):
            return name, "missing" if gap else "there", "1 if it is missing, else 0", taken
        value = encoder.fill if gap else cell
        if encoder.categories is not None:
            read, formula = str(value), "1 if it is that, else 0"
        else:
            number, scaler = float(str(value)), self.data.x_scaler
            read = self.text(number)
            formula = self._scaling_formula(number, scaler.shift[place], scaler.scale[place])
        return name, f"missing, filled with {read}" if gap else read, formula, taken

    def _scaling_formula(self, raw: float, shift: float, scale: float) -> str:
        """(raw − shift) / scale with the numbers in."""
        if shift == 0 and scale == 1:
            return "as it is"
        size = self.text(abs(shift))
        sign = "+" if shift < 0 else "−"
        return f"({self.text(raw)} {sign} {size}) / {self.text(scale)}"

    @property
    def target_is_raw(self) -> bool:
        """Whether the network's outputs stand for the column's own numbers."""
        if self.data.task == "regression":
            return self.data.y_scaler.is_identity
        return all(name in self.cells.index for name in self.data.output_names) and all(
            str(self.cells[name]) in {"0", "1", "0.0", "1.0"} for name in self.data.output_names
        )

    def target_sentence(self) -> str:
        """That the target is not scaled."""
        said = ", ".join(map(self.text, self.y_hat))
        wanted = ", ".join(map(self.text, self.data.y[self.sample]))
        either = " either" if self.inputs_are_raw else ""
        return f"The target is not scaled{either}: y = {wanted} as it was read, and ŷ = {said}."

    def target(self) -> pd.DataFrame:
        """The target and the prediction: as read, and as the network takes and gives them."""
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
        columns = ["output", "in its own units", "formula", "as the network has it"]
        return pd.DataFrame(rows, columns=columns)

    def _class_target(self) -> pd.DataFrame:
        data, y = self.data, self.data.y[self.sample]
        names = data.classes if data.task == "multiclass" else data.classes[1:]
        rows = [(name, self.text(y[o]), self.text(self.y_hat[o])) for o, name in enumerate(names)]
        return pd.DataFrame(rows, columns=["output for", "target y", "prediction ŷ"])

    def class_sentence(self) -> str:
        """How the class becomes numbers."""
        data = self.data
        read = f"The target {plain(data.target)} was read as {plain(str(self.cells[data.target]))}"
        if data.task == "multiclass":
            return f"{read}: y is 1 for its output and 0 for every other."
        zero, one = map(plain, data.classes)
        return f"{read}: y is 1 for {one} and 0 for {zero}."
