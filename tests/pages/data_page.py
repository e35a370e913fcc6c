"""The Data page without a browser: how a test gets there and works its widgets."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.pages.driving import button, session, texts

PAGE = "pages/dataset.py"
PRICES = b"size,rooms,heating,price\n" + b"".join(
    b"%d,%d,%s,%d\n" % (40 + 3 * (i % 29), i % 5, (b"gas", b"oil")[i % 2], 90_000 + 7_000 * i)
    for i in range(30)
)


def to(app: AppTest, page: str) -> AppTest:
    return app.switch_page(page).run()


def choose(app: AppTest, way: str) -> AppTest:
    return app.segmented_control(key="way").set_value(way).run()


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    choose(app, "Your own CSV")
    return app.file_uploader[0].set_value((name, content, "text/csv")).run()


def press(app: AppTest, label: str) -> AppTest:
    return button(app, label).click().run()


def use(app: AppTest) -> AppTest:
    return press(app, "Use this data")


def choice(app: AppTest, name: str) -> Any:
    """One of the widgets that choose for the table on display."""
    state = session(app)
    draft = state.upload if state.input_method == "Your own CSV" else state.sample
    assert draft is not None
    kinds = [app.selectbox, app.multiselect, app.slider, app.text_input]
    return next(w for kind in kinds for w in kind if w.key == f"{name}-{draft.number}")


def fill(app: AppTest, table: str, **state: Any) -> AppTest:
    """Type into a table of the exercise; `state` is what its editor would report."""
    edits = {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **state}
    app.session_state[f"typed-{session(app).exercise.number}-{table}"] = edits
    return app.run()


def is_used(app: AppTest) -> bool:
    return "It is in use." in texts(app)
