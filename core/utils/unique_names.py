"""Unique names: repeated ones are numbered."""

from collections.abc import Collection, Iterable


def unique_names(names: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """Return the names, "x (2)", "x (3)", … for each "x" that is repeated or already taken.

    No numbered name equals another of the names.
    """
    wanted = list(names)
    used, avoided = set(taken), {*taken, *wanted}
    numbers: dict[str, int] = {}
    result = []
    for name in wanted:
        unique, number = name, numbers.get(name, 1)
        while unique in (used if unique == name else avoided):
            number += 1
            unique = f"{name} ({number})"
        numbers[name] = number
        used.add(unique)
        avoided.add(unique)
        result.append(unique)
    return result
