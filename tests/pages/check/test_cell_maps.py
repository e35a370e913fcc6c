"""Gradients cell by cell: which numbers are right, to how many digits, and which differ."""

import tomllib
from typing import Any

import numpy as np
import pytest

from pages.ui.check import cell_maps, diagnosis_view
from pages.ui.state.conventions import Conventions
from pages.ui.state.session import Session
from tests.pages.check.driving import hand_in, open_tab, states, truth_of, written
from tests.pages.driving import texts, toggle
from tests.pages.test_chain_rule import trained
from tests.pages.test_gradient_check import figures
from tests.paths import ROOT


def damaged(session: Session) -> tuple[Any, ...]:
    """The true gradients but for one number of W⁽¹⁾ and the bias row of W⁽²⁾."""
    dW1, dW2 = (dW.copy() for dW in truth_of(session))
    dW1[1, 2] *= 1.01
    dW2[-1] *= -3.3
    return dW1, dW2


def test_each_cell_says_by_a_sign_whether_it_is_right() -> None:
    session = trained("as derived", 40)
    at = hand_in(open_tab(session), written(*damaged(session)))
    W1, W2 = states(at)
    assert W1 == [["✓"] * 3, ["✓", "✓", "✗"], ["✓"] * 3]
    assert W2 == [["✓"], ["✓"], ["✓"], ["✗"]]
    assert figures(at)[1]["data"][0]["y"][-1] == "bias"
    assert "✓ 11 right · ✗ 2 wrong" in texts(at)


def test_cells_follow_the_conventions_of_the_page() -> None:
    session = trained("as derived", 40)
    session.conventions = Conventions(bias_apart=True, transposed=True)
    at = hand_in(open_tab(session), written(*damaged(session)))
    W1, b1, W2, b2 = states(at)
    assert W1 == [["✓", "✓"], ["✓", "✓"], ["✓", "✗"]]
    assert (b1, W2, b2) == ([["✓"]] * 3, [["✓"] * 3], [["✗"]])
    assert list(at.dataframe[0].value["gradient"]) == ["∂C/∂W⁽¹⁾", "∂C/∂b⁽²⁾"]


def test_what_is_missing_is_drawn_as_missing() -> None:
    session = trained("as derived", 40)
    dW1, _ = truth_of(session)
    at = hand_in(open_tab(session), f"dW1 = {dW1[:-1].tolist()}")
    W1, W2 = states(at)
    assert W1 == [["✓"] * 3, ["✓"] * 3, ["–"] * 3]
    assert W2 == [["–"]] * 4
    assert "`bias_row_missing`" in texts(at)


def test_what_cannot_be_judged_is_neither_right_nor_wrong() -> None:
    session = trained("as derived", 40)
    zeros = [np.zeros_like(dW) for dW in truth_of(session)]
    at = hand_in(open_tab(session), written(*zeros))
    assert {sign for matrix in states(at) for row in matrix for sign in row} == {"?"}


def test_the_digits_are_one_click_away() -> None:
    session = trained("as derived", 40)
    at = hand_in(open_tab(session), written(*damaged(session)))
    at.segmented_control(key="mine_view").set_value(diagnosis_view.DIGITS).run()
    W1, _ = states(at)
    assert [row[0] for row in W1] == ["15"] * 3
    assert W1[1][2] in ("1", "2")


def test_right_and_wrong_differ_in_lightness_too() -> None:
    for theme in ("light", "dark"):
        colours = _theme_colours(theme)
        dark, light = sorted(
            _luminance(colours[cell_maps.COLOURS[state]])
            for state in (cell_maps.RIGHT, cell_maps.WRONG)
        )
        assert (light + 0.05) / (dark + 0.05) > 2.5, theme


def _theme_colours(theme: str) -> list[str]:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return list(config["theme"][theme]["chartDivergingColors"])


def _luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return float(np.dot([0.2126, 0.7152, 0.0722], np.power(shares, 2.2)))


# The numbers that differ


def test_only_wrong_numbers_are_listed_and_the_correct_ones_on_request() -> None:
    session = trained("as derived", 40)
    truth = truth_of(session)
    at = hand_in(open_tab(session), written(*damaged(session)))
    table = at.dataframe[0].value
    assert [tuple(row) for row in table[["gradient", "row", "column"]].to_numpy()] == [
        ("∂C/∂W⁽¹⁾", "x2", "h3"),
        ("∂C/∂W⁽²⁾", "bias", "y"),
    ]
    assert cell_maps.CORRECT not in table
    np.testing.assert_allclose(table["yours"], [1.01 * truth[0][1, 2], -3.3 * truth[1][3, 0]])
    toggle(at, diagnosis_view.SHOW_CORRECT).set_value(True).run()
    correct = at.dataframe[0].value[cell_maps.CORRECT]
    np.testing.assert_array_equal(correct, [truth[0][1, 2], truth[1][3, 0]])


def test_a_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cell_maps, diagnosis_view):
        monkeypatch.setattr(module, "MAX_DIFFERENCES", 10)
    session = trained("as derived", 40)
    at = hand_in(open_tab(session), written(*(-3.3 * dW for dW in truth_of(session))))
    assert len(at.dataframe[0].value) == 10
    assert "The first 10 of 13 are listed." in texts(at)
