"""Other people's text in our sentences."""

import re

from core.utils.sentence import plural

SIGNS = frozenset(r"\`*_{}[]()#+-.!|<>~$:&=")
JOINER = "\N{WORD JOINER}"  # takes no room
# What Streamlit replaces after Markdown's backslashes are gone: arrows, dashes, comparisons, icons
# and addresses. A joiner goes in where each of these expressions ends.
REPLACED = re.compile(r"[-<>~](?=[->=])|:(?=material/|streamlit:|//)|www(?=\.)|@(?=\w)", re.I)


def plain(text: str) -> str:
    """The text with Markdown's signs taken literally: names come from files that anyone wrote."""
    line = REPLACED.sub(lambda found: found.group() + JOINER, " ".join(text.split()))
    return "".join(f"\\{sign}" if sign in SIGNS else sign for sign in line)


def count(number: int, word: str, words: str = "") -> str:
    """Say "1 row", "2 rows", "10,000 rows"; `words` is the plural where that is no s more."""
    return plural(number, word, words or None)


def sum_text(samples: int) -> str:
    """Say which contributions add up: those of the one sample there is, or of all of them."""
    if samples == 1:
        return "it is the only sample, and comes"
    return f"the contributions of all {samples:,} samples add up"


def all_text(number: int, word: str, words: str = "") -> str:
    """Say "the only row", "all 2 rows", "all 10,000 rows"; `words` as in `count`."""
    return f"the only {word}" if number == 1 else f"all {count(number, word, words)}"
