"""Escaped text and rounded numbers in LaTeX, and formulas as plain text."""

import re
import unicodedata

from core.utils.number_text import number_parts
from core.utils.small_digits import PLAIN, SUPERSCRIPTS, subscript, superscript

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "%_{}#&$"},
    **{
        sign: f"${sign}$" for sign in "<>|"
    },  # the default font has other characters in their places
    **{sign: f"{{{sign}}}" for sign in "[]*"},  # after a line break they would be its arguments
    **{sign: f"{sign}{{}}" for sign in "-`'\"!?"},  # two of them in a row are a ligature
}
_ACCENTS = {
    "\N{COMBINING GRAVE ACCENT}": "`",
    "\N{COMBINING ACUTE ACCENT}": "'",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "^",
    "\N{COMBINING TILDE}": "~",
    "\N{COMBINING DIAERESIS}": '"',
    "\N{COMBINING MACRON}": "=",
    "\N{COMBINING RING ABOVE}": "r ",
    "\N{COMBINING CARON}": "v ",
    "\N{COMBINING BREVE}": "u ",
    "\N{COMBINING DOT ABOVE}": ".",
    "\N{COMBINING CEDILLA}": "c ",
    "\N{COMBINING DOUBLE ACUTE ACCENT}": "H ",
}
_COMMANDS = {  # math commands
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Δ": "Delta", "Γ": "Gamma", "Θ": "Theta", "Λ": "Lambda", "Σ": "Sigma",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "µ": "mu", "×": "times", "·": "cdot", "÷": "div",
    "±": "pm", "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "→": "to", "∞": "infty",
    "∂": "partial",
}  # fmt: skip
_LETTERS = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "å": "aa", "Å": "AA", "ł": "l",
    "Ł": "L", "œ": "oe", "Œ": "OE", "ı": "i",
}  # fmt: skip
_ESCAPES = {
    **_SPECIAL,
    **{sign: rf"$\{name}$" for sign, name in _COMMANDS.items()},
    **{sign: rf"{{\{name}}}" for sign, name in _LETTERS.items()},
    **{raised: f"$^{sign}$" for sign, raised in zip(PLAIN, SUPERSCRIPTS, strict=True)},
    **{"°": r"$^{\circ}$", "−": "$-$", "–": "{--}", "—": "{---}", "…": r"{\dots}"},
    **{"‘": "{`}", "’": "{'}", "“": "{``}", "”": "{''}"},
}
_NOT_FINITE = {"∞": r"\infty", "-∞": r"-\infty", "undefined": r"\text{undefined}"}


def escape_latex(text: str) -> str:
    """Escape text so that LaTeX prints it literally, on one line.

    A character that the default fonts lack becomes its code point, such as [U+05D0].
    """
    line = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    return "".join(map(_sign, line))


def _sign(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    if sign.isascii():
        return sign if sign.isprintable() else ""
    return _accent(sign) or _number(sign)


def _accent(sign: str) -> str:
    """Return a letter with an accent in LaTeX; "" for anything else."""
    parts = unicodedata.normalize("NFD", sign)
    if len(parts) != 2 or parts[1] not in _ACCENTS or not parts[0].isascii():
        return ""
    letter = {"i": r"\i", "j": r"\j"}.get(parts[0], parts[0])
    return rf"\{_ACCENTS[parts[1]]}{{{letter}}}" if parts[0].isalpha() else ""


def _number(sign: str) -> str:
    if unicodedata.category(sign) in {"Cf", "Cc", "Mn"}:  # invisible: direction marks, joiners
        return ""
    return f"{{[}}U+{ord(sign):04X}{{]}}"


def number(value: float, digits: int) -> str:
    """Return `number_text` in LaTeX."""
    head, power = number_parts(value, digits)
    latex = _NOT_FINITE.get(head, head)
    return rf"{latex} \times 10^{{{power}}}" if power else latex


def operand(value: float, digits: int) -> str:
    """Return a number as a factor: in brackets if negative or itself a product."""
    latex = number(value, digits)
    return f"({latex})" if latex.startswith("-") or "times" in latex else latex


_BREAKS = {" = ", r" \cdot "}
_STRUT = r"\rule[-1.8em]{0pt}{1.8em}"  # deeper than a fraction and a sum's limit


def display_math(latex: str, *, spaced: bool = False) -> str:
    """Return an equation as Markdown, as large as `st.latex` draws it.

    Where it is too wide for the window it continues on another line, after = or · and not inside
    brackets, while `st.latex` would hide its end. `spaced`: whether there is space between lines.
    """
    equation, comma, indices = _whole_brackets(latex).partition(r", \quad ")
    equation = _with_struts(equation) if spaced else equation
    return rf"$\displaystyle {equation}" + (rf"{comma}\allowbreak {{{indices}}}$" if comma else "$")


def _whole_brackets(latex: str) -> str:
    """Return a formula with its outermost brackets grouped, in which TeX breaks no line."""
    parts, depth = [], 0
    for sign in latex:
        opens, closes = sign == "(", sign == ")"
        parts.append("{" * (opens and depth == 0) + sign + "}" * (closes and depth == 1))
        depth += opens - closes
    return "".join(parts)


def _with_struts(latex: str) -> str:
    """Return a formula of several parts with a strut on every line but the last."""
    parts, depth = re.split(r"([{}]| = | \\cdot )", latex), 0
    for at, part in enumerate(parts):
        depth += (part == "{") - (part == "}")
        if depth == 0 and part in _BREAKS:
            parts[at] = _STRUT + part  # after it, a minus would be between two terms
    spaced = "".join(parts)
    return spaced if spaced.count(_STRUT) > 1 else latex


_NAMES = {
    r"\sum_{i=1}^N": "Σ",
    r"\sum_{o}": "Σ",
    r"\partial ": "∂",
    r"\hat{y}": "ŷ",
    r"\dots": "…",
    r"\cdot": "×",
    r"\times": "×",
    r"\sigma": "σ",
    r"\delta": "δ",
    r"\infty": "∞",
    r"\tanh": "tanh",
    r"\max": "max",
    r"\,": " ",
    "-": "−",
}


def as_text(latex: str) -> str:
    """Return a formula as plain text: W_{k,l}^{(1)} as W⁽¹⁾[k,l], a fraction as (a) / b."""
    text = latex
    for name, sign in _NAMES.items():
        text = text.replace(name, sign)
    text = re.sub(r"\\sum_\{(?:p|l_\d)\}", "Σ", text)
    text = re.sub(r"(?<=l)_(\d)", lambda index: subscript(index[1]), text)
    text = re.sub(r"\\(?:text|mathrm)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"([A-Za-zŷδ])_(?:\{([^{}]*)\}|(\w))", r"\1[\2\3]", text)
    text = re.sub(r"(\[[^\]]*\])\^\{(\(\d\))\}", lambda f: superscript(f[2]) + f[1], text)
    text = re.sub(r"\^(?:\{(−?\d+)\}|(\d))", _power, text)
    text = _fractions(text)
    return " ".join(text.split())


def _power(found: re.Match[str]) -> str:
    return superscript((found[1] or found[2]).replace("−", "-"))


_FRACTION = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")


def _fractions(text: str) -> str:
    """Replace fractions from the inside out, with sums and products in brackets."""
    while found := _FRACTION.search(text):
        above, below = (_term(part.strip()) for part in found.groups())
        slash = "/" if above.startswith("∂") else " / "
        text = text[: found.start()] + above + slash + below + text[found.end() :]
    return text


def _term(text: str) -> str:
    single = re.fullmatch(r"\([^()]*\)|[^\s()]*", text)
    return text if single else f"({text})"
