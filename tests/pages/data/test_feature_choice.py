"""Features of a wide table: all but those named, or only those named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.data.feature_choice import WIDE
from tests.pages.data_page import PAGE, choice, to, upload, use
from tests.pages.driving import open_app, session, toggle

WIDTH = WIDE + 20
NAMES = [f"g{i}" for i in range(WIDTH)]
ALL_BUT = "All columns except"


@pytest.fixture
def app() -> AppTest:
    cells = np.random.default_rng(0).integers(0, 9, (40, WIDTH + 1))
    cells[:, 0] = 0
    rows = "\n".join(",".join(map(str, row)) for row in cells)
    table = f"{','.join([*NAMES, 'label'])}\n{rows}\n"
    return upload(to(open_app(), PAGE), "genes.csv", table.encode())


def features(app: AppTest) -> tuple[str, ...]:
    found: Any = session(app).upload
    return tuple(found.features)


def test_of_many_columns_those_left_out_are_named(app: AppTest) -> None:
    assert toggle(app, ALL_BUT).value
    assert choice(app, "left-out").value == ["g0"]  # which is constant
    assert features(app) == tuple(NAMES[1:])
    choice(app, "left-out").set_value(["g0", "g3"]).run()
    assert features(app) == (*NAMES[1:3], *NAMES[4:])
    use(app)
    assert len(session(app).source.dataset.feature_names) == WIDTH - 2


def test_either_way_of_naming_shows_what_is_chosen(app: AppTest) -> None:
    choice(app, "left-out").set_value(["g0", "g5"]).run()
    toggle(app, ALL_BUT).set_value(False).run()
    expected = [*NAMES[1:5], *NAMES[6:]]
    assert choice(app, "features").value == expected
    choice(app, "features").set_value(["g7", "g8"]).run()
    toggle(app, ALL_BUT).set_value(True).run()
    assert features(app) == ("g7", "g8")
    assert len(choice(app, "left-out").value) == WIDTH - 2


def test_another_target_changes_places_with_a_feature(app: AppTest) -> None:
    choice(app, "target").set_value("g4").run()
    assert choice(app, "left-out").value == ["g0"]
    assert features(app) == (*NAMES[1:4], *NAMES[5:], "label")
    choice(app, "target").set_value("label").run()
    assert features(app) == tuple(NAMES[1:])


def test_few_columns_are_named_themselves() -> None:
    table = b"a,b,y\n" + b"".join(b"%d,%d,%d\n" % (i, i * i % 5, i % 2) for i in range(30))
    app = upload(to(open_app(), PAGE), "few.csv", table)
    assert ALL_BUT not in [widget.label for widget in app.toggle]
    assert choice(app, "features").value == ["b"]


def test_a_constant_feature_is_kept_if_it_shall_be(app: AppTest) -> None:
    label = "Keep constant features"
    assert label not in [widget.label for widget in app.toggle]
    choice(app, "left-out").set_value([]).run()
    use(app)
    assert len(session(app).source.dataset.feature_names) == WIDTH - 1
    toggle(app, label).set_value(True).run()
    use(app)
    assert len(session(app).source.dataset.feature_names) == WIDTH
    assert not app.exception
