"""Unique names."""

from hypothesis import given
from hypothesis import strategies as st

from core.utils.unique_names import unique_names

NAMES = st.lists(st.sampled_from(["a", "a (2)", "a (3)", "b", ""]))


def test_repeated_names_are_numbered() -> None:
    assert unique_names(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]
    assert unique_names(["a", "a", "a (2)"]) == ["a", "a (3)", "a (2)"]
    assert unique_names(["a", "b"], taken=["a"]) == ["a (2)", "b"]
    assert unique_names(["a", "b", "a", "a"], yielding={0}) == ["a (2)", "b", "a", "a (3)"]


@given(NAMES, NAMES)
def test_no_name_is_given_twice(names: list[str], taken: list[str]) -> None:
    unique = unique_names(names, taken)
    assert len({*unique, *taken}) == len(names) + len({*taken})
    firsts = [names.index(name) for name in {*names} - {*taken}]
    assert all(unique[place] == names[place] for place in firsts)
