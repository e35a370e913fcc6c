"""The latest results computed of an object."""

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from weakref import ref

import pytest

from core.utils.latest import latest


class Owner:
    """Something that results are computed of, and which notes what was computed."""

    def __init__(self) -> None:
        self.asked: list[object] = []


@dataclass(frozen=True)
class Choice:
    """A value, part of a key."""

    number: int
    text: str = ""


def doubled(owner: Owner, number: int) -> int:
    """Compute, and note it."""
    owner.asked.append(number)
    return 2 * number


def squared(owner: Owner, number: int) -> int:
    """Compute something else of the same key."""
    owner.asked.append(number)
    return number**2


def described(owner: Owner, choice: Choice, name: str) -> str:
    """Compute of a key of several parts."""
    owner.asked.append((choice, name))
    return f"{choice} {name}"


def test_it_is_computed_once_for_a_key_and_again_for_another() -> None:
    owner = Owner()
    found = [latest(owner, (number,), doubled) for number in (3, 3, 4, 3)]
    assert found == [6, 6, 8, 6]
    assert owner.asked == [3, 4, 3]


def test_keys_are_compared_by_the_whole_value() -> None:
    owner = Owner()
    for choice in (Choice(1), Choice(1), Choice(1, "a")):
        for name in ("x", "y"):
            assert latest(owner, (choice, name), described, most=9) == f"{choice} {name}"
    assert owner.asked == [(c, n) for c in (Choice(1), Choice(1, "a")) for n in ("x", "y")]


def test_two_functions_and_two_owners_do_not_touch_each_other() -> None:
    one, other = Owner(), Owner()
    for _ in range(2):
        assert latest(one, (3,), doubled) == 6
        assert latest(one, (3,), squared) == 9
        assert latest(other, (3,), doubled) == 6
    assert (one.asked, other.asked) == ([3, 3], [3])


def test_as_many_as_wanted_are_kept_and_the_oldest_goes() -> None:
    owner = Owner()
    for number in (1, 2, 1, 3, 1, 2):
        latest(owner, (number,), doubled, most=2)
    assert owner.asked == [1, 2, 3, 2]  # 2 went when 3 came, since 1 was asked for after it


def test_it_goes_with_its_owner() -> None:
    owner = Owner()
    latest(owner, (1,), doubled)
    gone = ref(owner)
    del owner
    gc.collect()
    assert gone() is None


def test_an_owner_in_the_place_of_one_that_is_gone_is_another() -> None:
    owner = Owner()
    place = id(owner)
    latest(owner, (1,), doubled)
    del owner
    others = [Owner()]
    while id(others[-1]) != place and len(others) < 10_000:
        others.append(Owner())
    assert id(others[-1]) == place, "memory is not used again here: nothing was tried"
    latest(others[-1], (1,), doubled)
    assert others[-1].asked == [1]


def test_a_function_that_sees_more_than_its_arguments_is_refused() -> None:
    owner, seen = Owner(), 3
    with pytest.raises(ValueError, match="belongs to the key"):
        latest(owner, (1,), lambda _, number: number + seen)


class Stopped(BaseException):
    """As Streamlit ends a script: no Exception."""


def stopped_once(owner: Owner, number: int) -> int:
    """Compute from the second time on."""
    if not owner.asked:
        doubled(owner, number)
        raise Stopped
    return doubled(owner, number)


def test_what_was_broken_off_leaves_nothing_and_holds_nobody_up() -> None:
    owner = Owner()
    with pytest.raises(Stopped):
        latest(owner, (1,), stopped_once)
    with ThreadPoolExecutor() as pool:  # a lock still held would be this thread's
        assert pool.submit(latest, owner, (1,), stopped_once).result(timeout=10) == 2
    assert owner.asked == [1, 1]


class Slow(Owner):
    """An owner whose computation waits until it may end."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = Event(), Event()


def slowly(owner: Slow, number: int) -> int:
    """Compute once that is allowed."""
    owner.begun.set()
    assert owner.may_end.wait(10)
    return doubled(owner, number)


def test_two_threads_compute_it_once_and_others_do_not_wait() -> None:
    slow, other = Slow(), Owner()
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(latest, slow, (5,), slowly) for _ in range(2)]
        assert slow.begun.wait(10)
        for owner, compute in ((other, doubled), (slow, squared)):  # another owner, function
            assert pool.submit(latest, owner, (2,), compute).result(timeout=10) == 4
        slow.may_end.set()
        assert [one.result(timeout=10) for one in both] == [10, 10]
    assert slow.asked == [2, 5]


def nested(owner: Owner, number: int) -> int:
    """Compute from another latest result of the same owner."""
    return latest(owner, (number,), doubled) + latest(owner, (number,), squared)


def test_one_may_be_computed_from_others() -> None:
    assert latest(Owner(), (3,), nested) == 15
