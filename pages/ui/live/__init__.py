"""The components that draw in the browser, and how their code gets there.

Streamlit sends a component's inline code and styles with every message, so they go once, through a
component that only loads them; the live ones are two lines that call it. The `.js` files are plain
ES modules, with `index.js` as their front door.
"""

import gzip
import json
from functools import cache
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent
ENTRY, LOADER = "index.js", "streamlit/loader.js"
STYLES = {  # of each function that the components call
    "stage": ("player/stage.css",),
    "chainRule": ("chain_rule/chain_rule.css",),
    "bugFilm": ("player/stage.css", "player/bug_lab.css"),
    "link": ("streamlit/copy_link.css",),
}


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def _code() -> bytes:
    """Return all modules and styles in one message, put together and compressed once a process."""
    names = (path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js"))
    modules = {name: _text(name) for name in names if name != LOADER}
    styles = {function: "".join(map(_text, names)) for function, names in STYLES.items()}
    message = {"entry": ENTRY, "modules": modules, "styles": styles}
    # Streamlit hashes it anew at every run of a page: the fewer bytes, the better.
    return gzip.compress(json.dumps(message).encode(), mtime=0)


def _call(function: str) -> str:
    return f"""
const shared = (globalThis.chainscope ??= Promise.withResolvers());
export default (component) => shared.promise.then((call) => call("{function}", component));
"""


_loader = st.components.v2.component("chainscope_loader", js=_text(LOADER))

stage = st.components.v2.component("chainscope_stage", js=_call("stage"))
chain_rule = st.components.v2.component("chainscope_chain_rule", js=_call("chainRule"))
bug_film = st.components.v2.component("chainscope_bug_film", js=_call("bugFilm"))
follow = st.components.v2.component("chainscope_follow", js=_call("follow"))
link = st.components.v2.component("chainscope_link", js=_call("link"))


def load_code() -> None:
    """Bring the modules into the browser; below every page: it takes no room."""
    _loader(key="code", data=_code(), height=1, on_back_change=lambda: None)
