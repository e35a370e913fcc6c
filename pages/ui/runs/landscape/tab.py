"""Landscape tab: C over a plane through a run's path."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from core.checking.typed_number import Range
from core.utils.number_text import short_text
from core.utils.sentence import plural
from pages.ui.chain_rule.notation import Selection
from pages.ui.fields.binding import bind
from pages.ui.fields.number_field import number_entry
from pages.ui.frame.fragment import fragment
from pages.ui.live import landscape as landscape_component
from pages.ui.runs.landscape.curvature import (
    curvature_epochs,
    curvature_figure,
    curvature_sentences,
)
from pages.ui.runs.landscape.line import (
    LineChoice,
    line_figure,
    line_sentence,
    line_title,
    run_name,
    similar_runs,
)
from pages.ui.runs.landscape.picture import Picture, telling_epoch
from pages.ui.runs.landscape.server import (
    Key,
    Landscape,
    LandscapeMessage,
    session_landscape,
)
from pages.ui.state.page_list import PageLink
from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.markdown import plain

EXPLANATION = (
    "Every point of the picture is a network: from one to the next all {weights} change together, "
    "along two directions, the axes, and the colour is C there. The path of the run is seen as its "
    "shadow on this plane; where it lies beside the plane, its weights differ from those of the "
    "shadow by the distance from the plane, and so C on the plane differs from C true."
)
UNTRAINED = (
    "This run has not been trained, so it has no path yet. Train it: its path over C is then drawn "
    "here."
)
TRAIN_TO_END = "Train to the end"
TRAIN = PageLink("pages/train.py", "Watch it train", ":material/play_circle:")
COMPONENTS, EPOCHS = "Principal components", "Three epochs"
EXTENTS = (0.25, 0.5, 1.0, 2.0, 4.0)
RESOLUTIONS = (25, 51, 101)
CANCELLED, RESUME = "Cancelled.", "Go on"
QUEUED = "It is being computed: the progress is shown below the picture."
SAME_EPOCHS = "Choose three different epochs: two equal ones leave the plane open."
FEW_EPOCHS = 2  # trained, from which on there are three different ones
CURVATURE, DRAW_LINE, DRAW_PLANE = "Compute the curvature", "Draw the line", "Draw this plane"
ABOUT_CURVATURE = (
    "The largest eigenvalue of the Hessian of what is minimised tells how strongly C is curved in "
    "the direction in which it is curved most. On a quadratic, a step of plain gradient descent "
    "multiplies the error along that direction by 1 − ηλ, λ being the eigenvalue: above the limit "
    "of 2/η (with momentum μ: 2(1 + μ)/η) each step overshoots by more than the one before."
)
ABOUT_LINE = "C between two networks, all weights changed in proportion: is there a barrier?"


@fragment
def landscape_tab(state: Session) -> None:
    """Draw the tab."""
    view = session_landscape()
    view.select_run(state.current)
    if state.run.epoch == 0 and not view.trains:
        _untrained(state, view)
        return
    _run_choice(state)
    left, right = st.columns([3, 2], gap="large")
    if view.trains:
        with left:
            _train(state, view)
        return
    with right:
        _plane_controls(state, view)
    below = st.columns(2, gap="large")
    with below[1]:
        _line_form(state, view)  # before the picture's answer, which computes the line
    with left:
        _picture(state, view)
    with below[0]:
        _curvature(state, view)
    with below[1]:
        _line(state, view)


def _run_choice(state: Session) -> None:
    """Say which run it is, and let another one of the session be opened."""
    run, current = state.run, state.current
    facts = f"η = {short_text(run.settings.learning_rate)}, {plural(run.epoch, 'epoch')}"
    names = {
        each.identifier: run_name(state, each)
        for each in state.runs.all
        if each.run.epoch or each is current
    }
    if len(names) < 2:
        st.markdown(plain(f"{current.name or 'The run in use'}: {facts}."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Run",
            **bind("landscape_run", current.identifier, state.open_run, list(names)),
            format_func=lambda identifier: names.get(identifier, ""),
            width=320,
            help="The run whose landscape this is. Another one becomes the run in use, on all "
            "pages.",
        )
        st.markdown(plain(f"{facts}."), width="content")


def _answer(state: Session, view: Landscape) -> None:
    """Compute a slice, and draw the picture with its film, or the progress of the first one."""
    message = LandscapeMessage.parse(st.session_state.get("landscape", {}).get("landscape"))
    job = view.advance(state, message)
    if view.picture is not None or job is not None:
        data = view.reply(state, message, job)
        landscape_component(key="landscape", data=data, on_landscape_change=lambda: None)


def _train(state: Session, view: Landscape) -> None:
    """Draw the progress of the training; after it the page is about the trained run."""
    _answer(state, view)
    if not view.trains:
        st.rerun()


def _untrained(state: Session, view: Landscape) -> None:
    """Draw what to do about a run without a path."""
    st.info(UNTRAINED, icon=":material/terrain:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            TRAIN_TO_END,
            icon=":material/fast_forward:",
            on_click=partial(setattr, view, "trains", True),
            help=f"Train up to epoch {state.settings.epochs:,}, or until the run ends before.",
        )
        TRAIN.draw()


# The plane


def _plane_controls(state: Session, view: Landscape) -> None:
    """Draw the choice of the plane, and of the part of it that is shown."""
    latest = state.run.epoch
    kinds = (COMPONENTS, EPOCHS) if latest >= FEW_EPOCHS else (COMPONENTS,)

    def write(kind: str | None) -> None:
        if kind is not None:
            epochs = (0, latest // 2, latest) if kind == EPOCHS else ()
            view.choice = replace(view.choice, epochs=epochs)

    st.segmented_control(
        "Plane through",
        **bind(
            "landscape_plane",
            EPOCHS if view.choice.epochs else COMPONENTS,
            write,
            kinds,
        ),
        required=True,
        help="The two directions in which the path’s weights vary most, or the plane that three "
        "epochs of your choice lie on.",
    )
    if view.choice.epochs:
        _epoch_form(state, view)
    last = view.choice.last(state.run)
    until = number_entry(
        "Path up to epoch",
        last,
        Range(1, latest, whole=True),
        key=f"landscape_until_{state.current.identifier}_{latest}_{last}",
        help="The path is drawn, and the plane laid, up to there. Unless you choose it, it is the "
        "last epoch at which C is at most 1,000 times that of epoch 0: "
        f"{telling_epoch(state.run):,}.",
    )
    if until is not None and until != last:
        view.choice = replace(view.choice, until=int(until))
    st.select_slider(
        "Extent",
        **bind(
            "landscape_extent",
            view.choice.extent,
            lambda extent: setattr(view, "choice", replace(view.choice, extent=extent)),
            EXTENTS,
        ),
        format_func=lambda extent: f"× {extent:g}",
        help="How far the picture reaches, relative to the path.",
    )
    st.selectbox(
        "Resolution",
        **bind(
            "landscape_points",
            view.choice.points,
            lambda points: setattr(view, "choice", replace(view.choice, points=points)),
            RESOLUTIONS,
        ),
        format_func=lambda points: f"{points} × {points} points",
        help="At so many points C is computed; more take longer.",
    )


def _epoch_form(state: Session, view: Landscape) -> None:
    """Draw the three epochs that the plane goes through."""
    within = Range(0, state.run.epoch, whole=True)
    with st.form("landscape_epochs"):
        chosen = [
            number_entry(
                f"{which} epoch",
                epoch,
                within,
                key=f"landscape_epoch_{which}_{state.current.identifier}",
                help=f"An epoch from 0 to {state.run.epoch:,}. The first axis leads from the first "
                "to the second.",
            )
            for which, epoch in zip(("First", "Second", "Third"), view.choice.epochs, strict=True)
        ]
        if st.form_submit_button(DRAW_PLANE, help="The picture follows when it is computed."):
            epochs = tuple(int(epoch) for epoch in chosen if epoch is not None)
            if len(set(epochs)) < len(epochs):
                st.error(SAME_EPOCHS)
            elif len(epochs) == len(chosen):
                view.choice = replace(view.choice, epochs=epochs)


# The picture


def _picture(state: Session, view: Landscape) -> None:
    """Draw the picture, and what is to be known of it."""
    _answer(state, view)
    key = view.picture_key(state)
    if not view.has_picture(state) and key in view.cancelled:
        _cancelled_notice(view, key)
    elif view.picture is not None:
        st.caption(" ".join(_notes(state, view.picture)))
    st.caption(EXPLANATION.format(weights=plural(state.run.template.size, "weight")))


def _cancelled_notice(view: Landscape, key: Key) -> None:
    """Say that this was cancelled, with a button that continues it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(CANCELLED, width="content")
        st.button(
            RESUME,
            key=f"landscape_resume_{key[0]}",
            icon=":material/play_arrow:",
            on_click=view.cancelled.discard,
            args=(key,),
            help="Continue the computation.",
        )


def _notes(state: Session, picture: Picture) -> Sequence[str]:
    """Return what is to be known of the picture."""
    run, N = state.run, len(state.run.X)
    notes = [f"C: {LOSS_NAMES[picture.loss]}.", "Each axis has a scale of its own."]
    if picture.rows is not None:
        of = f"{len(picture.rows):,} of the {N:,} samples"
        notes.append(f"C on the plane is taken over {of}, C true over all of them.")
    if run.settings_at(state.epoch).l2:
        notes.append("C is shown without the L2 term, which the run minimises with it.")
    last = int(picture.path.epochs[-1])
    if last < run.epoch:
        notes.append(f"The path is drawn up to epoch {last:,} of {run.epoch:,}.")
    if len(picture.path.epochs) <= last:
        shown = f"{len(picture.path.epochs):,} of {last + 1:,} epochs"
        notes.append(f"The film shows {shown}, evenly spaced along the path.")
    if run.diverged:
        notes.append(f"The run diverged: after epoch {run.epoch:,} its numbers are not finite.")
    elif not run.done:
        notes.append(f"The path is that of the {run.epoch:,} epochs trained so far.")
    return [*notes, Selection.of(state).notes]


# The curvature


def _curvature(state: Session, view: Landscape) -> None:
    """Draw the largest curvature over the epochs, computed when it is asked for."""
    st.header("Curvature and step size", anchor=False)
    st.caption(ABOUT_CURVATURE)
    if not view.wants_curvature:
        st.button(
            CURVATURE,
            icon=":material/show_chart:",
            on_click=partial(setattr, view, "wants_curvature", True),
            help=f"At {plural(len(curvature_epochs(state.run)), 'epoch')} of the run.",
        )
        return
    if view.curvatures:
        st.plotly_chart(
            curvature_figure(state.run, view.curvatures),
            config=figures.CONFIG,
            key="landscape_curvature",
            alt="Largest eigenvalue of the Hessian over the epochs, and the limit of the step size",
        )
        st.markdown(" ".join(curvature_sentences(state.run, view.curvatures)))
    if view.curvature_key in view.cancelled:
        _cancelled_notice(view, view.curvature_key)
    elif not view.curvatures:
        st.caption(QUEUED)


# The line


def _line(state: Session, view: Landscape) -> None:
    """Draw C along a straight line between two networks."""
    if view.line is None or not (key := view.line_key(state)):
        return
    found = view.found_line(state)
    if found is None:
        if key in view.cancelled:
            _cancelled_notice(view, key)
        else:
            st.caption(QUEUED)
        return
    st.markdown(f"**{line_title(found)}**")
    st.plotly_chart(
        line_figure(found, state.conventions.digits),
        config=figures.CONFIG,
        key="landscape_line",
        alt=f"{line_title(found)}. {line_sentence(found)}",
    )
    st.markdown(line_sentence(found))
    if found.rows is not None:
        st.caption(f"C over {len(found.rows):,} of the {len(state.run.X):,} samples.")


def _line_form(state: Session, view: Landscape) -> None:
    """Draw the choice of the line's ends."""
    st.header("Straight line", anchor=False)
    st.caption(ABOUT_LINE)
    run = state.run
    others = {each.identifier: each for each in similar_runs(state)}
    other = st.selectbox(
        "To run",
        ["", *others],
        format_func=lambda one: run_name(state, others[one]) if one else "This run",
        key=f"landscape_line_run_{state.current.identifier}_{len(others)}",
        help="This run, or another one of the session whose network has the same form. C is over "
        "the samples of this run.",
    )
    target = others[other].run if other else run
    key = f"{state.current.identifier}_{run.epoch}_{other}"  # another run begins with its epochs
    with st.form("landscape_line_form"):
        start_place, end_place = st.columns(2)
        with start_place:
            start = number_entry(
                "From epoch",
                0,
                Range(0, run.epoch, whole=True),
                key=f"landscape_line_start_{key}",
                help="An epoch of this run.",
            )
        with end_place:
            end = number_entry(
                "To epoch",
                target.epoch,
                Range(0, target.epoch, whole=True),
                key=f"landscape_line_end_{key}",
                help="An epoch of that run.",
            )
        sent = st.form_submit_button(DRAW_LINE, help="C at 51 points of the line, below.")
    if sent:
        wrong = start is None or end is None
        view.line = None if wrong else LineChoice(int(start or 0), int(end or 0), other)
