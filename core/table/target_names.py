"""Typical names of target columns, of identifiers, and of information on sampling.

The words come from tables used in teaching. Their weights are estimates, checked against tables
with known targets (tests/core/dataset/test_first_guess.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_WORDS_BY_WEIGHT = {  # how strongly a word in its name suggests that a column is the target
    100: "target label labels class classes outcome outcomes response output diagnosis",
    95: "survived survival churn churned exited attrition defaulted canceled cancelled died dead",
    90: "species default fraud spam left deny denied admitted approved rejected hired promoted y",
    88: "potability bankrupt bankruptcy dropout edible poisonous acceptability toxic attack",
    85: "price prices quality medv charges sales variety subscribed deposit value failure",
    80: "admit emission emissions strength readmitted purchase purchased placed released accepted",
    75: "binary converted clicked alive death deceased result results duplicate present passed",
    70: "sentiment satisfaction winner win prestige vote voted mpg loss losses gross fault faults",
    65: "heartdisease bodyfat aqi lprice logprice nobeyesdad uptake productivity participation "
    "participates rented delayed",
    60: "status stage score scores category case revenue cost profit yield demand tip fare",
    55: "g3 risk recurrence performance damage magnitude deaths crime authenticity",
    50: "salary wage wages chance probability expectancy selling sale sold resale rating rent",
    45: "grade",
    40: "points amount total rings load balance fertility consumption usage cover duration "
    "expenditure",
    30: "count cnt shares votes visits trips disorder pollution concentration calories",
    25: "disease cancer diabetes stroke obesity",  # mostly features of another target
    15: "income type",
    -20: "sex gender age height region group treatment trt race ethnicity education month make "
    "model brand colour color name address latitude longitude lat lon lng city country origin "
    "marital married occupation smoke smoker smoking description passenger passengers",
}
_WEIGHTS = {word: weight for weight, words in _WORDS_BY_WEIGHT.items() for word in words.split()}
_GENERIC = {"amount", "count", "type", "value", "flag", "level", "total", "score", "index", "rate"}
# Shares of that: where the word is only the last of the name's words, or any of them,
_LAST_FACTOR, _ANY_FACTOR = 0.8, 0.6
_MORE_FACTOR = 0.1  # of the weight of each further word
_PER_WORD = 2  # less for each further word, as longer names are more specific
_QUESTION = 30  # for a name that begins with "is" or "has"

_KEYS = {"id", "ids", "index", "idx", "nr", "no", "number", "row", "rowname", "rownames", "rownum"}
_KEYS |= {"uuid", "guid", "unnamed", "key", "instant"}
_METADATA = {"year", "month", "day", "week", "weekday", "hour", "date", "time", "timestamp"}
_METADATA |= {"train", "test", "split", "fold", "partition", "stratum"}
_NUMBER = re.compile(r"[0-9]+$")
_LONG = 5  # letters from which on an equal ending is no coincidence
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case: median_house_value, SalePrice, Customer ID."""
    return [word.lower() for word in _WORDS.findall(name)]


def target_weight(name: str) -> float:
    """Return how strongly a name suggests a target column; below 0 it suggests a feature."""
    words = words_of(name)
    if not words or (len(words) == 1 and len(words[0]) == 1 < len(name.strip())):  # as %{y}
        return 0.0
    weights = [_WEIGHTS.get(word, 0) for word in words]
    head = next((word for word in reversed(words) if word not in _GENERIC), words[-1])
    whole, ends = _WEIGHTS.get("".join(words), 0), _WEIGHTS.get(head, 0)
    asks = _QUESTION * (len(words) > 1 and words[0] in ("is", "has"))
    most = max(*weights, 0)
    if whole or not most + asks:
        return float(whole or ends)
    best = max(_LAST_FACTOR * ends, _LAST_FACTOR * weights[-1], _ANY_FACTOR * most)
    return best + asks + _MORE_FACTOR * (sum(weights) - most) - _PER_WORD * (len(words) - 1)


def title_match(name: str, title: str) -> float:
    """Return 1 if a title contains the whole name, singular or plural, ½ if part of it, else 0."""
    words, about = ([word.rstrip("s") for word in words_of(text)] for text in (name, title))
    whole = "".join(words)
    if len(whole) < 2:
        return 0.0
    if set(words) <= set(about) or whole in about:
        return 1.0
    ends = len(whole) >= _LONG and any(word.endswith(whole) for word in about)
    long = any(len(word) > _LONG and word in about for word in words)
    return 0.5 * (ends or long or (len(words[-1]) > 1 and words[-1] in about))


def series_names(names: Sequence[str]) -> set[str]:
    """Return the names in a numbered series of three or more (F1 … F9); none if all names are."""
    stems = {name: _NUMBER.sub("", name) for name in names}
    many = {stem for stem, count in Counter(stems.values()).items() if count > 2}
    found = {name for name, stem in stems.items() if stem != name and stem in many}
    return found if len(found) < len(names) else set()


def is_metadata(name: str) -> bool:
    """Return whether a name is about when or how a row was collected: year, Day, train."""
    return "".join(words_of(name)) in _METADATA or words_of(name)[-1:] == ["stratum"]


def is_key(name: str) -> bool:
    """Return whether a name is that of an identifier: id, Customer ID, RowNumber, Unnamed: 0."""
    words = words_of(name)
    return not words or words[-1] in _KEYS or words[0] == "unnamed"
