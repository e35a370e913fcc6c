"""Factor table as CSV: each factor once, the product for each output, their sums."""

from collections.abc import Iterator

from core.table.safe_csv import rows_to_csv
from pages.ui.chain_rule.worked_example import FactorEntry, WorkedExample
from pages.ui.style.latex import as_text
from pages.ui.style.markdown import all_text

HEADER = ("output", "id", "symbol", "equation", "formula", "value", "shape", "index used")
SHARED = ("dZ_dH", "dH_dW1")  # the same through every output


def factor_csv(example: WorkedExample) -> str:
    """Return rows of the factors by output, the products, the contribution, the gradient.

    A factor shared by several outputs has one row, marked so. Values have 17 significant digits,
    so that they can be read back exactly.
    """
    return rows_to_csv(HEADER, _rows(example))


def _rows(example: WorkedExample) -> Iterator[list[str]]:
    k = example.notation
    for output, f in _factors(example):
        texts = (output, f.id, as_text(f.symbol), f.equation, as_text(f.formula))
        yield _row(texts, f.value, (f"{f.shape[0]} × {f.shape[1]}", f.indices))
    for path in example.paths:
        texts = (path.name, "product", "", "", as_text(k.product))
        yield _row(texts, path.product, ("1 × 1", ""))
    sample = f"i = {example.selection.focus.sample + 1}"
    texts = ("", "contribution", "", "", "the sum of the products over outputs")
    yield _row(texts, example.contribution, ("1 × 1", sample))
    rule = f"the sum of the contributions of {all_text(example.samples, 'sample')}"
    texts = ("", "gradient", as_text(k.gradient), "eq. 5" if k.layer == 2 else "eq. 10", rule)
    yield _row(texts, example.gradient, ("1 × 1", example.indices))


def _factors(example: WorkedExample) -> Iterator[tuple[str, FactorEntry]]:
    """Yield each factor with its output; "all N outputs" for one that does not depend on it."""
    paths, several = example.paths, len(example.paths) > 1
    for path in paths:
        yield from ((path.name, f) for f in path.factors if not (several and f.id in SHARED))
    if several:
        yield from ((f"all {len(paths)} outputs", f) for f in paths[0].factors if f.id in SHARED)


def _row(before: tuple[str, ...], value: float, after: tuple[str, ...]) -> list[str]:
    return [*before, f"{value:.17g}", *after]
