"""Components that draw in the browser, and the loading of their code.

Streamlit sends a component's inline code and styles with every message. So they are sent once, by a
component that only loads them; the others are two lines that call it. The `.js` files are plain ES
modules; `index.js` is their front door. `codec` encodes the messages to them. A run as a page of
its own has another door, `run_page/index.js`.
"""

import gzip
import json
import re
from collections.abc import Mapping
from functools import cache
from itertools import chain
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent
ENTRY, LOADER, IMPORT = "index.js", "streamlit/loader.js", "modules.js"
STYLES = {  # style sheets by the function that a component calls
    "stage": ("player/stage.css",),
    "chainRule": ("chain_rule/chain_rule.css",),
    "stepThrough": (
        "step_through/step_through.css",
        "step_through/diagram/network_diagram.css",
        "step_through/script_view.css",
        "step_through/question_view.css",
    ),
    "bugLab": ("player/stage.css", "player/comparison.css"),
    "runPair": ("player/stage.css", "player/comparison.css", "runs/pair.css"),
    "landscape": ("player/stage.css", "runs/landscape.css"),
    "sweep": ("player/stage.css", "runs/sweep.css"),
    "copyLink": ("streamlit/copy_link.css",),
}


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def pack(entry: str, styles: Mapping[str, tuple[str, ...]]) -> bytes:
    """Return an entry module, all that it imports, and styles as one compressed message."""
    sheets = {name: _text(name) for name in dict.fromkeys(chain.from_iterable(styles.values()))}
    message = {"entry": entry, "modules": _modules(entry), "sheets": sheets, "styles": styles}
    # Streamlit hashes it at every run of a page: the fewer bytes, the better.
    return gzip.compress(json.dumps(message).encode(), mtime=0)


def _modules(entry: str) -> dict[str, str]:
    """Return the modules that an entry module needs, itself among them, by their paths."""
    found: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = text = _text(name)
        parent = FOLDER / Path(name).parent
        imports = ((parent / path).resolve() for path in re.findall(r'from "(\.[^"]+)"', text))
        waiting += [path.relative_to(FOLDER.resolve()).as_posix() for path in imports]
    return found


@cache
def _code() -> bytes:
    return pack(ENTRY, STYLES)


def _call(function: str) -> str:
    return f"""
const shared = (globalThis.chainscope ??= Promise.withResolvers());
export default (component) => shared.promise.then((call) => call("{function}", component));
"""


# What the stage, two runs or the landscape take at least, also before their code has drawn them
# and while the stage is presented: what is below does not jump.
RESERVE = ":host { display: block; min-height: 31rem; }\n"

_loader = st.components.v2.component("chainscope_loader", js=_text(IMPORT) + _text(LOADER))

stage = st.components.v2.component("chainscope_stage", js=_call("stage"), css=RESERVE)
chain_rule = st.components.v2.component("chainscope_chain_rule", js=_call("chainRule"))
step_through = st.components.v2.component("chainscope_step_through", js=_call("stepThrough"))
bug_film = st.components.v2.component("chainscope_bug_film", js=_call("bugLab"))
run_pair = st.components.v2.component("chainscope_run_pair", js=_call("runPair"), css=RESERVE)
landscape = st.components.v2.component("chainscope_landscape", js=_call("landscape"), css=RESERVE)
sweep = st.components.v2.component("chainscope_sweep", js=_call("sweep"))
follow = st.components.v2.component("chainscope_follow", js=_call("follow"))
link = st.components.v2.component("chainscope_link", js=_call("copyLink"))


def load_code() -> None:
    """Load the modules into the browser; called below every page, it takes no space."""
    _loader(key="code", data=_code(), height=1, on_back_change=lambda: None)
