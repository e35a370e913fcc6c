"""What columns are called that people predict, and those that only tell rows apart.

The words are those of the tables that are taught with; how much each says is a judgement, checked
against tables whose target was written down before (tests/core/test_first_guess.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_SAYS = {  # how much the name of a column says, by its word
    100: "target label labels class classes outcome response output diagnosis",
    95: "survived survival churn churned exited attrition defaulted canceled cancelled died dead",
    90: "species default fraud spam left deny denied admitted approved rejected y",
    80: "price quality mpg medv charges sales variety subscribed deposit admit value failure",
    75: "binary purchase purchased placed readmitted converted clicked alive death deceased result",
    70: "sentiment satisfaction winner win grade g3 prestige vote voted",
    60: "status stage score category case revenue cost profit yield strength demand tip fare",
    50: "wage wages chance probability risk expectancy selling sale sold resale rating rent",
    40: "income salary count cnt total amount rings load balance fertility",
    25: "type disease cancer diabetes stroke",  # of which most are features beside another one
}
_WEIGHTS = {word: weight for weight, words in _SAYS.items() for word in words.split()}
_LAST, _ANY = 0.8, 0.6  # of that, where it is only the last of the name's words, or any of them,
_MORE = 0.1  # and what each further one adds
_ASKS = 40  # what begins with it is a question of yes or no

_KEYS = {"id", "ids", "index", "idx", "nr", "no", "number", "row", "rowname", "rownames", "rownum"}
_KEYS |= {"uuid", "guid", "unnamed", "key", "instant"}
_ASIDE = {"year", "month", "day", "week", "weekday", "hour", "date", "time", "timestamp"}
_ASIDE |= {"train", "test", "split", "fold", "partition", "stratum"}  # of how rows were collected
_NUMBER = re.compile(r"[0-9]+$")
_LONG = 5  # letters, for the end of a word to be no chance
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case: median_house_value, SalePrice, Customer ID."""
    return [word.lower() for word in _WORDS.findall(name)]


def target_weight(name: str) -> float:
    """Return how much a name says that its column is what one predicts; 0 for nothing."""
    words = words_of(name)
    weights = [_WEIGHTS.get(word, 0) for word in words]
    if not words or (len(words) == 1 and len(words[0]) == 1 < len(name.strip())):  # as %{y}
        return 0.0
    whole = _WEIGHTS.get("".join(words), 0)
    weights[0] += _ASKS * (len(words) > 1 and words[0] in ("is", "has"))
    best = max(_LAST * weights[-1], _ANY * max(weights))
    return max(whole, best + _MORE * (sum(weights) - max(weights)))


def named_in(name: str, title: str) -> float:
    """Return 1 if all of a name stands in a title, singular or plural, ½ if it ends so."""
    words, about = ([word.rstrip("s") for word in words_of(text)] for text in (name, title))
    whole = "".join(words)
    if len(whole) < 2:
        return 0.0
    if set(words) <= set(about) or whole in about:
        return 1.0
    ends = len(whole) >= _LONG and any(word.endswith(whole) for word in about)
    return 0.5 * (ends or (len(words[-1]) > 1 and words[-1] in about))


def numbered(names: Sequence[str]) -> set[str]:
    """Return the names of a numbered series of three or more, as F1 … F9; none if all are."""
    stems = {name: _NUMBER.sub("", name) for name in names}
    many = {stem for stem, count in Counter(stems.values()).items() if count > 2}
    found = {name for name, stem in stems.items() if stem != name and stem in many}
    return found if len(found) < len(names) else set()


def is_aside(name: str) -> bool:
    """Tell a name of when or how a row was collected: year, Day, train."""
    return "".join(words_of(name)) in _ASIDE or words_of(name)[-1:] == ["stratum"]


def is_key(name: str) -> bool:
    """Tell a name of what only tells rows apart: id, Customer ID, RowNumber, Unnamed: 0."""
    words = words_of(name)
    return not words or words[-1] in _KEYS or words[0] == "unnamed"
