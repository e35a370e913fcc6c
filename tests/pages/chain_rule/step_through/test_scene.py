"""Arrays that the browser gets for the step through."""

import numpy as np
import pytest

from pages.ui.chain_rule.step_through.scene import StepRequest, answer
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.pages.unpacking import decode


@pytest.mark.parametrize(("hidden", "names"), [((3,), "H Z"), ((4, 3), "H1 Z1 H2 Z2")])
def test_the_units_have_their_values_with_the_new_weights(
    hidden: tuple[int, ...], names: str
) -> None:
    session = Session()
    session.use(Draft.of_sample("iris"), Architecture(hidden=hidden, output_activation="softmax"))
    session.run.advance(6)
    session.report(3, playing=False)
    session.stop = "X"
    header, arrays = decode(answer(session, StepRequest()))
    update = session.run.update(3)
    assert update.after is not None
    first, count = header["first"], len(arrays["X"])
    forward = update.after.forward(session.run.X[first : first + count])
    expected = [a for pair in zip(forward.sums, forward.values, strict=True) for a in pair]
    for name, array in zip([*names.split(), "O", "y_hat"], expected, strict=True):
        np.testing.assert_array_equal(arrays[f"new_{name}"], array)
