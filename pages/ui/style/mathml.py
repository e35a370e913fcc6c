"""Formulas from LaTeX to MathML, which browsers display without network or scripts."""

import re
from collections.abc import Iterator
from html import escape

_TEXT = re.compile(r"\\(?:text|mathrm)\{([^{}]*)\}")
_TOKEN = re.compile(rf"{_TEXT.pattern}|\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
_LETTERS = {r"\sigma": "σ", r"\ln": "ln", r"\tanh": "tanh", r"\max": "max"}
_SIGNS = {
    r"\partial": "∂", r"\cdot": "·", r"\times": "×", r"\in": "∈", r"\infty": "∞", r"\top": "⊤",
    r"\{": "{", r"\}": "}", "-": "−",
}  # fmt: skip
_SPACES = {r"\,": "0.17em", r"\quad": "1em"}
_PLAIN = (
    {token: f"<mi>{name}</mi>" for token, name in _LETTERS.items()}
    | {token: f'<mo stretchy="false">{sign}</mo>' for token, sign in _SIGNS.items()}
    | {token: f'<mspace width="{width}"/>' for token, width in _SPACES.items()}
)
_ROW = "<mrow>{}</mrow>"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"  # MathML trims others at the ends of a text


def mathml(latex: str, *, block: bool = False) -> str:
    """Convert a formula to a `math` element; `block` displays it on a line of its own.

    Raises ValueError for an unknown command.
    """
    display = ' display="block"' if block else ""
    return f'<math{display} displaystyle="true">{"".join(_Parser(latex).until(""))}</math>'


def _leaf(token: str) -> str:
    """Convert an operator, a letter, a number or a space."""
    if token in _PLAIN:
        return _PLAIN[token]
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    if token.isalpha():
        return f"<mi>{token}</mi>"
    return f'<mo stretchy="false">{escape(token)}</mo>'


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

    def until(self, end: str) -> Iterator[str]:
        """Yield the parts before that token, each with its scripts."""
        while self.peek() != end:
            yield self.with_scripts(self.atom())
        self.next()

    def group(self) -> str:
        """Convert an argument: a group in braces, or one token."""
        if self.peek() != "{":
            return self.atom()
        self.next()
        return _ROW.format("".join(self.until("}")))

    def with_scripts(self, base: str) -> str:
        """Add its subscript and superscript, if any, to a part."""
        scripts = {}
        while self.peek() in ("_", "^"):
            sign = self.next()
            scripts[sign] = self.group()
        around = base.startswith('<mo movablelimits="false">∑')
        match scripts:
            case {"_": low, "^": high}:
                tag = "munderover" if around else "msubsup"
                return f"<{tag}>{base}{low}{high}</{tag}>"
            case {"_": low}:
                tag = "munder" if around else "msub"
                return f"<{tag}>{base}{low}</{tag}>"
            case {"^": high}:
                return f"<msup>{base}{high}</msup>"
        return base

    def atom(self) -> str:
        """Convert one part without its scripts."""
        token = self.next()
        if not token:
            raise ValueError(f"a brace is missing in {self.source!r}")
        if token == "{":
            return _ROW.format("".join(self.until("}")))
        if words := _TEXT.fullmatch(token):
            return f"<mtext>{escape(words[1]).replace(' ', NO_BREAK_SPACE)}</mtext>"
        if token.startswith("\\") and token not in _PLAIN:
            return self.command(token)
        return _leaf(token)

    def command(self, token: str) -> str:
        """Convert a command with its arguments."""
        match token:
            case r"\sum":
                return '<mo movablelimits="false">∑</mo>'
            case r"\frac":
                return f"<mfrac>{self.group()}{self.group()}</mfrac>"
            case r"\hat":
                return f'<mover accent="true">{self.group()}<mo>^</mo></mover>'
            case r"\left":
                inside = f"<mo>{escape(self.next())}</mo>{''.join(self.until(chr(92) + 'right'))}"
                return _ROW.format(f"{inside}<mo>{escape(self.next())}</mo>")
        raise ValueError(f"{token} in {self.source!r} is an unknown command")
