"""Paths that the tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
APP = ROOT / "app.py"
DATA = ROOT / "tests" / "data"
