"""Other people's text in our sentences."""

SIGNS = frozenset(r"\`*_{}[]()#+-.!|<>~$:&")


def plain(text: str) -> str:
    """The text with Markdown's signs taken literally: names come from files that anyone wrote."""
    return "".join(f"\\{sign}" if sign in SIGNS else sign for sign in text)
