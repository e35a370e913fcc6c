"""Single numbers, a line each, in the notations of textbooks."""

import numpy as np
import pytest

from core.checking.grading import mark_bytes
from core.checking.problem import Problem
from core.checking.submission.assembly import AssemblyError
from core.checking.submission.entries import entries, parts_of
from core.checking.submission.section import MatrixTextError
from core.network import Network
from tests.bounds import assert_proportional

NET = Network.init(2, 3, seed=4)  # 3×3 and 4×1
random = np.random.default_rng(2)
PROBLEM = Problem.of(NET, random.normal(size=(5, 2)), random.random(5))
dW1, dW2 = PROBLEM.truth


def read(text: str) -> dict[str, np.ndarray]:
    found = parts_of(entries(text), NET)
    return {
        str(part.name): np.where(
            np.isfinite(part.numbers.precision.half_unit), part.numbers.values, np.nan
        )
        for part in found
    }


def lines(form: str, layer: int, dW: np.ndarray, **starts: int) -> str:
    """A line for each weight but the biases; `form` uses l (the layer), k and j from `start`."""
    start = starts.get("start", 1)
    return "".join(
        form.format(l=layer, k=k + start, j=j + start, value=f"{dW[k, j]:.7f}") + "\n"
        for k in range(len(dW) - 1)
        for j in range(dW.shape[1])
    )


FORMS = [
    "∂C/∂w^({l})_{k}{j} = {value}",
    "∂C/∂W⁽{l}⁾{k}{j} = {value}".replace("⁽{l}⁾", "^({l})_"),
    "dW{l}({k},{j}) = {value}",
    "$\\frac{{\\partial C}}{{\\partial w^{{({l})}}_{{{k},{j}}}}} = {value}$",
    "w_{{{k}{j}}}^{{({l})}}: {value}",
]


@pytest.mark.parametrize("form", FORMS)
def test_layer_row_and_column_say_where_a_number_belongs(form: str) -> None:
    found = read(lines(form, 1, dW1) + lines(form, 2, dW2))
    np.testing.assert_allclose(found["dW1"][:-1], dW1[:-1], atol=1e-7)
    np.testing.assert_allclose(found["dW2"][:-1], dW2[:-1], atol=1e-7)
    assert np.isnan(found["dW1"][-1]).all()


def test_python_counts_from_0() -> None:
    found = read(lines("dW{l}[{k}][{j}] = {value}", 1, dW1, start=0))
    np.testing.assert_allclose(found["dW1"][:-1], dW1[:-1], atol=1e-7)
    found = read(lines("dW{l}[{k}, {j}] = {value}", 1, dW1, start=0))
    np.testing.assert_allclose(found["dW1"][:-1], dW1[:-1], atol=1e-7)


def test_unit_before_input_is_seen_by_the_shape() -> None:
    found = read(lines("w^({l})_{j}{k} = {value}", 1, dW1))
    np.testing.assert_allclose(found["dW1"][:-1], dW1[:-1], atol=1e-7)


def test_nodes_may_have_one_count_and_0_is_the_bias() -> None:
    """Inputs 1 and 2, hidden units 3 to 5, output 6."""
    text = "".join(f"w{k + 1}{j + 3} = {dW1[k, j]:.7f}\n" for k in range(2) for j in range(3))
    text += "".join(f"w{j + 3}6 = {dW2[j, 0]:.7f}\n" for j in range(3))
    text += f"w03 = {dW1[2, 0]:.7f}\nw06 = {dW2[3, 0]:.7f}\n"
    found = read(text)
    np.testing.assert_allclose(found["dW1"][:-1], dW1[:-1], atol=1e-7)
    np.testing.assert_allclose(found["dW2"], dW2, atol=1e-7)
    np.testing.assert_allclose(found["dW1"][2], [round(dW1[2, 0], 7), np.nan, np.nan])


def test_weights_in_one_count_are_those_of_one_unit_after_the_other() -> None:
    every = [*dW1[:-1].T.ravel(), *dW2[:-1].T.ravel()]
    text = "".join(f"| w{i} | {value:.7f} |\n" for i, value in enumerate(every, start=1))
    found = read(text)
    np.testing.assert_allclose(found["dW1"][:-1], dW1[:-1], atol=1e-7)
    np.testing.assert_allclose(found["dW2"][:-1], dW2[:-1], atol=1e-7)


def test_the_last_number_of_a_line_counts() -> None:
    text = "dw1 (for w1) = d1 * x1 = 0.25\ndw2 = d1 x2 = -0.5\ndw3 = 1.25e-3.\n"
    assert [entry.number for entry in entries(text)] == ["0.25", "-0.5", "1.25e-3"]


def test_what_is_right_is_right_and_what_is_missing_is_said() -> None:
    text = lines(FORMS[0], 1, dW1) + lines(FORMS[0], 2, dW2)
    found = mark_bytes(PROBLEM, "mia.txt", text.encode())
    assert found.verdict == "incomplete"
    assert "dW1 is right" in found.comment
    assert "dW1 lacks 3 numbers of 9. dW2 lacks 1 number of 4." in found.comment
    wrong = mark_bytes(PROBLEM, "mia.txt", text.replace("= ", "= -").replace("--", "").encode())
    assert wrong.mistakes == "sign"
    assert wrong.diagnosis is not None
    assert not wrong.diagnosis.right["dW1"].any()


def test_several_may_stand_in_one_line_each_with_its_label() -> None:
    found = entries("w1 = 0,1, w2 = 0.2; w3=0.3\n∂C/∂w4 = 0.4, ∂C/∂w5 = .5")
    assert [(one.first, one.number, one.line) for one in found] == [
        (1, "0,1", 1), (2, "0.2", 1), (3, "0.3", 1), (4, "0.4", 2), (5, ".5", 2),
    ]  # fmt: skip


def test_other_texts_are_no_lines_of_single_numbers() -> None:
    assert entries("dW1 = 0.5\ndW2 = 0.25") == []  # two matrices of 1×1
    assert entries("dW1 = [0.1 0.2]\nw1 = 1\nw2 = 2\nw3 = 3") == []
    assert entries("0.1, 0.2\n0.3, 0.4") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("w^(1)_91 = 1\nw^(1)_12 = 1\nw^(1)_21 = 1", "fit no matrix"),
        ("w^(1)_11 = 1\nw^(1)_11 = 2\nw^(1)_21 = 1", "a number appears twice"),
    ],
)
def test_what_fits_nothing_is_refused(text: str, said: str) -> None:
    with pytest.raises(AssemblyError, match=said):
        parts_of(entries(text), NET)


FIVE = "".join(f"w{i} = 0.{i}\n" for i in range(1, 6))


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (".05", 0.05),
        ("-.05", -0.05),
        ("−,05", -0.05),
        ("\N{EN DASH}.05", -0.05),
        ("1/8", 0.125),
        ("-1 / 8", -0.125),
        ("½", 0.5),
        ("(-.05)", -0.05),
        ("5 × 10⁻²", 0.05),
    ],
)
def test_a_number_is_read_however_it_is_written(number: str, value: float) -> None:
    assert read(f"{FIVE}w6 = {number}\n")["dW1"][1, 2] == value


@pytest.mark.parametrize("number", ["nan", "?", "inf", "δ x", "1.2.3", "1e999", "-"])
def test_a_line_whose_number_cannot_be_read_is_named(number: str) -> None:
    found = mark_bytes(PROBLEM, "mia.txt", f"{FIVE}w6 = {number}\n".encode())
    assert found.comment == f"mia.txt, line 6: “{number}” is not a number; write one there."


def test_a_bias_whose_number_cannot_be_read_is_named() -> None:
    text = "".join(f"w1{j} = 0.{j}\n" for j in range(1, 4)) + "b1 = nan\n"
    with pytest.raises(MatrixTextError, match="“nan” is not a number"):
        entries(text)


@pytest.mark.parametrize(
    "line", ["w5 = δ x", "w6+ = w6 - η δ x", "W1: hidden layer", "dW2:", "w6 =", "sum: ?"]
)
def test_formulas_headings_and_empty_places_are_left_out(line: str) -> None:
    assert len(entries(FIVE + line)) == 5
    pairs = "".join(f"w{k}{j} = 0.{k}{j}\n" for k in (1, 2) for j in (1, 2, 3))
    assert len(entries(f"W1: hidden\n{pairs}")) == 6


def table(heading: str, *rows: str) -> list[str]:
    return [one.number for one in entries("\n".join([heading, "|---|---|---|", *rows]))]


def test_a_row_of_several_numbers_is_refused() -> None:
    text = "| weight | value | updated |\n|---|---|---|\n| w1 | 0.01 | 0.15 |\n| w2 | 0.02 | 0.2 |"
    found = mark_bytes(PROBLEM, "mia.txt", text.encode())
    said = "several numbers stand in one line (“0.01 | 0.15”); keep one column of numbers"
    assert found.comment == f"mia.txt, line 3: {said}."
    with pytest.raises(MatrixTextError, match="several numbers stand in one line"):
        entries("w1: 0.1 | w2: 0.2\nw3: 0.3\nw4: 0.4")
    with pytest.raises(MatrixTextError, match="several numbers stand in one line"):
        table("| w | gradient | old gradient |", "| w1 | 0.01 | 0.15 |", "| w2 | 0.02 | 0.2 |")


@pytest.mark.parametrize("name", ["gradient", "∂C/∂w", "$\\partial C$", "dE/dw", "Derivative"])
def test_a_heading_says_which_column_has_the_gradients(name: str) -> None:
    rows = "| w1 | 0.01 | 0.15 |", "| w2 | 0.02 | 0.20 |", "| w3 | | 0.30 |"
    assert table(f"| weight | {name} | updated |", *rows) == ["0.01", "0.02"]
    assert table(f"| weight | value | {name} |", *rows) == ["0.15", "0.20", "0.30"]


def test_cells_of_words_and_formulas_stand_beside_the_number() -> None:
    rows = "| w1 | ∂C/∂o x1 | 0.01 | ok |", "| w2 | ∂C/∂o x2 | = d1 x2 = 0.02 | ok |"
    assert table("| weight | ∂C/∂w | value | |", *rows) == ["0.01", "0.02"]
    assert [one.number for one in entries("\n".join(rows))] == ["0.01", "0.02"]


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("Δw{}", "sW1"),
        ("∆w{}", "sW1"),
        ("\\Delta w_{}", "sW1"),
        ("$\\Delta w_{{{}}}$", "sW1"),
        ("Delta w{}", "sW1"),
        ("Δw⁽¹⁾₁{}", "sW1"),
        ("\\Delta w_{{1{}}}^{{(1)}}", "sW1"),
        ("w{}_step", "sW1"),
        ("w{} update", "sW1"),
        ("w{}+", "nW1"),
        ("w{}⁺", "nW1"),
        ("w_{}^+", "nW1"),
        ("w_{{{}}}^{{+}}", "nW1"),
        ("w^{{(1)}}_{{1{}}}^+", "nW1"),
        ("w_{{1{}}}^{{(1)+}}", "nW1"),
        ("w{}_new", "nW1"),
        ("w_{}^{{new}}", "nW1"),
        ("w_{{{},\\text{{new}}}}", "nW1"),
        ("new w{}", "nW1"),
        ("w{} (updated)", "nW1"),
        ("w{} after the step", "nW1"),
        ("delta_w{}", "dW1"),
        ("∂C/∂w{}", "dW1"),
        ("dw{} (for w1)", "dW1"),
    ],
)
def test_a_label_says_whether_it_is_of_a_gradient_a_step_or_a_new_weight(
    form: str, name: str
) -> None:
    text = "".join(f"{form.format(i)} = 0.{i}\n" for i in range(1, 4))
    found = read(text)
    assert list(found) == [name]
    values = found[name]
    assert sorted(values[np.isfinite(values)]) == [0.1, 0.2, 0.3]


def test_blanks_in_a_line_take_no_longer_than_their_number() -> None:
    assert_proportional(lambda blanks: entries(("-" + " " * blanks + "x\n") * 100), 290)


def test_many_lines_take_no_longer_than_their_number() -> None:
    """Of one layer, as if all of them could be in it."""
    net = Network.init(50, 40, seed=1)

    def work(size: int) -> None:
        pairs = [(k, j) for k in range(1, 51) for j in range(1, 41)][:size]
        parts_of(entries("".join(f"w^(1)_({k},{j}) = 0.1\n" for k, j in pairs)), net)

    assert_proportional(work, 2000 - 1)
