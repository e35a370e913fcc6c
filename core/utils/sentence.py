"""Text helpers for sentences: capitals (never of a symbol), plurals, lists and excerpts."""

import re
from collections.abc import Sequence

# A word of letters from a to z; of one letter only the article, since y is a symbol.
_WORD = re.compile(r"(a|[a-z]{2,})(?=[\s,.:;?!’'-]|$)")
_SYMBOLS = frozenset({"tanh", "exp", "ln", "log", "id"})  # functions stay lower-case


def sentence_case(text: str) -> str:
    """Return the text with a capital first letter if it begins with an English word.

    "only the first sample" gets a capital; σ′(O), ŷ − y, y − O, 1/N and dW1 do not change.
    """
    word = _WORD.match(text)
    return text if word is None or word[1] in _SYMBOLS else text[0].upper() + text[1:]


def plural(count: int, word: str, words: str | None = None) -> str:
    """Return "1 row", "2 rows", "1,234 rows"; `words` is an irregular plural."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"


def join_names(names: Sequence[str], most: int = 5, word: str = "") -> str:
    """Return the first names and the number of the others: "a, b and 3 more", "… 3 more rows"."""
    left = len(names) - most
    more = plural(left, f"more {word}") if word else f"{left:,} more"
    return ", ".join(names[:most]) + (f" and {more}" if left > 0 else "")


def excerpt(text: str, most: int) -> str:
    """Return the text on one line, cut to `most` characters with … at the end."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def listing(parts: Sequence[str], word: str = "and") -> str:
    """Return all of them: "a", "a and b", "a, b and c"."""
    *first, last = parts
    return f"{', '.join(first)} {word} {last}" if first else last
