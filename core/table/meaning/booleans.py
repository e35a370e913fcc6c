"""Columns of yes and no: two categories, of which the affirmative counts as 1."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.table.meaning.text_column import Finding, Hints, Mask, Meaning, TextColumn
from core.table.notices import in_quotes, notice

_PAIRS = (  # words for yes and for no, by language
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
BOOLEAN_WORDS = sorted(word for pair in _PAIRS for synonyms in pair for word in synonyms)


def find_boolean(text: TextColumn, _: Hints) -> Finding | None:
    """Return the column as two categories, no before yes; None unless every cell is one."""
    lower = [cell.casefold() for cell in text.cells]
    distinct = set(lower)
    for yes, no in _PAIRS:
        if distinct <= yes | no and distinct & yes and distinct & no:
            return _as_categories(text, np.array([cell in yes for cell in lower], np.bool_))
    return None


def spellings(no: str, yes: str) -> dict[str, str]:
    """Return the spellings of both words, in lower case: {"n": "no", "true": "yes", …}."""
    synonyms: dict[str, str] = {}
    for affirmative, negative in _PAIRS:
        if yes.casefold() in affirmative and no.casefold() in negative:
            synonyms |= dict.fromkeys(negative, no) | dict.fromkeys(affirmative, yes)
    return {**synonyms, no.casefold(): no, yes.casefold(): yes}


def _as_categories(text: TextColumn, affirmative: Mask) -> Finding:
    """Name each category by its most frequent spelling; list the others in a notice."""
    names = [_most_frequent(text, ~affirmative), _most_frequent(text, affirmative)]
    codes = np.append(affirmative.astype(np.intp), -1)[text.codes]
    kind = pd.CategoricalDtype(names, ordered=True)
    cells = pd.Series(pd.Categorical.from_codes(codes.tolist(), dtype=kind))
    name = in_quotes(text.name)
    known = text.lines[text.codes >= 0]
    no, yes = map(in_quotes, names)
    message = f"Column {name} is yes or no: {yes} counts as 1, {no} as 0"
    others = [cell not in names for cell in text.cells]
    examples = ", ".join([in_quotes(cell) for cell in text.cells if cell not in names][:5])
    notices = [
        notice(message, known),
        *text.notices_of(f"Other spellings in column {name}: {examples}", others),
    ]
    return Finding(cells, Meaning("boolean"), 1.0, tuple(notices))


def _most_frequent(text: TextColumn, which: Mask) -> str:
    counts = np.bincount(text.codes[text.codes >= 0], minlength=len(text.cells))
    return text.cells[int(np.where(which, counts, -1).argmax())]
