"""With `pytest -n 2` one process drives the browser while the other runs the rest."""

import os
from functools import cache
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

STANDS_BACK = 5  # of 19: a browser has frames to keep


class BrowserApart(LoadScopeScheduling):  # type: ignore[misc]
    """Gives out the browser's tests together and first, since they take longest; others by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "browser" if file.startswith("tests/browser/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Have xdist share the tests out so."""
    config.option.loadscopereorder = False  # as collected: the browser's are the first
    return BrowserApart(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the process that drives the browser go before the other one."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.get_closest_marker("browser"):
        _stand_back()


@cache
def _stand_back() -> None:
    os.nice(STANDS_BACK)
