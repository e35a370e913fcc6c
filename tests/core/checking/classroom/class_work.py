"""A problem, its bundle, and what students hand in for it."""

from pathlib import Path

from core.checking.assignment import write_bundle
from core.checking.grading import Grade, mark_bytes
from core.checking.problem import Problem
from core.gradients import gradients
from core.network import Network
from tests.core.oracles import XOR_X, XOR_Y, Array

NET = Network.init(2, 3, seed=1)
PROBLEM = Problem.of(NET, XOR_X, XOR_Y, learning_rate=0.5)
dW1, dW2 = gradients(NET, XOR_X, XOR_Y)


def answer(**matrices: Array) -> str:
    return "\n".join(f"{name} = {matrix.tolist()!r}" for name, matrix in matrices.items())


def grade(name: str = "mia.txt", /, **matrices: Array) -> Grade:
    return mark_bytes(PROBLEM, name, answer(**matrices).encode())


def hand_in(path: Path, **matrices: Array) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(answer(**matrices), encoding="utf-8")
    return str(path)


def bundle_in(folder: Path) -> str:
    path = folder / "bundle.zip"
    path.write_bytes(write_bundle(NET, XOR_X, XOR_Y, learning_rate=0.5))
    return str(path)
