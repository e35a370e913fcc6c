"""Check my gradients tab: pasted or uploaded gradients, compared with the truth."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.chain import Symbol
from core.checking.assignment import BundleError, bundle_of, read_bundle
from core.checking.grading import Grade
from core.checking.mistakes import wrong_gradients_of
from core.checking.problem import Problem
from core.checking.quantity.rule import StepRule
from core.training.run import Run
from core.utils.latest import latest
from core.utils.number_text import exact_text, shape_text
from core.utils.sentence import listing, plural
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.scene import shown_loss
from pages.ui.check.class_table import class_table
from pages.ui.check.diagnosis_view import MATRICES, diagnosis_view
from pages.ui.check.example_forms import BY_NAME, six_digits
from pages.ui.check.student_bundles import (
    TITLE,
    StudentBundles,
    grade_of,
    problem_of,
    student_bundles,
)
from pages.ui.fields.binding import bind
from pages.ui.fields.download_button import download_button
from pages.ui.frame.fragment import fragment
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.markdown import plain

Array = NDArray[np.float64]

ANOTHER = "Choose another bundle."
KEY, TEXT = "check_mine", "mine_text"
MAX_ROWS, MAX_CELLS = 10_000, 200_000  # of a bundle
PASTE, UPLOAD = "Paste", "Upload files"
OWN, EARLIER = "This epoch", "An earlier bundle"
PASTED = "your text"  # its file name in messages
TYPES = ["txt", "csv", "json", "npy", "npz", "py", "m", "r", "tex", "out", "log", "dat", "tsv"]
PICKLES = ["pt", "pth", "pkl"]  # accepted, to say in a sentence what to write instead
EXAMPLE_MISTAKE = "missing_hidden_derivative"
EXAMPLE = "Fill in an example with a mistake"
USE_FORM, FORMS_LABEL = "Use this example", "Formats, each with an example"
MAX_EXAMPLE, EXCERPT_LINES = 20_000, 12  # numbers of an example; lines of it that are shown
PENALTY_NOTE = (
    "With the penalty, ∂C/∂W stands here for the gradient of C + (λ/2) ‖W‖²: add λW, but to no "
    "bias row."
)
NOTHING = "Nothing to check yet: paste {}."
START = "Paste your numbers, or try an example. The formats below are recognised."
START_UPLOAD = "Choose one file for its diagnosis, or those of a class for a table of verdicts."
OF_VARIANTS = "Files are of variants"
NO_CODES = f"No codes yet: enter them under “{TITLE}”."


@dataclass
class MyGradients:
    """Input of this browser session."""

    text: str = ""  # pasted
    bundle: Problem | None = None  # uploaded
    bundle_file: str = ""  # its file id
    bundle_error: str = ""
    students: StudentBundles = field(default_factory=StudentBundles)


@fragment
def my_gradients_tab(state: Session) -> None:
    """Draw the tab: the weights and data, the input, and the result."""
    mine: MyGradients = st.session_state.setdefault(KEY, MyGradients())
    st.markdown(
        "Compute the gradient of C for each matrix yourself, by hand or with your own program, and "
        "paste or upload it. The result says which numbers are right, and which mistake was made."
    )
    bundle = _select_bundle(state, mine)
    if bundle is None:
        return
    student_bundles(mine.students, bundle)
    st.header("2. Your gradients", anchor=False)
    method = st.segmented_control(
        "Input",
        [PASTE, UPLOAD],
        default=PASTE,
        required=True,
        key="mine_way",
        help="Several files give a table of verdicts.",
    )
    codes = _codes(mine.students) if method == UPLOAD else ()
    if codes is None:
        return
    grades = _pasted_text(mine, bundle) if method == PASTE else _uploaded_files(bundle, codes)
    if not grades:
        return
    grade = grades[0] if len(grades) == 1 else class_table(grades, bundle)
    if grade.file != PASTED:
        st.header(plain(grade.file), anchor=False)
    names = Names.of(state.current) if bundle is _current_bundle(state) else None
    diagnosis_view(problem_of(bundle, grade.file, codes), grade, names, state.conventions)


# Weights and data


def _current_bundle(state: Session) -> Problem:
    """Return the bundle of the current epoch and loss, at most its first rows."""
    return latest(state.run, (state.epoch, shown_loss(state)), _bundle_of)


def _bundle_of(run: Run, epoch: int, loss: str) -> Problem:
    rows, settings = _bundle_rows(run), run.settings_at(epoch)
    net, X, y, rate = run.at(epoch), run.X[:rows], run.y[:rows], settings.learning_rate
    if settings.optimizer == "gd":
        return Problem(net, X, y, loss, rate, settings.l2)
    if epoch:  # its step depends on the epochs before
        return Problem(net, X, y, loss, None, settings.l2)
    return Problem(net, X, y, loss, rate, settings.l2, StepRule.of(settings.fields))


def _bundle_rows(run: Run) -> int:
    """Return how many samples a bundle may have, within the limits on its files."""
    columns = max(run.X.shape[1], run.y.shape[1])
    return int(min(len(run.X), MAX_ROWS, max(1, MAX_CELLS // columns)))


def _select_bundle(state: Session, mine: MyGradients) -> Problem | None:
    """Draw the selection of the bundle and return it: the current epoch's or an uploaded one."""
    st.header("1. Weights and data", anchor=False)
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
    penalty = f", with an L2 penalty of λ = {exact_text(bundle.l2)}" if bundle.l2 else ""
    shapes = ", ".join(
        f"{Symbol('W', n).text} {shape_text(W.shape)}" for n, W in enumerate(net.weights, start=1)
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{at}{plural(len(bundle.X), 'sample')}{left}, {shapes}; "
            f"C: {LOSS_NAMES[bundle.loss]}{penalty}.",
            width="content",
        )
        if is_current:
            download_button(
                "Download the bundle",
                partial(bundle_of, bundle),
                f"gradients-epoch-{state.epoch}.zip",
                help="X.csv, y.csv, W1.csv, W2.csv, … in full precision, the settings with the "
                "loss C, and a Python script that loads them.",
            )
    if bundle.l2:
        st.caption(PENALTY_NOTE)
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
        help="A zip downloaded here, with X.csv, y.csv, W1.csv, W2.csv, … and bundle.json.",
    )
    if file is not None and file.file_id != mine.bundle_file:
        try:
            bundle = read_bundle(file.getvalue())
            mine.bundle, mine.bundle_error = bundle, ""
        except BundleError as error:
            mine.bundle, mine.bundle_error = None, f"{file.name}: {error} {ANOTHER}"
        mine.bundle_file = file.file_id
    if mine.bundle_error:
        st.error(plain(mine.bundle_error), icon=":material/error:")
    return mine.bundle


def _gradient_names(bundle: Problem) -> list[str]:
    """Return dW1, dW2, …, one for each matrix."""
    return list(MATRICES)[: bundle.net.layers]


# Pasted text


def _pasted_text(mine: MyGradients, bundle: Problem) -> list[Grade]:
    """Draw the form for pasted text and return its grade, if any."""
    names = _gradient_names(bundle)
    with st.form("mine_form", border=False):
        text = st.text_area(
            f"{listing([MATRICES[name] for name in names])}, all or some",
            **bind(TEXT, mine.text),
            height=150,
            placeholder="\n".join(f"{name} = [[0.0012, …], …]" for name in names),
            help="As your tool prints it, with dW1, dW2, … before the numbers. Transposed "
            "matrices, a leading bias row and separate bias vectors (db1, db2) are recognised. "
            "W1_new = …, ΔW1 = … and C = … are judged, too.",
        )
        submitted = st.form_submit_button("Check", icon=":material/fact_check:")
    if submitted:
        mine.text = text or ""
    if mine.text.strip():
        grade = grade_of(bundle, PASTED, mine.text.encode(), ())
        with st.popover(FORMS_LABEL, icon=":material/format_list_bulleted:"):
            _examples(mine, bundle)
        return [grade]
    if submitted:
        st.warning(NOTHING.format(listing(names, "or")), icon=":material/edit:")
    st.caption(START)
    _examples(mine, bundle)
    return []


def _examples(mine: MyGradients, bundle: Problem) -> None:
    """Draw the forms, the chosen one with its example, and the buttons that fill one in."""
    if bundle.net.size > MAX_EXAMPLE:
        return
    st.button(
        EXAMPLE,
        icon=":material/edit:",
        on_click=_fill_in,
        args=(mine, bundle, ""),
        help="The gradients with a factor missing, to six digits.",
    )
    name = st.pills(FORMS_LABEL, list(BY_NAME), key="mine_form_name", label_visibility="collapsed")
    if name is None:
        return
    form, lines = BY_NAME[name], _example(bundle, name).split("\n")
    st.caption(f"{form.source}:")
    more = ["…"] * (len(lines) > EXCERPT_LINES)
    st.code("\n".join(lines[:EXCERPT_LINES] + more), language=None)
    st.button(USE_FORM, icon=":material/edit:", on_click=_fill_in, args=(mine, bundle, name))


def _fill_in(mine: MyGradients, bundle: Problem, form: str) -> None:
    mine.text = st.session_state[TEXT] = _example(bundle, form)


def _example(bundle: Problem, form: str) -> str:
    """Return the gradients with a mistake, in that form, or to six digits."""
    text = BY_NAME[form].text if form else six_digits
    return text(wrong_gradients_of(bundle, (EXAMPLE_MISTAKE,)), bundle.net)


# Files


def _codes(students: StudentBundles) -> tuple[str, ...] | None:
    """Draw whether files are of variants; return the codes, or None if they are not there."""
    if not st.checkbox(
        OF_VARIANTS,
        key="mine_of_variants",
        help="Each file is then compared with the bundle of the code in its name.",
    ):
        return ()
    if not students.codes:
        st.info(NO_CODES, icon=":material/groups:")
        return None
    return students.codes


def _uploaded_files(bundle: Problem, codes: tuple[str, ...]) -> list[Grade]:
    """Draw the upload of files and return their grades."""
    files: list[UploadedFile] = st.file_uploader(
        f"Files with {listing(_gradient_names(bundle))}",
        type=TYPES + PICKLES,
        accept_multiple_files=True,
        key="mine_files",
        help="As NumPy, torch, MATLAB, Octave and R print them, CSV, JSON, LaTeX, .npy or .npz. "
        "One file per person.",
    )
    if not files:
        st.caption(START_UPLOAD)
    if len(files) < 2:
        return [grade_of(bundle, file.name, file.getvalue(), codes) for file in files]
    bar = st.progress(0.0, "Marking …")
    grades = []
    for done, file in enumerate(files, start=1):
        grades.append(grade_of(bundle, file.name, file.getvalue(), codes))
        bar.progress(done / len(files), f"{done} of {plural(len(files), 'file')}")
    bar.empty()
    return grades
