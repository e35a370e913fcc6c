"""The page as one HTML file: text, styles, modules and the run; it asks for nothing else."""

import gzip
import tomllib
from base64 import b64encode
from functools import cache
from pathlib import Path

from markupsafe import Markup

from core.utils.templates import Templates
from pages.ui.live import STYLES, pack
from pages.ui.live.codec import encode
from pages.ui.save.page.content import PageContent, run_arrays, run_header
from pages.ui.save.page.stage import stage_part
from pages.ui.save.page.step import step_arrays, step_part

HERE = Path(__file__).parent
THEME = HERE.parents[3] / ".streamlit" / "config.toml"
ENTRY = "run_page/index.js"
PARTS = ("stage", "chainRule", "stepThrough")
POLICY = (  # what the page may load: nothing but itself
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
TEMPLATES = Templates(HERE / "templates")


def document(of: PageContent) -> str:
    """Return the page as HTML."""
    return TEMPLATES.render(
        "page.html",
        title=of.shown.experiment.source.title,
        policy=POLICY,
        style=Markup(theme() + (HERE / "page.css").read_text(encoding="utf-8")),
        modules=_modules(),
        run=b64encode(gzip.compress(message(of), mtime=0)).decode(),
        script=Markup(_script()),
        of=of,
    )


def message(of: PageContent) -> bytes:
    """Return what the page's modules read: see `content`, and the parts for what they add."""
    parts = {"stage": stage_part(of), "step": step_part(of)}
    return encode(run_header(of) | parts, run_arrays(of) | step_arrays(of))


@cache
def _modules() -> str:
    return b64encode(pack(ENTRY, {name: STYLES[name] for name in PARTS})).decode()


@cache
def _script() -> str:
    import_modules, open_page = HERE.parents[1] / "live" / "modules.js", "run_page/open.js"
    live = import_modules.parent
    return import_modules.read_text("utf-8") + (live / open_page).read_text("utf-8")


@cache
def theme() -> str:
    """Return the app's colours, light and dark, as the variables that its components read."""
    themes = tomllib.loads(THEME.read_text(encoding="utf-8"))["theme"]
    light, dark = ("".join(map(_variable, themes[name].items())) for name in ("light", "dark"))
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


def _variable(item: tuple[str, str | list[str]]) -> str:
    """Return a colour of the theme as a variable: backgroundColor is --st-background-color."""
    name, value = item
    dashed = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
    return f"--st-{dashed}: {value if isinstance(value, str) else ', '.join(value)};"
