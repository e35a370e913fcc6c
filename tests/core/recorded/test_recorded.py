"""Runs follow what torch, scikit-learn and 40-digit arithmetic computed: tests/core/recorded."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.network import Network
from core.training.run import Run, Settings

RECORDED = Path(__file__).parent


def recorded(name: str) -> list[Any]:
    """Its runs, each named by its settings."""
    content = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(run, id=_id(run["settings"])) for run in content["runs"]]


def _id(settings: dict[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in settings.items())


def matrix(rows: list[list[float | str]]) -> NDArray[np.float64]:
    return np.array([[float(value) for value in row] for row in rows])


def follow(recording: dict[str, Any], tolerance: float) -> None:
    """Train as recorded; at each step written down, W1 and W2 agree, relative in norm."""
    net = Network(matrix(recording["W1"]), matrix(recording["W2"]), **recording["net"])
    run = Run(net, recording["X"], recording["y"], Settings(**recording["settings"]))
    assert recording["steps"]
    for expected in recording["steps"]:
        run.advance(expected["step"] - run.epoch)
        for name in ("W1", "W2"):
            W, V = getattr(run.network, name), matrix(expected[name])
            error = np.linalg.norm(W - V) / np.linalg.norm(V)
            assert error <= tolerance, f"{name} after {expected['step']} steps"


@pytest.mark.parametrize("recording", recorded("torch"))
def test_every_optimiser_is_torchs(recording: dict[str, Any]) -> None:
    assert recording["steps"][-1]["step"] == 200
    follow(recording, 1e-10)


@pytest.mark.parametrize("recording", recorded("scikit_learn"))
def test_a_thousand_steps_of_scikit_learn(recording: dict[str, Any]) -> None:
    assert recording["steps"][-1]["step"] == 1_000
    follow(recording, 1e-12)


@pytest.mark.parametrize("recording", recorded("mpmath"))
def test_a_thousand_steps_of_40_digits(recording: dict[str, Any]) -> None:
    assert recording["steps"][-1]["step"] == 1_000
    weights = [w for row in recording["steps"][-1]["W1"] for w in row]
    assert all(len(w.strip("-0.").replace(".", "")) == 40 for w in weights)
    follow(recording, 1e-12)


def test_the_recordings_hold_every_optimiser_with_and_without_l2() -> None:
    """And each leads somewhere else, so that following one is not following another."""
    runs = [param.values[0] for param in recorded("torch")]
    kinds = {(run["settings"]["optimizer"], run["settings"]["l2"] > 0) for run in runs}
    names = ("gd", "momentum", "nesterov", "rmsprop", "adam")
    assert kinds == {(name, decays) for name in names for decays in (False, True)}
    ends = [matrix(run["steps"][-1]["W1"]) for run in runs]
    apart = [np.linalg.norm(V - W) for i, V in enumerate(ends) for W in ends[:i]]
    assert min(apart) > 1e-3
