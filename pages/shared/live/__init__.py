"""The components that draw in the browser, and how their code gets there.

Streamlit sends a component's inline code with every message, so the code goes once, through a
component that only loads it; the live ones are two lines that call it. The `.js` files are plain
ES modules, with `index.js` as their front door.
"""

import gc
from functools import cache
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent
ENTRY = "index.js"

CALL = """
const shared = (globalThis.chainscope ??= Promise.withResolvers());
export default (component) => shared.promise.then((code) => code.{function}(component));
"""


@cache
def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def _modules() -> dict[str, str]:
    return {path.name: _text(path.name) for path in FOLDER.glob("*.js") if path.name != "loader.js"}


_loader = st.components.v2.component("chainscope_loader", js=_text("loader.js"))

stage = st.components.v2.component(
    "chainscope_stage",
    js=CALL.replace("{function}", "stage"),
    css=_text("stage.css"),
)

chain_rule = st.components.v2.component(
    "chainscope_chain_rule",
    js=CALL.replace("{function}", "chainRule"),
    css=_text("chain_rule.css"),
)

bug_film = st.components.v2.component(
    "chainscope_bug_film",
    js=CALL.replace("{function}", "bugFilm"),
    css=_text("stage.css") + _text("bug_lab.css"),
)

link = st.components.v2.component(
    "chainscope_link",
    js=CALL.replace("{function}", "link"),
    css=_text("link.css"),
)


@st.cache_resource
def _quicken() -> None:
    """Once a process: spare the garbage collection after every run its 57 ms for plotly, pandas."""
    gc.collect()
    gc.freeze()


def load_code() -> None:
    """Bring the modules into the browser; below every page: it takes no room."""
    _quicken()
    modules = {"entry": ENTRY, "modules": _modules()}
    _loader(key="code", data=modules, height=1, on_back_change=lambda: None)
