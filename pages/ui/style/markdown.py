"""User-supplied text escaped for Markdown, and counts in words."""

import re

from core.utils.sentence import plural

SIGNS = frozenset(r"\`*_{}[]()#+-.!|<>~$:&=")
JOINER = "\N{WORD JOINER}"  # has no width
# What Streamlit replaces after Markdown's backslashes are removed: arrows, dashes, comparisons,
# icons and addresses. A joiner is inserted after each match.
REPLACED = re.compile(r"[-<>~](?=[->=])|:(?=material/|streamlit:|//)|www(?=\.)|@(?=\w)", re.I)


def plain(text: str) -> str:
    """Escape user-supplied text so that Markdown shows it literally."""
    line = REPLACED.sub(lambda found: found.group() + JOINER, " ".join(text.split()))
    return "".join(f"\\{sign}" if sign in SIGNS else sign for sign in line)


def sum_text(samples: int) -> str:
    """Return the start of a sentence on the sum of contributions, for one sample or all."""
    if samples == 1:
        return "it is the only sample, and comes"
    return f"the contributions of all {samples:,} samples add up"


def all_text(number: int, word: str, words: str | None = None) -> str:
    """Return "the only row", "all 2 rows", "all 10,000 rows"; `words` as in `plural`."""
    return f"the only {word}" if number == 1 else f"all {plural(number, word, words)}"
