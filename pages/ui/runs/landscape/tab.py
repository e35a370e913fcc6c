"""Landscape tab: C over a plane through a run's path."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from core.checking.typed_number import Range
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
    compute_line,
    line_figure,
    run_name,
    similar_runs,
)
from pages.ui.runs.landscape.picture import Picture
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
    "shadow on this plane; where it lies beside the plane, the weights differ a little from those "
    "of the shadow, and so C on the plane differs from C true."
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
CURVATURE, DRAW_LINE, DRAW_PLANE = "Compute the curvature", "Draw the line", "Draw this plane"
ABOUT_CURVATURE = (
    "The largest eigenvalue of the Hessian of what is minimised tells how strongly C is curved in "
    "the direction in which it is curved most. Above the limit, gradient descent overshoots there."
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
    st.markdown(EXPLANATION.format(weights=plural(state.run.template.size, "weight")))
    left, right = st.columns([3, 2], gap="large")
    if view.trains:
        with left:
            _train(state, view)
        return
    with right:
        _plane_controls(state, view)
    with left:
        _picture(state, view)
    left, right = st.columns(2, gap="large")
    with left:
        _curvature(state, view)
    with right:
        _line(state, view)


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
            (COMPONENTS, EPOCHS),
        ),
        required=True,
        help="The two directions in which the path’s weights vary most, or the plane that three "
        "epochs of your choice lie on.",
    )
    if view.choice.epochs:
        _epoch_form(state, view)
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
            if len(epochs) == len(chosen):
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
    if len(picture.path.epochs) <= run.epoch:
        shown = f"{len(picture.path.epochs):,} of {run.epoch + 1:,} epochs"
        notes.append(f"The film shows {shown}, evenly spaced along the path.")
    if run.diverged:
        notes.append(f"The run diverged: after epoch {run.epoch:,} its numbers are not finite.")
    elif not run.done:
        notes.append(f"The path is that of the {run.epoch:,} epochs trained so far.")
    return [*notes, Selection.of(state).notes]


# The curvature


def _curvature(state: Session, view: Landscape) -> None:
    """Draw the largest curvature over the epochs, computed when it is asked for."""
    st.subheader("Curvature and step size", anchor=False)
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
    st.subheader("Straight line", anchor=False)
    st.caption(ABOUT_LINE)
    _line_form(state, view)
    if view.line is None or (view.line.other and state.runs.find(view.line.other) is None):
        return
    if view.line_result is None or view.line_result[0] != view.line:
        view.line_result = view.line, compute_line(state, view.line)
    found = view.line_result[1]
    st.plotly_chart(
        line_figure(found, state.conventions.digits),
        config=figures.CONFIG,
        key="landscape_line",
        alt=f"C along the straight line from {found.ends[0]} to {found.ends[1]}",
    )
    if found.rows is not None:
        st.caption(f"C over {len(found.rows):,} of the {len(state.run.X):,} samples.")


def _line_form(state: Session, view: Landscape) -> None:
    """Draw the choice of the line's ends."""
    run = state.run
    key = f"{state.current.identifier}_{run.epoch}"  # another run begins with its own epochs
    others = {each.identifier: each for each in similar_runs(state)}
    longest = max([run.epoch, *(each.run.epoch for each in others.values())])
    with st.form("landscape_line_form"):
        start_place, run_place, end_place = st.columns(3)
        with start_place:
            start = number_entry(
                "From epoch",
                0,
                Range(0, run.epoch, whole=True),
                key=f"landscape_line_start_{key}",
                help="An epoch of this run.",
            )
        with run_place:
            other = st.selectbox(
                "To run",
                ["", *others],
                format_func=lambda one: run_name(state, others[one]) if one else "This run",
                key="landscape_line_run",
                help="This run, or another one of the session whose network has the same form. C "
                "is over the samples of this run.",
            )
        with end_place:
            end = number_entry(
                "To epoch",
                run.epoch,
                Range(0, longest, whole=True),
                key=f"landscape_line_end_{key}",
                help="An epoch of that run.",
            )
        sent = st.form_submit_button(DRAW_LINE, help="C at 51 points of the line, below.")
    if sent and start is not None and end is not None:
        target = others[other].run if other else run
        if end > target.epoch:
            st.error(plain(f"That run is trained to epoch {target.epoch:,}: choose one up to it."))
            return
        view.line = LineChoice(int(start), int(end), other)
