"""Raw values beside scaled ones, gaps among them."""

from dataclasses import replace

import pytest

from core.dataset.encoding import Missing
from core.table.csv_table import read_csv
from pages.ui.chain_rule.raw_and_scaled import HEIGHT, RawAndScaled, table_height
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session

CSV = b"size,town,price\n" + b"".join(
    f"{'' if i == 3 else 40 + 7 * i},{'' if i == 4 else 'AB'[i % 2]},{900 + 31 * i}\n".encode()
    for i in range(12)
)


def row(sample: int, missing: Missing) -> list[tuple[str, ...]]:
    session = Session()
    draft = replace(
        Draft.of_table(read_csv(CSV, name="flats.csv")), features=("size", "town"), target="price",
        missing=missing, validation=0.0,
    )  # fmt: skip
    session.use(draft)
    data = session.source.dataset
    shown = RawAndScaled(data, sample, session.at_epoch().predict(data.X[[sample]]), 6)
    assert not shown.inputs_are_raw
    return [tuple(map(str, line)) for line in shown.inputs().itertuples(index=False)]


@pytest.mark.parametrize("missing", ["fill", "indicator"])
def test_a_gap_that_was_filled_says_so(missing: Missing) -> None:
    found = {line[0]: line for line in row(3, missing)}
    assert found["size"][1].startswith("missing, filled with ")
    assert found["town = B"][1] == "B"
    if missing == "indicator":
        assert found["size is missing"][1:] == ("missing", "1 if it is missing, else 0", "1")
        assert found["town is missing"][1] == "present"
    assert {line[0]: line for line in row(4, missing)}["town = A"][1].startswith("missing, filled")


def test_a_row_without_gaps_is_as_it_was() -> None:
    found = {line[0]: line for line in row(0, "drop")}
    assert found["size"][1] == "40"
    assert found["town = A"][1:3] == ("A", "1 for this category, else 0")


def test_a_table_of_ten_classes_is_whole() -> None:
    assert [table_height(rows) for rows in (1, 10, 64)] == ["content", "content", HEIGHT]
