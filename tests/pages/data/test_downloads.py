"""What the Data page gives to keep: the report and the prepared table."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.dataset.report import prepared_csv
from core.table.csv_table import read_csv
from core.table.safe_csv import BOM
from pages.ui.data.downloads import text_writer
from pages.ui.state.drafts import Draft
from tests.pages.data_page import PAGE, PRICES, to, upload
from tests.pages.driving import open_app


@pytest.fixture
def app() -> AppTest:
    return to(open_app(), PAGE)


def offered(app: AppTest) -> dict[str, str]:
    return {element.proto.label: element.proto.id for element in app.get("download_button")}


def test_both_are_offered_for_a_sample_and_for_ones_own_file(app: AppTest) -> None:
    assert {"Report", "Prepared table"} <= set(offered(app))
    upload(app, "prices.csv", PRICES)
    assert {"Report", "Prepared table"} <= set(offered(app))


def test_a_choice_that_does_not_work_has_nothing_to_keep(app: AppTest) -> None:
    upload(app, "prices.csv", PRICES)
    features = next(widget for widget in app.multiselect if widget.label == "Features")
    features.set_value([]).run()
    assert "Report" not in offered(app)


def test_the_prepared_table_is_read_back() -> None:
    draft = Draft.of_table(read_csv(PRICES, name="prices.csv"))
    text = text_writer(draft, lambda data: BOM + prepared_csv(data))()
    back = read_csv(text.encode()).frame
    data = draft.prepare()
    assert back[back["part"] == "training"].iloc[:, 2:-1].to_numpy().tolist() == data.X.tolist()


def test_what_cannot_be_prepared_says_so_in_the_files_place() -> None:
    draft = Draft.of_table(read_csv(PRICES, name="prices.csv"))
    broken = replace(draft, features=())
    assert (
        text_writer(broken, prepared_csv)() == "No feature is chosen: choose at least one column.\n"
    )
