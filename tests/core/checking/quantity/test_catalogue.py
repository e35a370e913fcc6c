"""Each identifier of a mistake in a step or in the cost is one of the catalogue of mistakes."""

import pytest

from core.checking.mistakes import BY_IDENTIFIER, wrong_gradients
from core.checking.quantity.catalogue import OF_COSTS, OF_RULES, OF_UPDATES
from tests.core.checking.quantity.hand_in import NET
from tests.core.oracles import XOR_X, XOR_Y


def test_every_identifier_is_one_of_the_catalogue() -> None:
    assert {*OF_UPDATES, *OF_RULES} <= {*BY_IDENTIFIER}
    assert {*OF_COSTS} <= {*BY_IDENTIFIER}
    with pytest.raises(KeyError):
        wrong_gradients(NET, XOR_X, XOR_Y, ("adam_t",))
