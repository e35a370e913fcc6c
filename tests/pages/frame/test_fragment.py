"""A fragment that runs again too early hides nothing else of its page."""

from collections.abc import Iterator
from copy import copy

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest, element_tree, local_script_runner

from tests.pages.driving import open_app, switch_on
from tests.paths import ROOT

PAGES = ROOT / "pages"
Place = tuple[int, ...]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[ForwardMsg]:
    """What the latest run sent to the browser."""
    messages: list[ForwardMsg] = []
    parse = element_tree.parse_tree_from_messages

    def kept(found: list[ForwardMsg]) -> element_tree.ElementTree:
        messages[:] = found
        return parse(found)

    monkeypatch.setattr(local_script_runner, "parse_tree_from_messages", kept)
    return messages


def fragments(messages: list[ForwardMsg]) -> set[str]:
    return {message.delta.fragment_id for message in messages} - {""}


def moved(messages: list[ForwardMsg], fragment: str) -> Iterator[Place]:
    """What moves up where that fragment runs before these messages were sent."""
    queue = ForwardMsgQueue()
    for message in messages:
        queue.enqueue(copy(message))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[fragment])
    paths = [tuple(m.metadata.delta_path) for m in queue.flush() if m.HasField("delta")]
    there = {path[:length] for path in paths for length in range(1, len(path) + 1)}
    given = set(paths)
    for path in there:
        before = (*path[:-1], path[-1] - 1)
        if path[-1] and len(path) > 1 and before not in given:
            yield path


def pages(app: AppTest) -> Iterator[AppTest]:
    yield switch_on(app, "explore")
    for name in ("dataset", "chain-rule", "gradient-check", "predict", "save", "the-derivation"):
        yield app.switch_page(f"pages/{name}.py").run()


def test_what_follows_a_fragment_stays_where_it_is(sent: list[ForwardMsg]) -> None:
    found: set[str] = set()
    for page in pages(open_app()):
        assert not page.exception
        for fragment in fragments(sent):
            assert not [*moved(sent, fragment)]
        found |= fragments(sent)
    assert len(found) > 4


def test_every_fragment_has_a_container_of_its_own() -> None:
    bare = [path.name for path in PAGES.rglob("*.py") if "st.fragment" in path.read_text("utf-8")]
    assert bare == ["fragment.py"]
