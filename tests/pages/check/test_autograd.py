"""The lines for PyTorch, run as they stand, and what the page says of the file that they save."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from core.chain import Functions
from core.checking.autograd import (
    COARSE,
    DOUBLE,
    HALF,
    MISSING,
    SINGLE,
    choices_that_agree,
    compare,
)
from core.weights import read_weights
from core.weights.arrays import MAX_BYTES
from pages.ui.check import autograd as autograd_page
from pages.ui.check.autograd import CHOOSE, LEFT_OUT, LINES, OTHER_CHOICE, SEARCH
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.pages.check.driving import literal
from tests.pages.driving import button
from tests.pages.test_gradient_check import page

HIDDEN: dict[str, Any] = {
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
    "relu": torch.nn.ReLU,
    "identity": torch.nn.Identity,
}
N = 7


def model_of(sizes: tuple[int, ...], hidden: str, dtype: Any = torch.float64) -> Any:
    torch.manual_seed(3)
    layers: list[Any] = []
    for before, after in pairwise(sizes):
        layers += [torch.nn.Linear(before, after, dtype=dtype), HIDDEN[hidden]()]
    return torch.nn.Sequential(*layers[:-1])


def saved(folder: Path, model: Any, loss: Any, y: Any, dtype: Any = torch.float64) -> bytes:
    """Run the page's lines after backward(); return the file."""
    X = torch.rand(N, model[0].in_features, dtype=dtype, generator=torch.Generator().manual_seed(1))
    loss(model(X), y).backward()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(LINES, {"torch": torch, "model": model, "X": X, "y": y})
    return (folder / "torch.npz").read_bytes()


def classes(outputs: int) -> Any:
    return torch.arange(N) % outputs


@pytest.mark.parametrize("hidden", list(HIDDEN))
@pytest.mark.parametrize("sizes", [(4, 3, 3), (4, 3, 2, 4, 3), (2, 3, 3, 3, 3, 3, 3, 2)])
def test_softmax_of_any_depth_agrees_with_autograd(
    tmp_path: Path, sizes: tuple[int, ...], hidden: str
) -> None:
    data = saved(tmp_path, model_of(sizes, hidden), torch.nn.CrossEntropyLoss(), classes(sizes[-1]))
    agreement = compare(
        read_weights(data, "torch.npz"), Functions("cross_entropy", hidden, "softmax")
    )
    assert len(agreement.digits) == len(sizes) - 1
    assert agreement.least >= 10
    assert agreement.factor == 1
    assert agreement.samples == N
    assert DOUBLE.text in agreement.sentence


def test_single_precision_is_said(tmp_path: Path) -> None:
    model = model_of((4, 3, 5, 3), "tanh", torch.float32)
    data = saved(tmp_path, model, torch.nn.CrossEntropyLoss(), classes(3), torch.float32)
    agreement = compare(
        read_weights(data, "torch.npz"), Functions("cross_entropy", "tanh", "softmax")
    )
    assert agreement.agrees
    assert 4 <= agreement.least <= 8
    assert SINGLE.text in agreement.sentence


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_recognised(tmp_path: Path, dtype: Any) -> None:
    model = model_of((4, 3, 5, 3), "tanh", dtype)
    data = saved(tmp_path, model, torch.nn.CrossEntropyLoss(), classes(3), dtype)
    agreement = compare(
        read_weights(data, "torch.npz"), Functions("cross_entropy", "tanh", "softmax")
    )
    assert agreement.precision is HALF
    assert agreement.agrees or agreement.sentence == COARSE


def test_a_layer_without_bias_among_others_agrees_and_its_row_is_not_compared(
    tmp_path: Path,
) -> None:
    model = model_of((4, 5, 4, 3), "tanh")
    model[2] = torch.nn.Linear(5, 4, bias=False, dtype=torch.float64)
    data = saved(tmp_path, model, torch.nn.CrossEntropyLoss(), classes(3))
    agreement = compare(
        read_weights(data, "torch.npz"), Functions("cross_entropy", "tanh", "softmax")
    )
    assert agreement.agrees
    assert agreement.least >= 10
    assert agreement.left_out == ("the bias in W⁽²⁾",)


def test_a_frozen_parameter_is_left_out_and_the_page_says_so(tmp_path: Path) -> None:
    model = model_of((4, 3, 2, 3), "tanh")
    model[0].requires_grad_(False)
    model[2].weight.requires_grad_(False)
    data = saved(tmp_path, model, torch.nn.CrossEntropyLoss(), classes(3))
    at = upload(page(Session(), "Gradient check"), data)
    assert any(LEFT_OUT.format("W⁽¹⁾ and W⁽²⁾ but its bias") in each.value for each in at.caption)
    button(at, CHOOSE).click().run()
    assert any("All 2 gradients agree" in box.value for box in at.success)
    table = next(frame.value for frame in at.dataframe if "agreeing digits" in frame.value)
    assert np.isnan(table["agreeing digits"][0])


def test_a_mean_over_the_outputs_is_a_factor_that_is_named(tmp_path: Path) -> None:
    y = torch.eye(3, dtype=torch.float64)[classes(3)]
    data = saved(tmp_path, model_of((4, 3, 2, 3), "relu"), torch.nn.MSELoss(), y)
    agreement = compare(read_weights(data, "torch.npz"), Functions("mse", "relu", "identity"))
    assert agreement.factor == pytest.approx(1 / 3)
    assert agreement.least >= 10
    assert "0.3333, since PyTorch’s mean is over the outputs, too" in agreement.sentence


def test_a_wrong_gradient_and_another_loss_do_not_agree(tmp_path: Path) -> None:
    data = saved(tmp_path, model_of((4, 3, 3), "tanh"), torch.nn.CrossEntropyLoss(), classes(3))
    found = read_weights(data, "torch.npz")
    assert not compare(found, Functions("cross_entropy", "sigmoid", "softmax")).agrees
    assert [a.functions for a in choices_that_agree(found)] == [
        Functions("cross_entropy", "tanh", "softmax")
    ]
    assert found.gradients is not None
    found.gradients[0][1, 2] *= 1 + 1e-6
    changed = compare(found, Functions("cross_entropy", "tanh", "softmax"))
    assert [digits in range(9) for digits in changed.digits] == [True, False]
    assert not changed.agrees


def test_a_file_without_gradients_is_refused_in_a_sentence(tmp_path: Path) -> None:
    data = saved(tmp_path, model_of((2, 3, 1), "tanh"), torch.nn.MSELoss(), torch.rand(N, 1))
    arrays = dict(np.load(tmp_path / "torch.npz", allow_pickle=False))
    assert data
    for left_out, missing in (("grad", "gradients"), ("X", "X"), ("y", "y")):
        kept = {name: value for name, value in arrays.items() if not name.endswith(left_out)}
        np.savez(tmp_path / "some.npz", **kept)
        found = read_weights((tmp_path / "some.npz").read_bytes(), "some.npz")
        with pytest.raises(ValueError, match=MISSING.format(missing)):
            compare(found, Functions())


def upload(at: AppTest, data: bytes) -> AppTest:
    at.file_uploader(key="autograd_file").set_value(("torch.npz", data, "application/zip")).run()
    assert not at.exception
    return at


def test_the_page_says_to_how_many_digits_each_matrix_agrees(tmp_path: Path) -> None:
    model = model_of((4, 3, 2, 4, 3), "tanh")
    data = saved(tmp_path, model, torch.nn.CrossEntropyLoss(), classes(3))
    at = upload(page(Session(), "Gradient check"), data)
    assert any(block.value == LINES for block in at.code)
    told = OTHER_CHOICE.format("tanh hidden units, softmax output and cross-entropy")
    assert any(told in box.value for box in at.warning)
    button(at, CHOOSE).click().run()
    assert not at.exception
    assert any("All 4 gradients agree" in box.value for box in at.success)
    table = next(frame.value for frame in at.dataframe if "agreeing digits" in frame.value)
    assert list(table["gradient"]) == [f"∂C/∂W⁽{n}⁾" for n in "¹²³⁴"]
    assert list(table["shape"]) == ["5×3", "4×2", "3×4", "5×3"]
    assert min(table["agreeing digits"]) >= 10
    at.selectbox(key="autograd_output").set_value("identity").run()
    assert not at.exception
    assert at.selectbox(key="autograd_loss").value != "cross_entropy"  # which it does not suit


def test_a_file_of_something_else_is_refused_in_a_sentence() -> None:
    at = upload(page(Session(), "Gradient check"), b"nothing of the kind")
    assert any("neither .npz nor .safetensors" in literal(box.value) for box in at.error)


def test_both_comparisons_are_computed_once_for_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []

    class Counted:
        """A function of the page that notes when it is called."""

        def __init__(self, name: str) -> None:
            self.name, self.function = name, getattr(autograd_page, name)

        def __call__(self, *arguments: Any) -> Any:
            computed.append(self.name)
            return self.function(*arguments)

    for name in ("compare", "_other_choice"):
        monkeypatch.setattr(autograd_page, name, Counted(name))
    data = saved(tmp_path, model_of((4, 3, 3), "tanh"), torch.nn.CrossEntropyLoss(), classes(3))
    at = upload(page(Session(), "Gradient check"), data)
    assert computed == ["compare", "_other_choice"]
    at.run()
    assert at.warning
    assert computed == ["compare", "_other_choice"]


def test_the_search_says_that_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    spinner = st.spinner

    def listed(text: str, **options: Any) -> Any:
        shown.append(text)
        return spinner(text, **options)

    monkeypatch.setattr(st, "spinner", listed)
    data = saved(tmp_path, model_of((4, 3, 3), "tanh"), torch.nn.CrossEntropyLoss(), classes(3))
    at = upload(page(Session(), "Gradient check"), data)
    assert SEARCH in shown
    shown.clear()
    button(at, CHOOSE).click().run()
    assert SEARCH not in shown


def test_a_larger_file_is_refused_by_the_upload() -> None:
    at = page(Session(), "Gradient check")
    assert at.file_uploader(key="autograd_file").proto.max_upload_size_mb == MAX_BYTES >> 20


class OutFirst:
    """A model that defines its last layer first."""

    def __init__(self) -> None:
        torch.manual_seed(4)
        layers = {name: torch.nn.Linear(3, 3, dtype=torch.float64) for name in ("out", "a")}
        self.layers = torch.nn.ModuleDict(layers)
        self.named_parameters = self.layers.named_parameters

    def __call__(self, X: Any) -> Any:
        return self.layers["out"](torch.tanh(self.layers["a"](X)))

    def __getitem__(self, at: int) -> Any:
        return self.layers["a"]


def test_the_order_of_the_layers_in_which_gradients_agree_is_found(tmp_path: Path) -> None:
    data = saved(tmp_path, OutFirst(), torch.nn.CrossEntropyLoss(), classes(3))
    at = upload(page(Session(), "Gradient check"), data)
    told = OTHER_CHOICE.format("tanh hidden units, softmax output and cross-entropy")
    assert any(told in box.value for box in at.warning)
    assert any(
        "out.weight and a.weight in this order" in literal(each.value) for each in at.caption
    )
    button(at, CHOOSE).click().run()
    assert any("All 2 gradients agree" in box.value for box in at.success)
    captions = [literal(each.value) for each in at.caption]
    assert any("a.weight and out.weight in this order" in text for text in captions)
    assert any("another order would fit, too" in text for text in captions)


def test_the_choices_follow_the_run_until_another_is_made() -> None:
    state = Session()
    at = page(state, "Gradient check")
    assert at.selectbox(key="autograd_output").value == "sigmoid"
    at.selectbox(key="autograd_hidden").set_value("relu").run()
    assert at.selectbox(key="autograd_hidden").value == "relu"
    deep = Architecture(hidden=(4,), hidden_activation="tanh", output_activation="softmax")
    state.use(Draft.of_sample("iris"), deep)
    at.run()
    assert not at.exception
    assert at.selectbox(key="autograd_hidden").value == "tanh"
    assert at.selectbox(key="autograd_output").value == "softmax"
