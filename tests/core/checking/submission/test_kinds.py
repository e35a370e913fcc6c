"""What a text names besides gradients: new weights, steps, the cost."""

import pytest

from core.checking import diagnose_quantities
from core.checking.submission import SubmissionError, submission_from_text
from core.checking.submission.labels import name_of
from core.gradients import cost, gradients
from tests.core.checking.quantity.hand_in import NET, judge, problem, text
from tests.core.oracles import XOR_X, XOR_Y


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("W1_new", "nW1"), ("new_W1", "nW1"), ("W1_updated", "nW1"), ("updated W1", "nW1"),
        ("W1⁺", "nW1"), ("W1 after", "nW1"), ("W⁽¹⁾ ← ", "nW1"), ("b1_new", "nb1"),
        ("W⁽¹⁾ ← W⁽¹⁾ − η ∂C/∂W⁽¹⁾", "nW1"), ("new_weights", "nW*"), ("Theta1_new", "nW1"),
        ("ΔW1", "sW1"), ("Delta W1", "sW1"), (r"\Delta W^{(2)}", "sW2"), ("dW1_step", "sW1"),
        ("step_W1", "sW1"), ("W1_step", "sW1"), ("update W1", "sW1"), ("Δb2", "sb2"),
        ("Delta_W1 step", "sW1"), ("W1 after one step", "nW1"), ("ΔW", "sW*"),
        ("deltaW1", "dW1"), ("delta_W1", "dW1"), ("DeltaW1", "dW1"), ("W1", "dW1"),
        ("dW1 after backprop", "dW1"), ("W1.grad after", "dW1"), ("dW1 at step 3", "dW1"),
        ("dW1_new", "dW1"), ("updates", None), ("step", None), ("loss", None),
    ],
)  # fmt: skip
def test_a_label_names_a_quantity(label: str, name: str | None) -> None:
    assert name_of(label) == name


@pytest.mark.parametrize(
    "line",
    [
        "C = {:.4f}", "loss: {:.4f}", "E_total = {:.4f}", "# cost = {:.6f}  (before)",
        r"$J(\theta) = {:.4f}$", "mean loss = {:.4e}", "cost: tensor({:.4f}, dtype=torch.float64)",
        "C(W) ≈ {:.4f}", "Mia\nC = {:.4f}\nthat is all",
    ],
)  # fmt: skip
def test_a_line_gives_the_cost(line: str) -> None:
    submission = submission_from_text("mia.txt", line.format(cost(NET, XOR_X, XOR_Y)), NET)
    assert [one.name for one in submission.others] == ["C"]
    assert all(diagnosis.correct for diagnosis in diagnose_quantities(problem(), submission.others))


def test_a_file_without_these_labels_is_what_it_was() -> None:
    dW1, dW2 = gradients(NET, XOR_X, XOR_Y)
    lines = "loss = np.mean(E)\nC = 3\n" + text([dW1, dW2], "dW{}")
    assert judge(problem(), lines).verdict == "right"
    assert submission_from_text("a.txt", lines, NET).others == ()
    several = "".join(f"loss = {value}\n" for value in (0.3, 0.2)) + text([dW1, dW2], "dW{}")
    grade = judge(problem(), several)
    assert grade.verdict == "right"
    assert "C appears several times" in grade.layout
    with pytest.raises(SubmissionError, match="C appears several times"):
        submission_from_text("a.txt", "loss = 0.3\nloss = 0.2", NET)


def test_errors_have_the_names_of_the_sentences() -> None:
    with pytest.raises(SubmissionError, match="no numbers for W1 after the step"):
        submission_from_text("a.txt", "W1_new =\n\nΔW2 = [1]", NET)
    with pytest.raises(SubmissionError, match="ΔW2 appears twice"):
        submission_from_text("a.txt", "ΔW2 = [1]\nDelta W2 = [2]", NET)
    assert judge(problem(), "W1_new = [1 2]").comment.startswith(
        "mia.txt: W1 after the step is 1×2; 3×3 is needed"
    )
