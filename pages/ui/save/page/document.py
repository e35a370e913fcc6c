"""The page as one HTML file: text, styles, modules and the run; it asks for nothing else."""

import gzip
import tomllib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from core.chain import Symbol
from core.utils.sentence import plural
from core.utils.templates import Templates
from pages.ui.live import STYLES, pack
from pages.ui.live.codec import encode
from pages.ui.save.page.app_link import no_link_sentence, run_link
from pages.ui.save.page.content import PageContent, run_arrays, run_header
from pages.ui.save.page.derivation import derivation_html, derivation_part
from pages.ui.save.page.factors import factors_part
from pages.ui.save.page.sample_table import sample_arrays, sample_columns
from pages.ui.save.page.stage import stage_part
from pages.ui.save.page.step import step_arrays, step_part
from pages.ui.save.page.summary import summary_html

HERE = Path(__file__).parent
THEME = HERE.parents[3] / ".streamlit" / "config.toml"
ENTRY = "run_page/index.js"
PARTS = ("stage", "chainRule", "stepThrough")
HEADINGS = {  # by the part's name in the page's address
    "film": "Film",
    "chain-rule": "Chain rule",
    "step-through": "Step through",
    "derivation": "Derivation",
    "summary": "Data and settings",
    "conventions": "Conventions",
}
OWN_STYLES = {  # what only a page has, or has in fonts of its own
    "stage": ("run_page/film/stage_page.css",),
    "chainRule": ("run_page/factors/sample_choice.css",),
    "stepThrough": ("run_page/step/step_page.css",),
}
POLICY = (  # what the page may load: nothing but itself
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
NO_SCRIPT = (
    "The film, the chain rule and the step through need JavaScript, which is switched off here. "
    "The derivation and the data can be read without it."
)
TOO_OLD = "This page needs a browser of 2024 or later: open it in a newer one."
TEMPLATES = Templates(HERE / "templates")


def document(of: PageContent) -> str:
    """Return the page as HTML; half of a character, as a file's name may have it, becomes a ?."""
    html = TEMPLATES.render(
        "page.html",
        title=of.shown.experiment.source.title,
        about=about(of),
        policy=POLICY,
        style=Markup(theme() + _text("page.css") + _text("text.css")),
        headings=HEADINGS.items(),
        no_script=NO_SCRIPT,
        too_old=TOO_OLD,
        step=step_sentence(of),
        link=run_link(of),
        no_link=no_link_sentence(of),
        modules=_modules(),
        run=b64encode(gzip.compress(message(of), mtime=0)).decode(),
        script=Markup(_script()),
        of=of,
        summary=summary_html(of),
        derivation=derivation_html(of),
    )
    return html.encode(errors="replace").decode()


def no_page(title: str, why: str) -> str:
    """Return a page that says why there is no other, as HTML."""
    return TEMPLATES.render("no_page.html", title=title, policy=POLICY, why=why)


def about(of: PageContent) -> str:
    """Return what the page is, in a sentence."""
    run, layers = of.run, enumerate(of.run.template.shapes, start=1)
    matrices = ", ".join(f"{Symbol('W', n).text} {rows}×{columns}" for n, (rows, columns) in layers)
    return (
        f"A training run of backpropagation that plays in this page: {matrices}, "
        f"{plural(len(run.X), 'training sample')}, {plural(run.epoch, 'epoch')}; "
        f"it opens at epoch {of.shown.epoch:,}."
    )


def step_sentence(of: PageContent) -> str:
    """Return what the step through goes through: without the next epoch, C after it may lack."""
    end = ""
    if len(of.epochs) <= of.run.epoch:
        end = "the gradients, and where this page has what the update leads to, to "
    return (
        f"One epoch slowly, from X to {end}the new C, at each stop with its equation and its "
        "numbers."
    )


def message(of: PageContent) -> bytes:
    """Return what the page's modules read: see `content`, and the parts for what they add."""
    arrays = run_arrays(of) | sample_arrays(of) | step_arrays(of)
    return encode(run_header(of) | _parts(of), arrays)


def _parts(of: PageContent) -> dict[str, Any]:
    """Return what the page's parts add to the header."""
    return {
        "stage": stage_part(of),
        "factors": factors_part(of),
        "table": sample_columns(of),
        "step": step_part(of),
        "derivation": derivation_part(of),
    }


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def _modules() -> str:
    styles = {name: STYLES[name] + OWN_STYLES.get(name, ()) for name in PARTS}
    return b64encode(pack(ENTRY, styles)).decode()


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
    screen = "@media screen and (prefers-color-scheme: dark)"  # paper is light
    return f":root {{ {light} }}\n{screen} {{ :root:not(.paper) {{ {dark} }} }}\n"


def _variable(item: tuple[str, str | list[str]]) -> str:
    """Return a colour of the theme as a variable: backgroundColor is --st-background-color."""
    name, value = item
    dashed = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
    return f"--st-{dashed}: {value if isinstance(value, str) else ', '.join(value)};"
