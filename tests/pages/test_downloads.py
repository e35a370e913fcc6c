"""What people download: unpacked into one folder it runs there, and no file hides a module."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import all_suffixes
from importlib.metadata import packages_distributions
from io import BytesIO
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
import streamlit as st

from core.checking.assignment import write_bundle
from core.dataset.samples import SAMPLES
from core.export.source import RESULT_FILE
from pages.ui.fields.download_button import Content
from pages.ui.save.downloads import GROUPS
from pages.ui.state.drafts import Draft
from pages.ui.state.session import KEY, Session
from tests.core.exported import assert_trained
from tests.pages.driving import open_app
from tests.paths import ROOT

EPOCHS = 5
NUMPY, NOTEBOOK, TORCH = (offer.label for offer in next(iter(GROUPS.values())))
FROM_A_ZIP_ON = list(reversed(SAMPLES))  # the first imports are made beside files from a zip
MODULES = sys.stdlib_module_names | packages_distributions().keys()
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py"))
Downloads = dict[str, tuple[str, Callable[[], Content]]]  # by label: file name, content


@contextmanager
def noting_downloads() -> Iterator[Downloads]:
    """Every download button that is drawn, in full."""
    drawn: Downloads = {}
    button = st.download_button

    def noted(label: str, data: Any, file_name: str, *rest: Any, **how: Any) -> bool:
        drawn[label] = file_name, data if callable(data) else lambda: data
        return button(label, data, file_name, *rest, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "download_button", noted)
        yield drawn


def session_on(sample: str) -> Session:
    session = Session()
    session.use(Draft.of_sample(sample))
    session.run.advance(EPOCHS)
    session.report(EPOCHS, playing=False)
    return session


def open_page(name: str, session: Session) -> Downloads:
    """The downloads that the page offers."""
    with noting_downloads() as offered:
        app = open_app()
        offered.clear()  # of the page that is opened first
        app.session_state[KEY] = session
        app.switch_page(f"pages/{name}.py").run()
    assert not app.exception
    return offered


def unpack(name: str, content: Content, folder: Path) -> list[str]:
    """Put a download where a browser and a click on the zip would; the names of its files."""
    data = content.encode() if isinstance(content, str) else content
    if not name.endswith(".zip"):
        (folder / name).write_bytes(data)
        return [name]
    with zipfile.ZipFile(BytesIO(data)) as archive:
        archive.extractall(folder)
        return archive.namelist()


@dataclass(frozen=True)
class Unpacked:
    """A folder with all three programs of a run, and the files that they read."""

    session: Session
    folder: Path
    programs: dict[str, str]  # by label, the file's name

    def assert_trained(self) -> None:
        """What was saved is the run; the next program has to save it again."""
        assert_trained(self.folder, self.session.run, EPOCHS, 1e-10)
        (self.folder / RESULT_FILE).unlink()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Unpacked]:
    """Of each sample."""
    found = {}
    for sample in SAMPLES:
        session, folder = session_on(sample), tmp_path_factory.mktemp(sample)
        offered, programs = open_page("save", session), {}
        for label in (NUMPY, NOTEBOOK, TORCH):
            name, content = offered[label]
            files = unpack(name, content(), folder)
            programs[label] = next(file for file in files if file.endswith(("py", "ipynb")))
        found[sample] = Unpacked(session, folder, programs)
    return found


def run_as_a_user(folder: Path, *command: str) -> str:
    """What Python prints when it is called in that folder, where nothing of ours is there."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={"PYTHONIOENCODING": "utf-8", "OMP_WAIT_POLICY": "passive"},  # see tests/conftest.py
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=240,
    )
    assert not done.stderr, done.stderr
    assert done.returncode == 0
    return done.stdout


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_numpy_script_runs_where_it_was_unpacked(
    sample: str, unpacked: dict[str, Unpacked]
) -> None:
    one = unpacked[sample]
    assert run_as_a_user(one.folder, one.programs[NUMPY]).startswith(f"epoch {EPOCHS}: C = ")
    one.assert_trained()


# One interpreter for all: to start torch takes longer than all that they do.
ONE_BY_ONE = """
import os, runpy, sys
for folder, script in zip(sys.argv[1::2], sys.argv[2::2]):
    os.chdir(folder)
    sys.path[0] = folder
    runpy.run_path(script, run_name="__main__")
"""


@pytest.mark.slow
def test_the_torch_scripts_run_where_they_were_unpacked(unpacked: dict[str, Unpacked]) -> None:
    them = [unpacked[sample] for sample in FROM_A_ZIP_ON]
    pairs = [part for one in them for part in (str(one.folder), one.programs[TORCH])]
    run_as_a_user(them[0].folder, "-c", ONE_BY_ONE, *pairs)
    for one in them:
        one.assert_trained()


def test_the_notebooks_run_where_they_were_unpacked(
    unpacked: dict[str, Unpacked], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one kernel, which takes long to start, emptied for each."""
    monkeypatch.delenv("MPLBACKEND", raising=False)  # Streamlit sets it
    whole = nbformat.v4.new_notebook()
    for sample in FROM_A_ZIP_ON:
        one = unpacked[sample]
        text = (one.folder / one.programs[NOTEBOOK]).read_text("utf-8")
        start = f"%reset -f\n%cd -q {one.folder}"
        whole.cells += [
            nbformat.v4.new_code_cell(start),
            *nbformat.reads(text, as_version=4).cells,
        ]
    for place, cell in enumerate(whole.cells):
        cell["id"] = f"cell-{place}"
    nbclient.NotebookClient(whole, timeout=120).execute()
    for one in unpacked.values():
        one.assert_trained()


def hidden_modules(names: Iterable[str]) -> Iterator[str]:
    """Of files in a folder, those that an import in that folder finds before a known module."""
    for name in names:
        top, *below = Path(name).parts
        stems = {top.removesuffix(suffix) for suffix in all_suffixes() if top.endswith(suffix)}
        if MODULES & (stems | {top} if below else stems):
            yield name


def test_a_file_that_hides_a_module_is_noticed() -> None:
    names = ["numpy.py", "random.py", "torch/__init__.py", "json.cpython-311-x.so", "json.so"]
    assert list(hidden_modules([*names, "X.csv", "json.csv"])) == [*names[:3], "json.so"]


@pytest.mark.parametrize("sample", ["xor", "breast_cancer"])
@pytest.mark.parametrize("page", PAGES)
def test_no_download_hides_a_module(page: str, sample: str, tmp_path: Path) -> None:
    for name, content in open_page(page, session_on(sample)).values():
        names = unpack(name, content(), tmp_path)
        assert not list(hidden_modules([name, *names]))


def test_the_bundle_of_an_exercise_loads_where_it_was_unpacked(tmp_path: Path) -> None:
    run = session_on("breast_cancer").run
    names = unpack("bundle.zip", write_bundle(run.network, run.X, run.y), tmp_path)
    assert not list(hidden_modules(names))
    assert "dW1 like W1 (31, 3)" in run_as_a_user(tmp_path, "load.py")
