"""With `pytest -n 2` one process drives the browser while the other runs the rest."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]


class BrowserApart(LoadScopeScheduling):  # type: ignore[misc]
    """Gives out the browser's tests together and first, since they take longest; others by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "browser" if file.startswith("tests/browser/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Have xdist share the tests out so."""
    config.option.loadscopereorder = False  # as collected: the browser's are the first
    return BrowserApart(config, log)
