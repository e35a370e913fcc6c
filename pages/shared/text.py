"""Other people's text in our sentences."""

import re

SIGNS = frozenset(r"\`*_{}[]()#+-.!|<>~$:&=")
JOINER = "\N{WORD JOINER}"  # takes no room
# What Streamlit replaces after Markdown's backslashes are gone: arrows, dashes, comparisons, icons
# and addresses. A joiner goes in where each of these expressions ends.
REPLACED = re.compile(r"[-<>~](?=[->=])|:(?=material/|streamlit:|//)|www(?=\.)|@(?=\w)", re.I)


def plain(text: str) -> str:
    """The text with Markdown's signs taken literally: names come from files that anyone wrote."""
    line = REPLACED.sub(lambda found: found.group() + JOINER, " ".join(text.split()))
    return "".join(f"\\{sign}" if sign in SIGNS else sign for sign in line)


def count(number: int, word: str) -> str:
    """Say "1 row", "2 rows", "10,000 rows"."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def all_of(number: int, word: str) -> str:
    """Say "the only row", "all 2 rows", "all 10,000 rows"."""
    return f"the only {word}" if number == 1 else f"all {count(number, word)}"
