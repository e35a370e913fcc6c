"""One bundle for each student, made from codes, and the problem that belongs to a file."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import streamlit as st

from core.checking.assignment import bundle_of
from core.checking.classroom.variants import (
    FEWEST,
    SHARE,
    code_in,
    codes_from_bytes,
    codes_of,
    grade_without_code,
    variant,
)
from core.checking.grading import Grade, mark_bytes
from core.checking.problem import Problem
from core.utils.latest import latest
from core.utils.sentence import plural
from pages.ui.fields.binding import bind, on_new_value
from pages.ui.fields.download_button import download_button
from pages.ui.style.markdown import plain

TITLE = "One bundle for each student"
CODES, FILE = "mine_codes", "mine_codes_file"  # keys of widgets
MAX_BUNDLES = 500
MAX_NUMBERS = 2_000_000  # in all bundles: some seconds, and some 20 MB
MAX_GRADES, MAX_PROBLEMS = 1000, 4  # in the cache
VISIBLE_AFTER = 1.0  # seconds until progress is shown
MEGABYTES = 2  # of a file with codes
FOLDER = "for-marking"  # holds what the teacher needs again
MAKE, LIST = "Make the bundles", "the list of codes"
TOO_MANY = (
    f"The page makes at most {MAX_BUNDLES} bundles at once: split the list, or use the command "
    "`python -m core.checking` with `--variants`."
)
TOO_LARGE = (
    "These bundles are too large to make them on the page: use fewer codes or samples, or the "
    "command `python -m core.checking` with `--variants`."
)

Progress = Callable[[int, int], None]


@dataclass
class StudentBundles:
    """Codes that were entered, and the archive made from them, of this browser session."""

    text: str = ""
    codes: tuple[str, ...] = ()
    error: str = ""
    archive: bytes = b""
    archive_key: tuple[Problem, tuple[str, ...]] | None = field(default=None, repr=False)

    def enter(self, text: str, name: str = "The codes") -> None:
        """Take the codes of a text; an error is stored in words."""
        self.text, self.codes, self.error = text, (), ""
        if text.strip():
            try:
                self.codes = tuple(codes_of(text, name))
            except ValueError as error:
                self.error = str(error)

    def open_file(self, data: bytes, name: str) -> None:
        """Take the codes of a file; an error is stored in words."""
        try:
            self.enter("\n".join(codes_from_bytes(data, name)))
        except ValueError as error:
            self.codes, self.error = (), str(error)


def student_bundles(mine: StudentBundles, bundle: Problem) -> None:
    """Draw the entry of codes and the download of a bundle for each."""
    with st.expander(TITLE):
        st.markdown(
            "Each code gives other weights, and the samples in another order "
            f"({SHARE:.0%} of them if there are {FEWEST} or more), the same each time. To mark the "
            "files, you need this bundle and the codes again."
        )
        left, right = st.columns(2)
        left.text_area(
            "Codes, one on each line",
            **bind(CODES, mine.text),
            height=150,
            placeholder="mia-07\nben-12",
            help="Letters, digits, dots, - and _; a student’s files are named with the code.",
            on_change=on_new_value(CODES, mine.text, mine.enter),
        )
        right.file_uploader(
            "Or a text file with them",
            type=["txt", "csv"],
            max_upload_size=MEGABYTES,
            key=FILE,
            on_change=_open_file,
            args=(mine,),
        )
        _archive(mine, bundle)


def _open_file(mine: StudentBundles) -> None:
    file = st.session_state[FILE]
    if file is not None:
        mine.open_file(file.getvalue(), file.name)
        if not mine.error:
            st.session_state[CODES] = mine.text


def _archive(mine: StudentBundles, bundle: Problem) -> None:
    """Draw the button that makes the bundles, and then their download."""
    error = mine.error or _excess(bundle, mine.codes)
    row = st.container(horizontal=True)
    wanted = row.button(
        MAKE, icon=":material/folder_zip:", disabled=not mine.codes or bool(error), key="mine_make"
    )
    if error:
        st.error(error if error in (TOO_MANY, TOO_LARGE) else plain(error), icon=":material/error:")
        return
    if wanted:
        mine.archive = _with_progress(bundle, mine.codes)
        mine.archive_key = bundle, mine.codes
    if mine.archive_key != (bundle, mine.codes):
        mine.archive = b""
        st.caption(plural(len(mine.codes), "code") if mine.codes else "No codes yet.")
        return
    with row:
        download_button(
            f"Download {plural(len(mine.codes), 'bundle')}",
            mine.archive,
            "bundles.zip",
            help=f"A zip named by its code for each student; the folder {FOLDER} holds this bundle "
            "and the codes, to mark the files with.",
        )


def _excess(bundle: Problem, codes: Sequence[str]) -> str:
    """Return why there are too many bundles for the page; "" if there are not."""
    if len(codes) > MAX_BUNDLES:
        return TOO_MANY
    numbers = SHARE * (bundle.X.size + bundle.y.size) + bundle.net.size
    return TOO_LARGE if len(codes) * numbers > MAX_NUMBERS else ""


def _with_progress(bundle: Problem, codes: Sequence[str]) -> bytes:
    """Return the archive; progress is shown if it takes longer than a second."""
    place, started = st.empty(), monotonic()

    def progress(done: int, total: int) -> None:
        if monotonic() - started > VISIBLE_AFTER:
            place.progress(done / total, f"{done} of {plural(total, 'bundle')}")

    data = bundles_archive(bundle, codes, progress)
    place.empty()
    return data


def bundles_archive(
    bundle: Problem, codes: Sequence[str], progress: Progress = lambda *_: None
) -> bytes:
    """Return a zip with a bundle for each code, and those for marking in a folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:  # the bundles are compressed already
        for done, code in enumerate(codes, start=1):
            archive.writestr(f"{code}.zip", bundle_of(variant(bundle, code)))
            progress(done, len(codes))
        archive.writestr(f"{FOLDER}/bundle.zip", bundle_of(bundle))
        archive.writestr(f"{FOLDER}/codes.txt", "".join(f"{code}\n" for code in codes))
    return packed.getvalue()


# Marking


def problem_of(bundle: Problem, file: str, codes: Sequence[str]) -> Problem:
    """Return the problem of a file: without codes, or without one in its name, the bundle's."""
    code = code_in(file, codes) if codes else None
    return bundle if code is None else latest(bundle, (code,), variant, most=MAX_PROBLEMS)


def grade_of(bundle: Problem, file: str, data: bytes, codes: Sequence[str]) -> Grade:
    """Return the grade of a file, from the cache if possible; with codes, that of its variant."""
    if not codes:
        return latest(bundle, (file, data), _grade, most=MAX_GRADES)
    code = code_in(file, codes)
    if code is None:
        return grade_without_code(file, LIST)
    return latest(bundle, (code, file, data), _variant_grade, most=MAX_GRADES)


def _grade(bundle: Problem, file: str, data: bytes) -> Grade:
    with st.spinner(f"Comparing {plain(file)} …", show_time=True):
        return mark_bytes(bundle, file, data)


def _variant_grade(bundle: Problem, code: str, file: str, data: bytes) -> Grade:
    return _grade(variant(bundle, code), file, data)
