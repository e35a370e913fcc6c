"""The largest paths, found layer by layer, are those of a search through all of them."""

import json
import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from core.chain import MatrixChain, largest_paths, path_count
from core.network import Network
from tests.core.oracles import Problem, deep_problems
from tests.paths import DATA

MOST = 4
CASES = json.loads((DATA / "paths.json").read_text("utf-8"))["cases"]  # the browser's, too


def chain_of(p: Problem, layer: int) -> MatrixChain:
    return MatrixChain(p.net, p.net.forward(p.X), p.y, p.loss, layer)


def all_paths(
    chain: MatrixChain, row: int, column: int
) -> dict[tuple[tuple[int, ...], int], float]:
    """Every path's product for the first sample, multiplied out from the weight to the cost."""
    net, layer = chain.net, chain.layer
    slopes = [factor.value[0] for factor in chain.between if factor.kind == "diagonal"][::-1]
    sizes = [range(columns) for _, columns in net.shapes[layer:-1]]
    found = {}
    for later in product(*sizes):
        units = (column, *later)
        for o in range(net.outputs):
            value = chain.weight.value[0, row] * chain.dC_dO[0, o]
            for slope, unit in zip(slopes, units, strict=True):
                value *= slope[unit]
            for at, (source, to) in enumerate(zip(units, (*later, o), strict=True)):
                value *= net.weights[layer + at][source, to]
            found[units, o] = float(value)
    return found


@settings(deadline=None, max_examples=60)
@given(deep_problems())
def test_the_largest_are_those_of_a_search_through_all(p: Problem) -> None:
    for layer in range(1, p.net.layers):
        chain = chain_of(p, layer)
        every = all_paths(chain, 0, 0)
        assert path_count(chain) == len(every)
        for output in (None, *range(p.net.outputs)):
            through = {at: q for at, q in every.items() if output in (None, at[1])}
            sizes = sorted((abs(q) for q in through.values()), reverse=True)[:MOST]
            found = largest_paths(chain, 0, 0, 0, MOST, output)
            assert [abs(path.product) for path in found] == pytest.approx(sizes, rel=1e-12)
            for path in found:
                assert path.product == pytest.approx(through[path.units, path.output], rel=1e-12)
            assert len({(path.units, path.output) for path in found}) == len(found)


@settings(deadline=None, max_examples=30)
@given(deep_problems())
def test_all_paths_add_up_to_the_contribution(p: Problem) -> None:
    for layer in range(1, p.net.layers + 1):
        chain = chain_of(p, layer)
        paths = largest_paths(chain, 0, 0, 0, 100_000)
        contribution = chain.contributions(0, 0)[0]
        scale = math.fsum(abs(path.product) for path in paths)
        total = math.fsum(path.product for path in paths)
        assert total == pytest.approx(math.fsum(contribution), rel=1e-12, abs=1e-12 * scale)


def test_a_weight_of_the_last_matrix_has_one_path() -> None:
    net = Network.init(2, [3, 4], 2)
    chain = chain_of(Problem(net, np.ones((3, 2)), np.zeros((3, 2))), 3)
    (path,) = largest_paths(chain, 1, 2, 1, MOST)
    assert (path.units, path.output) == ((), 1)
    assert path.product == chain.contributions(2, 1)[1, 1]
    assert path_count(chain) == 1


def test_so_many_paths_are_not_tried_one_by_one() -> None:
    net = Network.init(2, [64] * 6, 3)
    chain = chain_of(Problem(net, np.ones((1, 2)), np.zeros((1, 3))), 1)
    assert path_count(chain) == 64**5 * 3
    paths = largest_paths(chain, 0, 0, 5, 10)
    assert len(paths) == 10
    assert {path.units[0] for path in paths} == {5}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_paths_and_their_order_are_those_of_the_browser(case: dict[str, Any]) -> None:
    """The table has zeros and ties; `tests/browser/modules/chain_rule/paths.test.js` reads it."""
    net = Network(*case["weights"], hidden=case["hidden"], output="identity")
    p = Problem(net, np.array([case["x"]]), np.array([case["y"]]), "mse")
    chain = chain_of(p, 1)
    slopes = [factor.value[0].tolist() for factor in chain.between[1::2]][::-1]
    inputs = [rows[0].tolist() for rows in chain.forward.inputs]
    for found, stated in zip((*slopes, *inputs), (*case["slopes"], *case["inputs"]), strict=True):
        assert found == pytest.approx(stated, rel=1e-12)
    assert chain.dC_dO[0].tolist() == pytest.approx(case["dC_dO"], rel=1e-12)
    for asked in case["asked"]:
        layer, row, column = asked["weight"].values()
        paths = largest_paths(chain_of(p, layer), 0, row, column, asked["most"], asked["output"])
        stated = asked["paths"]
        assert [[*path.units, path.output] for path in paths] == [of["units"] for of in stated]
        products = [path.product for path in paths]
        assert products == pytest.approx([of["product"] for of in stated], rel=1e-12)


def test_a_product_that_is_no_number_counts_as_0() -> None:
    W2, W3 = np.array([[0, 0, 1], [0, 0, 0]]), np.array([[1e308], [1], [1], [0]])
    net = Network([[1], [1], [0]], W2, W3, hidden="identity", output="identity")
    chain = chain_of(Problem(net, np.zeros((1, 2)), -np.ones((1, 1)), "mse"), 1)
    paths = largest_paths(chain, 0, 2, 0, 3)
    assert [path.units for path in paths] == [(0, 2), (0, 0), (0, 1)]
    assert math.isnan(paths[1].product)
