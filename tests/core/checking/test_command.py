"""Students' files in every notation, the bundle, and the command that marks them."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.checking import diagnose, read_submission
from core.checking.__main__ import main
from core.checking.assignment import BundleError, read_bundle, write_bundle
from core.checking.classroom.points import Rule
from core.checking.grading import HEADER, mark, mark_bytes
from core.checking.mistakes import wrong_gradients
from core.checking.submission import SubmissionError, submission_from_text
from core.gradients import gradients
from core.network import Network
from tests.bounds import assert_proportional, limit_usage
from tests.core.oracles import XOR_X, XOR_Y, Array, Problem, deep_problems
from tests.paths import DATA, ROOT

NET = Network.init(2, 3, seed=1)
dW1, dW2 = gradients(NET, XOR_X, XOR_Y)


def significant(A: Array, digits: int) -> Array:
    return np.array([float(f"{a:.{digits - 1}e}") for a in A.ravel()]).reshape(A.shape)


def numpy_text(A: Array) -> str:
    return f"np.{A!r}"


def numpy_print(A: Array) -> str:
    return str(A)


def matlab(A: Array) -> str:
    return "[" + "; ".join(" ".join(map(repr, row)) for row in A.tolist()) + "];"


def matlab_lines(A: Array) -> str:
    return "[\n" + "\n".join(", ".join(map(repr, row)) for row in A.tolist()) + "\n]"


def latex(A: Array) -> str:
    rows = r" \\ ".join(" & ".join(f"{a:.9f}" for a in row) for row in A)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def array(A: Array) -> str:
    rows = "\\\\ \\hline\n".join(" & ".join(_power(a) for a in row) for row in A)
    return f"\\begin{{array}}{{|cc|}}\n{rows} \\\\\n\\end{{array}}"


def _power(a: float) -> str:
    mantissa, exponent = f"{a:.8e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def csv_text(A: Array) -> str:
    return "\n" + "\n".join(",".join(map(repr, row)) for row in A.tolist())


def csv_comma(A: Array) -> str:
    return "\n" + "\n".join(";".join(f"{a:.9f}".replace(".", ",") for a in row) for row in A)


NOTATIONS = [numpy_text, matlab, matlab_lines, latex, array, csv_text, csv_comma]


def read(text: str, file: str = "mia.txt") -> tuple[Array, Array]:
    found = submission_from_text(file, text, NET)
    assert found.dW1 is not None
    assert found.dW2 is not None
    return found.dW1, found.dW2


@pytest.mark.parametrize("write", NOTATIONS)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("dW1 = ", "dW2 = "),
        ("# my answer\n\nimport numpy as np\ngrad_W1 = ", "grad_W2 ="),
        ("∂C/∂W⁽¹⁾: ", "∂C/∂W⁽²⁾: "),
        (r"\frac{\partial C}{\partial W^{(1)}} = ", r"$\nabla_{W_2} C = "),
    ],
)
def test_every_notation_is_read_under_every_name(
    write: Callable[[Array], str], first: str, second: str
) -> None:
    found = read(f"{first}{write(dW1)}\n\n{second}{write(dW2)}\n")
    for own, exact in zip(found, (dW1, dW2), strict=True):
        np.testing.assert_allclose(own, exact, rtol=0, atol=1e-8)


@pytest.mark.parametrize("write", [*NOTATIONS, numpy_print])
def test_without_names_the_first_is_dw1(write: Callable[[Array], str]) -> None:
    for own, exact in zip(read(f"{write(dW1)}\n\n{write(dW2)}"), (dW1, dW2), strict=True):
        np.testing.assert_allclose(own, exact, rtol=0, atol=1e-7)


def test_a_single_matrix_is_told_by_its_shape_else_by_the_file_s_name() -> None:
    found = submission_from_text("hw1.csv", csv_text(dW2), NET)  # a homework, not W1
    np.testing.assert_array_equal(found.dW2, dW2)
    assert found.dW1 is None
    square = Network.init(2, 3, 3, bias_hidden=False)
    text = csv_text(np.eye(3))
    np.testing.assert_array_equal(submission_from_text("mia_dW2.csv", text, square).dW2, np.eye(3))
    with pytest.raises(SubmissionError, match="could be dW1 or dW2"):
        submission_from_text("mia.csv", text, square)


def test_json_is_read() -> None:
    text = json.dumps({"student": "Mia", "dW1": dW1.tolist(), "dW2": dW2[:, 0].tolist()})
    own1, own2 = read(text)
    np.testing.assert_array_equal(own1, dW1)
    np.testing.assert_array_equal(own2, dW2[:, 0])
    assert diagnose(NET, XOR_X, XOR_Y, own1, own2).correct


@pytest.mark.parametrize("turn", [False, True])
def test_separate_biases_become_the_last_row(turn: bool) -> None:
    W1 = dW1[:-1].T if turn else dW1[:-1]
    text = json.dumps(
        {
            "dW1": W1.tolist(), "db1": dW1[-1].tolist(),
            "dW2": dW2[:-1].tolist(), "db2": dW2[-1].tolist(),
        }
    )  # fmt: skip
    found = submission_from_text("mia.json", text, NET)
    np.testing.assert_array_equal(found.dW1, dW1)
    np.testing.assert_array_equal(found.dW2, dW2)
    assert found.notes == ("dW1 transposed, separate bias" if turn else "dW1 separate bias",
                           "dW2 separate bias")  # fmt: skip


def test_a_line_of_matlab_may_be_continued() -> None:
    found = submission_from_text("m.m", "dW1 = [1 2 ...  % comment\n 3; 4 5 6\n 7 8 9];", NET)
    np.testing.assert_array_equal(found.dW1, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mia.txt: it is empty"),
        ("dW1 =\n1,2\n3,x\n", "mia.txt, line 3: “x” is not a number"),
        ("dW1 = [1 2\n3 4 5]", "mia.txt, line 2: a row of 3 numbers follows one of 2"),
        ("dW1 = [[1, 2],\n [3, nan]]", "mia.txt, line 2: “nan” is not a number"),
        ("dW1 = [[1, 2],\n [3, 1_0]]", "mia.txt, line 2: “1_0” is not a number"),
        ("dW1 =\n\ndW2 = [1 2]", "mia.txt, line 1: there are no numbers for dW1"),
        ("dW1 = [1]\ndW1 = [2]", "mia.txt: dW1 appears twice"),
        ("db1 = [1 2 3]", "mia.txt: neither dW1 nor dW2 is in it"),
        ("dW1 = [1 2; 3 4]\ndb1 = [1 2 3]", "mia.txt: db1 has 3 numbers and fits neither"),
        ("1\n\n2\n\n3", "mia.txt: there are 3 matrices without names"),
        ('{"dW1": [[1, 2], [3]]}', "mia.txt: the rows of “dW1” differ in length"),
        ('{"dW1": [["1"]]}', "mia.txt: “dW1” is not a list of rows of numbers"),
        ('{"dW1": [1,\n}', "mia.txt, line 2: it is not JSON"),
        ('{"a": 1}', "mia.txt: neither dW1 nor dW2"),
        ('{"dW1": [[1, 2]], "dW1": [[3, 4]]}', "mia.txt: dW1 appears twice"),
        ('{"dW1": [[NaN, 2]]}', "mia.txt: “dW1” is not a list of rows of numbers"),
        ('{"dW1": [[1e999, 2]]}', "mia.txt: 1e999 is infinite"),
        ('{"dW1": [[1' + "0" * 400 + "]]}", "mia.txt: a number has more than 20 digits"),
        ('{"dW1": {"a": 1}}', "mia.txt: “dW1” is not a list of rows of numbers"),
        ('{"dW1": []}', "mia.txt: “dW1” is not a list of rows of numbers"),
        ("[]", "mia.txt"),
        ("{" * 9, "mia.txt, line 1: it is not JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        submission_from_text("mia.txt", text, NET)
    message = str(caught.value)
    assert message.startswith(said)
    assert message.endswith(".")
    assert "\n" not in message


@settings(deadline=None, max_examples=150)
@given(
    st.text(max_size=60)
    | st.text(alphabet="dW12=[]{};,. \n\\&-\"':e0", max_size=60)
    | st.text(alphabet='{}[]"dW12:,.0 ', max_size=40).map(lambda text: "{" + text)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(SubmissionError):
        found = submission_from_text("any.txt", text, NET)
        for own in (found.dW1, found.dW2):
            assert own is None or np.isfinite(own).all()


def test_a_column_with_decimal_commas_alone_is_read() -> None:
    text = "\n".join(f"{a:.9f}".replace(".", ",") for a in dW2[:, 0])
    found = submission_from_text("m.csv", text, NET)
    assert diagnose(NET, XOR_X, XOR_Y, dW2=found.dW2).correct


# The bundle


@settings(deadline=None, max_examples=30)
@given(p=deep_problems(), rate=st.none() | st.floats(1e-3, 10), l2=st.just(0.0) | st.floats(0, 1))
def test_a_bundle_comes_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, p: Problem, rate: float | None, l2: float
) -> None:
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "b.zip").write_bytes(write_bundle(p.net, p.X, p.y, p.loss, rate, l2=l2))
    with zipfile.ZipFile(folder / "b.zip") as archive:
        archive.extractall(folder / "b")
    for source in (folder / "b.zip", folder / "b", (folder / "b.zip").read_bytes()):
        found = read_bundle(source)
        assert repr(found.net) == repr(p.net)
        for W, own in zip(found.net.weights, p.net.weights, strict=True):
            assert W.tobytes() == own.tobytes()
        assert (found.loss, found.learning_rate, found.l2) == (p.loss, rate, l2)
        assert found.X.tobytes() == p.X.tobytes()
        assert found.y.tobytes() == p.y.tobytes()


def test_how_the_matrices_are_laid_out_is_said_in_words() -> None:
    one, two = Network.init(2, 3), Network.init(2, [3, 3], bias_hidden=False)
    rest = "a row leads from an input or unit, a column to a unit or output; the last row of"
    settings = [
        json.loads(zipfile.ZipFile(io.BytesIO(write_bundle(net, XOR_X, XOR_Y))).read("bundle.json"))
        for net in (one, two)
    ]
    assert settings[0]["layout"] == f"H = X W1 and O = Z W2: {rest} W1 and of W2 is its bias"
    steps = "H1 = X W1, H2 = Z1 W2 and O = Z2 W3"
    assert settings[1]["layout"] == f"{steps}: {rest} W1 is its bias"


def test_a_penalty_is_part_of_what_is_asked() -> None:
    """λW is right with it, and wrong without; a mistake beside it is found."""
    penalised = gradients(NET, XOR_X, XOR_Y, l2=0.1)
    assert diagnose(NET, XOR_X, XOR_Y, penalised[0], penalised[1], l2=0.1).correct
    assert not diagnose(NET, XOR_X, XOR_Y, penalised[0], penalised[1]).correct
    assert not diagnose(NET, XOR_X, XOR_Y, dW1, dW2, l2=0.1).correct
    terms = (dW - alone for dW, alone in zip(penalised, (dW1, dW2), strict=True))
    flipped = [term - dW for term, dW in zip(terms, (dW1, dW2), strict=True)]
    found = diagnose(NET, XOR_X, XOR_Y, flipped[0], flipped[1], l2=0.1)
    assert found.explanations[0].mistakes == ("sign",)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(io.BytesIO(write_bundle(NET, XOR_X, XOR_Y, learning_rate=0.5))) as archive:
        archive.extractall(folder)
    return folder


def test_the_lines_of_python_in_it_load_it(bundle: Path) -> None:
    done = subprocess.run(
        [sys.executable, bundle / "load.py"], capture_output=True, text=True, check=True
    )
    assert "dW1 like W1 (3, 3)" in done.stdout


def test_they_load_any_number_of_matrices(tmp_path: Path) -> None:
    net = Network.init(2, [3, 4], 2, output_activation="softmax")
    data = write_bundle(net, XOR_X, np.column_stack([XOR_Y, 1 - XOR_Y]), "cross_entropy")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, tmp_path / "load.py"], capture_output=True, text=True, check=True
    )
    assert "dW3 like W3 (5, 2)" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("W1.csv", "1,2\n3,x\n", "W1.csv, line 2: there is something else than numbers"),
        ("W1.csv", "1,2\n3\n", "W1.csv, line 2: it has 1 number"),
        ("W1.csv", "1,inf\n", "W1.csv, line 1: a number is not finite"),
        ("W2.csv", "\n", "W2.csv: it is empty"),
        ("W2.csv", "1\n2\n", "bundle: W2 has 2 rows"),
        ("y.csv", "1\n", "bundle: y has shape"),
        ("bundle.json", "{", "bundle.json, line 1: it is not valid JSON"),
        ("bundle.json", "[]", "bundle.json: write an object"),
        ("bundle.json", '{"loss": 3}', "bundle.json: loss cannot be 3"),
        ("bundle.json", '{"version": 3}', "bundle.json: version 3 of bundles is not known here"),
        ("bundle.json", '{"layers": 9}', "bundle.json: layers cannot be 9; networks have 2 to 7"),
        ("bundle.json", '{"layers": "2"}', "bundle.json: layers cannot be '2'"),
        ("bundle.json", '{"layers": 3}', "bundle: W3.csv does not exist"),
        ("bundle.json", '{"l2": -1}', "bundle: l2 must be 0 or more"),
        ("bundle.json", '{"l2": null}', "bundle.json: l2 cannot be None"),
        ("bundle.json", '{"loss": "hinge"}', "bundle: loss 'hinge' is not one of"),
        ("X.csv", b"\xff\xfe1", "X.csv: it is not UTF-8"),
        ("X.csv", None, "bundle: X.csv does not exist"),
    ],
)
def test_a_broken_bundle_is_refused_in_one_sentence(
    bundle: Path, name: str, content: str | bytes | None, said: str
) -> None:
    (bundle / name).unlink()
    if content is not None:
        (bundle / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BundleError) as caught:
        read_bundle(bundle)
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith(".")


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"b\.zip: the file does not exist"):
        read_bundle(tmp_path / "b.zip")
    (tmp_path / "b.zip").write_bytes(b"PK no zip")
    with pytest.raises(BundleError, match="neither a folder nor a readable zip"):
        read_bundle(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("X.csv", "1")
    with pytest.raises(BundleError, match=r"y\.csv is missing"):
        read_bundle(tmp_path / "b.zip")


def test_a_file_is_read_through_the_front_door(tmp_path: Path) -> None:
    submission = read_submission(hand_in(tmp_path / "mia.m", dW1, dW2), NET)
    np.testing.assert_array_equal(submission.dW1, dW1)
    np.testing.assert_array_equal(submission.dW2, dW2)


def test_bytes_are_marked_as_their_file_is(bundle: Path, tmp_path: Path) -> None:
    given, b = Path(hand_in(tmp_path / "mia.txt", 4 * dW1, 4 * dW2)), read_bundle(bundle)
    marked = mark_bytes(b, "mia.txt", given.read_bytes())
    assert marked == mark(b, given)
    assert marked.mistakes == "missing_mean"
    assert marked.diagnosis is not None
    assert marked.diagnosis.explanations[0].mistakes == ("missing_mean",)
    assert mark_bytes(b, "mia.txt", b"\xff\x00\x12").verdict == "unreadable"
    with pytest.raises(BundleError, match=r"The bundle: it is neither a folder nor"):
        read_bundle(b"nothing")


# The command


def hand_in(path: Path, first: Array, second: Array) -> str:
    path.write_text(f"dW1 = {matlab(first)}\ndW2 = {matlab(second)}\n", encoding="utf-8")
    return str(path)


def test_the_command_marks_a_class(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = hand_in(tmp_path / "ada.m", dW1.round(5).T, dW2.round(5))
    forgot = wrong_gradients(NET, XOR_X, XOR_Y, ("missing_mean",))
    wrong = hand_in(tmp_path / "bob.m", *forgot)
    (tmp_path / "eve.csv").write_text("dW1\n1,2\n1,x\n", encoding="utf-8")
    (tmp_path / "=dan.csv").write_text("dW1\n1,2\n", encoding="utf-8")
    half = tmp_path / "half.txt"
    half.write_text(csv_text(dW2), encoding="utf-16")
    assert main([str(bundle), right]) == 0
    assert "ada.m  right to " in capsys.readouterr().out
    assert main([str(bundle), right, str(half)]) == 1
    shown = capsys.readouterr().out
    assert "half.txt  incomplete" in shown
    assert "dW2 is right, to the full precision it was given to. dW1 is missing." in shown
    assert main([str(bundle), right, wrong]) == 1
    shown = capsys.readouterr().out
    assert "bob.m  wrong" in shown
    assert "missing_mean" in shown
    assert "Divide the sum over the samples by N." in shown
    files = [wrong, *(str(tmp_path / name) for name in ("eve.csv", "=dan.csv", "gone.txt"))]
    table = tmp_path / "marks.csv"
    assert main([str(bundle), *files, "--format", "csv", "--output", str(table)]) == 1
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert [row["verdict"] for row in rows] == ["wrong", *["unreadable"] * 3]
    assert rows[0]["mistakes"] == "missing_mean"
    assert rows[1]["comment"].startswith("eve.csv, line 3: “x” is not a number")
    assert rows[2]["file"] == "'=dan.csv"
    assert "dW1 is 1×2; 3×3 is needed" in rows[2]["comment"]
    assert rows[3]["comment"].startswith("gone.txt: it cannot be read")


def test_the_verdicts_are_those_of_the_format(bundle: Path, tmp_path: Path) -> None:
    b = read_bundle(bundle)
    cut = [significant(dW, 3) for dW in (dW1, dW2)]
    small = float(f"{-np.log10(2.1 * max(np.abs(dW).max() for dW in (dW1, dW2))):.0f}")
    zeros = [np.round(dW, int(small) - 1) for dW in (dW1, dW2)]
    assert not any(dW.any() for dW in zeros)
    files = {
        "right": hand_in(tmp_path / "a.m", dW1, dW2),
        "right to 3 digits": hand_in(tmp_path / "b.m", *cut),
        "wrong": hand_in(tmp_path / "c.m", -dW1, dW2),
        "cannot be judged": hand_in(tmp_path / "d.m", *zeros),
    }
    for verdict, text in {
        "incomplete": f"dW2 = {matlab(dW2)}",
        "unreadable": "dW1 = [1 2",
    }.items():
        (tmp_path / verdict).write_text(text, encoding="utf-8")
        files[verdict] = str(tmp_path / verdict)
    for verdict, file in files.items():
        row = mark(b, file)
        assert row.verdict == verdict
        assert row.is_right is verdict.startswith("right")
        assert main([str(bundle), file]) == int(not row.is_right)
    assert HEADER == ("file", "verdict", "digits", "layout", "mistakes", "or", "comment")
    half = mark_bytes(b, "half.txt", f"dW2 = {matlab(4 * dW2)}".encode())
    assert (half.verdict, half.mistakes) == ("incomplete", "missing_mean")
    twice = mark_bytes(b, "two.txt", f"dW1 = {matlab(2 * dW1)}\ndW2 = {matlab(2 * dW2)}".encode())
    assert twice.mistakes == "factor_two"


def test_mistakes_of_different_matrices_stand_side_by_side(bundle: Path) -> None:
    """Each is worth its own share; neither is an alternative to the other."""
    first, second = ("missing_error", "missing_w2"), ("missing_output_derivative", "raw_hidden")
    one = wrong_gradients(NET, XOR_X, XOR_Y, first)[0]
    other = wrong_gradients(NET, XOR_X, XOR_Y, second)[1]
    text = f"dW1 = {one.tolist()}\ndW2 = {other.tolist()}"
    p = read_bundle(bundle)
    grade = mark_bytes(p, "mia.txt", text.encode())
    assert grade.mistakes == f"{' + '.join(first)}; {' + '.join(second)}"
    assert grade.alternatives == ""
    shares = " ".join(f"{name}=50%" for name in first)
    assert Rule.parse(f"dW1=4 dW2=6 {shares}").points(grade, p).total == 2


def test_the_command_says_what_is_wrong_with_a_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "none.zip"), "a.txt"])
    assert ended.value.code == 2
    assert "none.zip: the file does not exist" in capsys.readouterr().err


def test_the_command_marks_a_deeper_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = Network.init(2, [3, 3], 2, output_activation="softmax", seed=1)
    y = np.column_stack([XOR_Y, 1 - XOR_Y])
    (tmp_path / "deep.zip").write_bytes(write_bundle(net, XOR_X, y, "cross_entropy"))
    dW = gradients(net, XOR_X, y, "cross_entropy")
    right, half = tmp_path / "right.txt", tmp_path / "half.txt"
    texts = [f"dW{layer} = {numpy_text(W)}\n" for layer, W in enumerate(dW, start=1)]
    right.write_text("".join(texts), encoding="utf-8")
    half.write_text("".join(texts[:2]), encoding="utf-8")
    assert main([str(tmp_path / "deep.zip"), str(right)]) == 0
    assert main([str(tmp_path / "deep.zip"), str(half)]) == 1
    assert "dW3 is missing." in capsys.readouterr().out


def test_a_bundle_of_version_2_opens() -> None:
    """Written when that version was new."""
    recorded = json.loads((DATA / "saved_2" / "expected.json").read_text(encoding="utf-8"))[
        "bundle"
    ]
    found = read_bundle(DATA / "saved_2" / "bundle.zip")
    assert (found.loss, found.learning_rate, found.l2) == ("cross_entropy", 0.25, 0.01)
    assert (found.net.hidden, found.net.output) == ("relu", "softmax")
    assert [found.net.has_bias(layer) for layer in (1, 2, 3)] == [True, False, False]
    for W, expected in zip(found.net.weights, recorded["weights"], strict=True):
        assert W.tolist() == expected
    assert (found.X.tolist(), found.y.tolist()) == (recorded["X"], recorded["y"])


def test_the_command_runs(bundle: Path, tmp_path: Path) -> None:
    right = hand_in(tmp_path / "ada.m", dW1, dW2)
    command = [sys.executable, "-m", "core.checking", str(bundle), right]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].split()[:2] == ["ada.m", "right"]


LONG = {
    "beginnings without an end": ("", "\\begin{matrix}", 7200, ""),
    "one name again and again": ("", "dW1\n1,2\n", 12_500, ""),
    "dots": ("dW1 = [1 2 ", ".", 400_000, ""),
    "brackets": ("", "[1 ", 200_000, ""),
    "ends": ("", "] ", 200_000, "]]"),
    "blanks in a line": ("dW1 of mine", " ", 2_000_000, "and more"),
    "empty lines": ("dW1\n1,2\n", "\n", 2_000_000, ""),
    "rows": ("dW1\n", "1,2\n", 200_000, ""),
    "quotes": ("a", '"', 400_000, ""),
    "an R vector, a number a line": ("dW1\n", "[1] 0.1\n", 100_000, ""),
    "columns beside columns": ("dW1\n?\n", "Columns 2:\n1 1 1 1\n", 30_000, ""),
}


@pytest.mark.parametrize("case", LONG)
def test_a_long_text_takes_no_longer_than_its_length(case: str) -> None:
    """Each of these took minutes, or would, where the time grew with the square of the length."""
    before, unit, count, after = LONG[case]

    def read(times: int) -> None:
        with suppress(SubmissionError):
            submission_from_text("mia.txt", before + unit * times + after, NET)

    with limit_usage(case, len(before + unit * count + after)):
        assert_proportional(read, count)
