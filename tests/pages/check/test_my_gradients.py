"""The tab "Check my gradients": pasted text, uploaded files, and the bundle that they are for."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.checking.assignment import read_bundle, write_bundle
from core.gradients import gradients
from pages.ui.check import my_gradients
from pages.ui.style.markdown import plain
from tests.pages.check.driving import (
    MINE,
    hand_in,
    open_tab,
    truth_of,
    upload,
    upload_bundle,
    written,
)
from tests.pages.driving import button, downloads, number, texts
from tests.pages.test_chain_rule import trained
from tests.pages.test_gradient_check import PAGE


def test_corrected_gradients_are_right_after_wrong_ones() -> None:
    session = trained("as derived", 40)
    dW1, dW2 = gradients(session.at_epoch(), session.run.X, session.run.y)
    at = hand_in(open_tab(session), written(-dW1, -dW2))
    assert "the sign is wrong" in texts(at)
    hand_in(at, written(dW1.T, dW2.ravel()))
    assert not at.error
    assert "correct to 15 digits or more" in at.success[0].value
    assert "transposed" in texts(at)


def test_what_cannot_be_read_is_told_in_a_sentence_and_stays() -> None:
    at = hand_in(open_tab(trained("as derived", 40)), "dW1 = [[1, 2], [3, x]]")
    assert "your text" in at.error[0].value
    assert at.text_area(key="mine_text").value == "dW1 = [[1, 2], [3, x]]"
    hand_in(at, " ")
    assert at.warning[0].value.startswith("Nothing to check yet")


def test_what_was_pasted_is_there_again_after_another_page() -> None:
    session = trained("as derived", 40)
    at = hand_in(open_tab(session), "dW1 = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]")
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    at.session_state["check_tab"] = MINE
    at.run()
    assert str(at.text_area(key="mine_text").value).startswith("dW1 = [[1, 2, 3]")


def test_back_at_an_epoch_it_is_marked_by_that_epoch_s_numbers() -> None:
    session = trained("as derived", 40)
    run = session.run
    at = open_tab(session)
    hand_in(at, written(*gradients(run.at(10), run.X, run.y)))
    for epoch in (27, 10, 28, 10, 27, 28):
        number(at, "Epoch").set_value(epoch).run()
        assert bool(at.success) == (epoch == 10), epoch
        assert bool(at.error) == (epoch != 10), epoch


def test_another_epoch_marks_anew() -> None:
    session = trained("as derived", 40)
    at = open_tab(session)
    hand_in(at, written(*gradients(session.at_epoch(), session.run.X, session.run.y)))
    assert at.success
    number(at, "Epoch").set_value(3).run()
    assert at.error


# Examples in each form


def test_an_example_is_one_click_away() -> None:
    at = open_tab(trained("as derived", 40))
    button(at, my_gradients.EXAMPLE).click().run()
    assert not at.exception
    assert "`missing_hidden_derivative`" in texts(at)


def test_an_example_of_a_form_is_shown_and_one_click_fills_it_in() -> None:
    at = open_tab(trained("as derived", 40))
    assert my_gradients.START in texts(at)
    assert not at.code
    at.pills(key="mine_form_name").set_value("torch").run()
    assert at.code[0].value.startswith("0.weight tensor([[")
    assert not at.text_area(key="mine_text").value
    button(at, my_gradients.USE_FORM).click().run()
    assert at.text_area(key="mine_text").value == at.code[0].value
    assert f"`{my_gradients.EXAMPLE_MISTAKE}`" in texts(at)


def test_the_examples_of_a_large_network_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_gradients, "MAX_EXAMPLE", 12)
    at = open_tab(trained("as derived", 40))
    assert my_gradients.EXAMPLE not in [each.label for each in at.button]


# The bundle


def test_the_bundle_is_a_zip_with_what_loads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    open_tab(session)
    name, content = offered["Download the bundle"]
    assert name == f"gradients-epoch-{session.epoch}.zip"
    data = content()
    assert isinstance(data, bytes)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {"X.csv", "y.csv", "W1.csv", "W2.csv", "bundle.json", "load.py"} == set(
            archive.namelist()
        )
    np.testing.assert_array_equal(read_bundle(data).net.W1, session.at_epoch().W1)


def test_a_bundle_from_before_is_what_counts() -> None:
    session = trained("as derived", 40)
    net, run = session.run.at(7), session.run
    bundle = write_bundle(net, run.X, run.y, "mse", 0.25)
    given = read_bundle(bundle)
    at = upload_bundle(open_tab(session), "class.zip", b"no zip")
    assert not [area for area in at.text_area if area.key == "mine_text"]
    assert "neither a folder nor a readable zip" in at.error[0].value
    assert at.error[0].value.endswith(plain(my_gradients.ANOTHER))
    upload_bundle(at, "class.zip", bundle)
    hand_in(at, written(*gradients(given.net, given.X, given.y, "mse")))
    assert "correct to 15 digits or more" in at.success[0].value


def test_a_bundle_with_a_penalty_counts_it() -> None:
    session = trained("as derived", 40)
    run, net = session.run, session.run.at(7)
    at = upload_bundle(open_tab(session), "class.zip", write_bundle(net, run.X, run.y, l2=0.1))
    assert "with an L2 penalty of λ = 0.1" in texts(at)
    assert my_gradients.PENALTY_NOTE in texts(at)
    hand_in(at, written(*gradients(net, run.X, run.y, l2=0.1)))
    assert "correct to 15 digits or more" in at.success[0].value


def test_the_bundle_carries_the_run_s_penalty(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("L2", 40)
    at = open_tab(session)
    assert "with an L2 penalty of λ = 0.1" in texts(at)
    assert my_gradients.PENALTY_NOTE in texts(at)
    assert read_bundle(bytes(offered["Download the bundle"][1]())).l2 == 0.1  # type: ignore[arg-type]
    without = gradients(session.at_epoch(), session.run.X, session.run.y)
    hand_in(at, written(*without))
    assert not at.success
    assert "`l2_missing`" in texts(at)
    hand_in(at, written(*truth_of(session)))
    assert at.success


def test_without_a_penalty_nothing_is_said_of_one() -> None:
    assert "penalty" not in texts(open_tab(trained("as derived", 3)))


def test_a_bundle_of_many_rows_holds_the_first_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_gradients, "MAX_ROWS", 20)
    session = trained("three outputs", 40)
    at = open_tab(session)
    assert f"20 samples (the first of {len(session.run.X)})" in texts(at)
    net, run = session.at_epoch(), session.run
    hand_in(at, written(*gradients(net, run.X[:20], run.y[:20])))
    assert at.success


def test_the_first_step_is_that_of_the_optimiser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later ones depend on its state, so that no step is known."""
    offered = downloads(monkeypatch)
    session = trained("as derived", 6)
    session.begin(settings=replace(session.settings, optimizer="adam"))
    open_tab(session)
    bundle = read_bundle(bytes(offered["Download the bundle"][1]()))  # type: ignore[arg-type]
    assert bundle.step is not None
    assert bundle.step.optimizer == "adam"
    session.run.advance(3)
    session.report(2, playing=False)
    at = hand_in(open_tab(session), f"W1_new = {session.run.at(3).W1.tolist()}")
    assert "says no learning rate" in at.warning[-1].value.replace("\\", "")


# Files


def test_a_file_without_the_mean_is_named_with_what_to_change() -> None:
    session = trained("as derived", 40)
    dW1, dW2 = gradients(session.at_epoch(), session.run.X, session.run.y)
    N = len(session.run.X)
    at = open_tab(session)
    upload(at, {"mia.json": as_json(N * dW1, N * dW2)})
    assert "Not right yet." in at.error[0].value
    told = texts(at).replace("\\", "")
    assert "1/N is forgotten" in told
    assert "Divide the sum over the samples by N." in told
    assert "`missing_mean`" in told
    assert "eq. 3" in told


def as_json(dW1: Any, dW2: Any) -> bytes:
    return json.dumps({"dW1": dW1.round(6).tolist(), "dW2": dW2.round(6).tolist()}).encode()


def test_arrays_and_pickles() -> None:
    session = trained("as derived", 40)
    dW1, dW2 = truth_of(session)
    packed = io.BytesIO()
    np.savez(packed, dW1=dW1, dW2=dW2)
    at = upload(open_tab(session), {"mia.npz": packed.getvalue(), "ben.pt": b"\x80\x02}q\x00."})
    assert list(at.dataframe[0].value["verdict"]) == ["right", "unreadable"]
    assert "it holds Python objects, which are not opened here" in at.error[0].value
