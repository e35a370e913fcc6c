"""Sentences begin with a capital, and symbols stay as they are: Σ′(O) would say a sum."""

import unicodedata

import pytest

from core.checking.factor_mistakes import FACTOR_MISTAKES
from core.checking.mistakes import MISTAKES
from core.utils.sentence import excerpt, join_names, plural, sentence_case

WORDS = {  # that mistakes begin with
    "a", "all", "digits", "it", "numbers", "only", "row", "softmax", "the", "these", "two", "what",
}  # fmt: skip
SYMBOLS = ("σ′", "ŷ", "y", "o", "w", "η", "λ", "∂C", "δ", "dW1", "x1", "tanh(H)")


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("rest", [" is missing", " − y, confused", ": it", ", or", ""])
def test_a_symbol_keeps_its_letter(symbol: str, rest: str) -> None:
    assert sentence_case(symbol + rest) == symbol + rest


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("the sign is wrong", "The sign is wrong"),
        ("a factor of 2 is missing", "A factor of 2 is missing"),
        ("it’s the sum", "It’s the sum"),
        ("1/N is forgotten", "1/N is forgotten"),
        ("H is taken", "H is taken"),
        ("in dW1 σ′(O) is missing", "In dW1 σ′(O) is missing"),
        ("eq. 5", "Eq. 5"),
        ("", ""),
    ],
)
def test_a_word_gets_a_capital(text: str, sentence: str) -> None:
    assert sentence_case(text) == sentence


@pytest.mark.parametrize("done", [entry.description for entry in (*MISTAKES, *FACTOR_MISTAKES)])
def test_what_was_done_never_changes_its_symbols(done: str) -> None:
    """Only the first letter of an ASCII word may differ, and Greek and hats stay small."""
    sentence = sentence_case(done)
    assert sentence.casefold() == done.casefold()
    changed = [letter for letter, small in zip(sentence, done, strict=True) if letter != small]
    assert len(changed) <= 1
    assert all(unicodedata.name(letter).startswith("LATIN CAPITAL") for letter in changed)
    assert not changed or done.split(maxsplit=1)[0] in WORDS


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (12345, "12,345 entries")],
)
def test_one_is_not_said_to_be_many(count: int, said: str) -> None:
    assert plural(count, "entry", "entries") == said
    assert plural(12345, "row") == "12,345 rows"


def test_a_list_names_the_first_and_counts_the_rest() -> None:
    assert join_names(["a"]) == "a"
    assert join_names(list("abcde")) == "a, b, c, d, e"
    assert join_names(list("abcdefg")) == "a, b, c, d, e and 2 more"
    assert join_names(["a"] * 10_001, most=1) == "a and 10,000 more"


def test_an_excerpt_is_one_line_and_says_where_it_is_cut() -> None:
    assert excerpt(" a\n b\tc ", 5) == "a b c"
    assert excerpt("a b c d", 5) == "a b …"
    assert join_names(["a", "b"], most=1, word="column") == "a and 1 more column"
