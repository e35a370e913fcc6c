"""Settings of all tests: distribution over processes, coverage, random examples, report of flakes.

With `pytest -n 2` one process drives the browser while the other runs the rest. At the end each has
a browser, and they share out the files of the tests that do not depend on timing.
"""

import gc
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

HERE = Path(__file__).parent
BROWSER, CORE = HERE / "browser", HERE / "core"
ORDER = (BROWSER, HERE / "test_house.py", HERE / "test_running.py", HERE / "pages", CORE)
AT_ANY_PACE = (
    *("accessibility", "chain_rule", "check_my_gradients", "data_views", "dataset", "deploy"),
    *("first_screen_chain_rule", "further", "pages", "processes", "strangers"),
    *("the_derivation", "touch", "typing"),
)
ANY_PACE_FILES = {BROWSER / f"test_{name}.py" for name in AT_ANY_PACE}
MAIN = sys.modules["__main__"]
NICENESS = 5  # of 19: a browser must not drop frames
MEASURED = 3  # cases of a parametrised test: the others run the same lines again

_cases: Counter[str] = Counter()
# Else torch's threads take both cores while they wait for one another: ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.pop("CHAINSCOPE_STORE", None)  # whoever runs the tests may have one
settings.load_profile("ci")  # the same examples everywhere, as in CI


class BrowserScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Distribution by file, in order; browser tests that depend on timing are together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        path = HERE.parent / file
        return "browser" if path.parent == BROWSER and path not in ANY_PACE_FILES else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Return the scheduler for xdist."""
    config.option.loadscopereorder = False
    return BrowserScheduling(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give the process that drives the browser priority over the other one."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.get_closest_marker("browser"):
        _lower_priority()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure coverage for core's own quick tests only: it would slow others down to half.

    Random examples, and a test's further cases, run the same lines many times over, so they are not
    measured either.
    """
    examples = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    quick = _is_of(CORE, item.path) and not (examples or item.get_closest_marker("slow"))
    traced = quick and _count_case(item) <= MEASURED
    stopped: list[Coverage] = []
    while not traced and (coverage := Coverage.current()):  # below xdist's own there is another
        coverage.stop()
        stopped.append(coverage)
    try:
        return (yield)
    finally:
        for coverage in reversed(stopped):
            coverage.start()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes after their argument: their contents may differ between processes."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _leave_the_main_module() -> Iterator[None]:
    """Put back the main module, which AppTest replaces by the app: new processes would run it."""
    sys.modules["__main__"] = MAIN
    yield
    sys.modules["__main__"] = MAIN


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage meanwhile, nor later among modules and tests: they stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first, so that both processes end together; let a browser test fail once."""
    items.sort(key=_place)
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@cache
def _is_of(part: Path, path: Path) -> bool:
    """Return whether a file is that one or below that folder."""
    return part in (path, *path.parents)


def _count_case(item: pytest.Item) -> int:
    """Return how many cases of its function there were, with this one."""
    function = item.nodeid.partition("[")[0]
    _cases[function] += 1
    return _cases[function]


def _place(item: pytest.Item) -> int:
    """Return the rank of a test's module; browser tests that pass at any pace are last."""
    return _place_of(item.path)


@cache
def _place_of(path: Path) -> int:
    if path in ANY_PACE_FILES:
        return len(ORDER)
    return next((i for i, part in enumerate(ORDER) if _is_of(part, path)), len(ORDER))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Report each test that was run once more, and why: it needs repair even if the run passes."""
    failures = terminalreporter.getreports("rerun")
    if failures:
        terminalreporter.section("FLAKY: failed, then run once more", red=True, bold=True)
    for failure in failures:
        terminalreporter.write_line(f"{failure.nodeid}, in its {failure.when}", bold=True)
        terminalreporter.write_line(failure.longreprtext)


@cache
def _lower_priority() -> None:
    os.nice(NICENESS)
