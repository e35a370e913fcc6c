"""Looking at a table: what each view shows and says, of tables small, odd, wide and long."""

import json
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.table.column_summary import NumericSummary, class_counts, summarize
from core.table.csv_table import Table, read_csv
from core.table.meaning import interpret
from pages.ui.data.views import (
    COLUMNS_AT_ONCE,
    MOST_BARS,
    MOST_CORRELATED,
    MOST_POINTS,
    balance_sentence,
    correlation_sentence,
    scatter_points,
    spread_sentence,
    summary_table,
)
from pages.ui.state.drafts import Draft
from pages.ui.style.labels import MOST_LETTERS, short_name
from pages.ui.style.table_figures import SYMBOLS
from tests.bounds import assert_proportional
from tests.pages.driving import number, open_app, select, texts

VIEWS = ("Columns", "Target", "Scatter", "Correlation")
NAN, INF = float("nan"), float("inf")


def page(draft: "Draft") -> None:
    """A page with nothing on it but the views."""
    from pages.ui.data.views import data_views  # noqa: PLC0415

    data_views(draft)


def look(draft: Draft, view: str) -> AppTest:
    app = AppTest.from_function(page, args=(draft,), default_timeout=30).run()
    assert not app.dataframe
    assert not figures(app)
    return choose(app, view)


def choose(app: AppTest, view: str) -> AppTest:
    app.segmented_control(key="look").set_value(view).run()
    assert not app.exception
    return app


def figures(app: AppTest) -> list[dict[str, Any]]:
    """The Plotly figures on the page."""
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def uploaded(content: str) -> Draft:
    return Draft.of_table(read_csv(content.encode(), name="t.csv"))


def of_frame(frame: pd.DataFrame, target: str, task: Any) -> Draft:
    features = tuple(str(name) for name in frame.columns if name != target)
    return Draft("t", interpret(Table(frame)), features, target, task, "")


def array(values: Any) -> list[Any]:
    """A list as Plotly sends it, which may be coded."""
    if isinstance(values, dict):
        values = np.frombuffer(b64decode(values["bdata"]), values["dtype"]).tolist()
    return list(values)


# The page


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_drawn_once_it_is_chosen_and_again_when_the_page_is_left(view: str) -> None:
    app = open_app().switch_page("pages/dataset.py").run()
    before = len(app.dataframe) + len(figures(app))
    choose(app, view)
    assert len(app.dataframe) + len(figures(app)) == before + 1
    app.switch_page("pages/train.py").run()
    app.switch_page("pages/dataset.py").run()
    assert app.segmented_control(key="look").value == view
    assert len(app.dataframe) + len(figures(app)) == before + 1
    app.segmented_control(key="look").set_value(None).run()
    assert len(app.dataframe) + len(figures(app)) == before


@pytest.mark.parametrize("sample", ["xor", "moons", "iris", "breast_cancer", "auto_mpg"])
def test_each_sample_can_be_looked_at(sample: str) -> None:
    app = look(Draft.of_sample(sample), VIEWS[0])
    for view in VIEWS:
        choose(app, view)
        assert len(app.dataframe) + len(figures(app)) == 1


# Columns


def test_a_row_for_each_column_holds_its_summary() -> None:
    draft = Draft.of_sample("penguins")
    shown = look(draft, "Columns").dataframe[0].value
    rows: Any = shown.set_index("column").to_dict("index")
    bill = draft.table.frame["bill_length_mm"]
    row = rows["bill_length_mm"]
    assert (row["kind"], row["distinct"]) == ("numeric", bill.nunique())
    assert row["missing"] == bill.isna().mean()
    assert (row["min"], row["max"]) == (bill.min(), bill.max())
    assert (row["median"], row["mean"]) == (bill.median(), pytest.approx(bill.mean()))
    assert sum(row["distribution"]) == bill.notna().sum()
    assert rows["island"]["remarks"] == "Biscoe 168, Dream 124, Torgersen 52"
    assert list(rows["island"]["distribution"]) == [168, 124, 52]
    assert pd.isna(rows["island"]["min"])


def test_what_is_wrong_with_a_column_is_remarked() -> None:
    columns = [
        pd.Series([1.0, 1.0, NAN], name="still"),
        pd.Series([1.0, INF, 2.0], name="far"),
        pd.Series([NAN, NAN, NAN], name="nothing"),
    ]
    rows = summary_table([summarize(column) for column in columns])
    assert rows["remarks"].tolist() == ["constant", "1 infinite value, not in the range", ""]
    assert rows["kind"].tolist() == ["numeric", "numeric", "empty"]
    assert rows["distribution"].tolist()[2] == []


def test_of_many_columns_some_are_shown_and_the_rest_are_found() -> None:
    frame = pd.DataFrame(np.arange(2.0 * 250).reshape(2, 250)).add_prefix("Gene")
    app = look(of_frame(frame, "Gene0", "regression"), "Columns")
    assert len(app.dataframe[0].value) == COLUMNS_AT_ONCE
    assert "Columns 1 to 100 of 250." in texts(app)
    number(app, "From number").set_value(201).run()
    assert app.dataframe[0].value["column"].tolist() == [f"Gene{k}" for k in range(200, 250)]
    app.text_input[0].set_value("gene24").run()
    assert "Columns 1 to 11 of 11." in texts(app)
    assert app.dataframe[0].value["column"].tolist()[:2] == ["Gene24", "Gene240"]
    app.text_input[0].set_value("protein").run()
    assert "None of the 250 column names contains that." in texts(app)
    assert not app.dataframe


# Target


def test_classes_are_drawn_and_their_balance_is_told() -> None:
    app = look(Draft.of_sample("penguins"), "Target")
    bars = figures(app)[0]["data"][0]
    assert array(bars["x"]) == [152, 124, 68]
    assert bars["text"][0] == "152 (44.2 %)"
    assert "**Adelie is 2.24 times as frequent as Chinstrap.**" in texts(app)
    assert "Baseline: always predicting “Adelie” gives 44.2 % accuracy." in texts(app)


def test_of_many_classes_the_rare_ones_share_a_bar() -> None:
    rows = "".join(f"{k},n{k}\n" * (k + 1) for k in range(30))
    app = look(uploaded("a,y\n" + rows), "Target")
    bars = figures(app)[0]
    counts = array(bars["data"][0]["x"])
    assert len(counts) == MOST_BARS
    assert sum(counts) == 30 * 31 / 2
    assert bars["layout"]["yaxis"]["ticktext"][-1] == "11 others"


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ((), "The target has no value."),
        ((("a", 3),), "There is only one class."),
        ((("a", 6), ("b", 5)), "**The 2 classes are about equally frequent.** Baseline: always "),
        ((("a", 5), ("b", 4)), "**a is 1.25 times as frequent as b.** Baseline: always "),
        ((("a", 9), ("b", 3)), "**a is 3 times as frequent as b.** The classes are unbalanced. "),
        ((("*a*", 9), ("b", 1)), "**\\*a\\* is 9 times as frequent as b.**"),
        ((("a", 3), ("b", 1)), "always predicting “a” gives 75 % accuracy."),
    ],
)
def test_the_balance_in_words(counts: tuple[tuple[str, int], ...], sentence: str) -> None:
    assert sentence in balance_sentence(counts)


def test_a_regressions_target_is_a_histogram() -> None:
    draft = Draft.of_sample("auto_mpg")
    app = look(draft, "Target")
    figure = figures(app)[0]
    assert sum(array(figure["data"][0]["y"])) == 398
    words = [note["text"] for note in figure["layout"]["annotations"]]
    assert words == ["median", "mean"]
    assert "**Half of the values lie between 17.5 and 29**" in texts(app)
    assert "Outliers" not in texts(app)


def numbers(values: Sequence[float]) -> NumericSummary:
    found = summarize(pd.Series(values, dtype=np.float64)).numbers
    assert found is not None
    return found


def test_a_few_far_values_that_take_up_the_range_are_told() -> None:
    told = spread_sentence(numbers([*range(100), 10_000]))
    assert "scaled to \\[0, 1\\], that half lies between 0.003 and 0.007" in told
    assert spread_sentence(numbers([-2.5, -2.5])) == "Every value is −2.5."
    assert "between −1e308 and 1e308" in spread_sentence(numbers([-1e308, 1e308]))


@pytest.mark.parametrize("target", [[NAN, NAN, NAN], [INF, NAN, INF], [1.0, 1.0, 1.0]])
@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_a_target_that_is_none_is_told_and_breaks_nothing(target: list[float], task: str) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "y": target})
    app = look(of_frame(frame, "y", task), "Target")
    if np.isnan(target).all():
        assert "The target has no value." in texts(app)
    for view in VIEWS:
        choose(app, view)


def test_rows_without_a_target_are_counted() -> None:
    app = look(uploaded("a,b,y\n1,2,u\n2,3,v\n3,4,\n4,5,u\n"), "Target")
    assert "1 row without a target cannot be used." in texts(app)


# Scatter


def test_each_class_has_a_colour_a_shape_and_its_number_in_the_legend() -> None:
    app = look(Draft.of_sample("penguins"), "Scatter")
    traces = figures(app)[0]["data"]
    assert [trace["name"] for trace in traces] == ["Adelie (151)", "Gentoo (123)", "Chinstrap (68)"]
    assert len({trace["marker"]["color"] for trace in traces}) == 3
    assert len({trace["marker"]["symbol"] for trace in traces}) == 3
    assert "Drawn: 342 rows of 344; the others have missing values." in texts(app)


def test_rare_classes_are_grey_together() -> None:
    rows = "".join(f"{k},{k % 7},n{k}\n" * (20 - k) for k in range(15))
    traces = figures(look(uploaded("a,b,y\n" + rows), "Scatter"))[0]["data"]
    assert len(traces) == len(SYMBOLS) + 1
    assert traces[-1]["name"] == "others (40)"
    looks = {(trace["marker"]["color"], trace["marker"]["symbol"]) for trace in traces}
    assert len(looks) == len(traces)


def test_a_regressions_values_have_colours_and_their_thirds_shapes() -> None:
    app = look(Draft.of_sample("auto_mpg"), "Scatter")
    figure = figures(app)[0]
    assert select(app, "x-axis").value == "displacement"  # cylinders has few values
    points, keys = figure["data"][::2], figure["data"][1::2]
    mpg = Draft.of_sample("auto_mpg").table.frame["mpg"]
    values = [array(trace["marker"]["color"]) for trace in points]
    assert max(values[0]) <= min(values[1])
    assert max(values[1]) <= min(values[2])
    assert min(values[0]) == mpg.min()
    assert [trace["name"] for trace in keys] == ["lowest third", "middle third", "highest third"]
    for trace, key in zip(points, keys, strict=True):
        assert trace["marker"]["symbol"] == key["marker"]["symbol"]


def test_the_axes_are_chosen() -> None:
    app = look(Draft.of_sample("penguins"), "Scatter")
    assert select(app, "x-axis").value == "bill_length_mm"
    assert "species" not in select(app, "x-axis").options
    select(app, "x-axis").set_value("year").run()
    layout = figures(app)[0]["layout"]
    assert layout["xaxis"]["title"]["text"] == "year"
    assert layout["yaxis"]["title"]["text"] == "bill_depth_mm"


def test_a_single_feature_stands_under_its_target() -> None:
    app = look(uploaded("a,y\n" + "".join(f"{k},{k * k}\n" for k in range(40))), "Scatter")
    assert (select(app, "x-axis").value, select(app, "y-axis").value) == ("a", "y")
    app = look(uploaded("a,y\n" + "".join(f"{k},n{k % 2}\n" for k in range(40))), "Scatter")
    assert "needs two numeric columns" in texts(app)


def test_a_long_table_is_thinned_to_the_same_rows_each_time() -> None:
    random = np.random.default_rng(0)
    table = Table(pd.DataFrame(random.standard_normal((9_000, 3)), columns=["a", "b", "y"]))
    points, complete = scatter_points(table, "a", "b", "y", by_value=True)
    assert (len(points.x), complete) == (MOST_POINTS, 9_000)
    again, _ = scatter_points(table, "a", "b", "y", by_value=True)
    assert points.lines[0] < 100
    assert points.lines[-1] > 8_900
    assert again.lines.tolist() == points.lines.tolist() == sorted(set(points.lines.tolist()))
    assert points.x.tolist() == table.frame["a"][points.lines - 2].tolist()
    app = look(of_frame(table.frame, "y", "regression"), "Scatter")
    assert "Drawn: 2,000 rows of 9,000, picked at random with a fixed seed." in texts(app)


def test_only_rows_with_finite_values_are_drawn() -> None:
    frame = pd.DataFrame({"a": [1, NAN, 3, 4, 5], "b": [1, 2, INF, 4, 5], "y": [0, 0, 0, NAN, 1]})
    points, complete = scatter_points(Table(frame), "a", "b", "y", by_value=False)
    assert (points.x.tolist(), points.target.tolist(), complete) == ([1, 5], ["0", "1"], 2)
    frame["y"] = [INF, 0, 0, 0, 7]
    points, _ = scatter_points(Table(frame), "a", "b", "y", by_value=True)
    assert points.target.tolist() == [0, 7]


# Correlation


def test_the_correlations_are_shown_in_the_cells_and_the_strongest_in_words() -> None:
    draft = Draft.of_sample("auto_mpg")
    app = look(draft, "Correlation")
    chosen = app.multiselect[0].value
    assert chosen[0] == "mpg"
    expected = draft.table.frame[chosen].corr().to_numpy()
    cells = figures(app)[0]["data"][0]
    assert array(cells["text"][0])[1] == f"{expected[0, 1]:.2f}".replace("-", "−")
    assert (cells["zmin"], cells["zmax"]) == (-1, 1)
    assert "**Strongest: cylinders and displacement, r = 0.9507**; they rise together." in texts(
        app
    )
    app.multiselect[0].set_value(["mpg", "weight"]).run()
    assert "mpg and weight, r = −0.8317**; one falls as the other rises." in texts(app)
    app.multiselect[0].set_value(["mpg"]).run()
    assert "Choose at least two numeric columns." in texts(app)
    assert not figures(app)


def test_many_columns_have_no_numbers_in_their_cells() -> None:
    app = look(Draft.of_sample("breast_cancer"), "Correlation")
    assert "By default 8 of 30 are chosen." in texts(app)
    assert len(figures(app)[0]["data"]) > 1  # the letters
    app.multiselect[0].set_value(app.multiselect[0].options[:MOST_CORRELATED]).run()
    assert len(figures(app)[0]["layout"]["xaxis"]["ticktext"]) == MOST_CORRELATED
    assert len(figures(app)[0]["data"]) == 1


def test_where_nothing_goes_together_it_is_said() -> None:
    r = np.array([[1.0, NAN, 1e-17], [NAN, NAN, NAN], [1e-17, NAN, 1.0]])
    assert (
        correlation_sentence(r, ["a", "b", "c"])
        == "No two of these columns are linearly correlated."
    )


# Names and sizes


@pytest.mark.parametrize("view", VIEWS)
def test_names_are_taken_literally(view: str) -> None:
    names = ["<b>", "*x*", "$x$", "%{y}", "a" * 500, "<a href='http://x'>"]
    rows = "\n".join(",".join(str(i * k % 11) for k in range(1, 7)) for i in range(30))
    app = look(uploaded(",".join(names) + "\n" + rows), view)
    for figure in figures(app):
        text = json.dumps(figure, ensure_ascii=False)
        assert "<b>" not in text
        assert "<a " not in text
        assert "%{y}" not in json.dumps([t["hovertemplate"] for t in figure["data"] if "<b>" in t])
        assert "a" * (MOST_LETTERS + 1) not in text


def test_a_name_in_a_figure_is_one_short_line_without_tags() -> None:
    assert short_name("a\nb <i>&</i>") == "a b &lt;i&gt;&amp;&lt;/i&gt;"
    assert short_name("\"'") == "&#34;&#39;"  # Plotly decodes numbers, but not &quot;
    assert short_name("x" * 30) == "x" * (MOST_LETTERS - 1) + "…"


@pytest.mark.parametrize("view", VIEWS)
def test_ten_thousand_columns_are_looked_at_in_part(view: str) -> None:
    random = np.random.default_rng(0)
    apps = {}
    for columns in (1_000, 10_000):
        frame = pd.DataFrame(random.standard_normal((100, columns))).add_prefix("x")
        apps[columns] = look(of_frame(frame, f"x{columns - 1}", "regression"), view)
    assert_proportional(lambda columns: choose(apps[columns], view), 10_000)
    drawn = sum(len(json.dumps(figure)) for figure in figures(apps[10_000]))
    assert drawn < 200_000
    assert all(len(table.value) <= COLUMNS_AT_ONCE for table in apps[10_000].dataframe)


def test_class_counts_are_those_of_the_whole_table() -> None:
    random = np.random.default_rng(0)
    y = np.where(random.random(9_000) < 0.25, "b", "a")
    frame = pd.DataFrame({"a": random.random(9_000), "y": y})
    app = look(of_frame(frame, "y", "binary"), "Target")
    assert array(figures(app)[0]["data"][0]["x"]) == [n for _, n in class_counts(frame["y"])]
