"""What a tab uploads again and again does not pile up."""

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from pages.ui.state import uploads
from pages.ui.state.uploads import MAX_WAITING, remove_old_uploads


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Streamlit's own, with 50 files of this tab and one of another."""
    files = MemoryUploadedFileManager("/upload")
    for number in range(50):
        files.add_file("mine", UploadedFileRec(f"{number}", "a.csv", "text/csv", b"a,b"))
    files.add_file("another's", UploadedFileRec("0", "b.csv", "text/csv", b"c,d"))
    context = SimpleNamespace(uploaded_file_mgr=files, session_id="mine")
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: context)
    return files


def test_those_that_no_widget_holds_go_but_for_the_latest(
    manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [
        UploadedFile(manager.get_files("mine", [f"{number}"])[0], FileURLs()) for number in (3, 4)
    ]
    monkeypatch.setattr(st, "session_state", {"one": held[0], "some": [held[1]], "text": "no"})
    remove_old_uploads()
    left = [*map(str, (3, 4)), *map(str, range(50 - MAX_WAITING, 50))]
    assert list(manager.file_storage["mine"]) == left
    assert list(manager.file_storage["another's"]) == ["0"]


def test_a_few_stay(manager: MemoryUploadedFileManager) -> None:
    for number in range(MAX_WAITING, 50):
        manager.remove_file("mine", f"{number}")
    remove_old_uploads()
    assert len(manager.file_storage["mine"]) == MAX_WAITING
