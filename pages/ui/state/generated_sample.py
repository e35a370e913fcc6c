"""Samples that are made: their size, noise and seed as controls; each choice makes them anew."""

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from core.checking.typed_number import Range
from core.dataset.samples import SAMPLES
from core.dataset.samples.make import (
    MAX_NOISE,
    MAX_ROWS,
    MAX_SEED,
    MIN_ROWS,
    SHIPPED,
    Recipe,
    csv,
    make,
)
from core.table.csv_table import Table
from pages.ui.fields.number_field import number_field
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session

POINTS = {
    "xor": "at four corners, where y is 1 when exactly one of x1 and x2 is",
    "moons": "on two interlocking half circles",
    "circles": "on a circle within a circle",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class GeneratedDraft(Draft):
    """A sample made anew, with the choices made for its columns, and what it was made by."""

    recipe: Recipe


def generator_form(state: Session) -> None:
    """The controls of a sample that is made; none for one that was measured."""
    key = state.sample.sample
    if key is None or key not in SHIPPED:
        return
    recipe = recipe_of(state.sample)

    def regenerate(**choice: Any) -> None:  # noqa: ANN401
        state.sample = with_recipe(state.sample, replace(recipe_of(state.sample), **choice))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        number_field(
            "Rows",
            recipe.rows,
            lambda rows: regenerate(rows=int(rows)),
            Range(MIN_ROWS, MAX_ROWS, whole=True),
            key="made-rows",
            help="How many samples are made, about half of them of each class.",
            width=150,
        )
        number_field(
            "Noise",
            recipe.noise,
            lambda noise: regenerate(noise=noise),
            Range(0.0, MAX_NOISE),
            key="made-noise",
            help="How far the points are moved at random: the standard deviation added to x1 and "
            "to x2. The more noise, the more the classes overlap.",
            width=150,
        )
        number_field(
            "Seed of the noise",
            recipe.seed,
            lambda seed: regenerate(seed=int(seed)),
            Range(0, MAX_SEED, whole=True),
            key="made-seed",
            help="Which noise is drawn: the same seed moves the points the same way.",
            width=180,
        )


def recipe_of(draft: Draft) -> Recipe:
    """What a made sample was made by: as it is shipped, unless it was made anew."""
    return draft.recipe if isinstance(draft, GeneratedDraft) else SHIPPED[str(draft.sample)]


def with_recipe(draft: Draft, recipe: Recipe) -> Draft:
    """The same choices for that sample as made by the recipe; the shipped one gives its file.

    Raises ValueError with a sentence for a recipe out of range.
    """
    key = str(draft.sample)
    shipped = Draft.of_sample(key)
    choices = {field.name: getattr(draft, field.name) for field in fields(Draft)}
    if recipe == SHIPPED[key]:
        own = {name: getattr(shipped, name) for name in ("title", "reason", "table")}
        return Draft(**{**choices, **own})
    generated = {
        "title": f"{shipped.title} ({recipe.rows:,} rows, noise {recipe.noise:g}, "
        f"seed {recipe.seed})",
        "reason": f"{recipe.rows:,} points {POINTS[key]}, moved at random.",
        "table": _table(key, recipe),
    }
    return GeneratedDraft(**{**choices, **generated}, recipe=recipe)


@lru_cache(64)  # made again, it is the same table: one that is in use is known as such
def _table(key: str, recipe: Recipe) -> Table:
    return make(key, rows=recipe.rows, noise=recipe.noise, seed=recipe.seed)


def sample_csv(draft: Draft) -> bytes:
    """The CSV file of a sample, shipped or made."""
    if isinstance(draft, GeneratedDraft):
        return csv(draft.table.frame.to_numpy(np.float64)).encode()
    return SAMPLES[str(draft.sample)].path.read_bytes()
