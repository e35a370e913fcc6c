"""Formulas from LaTeX to MathML, which browsers display without network or scripts."""

import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup

_TEXT = re.compile(r"\\(?:text|mathrm)\{([^{}]*)\}")
_TOKEN = re.compile(rf"{_TEXT.pattern}|\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
_LETTERS = {
    r"\sigma": "σ", r"\delta": "δ", r"\alpha": "α", r"\beta": "β", r"\eta": "η", r"\lambda": "λ",
    r"\mu": "μ", r"\varepsilon": "ε", r"\Delta": "Δ",
    r"\ln": "ln", r"\tanh": "tanh", r"\max": "max",
}  # fmt: skip
_SIGNS = {
    r"\partial": "∂", r"\cdot": "·", r"\times": "×", r"\in": "∈", r"\infty": "∞", r"\top": "⊤",
    r"\odot": "⊙", r"\{": "{", r"\}": "}", r"\dots": "…",
    "-": "−",
}  # fmt: skip
_SPACES = {r"\,": "0.17em", r"\quad": "1em"}
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"  # MathML trims others at the ends of a text


def _element(tag: str, *parts: str, attributes: str = "") -> Markup:
    """Return an element; parts that are no markup are escaped."""
    head = f"{tag} {attributes}" if attributes else tag
    return Markup(f"<{head}>{Markup().join(parts)}</{tag}>")  # much faster than Markup.format


def _operator(sign: str) -> Markup:
    return _element("mo", sign, attributes='stretchy="false"')


_PRIME = _operator("′")
_SUM = _element("mo", "∑", attributes='movablelimits="false"')
_PLAIN = (
    {token: _element("mi", name) for token, name in _LETTERS.items()}
    | {token: _operator(sign) for token, sign in _SIGNS.items()}
    | {token: Markup(f'<mspace width="{width}"/>') for token, width in _SPACES.items()}
)


def mathml(latex: str, *, block: bool = False) -> Markup:
    """Convert a formula to a `math` element; `block` displays it on a line of its own.

    Raises ValueError for an unknown command.
    """
    style = 'display="block" displaystyle="true"' if block else 'displaystyle="true"'
    return _element("math", *_Parser(latex).until(""), attributes=style)


def mathml_rows(rows: Sequence[str]) -> Markup:
    """Convert rows aligned at their & to one `math` element, a table.

    Raises ValueError for an unknown command.
    """
    lines = [line.split("&") for row in rows for line in row.split(r"\\")]
    table = _element(
        "mtable",
        *(_element("mtr", *map(_cell, line, ("right", "left"))) for line in lines),
        attributes='displaystyle="true"',
    )
    return _element("math", table)


def _cell(latex: str, side: str) -> Markup:
    """Convert a row's part before or after its &; the sign of a number stays close to it."""
    signed = re.sub(r"\((-[^()]*)\)", r"({\1})", latex.strip())
    if signed.startswith("="):
        signed = f"= {{{signed[1:]}}}"
    style = f'style="text-align: {side}; padding: 0.2em 0.1em"'
    return _element("mtd", *_Parser(signed).until(""), attributes=style)


def _leaf(token: str) -> Markup:
    """Convert an operator, a letter, a number or a space."""
    if token in _PLAIN:
        return _PLAIN[token]
    if token[0].isdigit():
        return _element("mn", token)
    return _element("mi", token) if token.isalpha() else _operator(token)


class _Parser:
    def __init__(self, latex: str) -> None:
        self.tokens = [t[0] for t in _TOKEN.finditer(latex) if not t[0].isspace()]
        self.source = latex
        self.place = 0

    def next(self) -> str:
        """Consume and return the next token; "" at the end."""
        self.place += 1
        return self.tokens[self.place - 1] if self.place <= len(self.tokens) else ""

    def peek(self) -> str:
        """Return the next token without consuming it."""
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def until(self, end: str) -> Iterator[Markup]:
        """Yield the parts before that token, each with its scripts."""
        while self.peek() != end:
            yield self.with_scripts(self.atom())
        self.next()

    def group(self) -> Markup:
        """Convert an argument: a group in braces, or one token."""
        if self.peek() != "{":
            return self.atom()
        self.next()
        return _element("mrow", *self.until("}"))

    def with_scripts(self, base: Markup) -> Markup:
        """Add its subscript and superscript, if any, to a part."""
        scripts = {}
        while self.peek() in ("_", "^", "'"):
            sign = self.next()
            scripts["^" if sign == "'" else sign] = _PRIME if sign == "'" else self.group()
        match scripts:
            case {"_": low, "^": high}:
                tag = "munderover" if base == _SUM else "msubsup"
                return _element(tag, base, low, high)
            case {"_": low}:
                return _element("munder" if base == _SUM else "msub", base, low)
            case {"^": high}:
                return _element("msup", base, high)
        return base

    def atom(self) -> Markup:
        """Convert one part without its scripts."""
        token = self.next()
        if not token:
            raise ValueError(f"a brace is missing in {self.source!r}")
        if token == "{":
            return _element("mrow", *self.until("}"))
        if words := _TEXT.fullmatch(token):
            return _element("mtext", words[1].replace(" ", NO_BREAK_SPACE))
        if token.startswith("\\") and token not in _PLAIN:
            return self.command(token)
        return _leaf(token)

    def command(self, token: str) -> Markup:
        """Convert a command with its arguments."""
        match token:
            case r"\sum":
                return _SUM
            case r"\frac":
                return _element("mfrac", self.group(), self.group())
            case r"\sqrt":
                return _element("msqrt", self.group())
            case r"\hat":
                hat = _element("mo", "^")
                return _element("mover", self.group(), hat, attributes='accent="true"')
            case r"\left":
                before, inside = _element("mo", self.next()), [*self.until(r"\right")]
                return _element("mrow", before, *inside, _element("mo", self.next()))
        raise ValueError(f"{token} in {self.source!r} is an unknown command")
