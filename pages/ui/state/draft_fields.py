"""A draft as JSON values: the name of its data and the choices made for it, and back.

    name, choices = data_name(draft), draft_choices(draft)
    draft_of(name, choices, file)        # raises ValueError and the like for what no page offers

Links, run files and the records of sessions share it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeVar, get_args

import numpy as np
import pandas as pd

from core.dataset.encoding import MISSINGS, SCALINGS
from core.dataset.roles import Task
from core.dataset.samples import SAMPLES
from core.dataset.samples.make import Recipe
from core.network import MAX_HIDDEN, Array
from core.table.csv_table import Dialect, read_csv
from core.table.meaning import InterpretedTable, MeaningChoices, interpret
from core.utils.arguments import choice, flag, json_integer, seed, within
from core.utils.latest import latest
from pages.ui.state.drafts import CHOICES, MAX_VALIDATION, Draft, Exercise, File, Sizes
from pages.ui.state.generated_sample import GeneratedDraft, recipe_of, with_recipe

EXERCISE, FILE = "exercise", "file-"
MAX_UNITS = 1000  # of a layer
MAX_DIALECTS = 4  # of one file, whose tables are at hand
Fields = dict[str, Any]
Checks = dict[str, Callable[[str, Any], object]]  # by the name of what is chosen
Value = TypeVar("Value")


def draft_of(data: str, choices: Fields, file: File | None) -> Draft | Exercise:
    """Return the draft of a `data_name` and `draft_choices`; raise ValueError and the like if none.

    A file's table is read once for each dialect, so that drafts of one file share it.
    """
    if data == EXERCISE:
        return _exercise(choices)
    if data.startswith(FILE):
        if file is None or _file_name(file) != data:
            raise ValueError("it needs the file that the link is about")
        given = Dialect(**_tuples(choices.get("dialect", {})))
        table = latest(file, (given,), _read_table, most=MAX_DIALECTS)
        draft = Draft.of_table(table, replace(file, given=given))
    elif data in SAMPLES:
        draft = Draft.of_sample(data)
        if "recipe" in choices:
            draft = with_recipe(draft, Recipe(**choices["recipe"]))
    else:
        raise ValueError(f"there is no sample called {data[:80]!r}")
    meaning = MeaningChoices(**_tuples(choices.get("meaning", {})))
    chosen = {name: choices[name] for name in CHOICES if name in choices}
    draft = replace(draft, table=interpret(draft.table, meaning), **_tuples(chosen))
    check_choices(meaning, _MEANING_CHECKS)
    check_choices(draft, _DATA_CHECKS)
    if not {*draft.features, draft.target} <= {*draft.table.frame.columns}:
        raise ValueError("a column that was chosen is not in the table")
    return draft


def check_choices(chosen: object, checks: Checks) -> None:
    """Raise ValueError for a choice that no page offers: its control could not show it."""
    for name, check in checks.items():
        check(name, getattr(chosen, name))


def _names(name: str, value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(column, str) for column in value):
        raise ValueError(f"{name} must hold names of columns")


_DATA_CHECKS: Checks = {
    "features": _names,
    "task": partial(choice, offered=get_args(Task)),
    "scaling": partial(choice, offered=SCALINGS),
    "validation": partial(within, low=0, high=MAX_VALIDATION),
    "seed": seed,
    "missing": partial(choice, offered=MISSINGS),
    "keep_constant": flag,
}


_MEANING_CHECKS: Checks = {
    "as_text": _names,
    "as_meant": _names,
    "day_first": lambda name, value: value is None or flag(name, value),
}


def _read_table(file: File, given: Dialect) -> InterpretedTable:
    return interpret(read_csv(file.data, name=file.name, dialect=given))


def data_name(draft: Draft | Exercise) -> str:
    """Return the name of a draft's data: a sample's key, "exercise", or a file's hash."""
    if isinstance(draft, Exercise):
        return EXERCISE
    if draft.sample is not None:
        return draft.sample
    return _file_name(draft.file) if draft.file else f"{FILE}unknown"


def _file_name(file: File) -> str:
    """Return the hash that names a file; computed once, since pages ask at each visit."""
    return latest(file, (), _hash_of)


def _hash_of(file: File) -> str:
    return file_hash(file.data)


def file_hash(data: bytes) -> str:
    """Return the hash that names a file's contents."""
    return FILE + hashlib.sha256(data).hexdigest()[:32]


def draft_choices(draft: Draft | Exercise) -> Fields:
    """Return the choices made for the data, as JSON values."""
    if isinstance(draft, Exercise):
        sizes = {**asdict(draft.sizes), "hidden": hidden_field(draft.sizes.hidden)}
        frames = {"samples": draft.samples, **_by_layer(draft.weights)}
        tables = {name: frame.to_numpy().tolist() for name, frame in frames.items()}
        return {"sizes": sizes, "with_weights": draft.with_weights, **tables}
    chosen = draft.choices
    if draft.sample is not None:  # only what differs from the sample's defaults
        own = Draft.of_sample(draft.sample)
        chosen = {name: value for name, value in chosen.items() if value != getattr(own, name)}
    if isinstance(draft, GeneratedDraft):
        chosen["recipe"] = asdict(recipe_of(draft))
    if draft.table.choices != MeaningChoices():
        chosen["meaning"] = asdict(draft.table.choices)
    if draft.file is not None and draft.file.given != Dialect():
        chosen["dialect"] = asdict(draft.file.given)
    return chosen


def _exercise(choices: Fields) -> Exercise:
    fields = choices["sizes"]
    sizes = Sizes(**{**fields, "hidden": hidden_sizes(fields.get("hidden", 2))})
    check_units(sizes.inputs, *sizes.hidden, sizes.outputs)
    flag("bias_input", sizes.bias_input)
    flag("bias_hidden", sizes.bias_hidden)
    samples = pd.DataFrame(_numbers(choices["samples"]), columns=[*sizes.xs, *sizes.ys])
    headings = _by_layer(sizes.headings)
    weights = (pd.DataFrame(_numbers(choices[W]), *headings[W]) for W in headings)
    return Exercise(sizes, samples, tuple(weights), choices["with_weights"] is True)


def _by_layer(values: Sequence[Value]) -> dict[str, Value]:
    """Return what belongs to each matrix under its name: W1, W2, …."""
    return {f"W{layer}": value for layer, value in enumerate(values, start=1)}


def _numbers(rows: list[list[float]]) -> Array:
    try:
        return np.array(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:  # whose message would repeat what it found
        raise ValueError("a table of the exercise does not hold rows of numbers") from error


def hidden_field(hidden: tuple[int, ...]) -> int | list[int]:
    """Return the units of the hidden layers; of a single one as versions 1 and 2 have them."""
    return hidden[0] if len(hidden) == 1 else list(hidden)


def hidden_sizes(units: int | list[int]) -> tuple[int, ...]:
    """Return the units of each hidden layer; versions 1 and 2 have only one."""
    sizes = tuple(units) if isinstance(units, list) else (units,)
    if not 1 <= len(sizes) <= MAX_HIDDEN:
        raise ValueError(f"a network has 1 to {MAX_HIDDEN} hidden layers")
    return sizes


def check_units(*counts: object) -> None:
    """Raise ValueError unless a layer may have so many units."""
    if not all(1 <= json_integer("units", units) <= MAX_UNITS for units in counts):
        raise ValueError(f"a layer has at least 1 unit, and {MAX_UNITS:,} units at most")


def _tuples(fields: Fields) -> Fields:
    """Turn JSON's lists into the tuples that dataclasses need."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
