"""Exercises as text, in the notations of courses and programs."""

import json

import numpy as np
import pytest

from core.checking.exercise_text import MAX_LETTERS, ExerciseText, ExerciseTextError, read_exercise
from core.network import Network
from tests.bounds import assert_proportional

X = np.array([[0.05, 0.10], [0.5, -2e-3], [1.0, 0.0]])
Y = np.array([[0.01], [0.99], [0.0]])
W1 = np.array([[0.15, 0.25, -0.5], [0.2, 0.3, 1.5], [0.35, -0.35, 0.75]])
W2 = np.array([[0.4], [0.45], [-1.25], [0.6]])


def matlab(matrix: np.ndarray) -> str:
    return "[" + "; ".join(" ".join(map(repr, row)) for row in matrix.tolist()) + "]"


def latex(matrix: np.ndarray, kind: str = "pmatrix") -> str:
    rows = r" \\ ".join(" & ".join(map(repr, row)) for row in matrix.tolist())
    return rf"\begin{{{kind}}} {rows} \end{{{kind}}}"


def octave(matrix: np.ndarray) -> str:
    return "\n\n" + "\n".join("  " + "   ".join(map(repr, row)) for row in matrix.tolist()) + "\n"


def r_print(matrix: np.ndarray) -> str:
    heading = "     " + " ".join(f"[,{k + 1}]" for k in range(matrix.shape[1]))
    rows = [f"[{k + 1},] " + " ".join(map(repr, r)) for k, r in enumerate(matrix.tolist())]
    return "\n".join(["", heading, *rows, ""])


def r_named(matrix: np.ndarray) -> str:
    heading = "   " + " ".join(f"h{k + 1}" for k in range(matrix.shape[1]))
    rows = [f"x{k + 1} " + " ".join(map(repr, r)) for k, r in enumerate(matrix.tolist())]
    return "\n".join(["", heading, *rows, ""])


def whole(form: str) -> str:
    """All four matrices with their biases in them."""
    ways = {
        "numpy": lambda n, v: f"{n} = np.array({v.tolist()})  # {n}",
        "print": lambda n, v: f"{n} = {v}",
        "repr": lambda n, v: f"{n} = {v!r}",
        "torch": lambda n, v: f"{n} = torch.tensor({v.tolist()}, dtype=torch.float64)",
        "matlab": lambda n, v: f"{n} = {matlab(v)};",
        "one line": lambda n, v: f"{n} = {matlab(v)};",
        "octave": lambda n, v: f"{n} ={octave(v)}",
        "R": lambda n, v: f"{n}{r_print(v)}",
        "R list": lambda n, v: f"${n}{r_print(v)}",
        "R named": lambda n, v: f"{n}{r_named(v)}",
        "csv": lambda n, v: f"{n}\n" + "\n".join(",".join(map(repr, r)) for r in v.tolist()),
        "latex": lambda n, v: rf"${n} = {latex(v)}$",
        "bmatrix": lambda n, v: rf"\[ \mathbf{{{n}}} = {latex(v, 'bmatrix')} \]".replace(
            r"\[ ", ""
        ),
    }
    parts = {"X": X, "y": Y, "W1": W1, "W2": W2}
    return (" " if form == "one line" else "\n").join(ways[form](n, v) for n, v in parts.items())


FORMS = [
    "numpy", "print", "repr", "torch", "matlab", "one line", "octave", "R", "R list", "R named",
    "csv", "latex", "bmatrix",
]  # fmt: skip


def check(found: ExerciseText) -> None:
    for got, wanted in zip((found.X, found.y, *found.weights), (X, Y, W1, W2), strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert found.bias_input
    assert found.bias_hidden


@pytest.mark.parametrize("form", FORMS)
def test_every_notation_is_read_to_the_last_bit(form: str) -> None:
    check(read_exercise(whole(form)))


def test_json_and_a_printed_dictionary_are_read() -> None:
    parts = {"X": X.tolist(), "y": Y.tolist(), "W1": W1.tolist(), "W2": W2.tolist()}
    check(read_exercise(json.dumps(parts)))
    check(read_exercise(json.dumps(parts, indent=2)))
    check(read_exercise(str({name: np.array(value) for name, value in parts.items()})))


@pytest.mark.parametrize(
    ("names"),
    [
        ("inputs", "targets", "W_hidden", "W_output"),
        ("x", "t", "W^{(1)}", "W^{(2)}"),
        ("X_train", "y_train", "w1", "w2"),
        ("Inputs", "Y", "W⁽¹⁾", "W⁽²⁾"),
        ("X", "y", r"\mathbf{W}^{(1)}", r"\mathbf{W}^{(2)}"),
        ("X", "y", "weights_1", "weights[2]"[:7] + "_2"),
    ],
)
def test_the_usual_names_are_known(names: tuple[str, ...]) -> None:
    parts = zip(names, (X, Y, W1, W2), strict=True)
    check(read_exercise("\n".join(f"{name} = {matlab(value)}" for name, value in parts)))


def test_biases_apart_become_the_last_rows() -> None:
    text = (
        f"X = {X.tolist()}\ny = {Y.tolist()}\nW1 = {W1[:-1].tolist()}\nb1 = {W1[-1].tolist()}\n"
        f"W2 = {W2[:-1].tolist()}\nb2 = {W2[-1, 0]}"
    )
    found = read_exercise(text)
    check(found)
    assert "b1 is the last row of W⁽¹⁾." in found.notes


def test_one_bias_for_all_units_is_said() -> None:
    found = read_exercise(
        "X = [0.05 0.10]\ny = [0.01 0.99]\nW1 = [0.15 0.25; 0.2 0.3]\nb1 = 0,35\n"
        "W2 = [0.4 0.5; 0.45 0.55]\nb2 = 0.6\neta = 0.5"
    )
    assert found.weights[0].tolist() == [[0.15, 0.25], [0.2, 0.3], [0.35, 0.35]]
    assert "b1 = 0.35 is used for each of the 2 units." in found.notes
    assert "Ignored: eta. Settings are on the Train page." in found.notes


def test_without_biases_there_are_none() -> None:
    found = read_exercise(
        f"X={X.tolist()}\ny={Y.tolist()}\nW1={W1[:2].tolist()}\nW2={W2[:3].tolist()}"
    )
    assert (found.bias_input, found.bias_hidden) == (False, False)


def test_what_fits_only_transposed_is_taken_so_and_said() -> None:
    found = read_exercise(
        f"X = {X.tolist()}\ny = [0.01, 0.99, 0]\nW1 = {W1.tolist()}\nW2 = {W2.T.tolist()}"
    )
    check(found)
    assert "y is transposed to 3×1." in found.notes
    assert "W2 is transposed to 4×1." in found.notes


def test_torch_has_a_row_a_unit_also_where_the_matrix_is_square() -> None:
    square = np.array([[0.1, 0.2], [0.3, 0.4]])
    found = read_exercise(
        f"X = [0.05 0.1]\ny = [0.01 0.99]\nfc1.weight = tensor({square.tolist()})\n"
        f"fc1.bias = tensor([0.5, 0.6])\nfc2.weight = tensor({square.tolist()})\n"
        "fc2.bias = tensor([0.7, 0.8])"
    )
    assert found.weights[0].tolist() == [[0.1, 0.3], [0.2, 0.4], [0.5, 0.6]]


DEEP = Network.init(2, (3, 4, 2), 1, seed=5).weights


@pytest.mark.parametrize(
    "names", [("W1", "W2", "W3", "W4"), ("w_1", "W^{(2)}", "W⁽³⁾", "W_output"), ("Whidden", *"234")]
)
def test_any_number_of_matrices_is_read(names: tuple[str, ...]) -> None:
    labels = [name if name[0] in "wW" else f"weights{name}" for name in names]
    pairs = zip(("X", "y", *labels), (X, Y, *DEEP), strict=True)
    found = read_exercise("\n".join(f"{name} = {matlab(value)}" for name, value in pairs))
    assert (found.bias_input, found.bias_hidden) == (True, True)
    for got, wanted in zip(found.weights, DEEP, strict=True):
        np.testing.assert_array_equal(got, wanted)


THREE = Network.init(2, (3, 4), 1, seed=6).weights


@pytest.mark.parametrize(
    "names",
    [
        "W1, b_hidden, W2, b_output",
        "W_h, b1, W_o, b2",
        "W1, b1, W2, b_o",
        "fc1.weight, fc1.bias, fc2.weight, out.bias",
        "W1, b1, W2, b2, W3, b_output",
        "W_h, b1, W2, b2, W_o, b3",
        "W_h, b_h, W2, b2, W_o, b_o",
        "fc1.weight, fc1.bias, fc2.weight, fc2.bias, out.weight, fc3.bias",
    ],
)
def test_numbers_and_names_may_be_mixed(names: str) -> None:
    """A matrix of the output comes after the last number, its bias belongs to the last matrix."""
    labels = names.split(", ")
    weights = (W1, W2) if len(labels) == 4 else THREE
    apart = [part for W in weights for part in (W[:-1], W[-1:])]
    text = "".join(
        f"{label} = {matlab(part.T if label.endswith('.weight') else part)}\n"
        for label, part in zip(labels, apart, strict=True)
    )
    found = read_exercise(f"X = {matlab(X)}\ny = {matlab(Y)}\n{text}")
    for got, wanted in zip(found.weights, weights, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_square_matrices_go_the_way_of_the_others() -> None:
    found = read_exercise("X=[1 2 3]; y=[0 1]; W1=[1 2 3;4 5 6]; W2=[1 2;3 4]; W3=[5 6;7 8]")
    assert [W.tolist() for W in found.weights[1:]] == [[[1, 3], [2, 4]], [[5, 7], [6, 8]]]
    assert "W2 is transposed to 2×2." in found.notes
    as_they_are = read_exercise("X=[1 2]; y=[0 1]; W1=[1 2;3 4]; W2=[1 2;3 4]; W3=[1 2;3 4]")
    assert as_they_are.weights[1].tolist() == [[1, 2], [3, 4]]
    assert not any("both ways" in note for note in (*found.notes, *as_they_are.notes))


def test_two_directions_are_said_where_a_matrix_fits_both() -> None:
    found = read_exercise(
        "X=[1 2 3]; y=[0 1 1 1]; W1=[1 2 3;4 5 6]; W2=[1 2;3 4]; W3=[1 2 3 4;5 6 7 8]"
    )
    assert found.weights[1].tolist() == [[1, 2], [3, 4]]
    both = [note for note in found.notes if "both ways" in note]
    assert both == ["W2 fits both ways; it is read with one column per unit."]


@pytest.mark.parametrize("place", ["{}", "net.{}", "layers.{}"])
def test_the_names_of_a_sequential_are_in_their_order(place: str) -> None:
    text = "".join(
        f"{place.format(2 * at)}.{kind} = {matlab(part)}\n"
        for at, W in enumerate(THREE)
        for kind, part in (("weight", W[:-1].T), ("bias", W[-1:]))
    )
    found = read_exercise(f"X = {matlab(X)}\ny = {matlab(Y)}\n{text}")
    for got, wanted in zip(found.weights, THREE, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_a_single_number_may_have_the_name_of_torch() -> None:
    found = read_exercise("X = [1]\ny = [1]\n0.weight = 2\n2.weight = 3")
    assert [W.tolist() for W in found.weights] == [[[2]], [[3]]]


EIGHT = "X = [1]\ny = [1]\n" + "".join(f"W{n} = 1\n" for n in range(1, 8))


def test_deeper_matrices_are_transposed_and_get_their_biases() -> None:
    """Torch's, with one bias left out: a network has all of them, or none."""
    text = "".join(
        f"fc{n}.weight = {matlab(W[:-1].T)}\n" + f"fc{n}.bias = {matlab(W[-1:])}\n" * (n != 3)
        for n, W in enumerate(DEEP, start=1)
    )
    found = read_exercise(f"X = {matlab(X)}\ny = {matlab(Y)}\n{text}")
    np.testing.assert_array_equal(found.weights[1], DEEP[1])
    np.testing.assert_array_equal(found.weights[2], np.vstack([DEEP[2][:-1], [0.0, 0.0]]))
    assert "W2 is transposed to 3×4." in found.notes
    assert "The last row of W⁽³⁾ is 0, since the others have a bias." in found.notes


def test_thetas_have_a_row_a_unit_and_the_bias_first() -> None:
    thetas = [np.roll(W, 1, axis=0).T for W in (W1, W2)]
    check(read_exercise(f"X = {matlab(X)}\ny = {matlab(Y)}\nTheta1 = {matlab(thetas[0])}\n"
                        f"Theta2 = {matlab(thetas[1])}"))  # fmt: skip


def test_octaves_common_factor_is_multiplied() -> None:
    found = read_exercise("X =\n\n   1.0e-02 *\n\n   5   10\n\ny =\n\n   0.01\n")
    assert found.X.tolist() == [[0.05, 0.1]]


def test_without_weights_there_are_none() -> None:
    found = read_exercise("X = [0 0; 0 1; 1 0; 1 1]\ny = [0 1 1 0]")
    assert found.weights == ()
    assert found.y.tolist() == [[0], [1], [1], [0]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "X is missing"),
        ("y = [1]", "X is missing"),
        ("X = [1 2]", "y is missing"),
        ("X = [1 2]\nX = [1 2]\ny = 1", "Line 2: X appears twice"),
        ("y = 1\nX = np.array([[0, 255]]) / 255", "Line 2: “/ 255” stands beside a matrix"),
        ("X = [1 2]\ny = [a]", "Line 2, y: “a” is not a number"),
        ("X = [1 2]; y = [a]", "Line 1, y: “a” is not a number"),
        ("X = [1 2]; y = [1]; W1 = [1\n2\nb]; W2 = [1]", "Line 3, W1: “b” is not a number"),
        ("X = [1 2]\ny = [1_0]", "Line 2, y: “1_0” is not a number"),
        ("X = [1 2; 3]\ny = [1 2]", "Line 1, X: a row of 1 number follows one of 2"),
        ("X = np.zeros((2, 2))\ny = [1 2]", "Line 1, X: "),
        ("X = [1 nan]\ny = [1]", "is not a number"),
        ("X = []\ny = [1]", "Line 1, X: there are no numbers for X"),
        ("X = [1 2]\ny = [1 2]\nW1 = [1 2]\nb1 = 3", "W2 is missing, but W1 is given"),
        ("X = [1 2]\ny = [1]\nb1 = 3", "W1 is missing, but b1 is given"),
        ("X = [1]\ny = [1]\nW1 = 1\nW3 = 1", "W2 is missing, but W1 is given: write all to W3"),
        ("X = [1]\ny = [1]\nW1 = 1\nb1 = 1\nb_o = 1", "W2 is missing, but b2 is given"),
        ("X = [1]\ny = [1]\nW1 = 1\nW2 = 1\nb2 = 1\nb_o = 1", "W3 is missing, but b3 is given"),
        (EIGHT + "W8 = 1", "W8 is the 8th matrix; a network here has up to 7."),
        (EIGHT + "W_output = 1", "W8 is the 8th matrix; a network here has up to 7."),
        ("X = [1]\ny = [1]\nb9 = 1", "b9 belongs to the 9th matrix"),
        ("X = 1\ny = 1\n0.weight = 1\nW1 = 1", "0.weight and W1 name the same matrix"),
        ("X = [1]\ny = [1]\nW_o = 1\nW_o = 1", "Line 4: W_output appears twice"),
        ("X = [1]\ny = [1]\nW1 = 1\nW2 = [1 2 3; 4 5 6; 7 8 9]\nW3 = 1", "; each W between one"),
        ("X = [1 2 3; 4 5 6]\ny = [1 2; 3 4; 5 6]", "The shapes match in more than one way"),
        ("X = [1 2]\ny = [1]\nW1 = [1 2 3 4]\nW2 = [1]", "The shapes do not match: X 1×2"),
        (f"X = {matlab(np.ones((1, 21)))}\ny = 1", "21 inputs are too many"),
        (f"X = {matlab(np.ones((1001, 1)))}\ny = {matlab(np.ones((1001, 1)))}", "1,001 samples"),
        ("X = " + "1 " * MAX_LETTERS, "too long"),
        ("__import__('os').system('x')", "X is missing"),
    ],
)
def test_what_is_unclear_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ExerciseTextError) as caught:
        read_exercise(text)
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "unit",
    ["[", "(", "{", "X=", "X = [1 2\n", ",  ", "\\begin{pmatrix}", "[1,] ", "1e5 *\n", "$", "W1\n",
     "\\\\", "&", ";", "W", "b ", "1,", "\"'", "y: "],
)  # fmt: skip
def test_a_strangers_text_takes_time_in_proportion(unit: str) -> None:
    def refuse(size: int) -> None:
        with pytest.raises(ExerciseTextError):
            read_exercise((unit * MAX_LETTERS)[:size])

    assert_proportional(refuse, MAX_LETTERS)
