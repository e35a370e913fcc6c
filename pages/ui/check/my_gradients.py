"""Check my gradients: numbers that somebody worked out, pasted or uploaded, against the truth."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.checking.assignment import Bundle, BundleError, read_bundle, write_bundle
from core.checking.diagnosis import MOST_DIGITS, Diagnosis, Explanation
from core.checking.grading import HEADER, INCOMPLETE, Marked, as_csv, mark_data
from core.checking.matrix_layouts import AS_WEIGHTS
from core.checking.mistakes import BY_IDENTIFIER, wrong_gradients
from core.training.run import Run
from core.utils.latest import latest
from core.utils.sentence import sentence_case
from pages.ui.chain_rule.notation import Look
from pages.ui.chain_rule.panel import Panel, panels
from pages.ui.chain_rule.scene import shown_loss
from pages.ui.frame.fragment import fragment
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.markdown import count, plain

Array = NDArray[np.float64]

KEY, TEXT = "check_mine", "mine_text"
MOST_ROWS, MOST_CELLS = 10_000, 200_000  # of a bundle
MOST_FILES = 1000  # whose marks are kept
PASTE, UPLOAD = "Paste", "Upload files"
OWN, GIVEN = "This epoch", "An earlier bundle"
PASTED = "your text"  # the name of what was pasted, in sentences
TYPES = ["csv", "txt", "json", "m", "tex", "py", "dat", "tsv"]
MATRICES = {"dW1": "∂C/∂W⁽¹⁾", "dW2": "∂C/∂W⁽²⁾"}
EXAMPLE_MISTAKE = "missing_hidden_derivative"
EXAMPLE = "dW1 = [[0.0012, …], …]\ndW2 = [[0.0345], …]"


@dataclass
class Mine:
    """What was handed in, in this browser session."""

    text: str = ""  # pasted
    bundle: Bundle | None = None  # that was uploaded to be marked by
    bundle_read: str = ""  # the id of its file
    bundle_error: str = ""


@fragment
def check_mine(state: Session) -> None:
    """The tab: what to differentiate, what was handed in, and what is to be said of it."""
    mine = _mine()
    st.markdown(
        "Work out ∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾ yourself, by hand or with your own program, and bring them "
        "here: right to how many digits, or which mistake explains them."
    )
    bundle = _chosen_bundle(state, mine)
    if bundle is None:
        return
    st.markdown("**2. Your gradients**")
    way = st.segmented_control(
        "Input",
        [PASTE, UPLOAD],
        default=PASTE,
        required=True,
        key="mine_way",
        help="Several files at once give a table, for marking.",
    )
    rows = _pasted(mine, bundle) if way == PASTE else _uploaded(bundle)
    if not rows:
        return
    shown = rows[0] if len(rows) == 1 else _table(rows)
    _result(state, bundle, shown, own=bundle is _own(state))


def _mine() -> Mine:
    if KEY not in st.session_state:
        st.session_state[KEY] = Mine()
    mine: Mine = st.session_state[KEY]
    return mine


# What is to be differentiated


def _own(state: Session) -> Bundle:
    """The weights and data of the app's epoch, and the loss shown; of many rows the first."""
    return latest(state.run, (state.epoch, shown_loss(state)), _bundle_of)


def _bundle_of(run: Run, epoch: int, loss: str) -> Bundle:
    rows = _rows_of(run)
    net, rate = run.at(epoch), run.settings_at(epoch).learning_rate
    return Bundle(net, run.X[:rows], run.y[:rows], loss, rate)


def _rows_of(run: Run) -> int:
    """How many samples go into a bundle, for its files to be no larger than they may."""
    columns = max(run.X.shape[1], run.y.shape[1])
    return int(min(len(run.X), MOST_ROWS, max(1, MOST_CELLS // columns)))


def _chosen_bundle(state: Session, mine: Mine) -> Bundle | None:
    """What the numbers are held against: the app's epoch, or a bundle that was handed out."""
    st.markdown("**1. The weights and the data**")
    which = st.segmented_control(
        "Weights and data",
        [OWN, GIVEN],
        default=OWN,
        required=True,
        key="mine_bundle_way",
        help="A class gets one bundle; its answers are marked against that bundle, whenever.",
    )
    bundle = _own(state) if which == OWN else _given(mine)
    if bundle is not None:
        _about(state, bundle, own=which == OWN)
    return bundle


def _about(state: Session, bundle: Bundle, *, own: bool) -> None:
    """Shapes and loss in a line, and the bundle to download."""
    net = bundle.net
    some = own and len(bundle.X) < len(state.run.X)
    left = f" (the first of {len(state.run.X):,})" if some else ""
    at = f"Epoch {state.epoch:,}: " if own else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{at}{count(len(bundle.X), 'sample')}{left}, W⁽¹⁾ {_shape(net.W1)}, "
            f"W⁽²⁾ {_shape(net.W2)}; C: {LOSS_NAMES[bundle.loss]}.",
            width="content",
        )
        if own:
            st.download_button(
                "Download the bundle",
                partial(write_bundle, net, bundle.X, bundle.y, bundle.loss, bundle.learning_rate),
                f"gradients-epoch-{state.epoch}.zip",
                "application/zip",
                icon=":material/download:",
                on_click="ignore",
                help="X.csv, y.csv, W1.csv, W2.csv, the settings with the loss C, and a few lines "
                "of Python that load them. Every digit is in it.",
            )
    if own:
        _form(Look.at(state))


def _form(look: Look) -> None:
    """Which loss and which layout of the matrices hold here, where that is to be said."""
    if look.other_loss:
        st.caption(look.other_loss)
    if look.layout_note:
        st.caption(f"{look.layout_note} You may bring yours in either form.")


def _given(mine: Mine) -> Bundle | None:
    """A bundle that was downloaded before."""
    file = st.file_uploader(
        "Bundle",
        type="zip",
        key="mine_bundle",
        help="As downloaded here: a zip with X.csv, y.csv, W1.csv, W2.csv and bundle.json.",
    )
    if file is not None and file.file_id != mine.bundle_read:
        try:
            mine.bundle, mine.bundle_error = read_bundle(file.getvalue()), ""
        except BundleError as error:
            mine.bundle, mine.bundle_error = None, str(error)
        mine.bundle_read = file.file_id
    if mine.bundle_error:
        st.error(plain(mine.bundle_error), icon=":material/error:")
    return mine.bundle


def _shape(matrix: Array) -> str:
    return "×".join(map(str, matrix.shape))


# What was handed in


def _pasted(mine: Mine, bundle: Bundle) -> list[Marked]:
    """The text of one person."""
    if TEXT not in st.session_state:  # another page was open
        st.session_state[TEXT] = mine.text
    with st.form("mine_form", border=False):
        text = st.text_area(
            "∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾, both or one",
            key=TEXT,
            height=190,
            placeholder=EXAMPLE,
            help="As NumPy prints it, MATLAB, LaTeX, JSON or CSV, with dW1 and dW2 before the "
            "numbers. Transposed, the bias row first and a bias vector apart (db1, db2) are "
            "recognised, and said.",
        )
        asked = st.form_submit_button("Check", type="primary", icon=":material/fact_check:")
    if asked:
        mine.text = text or ""
    if not mine.text.strip():
        if asked:
            st.warning("Nothing is there yet: paste dW1, dW2 or both.", icon=":material/edit:")
        st.button(
            "Fill in an example with a mistake",
            icon=":material/edit:",
            on_click=_fill,
            args=(mine, bundle),
            help="The gradients as somebody worked them out who forgot something, to six digits.",
        )
        return []
    return [_marked(bundle, PASTED, mine.text.encode())]


def _fill(mine: Mine, bundle: Bundle) -> None:
    b = bundle
    wrong = wrong_gradients(b.net, b.X, b.y, (EXAMPLE_MISTAKE,), b.loss, b.learning_rate)
    rows = [[[float(f"{value:.6g}") for value in row] for row in matrix] for matrix in wrong]
    text = "\n".join(f"{name} = {matrix}" for name, matrix in zip(MATRICES, rows, strict=True))
    mine.text = st.session_state[TEXT] = text


def _uploaded(bundle: Bundle) -> list[Marked]:
    """The files of one or many."""
    files: list[UploadedFile] = st.file_uploader(
        "Files with dW1 and dW2",
        type=TYPES,
        accept_multiple_files=True,
        key="mine_files",
        help="Text: CSV, JSON, NumPy, MATLAB or LaTeX. One file a person.",
    )
    if len(files) < 2:
        return [_marked(bundle, file.name, file.getvalue()) for file in files]
    bar = st.progress(0.0, "Marking …")
    rows = []
    for done, file in enumerate(files, start=1):
        rows.append(_marked(bundle, file.name, file.getvalue()))
        bar.progress(done / len(files), f"{done} of {count(len(files), 'file')}")
    bar.empty()
    return rows


def _marked(bundle: Bundle, name: str, data: bytes) -> Marked:
    """A file against a bundle; what was marked once is not marked again."""
    return latest(bundle, (name, data), _mark, most=MOST_FILES)


def _mark(bundle: Bundle, name: str, data: bytes) -> Marked:
    with st.spinner(f"Comparing {plain(name)} …", show_time=True):
        return mark_data(bundle, name, data)


def _table(rows: list[Marked]) -> Marked:
    """All files as a table to save; the row that is looked at."""
    right = sum(row.is_right for row in rows)
    st.markdown(f"**{right} of {count(len(rows), 'file')} right.**")
    frame = pd.DataFrame([row.cells for row in rows], columns=list(HEADER))
    chosen = st.dataframe(
        frame,
        hide_index=True,
        key="mine_table",
        on_select="rerun",
        selection_mode="single-row",
        alt="What each file is worth; select a row to see it in detail",
    )
    st.download_button(
        "Save the table (CSV)",
        "\ufeff" + as_csv(rows),  # the mark by which spreadsheets know UTF-8
        "marked.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="The same with a comment on every file.",
    )
    selected = [row for row in chosen["selection"]["rows"] if row < len(rows)]
    if not selected:
        first = next((i for i, row in enumerate(rows) if not row.is_right), 0)
        st.caption("Select a row to see that file in detail.")
        return rows[first]
    return rows[selected[0]]


# What is to be said of it


def _result(state: Session, bundle: Bundle, row: Marked, *, own: bool) -> None:
    """One file in detail: the verdict, what explains it, and the digits element by element."""
    if row.file != PASTED:
        st.subheader(plain(row.file), anchor=False)
    found = row.found
    if found is None:
        st.error(plain(row.comment), icon=":material/error:")
        return
    _verdict(row, found)
    if len(found.explanations) > 1:
        st.markdown("Each of these gives your numbers; the digits given cannot tell which it was:")
    for explanation in found.explanations:
        _explanation(explanation)
    _digits(state, bundle, found, own=own)


def _verdict(row: Marked, found: Diagnosis) -> None:
    """Right or wrong in words, what is missing, and how the numbers were laid out."""
    parts = " and ".join(MATRICES[name] for name in found.agreeing)
    told = ". ".join(f"{MATRICES[name]} is {how}" for name, how in found.verdicts.items())
    if row.verdict == INCOMPLETE:
        absent = " and ".join(MATRICES[name] for name in MATRICES if name not in found.agreeing)
        st.warning(f"**Incomplete.** {absent} was not handed in. {told}.", icon=":material/rule:")
    elif not found.judged:
        st.warning(f"**Cannot be judged.** {told}.", icon=":material/question_mark:")
    elif found.correct:
        digits = count(found.digits, "digit") + " or more" * (found.digits >= MOST_DIGITS)
        given = ", ".join(f"{MATRICES[name]} to {to}" for name, to in found.precision.items())
        st.success(
            f"**Right.** {parts}: agreeing with the truth in {digits} (given {given}).",
            icon=":material/check_circle:",
        )
    else:
        st.error(f"**Not right yet.** {told}.", icon=":material/cancel:")
    if row.layout != AS_WEIGHTS:
        st.caption(f"How they were laid out, which is nothing wrong: {plain(row.layout)}.")


def _explanation(explanation: Explanation) -> None:
    """Mistakes that reproduce the numbers, what to change, and what gives the same numbers."""
    with st.container(border=True):
        for name in explanation.mistakes:
            entry = BY_IDENTIFIER[name]
            places = [MATRICES[at] for at, made in explanation.where.items() if name in made]
            st.markdown(
                f"**{plain(sentence_case(entry.done))}** "
                f"({entry.equation}; in {' and '.join(places)}) `{name}`"
            )
            st.markdown(f":material/arrow_forward: {plain(entry.change)}")
        if explanation.equivalent:
            others = "; ".join(
                " and ".join(BY_IDENTIFIER[name].done for name in names)
                for names in explanation.equivalent
            )
            st.caption(f"The same numbers here: {plain(others)}.")


def _digits(state: Session, bundle: Bundle, found: Diagnosis, *, own: bool) -> None:
    """The agreeing digits of each number, in the form that is chosen."""
    names, net = Names.of(state.current) if own else None, bundle.net
    sizes = {"dW1": (1, len(net.W1), net.bias_input), "dW2": (2, len(net.W2), net.bias_hidden)}
    st.markdown("**Agreeing digits**, number by number")
    for name, place in zip(found.agreeing, st.columns([3, 2]), strict=False):
        digits = found.agreeing[name]
        rows, columns = _names_of(name, digits, names)
        layer, whole, bias = sizes[name]
        there = bias and len(digits) == whole  # the bias row may be missing
        with place:
            for panel in panels(layer, digits, rows, columns, state.conventions, bias=there):
                st.markdown(f"∂C/∂{panel.symbol}")
                st.plotly_chart(
                    digit_map(panel),
                    config=figures.CONFIG,
                    key=f"mine_digits_{panel.symbol}",
                    alt=f"How many digits of each number of ∂C/∂{panel.symbol} are right",
                )


def _names_of(name: str, digits: Array, names: Names | None) -> tuple[list[str], list[str]]:
    if names is None:
        rows, columns = digits.shape
        return [f"k = {k + 1}" for k in range(rows)], [f"l = {j + 1}" for j in range(columns)]
    if name == "dW1":
        return names.inputs[: len(digits)], names.units
    return names.units_and_bias[: len(digits)], names.outputs


def digit_map(panel: Panel) -> go.Figure:
    """How many digits agree, from 0 to 15, one cell a weight."""
    few = panel.numbers.size <= figures.MAX_LABELS
    figure = go.Figure(
        go.Heatmap(
            z=panel.numbers,
            x=figures.unique_labels(panel.columns),
            y=figures.unique_labels(panel.rows),
            zmin=0,
            zmax=MOST_DIGITS,
            colorscale="Cividis",
            texttemplate="%{z:.0f}" if few else None,
            hovertemplate=f"{panel.from_to}: agreeing digits %{{z:.0f}}<extra></extra>",
            colorbar={"thickness": 10},
        )
    )
    return figures.set_matrix_layout(figure, len(panel.rows))
