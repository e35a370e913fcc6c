"""Names and words that were given up stay so, in the product, its documents and its tests."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.layers import PAGES
from tests.paths import ROOT
from tests.test_house import files, sources, text

OWN = Path(__file__).relative_to(ROOT).as_posix()

# As it was said once; what is said now stands in the product.
FORMER_PHRASES = (
    "How it is written", "Bias as a vector b apart", "the row says", "Nothing is trained yet",
    "Where it went", "could well be", "Copy out", "stands in the files",
    "the gradient's way", "gradient’s way", "of all the pull", "goes its own way",
    "Written for another loss", "Not this number", "This slip gives it", "too many or too few",
    "The only bar comes to", "the faster the further", "That reading is ours",
    "know nothing of it", "Whose gradients", "How you bring them", "A bundle from before",
    "Turn the sign round", "σ′ is left out", "is left out", "says of y", "How good it is",
    "stands for 0", "is taken for 1", "From which ŷ on", "from which ŷ on", "from ŷ = 0.5 on",
    "share of the others", "becomes of it", "Between cells", "Around cells", "Names of columns",
    "No straight line", "always answers yes", "Seed of the split", "Held back for validation",
    "Zeros, to see why not", "Normal, deviation 1", "half mean square", "Stop early",
    "The run before is kept", "Dismiss it", "those that shall not move",
    "Whoever opens it", "take it along", "without us", "To read and print",
    "is taken for y − ŷ", "Nobody is blamed", "one room a step", "Other people's text",
    "had again", "then have at once", "is looked at for", "nobody can guess",
)  # fmt: skip

# Names of the house before it had rooms, which nobody could guess.
FORMER_NAMES = (
    "Kept", "twin", "_stand", "_equip", "_go_on", "_arrive", "_reach", "Reel", "Camera", "Shots",
    "_developed", "staying", "Found", "Words", "Setup", "Offer", "Chain", "Numbers", "Explained",
    "arrival", "made", "marks", "offers", "paper", "shelf", "told", "kept", "slips", "layouts",
    "typed", "flow", "bundle", "marking", "handed_in", "limits", "notation_of", "mending",
    "naming", "words", "telling", "spreadsheet", "planning", "predicting", "evaluation",
    "data_figures", "read_as", "worked", "ledger", "by_hand", "copy_out", "checked", "check_mine",
    "bug_film", "use_it", "keeping", "exports", "transport", "pair", "lettering", "tip", "strip",
    "choices_of",
)  # fmt: skip

# A function or a class is no past participle: it says what it does, or what it is.
PARTICIPLES = (
    "added", "asked", "begun", "brought", "carried", "changed", "checked", "chosen", "counted",
    "drawn", "filled", "fitted", "flowed", "found", "given", "held", "joined", "judged", "kept",
    "laid_out", "left", "listed", "looked_at", "made", "marked", "named", "noted", "opened",
    "packed", "parsed", "pasted", "prepared", "read_as", "rounded", "said", "saved", "sent",
    "shown", "spoken", "stepped", "summed", "taken", "thinned", "told", "tried", "typed",
    "unpacked", "updated", "used", "worked", "written",
)  # fmt: skip


@cache
def prose(name: str) -> str:
    """Return a file's text with literals that continue on the next line joined, blanks single."""
    joined = re.sub(r"""(["'`])\s*\+?\s*\n\s*\+?\s*[rf]*\1""", "", text(name))
    return re.sub(r"\s*\n\s*(#|//|\*)?\s*", " ", joined)


def readable() -> Iterator[str]:
    """Yield every source and document but this one."""
    for name in files():
        if name.endswith((".py", ".js", ".css", ".md")) and name != OWN:
            yield name


@cache
def definitions() -> dict[str, set[str]]:
    """Return the names of modules, classes and functions of the product, with where they are."""
    found: dict[str, set[str]] = {}
    for name in sources("app.py", "core", PAGES):
        found.setdefault(Path(name).stem, set()).add(name)
        for node in ast.walk(ast.parse(text(name))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not is_property(node):
                found.setdefault(node.name, set()).add(name)
    for name in files():
        if name.startswith(PAGES) and name.endswith(".js"):
            found.setdefault(Path(name).stem, set()).add(name)
    return found


def is_property(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """Return whether it is read like a value: a state may be called `ended` or `frozen`."""
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def test_no_former_phrase_is_left() -> None:
    hits = [
        f"{name}: {phrase}"
        for name in readable()
        for phrase in FORMER_PHRASES
        if phrase in prose(name)
    ]
    assert hits == []


def test_no_former_name_is_left() -> None:
    assert {name: definitions()[name] for name in FORMER_NAMES if name in definitions()} == {}


def test_no_name_is_a_past_participle() -> None:
    ending = re.compile(rf"(^|_)({'|'.join(PARTICIPLES)})$")
    assert {name: where for name, where in definitions().items() if ending.search(name)} == {}


@pytest.mark.parametrize("document", ["core/README.md", f"{PAGES}/README.md"])
def test_a_document_names_files_that_exist(document: str) -> None:
    known = {Path(name).name for name in files()}
    named = re.findall(r"[\w./-]+\.(?:py|js)\b", text(document))
    assert len(named) > 10
    tops = ((ROOT / document).parent, ROOT)
    there = {path for path in named if path in known or any((top / path).exists() for top in tops)}
    assert sorted({*named} - there) == []
