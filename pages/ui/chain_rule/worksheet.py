"""Worked example to print: with its numbers, as a worksheet, or as its answer key.

One template makes all of them, as Markdown with formulas in dollars or as a LaTeX document that
needs amsmath and nothing else. Titles and names are user-supplied: they pass the filter `plain`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from core.utils.sentence import sentence_case
from core.utils.templates import Filter, Templates
from pages.ui.chain_rule.equations import (
    BIAS_NOTE,
    FUSED_NOTE,
    layer_name,
    notes,
)
from pages.ui.chain_rule.worked_example import (
    OF_THE_OUTPUT,
    DeltaEntry,
    KnownValues,
    WorkedExample,
)
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.latex import escape_latex
from pages.ui.style.markdown import plain, sum_text

Kind = Literal["example", "worksheet", "key"]
Ending = Literal["md", "tex"]
TITLES: dict[Kind, str] = {
    "example": "Worked example",
    "worksheet": "Worksheet",
    "key": "Worksheet: answer key",
}
MAX_ENTRIES = 24  # printed of a row or column
LATEX_BLOCKS = {  # of those in Markdown: headings, lists, items
    r"^# (.*)$": r"\\section*{\1}",
    r"^## (.*)$": r"\\subsection*{\1}",
    r"((?:^- .*\n)+)": r"\\begin{itemize}\n\1\\end{itemize}\n",
    r"^- ": r"  \\item ",
}


def document(example: WorkedExample, kind: Kind, ending: Ending) -> str:
    """Return the worked example as that kind of document, in Markdown or in LaTeX."""
    products = [example.number(path.product) for path in example.paths]
    return TEMPLATES[ending].render(
        f"worksheet.{ending}",
        example=example,
        title=TITLES[kind],
        answers=kind != "worksheet",
        loss=LOSS_NAMES[example.selection.loss],
        fused_note=FUSED_NOTE,
        notes=_notes(example),
        delta_rows=list(_delta_rows(example)),
        most_deltas=2 * MAX_ENTRIES,
        of_the_output=OF_THE_OUTPUT,
        places_of=_places,
        most_entries=MAX_ENTRIES,
        terms=" + ".join(f"({p})" if p.startswith("-") else p for p in products),
        sum_text=sum_text,
    )


def _notes(example: WorkedExample) -> list[str]:
    """Return what is not the derivation's, in Markdown; it has a bias, but no place for it here."""
    k = example.notation
    return [note for note in notes(k.layer, k.functions, k.layers) if note != BIAS_NOTE]


def _delta_rows(example: WorkedExample) -> Iterator[tuple[str, list[DeltaEntry]]]:
    """Yield ∂C by each layer's units with a title, from the output back."""
    layers = example.notation.layers
    for layer, entries in example.layers_of_deltas:
        yield f"Back to {layer_name(layer, layers)}", entries


def _places(known: KnownValues) -> list[int]:
    """Return the first places and the one on the weight's path."""
    places = list(range(min(len(known.values), MAX_ENTRIES)))
    on_path = known.path_index
    return places if on_path is None or on_path in places else [*places, on_path]


def _latex_blocks(text: str) -> str:
    """Return LaTeX whose headings and lists are in Markdown with its own."""
    for block, replacement in LATEX_BLOCKS.items():
        text = re.sub(block, replacement, text, flags=re.MULTILINE)
    return text


def _latex_text(markdown: str) -> str:
    """Return our text in LaTeX; what is between dollars is LaTeX already."""
    texts = markdown.split("$")
    return "".join(f"${text}$" if at % 2 else escape_latex(text) for at, text in enumerate(texts))


def _one_line(text: str) -> str:
    return " ".join(text.splitlines()) + "\n"


def _templates(**filters: Filter) -> Templates:
    shared = {"integer": "{:,}".format, "sentence_case": sentence_case, "one_line": _one_line}
    return Templates(Path(__file__).with_name("templates"), **shared, **filters)


TEMPLATES = {  # text is ours, what is plain the user’s; a blank is so many cm long
    "md": _templates(text=str, plain=plain, math="${}$".format, blank=lambda cm: "____" * cm),
    "tex": _templates(
        text=_latex_text,
        plain=lambda text: escape_latex(text.strip()),
        math=r"$\displaystyle {}$".format,  # may break at its operators
        blank=r"\underline{{\hspace{{{}cm}}}}".format,
        latex_blocks=_latex_blocks,
    ),
}
