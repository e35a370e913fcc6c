"""Factor table as CSV: each factor once, the product for each output, their sums."""

from collections.abc import Iterator

from core.table.safe_csv import BOM, rows_to_csv
from pages.ui.chain_rule.worked_example import FactorEntry, WorkedExample
from pages.ui.style.latex import as_text
from pages.ui.style.markdown import all_text

HEADER = ("output", "id", "symbol", "equation", "formula", "value", "shape", "index used")
SHARED = ("dZ_dH", "dH_dW1")  # the same through every output


def factor_csv(example: WorkedExample) -> str:
    """Return rows of the factors by output, the products, the contribution, the gradient.

    A factor shared by several outputs has one row, marked so. With several hidden layers or a
    softmax the factors are the largest path's, and each δ has a row, from the cost back. Values
    have 17 significant digits, so that they can be read back exactly.
    """
    return BOM + rows_to_csv(HEADER, _rows(example))


def _rows(example: WorkedExample) -> Iterator[tuple[str, ...]]:
    k, one = example.notation, "1 × 1"
    for output, f in _factors(example):
        shape = f"{f.shape[0]} × {f.shape[1]}"
        texts = as_text(f.symbol), f.equation, as_text(f.formula)
        yield output, f.id, *texts, _digits(f.value), shape, f.indices
    for delta in example.deltas:
        shape = f"{delta.shape[0]} × {delta.shape[1]}"
        texts = as_text(delta.symbol), "", as_text(delta.formula)
        yield delta.name, delta.id, *texts, _digits(delta.value), shape, delta.indices
    for path in example.paths:
        yield path.name, "product", "", "", as_text(k.product), _digits(path.product), one, ""
    sample = f"i = {example.selection.focus.sample + 1}"
    rule = as_text(k.contribution) if k.by_deltas else "the sum of the products over outputs"
    yield "", "contribution", "", "", rule, _digits(example.contribution), one, sample
    rule = f"the sum of the contributions of {all_text(example.samples, 'sample')}"
    texts = as_text(k.gradient), k.equation, rule
    yield "", "gradient", *texts, _digits(example.gradient), one, example.indices


def _factors(example: WorkedExample) -> Iterator[tuple[str, FactorEntry]]:
    """Yield each factor with its output; "all N outputs" for one that does not depend on it."""
    paths, several = example.paths, len(example.paths) > 1
    for path in paths:
        yield from ((path.name, f) for f in path.factors if not (several and f.id in SHARED))
    if several:
        yield from ((f"all {len(paths)} outputs", f) for f in paths[0].factors if f.id in SHARED)


def _digits(value: float) -> str:
    return f"{value:.17g}"
