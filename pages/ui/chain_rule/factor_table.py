"""The factor table as CSV: each factor once, the product for each output, what they add up to."""

import csv
from collections.abc import Iterator
from io import StringIO

from pages.ui.chain_rule.worked_example import Factor, Worked
from pages.ui.style.latex import as_text
from pages.ui.style.markdown import all_text

HEADER = ("output", "id", "symbol", "equation", "formula", "value", "shape", "index used")
SHARED = ("dZ_dH", "dH_dW1")  # the same through every output
# A cell that begins with one of these runs as a formula in a spreadsheet.
RUNS = ("=", "+", "-", "@", "\t", "\r")


def factor_csv(worked: Worked) -> str:
    """A row for each factor, those of every output first; the products; contribution; gradient.

    A factor that is the same through several outputs has one row, and that says so. Values have 17
    significant digits, so that they are read back to the last bit.
    """
    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEADER)
    k = worked.notation
    for output, f in _factors(worked):
        texts = (output, f.id, as_text(f.symbol), f.equation, as_text(f.formula))
        rows.writerow(_row(texts, f.value, (f"{f.shape[0]} × {f.shape[1]}", f.where)))
    for way in worked.ways:
        texts = (way.name, "product", "", "", as_text(k.product))
        rows.writerow(_row(texts, way.product, ("1 × 1", "")))
    sample = f"i = {worked.look.focus.sample + 1}"
    texts = ("", "contribution", "", "", "the sum of the products over outputs")
    rows.writerow(_row(texts, worked.contribution, ("1 × 1", sample)))
    rule = f"the sum of the contributions of {all_text(worked.samples, 'sample')}"
    texts = ("", "gradient", as_text(k.gradient), "eq. 5" if k.layer == 2 else "eq. 10", rule)
    rows.writerow(_row(texts, worked.gradient, ("1 × 1", worked.indices)))
    return out.getvalue()


def _factors(worked: Worked) -> Iterator[tuple[str, Factor]]:
    """Each factor with its output; "all N outputs" for one that does not depend on it."""
    ways, several = worked.ways, len(worked.ways) > 1
    for way in ways:
        yield from ((way.name, f) for f in way.factors if not (several and f.id in SHARED))
    if several:
        yield from ((f"all {len(ways)} outputs", f) for f in ways[0].factors if f.id in SHARED)


def _row(before: tuple[str, ...], value: float, after: tuple[str, ...]) -> list[str]:
    return [*map(_cell, before), f"{value:.17g}", *map(_cell, after)]


def _cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(RUNS) else text
