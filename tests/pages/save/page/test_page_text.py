"""A page's static text: the run, its data and the derivation, and names as text only."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.dataset.samples import SAMPLES
from core.table.csv_table import read_csv
from core.utils.number_text import exact_text
from pages.ui.chain_rule.notation import Selection
from pages.ui.derivation.equations_live import SECTIONS, DerivationSelection, comparisons
from pages.ui.save.html_report import report
from pages.ui.save.page import PageContent, document
from pages.ui.save.page.derivation import derivation_html, derivation_part
from pages.ui.save.page.document import HEADINGS, step_sentence
from pages.ui.save.page.summary import (
    MOST_LINES,
    contents_sentence,
    initial_weights,
    summary_html,
)
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft, File
from pages.ui.state.session import Session
from tests.names import HOSTILE
from tests.pages.save.test_html_report import parsed, renamed
from tests.pages.test_chain_rule import CASES, trained


def content(session: Session) -> PageContent:
    run = session.run
    return PageContent(Selection.of(session), np.arange(run.epoch + 1), np.arange(len(run.X)))


@pytest.mark.parametrize("case", CASES)
def test_it_is_whole_and_has_both_sides_as_it_opens(case: str) -> None:
    session = trained(case)
    of = content(session)
    text = derivation_html(of)
    parsed(text + summary_html(of))
    anchors = [step.anchor for steps in SECTIONS.values() for step in steps]
    assert [name for name in anchors if text.count(f'id="{name}"') != 1] == []
    for key, line in comparisons(DerivationSelection.of(session)).items():
        name = key if key == "slope" else f"eq-{key}"
        assert f'data-testid="live-{name}" data-digits="{line.digits}"' in text
        assert f"<dd>{exact_text(line.left)}</dd>" in text


def test_the_tables_are_the_reports() -> None:
    session = trained("regression")
    session.report(session.run.epoch, playing=False)
    tables = report(session).split('<div class="scroll">')[1:4]
    assert all(table.partition("</div>")[0] in summary_html(content(session)) for table in tables)


@pytest.mark.parametrize("case", ["as derived", "three outputs", "regression"])
def test_names_are_shown_and_never_run(case: str) -> None:
    hostile, harmless = (
        parsed(derivation_html(of) + summary_html(of))
        for of in (content(renamed(trained(case), name)) for name in (HOSTILE, "NAME"))
    )
    assert hostile.tags == harmless.tags
    assert hostile.attributes == harmless.attributes
    assert {HOSTILE, f"{HOSTILE}0"} <= {*hostile.texts}


def test_what_depends_on_the_loss_is_there_for_each() -> None:
    session = trained("as derived")
    session.change(replace(session.settings, loss="mse"))
    session.run.advance(3)
    session.report(session.run.epoch, playing=False)
    session.change(replace(session.settings, learning_rate=0.5))
    of = content(session)
    assert [segment["kind"] for segment in derivation_part(of)["segments"]] == [0, 1, 1]
    text = derivation_html(of)
    assert '<div data-kinds="1">' in text
    assert "In place of eq. 1" in text
    start, _ = session.run.branch_epochs
    assert f"From epoch {start} on: C is the MSE" in summary_html(of)
    session.report(0, playing=False)
    assert '<div data-kinds="1" hidden>' in derivation_html(content(session))


def test_contents_and_conventions_in_words() -> None:
    session = trained("categories")
    session.conventions = Conventions(digits=7, loss="half_sse", bias_apart=True, transposed=True)
    of = content(session)
    N, epoch = len(of.run.X), of.run.epoch
    assert f"every epoch from 0 to {epoch}, and all {N} training samples" in contents_sentence(of)
    few = replace(of, epochs=of.epochs[::3], rows=of.rows[:5], sentences=("Only a few.",))
    assert f"{len(few.epochs)} of the {epoch + 1} epochs" in contents_sentence(few)
    assert f"5 of the {N} training samples" in contents_sentence(few)
    text = summary_html(few)
    assert "<p>Only a few.</p>" in text
    for part in ("7 significant digits", "half SSE", "vector", "swapped"):
        assert part in text
    assert SAMPLES["penguins"].licence in text
    assert "Validation rows: a share of 0.2, drawn with seed" in text
    assert "lines in the file" not in text  # the reader has none


def test_a_file_of_ones_own_has_the_first_lines_of_its_validation_rows() -> None:
    rows = "".join(f"{i},{i % 7},{'ab'[i % 2]}\n" for i in range(300))
    data = f"x,y,label\n{rows}".encode()
    session = Session()
    session.use(Draft.of_table(read_csv(data, name="own.csv"), File("1", "own.csv", data)))
    dataset = session.source.dataset
    lines = sorted(dataset.lines[dataset.rows_val])
    more = f"{len(lines) - MOST_LINES} more."
    first = ", ".join(map(str, lines[:MOST_LINES]))
    assert f"Their lines in the file: {first} and {more}" in summary_html(content(session))


def test_the_parts_are_called_as_the_links_to_them() -> None:
    page = document(content(trained("as derived")))
    parts = re.findall(r'<li><a href="#([\w-]+)">([^<]+)</a></li>', page)
    assert parts == list(HEADINGS.items())
    for name, heading in parts:
        part = page.partition(f'id="{name}"')[2]
        assert re.match(rf"[^>]*>(\s*<h2[^>]*>)?{heading}</h2>", part)


def test_the_step_through_promises_what_the_page_has() -> None:
    of = content(trained("as derived"))
    assert "from X to the new C" in step_sentence(of)
    assert "from X to the gradients" in step_sentence(replace(of, epochs=of.epochs[::2]))


def test_the_run_is_described_at_its_end() -> None:
    session = trained("as derived")
    session.report(0, playing=False)
    text = summary_html(content(session))
    assert "<h2>The run at its end</h2>" in text
    assert f"<th>Epoch</th><td>{session.run.epoch}</td>" in text


def test_initial_weights_are_named_only_if_they_are_those() -> None:
    session = trained("as derived")
    assert initial_weights(content(session)) == "Xavier uniform, seed 0"
    net = session.run.at(0)
    session.edit(0, replace(net, W1=net.W1 + 1), frozenset())
    assert initial_weights(content(session)) == "as entered"
