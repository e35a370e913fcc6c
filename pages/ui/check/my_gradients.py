"""Check my gradients tab: pasted or uploaded gradients, compared with the truth."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.checking.assignment import BundleError, read_bundle, write_bundle
from core.checking.diagnosis import MAX_DIGITS, Diagnosis, Explanation
from core.checking.grading import HEADER, INCOMPLETE, Grade, as_csv, mark_bytes
from core.checking.matrix_layouts import AS_WEIGHTS
from core.checking.mistakes import BY_IDENTIFIER, wrong_gradients_of
from core.checking.problem import Problem
from core.training.run import Run
from core.utils.latest import latest
from core.utils.sentence import sentence_case
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.panel import Panel, panels
from pages.ui.chain_rule.scene import shown_loss
from pages.ui.frame.fragment import fragment
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.markdown import count, plain

Array = NDArray[np.float64]

ANOTHER = "Choose another bundle."
KEY, TEXT = "check_mine", "mine_text"
MAX_ROWS, MAX_CELLS = 10_000, 200_000  # of a bundle
MAX_FILES = 1000  # whose grades are cached
PASTE, UPLOAD = "Paste", "Upload files"
OWN, EARLIER = "This epoch", "An earlier bundle"
PASTED = "your text"  # its file name in messages
TYPES = ["csv", "txt", "json", "m", "tex", "py", "dat", "tsv"]
MATRICES = {"dW1": "∂C/∂W⁽¹⁾", "dW2": "∂C/∂W⁽²⁾"}
EXAMPLE_MISTAKE = "missing_hidden_derivative"
EXAMPLE = "dW1 = [[0.0012, …], …]\ndW2 = [[0.0345], …]"


@dataclass
class MyGradients:
    """Input of this browser session."""

    text: str = ""  # pasted
    bundle: Problem | None = None  # uploaded
    bundle_file: str = ""  # its file id
    bundle_error: str = ""


@fragment
def my_gradients_tab(state: Session) -> None:
    """Draw the tab: the weights and data, the input, and the result."""
    mine = _session_state()
    st.markdown(
        "Compute ∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾ yourself, by hand or with your own program, and paste or "
        "upload them. The result says how many digits are right, or which mistake was made."
    )
    bundle = _select_bundle(state, mine)
    if bundle is None:
        return
    st.markdown("**2. Your gradients**")
    method = st.segmented_control(
        "Input",
        [PASTE, UPLOAD],
        default=PASTE,
        required=True,
        key="mine_way",
        help="Several files give a table of verdicts.",
    )
    rows = _pasted_text(mine, bundle) if method == PASTE else _uploaded_files(bundle)
    if not rows:
        return
    grade = rows[0] if len(rows) == 1 else _table(rows)
    _detail(state, bundle, grade, is_current=bundle is _current_bundle(state))


def _session_state() -> MyGradients:
    if KEY not in st.session_state:
        st.session_state[KEY] = MyGradients()
    mine: MyGradients = st.session_state[KEY]
    return mine


# Weights and data


def _current_bundle(state: Session) -> Problem:
    """Return the bundle of the current epoch and loss, at most its first rows."""
    return latest(state.run, (state.epoch, shown_loss(state)), _bundle_of)


def _bundle_of(run: Run, epoch: int, loss: str) -> Problem:
    rows = _bundle_rows(run)
    net, rate = run.at(epoch), run.settings_at(epoch).learning_rate
    return Problem(net, run.X[:rows], run.y[:rows], loss, rate)


def _bundle_rows(run: Run) -> int:
    """Return how many samples a bundle may have, within the limits on its files."""
    columns = max(run.X.shape[1], run.y.shape[1])
    return int(min(len(run.X), MAX_ROWS, max(1, MAX_CELLS // columns)))


def _select_bundle(state: Session, mine: MyGradients) -> Problem | None:
    """Draw the selection of the bundle and return it: the current epoch's or an uploaded one."""
    st.markdown("**1. Weights and data**")
    which = st.segmented_control(
        "Weights and data",
        [OWN, EARLIER],
        default=OWN,
        required=True,
        key="mine_bundle_way",
        help="Give a class one bundle; answers can be checked against it at any time.",
    )
    bundle = _current_bundle(state) if which == OWN else _uploaded_bundle(mine)
    if bundle is not None:
        _bundle_line(state, bundle, is_current=which == OWN)
    return bundle


def _bundle_line(state: Session, bundle: Problem, *, is_current: bool) -> None:
    """Draw the shapes and the loss in a line, and the download of the bundle."""
    net = bundle.net
    some = is_current and len(bundle.X) < len(state.run.X)
    left = f" (the first of {len(state.run.X):,})" if some else ""
    at = f"Epoch {state.epoch:,}: " if is_current else ""
    penalty = f", with an L2 penalty of λ = {bundle.l2:g}" if bundle.l2 else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{at}{count(len(bundle.X), 'sample')}{left}, W⁽¹⁾ {_shape(net.W1)}, "
            f"W⁽²⁾ {_shape(net.W2)}; C: {LOSS_NAMES[bundle.loss]}{penalty}.",
            width="content",
        )
        if is_current:
            st.download_button(
                "Download the bundle",
                partial(write_bundle, net, bundle.X, bundle.y, bundle.loss, bundle.learning_rate),
                f"gradients-epoch-{state.epoch}.zip",
                "application/zip",
                icon=":material/download:",
                on_click="ignore",
                help="X.csv, y.csv, W1.csv and W2.csv in full precision, the settings with the "
                "loss C, and a Python script that loads them.",
            )
    if is_current:
        _convention_notes(Selection.of(state))


def _convention_notes(look: Selection) -> None:
    """Draw notes on the loss and the layout of the matrices, if not the default."""
    if look.other_loss_sentence:
        st.caption(look.other_loss_sentence)
    if look.layout_note:
        st.caption(f"{look.layout_note} Both forms are accepted.")


def _uploaded_bundle(mine: MyGradients) -> Problem | None:
    """Draw the upload of a bundle and return the bundle."""
    file = st.file_uploader(
        "Bundle",
        type="zip",
        key="mine_bundle",
        help="A zip downloaded here, with X.csv, y.csv, W1.csv, W2.csv and bundle.json.",
    )
    if file is not None and file.file_id != mine.bundle_file:
        try:
            bundle = read_bundle(file.getvalue())
            mine.bundle, mine.bundle_error = bundle, ""
        except BundleError as error:
            mine.bundle, mine.bundle_error = None, str(error)
        except ValueError as error:
            mine.bundle, mine.bundle_error = None, f"{file.name}: {error}. {ANOTHER}"
        mine.bundle_file = file.file_id
    if mine.bundle_error:
        st.error(plain(mine.bundle_error), icon=":material/error:")
    return mine.bundle


def _shape(matrix: Array) -> str:
    return "×".join(map(str, matrix.shape))


# Input


def _pasted_text(mine: MyGradients, bundle: Problem) -> list[Grade]:
    """Draw the form for pasted text and return its grade, if any."""
    if TEXT not in st.session_state:  # Streamlit drops it while another page is open
        st.session_state[TEXT] = mine.text
    with st.form("mine_form", border=False):
        text = st.text_area(
            "∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾, both or one",
            key=TEXT,
            height=190,
            placeholder=EXAMPLE,
            help="NumPy output, MATLAB, LaTeX, JSON or CSV, with dW1 and dW2 before the numbers. "
            "Transposed matrices, a leading bias row and separate bias vectors (db1, db2) are "
            "recognised.",
        )
        submitted = st.form_submit_button("Check", type="primary", icon=":material/fact_check:")
    if submitted:
        mine.text = text or ""
    if not mine.text.strip():
        if submitted:
            st.warning("Nothing to check yet: paste dW1, dW2 or both.", icon=":material/edit:")
        st.button(
            "Fill in an example with a mistake",
            icon=":material/edit:",
            on_click=_fill_example,
            args=(mine, bundle),
            help="The gradients with a factor missing, to six digits.",
        )
        return []
    return [_latest_grade(bundle, PASTED, mine.text.encode())]


def _fill_example(mine: MyGradients, bundle: Problem) -> None:
    wrong = wrong_gradients_of(bundle, (EXAMPLE_MISTAKE,))
    rows = [[[float(f"{value:.6g}") for value in row] for row in matrix] for matrix in wrong]
    text = "\n".join(f"{name} = {matrix}" for name, matrix in zip(MATRICES, rows, strict=True))
    mine.text = st.session_state[TEXT] = text


def _uploaded_files(bundle: Problem) -> list[Grade]:
    """Draw the upload of files and return their grades."""
    files: list[UploadedFile] = st.file_uploader(
        "Files with dW1 and dW2",
        type=TYPES,
        accept_multiple_files=True,
        key="mine_files",
        help="Text: CSV, JSON, NumPy, MATLAB or LaTeX. One file per person.",
    )
    if len(files) < 2:
        return [_latest_grade(bundle, file.name, file.getvalue()) for file in files]
    bar = st.progress(0.0, "Marking …")
    rows = []
    for done, file in enumerate(files, start=1):
        rows.append(_latest_grade(bundle, file.name, file.getvalue()))
        bar.progress(done / len(files), f"{done} of {count(len(files), 'file')}")
    bar.empty()
    return rows


def _latest_grade(bundle: Problem, name: str, data: bytes) -> Grade:
    """Return the grade of a file, from the cache if possible."""
    return latest(bundle, (name, data), _grade, most=MAX_FILES)


def _grade(bundle: Problem, name: str, data: bytes) -> Grade:
    with st.spinner(f"Comparing {plain(name)} …", show_time=True):
        return mark_bytes(bundle, name, data)


def _table(rows: list[Grade]) -> Grade:
    """Draw the table of grades and its download; return the selected grade."""
    right = sum(row.is_right for row in rows)
    st.markdown(f"**{right} of {count(len(rows), 'file')} right.**")
    frame = pd.DataFrame([row.cells for row in rows], columns=list(HEADER))
    chosen = st.dataframe(
        frame,
        hide_index=True,
        key="mine_table",
        on_select="rerun",
        selection_mode="single-row",
        alt="The verdict on each file; select a row for details",
    )
    st.download_button(
        "Save the table (CSV)",
        "\ufeff" + as_csv(rows),  # byte order mark, for spreadsheets
        "marked.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="With a comment on every file.",
    )
    selected = [row for row in chosen["selection"]["rows"] if row < len(rows)]
    if not selected:
        first = next((i for i, row in enumerate(rows) if not row.is_right), 0)
        st.caption("Select a row for details.")
        return rows[first]
    return rows[selected[0]]


# Result


def _detail(state: Session, bundle: Problem, row: Grade, *, is_current: bool) -> None:
    """Draw one file in detail: the verdict, the explanations, and the digits of each element."""
    if row.file != PASTED:
        st.subheader(plain(row.file), anchor=False)
    diagnosis = row.diagnosis
    if diagnosis is None:
        st.error(plain(row.comment), icon=":material/error:")
        return
    _verdict(row, diagnosis)
    if len(diagnosis.explanations) > 1:
        st.markdown(
            "Each of these mistakes gives your numbers; more digits are needed to distinguish them:"
        )
    for explanation in diagnosis.explanations:
        _explanation(explanation)
    _digits(state, bundle, diagnosis, is_current=is_current)


def _verdict(row: Grade, diagnosis: Diagnosis) -> None:
    """Draw the verdict, what is missing, and the layout of the numbers."""
    parts = " and ".join(MATRICES[name] for name in diagnosis.agreeing_digits)
    text = ". ".join(f"{MATRICES[name]} is {how}" for name, how in diagnosis.verdicts.items())
    if row.verdict == INCOMPLETE:
        absent = " and ".join(
            MATRICES[name] for name in MATRICES if name not in diagnosis.agreeing_digits
        )
        st.warning(f"**Incomplete.** {absent} is missing. {text}.", icon=":material/rule:")
    elif not diagnosis.conclusive:
        st.warning(f"**Cannot be judged.** {text}.", icon=":material/question_mark:")
    elif diagnosis.correct:
        digits = count(diagnosis.digits, "digit") + " or more" * (diagnosis.digits >= MAX_DIGITS)
        given = ", ".join(f"{MATRICES[name]} to {to}" for name, to in diagnosis.precision.items())
        st.success(
            f"**Right.** {parts}: correct to {digits} (given {given}).",
            icon=":material/check_circle:",
        )
    else:
        st.error(f"**Not right yet.** {text}.", icon=":material/cancel:")
    if row.layout != AS_WEIGHTS:
        st.caption(f"Layout (accepted): {plain(row.layout)}.")


def _explanation(explanation: Explanation) -> None:
    """Draw an explanation: its mistakes, the corrections, and equivalent mistakes."""
    with st.container(border=True):
        for name in explanation.mistakes:
            mistake = BY_IDENTIFIER[name]
            places = [
                MATRICES[at] for at, mistakes in explanation.where.items() if name in mistakes
            ]
            st.markdown(
                f"**{plain(sentence_case(mistake.description))}** "
                f"({mistake.equation}; in {' and '.join(places)}) `{name}`"
            )
            st.markdown(f":material/arrow_forward: {plain(mistake.correction)}")
        if explanation.equivalent:
            others = "; ".join(
                " and ".join(BY_IDENTIFIER[name].description for name in names)
                for names in explanation.equivalent
            )
            st.caption(f"Equivalent here: {plain(others)}.")


def _digits(state: Session, bundle: Problem, diagnosis: Diagnosis, *, is_current: bool) -> None:
    """Draw the correct digits of each number, in the chosen convention."""
    names, net = Names.of(state.current) if is_current else None, bundle.net
    sizes = {"dW1": (1, len(net.W1), net.bias_input), "dW2": (2, len(net.W2), net.bias_hidden)}
    st.markdown("**Correct digits** of each number")
    for name, place in zip(diagnosis.agreeing_digits, st.columns([3, 2]), strict=False):
        digits = diagnosis.agreeing_digits[name]
        rows, columns = _labels(name, digits, names)
        layer, whole, bias = sizes[name]
        there = bias and len(digits) == whole  # the bias row may be missing
        with place:
            for panel in panels(layer, digits, rows, columns, state.conventions, bias=there):
                st.markdown(f"∂C/∂{panel.symbol}")
                st.plotly_chart(
                    digit_map(panel),
                    config=figures.CONFIG,
                    key=f"mine_digits_{panel.symbol}",
                    alt=f"Number of correct digits of each entry of ∂C/∂{panel.symbol}",
                )


def _labels(name: str, digits: Array, names: Names | None) -> tuple[list[str], list[str]]:
    if names is None:
        rows, columns = digits.shape
        return [f"k = {k + 1}" for k in range(rows)], [f"l = {j + 1}" for j in range(columns)]
    if name == "dW1":
        return names.inputs[: len(digits)], names.units
    return names.units_and_bias[: len(digits)], names.outputs


def digit_map(panel: Panel) -> go.Figure:
    """Return a heatmap of the correct digits, from 0 to 15, one cell per weight."""
    few = panel.numbers.size <= figures.MAX_LABELS
    figure = go.Figure(
        go.Heatmap(
            z=panel.numbers,
            x=figures.unique_labels(panel.columns),
            y=figures.unique_labels(panel.rows),
            zmin=0,
            zmax=MAX_DIGITS,
            colorscale="Cividis",
            texttemplate="%{z:.0f}" if few else None,
            hovertemplate=f"{panel.from_to}: correct digits %{{z:.0f}}<extra></extra>",
            colorbar={"thickness": 10},
        )
    )
    return figures.set_matrix_layout(figure, len(panel.rows))
