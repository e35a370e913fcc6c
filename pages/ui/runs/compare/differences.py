"""What a run was made with, by name; and what runs have in common, and what not.

    entries = run_entries(state.runs)
    differing_names(entries)      # ["weights’ seed"]
    shared_text(entries)          # "XOR, 4 samples, 3 hidden units, …"

A value is None where a choice has no effect on the run, such as the momentum of plain descent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from core.training.run import Run
from core.training.settings import RULE_SETTINGS, Settings
from core.utils.latest import latest
from core.utils.number_text import exact_text
from core.utils.sentence import excerpt, plural
from core.utils.unique_names import unique_names
from pages.ui.state.drafts import Draft
from pages.ui.state.run_list import Experiment, RunList
from pages.ui.style.change_marks import EDITED, change_marks
from pages.ui.style.comparability import digest, table_digest
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES, OPTIMIZER_NAMES, SCHEME_NAMES

Value = str | int | float | None

DATA = "data"
SAMPLES, VALIDATION, SPLIT_SEED = "samples", "validation rows", "split seed"
WEIGHTS_SEED, TRAINING_SEED = "weights’ seed", "training seed"
SEEDS = (WEIGHTS_SEED, TRAINING_SEED)
SCALING, MISSING, ORDER = "scaling", "missing values", "order"
MINI_BATCH, LENGTH = "mini-batch", "run length"
IN_USE, PREVIOUS, KEPT = "in use", "previous", "kept"
NOT_DRAWN = "zeros"  # initial weights that no seed changes
MOST_LETTERS = 60  # of a value in a sentence
MOST_FROZEN = 12  # weights named one by one
MOST_STEPS = 4  # values of a setting that was changed on the way
PARAMETERS = {  # of an optimiser: its field in the settings, and its name
    "momentum": "momentum μ",
    "alpha": "decay α",
    "beta1": "decay β₁",
    "beta2": "decay β₂",
    "epsilon": "ε",
}
# How a value is said in a sentence, if not as "name value".
PHRASES = {
    DATA: "{}",
    "task": "{}",
    SAMPLES: "{} samples",
    VALIDATION: "{} validation rows",
    "hidden units": "{} hidden units",
    "biases": "biases: {}",
    "initial weights": "initial weights {}",
    "learning rate η": "η = {}",
    "optimiser": "{}",
    "L2 λ": "λ = {}",
    "loss": "{}",
    MINI_BATCH: "batches of {}",
    LENGTH: "{} epochs at most",
}
COUNTS = {SAMPLES, VALIDATION, MINI_BATCH, LENGTH}
# Without effect on some runs: two runs differ in it only if it has an effect on both.
DEPENDENT = {
    *(SPLIT_SEED, SCALING, MISSING, WEIGHTS_SEED, TRAINING_SEED, ORDER),
    *PARAMETERS.values(),
}
FULL_BATCH = "full batch"


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run among those that are compared: its name, its status, and what it was made with."""

    experiment: Experiment
    name: str
    status: str  # in use, previous, kept: in words
    choices: dict[str, Value] = field(repr=False)

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.experiment.run

    @property
    def identifier(self) -> str:
        """The run's identifier in the session."""
        return self.experiment.identifier

    @property
    def seeds(self) -> tuple[Value, ...]:
        """The seeds of its weights and of its training."""
        return tuple(self.choices[name] for name in SEEDS)

    @property
    def but_seeds(self) -> tuple[Value, ...]:
        """Everything else that it was made with."""
        return tuple(value for name, value in self.choices.items() if name not in SEEDS)


def run_entries(runs: RunList) -> tuple[RunEntry, ...]:
    """Return an entry for each run, with unique names of the runs and of their data."""
    labels, data = runs.labels, _data_names(runs.all)
    return tuple(
        RunEntry(
            experiment,
            labels[experiment.identifier],
            _status(runs, experiment),
            {DATA: title, **_choices(experiment)},
        )
        for experiment, title in zip(runs.all, data, strict=True)
    )


def differing_names(entries: Sequence[RunEntry]) -> list[str]:
    """Return the names of the choices that are not the same for all runs."""
    return [name for name in entries[0].choices if len(_distinct(entries, name)) > 1]


def _distinct(entries: Sequence[RunEntry], name: str) -> set[Value]:
    """Return the values of a choice, of those runs that it has an effect on."""
    values = {entry.choices[name] for entry in entries}
    return values - {None} if name in DEPENDENT else values


def shared_text(entries: Sequence[RunEntry]) -> str:
    """Return what is the same for all runs, in one line; choices without effect are left out."""
    first = entries[0].choices
    same = [name for name in first if len({entry.choices[name] for entry in entries}) == 1]
    return choices_text(entries[0], same)


def choices_text(entry: RunEntry, names: Sequence[str]) -> str:
    """Return some of a run's choices in one line; those without effect are left out."""
    phrases = [_phrase(name, entry.choices[name]) for name in names]
    return ", ".join(phrase for phrase in phrases if phrase)


def value_text(value: Value) -> str:
    """Return a value as text, all digits of a number; "" for None."""
    if value is None:
        return ""
    return value if isinstance(value, str) else exact_text(value)


def _phrase(name: str, value: Value) -> str:
    if value is None:
        return FULL_BATCH if name == MINI_BATCH else ""
    text = f"{value:,}" if name in COUNTS and isinstance(value, int) else value_text(value)
    return PHRASES.get(name, f"{name} {{}}").format(excerpt(text, MOST_LETTERS))


def _status(runs: RunList, experiment: Experiment) -> str:
    of = {IN_USE: runs.shown_identifier, PREVIOUS: runs.previous_identifier}
    words = [word for word, identifier in of.items() if experiment.identifier == identifier]
    return ", ".join([*words, *[KEPT] * bool(experiment.name)])


def _data_names(experiments: Sequence[Experiment]) -> list[str]:
    """Return the title of each one's data; other rows under the same title get a number."""
    tables = {(each.source.title, table_digest(each.source.dataset)): "" for each in experiments}
    unique = unique_names(title for title, _ in tables)
    names = dict(zip(tables, unique, strict=True))
    return [names[each.source.title, table_digest(each.source.dataset)] for each in experiments]


def _choices(experiment: Experiment) -> dict[str, Value]:
    return {**_of_data(experiment), **_of_network(experiment), **_of_training(experiment.run)}


def _of_data(experiment: Experiment) -> dict[str, Value]:
    data, draft, run = experiment.source.dataset, experiment.source.draft, experiment.run
    choices = draft.choices if isinstance(draft, Draft) else {}
    gaps = any(column.missing for column in data.columns if column.role == "feature")
    return {
        "target": ", ".join(data.target_names),
        "task": data.task,
        "features": ", ".join(data.feature_names),
        SAMPLES: len(run.X),
        VALIDATION: len(run.validation[0]) if run.validation else None,
        SPLIT_SEED: choices.get("seed") if run.validation else None,
        SCALING: choices.get("scaling"),
        MISSING: choices.get("missing") if gaps else None,
    }


def _of_network(experiment: Experiment) -> dict[str, Value]:
    net, chosen = experiment.run.template, experiment.architecture
    has = (net.bias_input, net.bias_hidden)
    given = chosen.given
    scheme = SCHEME_NAMES[chosen.scheme] if given is None else f"given ({digest(*given.weights)})"
    drawn = given is None and chosen.scheme != NOT_DRAWN
    return {
        "hidden units": ", ".join(str(columns) for _, columns in net.shapes[:-1]),
        "biases": {(True, True): "all", (True, False): "input", (False, True): "hidden"}.get(
            has, "none"
        ),
        "hidden activation": ACTIVATION_NAMES[net.hidden],
        "output activation": ACTIVATION_NAMES[net.output],
        "initial weights": scheme,
        WEIGHTS_SEED: chosen.seed if drawn else None,
    }


def _of_training(run: Run) -> dict[str, Value]:
    """Return the settings, the changes on the way with their epochs, and the run's length.

    A setting that was changed reads "10 → 300".
    """
    settings = [run.settings_at(epoch) for epoch in (0, *run.branch_epochs)]
    samples = len(run.X)
    mini = [each for each in settings if _batch(each, samples)]
    return {
        "loss": _path([LOSS_NAMES[each.loss] for each in settings]),
        "learning rate η": _path([each.learning_rate for each in settings]),
        "optimiser": _path([OPTIMIZER_NAMES[each.optimizer] for each in settings]),
        **{
            name: _path(
                [getattr(e, field) for e in settings if field in RULE_SETTINGS[e.optimizer]]
            )
            for field, name in PARAMETERS.items()
        },
        MINI_BATCH: _path([_batch(each, samples) for each in settings], FULL_BATCH),
        ORDER: _path(["shuffled" if each.shuffle else "as in the data" for each in mini]),
        TRAINING_SEED: _path([each.seed for each in mini]),
        "L2 λ": _path([each.l2 for each in settings]),
        "frozen weights": _path([_frozen_text(each) for each in settings], "none"),
        "changes": _changes_text(run),
        "edited weights": _edits_text(run),
        "early stopping": run.settings.patience,
        LENGTH: run.settings.epochs,
    }


def _path(values: Sequence[Value], missing: str = "") -> Value:
    """Return the value of a setting; one that was changed on the way as "first → … → last"."""
    steps = [value for value, _ in groupby(values)]
    if len(steps) < 2:
        return steps[0] if steps else None
    texts = [missing if value is None else value_text(value) for value in steps]
    if len(texts) > MOST_STEPS:
        texts = [texts[0], "…", texts[-1]]
    return " → ".join(texts)


def _batch(settings: Settings, samples: int) -> int | None:
    """Return the samples of a mini-batch; None for the full batch."""
    size = settings.batch_size
    return size if size is not None and size < samples else None


def _frozen_text(settings: Settings) -> str | None:
    """Return the weights that are frozen, as W1[row, column], or how many there are."""
    places = sorted(settings.frozen)
    if len(places) > MOST_FROZEN:
        return f"{plural(len(places), 'weight')} ({digest(np.array(places))})"
    return ", ".join(f"W{layer}[{row}, {column}]" for layer, row, column in places) or None


def _changes_text(run: Run) -> str | None:
    """Return the settings that were changed on the way, with the epochs."""
    changes = (f"epoch {at:,}: {text}" for at, text in change_marks(run) if text != EDITED)
    return "; ".join(changes) or None


def _edits_text(run: Run) -> str | None:
    """Return the epochs at which weights were edited, with a digest of the weights."""
    epochs = run.edited_epochs
    return latest(run, epochs, _edit_digests) if epochs else None


def _edit_digests(run: Run, *epochs: int) -> str:
    return "; ".join(f"epoch {at:,} ({digest(*run.at(at).weights)})" for at in epochs)
