"""New weights, steps and the cost together: the grade of a file, the bundle and the command."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checking import StepRule, read_bundle, write_bundle
from core.checking.__main__ import main
from core.checking.assignment import BundleError
from core.checking.classroom.gradescope import gradescope_results
from core.checking.classroom.points import Rule
from core.checking.classroom.variants import variant
from core.checking.grading import mark_bytes
from core.checking.problem import Problem
from core.gradients import cost
from core.network import Network
from tests.core.checking.quantity.hand_in import NET, RULES, judge, problem, text, torch_weights
from tests.core.oracles import XOR_X, XOR_Y
from tests.paths import DATA


def test_a_file_is_right_only_if_all_of_it_is() -> None:
    p = problem()
    C, new = cost(NET, XOR_X, XOR_Y), torch_weights("gd")
    everything = f"C = {C!r}\n" + text(list(p.truth), "dW{}") + text(new)
    grade = judge(p, everything)
    assert (grade.verdict, len(grade.others)) == ("right", 2)
    wrong = f"C = {2 * C!r}\n" + text([-g for g in p.truth], "dW{}") + text(new)
    grade = judge(p, wrong)
    assert (grade.verdict, grade.mistakes) == ("wrong", "sign; factor_two")
    assert "W1 after the step is right" in grade.comment
    assert judge(p, f"C = {C:.3f}\n" + text(new)).verdict == "right to 3 digits"


def test_what_is_not_asked_for_is_not_missing() -> None:
    p, new = problem(), torch_weights("gd")
    assert judge(p, f"C = {cost(NET, XOR_X, XOR_Y)!r}").verdict == "right"
    assert judge(p, text(new)).verdict == "right"
    half = judge(p, f"W1_new = {new[0]!r}")
    assert half.verdict == "incomplete"
    assert half.comment.endswith("W2 after the step is missing.")
    grade = judge(p, f"dW1 = {p.truth[0]!r}\n" + text(new))
    assert grade.verdict == "incomplete"
    assert grade.comment.endswith("dW2 is missing.")


def test_without_a_learning_rate_a_step_cannot_be_judged() -> None:
    grade = judge(problem(rate=None), text(torch_weights("gd")))
    assert grade.verdict == "cannot be judged"
    assert "no learning rate η" in grade.comment


def test_the_published_example_is_right() -> None:
    page = json.loads((DATA / "published" / "mazur.json").read_text(encoding="utf-8"))
    net = Network(*page["weights"])
    p = Problem.of(net, page["X"], page["y"], page["loss"], page["learning_rate"])
    printed = next(block for block in page["printed"] if block["what"] == "new weights")
    content = "E_total = 0.298371109\n"
    for layer, matrix in enumerate(printed["matrices"], start=1):
        rows = [", ".join(row) for row in matrix if None not in row]
        content += f"W{layer}+ = [[{'], ['.join(rows)}]]\n"
    grade = judge(p, content)
    assert grade.is_right, grade.comment
    assert grade.comment.count("right") == 3


def test_json_and_npz() -> None:
    new = torch_weights("gd")
    named = {f"new_W{layer}": W for layer, W in enumerate(new, start=1)}
    C = cost(NET, XOR_X, XOR_Y)
    content = json.dumps({"cost": C, **{name: W.tolist() for name, W in named.items()}})
    grade = mark_bytes(problem(), "mia.json", content.encode())
    assert (grade.verdict, len(grade.others)) == ("right", 2)
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **{**named, "C": np.array(2 * C)})
    grade = mark_bytes(problem(), "mia.npz", packed.getvalue())
    assert (grade.verdict, grade.mistakes) == ("wrong", "factor_two")


def test_without_names_the_file_s_name_says_what_it_is() -> None:
    W1 = torch_weights("gd")[0]
    assert mark_bytes(problem(), "mia_W1_new.csv", text([W1], "")[3:].encode()).comment.startswith(
        "W1 after the step is right"
    )


def test_points_are_for_new_weights_where_there_are_no_gradients() -> None:
    p, (W1, W2) = problem(), torch_weights("gd")
    rule = Rule.parse("dW1=4 dW2=6 rate_missing=50%")
    grade = judge(p, text([W1, W2]))
    assert rule.points(grade, p).total == 10
    assert gradescope_results(grade, rule.points(grade, p))["tests"][0]["status"] == "passed"
    grade = judge(p, text([NET.W1 - p.truth[0], W2]))
    assert rule.points(grade, p).total == 8


# The bundle and the command


def test_a_bundle_carries_the_optimiser() -> None:
    rule = StepRule("adam", beta1=0.8, epsilon=1e-7)
    p = read_bundle(write_bundle(NET, XOR_X, XOR_Y, learning_rate=0.1, step=rule))
    assert p.step == rule
    assert variant(p, "mia").step == rule
    assert read_bundle(write_bundle(NET, XOR_X, XOR_Y)).step is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"optimizer": "adagrad"}, "optimizer 'adagrad' is not one of gd, momentum"),
        ({"optimizer": 3}, "optimizer cannot be 3"),
        ({"optimizer": "adam", "beta1": 1.0}, "beta1 must be from 0 to below 1"),
        ({"optimizer": "adam", "epsilon": "small"}, "epsilon cannot be 'small'"),
    ],
)
def test_a_wrong_optimiser_is_refused(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    np.savetxt(tmp_path / "X.csv", XOR_X, delimiter=",")
    np.savetxt(tmp_path / "y.csv", XOR_Y)
    np.savetxt(tmp_path / "W1.csv", NET.W1, delimiter=",")
    np.savetxt(tmp_path / "W2.csv", NET.W2)
    (tmp_path / "bundle.json").write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(BundleError, match=said):
        read_bundle(tmp_path)


def test_the_command_marks_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = StepRule("adam", **RULES["adam"])
    data = write_bundle(NET, XOR_X, XOR_Y, learning_rate=0.3, step=rule)
    (tmp_path / "bundle.zip").write_bytes(data)
    for name, matrices in (("ada", torch_weights("adam")), ("bob", torch_weights("gd"))):
        (tmp_path / f"{name}.txt").write_text(text(matrices), encoding="utf-8")
    files = [str(tmp_path / name) for name in ("bundle.zip", "ada.txt", "bob.txt")]
    assert main(files) == 1
    shown = capsys.readouterr().out
    assert re.search(r"ada\.txt +right +", shown)
    assert re.search(r"bob\.txt +wrong .* optimizer_missing", shown)
