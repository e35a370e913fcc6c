"""Encoding of columns as numbers, and back: one-hot categories, scaling, classes, the split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Scaling = Literal["standard", "minmax", "none"]
Missing = Literal["drop", "fill", "indicator"]
MISSINGS: tuple[Missing, ...] = get_args(Missing)
SCALINGS: tuple[Scaling, ...] = get_args(Scaling)


def read_only(array: npt.ArrayLike) -> Array:
    """Return a float64 array that cannot be written to."""
    result = np.ascontiguousarray(array, np.float64)
    result.flags.writeable = False
    return result


@dataclass(frozen=True)
class Encoder:
    """Encoder of one feature: a numeric column, or a column of 0 and 1 for each category.

    A missing value becomes `fill`, a number or a category; without `fill`, NaN or no category.
    """

    column: str
    categories: tuple[str, ...] | None = None
    fill: float | str | None = None

    def fit(self, values: pd.Series) -> Encoder:
        """Return the encoder that fills gaps from these (training) values.

        It uses their median, or the most frequent value, the first in order of equals; 0 or no
        category if no value is known.
        """
        known = values.dropna()
        if self.categories is None:
            return replace(self, fill=float(known.median()) if len(known) else 0.0)
        most = known.astype(str).mode()
        return replace(self, fill=str(most.iloc[0]) if len(most) else None)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the network's inputs made from this column."""
        if self.categories is None:
            return (self.column,)
        return tuple(f"{self.column} = {category}" for category in self.categories)

    def write(self, values: pd.Series, out: Array) -> None:
        """Write the N values into `out` (N, number of names)."""
        if self.categories is None:
            filled = values if self.fill is None else values.fillna(self.fill)
            out[:, 0] = filled.to_numpy(np.float64)
            return
        codes, cells = values.array.factorize()  # of the distinct cells, −1 where missing
        place = {category: at for at, category in enumerate(self.categories)}
        places = np.array([place.get(cell, -1) for cell in (*cells, self.fill)])[codes]
        out[:] = 0.0
        known = np.flatnonzero(places >= 0)
        out[known, places[known]] = 1.0


@dataclass(frozen=True)
class Indicator(Encoder):
    """Indicator input of a column with gaps: 1 where its value is missing, else 0."""

    categories: tuple[str, ...] | None = ("missing",)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name of the input."""
        return (f"{self.column} is missing",)

    def fit(self, values: pd.Series) -> Encoder:  # noqa: ARG002 - nothing to fit
        """Return the indicator itself: nothing is filled."""
        return self

    def write(self, values: pd.Series, out: Array) -> None:
        """Write 1 where one of the N values is missing into `out` (N, 1)."""
        out[:, 0] = values.isna()


def is_category(encoders: Sequence[Encoder]) -> npt.NDArray[np.bool_]:
    """Return which inputs (d,) are 0 or 1 for a category or a gap."""
    return np.array([e.categories is not None for e in encoders for _ in e.names])


def design_matrix(frame: pd.DataFrame, encoders: Sequence[Encoder]) -> Array:
    """Return the unscaled inputs (N, d) of a frame's rows."""
    widths = [len(encoder.names) for encoder in encoders]
    X = np.empty((len(frame), sum(widths)))
    end = 0
    for encoder, width in zip(encoders, widths, strict=True):
        encoder.write(frame[encoder.column], X[:, end : end + width])
        end += width
    return X


def class_targets(codes: npt.NDArray[np.intp], outputs: int) -> Array:
    """Return the targets (N, outputs) of classes (N,), from 0; a single output is 1 for class 1."""
    first = 1 if outputs == 1 else 0
    targets: Array = (codes[:, None] == np.arange(first, first + outputs)).astype(np.float64)
    return targets


@dataclass(frozen=True, eq=False)
class Scaler:
    """Scaler by column: scaled = (raw − shift) / scale; shift 0 and scale 1 change no bit."""

    shift: Array  # (d,)
    scale: Array  # (d,), never 0

    def apply(self, raw: npt.ArrayLike) -> Array:
        """Return the scaled values (N, d)."""
        return self.apply_in_place(np.array(raw, np.float64))

    def apply_in_place(self, values: Array) -> Array:
        """Scale the values (N, d) in place, which saves memory, and return them."""
        if not self.is_identity:
            values -= self.shift
            values /= self.scale
        return values

    def undo(self, scaled: npt.ArrayLike) -> Array:
        """Return the values (N, d) in their own units, up to rounding."""
        values = np.asarray(scaled, np.float64)
        return values.copy() if self.is_identity else values * self.scale + self.shift

    @property
    def is_identity(self) -> bool:
        """Return whether values stay the same to the last bit."""
        return not self.shift.any() and bool((self.scale == 1).all())


def identity_scaler(width: int) -> Scaler:
    """Return the scaler that leaves `width` columns unchanged."""
    return Scaler(read_only(np.zeros(width)), read_only(np.ones(width)))


def fit_scaler(X: Array, scaling: Scaling, skip: npt.NDArray[np.bool_] | None = None) -> Scaler:
    """Return a scaler fitted to X (N, d): mean and standard deviation (over N), or min and range.

    Columns under `skip` (d,) stay unchanged; a constant column gets scale 1.
    """
    if scaling == "none":
        return identity_scaler(X.shape[1])
    fitted = np.arange(X.shape[1]) if skip is None else np.flatnonzero(~skip)
    low = X.min(axis=0)
    span = X.max(axis=0) - low
    span[span == 0] = 1.0
    shift, scale = np.zeros_like(low), np.ones_like(span)
    shift[fitted], scale[fitted] = low[fitted], span[fitted]
    if scaling == "standard":
        for column in fitted:
            shift[column], scale[column] = _standard(X[:, column], low[column], span[column])
    return Scaler(read_only(shift), read_only(scale))


def _standard(values: Array, low: float, span: float) -> tuple[float, float]:
    """Return mean and standard deviation, computed within [0, 1] to avoid over- and underflow."""
    unit = (values - low) / span
    return low + float(unit.mean()) * span, float(unit.std()) * span or 1.0


def train_validation_split(
    classes: npt.NDArray[np.intp], share: float, seed: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return training and validation rows, both ascending, of the rows 0…N−1.

    The split is stratified by `classes` (N,), by largest remainder; every class keeps one training
    row. The same seed gives the same rows.
    """
    random = np.random.Generator(np.random.Philox(key=seed))
    validation = np.zeros(len(classes), np.bool_)
    for label, count in enumerate(_quotas(np.bincount(classes), share)):
        members = np.flatnonzero(classes == label)
        validation[random.permutation(members)[:count]] = True
    return np.flatnonzero(~validation), np.flatnonzero(validation)


def _quotas(sizes: npt.NDArray[np.intp], share: float) -> npt.NDArray[np.intp]:
    exact = sizes * share
    quotas: npt.NDArray[np.intp] = np.floor(exact).astype(np.intp)
    open_places = round(float(sizes.sum()) * share) - int(quotas.sum())
    nearest = np.argsort(quotas - exact, kind="stable")
    quotas[nearest[:open_places]] += 1
    return np.minimum(quotas, np.maximum(sizes - 1, 0)).astype(np.intp)  # one to train on
