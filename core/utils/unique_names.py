"""Unique names: repeated ones are numbered."""

from collections.abc import Collection, Iterable


def unique_names(
    names: Iterable[str], taken: Collection[str] = (), *, yielding: Collection[int] = ()
) -> list[str]:
    """Return the names, "x (2)", "x (3)", … for each "x" that is repeated or already taken.

    `yielding`: places whose names are numbered also if an equal one only follows. No numbered name
    equals another of the names.
    """
    wanted = list(names)
    firm = {name for place, name in enumerate(wanted) if place not in yielding}
    used, avoided = set(taken), {*taken, *wanted}
    numbers: dict[str, int] = {}
    result = []
    for place, name in enumerate(wanted):
        unique, number = name, numbers.get(name, 1)
        if name in used or (place in yielding and name in firm):
            while unique in avoided:
                number += 1
                unique = f"{name} ({number})"
        numbers[name] = number
        used.add(unique)
        avoided.add(unique)
        result.append(unique)
    return result
