"""The factor table as CSV: every factor through every output, and what they add up to."""

import csv
from io import StringIO

from pages.shared.tex import as_text
from pages.shared.worked import Worked

HEADER = ("output", "id", "symbol", "equation", "formula", "value", "shape", "index used")
# A cell that begins with one of these runs as a formula in a spreadsheet.
RUNS = ("=", "+", "-", "@", "\t", "\r")


def factor_csv(worked: Worked) -> str:
    """A row for each factor and output, the products, the contribution, the gradient.

    Values have 17 significant digits, so that they are read back to the last bit.
    """
    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEADER)
    k = worked.notation
    for way in worked.ways:
        for f in way.factors:
            texts = (way.name, f.id, as_text(f.symbol), f.equation, as_text(f.formula))
            shape = f"{f.shape[0]} × {f.shape[1]}"
            rows.writerow(_row(texts, f.value, (shape, f.where)))
        texts = (way.name, "product", "", "", as_text(k.product))
        rows.writerow(_row(texts, way.product, ("1 × 1", "")))
    sample = f"i = {worked.look.focus.sample + 1}"
    texts = ("", "contribution", "", "", "the sum of the products over outputs")
    rows.writerow(_row(texts, worked.contribution, ("1 × 1", sample)))
    rule = f"the sum of the contributions of all {worked.samples} samples"
    texts = ("", "gradient", as_text(k.gradient), "eq. 5" if k.layer == 2 else "eq. 10", rule)
    rows.writerow(_row(texts, worked.gradient, ("1 × 1", worked.indices)))
    return out.getvalue()


def _row(before: tuple[str, ...], value: float, after: tuple[str, ...]) -> list[str]:
    return [*map(_cell, before), f"{value:.17g}", *map(_cell, after)]


def _cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(RUNS) else text
