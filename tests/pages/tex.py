"""A LaTeX document looked over without a TeX, and compiled by one."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.debian import install

COMMANDS = {
    *["documentclass", "usepackage", "setlength", "parindent", "begin", "end", "raggedright"],
    *["section", "subsection", "item", "displaystyle", "underline", "hspace", "frac", "partial"],
    *["hat", "sum", "cdot", "times", "sigma", "tanh", "max", "infty", "text", "textbackslash"],
    *["textasciitilde", "textasciicircum", "dots", "circ"],
}
# What other people's letters and signs become.
LETTERS = {
    *["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda"],
    *["mu", "nu", "xi", "pi", "rho", "tau", "phi", "chi", "psi", "omega", "Delta", "Gamma"],
    *["Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega", "div", "pm", "le", "ge", "ne", "approx"],
    *["to", "ss", "ae", "AE", "o", "O", "aa", "AA", "l", "L", "oe", "OE", "i", "j", "r", "v"],
    *["u", "c", "H"],
}


def faults(document: str) -> list[str]:
    """What a TeX would stop at, as far as it can be seen without one."""
    found = [f"control character {sign!r}" for sign in document if ord(sign) < 32 and sign != "\n"]
    found += [f"not ASCII: {sign!r}" for sign in document if ord(sign) > 126]
    names = re.findall(r"\\([A-Za-z]+)", document.replace("\\\\", ""))
    found += [f"unknown \\{name}" for name in names if name not in COMMANDS | LETTERS]
    bare = re.sub(r"\\.", "", document.replace("\\\\", ""), flags=re.DOTALL)
    found += [f"special {sign}" for sign in "%#&~" if sign in bare]
    found += _unbalanced(bare) + _environments(document) + _outside_math(bare)
    return found


def _unbalanced(bare: str) -> list[str]:
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return ["a } too many"]
    return ["a { too many"] if depth else []


def _environments(document: str) -> list[str]:
    open_ones: list[str] = []
    for which, name in re.findall(r"\\(begin|end)\{(\w+)\}", document):
        if which == "begin":
            open_ones.append(name)
        elif not open_ones or open_ones.pop() != name:
            return [f"\\end{{{name}}} where another is open"]
    return [f"{name} stays open" for name in open_ones]


def _outside_math(bare: str) -> list[str]:
    """Mathematics is closed in its line, and _ and ^ stand within it."""
    found = []
    for line in bare.splitlines():
        parts = line.split("$")
        if len(parts) % 2 == 0:
            found.append(f"$ stays open in {line[:60]}")
        found += [f"{sign} outside mathematics" for sign in "_^" if sign in "".join(parts[::2])]
    return found


@cache
def compiler() -> str:
    """The name of a TeX, which is installed first where there is none."""
    if _installed() is None:
        install("texlive-latex-base")
    name = _installed()
    if name is None and "CI" not in os.environ:
        pytest.skip("no TeX is installed, nor can be by apt-get")
    assert name, "no TeX can be installed"
    return name


def _installed() -> str | None:
    return next((name for name in ("pdflatex", "tectonic", "xelatex") if shutil.which(name)), None)


def compiled(document: str, folder: Path) -> str:
    """Compile it; "" where that went well, or the end of what the TeX said."""
    path = folder / "document.tex"
    path.write_text(document, encoding="utf-8")
    name = compiler()
    flags = [] if name == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run(
        [name, *flags, path.name], cwd=folder, capture_output=True, check=False, timeout=120
    )
    return "" if done.returncode == 0 else done.stdout.decode(errors="replace")[-1500:]
