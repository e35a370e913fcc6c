"""What a page is: the run, its settings, its data and the conventions, in tables and sentences."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from markupsafe import Markup

from core.dataset.preparation import Dataset
from core.dataset.samples import SAMPLES, Sample
from core.utils.sentence import join_names, plural
from core.utils.templates import Templates
from pages.ui.derivation.equations_live import DerivationSelection
from pages.ui.save.html_parts import FILTERS, data_values, run_values
from pages.ui.save.page.content import PageContent
from pages.ui.save.page.derivation import selection_at
from pages.ui.state.drafts import Draft, Exercise
from pages.ui.style import labels
from pages.ui.style.labels import LOSS_NAMES, SCHEME_NAMES
from pages.ui.train.stage import end_sentence

MOST_INPUTS = 40  # listed
MOST_BRANCHES = 100
MOST_LINES = 20
TEMPLATES = Templates(Path(__file__).parents[1], **FILTERS)


def summary_html(of: PageContent) -> Markup:
    """Return what the page is, the run up to its last epoch, the data and the conventions."""
    at, source = selection_at(of, of.run.epoch), of.shown.experiment.source
    return Markup(  # the template escapes what is no markup
        TEMPLATES.render(
            "page/templates/summary.html",
            title=source.title,
            contents=(contents_sentence(of), *of.sentences),
            end=end_sentence(of.run).removesuffix("."),
            initial=initial_weights(of),
            sample=_sample(source.draft),
            draft=source.draft if isinstance(source.draft, Draft) else None,
            lines=_validation_lines(source.dataset),
            conventions=list(convention_sentences(of)),
            labels=labels,
            plural=plural,
            **run_values(at, MOST_BRANCHES),
            **data_values(source.dataset, at.digits, MOST_INPUTS),
        )
    )


def contents_sentence(of: PageContent) -> str:
    """Return which epochs and samples the page has."""
    run, N = of.run, len(of.run.X)
    epochs = f"{len(of.epochs):,} of the {run.epoch + 1:,} epochs from 0 to {run.epoch:,}"
    if len(of.epochs) == run.epoch + 1:
        epochs = f"every epoch from 0 to {run.epoch:,}" if run.epoch else "epoch 0 only"
    samples = f"{len(of.rows):,} of the {plural(N, 'training sample')}"
    if of.is_whole:
        samples = f"all {plural(N, 'training sample')}" if N > 1 else "the only training sample"
    return (
        f"This page is a training run in one file, which loads nothing else. It has {epochs}, and "
        f"{samples}. Its numbers are computed in the browser, from the run’s weights in full "
        "precision."
    )


def initial_weights(of: PageContent) -> str:
    """Return where the weights at epoch 0 are from."""
    experiment = of.shown.experiment
    chosen = experiment.architecture
    drawn = chosen.build(experiment.source.dataset).weights
    pairs = zip(drawn, of.run.at(0).weights, strict=True)
    if chosen.given is None and all(np.array_equal(a, b) for a, b in pairs):
        return f"{SCHEME_NAMES[chosen.scheme]}, seed {chosen.seed}"
    return "as entered"


def _sample(draft: Draft | Exercise) -> Sample | None:
    """Return the sample of Chainscope that the data is, if it is one."""
    key = draft.sample if isinstance(draft, Draft) else None
    return SAMPLES[key] if key is not None else None


def _validation_lines(data: Dataset) -> str:
    """Return the first of the lines of the file that are validation rows."""
    return join_names(list(map(str, np.sort(data.lines[data.rows_val]))), MOST_LINES)


def convention_sentences(of: PageContent) -> Iterator[str]:
    """Yield the conventions in words; formulas stand between dollar signs."""
    form, net = of.shown.conventions, of.run.template
    yield (
        f"Numbers have {plural(form.digits, 'significant digit')}, unless they are exact with "
        "fewer. Where matrices are drawn as cells, as in the film, they are rounded to what fits; "
        "both sides of the derivation’s equations have all 16."
    )
    yield from _losses(of)
    if net.bias_input or net.bias_hidden:
        yield (
            "The bias is a vector $b$ beside its matrix: $H = X W + b$."
            if form.bias_apart
            else "The bias is the last row of its matrix, the weight of a constant 1."
        )
    yield (
        "A matrix has a row for each unit that it leads to ($h = W x$), and the indices of weights "
        "are swapped."
        if form.transposed
        else "A matrix has a row for each unit or input that it starts from ($H = X W$)."
    )


def _losses(of: PageContent) -> Iterator[str]:
    """Yield a sentence on C, and one for each epoch from which on another loss holds."""
    before = ""
    for epoch in (0, *of.run.branch_epochs):
        sentence = _loss_sentence(selection_at(of, epoch))
        if sentence != before:
            yield f"From epoch {epoch:,} on: {sentence}" if before else sentence
        before = sentence


def _loss_sentence(at: DerivationSelection) -> str:
    return at.other_loss_sentence or f"C is the {LOSS_NAMES[at.loss]}, which the run minimises."
