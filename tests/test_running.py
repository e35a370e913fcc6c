"""How the tests run: the same ones in every process, no other traced than core's, flakes named."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import Coverage

ROOT = Path(__file__).parents[1]
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
    """What pytest writes in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    settings = {**os.environ, "PYTEST_ADDOPTS": "", **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    return done.stdout


@pytest.mark.slow
def test_another_process_collects_the_same_tests_in_the_same_order(
    request: pytest.FixtureRequest,
) -> None:
    """Or two workers would collect different ones, and nothing would run."""
    here = [item.nodeid for item in request.session.items]
    written = run("--collect-only", PYTHONHASHSEED="13")
    there = [line for line in written.splitlines() if "::" in line]
    assert [name for name in there if name in {*here}] == here


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
