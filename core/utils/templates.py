"""Rendering of templates: files that others read, print or run, written as they will look.

A template is named by the file that it makes, with `.jinja` behind. Expressions stand in «…»,
statements on lines that begin with %%, comments in «# … #»: none of them is Python, LaTeX or HTML.
"""

import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from jinja2.ext import Extension

Filter = Callable[[Any], str]


class Templates:
    """The templates of a folder, with filters for what their formats demand of a value.

    In HTML every value is escaped, unless it is `markupsafe.Markup`. Elsewhere each value passes
    one of the filters; tests/core/utils/test_templates.py reads the templates for it.
    """

    def __init__(self, folder: Path, **filters: Filter) -> None:
        self.folder, self.filters = folder, filters

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self.folder),
            extensions=[_Statements],
            autoescape=lambda name: name is not None and name.endswith(".html.jinja"),
            undefined=StrictUndefined,
            block_start_string="«%",
            block_end_string="%»",
            variable_start_string="«",
            variable_end_string="»",
            comment_start_string="«#",
            comment_end_string="#»",
            keep_trailing_newline=True,
        )
        environment.filters |= {name: _strict(f) for name, f in self.filters.items()}
        return environment

    def render(self, name: str, /, **values: object) -> str:
        """Return the file that template `name` makes of the values.

        Raises jinja2.UndefinedError if the template asks for a value that is not given.
        """
        return self._environment.get_template(f"{name}.jinja").render(values)


class _Statements(Extension):
    """Statements on lines of their own; jinja2's own would take the blank lines after them too."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the source with a tag for each such line, its newline inside."""
        return re.sub(r"^[ \t]*%%(.*\n?)", r"«%\1%»", source, flags=re.MULTILINE)


def _strict(apply: Filter) -> Filter:
    """Return the filter for values that are given: `repr` of one that is not would be a text."""

    def strict_filter(value: object) -> str:
        return str(value) if isinstance(value, Undefined) else apply(value)

    return strict_filter
