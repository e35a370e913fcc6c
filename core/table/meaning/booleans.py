"""Yes or no in words: two categories, of which the affirmative counts as 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.table.meaning.text_column import Finding, Hints, Mask, Meaning, TextColumn
from core.table.notices import in_quotes, notice

_PAIRS = (  # what says yes, and what says no, language by language
    ({"yes", "y", "true", "t", "on"}, {"no", "n", "false", "f", "off"}),
    ({"ja", "j", "wahr", "ein", "an"}, {"nein", "n", "falsch", "aus"}),
    ({"oui", "o", "vrai"}, {"non", "n", "faux"}),
    ({"sí", "si", "s", "verdadero"}, {"no", "n", "falso"}),
    ({"sì", "si", "s", "vero"}, {"no", "n", "falso"}),
    ({"sim", "s", "verdadeiro"}, {"não", "nao", "n", "falso"}),
    ({"ja", "j", "waar", "aan"}, {"nee", "n", "onwaar", "uit"}),
    ({"ja", "j", "sann", "på"}, {"nej", "nei", "n", "falsk", "av"}),
    ({"tak", "t"}, {"nie", "n"}),
    ({"да"}, {"нет"}),
)
BOOLEAN_WORDS = sorted(word for pair in _PAIRS for words in pair for word in words)


def find_boolean(words: TextColumn, _: Hints) -> Finding | None:
    """Return the column as two ordered categories, no before yes; None unless all cells say so."""
    said = [cell.casefold() for cell in words.cells]
    distinct = set(said)
    for yes, no in _PAIRS:
        if distinct <= yes | no and distinct & yes and distinct & no:
            return _as_categories(words, np.array([cell in yes for cell in said], np.bool_))
    return None


def spellings(no: str, yes: str) -> dict[str, str]:
    """Return what means the same as either word, in lower case: {"n": "no", "true": "yes", …}."""
    meant: dict[str, str] = {}
    for affirmative, negative in _PAIRS:
        if yes.casefold() in affirmative and no.casefold() in negative:
            meant |= dict.fromkeys(negative, no) | dict.fromkeys(affirmative, yes)
    return {**meant, no.casefold(): no, yes.casefold(): yes}


def _as_categories(words: TextColumn, affirmative: Mask) -> Finding:
    """Call either category by its most frequent spelling; the others are told."""
    names = [_most_frequent(words, ~affirmative), _most_frequent(words, affirmative)]
    codes = np.append(affirmative.astype(np.intp), -1)[words.codes]
    kind = pd.CategoricalDtype(names, ordered=True)
    cells = pd.Series(pd.Categorical.from_codes(codes.tolist(), dtype=kind))
    name = in_quotes(words.name)
    known = words.lines[words.codes >= 0]
    message = f"Column {name} says yes or no: {in_quotes(names[1])} counts as 1, {in_quotes(names[0])} as 0"
    others = [cell not in names for cell in words.cells]
    spelt = _examples([cell for cell in words.cells if cell not in names])
    notices = [
        notice(message, known),
        *words.notices_of(f"{spelt} in column {name} mean the same in another spelling", others),
    ]
    return Finding(cells, Meaning("boolean"), 1.0, tuple(notices))


def _most_frequent(words: TextColumn, which: Mask) -> str:
    counts = np.bincount(words.codes[words.codes >= 0], minlength=len(words.cells))
    return words.cells[int(np.where(which, counts, -1).argmax())]


def _examples(cells: Sequence[str]) -> str:
    return ", ".join(map(in_quotes, cells[:5]))
