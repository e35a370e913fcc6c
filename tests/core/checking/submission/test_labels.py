"""What a label names."""

import pytest

from core.checking.submission.labels import name_of


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("dW1", "dW1"), ("W2_grad", "dW2"), ("grad W⁽²⁾", "dW2"), ("dC/db1", "db1"),
        ("deltaW1", "dW1"), ("W[1]", "dW1"), ("dW3", "dW3"), ("$dW2", "dW2"), ("dW0", "dW0"),
        (r"frac{\partial C}{\partial W^{(1)}}", "dW1"), (r"nabla_{W_2} C", "dW2"),
        ("Theta1_grad", "dW1"), ("D2", "dW2"), ("dW_out", "dW-1"), ("b_hidden", "db1"),
        ("0.weight", "dW@0"), ("net.fc1.bias.grad", "db@net.fc1"),
        ("nabla_b", "db*"), ("dW", "dW*"), ("grads_w", "dW*"), ("grads", "grad"),
        ("grad_vec", "grad"),
        ("grad_V", "dW@V"), ("∂L/∂U", "dW@U"), ("dC/dV", "dW@V"), ("V", None),
        ("grad of V and more", None),
        ("First layer gradients by hand", "dW1"), ("gradients of the output layer", "dW-1"),
        ("bias gradients, last layer", "db-1"), ("the first layer has 3 units", None),
        ("HW1", None), ("loss", None), ("w11", None), ("W_12", None), ("updates", None),
        ("weight decay", None), ("bias", None), ("w1 0.1 0.2", "dW1"), ("x1", None),
        ("h1 h2", None),
    ],
)  # fmt: skip
def test_a_label_means_a_name(label: str, name: str | None) -> None:
    assert name_of(label) == name
