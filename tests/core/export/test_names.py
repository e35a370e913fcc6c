"""Whatever a title, a note or a name holds, the exports do the same, and remain what they are."""

import ast
import json
from functools import cache
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.export import ScriptNames, notebook, numpy_script, torch_script
from core.export.source import WIDTH, comment
from core.training.run import Run
from tests.core.exported import RUNS

# What ends a text, a comment, a line, a cell or a file; what a template would read; and a title.
PIECES = (
    '"', "'", '"""', "'''", "\\", "\n", "\r", "\t", "\f", "\v", "\x00", "\x1c", "\x85", "\u2028",
    "\u202e", "\ud800", "\udc80", "«", "»", "«1|code»", "«# ", "%%", "%% endfilter", "{{1}}",
    "{% x %}", "#", "# coding: utf-7", "# %%", "[code]", "\n[code]\n", "\n[markdown]\n",
    "\nimport os\n", "$x$", "x1", " ", "ŷ", "🙂",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map("".join)
INLINE, IN_FILES = "edited", "stopped"


@cache
def made(name: str) -> Run:
    return RUNS[name]()


def names(run: Run, *texts: str) -> ScriptNames:
    """Return names, of as many rows and columns as the run has, out of these texts."""
    rows = [W.shape[0] for W in run.template.weights]
    inputs, units, outputs = ([texts[n % len(texts)] for n in range(count)] for count in (*rows, 1))
    return ScriptNames(texts[0], inputs, units, outputs, note=texts[-1])


@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
@pytest.mark.parametrize("write", [numpy_script, torch_script])
@pytest.mark.parametrize("name", [INLINE, IN_FILES])
def test_a_script_is_the_same_code_under_any_names(name: str, write: Any, texts: list[str]) -> None:
    run = made(name)
    script = write(run, names(run, *texts), run.epoch)
    assert code_of(script) == code_of(plain(write, name))
    comments = [line for line in script.split("\n") if line.startswith("#")]
    assert max(map(len, comments)) <= WIDTH


@cache
def plain(write: Any, name: str) -> str:
    run = made(name)
    text: str = write(run, names(run, "plain"), run.epoch)
    return text


def code_of(script: str) -> str:
    """Return all that Python reads of a file."""
    return ast.dump(ast.parse(script.encode("utf-8")))


@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
@pytest.mark.parametrize("name", [INLINE, IN_FILES])
def test_a_notebook_has_the_same_cells_under_any_names(name: str, texts: list[str]) -> None:
    run = made(name)
    given_names = names(run, *texts)
    text = notebook(run, given_names, run.epoch)
    nbformat.validate(nbformat.reads(text, as_version=4))
    *cells, last = cells_of(text)
    *others, other_last = cells_of(plain(notebook, name))
    assert cells == others
    lists = [ast.literal_eval(step.value) for step in last[:3]]
    rows = (given_names.inputs, given_names.units, given_names.outputs)
    assert lists == [[comment(one) for one in row] for row in rows]
    assert [ast.dump(step) for step in last[3:]] == [ast.dump(step) for step in other_last[3:]]


def cells_of(text: str) -> list[Any]:
    """Return the cells: Markdown as it is, code as Python reads it; the last one step by step."""
    cells = json.loads(text.encode("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    read = [
        code_of(source) if cell["cell_type"] == "code" else source
        for cell, source in zip(cells, sources, strict=True)
    ]
    return [*read[:-1], ast.parse(sources[-1]).body]
