"""What holds for all tests that drive pages."""

from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from pages.ui.state import fair_share


@pytest.fixture(scope="session", autouse=True)
def _packages_are_searched_once() -> Iterator[None]:
    """Else AppTest looks for components in every package before each run: half of its time."""
    search = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", search)
        yield


@pytest.fixture(autouse=True)
def _priority_stays(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What computes in the tests' own thread must not lower its priority: that is for good."""
    if "test_fair_share" not in request.node.nodeid:
        monkeypatch.setattr(fair_share, "_lower_priority", lambda: None)
