"""Uploads that nothing refers to any more: Streamlit keeps them until their tab is gone."""

from collections.abc import Iterator

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

MAX_WAITING = 10  # files that may be on their way to a widget


def remove_old_uploads() -> None:
    """Remove this tab's uploads that no widget holds, but for the latest.

    What is uploaded without any run of the script, only a proxy can limit.
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
    """Yield the ids of the files that widgets hold."""
    for value in st.session_state.values():
        files = value if isinstance(value, list) else [value]
        yield from (file.file_id for file in files if isinstance(file, UploadedFile))
