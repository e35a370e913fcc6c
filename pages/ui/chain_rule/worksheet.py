"""Worked example to print: with its numbers, as a worksheet, or as its answer key.

The same text is rendered as a complete LaTeX document, or as Markdown with LaTeX in dollars.
"""

from collections.abc import Iterator
from typing import Literal, Protocol

from core.utils.sentence import sentence_case
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.worked_example import KnownValues, OutputPath, WorkedExample
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.latex import escape_latex
from pages.ui.style.markdown import plain, sum_text

Kind = Literal["example", "worksheet", "key"]
TITLES: dict[Kind, str] = {
    "example": "Worked example",
    "worksheet": "Worksheet",
    "key": "Worksheet: answer key",
}
MAX_ENTRIES = 24  # printed of a row or column
PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath}
\setlength{\parindent}{0pt}
\begin{document}
\raggedright
"""


class Writer(Protocol):
    """Markup of a document; `text` is ours, `name` comes from the user's data."""

    blank: str  # a line to write on

    def text(self, text: str) -> str:
        """Return our own text."""

    def name(self, text: str) -> str:
        """Return a title or a column's name, escaped."""

    def math(self, latex: str) -> str:
        """Return an inline formula."""

    def heading(self, level: int, text: str) -> str:
        """Return a heading; the text is already marked up."""

    def items(self, lines: list[str]) -> str:
        """Return a list."""

    def document(self, blocks: list[str]) -> str:
        """Return the whole document."""


class Latex:
    """A LaTeX document that needs amsmath and nothing else."""

    blank = r"\underline{\hspace{4cm}}"

    def text(self, text: str) -> str:
        """Return our own text."""
        return escape_latex(text)

    def name(self, text: str) -> str:
        """Return a title or a column's name, escaped."""
        return escape_latex(text.strip())

    def math(self, latex: str) -> str:
        """Return an inline formula, which may break at its operators."""
        return rf"$\displaystyle {latex}$"

    def heading(self, level: int, text: str) -> str:
        """Return a heading; the text is already marked up."""
        return rf"\{'sub' * (level - 1)}section*{{{text}}}"

    def items(self, lines: list[str]) -> str:
        """Return a list."""
        inside = "\n".join(rf"  \item {line}" for line in lines)
        return f"\\begin{{itemize}}\n{inside}\n\\end{{itemize}}"

    def document(self, blocks: list[str]) -> str:
        """Return the whole document."""
        return PREAMBLE + "\n" + "\n\n".join(blocks) + "\n\n\\end{document}\n"


class Markdown:
    """Markdown with formulas in dollars."""

    blank = "________________"

    def text(self, text: str) -> str:
        """Return our own text, which has no Markdown characters."""
        return text

    def name(self, text: str) -> str:
        """Return a title or a column's name, escaped."""
        return plain(text)

    def math(self, latex: str) -> str:
        """Return an inline formula."""
        return f"${latex}$"

    def heading(self, level: int, text: str) -> str:
        """Return a heading; the text is already marked up."""
        return f"{'#' * level} {text}"

    def items(self, lines: list[str]) -> str:
        """Return a list."""
        return "\n".join(f"- {line}" for line in lines)

    def document(self, blocks: list[str]) -> str:
        """Return the whole document."""
        return "\n\n".join(blocks) + "\n"


def example_latex(example: WorkedExample) -> str:
    """Return the worked example as a complete LaTeX document."""
    return render(example, Latex(), "example")


def worksheet(example: WorkedExample, *, key: bool) -> tuple[str, str]:
    """Return the worksheet, or its key, as Markdown and as LaTeX."""
    kind: Kind = "key" if key else "worksheet"
    return render(example, Markdown(), kind), render(example, Latex(), kind)


def render(example: WorkedExample, writer: Writer, kind: Kind) -> str:
    """Return the worked example as that kind of document."""
    return writer.document(list(_Document(example, writer, kind).blocks()))


class _Document:
    def __init__(self, example: WorkedExample, writer: Writer, kind: Kind) -> None:
        self.example, self.writer, self.kind = example, writer, kind
        self.answers = kind != "worksheet"

    def blocks(self) -> Iterator[str]:
        """Yield the text block by block."""
        w, title = self.writer, self.example.title
        yield w.heading(1, f"{w.text(TITLES[self.kind])}: {w.name(title)}")
        yield self._selection_paragraph()
        if self.kind == "worksheet":
            yield w.text("Work out each blank from the given numbers. The answers are in the key.")
        yield w.heading(2, w.text("Equations to use"))
        yield w.items(self._equations())
        yield w.heading(2, w.text("Given"))
        yield w.items([self._known_line(known) for known in self.example.known])
        for path in self.example.paths:
            yield from self._path_blocks(path)
        yield w.heading(2, w.text("The sample’s contribution"))
        yield w.items(self._sums())

    def _selection_paragraph(self) -> str:
        """Return the paragraph about sample, epoch, weight and conventions."""
        w, k, writer = self.example, self.example.notation, self.writer
        selection = w.selection
        transposed = " Each matrix has a row for each unit that its weights lead to."
        transposed *= selection.conventions.transposed
        return (
            writer.text(
                f"Sample {selection.focus.sample + 1:,} of {w.samples:,}, epoch "
                f"{selection.experiment.epoch:,}. The weight "
            )
            + writer.math(f"{k.weight} = {w.number(w.weight)}")
            + writer.text(" leads from ")
            + writer.name(w.source)
            + writer.text(" to ")
            + writer.name(w.destination)
            + writer.text(": ")
            + writer.math(w.indices)
            + writer.text(
                f". The cost C is the {LOSS_NAMES[selection.loss]}.{transposed} Numbers are "
            )
            + writer.text(f"rounded to {w.digits} significant digits.")
        )

    def _equations(self) -> list[str]:
        w, k = self.writer, self.example.notation
        number = "eq. 2" if k.layer == 2 else "eq. 6"
        lines = [w.math(k.rule) + w.text(f" ({number})")]
        for factor in k.factors.values():
            formula = w.math(f"{factor.symbol} = {factor.formula}")
            lines.append(formula + w.text(f" ({factor.equation})"))
        if self.example.fused:
            lines.append(w.text(equations.FUSED_NOTE))
        first = "The forward pass, summed over j: "
        return [*lines, w.text(first) + w.text(", ").join(w.math(e) for e in k.forward)]

    def _known_line(self, known: KnownValues) -> str:
        """Return the first values and the one on the weight's path."""
        w, number = self.writer, self.example.number
        places = list(range(min(len(known.values), MAX_ENTRIES)))
        if known.path_index is not None and known.path_index not in places:
            places.append(known.path_index)
        several, all_there = len(known.values) > 1, len(places) == len(known.values)
        entries = []
        for place in places:
            entry = w.math(number(known.values[place]))
            if known.names:
                entry += w.text(" (") + w.name(known.names[place]) + w.text(")")
            if place >= MAX_ENTRIES:
                entry += w.text(" as ") + w.math(f"j = {place + 1}")
            entries.append(entry)
        text = w.text(sentence_case(known.description))
        if known.into:
            text += w.text(" ") + w.name(known.into)
        left_out = "" if all_there else w.text(f", and {len(known.values) - len(places):,} more")
        symbol = w.text(", ") + w.math(known.symbol) if known.symbol else ""
        colon = w.text(" in order: " if several and not known.names else ": ")
        return text + symbol + colon + w.text(", ").join(entries) + left_out

    def _path_blocks(self, path: OutputPath) -> Iterator[str]:
        """Yield the factors through one output and their product."""
        w, k = self.writer, self.example.notation
        title = w.text("The factors")
        if k.several:
            title += w.text(" through output ") + w.name(path.name)
            title += w.text(f" (o = {path.output + 1})")
        yield w.heading(2, title)
        lines = []
        for factor in path.factors:
            worked_out = (
                ""
                if factor.numbers == self.example.number(factor.value)
                else (f" = {factor.numbers}")
            )
            value = f"{worked_out} = {self.example.number(factor.value)}"
            lines.append(self._answer(factor.symbol, value) + w.text(f" ({factor.equation})"))
        product = f" = {self.example.product_latex(path)} = {self.example.number(path.product)}"
        lines.append(w.text("Their product: ") + self._answer(k.product, product))
        yield w.items(lines)

    def _sums(self) -> list[str]:
        """Return the sums over outputs and over samples."""
        w, example, k = self.writer, self.example, self.example.notation
        lines = []
        if len(example.paths) > 1:
            terms = " + ".join(_term(example.number(path.product)) for path in example.paths)
            value = f" = {terms} = {example.number(example.contribution)}"
            lines.append(
                w.text("The sum over outputs: ") + self._answer(f"\\sum_o {k.product}", value)
            )
        else:
            only = self._answer("", example.number(example.contribution), equals="")
            lines.append(
                w.text("Only one output depends on the weight, so it is the product: ") + only
            )
        if self.answers:
            over = f"{sentence_case(sum_text(example.samples))} to the gradient: "
            gradient = w.math(f"{k.gradient} = {example.number(example.gradient)}")
            lines.append(w.text(over) + gradient)
        return lines

    def _answer(self, symbol: str, value: str, equals: str = " =") -> str:
        """Return the symbol with its value, or with a blank to fill in."""
        if self.answers:
            return self.writer.math(symbol + value)
        left = self.writer.math(symbol + equals) if symbol else ""
        return f"{left} {self.writer.blank}".strip()


def _term(latex: str) -> str:
    return f"({latex})" if latex.startswith("-") else latex
