"""How the tests run: coverage of core's tests only, flakes reported.

That two processes collect the same tests in the same order, `pytest -n 2` sees to itself.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import Coverage

from tests.paths import ROOT

# Fails in the process that runs it first, and passes in the next attempt.
FLAKY = """
import pytest
from pathlib import Path

def fail_at_first(name):
    seen = Path(__file__).with_name(name)
    if not seen.exists():
        seen.touch()
        pytest.fail("no frame came")

@pytest.mark.browser
def test_drawn(): fail_at_first("drawn")

@pytest.mark.browser
def test_never(): pytest.fail("it never does")

def test_computed(): fail_at_first("computed")
"""


def run(*arguments: str | Path, **environment: str) -> str:
    """Return the output of pytest in a separate process."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    settings = {**os.environ, "PYTEST_ADDOPTS": "", **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    return done.stdout


def test_coverage_is_measured_for_cores_own_tests_alone() -> None:
    assert Coverage.current() is None


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_browser_test_alone_is_run_once_more_and_named_at_the_end(
    tmp_path: Path, workers: str
) -> None:
    file = tmp_path / "test_flaky.py"
    file.write_text(FLAKY)
    written = run("-c", "pyproject.toml", "-p", "tests.conftest", "-n", workers, file)
    assert re.search(r"\b2 failed, 1 passed, 2 rerun\b", written), written
    _, _, summary = written.partition("FLAKY: failed, then run once more")
    named = re.findall(r"^\S*::(\w+), in its call$", summary, re.MULTILINE)
    assert sorted(named) == ["test_drawn", "test_never"]
    assert "no frame came" in summary
