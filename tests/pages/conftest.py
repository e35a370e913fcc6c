"""What holds for all tests that drive pages."""

from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import local_script_runner

from pages.ui.state import collector, fair_share

SECONDS_BETWEEN_ALL = 300  # all that the tests have loaded is searched for garbage, too


@pytest.fixture(scope="session", autouse=True)
def _runs_begin_at_once() -> Iterator[None]:
    """Else AppTest looks for components in every package and compiles the script for each run."""
    search = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", search)
        patch.setattr(local_script_runner, "ScriptCache", cache(ScriptCache))
        patch.setattr(collector, "SECONDS_BETWEEN_ALL", SECONDS_BETWEEN_ALL)
        yield


@pytest.fixture(autouse=True)
def _priority_stays(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What computes in the tests' own thread must not lower its priority: that is for good."""
    if "test_fair_share" not in request.node.nodeid:
        monkeypatch.setattr(fair_share, "_lower_priority", lambda: None)
