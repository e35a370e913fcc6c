"""Points: rules in one line, by matrix, by row, and for a mistake that explains."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from core.checking.__main__ import main
from core.checking.classroom.points import Rule
from core.checking.grading import mark_bytes
from core.checking.mistakes import wrong_gradients
from core.checking.problem import Problem
from tests.core.checking.classroom.class_work import (
    NET,
    PROBLEM,
    answer,
    bundle_in,
    dW1,
    dW2,
    grade,
    hand_in,
)
from tests.core.oracles import XOR_X, XOR_Y, Array

UNREADABLE = mark_bytes(PROBLEM, "mia.txt", b"\xff\x00")


def total(rule: str, **matrices: Array) -> float:
    return Rule.parse(rule).points(grade(**matrices), PROBLEM).total


def with_wrong_row(dW: Array, row: int) -> Array:
    wrong = dW.copy()
    wrong[row] *= 1.37
    return wrong


def test_a_matrix_gets_its_points_if_it_is_right() -> None:
    points = Rule.parse("dW1=4 dW2=6").points(grade(dW1=dW1, dW2=-3.7 * dW2), PROBLEM)
    assert (points.total, points.out_of) == (4, 10)
    assert points.by_matrix == {"dW1": (4, 4), "dW2": (0, 6)}
    assert total("dW1=4 dW2=6", dW1=dW1.T, dW2=dW2.round(5)) == 10


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("dW2=6", 6), ("10", 5), ("10/row", 5), ("dW1=4", 0), ("dW1=0.1 dW2=0.2", 0.2),
        ("dW1=4, dW2=2,5", 2.5), ("dW1=4; dW2=2.5;", 2.5),
    ],
)  # fmt: skip
def test_a_missing_matrix_has_no_points(rule: str, expected: float) -> None:
    assert total(rule, dW2=dW2) == expected


def test_points_add_up_as_written() -> None:
    points = Rule.parse("dW1=0.1 dW2=0.2").points(grade(dW1=dW1, dW2=dW2), PROBLEM)
    assert (points.total, points.out_of) == (0.3, 0.3)


def test_each_right_row_counts_its_share() -> None:
    rule, given = "dW1=6/row dW2=4", {"dW1": with_wrong_row(dW1, 1), "dW2": dW2}
    assert total(rule, **given) == 8
    assert total("dW1=6 dW2=4", **given) == 4
    one_number = dW1.copy()
    one_number[2, 0] *= 1.37
    assert total("dW1=6/row", dW1=one_number) == 4
    assert total("dW2=4/row", dW2=with_wrong_row(dW2, 0)) == 3
    assert total("dW2=4/row", dW2=with_wrong_row(dW2, 0).T) == 3
    assert total("dW1=6/row", dW1=with_wrong_row(dW1, 1).round(4)) == 4


def test_a_missing_bias_row_is_a_wrong_row() -> None:
    assert total("dW1=6/row dW2=4/row", dW1=dW1[:-1], dW2=dW2[:-1]) == 4 + 3


def test_zeros_that_cannot_be_judged_have_no_points() -> None:
    given = np.zeros((3, 3))
    assert grade(dW1=given).verdict == "incomplete"
    assert "cannot be judged" in grade(dW1=given).comment
    assert total("dW1=4/row", dW1=given) == 0
    assert total("dW1=4", dW1=given) == 0


def test_a_mistake_that_explains_gives_its_share() -> None:
    wrong1, wrong2 = wrong_gradients(NET, XOR_X, XOR_Y, ("sign",))
    rule = "dW1=4 dW2=6 sign=75% missing_mean=50%"
    assert total(rule, dW1=wrong1, dW2=wrong2) == 7.5
    assert total(rule, dW1=dW1, dW2=wrong2) == 4 + 4.5
    assert total(rule, dW2=wrong2) == 4.5
    assert total("10", dW1=wrong1, dW2=wrong2) == 0


def test_of_several_mistakes_the_smallest_share_counts() -> None:
    wrong1, wrong2 = wrong_gradients(NET, XOR_X, XOR_Y, ("sign", "missing_mean"))
    assert total("10 sign=75% missing_mean=50%", dW1=wrong1, dW2=wrong2) == 5
    assert total("10 sign=75%", dW1=wrong1, dW2=wrong2) == 0


def test_a_share_by_rows_and_one_by_mistake_do_not_add_up() -> None:
    given = dW1[:-1]
    assert grade(dW1=given).mistakes == "bias_row_missing"
    assert total("dW1=9/row bias_row_missing=50%", dW1=given) == 6
    assert total("dW1=9/row bias_row_missing=80%", dW1=given) == 7.2
    assert total("dW1=9/row bias_row_missing=100%", dW1=given) == 9


def test_the_mistake_that_the_rule_names_may_be_any_that_gives_the_numbers() -> None:
    """With two samples a sum instead of a mean is twice the gradient, too."""
    p = Problem.of(NET, XOR_X[:2], XOR_Y[:2])
    given = {name: 2 * dW for name, dW in zip(("dW1", "dW2"), p.truth, strict=True)}
    found = mark_bytes(p, "mia.txt", answer(**given).encode())
    assert {"factor_two", "missing_mean"} <= {found.mistakes, *found.alternatives.split(", ")}
    for rule in ("10 factor_two=40%", "10 missing_mean=40%"):
        assert Rule.parse(rule).points(found, p).total == 4


def test_an_unreadable_file_has_no_points() -> None:
    points = Rule.parse("10").points(UNREADABLE, PROBLEM)
    assert points.by_matrix == {"dW1": (0, 5), "dW2": (0, 5)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "“” has no number"),
        ("dW1", "“dW1” has no number from 0 to 999999"),
        ("dW1=-4", "“dW1=-4” has no number"),
        ("dW1=nan", "“dW1=nan” has no number"),
        ("dW1=1e9", "“dW1=1e9” has no number"),
        ("dW1=4/column", "“dW1=4/column” has no number"),
        ("dW1=4 dW1=5", "“dW1=5” comes after another of its kind"),
        ("4 5", "“5” comes after another"),
        ("10 sign=5% sign=5%", "“sign=5%” comes after another"),
        ("10 dW2=4", "points for dW2 cannot stand beside points for all"),
        ("dW8=4", "“dW8” is neither a matrix, dW1 to dW7, nor a mistake: missing_mean"),
        ("10 typo=50%", "“typo” is neither a matrix"),
        ("10 sign=50", "“sign=50” is no share from 0% to 100%"),
        ("10 sign=101%", "“sign=101%” is no share"),
        ("10 sign=%", "“sign=%” has no number"),
        ("sign=50%", "it says no points for a matrix"),
        ("1 " * 2000, "the rule has more than 2,000 characters"),
    ],
)
def test_what_is_no_rule_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared
        Rule.parse(text)
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith(".")


def test_a_matrix_that_the_network_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no dW3: this network has dW1 and dW2"):
        Rule.parse("dW1=1 dW3=1").worths(2)
    assert Rule.parse("9").worths(3).keys() == {"dW1", "dW2", "dW3"}


def test_the_command_adds_points_to_its_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [
        hand_in(tmp_path / "ada.txt", dW1=dW1, dW2=dW2),
        hand_in(tmp_path / "bob.txt", dW1=dW1, dW2=-dW2),
        str(tmp_path / "gone.txt"),
    ]
    command = [bundle_in(tmp_path), *files, "--points", "dW1=4 dW2=6 sign=75%", "--format"]
    assert main([*command, "csv"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["points"], row["out of"]) for row in rows] == [
        ("10", "10"), ("8.5", "10"), ("0", "10"),
    ]  # fmt: skip
    assert rows[1]["comment"].startswith("dW1 is right")
    assert main([*command, "text"]) == 1
    assert "wrong       8.5     10" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main([bundle_in(tmp_path), files[0], "--points", "dW3=1"])
    assert ended.value.code == 2
    assert "--points: there is no dW3" in capsys.readouterr().err
