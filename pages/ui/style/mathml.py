"""Our formulas from LaTeX to MathML, which a browser sets by itself, without network or script."""

import re
from collections.abc import Iterator
from html import escape

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
_LETTERS = {r"\sigma": "σ", r"\ln": "ln", r"\tanh": "tanh", r"\max": "max"}
_SIGNS = {
    r"\partial": "∂", r"\cdot": "·", r"\times": "×", r"\in": "∈", r"\infty": "∞",
    r"\{": "{", r"\}": "}", "-": "−",
}  # fmt: skip
_SPACES = {r"\,": "0.17em", r"\quad": "1em"}
_PLAIN = (
    {token: f"<mi>{name}</mi>" for token, name in _LETTERS.items()}
    | {token: f'<mo stretchy="false">{sign}</mo>' for token, sign in _SIGNS.items()}
    | {token: f'<mspace width="{width}"/>' for token, width in _SPACES.items()}
)
_ROW = "<mrow>{}</mrow>"


def mathml(latex: str, *, block: bool = False) -> str:
    """The formula as a `math` element; `block` has it stand by itself.

    Raises ValueError for a command that none of our formulas has.
    """
    display = ' display="block"' if block else ""
    return f'<math{display} displaystyle="true">{"".join(_Parser(latex).until(""))}</math>'


def _leaf(token: str) -> str:
    """A sign, a letter, a number or a space."""
    if token in _PLAIN:
        return _PLAIN[token]
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    if token.isalpha():
        return f"<mi>{token}</mi>"
    return f'<mo stretchy="false">{escape(token)}</mo>'


class _Parser:
    def __init__(self, latex: str) -> None:
        self.tokens = [t for t in _TOKEN.findall(latex) if not t.isspace()]
        self.source = latex
        self.place = 0

    def next(self) -> str:
        """The next token; "" at the end."""
        self.place += 1
        return self.tokens[self.place - 1] if self.place <= len(self.tokens) else ""

    def peek(self) -> str:
        """The one that `next` would give."""
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def until(self, end: str) -> Iterator[str]:
        """What stands before that token, scripts put to what they belong to."""
        while self.peek() != end:
            yield self.scripted(self.atom())
        self.next()

    def group(self) -> str:
        """An argument: what is in braces, or one token."""
        if self.peek() != "{":
            return self.atom()
        self.next()
        return _ROW.format("".join(self.until("}")))

    def scripted(self, base: str) -> str:
        """A part with its index and its power, if it has any."""
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
        """One part without its scripts."""
        token = self.next()
        if not token:
            raise ValueError(f"a brace is missing in {self.source!r}")
        if token == "{":
            return _ROW.format("".join(self.until("}")))
        if token.startswith("\\") and token not in _PLAIN:
            return self.command(token)
        return _leaf(token)

    def command(self, token: str) -> str:
        """A command with what it takes."""
        match token:
            case r"\sum":
                return '<mo movablelimits="false">∑</mo>'
            case r"\frac":
                return f"<mfrac>{self.group()}{self.group()}</mfrac>"
            case r"\hat":
                return f'<mover accent="true">{self.group()}<mo>^</mo></mover>'
            case r"\text" | r"\mathrm":
                return f"<mtext>{escape(self.words())}</mtext>"
            case r"\left":
                inside = f"<mo>{escape(self.next())}</mo>{''.join(self.until(chr(92) + 'right'))}"
                return _ROW.format(f"{inside}<mo>{escape(self.next())}</mo>")
            case r"\begin":
                return self.cases()
        raise ValueError(f"{token} in {self.source!r} is no command that is known")

    def words(self) -> str:
        """The letters of an argument."""
        self.next()
        found = []
        while (token := self.next()) not in ("}", ""):
            found.append(token)
        return "".join(found)

    def cases(self) -> str:
        """The rows of cases; their columns are set apart by a space."""
        self.words()
        rows, row = [], ""
        while (token := self.peek()) != r"\end":
            if token in (r"\\", "&"):
                self.next()
                row += '<mspace width="1em"/>' * (token == "&")
                rows += [row] * (token == r"\\")
                row = "" if token == r"\\" else row
            else:
                row += self.scripted(self.atom())
        self.next()
        self.words()
        table = "".join(f"<mtr><mtd>{one}</mtd></mtr>" for one in [*rows, row])
        return _ROW.format(f"<mo>{{</mo><mtable>{table}</mtable>")
