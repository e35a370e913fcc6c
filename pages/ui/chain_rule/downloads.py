"""Everything copied out: the factor table, the worked example, the worksheet and its key."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.ui.chain_rule.factor_table import factor_csv
from pages.ui.chain_rule.notation import Look
from pages.ui.chain_rule.worked_example import Worked, worked_at
from pages.ui.chain_rule.worksheet import example_latex, worksheet
from pages.ui.state.session import Session


@dataclass(frozen=True)
class Export:
    """A file to download: what it is called and what is in it."""

    label: str
    name: str
    ending: str
    mime: str
    text: Callable[[Worked], str]
    help: str


TEX, MARKDOWN = "application/x-tex", "text/markdown"
OFFERS = (
    Export(
        "Factors (CSV)",
        "factors",
        "csv",
        "text/csv",
        lambda worked: "\ufeff" + factor_csv(worked),  # the mark by which spreadsheets know UTF-8
        "A row for each factor, with every digit, then the products, the contribution and the "
        "gradient. With several outputs, a factor that is the same for all has one row.",
    ),
    Export(
        "Worked example (LaTeX)",
        "example",
        "tex",
        TEX,
        example_latex,
        "A document that compiles as it is: the equations, the numbers given and every step.",
    ),
    Export(
        "Worksheet (Markdown)",
        "worksheet",
        "md",
        MARKDOWN,
        lambda worked: worksheet(worked, key=False)[0],
        "The numbers given and a blank for each factor.",
    ),
    Export(
        "Worksheet (LaTeX)",
        "worksheet",
        "tex",
        TEX,
        lambda worked: worksheet(worked, key=False)[1],
        "The same to compile and print.",
    ),
    Export(
        "Answer key (Markdown)",
        "key",
        "md",
        MARKDOWN,
        lambda worked: worksheet(worked, key=True)[0],
        "The worksheet with its answers.",
    ),
    Export(
        "Answer key (LaTeX)",
        "key",
        "tex",
        TEX,
        lambda worked: worksheet(worked, key=True)[1],
        "The same to compile and print.",
    ),
)


def copy_out(state: Session) -> None:
    """Draw the downloads; nothing is computed before one is clicked."""
    look = Look.at(state)
    st.subheader("Export")
    st.caption(
        "The sample, output and weight that you look at, in the form that you chose above. "
        "Numbers hidden for practice are included in the files."
    )
    with st.container(horizontal=True):
        for offer in OFFERS:
            st.download_button(
                offer.label,
                _later(offer, look),
                file_name=file_name(offer, look),
                mime=offer.mime,
                key=f"copy-{offer.name}-{offer.ending}",
                on_click="ignore",
                icon=":material/download:",
                help=offer.help,
            )


def _later(offer: Export, look: Look) -> Callable[[], str]:
    return lambda: offer.text(worked_at(look))


def file_name(offer: Export, look: Look) -> str:
    """It tells sample, epoch and weight: example-sample3-epoch12-W1-row1-column2.tex."""
    weight = look.focus.weight
    place = f"W{weight.layer}-row{weight.row + 1}-column{weight.column + 1}"
    sample, epoch = look.focus.sample + 1, look.experiment.epoch
    return f"{offer.name}-sample{sample}-epoch{epoch}-{place}.{offer.ending}"
