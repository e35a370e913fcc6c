"""Settings as one value: their ranges and defaults."""

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from core.training.settings import MAX_EPOCHS, Settings


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be a positive number, not 0.0"),
        ({"learning_rate": -1.0}, "learning_rate must be a positive number, not -1.0"),
        ({"learning_rate": np.nan}, "learning_rate must be a positive number, not nan"),
        ({"learning_rate": np.inf}, "learning_rate must be a positive number, not inf"),
        ({"optimizer": "lbfgs"}, "optimizer 'lbfgs' is not one of gd"),
        ({"loss": "hinge"}, "loss 'hinge' is not one of half_mse"),
        ({"l2": -0.1}, "l2 must be 0 or more, not -0.1"),
        ({"l2": np.nan}, "l2 must be 0 or more, not nan"),
        ({"epochs": -1}, f"epochs must be from 0 to {MAX_EPOCHS}, not -1"),
        ({"epochs": MAX_EPOCHS + 1}, f"epochs must be from 0 to {MAX_EPOCHS}"),
    ],
)
def test_a_value_outside_its_range(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**changed)


def test_the_defaults() -> None:
    how = Settings()
    assert (how.learning_rate, how.optimizer, how.batch_size) == (0.5, "gd", None)
    assert (how.loss, how.l2, how.epochs) == ("half_mse", 0.0, 10_000)


def test_they_are_frozen() -> None:
    name = "learning_rate"
    with pytest.raises(FrozenInstanceError):
        setattr(Settings(), name, 1.0)
