"""The predict page without a browser: a row typed in, a file of rows, and how good it is."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.dataset.metrics import class_indices, confusion, residuals, roc
from core.dataset.new_rows import rows_of
from core.dataset.samples import SAMPLES
from core.table.csv_table import Table, read_csv
from core.utils.number_text import number_text
from pages.ui.predict import many_rows, one_row, quality
from pages.ui.predict.one_row import threshold_text
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.session import KEY, Session
from pages.ui.state.stage_request import StageRequest
from pages.ui.train.stage import respond
from tests.pages.driving import button, downloads, number, select, texts
from tests.pages.unpacking import unpack
from tests.paths import APP

PAGE = "pages/predict.py"
FILE, GOOD = "A file of rows", "Evaluation"
SIZES = {"xor": 3, "iris": 4, "penguins": 4, "auto_mpg": 3, "breast_cancer": 2}


def trained(key: str, epochs: int = 30) -> Session:
    session = Session()
    session.use(Draft.of_sample(key), Architecture(hidden=(SIZES[key],)))
    session.run.advance(epochs)
    session.report(epochs, playing=False)
    return session


def exercise() -> Session:
    session = Session()
    session.use(mazur())
    return session


def page(session: Session, tab: str = "One row") -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.session_state[KEY] = session
    at.session_state["predict_tab"] = tab
    at.run()
    at.switch_page(PAGE).run()
    assert not at.exception
    return at


def upload(at: AppTest, content: bytes, name: str = "new.csv") -> AppTest:
    at.file_uploader[0].set_value((name, content, "text/csv")).run()
    assert not at.exception
    return at


def csv_of(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def figures(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


# One row


@pytest.mark.parametrize("key", SIZES)
def test_the_form_starts_with_the_sample_in_focus(key: str) -> None:
    session = trained(key)
    session.look(sample=3)
    at = page(session)
    data = session.source.dataset
    y_hat = session.at_epoch().predict(session.run.X[[3]])
    if data.classes:
        assert f"## Predicted {data.target}: {data.labels(y_hat)[0]}" in texts(at).replace("\\", "")
    else:
        assert f"## Predicted mpg: {data.unscale_y(y_hat)[0, 0]:.2f}" in texts(at)
    assert f"ŷ = {number_text(y_hat.max())}" in texts(at)
    asked = [*at.text_input, *at.selectbox]
    assert len(asked) == 2 + len(data.features)  # and the epoch, and the sample
    assert all(widget.help for widget in asked)
    assert not at.error


def test_a_row_typed_over_is_predicted_as_the_network_does() -> None:
    session = trained("auto_mpg")
    at = page(session)
    number(at, "weight").set_value(4000.0)
    select(at, "origin").set_value("japan")
    button(at, "Predict").click().run()
    assert not at.exception
    data = session.source.dataset
    row = data.raw_row(session.focus.sample).copy()
    row["weight"], row["origin"] = 4000.0, "japan"
    X = rows_of(data, Table(pd.DataFrame([row]))).X
    own = data.unscale_y(session.at_epoch().predict(X))[0, 0]
    assert f"## Predicted mpg: {number_text(own)}" in texts(at)
    assert "Actual target of sample 3: mpg = " in texts(at)


def test_what_was_typed_stays_when_the_page_is_left_and_can_be_undone() -> None:
    session = trained("xor")
    at = page(session)
    number(at, "x1").set_value(0.25)
    button(at, "Predict").click().run()
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    assert number(at, "x1").value == 0.25
    button(at, "Reset to the sample").click().run()
    assert number(at, "x1").value == 1
    number(at, "Start from sample").set_value(1).run()
    assert session.focus.sample == 0
    assert number(at, "x1").value == 0


def test_the_answer_follows_the_row_and_says_what_0_and_1_stand_for() -> None:
    at = page(Session())
    first = prediction(at)
    number(at, "x1").set_value(0.25)
    button(at, "Predict").click().run()
    assert prediction(at) != first
    button(at, "Reset to the sample").click().run()
    assert prediction(at) == first


def prediction(at: AppTest) -> str:
    """What is said of the prediction."""
    found = re.search(r"ŷ = .*so the predicted class is.*", texts(at))
    assert found
    return found[0]


def test_a_value_never_seen_is_told() -> None:
    at = page(trained("auto_mpg"))
    number(at, "weight").set_value(9999.0)
    button(at, "Predict").click().run()
    assert "lies outside the training range" in texts(at)
    number(at, "weight").set_value(1e200)
    button(at, "Predict").click().run()
    assert "What you typed cannot be predicted" in at.error[0].value


def test_a_field_can_be_emptied_where_gaps_are_filled() -> None:
    session = Session()
    session.use(replace(Draft.of_sample("penguins"), missing="fill"))
    at = page(session)
    number(at, "bill\\_length\\_mm").set_value("")
    select(at, "sex").set_value(None)
    button(at, "Predict").click().run()
    assert not at.exception
    assert not at.error
    assert "“bill\\_length\\_mm” is missing and filled with" in texts(at)
    assert "“sex” is missing and filled with" in texts(at)


def test_untrained_it_says_so_and_still_answers() -> None:
    at = page(Session())
    assert "No training yet." in texts(at)
    assert "## Predicted y: " in texts(at)


@pytest.mark.parametrize(
    ("y_hat", "said"),
    [
        (0.72921, "0.7292 ≥ 0.5"),
        (0.5, "0.5 ≥ 0.5"),
        (0.2, "0.2 < 0.5"),
        (0.4999999, "0.4999999 < 0.5"),
        (float(np.nextafter(0.5, 0)), "0.4999999999999999 < 0.5"),
        (-3.0, "−3 < 0.5"),
    ],
)
def test_a_prediction_beside_the_threshold_is_true_as_it_stands(y_hat: float, said: str) -> None:
    assert threshold_text(y_hat) == said
    left, sign, right = said.replace("−", "-").split()
    assert (float(left) >= float(right)) == (sign == "≥") == (y_hat >= 0.5)


def test_an_exercise_with_targets_0_and_1_is_no_classification_unasked() -> None:
    session = Session()
    exercise = mazur()
    exercise.samples.loc[0, ["y1", "y2"]] = [0.0, 1.0]
    session.use(exercise)
    assert session.source.dataset.task == "regression"
    scene = unpack(respond(session, StageRequest())).header["scene"]
    assert (scene["score"], scene["regions"]) == ("R²", False)
    at = page(session)
    assert "predicting y1, y2" in texts(at)
    assert "## Predicted y1: " in texts(at)
    assert "## Predicted y2: " in texts(at)
    assert "predicted class" not in texts(at)


def test_an_exercise_is_answered_output_by_output() -> None:
    session = exercise()
    at = page(session)
    assert "## Predicted y1: 0.7514" in texts(at)  # as Mazur's example has it
    assert "## Predicted y2: 0.7729" in texts(at)
    number(at, "x1").set_value(1.0)
    button(at, "Predict").click().run()
    assert "## Predicted y1: 0.7514" not in texts(at)


def test_dates_units_and_answers_have_controls_of_their_own() -> None:
    when = ["2024-01-31", "2024-02-10", "2024-03-01", "2024-02-20"]
    frame = pd.DataFrame(
        {
            **{"day": when, "moment": [f"{day} 0{k}:30" for k, day in enumerate(when)]},
            **{"clock": ["7:15", "8:00", "9:30", "10:00"], "pets": ["no", "yes", "no", "yes"]},
            **{"rent": ["500 €", "650 €", "700 €", "800 €"], "y": [1.5, 2.5, 4.0, 3.0]},
        }
    )
    session = Session()
    draft = Draft.of_table(Table(frame))
    features = ("day", "moment", "clock", "pets", "rent")
    session.use(one_row_draft(draft, features))
    session.look(sample=1)
    at = page(session)
    assert at.date_input[0].value == date(2024, 2, 10)
    moments = [box.value for box in at.text_input if ":" in str(box.value)]
    assert moments == ["2024-02-10 01:30:00", "8:00:00"]
    assert number(at, "rent \\(€\\)").value == 650
    y_hat = session.at_epoch().predict(session.run.X[[1]])
    own = session.source.dataset.unscale_y(y_hat)[0, 0]
    assert f"## Predicted y: {number_text(own)}" in texts(at)
    next(box for box in at.text_input if box.label == "moment").set_value("soon")
    button(at, "Predict").click().run()
    assert "“soon” in column “moment” is not a date" in at.error[0].value


def one_row_draft(draft: Draft, features: tuple[str, ...]) -> Draft:
    return Draft(draft.title, draft.table, features, "y", "regression", "")


def test_of_many_columns_the_rest_stay_as_in_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_row, "MOST_INPUTS", 10)
    at = page(trained("breast_cancer"))
    assert "20 more columns as in the sample" in texts(at)
    assert len(at.text_input) == 12
    assert "## Predicted diagnosis: " in texts(at)


# A file of rows


@pytest.mark.parametrize("key", SIZES)
def test_a_file_is_predicted_row_by_row(key: str) -> None:
    session = trained(key)
    at = upload(page(session, FILE), SAMPLES[key].path.read_bytes())
    frame = at.dataframe[0].value
    data = session.source.dataset
    y_hat = session.at_epoch().predict(session.run.X)
    lines = data.lines[data.rows]
    mine = frame.set_index("line").loc[lines, f"predicted {data.target}"]
    if data.classes:
        assert mine.tolist() == data.labels(y_hat)
    else:
        np.testing.assert_allclose(mine, data.unscale_y(y_hat)[:, 0])
    assert [b.label for b in at.download_button] == [
        "Example file to fill in",
        "Download with predictions (CSV)",
    ]


@pytest.mark.parametrize("key", ["iris", "auto_mpg"])
def test_a_file_that_holds_the_target_is_judged(key: str) -> None:
    session = trained(key)
    content = SAMPLES[key].path.read_bytes()
    at = upload(page(session, FILE), content)
    data, net = session.source.dataset, session.at_epoch()
    new = rows_of(data, read_csv(content))
    raw = read_csv(content).frame[data.target].to_numpy()[new.rows]
    if data.classes:
        right = sum(a == b for a, b in zip(data.labels(net.predict(new.X)), raw, strict=True))
        assert f"**Your file: accuracy {right / 1.5:.1f} %**, {right} of 150 rows" in texts(at)
    else:
        errors = np.abs(raw - data.unscale_y(net.predict(new.X))[:, 0])
        assert f"MAE {number_text(errors.mean())}, " in texts(at)
    assert len(figures(at)) == 1
    without = read_csv(content).frame.drop(columns=data.target)
    assert not figures(upload(at, csv_of(without)))


def test_an_unknown_category_is_left_out_and_told_with_its_line() -> None:
    session = trained("penguins")
    rows = many_rows.example(session.source.dataset)
    rows.loc[1, "island"] = "Atlantis"
    at = upload(page(session, FILE), csv_of(rows))
    assert "**2 rows of 3 predicted**" in texts(at)
    told = "“Atlantis” in column “island” did not occur in training \\(line 3\\)"
    assert f"Left out\\: {told}" in texts(at)
    frame = at.dataframe[0].value
    assert frame["line"].tolist() == [2, 4]
    assert frame["bill_length_mm"].tolist() == rows["bill_length_mm"][[0, 2]].tolist()


def test_the_example_and_the_predictions_are_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    at = page(Session(), FILE)
    _, example = offered["Example file to fill in"]
    assert rows_in(example())[0] == ["x1", "x2"]
    upload(at, b"x1,x2,note\n1,0,=1+1\n0.5,many,b\n0,0,c\n")
    assert "**2 rows of 3 predicted**" in texts(at)
    name, predictions = offered["Download with predictions (CSV)"]
    assert name == "predictions.csv"
    names, *rows = rows_in(predictions())
    assert names == ["line", "predicted y", "P(0)", "P(1)", "x1", "x2", "note"]
    assert [(row[0], row[-1]) for row in rows] == [("2", "'=1+1"), ("4", "c")]


def rows_in(content: str | bytes) -> list[list[str]]:
    assert isinstance(content, str)
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))


def test_a_word_among_numbers_is_told_once() -> None:
    at = upload(page(Session(), FILE), b"x1,x2,note\n1,0,1\n0.5,many,2\n0,0,none of it\n")
    said = texts(at)
    assert said.count("many") == 1
    assert "“many” in column “x2” is not a number \\(line 3\\)" in said
    assert "Column “note” is read as text" in said


def test_a_missing_column_is_a_sentence() -> None:
    session = trained("penguins")
    rows = many_rows.example(session.source.dataset).drop(columns="island")
    at = upload(page(session, FILE), csv_of(rows))
    assert "new\\.csv has no column “island”" in at.error[0].value
    assert not at.dataframe
    upload(at, b"\x89PNG\r\n\x1a\n" + bytes(60), "photo.png")
    assert "PNG image" in at.error[0].value


def test_one_row_of_an_exercise_is_enough() -> None:
    at = upload(page(exercise(), FILE), b"x1,x2\n0.05,0.1\n")
    frame = at.dataframe[0].value
    assert frame["predicted y1"].round(4).tolist() == [0.7514]


@pytest.mark.parametrize("make", [lambda: trained("penguins"), exercise, Session])
def test_the_example_is_predicted_as_it_is(make: Any) -> None:
    session = make()
    at = upload(page(session, FILE), csv_of(many_rows.example(session.source.dataset)))
    assert not at.error
    assert len(at.dataframe[0].value) == min(3, len(session.run.X))


def test_the_file_s_own_columns_keep_their_names() -> None:
    content = b"x1,x2,line,predicted y\n0,1,a,b\n1,1,c,d\n"
    frame = upload(page(Session(), FILE), content).dataframe[0].value
    assert list(frame) == [
        *("line (2)", "predicted y (2)", "P(0)", "P(1)"),
        *("x1", "x2", "line", "predicted y"),
    ]
    assert frame["line"].tolist() == ["a", "c"]


def test_of_a_long_file_the_first_rows_are_shown_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_rows, "MOST_SHOWN", 5)
    at = upload(page(Session(), FILE), b"x1,x2\n" + b"0,1\n" * 7)
    assert len(at.dataframe[0].value) == 5
    assert "The first 5 rows are shown; the download holds all." in texts(at)


# Evaluation


def evaluated(session: Session) -> list[tuple[Any, Any]]:
    run, net = session.run, session.at_epoch()
    both = [(run.X, run.y), *([run.validation] if run.validation else [])]
    return [(y, net.predict(X)) for X, y in both]


@pytest.mark.parametrize("key", ["xor", "iris", "penguins", "breast_cancer"])
def test_confusion_and_roc_are_those_of_both_parts(key: str) -> None:
    session = trained(key)
    data = session.source.dataset
    at = page(session, GOOD)
    drawn = figures(at)
    parts = evaluated(session)
    assert len(drawn) == len(parts) + 1
    assert "Training: " in texts(at)
    assert "actual" in json.dumps(drawn[0]["layout"])
    for (y, y_hat), figure, frame in zip(parts, drawn, at.dataframe, strict=False):
        table = confusion(class_indices(y), class_indices(y_hat), len(data.classes))
        assert figure["data"][0]["text"] == [[f"{count:,}" for count in row] for row in table]
        assert frame.value["rows"].tolist() == table.sum(axis=1).tolist()
    curves = [trace["name"] for trace in drawn[-1]["data"] if trace["mode"] == "lines"]
    chosen = 0 if len(data.classes) > 2 else 1
    for (y, y_hat), name in zip(parts, curves, strict=True):
        scores = y_hat[:, 0] if y_hat.shape[1] == 1 else y_hat[:, chosen]
        assert name.endswith(f"AUC = {roc(class_indices(y) == chosen, scores).auc:.4f}")


def test_names_from_a_file_are_no_markup() -> None:
    classes = ("<b>x</b>", "$y$", "*z*")
    rows = [(k, k * 7 % 5, classes[k % 3]) for k in range(12)]
    frame = pd.DataFrame(rows, columns=["<i>a</i>", "[b](c)", "*d*"])
    session = Session()
    session.use(Draft.of_table(read_csv(csv_of(frame))))
    for tab in ("One row", FILE, GOOD):
        at = page(session, tab)
        told = texts(at) + "".join(widget.label for widget in at.text_input)
        for mark in ("<i>", "<b>", "[b]", "*d*", "*z*", "$y$"):
            assert mark not in told
    drawn = json.dumps(figures(at))
    assert "&lt;b&gt;x" in drawn
    assert "<b>" not in drawn


def test_another_class_has_a_curve_of_its_own() -> None:
    session = trained("iris")
    at = page(session, GOOD)
    first = figures(at)[-1]["data"][0]["name"]
    select(at, "Class against all others").set_value(1).run()
    assert not at.exception
    assert figures(at)[-1]["data"][0]["name"] != first


def test_residuals_are_in_the_target_s_own_units() -> None:
    session = trained("auto_mpg")
    at = page(session, GOOD)
    data = session.source.dataset
    (y, y_hat), (y_val, y_val_hat) = evaluated(session)
    for part, pair in (("Training", (y, y_hat)), ("Validation", (y_val, y_val_hat))):
        found = residuals(data, *pair)
        assert f"**{part}: R² = {found.r2[0]:.4f}**, MAE {number_text(found.mae[0])}" in texts(at)
    assert len(figures(at)) == 2


def test_without_validation_and_untrained_it_says_so() -> None:
    at = page(exercise(), GOOD)
    assert "There is no validation set" in texts(at)
    assert "No training yet." in texts(at)
    select(at, "Output").set_value(1).run()
    assert not at.exception


def test_a_large_part_is_judged_in_part_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "MOST_ROWS", 50)
    monkeypatch.setattr(quality, "MOST_POINTS", 20)
    at = page(trained("auto_mpg"), GOOD)
    assert "50 of 314 rows, drawn at random with a fixed seed" in texts(at)
    assert "20 rows are drawn; the scores above use all" in texts(at)


def test_outputs_that_are_no_numbers_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = quality.EvaluationPart(
        "Training", 1, np.ones((1, 1)), np.array([[np.nan]]), np.array([2])
    )
    monkeypatch.setattr(quality, "evaluation_parts", lambda _: [broken])
    assert "not finite" in page(Session(), GOOD).warning[0].value
