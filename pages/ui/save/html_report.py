"""The report of a run: one HTML file that needs no network, no script and no other file.

Names and titles are user-supplied: all of them are escaped.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.dataset.preparation import Dataset
from core.gradients import cost
from core.network import Network
from core.table.column_summary import class_counts
from core.training.run import Run
from core.training.settings import Settings
from core.utils.number_text import exact_text, short_text
from core.utils.sentence import plural
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.panel import Panel, panels
from pages.ui.chain_rule.scene import epoch_gradients
from pages.ui.chain_rule.worked_example import (
    KnownValues,
    OutputPath,
    WorkedExample,
    current_example,
)
from pages.ui.derivation.comparison import Comparison
from pages.ui.derivation.equations_live import (
    SECTIONS,
    DerivationSelection,
    DerivationStep,
    comparisons,
    replacement_for,
    shapes_text,
)
from pages.ui.state.session import Session
from pages.ui.style import svg
from pages.ui.style.change_marks import loss_changes
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES, OPTIMIZER_NAMES, batches_text
from pages.ui.style.markdown import sum_text
from pages.ui.style.mathml import mathml

Array = NDArray[np.float64]

STYLE = Path(__file__).with_name("html_report.css")
MOST_INPUTS = 40  # listed, and values of the worked sample
MOST_BRANCHES = 20
# From −limit to limit, as on the app's stage: light and dark.
SCALES = (
    "#7f3b08 #b35806 #e08214 #fdb863 #fee8cf #dcebf7 #92c5de #4393c3 #2166ac #053061",
    "#ffd9a3 #fdb863 #e08214 #a65608 #4d2c0c #10304d #1f5c99 #3f8fce #7fc0ec #c9e6fb",
)

OMITTED_VIEWS = (
    "Other views of the Train page are not in this report; the loss is on a linear scale."
)


def report(state: Session) -> str:
    """Return the report at the app's epoch, for the selected sample and weight, as HTML."""
    at = DerivationSelection.of(state)
    title = f"{state.source.title}: a run in Chainscope"
    body = "\n".join(
        (
            f"<h1>{escape(title)}</h1>",
            _summary(at),
            _data(state.source.dataset, at.digits),
            _curves(at),
            _matrices(at),
            _omitted_views_note(state.views),
            _worked_sample(current_example(state)),
            _derivation(at),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}{_colours()}"
        f"</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _colours() -> str:
    """Return the CSS classes of the diverging scale and of the text on it, light and dark."""
    light, dark = ("".join(_classes(scale.split())) for scale in SCALES)
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n"


def _classes(scale: Sequence[str]) -> Iterator[str]:
    stops = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in scale])
    for step in range(svg.STEPS):
        place = step / (svg.STEPS - 1) * (len(stops) - 1)
        parts = [np.interp(place, range(len(stops)), stops[:, i]) for i in range(3)]
        bright = float(np.dot(parts, (0.299, 0.587, 0.114))) > 140
        colour = ", ".join(str(round(float(part))) for part in parts)
        ink = "#111" if bright else "#fff"
        yield f"svg .d{step} {{ fill: rgb({colour}); }} svg text.i{step} {{ fill: {ink}; }}\n"


# The run


def _summary(at: DerivationSelection) -> str:
    net, run = at.net, at.run
    weights = _panels(at, net.W1, net.W2)
    sizes = ", ".join(f"{p.symbol} {len(p.rows)}×{len(p.columns)}" for p in weights)
    biases = {(True, True): "both layers", (True, False): "the hidden layer only"}
    biases |= {(False, True): "the output only", (False, False): "none"}
    settings = run.settings_at(at.epoch)
    rows = {
        "Network": f"{sizes}; hidden {ACTIVATION_NAMES[net.hidden]}, "
        f"output {ACTIVATION_NAMES[net.output]}",
        "Biases": biases[net.bias_input, net.bias_hidden],
        "Training": _settings(settings),
        "Epoch": f"{at.epoch:,} of {run.epoch:,} trained",
        "C": f"{_cost(at, at.net)}, the {LOSS_NAMES[at.loss]}; {_cost(at, run.at(0))} at epoch 0",
    }
    if run.validation is not None:
        rows["Validation C"] = _cost(at, at.net, *run.validation)
    branches = [epoch for epoch in run.branch_epochs if epoch <= at.epoch]
    changes = [_change(run, epoch) for epoch in branches[:MOST_BRANCHES]]
    if len(branches) > MOST_BRANCHES:
        changes.append(f"and {len(branches) - MOST_BRANCHES} more")
    if changes:
        rows["Initial settings"] = _settings(run.settings_at(0))
        rows["Changes"] = "; ".join(changes)
    other = f"<p>{_with_math(at.other_loss_sentence)}</p>" if at.other_loss_sentence else ""
    return f"<h2>The run</h2>{_table(rows.items())}{other}"


def _cost(
    at: DerivationSelection, net: Network, X: Array | None = None, y: Array | None = None
) -> str:
    """Return C with the loss shown, over the training samples or others."""
    run = at.run
    with np.errstate(all="ignore"):  # of a run that diverges
        C = cost(net, run.X if X is None else X, run.y if y is None else y, at.loss)
    return short_text(C, at.digits)


def _change(run: Run, epoch: int) -> str:
    """Return what was changed at the epoch of a branch."""
    by_hand = ", with edited weights" if run.update(epoch - 1).replaced else ""
    return f"from epoch {epoch:,}: {_settings(run.settings_at(epoch))}{by_hand}"


def _settings(s: Settings) -> str:
    """Return the settings in words."""
    parts = [OPTIMIZER_NAMES[s.optimizer], f"η = {s.learning_rate:g}", LOSS_NAMES[s.loss]]
    parts.append(batches_text(s))
    parts += [f"L2 λ = {s.l2:g}"] if s.l2 else []
    parts += [f"patience {s.patience:,}"] if s.patience is not None else []
    parts += [f"{plural(len(s.frozen), 'weight')} frozen"] if s.frozen else []
    return ", ".join(parts)


def _data(data: Dataset, digits: int) -> str:
    held = 0 if data.X_val is None else len(data.X_val)
    rows = {
        "Samples": f"{len(data.X):,} to train on, {held:,} for validation",
        "Target": f"{', '.join(data.target_names)} ({data.task})",
        "Inputs": f"{data.X.shape[1]:,}; scaling: {data.scaling}",
    }
    if data.classes:
        labels = data.frame[data.target].iloc[data.rows]
        counts = class_counts(labels) if data.columns else ()
        rows |= {"Classes": ", ".join(data.classes[:MOST_INPUTS])}
        if counts:
            rows["In training"] = ", ".join(f"{name}: {n:,}" for name, n in counts[:MOST_INPUTS])
    return f"<h2>The data</h2>{_table(rows.items())}{_inputs(data, digits)}"


def _inputs(data: Dataset, digits: int) -> str:
    """Return each input's range over the training rows, raw and preprocessed."""
    raw, X = data.raw_X, data.X
    head = ("input", "min", "mean", "max", "preprocessed")
    rows = [
        [
            escape(name),
            *(short_text(x, digits) for x in (raw[:, k].min(), raw[:, k].mean(), raw[:, k].max())),
            f"{short_text(X[:, k].min(), digits)} … {short_text(X[:, k].max(), digits)}",
        ]
        for k, name in enumerate(data.feature_names[:MOST_INPUTS])
    ]
    more = len(data.feature_names) - MOST_INPUTS
    note = f'<p class="quiet">{plural(more, "more input")} not listed.</p>' if more > 0 else ""
    return _html_table(head, rows) + note


# Figures


def _curves(at: DerivationSelection) -> str:
    run = at.run
    lines = [svg.Curve("C", run.losses, "train")]
    key = '<span class="key-train">C over the training samples</span>'
    if run.val_losses is not None:
        lines.append(svg.Curve("C over the validation samples", run.val_losses, "validation"))
        key += ', <span class="key-validation">and over the validation samples (dashed)</span>'
    return (
        f"<h2>The loss</h2><figure>{svg.curves(lines, at.epoch, loss_changes(run))}"
        f"<figcaption>{key}. The dotted line marks epoch {at.epoch:,}. "
        f"{escape(at.loss_note)}</figcaption></figure>"
    )


def _matrices(at: DerivationSelection) -> str:
    net = at.net
    weights = _panels(at, net.W1, net.W2)
    gradients = _panels(at, *epoch_gradients(at.run, at.epoch, at.loss).gradients)
    drawn = [
        _matrix(f"{before}{panel.symbol}", panel, at.digits)
        for pair in zip(weights, gradients, strict=True)
        for before, panel in zip(("", "∂C/∂"), pair, strict=True)
    ]
    return f"<h2>Weights and gradients at epoch {at.epoch:,}</h2>{''.join(drawn)}"


def _panels(at: DerivationSelection, first: Array, second: Array) -> list[Panel]:
    """Return two matrices of the shapes of W1 and W2 in the chosen layout."""
    names, net, form = at.names, at.net, at.conventions
    return [
        *panels(1, first, names.inputs, names.units, form, bias=net.bias_input),
        *panels(2, second, names.units_and_bias, names.outputs, form, bias=net.bias_hidden),
    ]


def _omitted_views_note(views: frozenset[str]) -> str:
    """Return a note if the stage shows views that the report lacks."""
    if not views - {"gradients"}:
        return ""
    return f'<p class="quiet">{OMITTED_VIEWS}</p>'


def _matrix(title: str, panel: Panel, digits: int) -> str:
    matrix = panel.numbers
    limit = short_text(float(np.abs(matrix).max()), digits)
    tall, wide = svg.blocks(matrix)[1]
    blocks = f" Each cell is the mean of {tall}×{wide} entries." if (tall, wide) != (1, 1) else ""
    size = f"{matrix.shape[0]}×{matrix.shape[1]}"
    return (
        f"<figure><h3>{title}, {size}</h3>"
        f"{svg.heatmap(matrix, panel.rows, panel.columns, title, digits)}"
        f"<figcaption>Orange is negative, blue positive, up to ±{limit}.{blocks}"
        "</figcaption></figure>"
    )


# The worked sample


def _worked_sample(work: WorkedExample) -> str:
    focus, k = work.selection.focus, work.notation
    way = f"from {escape(work.source)} to {escape(work.destination)}"
    matrix = "W⁽¹⁾" if focus.weight.layer == 1 else "W⁽²⁾"
    parts = [
        f"<h2>One sample worked through</h2><p>Sample {focus.sample + 1:,} of {work.samples:,}, "
        f"and the weight of {matrix} {way} ({escape(work.indices)}), which is "
        f"{mathml(work.number(work.weight))}.</p>",
        mathml(k.rule, block=True),
        "<h3>Forward</h3>",
        *(mathml(latex, block=True) for latex in k.forward),
        _html_table(("", "", ""), [_given_row(work, given) for given in work.known]),
    ]
    for each in work.paths:
        through = f" through {escape(each.name)}" if len(work.paths) > 1 else ""
        parts += [f"<h3>The factors{through}</h3>", _factors(work, each)]
    equation = "eq. 5" if k.layer == 2 else "eq. 10"
    added = ", through all outputs," if len(work.paths) > 1 else ""
    parts.append(
        f"<p>This sample{added} adds {mathml(work.number(work.contribution))} to the gradient; "
        f"{sum_text(work.samples)} to {mathml(k.gradient)} = "
        f"{mathml(work.number(work.gradient))} ({equation}).</p>"
    )
    return "".join(parts)


def _given_row(work: WorkedExample, given: KnownValues) -> list[str]:
    """Return the row of a given quantity: words, symbol, and its numbers with their names."""
    into = f" {escape(given.into)}" if given.into else ""
    shown = [mathml(work.number(value)) for value in given.values[:MOST_INPUTS]]
    if given.names:
        pairs = zip(given.names, shown, strict=False)
        shown = [f"{escape(name)}: {value}" for name, value in pairs]
    left = len(given.values) - MOST_INPUTS
    more = [f"and {left:,} more"] if left > 0 else []
    symbol = mathml(given.symbol) if given.symbol else ""
    return [f"{given.description}{into}", symbol, ", ".join([*shown, *more])]


def _factors(work: WorkedExample, way: OutputPath) -> str:
    head = ("factor", "", "from", "formula", "with its numbers", "value")
    rows = [
        [
            f.description,
            mathml(f.symbol),
            f.equation,
            mathml(f.formula),
            mathml(f.numbers),
            mathml(work.number(f.value)),
        ]
        for f in way.factors
    ]
    product = mathml(rf"{work.product_latex(way)} = {work.number(way.product)}", block=True)
    note = f'<p class="quiet">{equations.FUSED_NOTE}</p>' if work.fused else ""
    return f"{_html_table(head, rows)}<p>Their product:</p>{product}{note}"


# The derivation


def _derivation(at: DerivationSelection) -> str:
    lines = comparisons(at)
    parts = [
        "<h2>The derivation</h2>",
        f"<p>{equations.SOURCE.replace('*', '')} Both sides of each equation are evaluated for "
        f"sample {at.sample + 1:,}. "
        "The first is a derivative by the complex step, which does not use the chain rule. "
        f"{escape(at.layout_note)}</p>",
    ]
    for title, steps in SECTIONS.items():
        parts.append(f"<h2>{title}</h2>")
        parts += [_equation(step, at, lines[step.key]) for step in steps]
    return "".join(parts)


def _equation(step: DerivationStep, at: DerivationSelection, line: Comparison) -> str:
    since = f"<p>Since {mathml(step.definition)}:</p>" if step.definition else ""
    place = ""
    if (found := replacement_for(step.key, at.net.outputs, at.functions)) is not None:
        place = f"<p><b>{escape(found[0])}</b></p>{mathml(found[1], block=True)}"
    return (
        f'<section class="equation"><h3>{step.title}</h3>{since}{mathml(step.latex, block=True)}'
        f'<p>{step.meaning}</p><p class="quiet">{shapes_text(step.key, at.net, len(at.run.X))}</p>'
        f"{place}{_note(step, at)}<dl class='sides'>"
        f"<dt>{escape(line.left_name)}</dt><dd>{exact_text(line.left)}</dd>"
        f"<dt>{escape(line.right_name)}</dt><dd>{exact_text(line.right)}</dd>"
        f"<dt>{line.agreement} {escape(line.explanation)}</dt></dl></section>"
    )


def _note(step: DerivationStep, at: DerivationSelection) -> str:
    notes = {"7": equations.BIAS_NOTE, "9": equations.SLIP_NOTE}
    if at.loss == "cross_entropy":
        notes["slope"] = equations.FUSED_NOTE
    return f'<p class="quiet">{_with_math(notes[step.key])}</p>' if step.key in notes else ""


# HTML


def _with_math(text: str) -> str:
    """Convert text with formulas between dollar signs to HTML."""
    parts = text.split("$")
    return "".join(mathml(part) if i % 2 else escape(part) for i, part in enumerate(parts))


def _table(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of texts beside their headings; both are escaped here."""
    lines = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f'<div class="scroll"><table>{lines}</table></div>'


def _html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are HTML."""
    top = "".join(f"<th>{word}</th>" for word in head) if any(head) else ""
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{top}</tr>{lines}</table></div>'
