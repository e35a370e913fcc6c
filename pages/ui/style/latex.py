"""Escaped text and rounded numbers in LaTeX, and formulas as plain text."""

import math
import re
import unicodedata

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
    **{sign: f"$^{digit}$" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{"°": r"$^{\circ}$", "−": "$-$", "–": "{--}", "—": "{---}", "…": r"{\dots}"},
    **{"‘": "{`}", "’": "{'}", "“": "{``}", "”": "{''}"},
}


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
    """Return a number with that many significant digits, or fewer if they are exact."""
    if not math.isfinite(value):
        return {math.inf: r"\infty", -math.inf: r"-\infty"}.get(value, r"\text{undefined}")
    size = abs(value)
    if value == int(value) and size < 1e6:
        return str(int(value))
    rounded = float(f"{value:.{digits}g}")
    if 1e-3 <= size < 1e6:
        if rounded == value:
            return f"{value:.{digits}g}" if "e" not in f"{value:.{digits}g}" else f"{value:.0f}"
        places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
        return f"{rounded:.{places}f}"
    head, power = f"{value:.{digits - 1}e}".split("e")
    return rf"{head} \times 10^{{{int(power)}}}"


def number_text(value: float, digits: int) -> str:
    """Return `number` as plain text, with a true minus sign."""
    return as_text(number(value, digits))


def signed_text(value: float, digits: int) -> str:
    """Return `number_text` with a plus sign if positive."""
    return "+" * (value > 0) + number_text(value, digits)


def operand(value: float, digits: int) -> str:
    """Return a number as a factor: in brackets if negative or itself a product."""
    latex = number(value, digits)
    return f"({latex})" if latex.startswith("-") or "times" in latex else latex


_NAMES = {
    r"\sum_{i=1}^N": "Σ",
    r"\sum_{o}": "Σ",
    r"\partial ": "∂",
    r"\hat{y}": "ŷ",
    r"\cdot": "×",
    r"\times": "×",
    r"\sigma": "σ",
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
    text = re.sub(r"\\text\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"([A-Za-zŷ])_(?:\{([^{}]*)\}|(\w))", r"\1[\2\3]", text)
    text = re.sub(r"(\[[^\]]*\])\^\{\(1\)\}", r"⁽¹⁾\1", text)
    text = re.sub(r"(\[[^\]]*\])\^\{\(2\)\}", r"⁽²⁾\1", text)
    text = re.sub(r"\^\{(−?\d+)\}", r"^\1", text).replace("^2", "²")
    text = _fractions(text)
    return " ".join(text.split())


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
