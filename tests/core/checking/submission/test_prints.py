"""Texts that tools printed themselves: right is called right, whatever the form."""

import io
import json
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.diagnose import random_problem
from benchmarks.handins import FORMS, Form, truth
from benchmarks.published import Published, published
from core.checking.grading import Grade, mark_bytes
from core.checking.problem import Problem
from core.checking.submission import SubmissionError, submission_from_bytes
from core.checking.submission.kinds import MAX_COSTS
from core.gradients import gradients
from core.network import Network
from tests.core.oracles import XOR_X, XOR_Y
from tests.paths import DATA

PUBLISHED_AS = {  # all others print gradients
    "appendix_b": "new_weights_handed_in",
    "matthews": "step_handed_in",
}
RECORDED = sorted((DATA / "handins").glob("*.txt"))
PROBLEM = Problem.of(Network.init(2, 3, seed=1), XOR_X, XOR_Y)
dW1, dW2 = PROBLEM.truth


def recorded_problem(file: Path) -> Problem:
    case = json.loads((file.parent / f"{file.name.split('.')[0]}.json").read_text("utf-8"))
    return Problem.of(Network(case["W1"], case["W2"]), case["X"], case["y"], case["loss"])


def grade(text: str | bytes, problem: Problem = PROBLEM) -> Grade:
    return mark_bytes(problem, "mia.txt", text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_what_octave_r_numpy_and_torch_printed_is_right(file: Path) -> None:
    found = mark_bytes(recorded_problem(file), file.name, file.read_bytes())
    assert found.is_right, found.comment
    assert found.diagnosis is not None
    assert not found.diagnosis.rounding or "torch" in file.name  # its own digits, no more


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_another_sign_of_its_largest_number_is_seen(file: Path) -> None:
    """Of the largest bias of W2, which every print holds."""
    text, p = file.read_text("utf-8"), recorded_problem(file)
    bias = p.truth[1][-1]
    largest = bias[np.abs(bias).argmax()]
    number = re.compile(r"-?\d+\.\d+(?:e-\d+)?")
    factor = float(found[1]) if (found := re.findall(r"(1\.0e-\d+) \*", text)) else 1.0
    near = min(number.finditer(text), key=lambda match: abs(float(match[0]) * factor - largest))
    other = near[0].removeprefix("-") if near[0].startswith("-") else f"-{near[0]}"
    changed = text[: near.start()] + other + text[near.end() :]
    assert not mark_bytes(p, file.name, changed.encode()).is_right


def test_there_are_all_that_were_recorded() -> None:
    assert len(RECORDED) == 4 * 17


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_every_form_is_read_at_every_depth(form: Form, depth: int) -> None:
    for seed in range(6):
        problem = random_problem(np.random.default_rng([depth, seed, 4]), depth)
        text = FORMS[form.name].write(list(truth(problem)), problem)
        found = grade(text, problem)
        assert found.is_right or found.verdict == "cannot be judged", (text, found.comment)


@pytest.mark.parametrize("case", published(), ids=lambda case: case.name)
def test_published_solutions_are_judged(case: Published) -> None:
    """One is wrong on its page; another prints new weights."""
    found = grade(case.text, case.problem)
    if case.name == "mazur":  # w1+ = …, which says that these are new weights
        assert [other.correct for other in found.others] == [True]
        assert found.comment.startswith("W1 after the step is right")
        return
    assert found.diagnosis is not None
    what = PUBLISHED_AS.get(case.name, "")
    assert found.diagnosis.correct is (not what and not case.mistakes)
    assert found.mistakes == what


@pytest.mark.parametrize(
    ("first", "second"),
    [("dW1", "grad_V"), ("grad_U", "grad_V"), ("dL/dV", "dW2"),
     ("gradients of the first layer", "gradients of the output layer")],
)  # fmt: skip
def test_a_letter_stands_for_the_matrix_that_has_no_name_of_its_own(
    first: str, second: str
) -> None:
    text = f"{first}\n{dW1}\n{second} =\n{dW2}\n"
    assert grade(text).is_right, grade(text).comment
    more = f"dV = {dW1 * 0.9}\n"  # a velocity: both matrices are there
    assert grade(f"dW1 = {dW1}\ndW2 = {dW2}\n{more}").is_right


# Arrays


def npz(**arrays: object) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    return packed.getvalue()


def test_arrays_are_read_from_npz_and_npy() -> None:
    assert grade(npz(dW1=dW1, dW2=dW2)).verdict == "right"
    assert grade(npz(dW1=dW1[:-1], db1=dW1[-1], dW2=dW2[:-1], db2=dW2[-1])).verdict == "right"
    assert grade(npz(arr_0=dW1, arr_1=dW2)).verdict == "right"
    assert grade(npz(dW1=-dW1, dW2=dW2)).mistakes == "sign"
    single = io.BytesIO()
    np.save(single, dW2)
    assert grade(single.getvalue()).verdict == "incomplete"
    every = io.BytesIO()
    np.save(every, np.concatenate([dW1.ravel(), dW2.ravel()]))
    assert grade(every.getvalue()).verdict == "right"


@pytest.mark.parametrize("value", [np.array([[True]]), np.array([[1j]]), np.array([["a"]])])
def test_arrays_of_other_things_than_numbers_are_named(value: object) -> None:
    assert "no real numbers; save numbers" in grade(saved(value)).comment


def saved(value: object, *, pickled: bool = False) -> bytes:
    packed = io.BytesIO()
    np.save(packed, value, allow_pickle=pickled)  # type: ignore[arg-type]
    return packed.getvalue()


def test_nothing_is_unpickled_and_it_is_said_how_to_convert() -> None:
    packed = io.BytesIO()
    torch.save({"dW1": torch.tensor(dW1)}, packed)
    for data in (
        packed.getvalue(),
        pickle.dumps({"dW1": dW1}),
        saved(np.array([{"dW1": 1}], dtype=object), pickled=True),
    ):
        with pytest.raises(SubmissionError, match=r"np\.savez\('grads\.npz', \*grads\)\.$"):
            submission_from_bytes("mia.pt", data, PROBLEM.net)


def test_an_array_that_claims_to_be_huge_is_not_allocated() -> None:
    data = saved(dW1).replace(b"(3, 3)", b"(9999999, 9999999)".ljust(6))
    with pytest.raises(SubmissionError, match=r"it is cut off|it is no \.npy array"):
        submission_from_bytes("mia.npy", data, PROBLEM.net)


def test_an_archive_of_other_things_has_no_gradients() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "dW1 = [1]")
    with pytest.raises(SubmissionError, match="neither dW1 nor dW2"):
        submission_from_bytes("mia.npz", packed.getvalue(), PROBLEM.net)
    with pytest.raises(SubmissionError, match="the archive is damaged; save it again"):
        submission_from_bytes("mia.npz", b"PK\x03\x04 no zip", PROBLEM.net)


# What was put together is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"db1 = {dW1[-1].tolist()}\ndW1 = {dW1[:-1].tolist()}\ndW2 = {dW2.tolist()}",
         "dW1 separate bias"),
        (f"{dW1.tolist()}\n\n{dW2.tolist()}", "without names: taken for dW1 and dW2 in this order"),
        (str([*dW1.ravel().tolist(), *dW2.ravel().tolist()]), "one vector: cut into dW1 and dW2"),
        (f"dW0 = {dW1.tolist()}\ndW1 = {dW2.tolist()}", "layers counted from 0"),
        (f"dW_hidden = {dW1.tolist()}\ndW_output = {dW2.tolist()}", "as the weights"),
    ],
)  # fmt: skip
def test_what_was_assumed_is_said(text: str, said: str) -> None:
    found = grade(text)
    assert found.verdict == "right"
    assert said in found.layout


def latex(before: str, after: str, number: str = "0.1") -> str:
    end = r"\right)" if before.endswith("(") else ""
    return rf"dW1 = {before}\begin{{pmatrix}} {number} & 0.2 \end{{pmatrix}}{end} {after}"


def test_comments_and_products_beside_no_matrix_are_read() -> None:
    rows = " \\\\ % of an input\n".join(" & ".join(map(repr, row)) for row in dW1.tolist())
    text = rf"dW1 = \begin{{pmatrix}}% rows: x1, x2, bias{chr(10)}{rows} \end{{pmatrix}}"
    assert grade(f"{text}\ndW2 = {dW2.tolist()} // by hand").is_right
    together = json.dumps({"grad": [*dW1.ravel().tolist(), *dW2.ravel().tolist()]})
    assert grade(together).is_right


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dW1 = [[1, 2], ..., [3, 4]]", "line 1: rows are left out (“...”); print all of them"),
        ("dW1 = [[1, 2], 3, [3, 4]]", "line 1: “3” stands between rows"),
        ("dW1 = [[1, 2],\n\n 0\n 1, [3, 4]]", "“0 1” stands between rows"),
        ("dW1 = [[[[[1]]]]]", "brackets are nested too deeply"),
        ("dW1 = [[1]]\n[[2]]", "a matrix without a name of its own is beside others"),
        ("dW3 = [[1]]", "dW3 is there, but the network has 2 matrices"),
        ("dW1 = [[1, 2]]\ndW2 = [[inf]]", "line 2: “inf” is not a number"),
        ("dW1 = -np.array([[1, 2]])", "line 1: “-np.array” stands beside a matrix"),
        ("dW1 =\n1e-3 * [1 2; 3 4]", "line 2: “1e-3 *” stands beside a matrix"),
        (
            "dW1 = np.array([[1, 2]]) / 4",
            "“/ 4” stands beside a matrix; write the numbers that result",
        ),
        ("dW1 = [1 2; 3 4] .* eta", "“.* eta” stands beside a matrix"),
        (latex("10^{-3}", ""), "“10^{-3}” stands beside a matrix"),
        (latex(r"\frac{1}{4} \left(", ""), r"“\frac{1}{4}” stands beside a matrix"),
        (latex("-", ""), "line 1: “-” stands beside a matrix"),
        (latex("", r"\cdot 10^{-3}"), r"“\cdot 1” stands beside a matrix"),
        (latex("", "", r"1\frac{1}{2}"), r"“1\frac{1}{2}” is not a number"),
        ("gradients = [[1, 2]]\ndW2 = [[1]]", "without a name of its own is beside others"),
        ("dW1 = [[1, 2]]\nW1 = [[1, 2]]", "dW1 appears twice, perhaps as W1"),
        ("fc1.weight:\n\nfc2.weight = [[1]]", "there are no numbers for fc1; write its rows"),
        ("dW_out:\n\ndW1 = [[1]]", "there are no numbers for dW of the output layer"),
        ("dW1 = [[1]]\nC = 1/0", "line 2: “1/0” is not a number"),
        ("dW1 = [[1]]\nC = 1.0e999", "line 2: “1.0e999” is not a number"),
        ("dW1 = [[0×10^999, 1]]", "line 1: “0×10^999” is not a number"),
        ("C = 0.5\n" * (MAX_COSTS + 1), f"line {MAX_COSTS + 1}: C is there too often"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        submission_from_bytes("mia.txt", text.encode(), PROBLEM.net)
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


def test_decimal_commas_are_read_in_every_table() -> None:
    for separator in (";", "\t", "  "):
        rows = ["\n".join(separator.join(f"{a:.9f}" for a in row) for row in W)
                for W in (dW1, dW2)]  # fmt: skip
        text = f"dW1\n{rows[0]}\ndW2\n{rows[1]}".replace(".", ",")
        assert grade(text).is_right, separator


def test_mathematica_like_powers_and_fractions_of_latex_are_numbers() -> None:
    tiny = Problem.of(
        Network([[0.5]], [[1.0]], bias_input=False, bias_hidden=False), [[1.0]], [0.0]
    )
    (a,), (b,) = (
        gradients(tiny.net, tiny.X, tiny.y)[0][0],
        gradients(tiny.net, tiny.X, tiny.y)[1][0],
    )
    power = f"{a * 10:.9f} \\cdot 10^{{-1}}"
    text = rf"dW1 = \begin{{pmatrix}} {power} \end{{pmatrix}}, dW2 = [{b:.9f}]"
    assert grade(text, tiny).is_right
    assert grade(rf"dW1 = {a!r}, dW2 = {b!r}", tiny).verdict == "right"
