"""Templates: what each format makes of a value, and what is refused."""

from pathlib import Path

import jinja2
import pytest

from core.utils.templates import Templates

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
