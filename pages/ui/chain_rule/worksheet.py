"""The worked example on paper: printed with its numbers, as a worksheet, or as its answer key.

The same text is written as LaTeX, which compiles as it is, and as Markdown with LaTeX in dollars.
"""

from collections.abc import Iterator
from typing import Literal, Protocol

from core.utils.sentence import sentence_case
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.worked_example import Given, Way, Worked
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.latex import escape_latex
from pages.ui.style.markdown import plain, sum_text

Kind = Literal["example", "worksheet", "key"]
TITLES: dict[Kind, str] = {
    "example": "Worked example",
    "worksheet": "Worksheet",
    "key": "Worksheet: answer key",
}
MAX_ENTRIES = 24  # of a row or column that is printed
PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath}
\setlength{\parindent}{0pt}
\begin{document}
\raggedright
"""


class Writer(Protocol):
    """How a text is set; `words` are ours, `name` is somebody else's."""

    blank: str  # a line to write on

    def words(self, text: str) -> str:
        """Our own words."""

    def name(self, text: str) -> str:
        """A title or a column's name, to be shown as it is."""

    def math(self, latex: str) -> str:
        """A formula within a line."""

    def heading(self, level: int, text: str) -> str:
        """A heading; the text is written already."""

    def items(self, lines: list[str]) -> str:
        """A list."""

    def document(self, blocks: list[str]) -> str:
        """The whole text."""


class Latex:
    """A LaTeX document that needs amsmath and nothing else."""

    blank = r"\underline{\hspace{4cm}}"

    def words(self, text: str) -> str:
        """Our own words."""
        return escape_latex(text)

    def name(self, text: str) -> str:
        """A title or a column's name, to be shown as it is."""
        return escape_latex(text.strip())

    def math(self, latex: str) -> str:
        """A formula within a line, which may break at its operators."""
        return rf"$\displaystyle {latex}$"

    def heading(self, level: int, text: str) -> str:
        """A heading; the text is written already."""
        return rf"\{'sub' * (level - 1)}section*{{{text}}}"

    def items(self, lines: list[str]) -> str:
        """A list, with room to write."""
        inside = "\n".join(rf"  \item {line}" for line in lines)
        return f"\\begin{{itemize}}\n{inside}\n\\end{{itemize}}"

    def document(self, blocks: list[str]) -> str:
        """The whole text."""
        return PREAMBLE + "\n" + "\n\n".join(blocks) + "\n\n\\end{document}\n"


class Markdown:
    """Markdown with formulas in dollars."""

    blank = "________________"

    def words(self, text: str) -> str:
        """Our own words, which hold no sign of Markdown."""
        return text

    def name(self, text: str) -> str:
        """A title or a column's name, to be shown as it is."""
        return plain(text)

    def math(self, latex: str) -> str:
        """A formula within a line."""
        return f"${latex}$"

    def heading(self, level: int, text: str) -> str:
        """A heading; the text is written already."""
        return f"{'#' * level} {text}"

    def items(self, lines: list[str]) -> str:
        """A list."""
        return "\n".join(f"- {line}" for line in lines)

    def document(self, blocks: list[str]) -> str:
        """The whole text."""
        return "\n\n".join(blocks) + "\n"


def example_latex(worked: Worked) -> str:
    """The worked example as a LaTeX document that compiles as it is."""
    return paper(worked, Latex(), "example")


def worksheet(worked: Worked, *, key: bool) -> tuple[str, str]:
    """The numbers given and the factors blank, or with their answers: as Markdown and LaTeX."""
    kind: Kind = "key" if key else "worksheet"
    return paper(worked, Markdown(), kind), paper(worked, Latex(), kind)


def paper(worked: Worked, writer: Writer, kind: Kind) -> str:
    """The worked example as that kind of text."""
    return writer.document(list(_Paper(worked, writer, kind).blocks()))


class _Paper:
    def __init__(self, worked: Worked, writer: Writer, kind: Kind) -> None:
        self.worked, self.writer, self.kind = worked, writer, kind
        self.answers = kind != "worksheet"

    def blocks(self) -> Iterator[str]:
        """The text, block by block."""
        w, title = self.writer, self.worked.title
        yield w.heading(1, f"{w.words(TITLES[self.kind])}: {w.name(title)}")
        yield self._looked_at()
        if self.kind == "worksheet":
            yield w.words("Work out each blank from the numbers given. The answers are in the key.")
        yield w.heading(2, w.words("Equations to use"))
        yield w.items(self._equations())
        yield w.heading(2, w.words("Given"))
        yield w.items([self._given(given) for given in self.worked.given])
        for way in self.worked.ways:
            yield from self._way(way)
        yield w.heading(2, w.words("The sample’s contribution"))
        yield w.items(self._sums())

    def _looked_at(self) -> str:
        """The sample, epoch and weight."""
        w, k, writer = self.worked, self.worked.notation, self.writer
        look = w.look
        transposed = " Each matrix has a row for each unit that it leads to."
        transposed *= look.conventions.transposed
        return (
            writer.words(
                f"Sample {look.focus.sample + 1:,} of {w.samples:,}, epoch "
                f"{look.experiment.epoch:,}. The weight "
            )
            + writer.math(f"{k.weight} = {w.number(w.weight)}")
            + writer.words(" leads from ")
            + writer.name(w.source)
            + writer.words(" to ")
            + writer.name(w.goal)
            + writer.words(": ")
            + writer.math(w.indices)
            + writer.words(f". The cost C is the {LOSS_NAMES[look.loss]}.{transposed} Numbers are ")
            + writer.words(f"rounded to {w.digits} significant digits where they are printed.")
        )

    def _equations(self) -> list[str]:
        w, k = self.writer, self.worked.notation
        number = "eq. 2" if k.layer == 2 else "eq. 6"
        lines = [w.math(k.rule) + w.words(f" ({number})")]
        for name in k.ids:
            sign = k.sign(name)
            formula = w.math(f"{sign.symbol} = {sign.formula}")
            lines.append(formula + w.words(f" ({sign.equation})"))
        if self.worked.fused:
            lines.append(w.words(equations.FUSED_NOTE))
        first = "The forward pass, with j for what is summed over: "
        return [*lines, w.words(first) + w.words(", ").join(w.math(e) for e in k.forward)]

    def _given(self, given: Given) -> str:
        """Its values, the first of many; the one on the weight's path is always among them."""
        w, number = self.writer, self.worked.number
        places = list(range(min(len(given.values), MAX_ENTRIES)))
        if given.used is not None and given.used not in places:
            places.append(given.used)
        several, all_there = len(given.values) > 1, len(places) == len(given.values)
        entries = []
        for place in places:
            entry = w.math(number(given.values[place]))
            if given.names:
                entry += w.words(" (") + w.name(given.names[place]) + w.words(")")
            if place >= MAX_ENTRIES:
                entry += w.words(" as ") + w.math(f"j = {place + 1}")
            entries.append(entry)
        words = w.words(sentence_case(given.words))
        if given.into:
            words += w.words(" ") + w.name(given.into)
        left_out = "" if all_there else w.words(f", and {len(given.values) - len(places):,} more")
        symbol = w.words(", ") + w.math(given.symbol) if given.symbol else ""
        colon = w.words(" in order: " if several and not given.names else ": ")
        return words + symbol + colon + w.words(", ").join(entries) + left_out

    def _way(self, way: Way) -> Iterator[str]:
        """The factors through one output and their product."""
        w, k = self.writer, self.worked.notation
        title = w.words("The factors")
        if k.several:
            title += w.words(" through output ") + w.name(way.name)
            title += w.words(f" (o = {way.output + 1})")
        yield w.heading(2, title)
        lines = []
        for factor in way.factors:
            worked_out = (
                ""
                if factor.numbers == self.worked.number(factor.value)
                else (f" = {factor.numbers}")
            )
            value = f"{worked_out} = {self.worked.number(factor.value)}"
            lines.append(self._answer(factor.symbol, value) + w.words(f" ({factor.equation})"))
        product = f" = {self.worked.multiplied(way)} = {self.worked.number(way.product)}"
        lines.append(w.words("Their product: ") + self._answer(k.product, product))
        yield w.items(lines)

    def _sums(self) -> list[str]:
        """The sum over outputs, and over samples."""
        w, worked, k = self.writer, self.worked, self.worked.notation
        lines = []
        if len(worked.ways) > 1:
            terms = " + ".join(_term(worked.number(way.product)) for way in worked.ways)
            value = f" = {terms} = {worked.number(worked.contribution)}"
            lines.append(
                w.words("The sum over outputs: ") + self._answer(f"\\sum_o {k.product}", value)
            )
        else:
            only = self._answer("", worked.number(worked.contribution), equals="")
            lines.append(
                w.words("It goes through one output only, so that is the product: ") + only
            )
        if self.answers:
            over = f"{sentence_case(sum_text(worked.samples))} to the gradient: "
            gradient = w.math(f"{k.gradient} = {worked.number(worked.gradient)}")
            lines.append(w.words(over) + gradient)
        return lines

    def _answer(self, symbol: str, value: str, equals: str = " =") -> str:
        """The symbol with its value, or with a line to write it on."""
        if self.answers:
            return self.writer.math(symbol + value)
        left = self.writer.math(symbol + equals) if symbol else ""
        return f"{left} {self.writer.blank}".strip()


def _term(latex: str) -> str:
    return f"({latex})" if latex.startswith("-") else latex
