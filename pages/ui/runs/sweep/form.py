"""The form of a sweep: two axes with their values, seeds and epochs, and what it will take."""

from functools import partial

import streamlit as st
from streamlit import runtime
from streamlit.delta_generator import DeltaGenerator

from core.checking.typed_number import Range
from core.utils.number_text import short_text
from core.utils.sentence import plural
from pages.ui.fields.binding import bind
from pages.ui.fields.number_field import number_field
from pages.ui.runs.sweep.axes import KINDS, MAX_LETTERS, Axis
from pages.ui.runs.sweep.panel import SweepPanel
from pages.ui.runs.sweep.plan import MAX_EPOCHS, MAX_SEEDS, SweepChoices, SweepPlan
from pages.ui.state.session import Session
from pages.ui.style.colours import round_up
from pages.ui.style.markdown import plain

START = "Start sweep"
NO_COLUMNS = "None (one setting alone)"
NOT_STARTED = "No sweep was started."
CHOOSE_NAMES = "Choose one or more."
OWN_WEIGHTS = (
    "The run in use starts from weights that were given. A sweep draws its own for each seed: "
    "{scheme}."
)
NOTHING_FROZEN = "The frozen weights of the run in use are free in a sweep."
LIST_HELP = (
    "A list such as 0.1, 0.3, 1. Numbers with a decimal comma are separated by semicolons. The "
    "buttons below put in a list that is often useful."
)


def sweep_form(state: Session, panel: SweepPanel) -> None:
    """Draw the form, and start a sweep in place of the last one when that is asked for.

    What is wrong is said where the cost stands otherwise, so that nothing moves.
    """
    choices, problems = panel.choices, list[str]()
    rows, columns = st.columns(2, gap="medium")
    with rows:
        first = _axis(state, choices, "rows", problems)
    with columns:
        second = _axis(state, choices, "columns", problems)
    wanted = _length(choices)
    axes = tuple(axis for axis in (first, second) if axis is not None)
    try:
        if problems:
            raise ValueError(" ".join(problems))
        seeds, epochs = choices.seeds, choices.epochs
        plan = SweepPlan(state.source, state.architecture, state.settings, axes, seeds, epochs)
        plan.check()
        st.caption(_cost(plan, state))
        for note in _notes(plan):
            st.caption(note)
        if wanted:
            with st.spinner("Starting the sweep …"):
                threshold = round_up(float(state.run.losses[0]) / 20)
                panel.begin(plan, threshold, partial(_is_open, state))
    except (ValueError, OSError) as error:
        not_started = f"{NOT_STARTED} " if wanted else ""
        st.markdown(f":small[:red[{not_started}{plain(str(error).rstrip('.'))}.]]")


def _length(choices: SweepChoices) -> bool:
    """Draw the fields for seeds and epochs, and the button; return whether it was pressed."""
    seeds, epochs, start = st.columns([1, 1, 2], gap="medium", vertical_alignment="bottom")
    with seeds:
        number_field(
            "Seeds in each cell",
            choices.seeds,
            partial(setattr, choices, "seeds"),
            Range(1, MAX_SEEDS, whole=True),
            key="sweep_seeds",
            help="Runs that differ in the seed alone, so in their initial weights and "
            "mini-batches. The seeds are 0, 1, 2, … whatever the seed of the run in use.",
        )
    with epochs:
        number_field(
            "Epochs of each run",
            choices.epochs,
            partial(setattr, choices, "epochs"),
            Range(1, MAX_EPOCHS, whole=True),
            key="sweep_epochs",
            help="Each run begins at epoch 0. One that diverges ends earlier.",
        )
    return start.button(
        START,
        icon=":material/grid_on:",
        help="Trains in the background, also while other pages are open.",
    )


def _is_open(state: Session) -> bool:
    """Return whether the browser's tab that has this session is there."""
    return not runtime.exists() or runtime.get_instance().is_active_session(state.owner)


def _cost(plan: SweepPlan, state: Session) -> str:
    """Return how many runs and epochs it is, and about how long they take."""
    counts = [str(len(axis.values)) for axis in plan.axes]
    cells = plural(plan.cells, "cell") + (f": {' × '.join(counts)}," if len(counts) > 1 else "")
    seconds = plan.seconds(state.run)
    return (
        f"**{plural(plan.count, 'run')}** ({cells} with {plan.seeds_text} each) of "
        f"{plural(plan.epochs, 'epoch')}: {plan.count * plan.epochs:,} epochs in all, about "
        f"{_duration(seconds)} on one core, less on several; the first sweep takes some seconds "
        "more, to start the processes. All else is as in the run in use."
    )


def _duration(seconds: float) -> str:
    """Return a rough time in words."""
    if seconds < 1:
        return "1 s"
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{short_text(seconds / size, 2)} {unit}"
    return f"{seconds:.0f} s"


def _notes(plan: SweepPlan) -> list[str]:
    """Return in what the runs differ from the run in use besides."""
    notes = []
    if plan.architecture.given is not None and all(axis.name != "scheme" for axis in plan.axes):
        scheme = KINDS["scheme"].value_text(plan.architecture.scheme)
        notes.append(OWN_WEIGHTS.format(scheme=scheme))
    if plan.settings.frozen:
        notes.append(NOTHING_FROZEN)
    return notes


# Axes


def _axis(state: Session, choices: SweepChoices, field: str, problems: list[str]) -> Axis | None:
    """Draw the choice of an axis and its values; return it, None if there is none or invalid.

    Why it is invalid is added to `problems`.
    """
    others = [name for name in KINDS if field == "rows" or name != choices.rows]
    options = others if field == "rows" else ["", *others]
    left, right = st.columns([2, 3], gap="small")
    left.selectbox(
        field.capitalize(),
        **bind(
            f"sweep_{field}", getattr(choices, field), partial(_choose, choices, field), options
        ),
        format_func=lambda name: KINDS[name].label if name else NO_COLUMNS,
        help=f"The setting that varies from one of the table’s {field} to the next.",
    )
    name = getattr(choices, field)
    if not name:
        return None
    kind = KINDS[name]
    try:
        if kind.names is not None:
            return _names_axis(choices, name)
        return _numbers_axis(choices, name, len(state.source.dataset.X), right)
    except ValueError as error:
        problems.append(f"{kind.label}: {error}")
        return None


def _choose(choices: SweepChoices, field: str, name: str) -> None:
    """Choose an axis; if the rows take that of the columns, these take theirs."""
    if field == "rows" and name == choices.columns:
        choices.columns = choices.rows
    setattr(choices, field, name)


def _names_axis(choices: SweepChoices, name: str) -> Axis:
    """Draw the choice of names; raise ValueError without any."""
    kind, key = KINDS[name], f"sweep_{name}"
    assert kind.names is not None
    wanted = st.pills(
        "Values",
        list(kind.names),
        selection_mode="multi",
        wrap=True,
        **bind(key, list(choices.names.get(name, kind.first))),
        format_func=kind.names.__getitem__,
        help=f"{kind.label}: a row or a column of the table for each.",
    )
    choices.names[name] = names = tuple(each for each in kind.names if each in wanted)
    if not names:
        raise ValueError(CHOOSE_NAMES)
    return Axis(name, names)


def _numbers_axis(choices: SweepChoices, name: str, samples: int, place: DeltaGenerator) -> Axis:
    """Draw the list of numbers in that place, and below it lists to choose from.

    Raises ValueError with a sentence if the list is invalid.
    """
    kind, key = KINDS[name], f"sweep_{name}"
    text = place.text_input(
        "Values",
        **bind(key, choices.texts.get(name, kind.presets[0])),
        max_chars=MAX_LETTERS,
        help=LIST_HELP,
    )
    choices.texts[name] = text
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Often used:", width="content")
        for number, preset in enumerate(kind.presets):
            st.button(
                preset,
                key=f"{key}_{number}",
                type="tertiary",
                on_click=partial(st.session_state.__setitem__, key, preset),
                help="Use these values.",
            )
    return Axis(name, kind.read(text, samples))
