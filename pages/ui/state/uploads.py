"""Removal of unreferenced uploads, which Streamlit keeps until their tab is closed."""

from collections.abc import Iterator

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

MAX_WAITING = 10  # files that a widget may be about to refer to


def remove_old_uploads() -> None:
    """Remove this tab's uploads that no widget refers to, except the latest ones.

    Only a proxy can limit uploads between two script runs.
    """
    context = get_script_run_ctx()
    manager = context.uploaded_file_mgr if context else None
    if context is None or not isinstance(manager, MemoryUploadedFileManager):
        return
    uploaded = list(manager.file_storage.get(context.session_id, ()))
    if len(uploaded) <= MAX_WAITING:
        return
    held = set(_referenced_ids())
    for file in [one for one in uploaded if one not in held][:-MAX_WAITING]:
        manager.remove_file(context.session_id, file)


def _referenced_ids() -> Iterator[str]:
    """Yield the ids of the files that widgets refer to."""
    for value in st.session_state.values():
        files = value if isinstance(value, list) else [value]
        yield from (file.file_id for file in files if isinstance(file, UploadedFile))
