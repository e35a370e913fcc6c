"""Weights made elsewhere: the same network bit for bit, or a sentence that says why not."""

import io
import json
import struct
import zipfile
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.export.tables import weights_npz
from core.network import MAX_HIDDEN, MAX_UNITS, Network
from core.weights import (
    ForeignWeights,
    WeightsError,
    matrices_of,
    read_arrays,
    read_weights,
    readings,
)
from core.weights.arrays import MAX_ARRAYS, MAX_BYTES, MAX_HEADER, TOO_LARGE
from core.weights.layout import MAX_READINGS

SIZES = st.lists(st.integers(1, 4), min_size=3, max_size=MAX_HIDDEN + 2)
RANDOM = np.random.default_rng(0)


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def torch_layers(sizes: list[int], bias: bool = True, dtype: Any = torch.float64) -> Any:
    """A network of PyTorch: a Linear for each matrix, a Sigmoid after each."""
    layers: list[Any] = []
    for before, after in pairwise(sizes):
        layers += [torch.nn.Linear(before, after, bias=bias, dtype=dtype), torch.nn.Sigmoid()]
    return torch.nn.Sequential(*layers)


def ours(model: Any) -> list[np.ndarray[Any, Any]]:
    """Its matrices as the derivation has them, put together here in another way."""
    return [
        np.column_stack(
            [part.detach() for part in (layer.weight, layer.bias) if part is not None]
        ).T
        for layer in model
        if isinstance(layer, torch.nn.Linear)
    ]


def same(found: ForeignWeights, matrices: list[np.ndarray[Any, Any]]) -> bool:
    return [W.tobytes() for W in found.network().weights] == [
        np.ascontiguousarray(W, np.float64).tobytes() for W in matrices
    ]


@given(sizes=SIZES, bias=st.booleans(), packed=st.booleans())
@settings(deadline=None, max_examples=60)
def test_what_torch_saved_is_the_same_network_bit_for_bit(
    sizes: list[int], bias: bool, packed: bool
) -> None:
    model = torch_layers(sizes, bias)
    state = model.state_dict()
    data = (
        safetensors.torch.save(state)
        if packed
        else npz(**{name: value.numpy() for name, value in state.items()})
    )
    found = read_weights(data, "model")
    assert same(found, ours(model))
    assert (found.bias_input, found.bias_hidden) == (bias, bias)
    X = RANDOM.normal(size=(5, sizes[0]))
    with torch.no_grad():
        expected = model(torch.tensor(X)).numpy()
    np.testing.assert_allclose(found.network().predict(X), expected, rtol=1e-12)


@given(sizes=SIZES, biases=st.tuples(st.booleans(), st.booleans()), packed=st.booleans())
@settings(deadline=None, max_examples=60)
def test_what_was_downloaded_here_is_the_same_network(
    sizes: list[int], biases: tuple[bool, bool], packed: bool
) -> None:
    net = Network.init(
        sizes[0], sizes[1:-1], sizes[-1], bias_input=biases[0], bias_hidden=biases[1]
    )
    named = {f"W{layer}": W for layer, W in enumerate(net.weights, start=1)}
    data = safetensors.numpy.save(named) if packed else weights_npz(net, 3, 0.5, "half_mse")
    found = read_weights(data, "weights", sizes[0], sizes[-1])
    assert same(found, list(net.weights))
    assert (found.bias_input, found.bias_hidden) == biases


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_fewer_bits_are_read_as_the_numbers_they_are(dtype: Any) -> None:
    model = torch_layers([3, 4, 2], dtype=dtype)
    found = read_weights(safetensors.torch.save(model.state_dict()), "model")
    assert same(found, ours(model.double()))


def test_ten_and_more_come_after_nine_whatever_the_order_of_the_file() -> None:
    model = torch_layers([2] * (MAX_HIDDEN + 2))
    data = safetensors.torch.save(model.state_dict())
    names = list(read_arrays(data, "model"))
    assert names.index("10.weight") < names.index("2.weight")
    assert same(read_weights(data, "model"), ours(model))


def test_layers_of_different_names_are_in_the_order_of_the_file() -> None:
    names = ("in.weight", "enc.0.weight", "enc.2.weight", "dec.0.weight")
    state = {name: np.full((2, 2), number) for number, name in enumerate(names)}
    found = read_weights(npz(**state), "model")
    assert [W[0, 0] for W in found.matrices] == [0.0, 1.0, 2.0, 3.0]


def test_where_that_does_not_fit_they_are_in_the_order_that_does() -> None:
    """The alphabet has hidden before input, and decoder before encoder."""
    shapes = {"input.weight": (5, 4), "hidden.weight": (3, 5), "out.weight": (2, 3)}
    state = {name: RANDOM.normal(size=shape) for name, shape in shapes.items()}
    found = read_weights(safetensors.numpy.save(state), "model")
    assert same(found, [W.T for W in state.values()])
    assert found.note.startswith("input.weight, hidden.weight and out.weight in this order")
    mirror = {"enc.weight": RANDOM.normal(size=(2, 4)), "dec.weight": RANDOM.normal(size=(4, 2))}
    found = read_weights(safetensors.numpy.save(mirror), "model", inputs=4)
    assert same(found, [W.T for W in mirror.values()])


def test_square_matrices_go_by_their_names_and_the_note_says_so() -> None:
    A, B = RANDOM.normal(size=(2, 3, 3))
    of_torch = read_weights(npz(**{"fc1.weight": A, "fc2.weight": B}), "model")
    assert same(of_torch, [A.T, B.T])
    assert "transposed, a row being a unit’s as in PyTorch; there are no biases." in of_torch.note
    found = read_weights(npz(W1=A, W2=B), "weights")
    assert same(found, [A, B])
    assert "the other way round would fit, too" in found.note


def test_what_fits_only_transposed_is_transposed() -> None:
    net = Network.init(2, (3, 5), 2)
    turned = {f"W{layer}": W.T for layer, W in enumerate(net.weights, start=1)}
    found = read_weights(npz(**turned), "weights", 2, 2)
    assert same(found, list(net.weights))
    assert "transposed" in found.note


def test_biases_apart_become_the_last_rows_and_one_missing_is_0() -> None:
    A, B, b = np.ones((2, 3)), np.ones((3, 1)), np.arange(3.0)
    found = read_weights(npz(W1=A, b1=b, W2=B, b2=[7.0]), "weights")
    assert same(found, [np.vstack([A, b]), np.vstack([B, [7.0]])])
    deeper = {"W1": A, "b1": b, "W2": np.ones((3, 3)), "b2": b, "W3": B}
    found = read_weights(npz(**deeper), "weights")
    assert found.matrices[2][-1] == [0.0]
    assert "with 0 for W3, which has none" in found.note


def test_gradients_and_the_batch_come_along() -> None:
    model = torch_layers([2, 3, 4, 2])
    X, y = torch.rand(5, 2, dtype=torch.float64), torch.rand(5, 2, dtype=torch.float64)
    torch.nn.functional.mse_loss(model(X), y).backward()
    gradients = ours(torch_like(model))
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    for mark in ("{}.grad", "grad.{}"):
        grads = {mark.format(name): p.grad.numpy() for name, p in model.named_parameters()}
        found = read_weights(npz(**state, **grads, X=X.numpy(), y=y.numpy()), "batch")
        assert found.gradients is not None
        for read, expected in zip(found.gradients, gradients, strict=True):
            np.testing.assert_array_equal(read, expected)
        assert found.X is not None
        np.testing.assert_array_equal(found.X, X)
    own = npz(W1=np.ones((3, 2)), W2=np.ones((3, 1)), dW1=np.eye(3, 2), dW2=np.zeros((3, 1)))
    found = read_weights(own, "own")
    assert found.gradients is not None
    np.testing.assert_array_equal(found.gradients[0], np.eye(3, 2))


def torch_like(model: Any) -> Any:
    """The model with its gradients for weights."""
    return [_with_gradients(layer) for layer in model]


def _with_gradients(layer: Any) -> Any:
    if not isinstance(layer, torch.nn.Linear):
        return layer
    other = torch.nn.Linear(layer.in_features, layer.out_features, dtype=torch.float64)
    other.weight.data, other.bias.data = layer.weight.grad, layer.bias.grad
    return other


def test_targets_in_one_column_stand_under_each_other() -> None:
    found = read_weights(npz(W1=np.ones((3, 2)), W2=np.ones((3, 1)), y=[0, 1, 1]), "own")
    assert found.y is not None
    assert found.y.shape == (3, 1)


def test_a_vector_of_all_inputs_is_one_sample_and_a_single_target_is_one_number() -> None:
    for y, targets in ((np.float64(1), (1, 1)), (np.ones(2), (1, 2))):
        found = read_weights(npz(W1=np.ones((3, 2)), W2=np.ones((2, 2)), X=np.ones(3), y=y), "own")
        assert found.X is not None
        assert found.y is not None
        assert (found.X.shape, found.y.shape) == ((1, 3), targets)
    found = read_weights(npz(W1=np.ones((1, 2)), W2=np.ones((2, 1)), X=np.ones(3)), "own")
    assert found.X is not None
    assert found.X.shape == (3, 1)


def test_other_orders_that_fit_are_said_and_read() -> None:
    one, two = RANDOM.normal(size=(2, 3, 3))
    data = safetensors.numpy.save({"enc.weight": one, "dec.weight": two})
    found = read_weights(data, "model")
    assert found.others
    assert found.note.startswith("dec.weight and enc.weight in this order")
    assert found.note.endswith("; another order would fit, too.")
    assert [same(each, [one.T, two.T]) for each in readings(data, "model")] == [False, True]
    data = npz(**{f"{letter}.weight": one for letter in "abcdefg"})
    assert len(list(readings(data, "model"))) == MAX_READINGS
    data = npz(
        **{"enc.weight": np.ones((2, 3)), "dec.weight": np.ones((3, 2)), "X": np.ones((1, 3))}
    )
    assert not read_weights(data, "model").others


def test_biases_decide_which_way_round() -> None:
    arrays = {"W1": np.ones((2, 3)), "W2": np.ones((3, 2))}
    found = read_weights(npz(**arrays, b1=np.ones(2), b2=np.ones(3)), "own")
    assert [W.shape for W in found.matrices] == [(4, 2), (3, 3)]
    assert not found.others


def test_a_missing_bias_or_gradient_has_no_gradient() -> None:
    """A bias that other layers have, and PyTorch's frozen parameters."""
    state = {"0.weight": np.eye(2), "2.weight": np.eye(2), "4.weight": np.eye(2)}
    biases = {"0.bias": np.ones(2), "4.bias": np.ones(2)}
    grads = {f"{name}.grad": np.ones(2) for name in biases} | {"2.weight.grad": np.eye(2)}
    found = read_weights(npz(**state, **biases, **grads), "model")
    assert found.lacking == (2,)
    assert found.gradients is not None
    missing = [np.isnan(dW[:, 0]).tolist() for dW in found.gradients]
    assert missing == [[True, True, False], [False, False, True], [True, True, False]]


# What is refused

A, B = np.ones((3, 2)), np.ones((3, 1))


def tensors(header: Any, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def packed(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("W1.npy", npy(A))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("W1.npy", npy(A))
    return buffer.getvalue()


def saved_by_torch() -> bytes:
    buffer = io.BytesIO()
    torch.save(torch_layers([2, 2, 1]).state_dict(), buffer)
    return buffer.getvalue()


WHOLE = npz(W1=A, W2=B)
TENSORS = safetensors.numpy.save({"W1": A, "W2": B})
ENTRY = {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4]}
HUGE = npy(A).replace(b"(3, 2), }        ", b"(99999999, 99), }")
BAD = {
    "empty": (b"", "neither .npz nor .safetensors"),
    "text": (b"W1 = [[1, 2], [3, 4]]", "neither .npz nor .safetensors"),
    "truncated npz": (WHOLE[:-30], "the archive is damaged"),
    "truncated tensors": (TENSORS[:-3], "is damaged"),
    "huge header": (struct.pack("<Q", 2**62) + b"{}", "is damaged"),
    "header that is no object": (tensors(b"{" * 100_000), "is damaged"),
    "overflow": (
        tensors({"W1": {"dtype": "F32", "shape": [2**62, 16], "data_offsets": [0, 0]}}),
        "is damaged",
    ),
    "overlap": (tensors({"W1": ENTRY, "W2": ENTRY}, bytes(4)), "is damaged"),
    "no numbers": (
        tensors({"W1": {"dtype": "F32", "shape": [0, 2**40], "data_offsets": [0, 0]}}),
        "W1 is no matrix",
    ),
    "dtype of eight bits": (
        tensors({"W1": {"dtype": "F8_E4M3", "shape": [1, 1], "data_offsets": [0, 1]}}, b"1"),
        "W1 is of type F8_E4M3",
    ),
    "zip bomb": (packed(W1=npy(np.zeros(MAX_BYTES // 8 + 1))), TOO_LARGE),
    "zip bomb in parts": (
        packed(**{f"W{n}": npy(np.zeros(MAX_BYTES // 16)) for n in range(3)}),
        TOO_LARGE,
    ),
    "bytes that grow eightfold": (
        packed(**{f"W{n}": npy(np.zeros((MAX_BYTES // 16, 1), np.uint8)) for n in range(3)}),
        TOO_LARGE,
    ),
    "tensors that grow eightfold": (
        safetensors.numpy.save({"W1": np.zeros((MAX_BYTES // 8 + 1, 1), np.uint8)}),
        TOO_LARGE,
    ),
    "long header": (tensors(b"{" + b" " * MAX_HEADER), "its header is larger than 1 MB"),
    "many empty tensors": (
        tensors({f"W{n}": {**ENTRY, "shape": [0], "data_offsets": [0, 0]} for n in range(30_000)}),
        "its header is larger than 1 MB",
    ),
    "many tensors": (
        safetensors.numpy.save({f"W{n}": np.zeros(0) for n in range(MAX_ARRAYS + 1)}),
        "more than 1,000 arrays",
    ),
    "large": (bytes(MAX_BYTES + 1), TOO_LARGE),
    "large header of npy": (packed(W1=HUGE), "W1: it is cut off"),
    "many": (packed(**{f"W{n}": b"" for n in range(MAX_ARRAYS + 1)}), "more than 1,000 files"),
    "objects": (packed(W1=npy(np.array([{}, []], dtype=object))), "Python objects"),
    "text in it": (npz(W1=np.array(["a"])), "W1: it holds <U1, no real numbers"),
    "complex": (npz(W1=A * 1j, W2=B), "W1: it holds complex128"),
    "no npy": (packed(W1=b"nonsense"), "W1: it is no .npy array"),
    "of torch.save": (saved_by_torch(), "Python objects, which are not opened"),
    "pickle": (b"\x80\x04K\x01.", "Python objects, which are not opened"),
    "single array": (npy(A), "a single array"),
    "twice": (twice(), "W1 appears twice"),
    "both cases": (npz(W1=A, w1=A, W2=B), "w1 is there twice"),
    "NaN": (npz(W1=A, W2=B * np.nan), "W2 holds NaN"),
    "infinite": (npz(W1=np.full((3, 2), np.inf), W2=B), "W1 holds NaN or"),
    "other names": (npz(a=A, b=B), "(its arrays are a, b)"),
    "scalar": (npz(W1=1.0, W2=B), "W1 is no matrix (a single number)"),
    "of four dimensions": (npz(**{"conv.weight": np.ones((2, 2, 3, 3))}), "2×2×3×3"),
    "vector": (
        npz(**{"0.weight": A[0], "1.weight": B}),
        "0.weight is a vector of 2 numbers, as those of LayerNorm and BatchNorm are",
    ),
    "a gap": (npz(W1=np.ones((2, 2)), W3=np.ones((2, 2))), "W2 is missing; number the matrices"),
    "numbers from 0": (npz(W0=A, W1=B), "W0 is there; number the matrices from 1"),
    "a number twice": (npz(W1=A, W01=B), "two matrices have the same number"),
    "X and x": (npz(W1=A, W2=B, X=A, x=A), "X and x are both there; keep one"),
    "a bias of 2×2": (npz(W1=A, b1=np.ones((2, 2)), W2=B[1:]), "bias of W1 is 2×2, not a vector"),
    "images": (npz(W1=A, W2=B, X=np.ones((2, 2, 2))), "X is no matrix (2×2×2); save one row"),
    "one matrix": (npz(W1=A), "it has 1 matrix (W1 …)"),
    "eight matrices": (npz(**{f"W{n}": np.ones((1, 1)) for n in range(8)}), "it has 8 matrices"),
    "two kinds": (npz(**{"W1": A, "2.weight": B}), "names are of two kinds"),
    "bias alone": (npz(W1=A, W2=B, b3=[1.0]), "b3 is there, but not the weights"),
    "gradient alone": (npz(W1=A, W2=B, dW3=B), "dW3 is there, but not the weights"),
    "wide": (npz(W1=np.ones((1, MAX_UNITS + 1)), W2=B), "not a matrix of at most 100,000"),
    "no chain": (npz(W1=A, W2=np.ones((7, 1))), "W2 (7×1) takes 7 inputs, but W1 (3×2) before"),
    "no chain of torch": (
        npz(**{"0.weight": np.ones((3, 2)), "2.weight": np.ones((1, 4))}),
        "2.weight (1×4) takes 4 inputs, but 0.weight (3×2) before it gives 3: 3 are needed",
    ),
    "biases here and there": (
        npz(W1=np.ones((3, 2)), W2=np.ones((3, 3)), W3=np.ones((3, 2))),
        "some matrices have a bias row and others none",
    ),
    "a long bias": (npz(W1=np.ones((2, 2)), b1=[1, 2, 3], W2=np.ones((2, 1))), "has 3 numbers"),
    "one gradient": (npz(W1=A, W2=B, dW1=A), "W2 has no gradient"),
    "another gradient": (npz(W1=A, W2=B, dW1=A.T, dW2=B), "its gradient differ in shape"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_refused_in_a_sentence(case: str) -> None:
    data, said = BAD[case]
    with pytest.raises(WeightsError) as refused:
        read_weights(data, "file.npz")
    text = str(refused.value)
    assert said in text
    assert text.startswith("file.npz: ")
    assert text.endswith(("…", "."))
    assert len(text) < 300


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        (4, 1, "W1 takes 3 or 2 inputs, but the data has 4"),
        (2, 3, "W2 gives 1 output, but the data has 3"),
    ],
)
def test_what_does_not_fit_the_data_is_said_with_both_sizes(
    inputs: int, outputs: int, said: str
) -> None:
    with pytest.raises(WeightsError, match=said):
        read_weights(WHOLE, "weights.npz", inputs, outputs)


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", struct.pack("<Q", 9) + b"{"]))
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    with pytest.raises(WeightsError):
        read_weights(start + data, "file")


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_any_damage_is_read_or_refused(draw: st.DataObject) -> None:
    data = bytearray(draw.draw(st.sampled_from([WHOLE, TENSORS])))
    for at in draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=4)):
        data[at] = draw.draw(st.integers(0, 255))
    try:
        found = read_weights(bytes(data), "file")
    except WeightsError:
        return
    assert all(np.isfinite(W).all() for W in found.matrices)


def test_arrays_alone_are_put_together_as_well() -> None:
    """As for whoever has read them by other means."""
    assert same(matrices_of({"W1": A, "W2": B}, "arrays"), [A, B])
