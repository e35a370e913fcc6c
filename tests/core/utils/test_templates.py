"""Templates: what each format makes of a value, and what is refused."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from core.utils.templates import Templates
from tests.paths import ROOT

# What a value must pass last, by the ending of the file that is made. HTML is escaped by itself.
FILTERS = {
    ".py": {"code", "comment"},
    ".ipynb": {"code", "comment"},
    ".md": {"blank", "integer", "math", "plain", "text"},
    ".tex": {"blank", "integer", "math", "plain", "text"},
}
TEMPLATES = [
    path for folder in ("core", "pages") for path in sorted((ROOT / folder).rglob("*.jinja"))
]
HOSTILE = "<b>\"'\\\n«1»%%{{1}}"


def templates(folder: Path, name: str, text: str) -> Templates:
    (folder / f"{name}.jinja").write_text(text, encoding="utf-8")
    return Templates(folder, code=repr)


def test_lines_of_statements_leave_no_trace(tmp_path: Path) -> None:
    text = "def f(x):\n    %% for k in ks\n    W«k|code» = x  «# not shown #»\n    %% endfor\n"
    made = templates(tmp_path, "f.py", text).render("f.py", ks=[1, 2])
    assert [line.rstrip() for line in made.split("\n")] == [
        "def f(x):", "    W1 = x", "    W2 = x", "",
    ]  # fmt: skip


def test_blank_lines_stay_beside_statements(tmp_path: Path) -> None:
    text = "a\n\n%% if 1\n\nb\n\n\n%% endif\n\nc\n%% if 0\n%% endif"
    assert templates(tmp_path, "f.py", text).render("f.py") == "a\n\n\nb\n\n\n\nc\n"


def test_html_alone_is_escaped_by_itself(tmp_path: Path) -> None:
    html = templates(tmp_path, "page.html", "<p>«name»</p>").render("page.html", name=HOSTILE)
    assert html == "<p>&lt;b&gt;&#34;&#39;\\\n«1»%%{{1}}</p>"
    assert templates(tmp_path, "a.tex", "«name»").render("a.tex", name="<&") == "<&"


def test_a_value_is_never_read_as_a_template(tmp_path: Path) -> None:
    made = templates(tmp_path, "f.py", "name = «name|code»\n").render("f.py", name=HOSTILE)
    assert made == f"name = {HOSTILE!r}\n"


def test_what_is_not_given_is_refused(tmp_path: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="nobody"):
        templates(tmp_path, "f.py", "«nobody|code»").render("f.py")


def ending(path: Path) -> str:
    return Path(path.stem).suffix


def parsed(path: Path) -> nodes.Template:
    return Templates(path.parent)._environment.parse(path.read_text(encoding="utf-8"))


def lines_without_filter(path: Path) -> list[int]:
    """Return the lines where a value is not what its filter made of it."""
    tree = parsed(path)
    if ending(path) == ".html":
        safe = (one.lineno for one in tree.find_all(nodes.Filter) if one.name == "safe")
        return [*safe, *(one.lineno for one in tree.find_all(nodes.MarkSafe))]
    written = {"super", *(macro.name for macro in tree.find_all(nodes.Macro))}
    allowed = FILTERS[ending(path)]
    return [value.lineno for value in values(tree) if not passes(value, allowed, written)]


def values(tree: nodes.Template) -> Iterator[nodes.Expr]:
    for output in tree.find_all(nodes.Output):
        yield from (one for one in output.nodes if not isinstance(one, nodes.TemplateData))


def passes(value: nodes.Expr, filters: set[str], written: set[str]) -> bool:
    """Return whether it ends in a filter, or is what a macro or the parent's block wrote."""
    match value:
        case nodes.Filter(name=name):
            return name in filters
        case nodes.Call(node=nodes.Name(name=name)):
            return name in written
    return False


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_value_of_a_template_passes_a_filter_of_its_format(path: Path) -> None:
    assert lines_without_filter(path) == []


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("f.py", "x\n«a»\n«a|code»\n", [2]),
        ("f.py", "%% if a\n«a|code|upper»\n«a|e»\n%% endif\n", [2, 3]),
        ("f.ipynb", "«a + (b|code)»\n«a() if b else c|code»\n«super()»\n", [1, 2]),
        ("f.md", "%% macro m(a)\n«a»«a|text»\n%% endmacro\n«m(1)»\n«n(1)»\n", [2, 5]),
        ("f.html", "«a»\n«a|safe»\n«a|upper|safe|trim»\n", [2, 3]),
    ],
)
def test_a_value_without_a_filter_is_found(
    name: str, text: str, lines: list[int], tmp_path: Path
) -> None:
    path = tmp_path / f"{name}.jinja"
    path.write_text(text, encoding="utf-8")
    assert lines_without_filter(path) == lines


def test_training_and_checking_do_not_load_templates() -> None:
    """Training and marking start many processes, each of which would wait for it."""
    loads = "import sys, core.training, core.checking; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loads], cwd=ROOT, check=False).returncode == 0
