"""Every page and every file in every convention, beside an independent computation.

Each form is taken through all pages, and every file that is offered on the way is opened. What
follows the form is compared with automatic differentiation; what does not has to say so.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import streamlit as st
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from core.checking.assignment import SETTINGS, read_bundle
from core.checking.grading import mark_bytes
from core.export import predictions_csv
from core.training.run_file import read_run, write_run
from core.utils.number_text import short_text
from pages.ui.chain_rule.scene import matrix_names
from pages.ui.save.html_report import OMITTED_VIEWS
from pages.ui.save.page.controls import BUTTON
from pages.ui.state.conventions import SQUARED, Conventions
from pages.ui.state.permalink import VERSION, Permalink, PermalinkError
from pages.ui.state.session import KEY, Session, Weight
from pages.ui.state.session_file import load
from pages.ui.state.stage_request import FeaturePlane
from pages.ui.style.labels import LOSS_NAMES
from pages.ui.style.latex import escape_latex
from tests.by_hand import ERROR_TEXTS
from tests.core.oracles import Problem, autograd_gradients, cost
from tests.pages.driving import button, stage_texts, switch_on, texts
from tests.pages.state.test_permalink import packed
from tests.pages.test_chain_rule import APP, page, shown, trained
from tests.pages.unpacking import decode, messages_of

Array = NDArray[np.float64]
Content = str | bytes

DIGITS = (4, 3, 7, 12)
FORMS = [
    Conventions(DIGITS[(place + place // 4) % 4], *form)
    for place, form in enumerate(product((None, *SQUARED[1:]), (False, True), (False, True)))
]
# Runs of other shapes, and of other losses, in whose place the one that is chosen may not stand.
RUNS = {
    "three outputs": Conventions(7, "mse", bias_apart=True, transposed=True),
    "relu, half_sse": Conventions(5, "half_mse", transposed=True),
    "tanh, cross-entropy": Conventions(4, "mse", bias_apart=True),
    "no biases": Conventions(3, "half_sse", bias_apart=True),
}
VIEWS, PLANE = frozenset({"gradients", "surface", "log"}), FeaturePlane(1, 0, 0)
TABS = ("Gradient check", "Check my gradients", "Bug lab")


def name_of(form: Conventions) -> str:
    words = [form.loss or "own loss", f"{form.digits} digits"]
    words += ["bias apart"] * form.bias_apart + ["transposed"] * form.transposed
    return ", ".join(words)


def in_view(session: Session, form: Conventions) -> Session:
    """Seen in that form and with something switched on."""
    session.conventions, session.views, session.plane = form, VIEWS, PLANE
    return session


def xor(form: Conventions) -> Session:
    """XOR at η = 10 and epoch 60."""
    session = Session()
    session.run.advance(60)
    session.report(60, playing=False)
    return in_view(session, form)


@dataclass(frozen=True)
class Truth:
    """What is to be seen, from the weights and the data alone."""

    trained: str  # the loss that the run minimises
    loss: str  # the one that is shown
    C: float
    gradients: tuple[Array, ...]

    @classmethod
    def of(cls, session: Session) -> "Truth":
        run, form = session.run, session.conventions
        own = run.settings_at(session.epoch).loss
        loss = form.loss if form.loss and own != "cross_entropy" else own
        problem = Problem(session.at_epoch(), run.X, run.y, loss)
        return cls(own, loss, cost(problem), autograd_gradients(problem))

    def at(self, weight: Weight) -> float:
        return float(self.gradients[weight.layer - 1][weight.row, weight.column])


def in_form(session: Session, layer: int, matrix: Array) -> dict[str, Array]:
    """A matrix as a course of that form writes it: by W or b."""
    net, form = session.run.template, session.conventions
    apart = form.bias_apart and (net.bias_input, net.bias_hidden)[layer - 1]
    found = {"W": matrix[:-1], "b": matrix[-1:]} if apart else {"W": matrix}
    return {name: part.T if form.transposed else part for name, part in found.items()}


def laid_out(session: Session) -> bool:
    """Whether the form has matrices that are not as in the derivation."""
    form, net = session.conventions, session.run.template
    return form.transposed or (form.bias_apart and (net.bias_input or net.bias_hidden))


def pasted(session: Session, gradients: tuple[Array, ...]) -> str:
    """Gradients as somebody copies them from a page: in its form, to its digits."""
    digits = session.conventions.digits
    lines = []
    for layer, matrix in enumerate(gradients, start=1):
        for letter, part in in_form(session, layer, matrix).items():
            rows = ", ".join(f"[{', '.join(f'{x:.{digits}g}' for x in row)}]" for row in part)
            lines.append(f"d{letter}{layer} = [{rows}]")
    return "\n".join(lines)


def close(actual: Any, expected: Any) -> bool:
    return bool(np.allclose(np.asarray(actual, float), expected, rtol=1e-9, atol=1e-15))


def rounded(value: float, digits: int) -> str:
    return f"{value:.{digits}g}".replace("-", "−")


# Files


def rows_of(text: Content) -> list[dict[str, str]]:
    assert isinstance(text, str)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def says(content: Content, sentence: str) -> bool:
    """Whether a script's comments hold a sentence, wrapped or not."""
    assert isinstance(content, str)
    text = content
    if content.startswith("{"):
        text = "".join("".join(cell["source"]) for cell in json.loads(content)["cells"])
    return " ".join(sentence.split()) in " ".join(text.replace("\n#", "\n").split())


def check_script(content: Content, session: Session, truth: Truth) -> None:
    """It trains by the run's own loss and layout, and says so where that is not the form."""
    if isinstance(content, bytes):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(n for n in archive.namelist() if n.endswith((".py", ".ipynb")))
            content = archive.read(name).decode()
    other = truth.loss != truth.trained
    assert says(content, f"shown with the {LOSS_NAMES[truth.loss]}") == other
    assert says(content, "Matrices are laid out as in the derivation") == laid_out(session)


def check_matrix(content: Content, session: Session, truth: Truth) -> None:  # noqa: ARG001
    """As the weights are, with the names of rows and columns."""
    rows = rows_of(content)
    corner = next(iter(rows[0]))
    matrix = {"W1": session.at_epoch().W1, "W2": session.at_epoch().W2}[corner]
    names = [row.pop(corner) for row in rows]
    net = session.run.template
    assert (names[-1] == "bias") == (net.bias_input if corner == "W1" else net.bias_hidden)
    assert np.array_equal([[float(x) for x in row.values()] for row in rows], matrix)


def check_json(content: Content, session: Session, truth: Truth) -> None:
    told = json.loads(content)
    assert close(told["C"], truth.C)
    assert told["loss"] == truth.loss
    assert bool(told["note"]) == laid_out(session)
    assert np.array_equal(told["W1"], session.at_epoch().W1)


def check_npz(content: Content, session: Session, truth: Truth) -> None:  # noqa: ARG001
    assert isinstance(content, bytes)
    with np.load(io.BytesIO(content)) as told:
        assert close(told["C"], truth.C)
        assert str(told["loss"]) == truth.loss


def check_history(content: Content, session: Session, truth: Truth) -> None:
    row = rows_of(content)[session.epoch]
    problem = Problem(session.at_epoch(), session.run.X, session.run.y, row["loss"])
    assert row["loss"] == truth.trained
    assert close(row["C"], cost(problem))


def check_predictions(content: Content, session: Session, truth: Truth) -> None:  # noqa: ARG001
    """No number of it depends on a convention."""
    assert content == predictions_csv(session.at_epoch(), session.source.dataset)


def check_factors(content: Content, session: Session, truth: Truth) -> None:
    rows = rows_of(content)
    gradient = next(row for row in rows if row["id"] == "gradient")
    assert close(gradient["value"], truth.at(session.focus.weight))
    letter = "b" if "b" in in_form(session, 1, truth.gradients[0]) and is_bias(session) else "W"
    assert letter in gradient["symbol"]
    assert (gradient["symbol"].count("[l,k]") > 0) == (
        session.conventions.transposed and letter == "W"
    )


def is_bias(session: Session) -> bool:
    net, weight = session.run.template, session.focus.weight
    return weight.row == (net.inputs if weight.layer == 1 else net.units)


def check_paper(content: Content, session: Session, truth: Truth) -> None:
    """It names the loss, and how many digits there are."""
    assert isinstance(content, str)
    name = LOSS_NAMES[truth.loss]
    assert name in content or escape_latex(name) in content
    assert f"{session.conventions.digits} significant digits" in content


def check_answers(content: Content, session: Session, truth: Truth) -> None:
    check_paper(content, session, truth)
    gradient, digits = truth.at(session.focus.weight), session.conventions.digits
    mantissa, _ = f"{abs(gradient):.{digits - 1}e}".replace(".", "").split("e")
    assert mantissa in str(content).replace(".", "")


def check_check(content: Content, session: Session, truth: Truth) -> None:  # noqa: ARG001
    rows = rows_of(content)
    assert len(rows) == sum(matrix.size for matrix in truth.gradients)
    for row in rows:
        matrix = truth.gradients[("W1", "W2").index(row["matrix"])]
        expected = matrix[int(row["k"]) - 1, int(row["l"]) - 1]
        assert row["loss"] == truth.loss
        assert close(row["chain rule"], expected)
        assert close(row["complex step"], expected)


def check_bundle(content: Content, session: Session, truth: Truth) -> None:
    """A class that hands in what the chain rule page shows is right."""
    assert isinstance(content, bytes)
    bundle = read_bundle(content)
    assert bundle.loss == truth.loss
    marked = mark_bytes(bundle, "ada.txt", pasted(session, truth.gradients).encode())
    assert marked.verdict.startswith("right")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        settings = json.loads(archive.read(SETTINGS))
    assert "a row leads from an input" in settings["layout"]
    assert ("the last row of W1" in settings["layout"]) == bundle.net.bias_input


def check_run(content: Content, session: Session, truth: Truth) -> None:  # noqa: ARG001
    assert isinstance(content, bytes)
    there = Session()
    load(there, content)
    assert_same_view(there, session)


def check_cost(content: str, session: Session, loss: str, C: float) -> None:
    row = re.search(r"<th>C</th><td>([^,;]*), the ([^;]*);", content)
    assert row is not None
    assert row.groups() == (rounded(C, session.conventions.digits), LOSS_NAMES[loss])


def check_page(content: Content, session: Session, truth: Truth) -> None:
    """What moves in it is computed in the browser: see tests/browser/test_page_factors.py."""
    assert isinstance(content, str)
    run = session.run
    header, _ = decode(messages_of(content)["run"])
    assert header["conventions"] == asdict(session.conventions)
    (segment,) = header["segments"]
    assert segment["loss"] == truth.loss
    shown, own = (
        cost(Problem(run.network, run.X, run.y, loss)) for loss in (truth.loss, truth.trained)
    )
    assert close([segment["factor"] * own], [shown])
    check_cost(content, session, truth.loss, shown)


def check_report(content: Content, session: Session, truth: Truth) -> None:
    assert isinstance(content, str)
    digits = session.conventions.digits
    check_cost(content, session, truth.loss, truth.C)
    assert ("which the run minimises; the" in content) == (truth.loss != truth.trained)
    for layer, matrix in enumerate(truth.gradients, start=1):
        for letter, part in in_form(session, layer, matrix).items():
            title = f"∂C/∂{letter}{'⁽¹⁾' if layer == 1 else '⁽²⁾'}, {len(part)}×{part.shape[1]}"
            assert f"<h3>{title}</h3>" in content
            picture = content.split(f"<h3>{title}</h3>")[1].split("</figure>")[0]
            numbers = re.findall(r"<title>([^<]*)</title>", picture)
            assert close(numbers, part.ravel())
            cells = re.findall(r'<text class="i\d+"[^>]*>([^<]*)<', picture)
            assert all(len(re.sub(r"e.*|\D", "", cell).lstrip("0")) <= digits for cell in cells)
    assert (OMITTED_VIEWS in content) == bool(session.views - {"gradients"})


Checker = Callable[[Content, Session, Truth], None]
FILES: dict[str, Checker] = {
    "Save the run": check_run,
    "NumPy script": check_script,
    "Notebook": check_script,
    "PyTorch script": check_script,
    "Report (HTML)": check_report,
    BUTTON: check_page,
    "W⁽¹⁾ (CSV)": check_matrix,
    "W⁽²⁾ (CSV)": check_matrix,
    "Weights (JSON)": check_json,
    "Weights (npz)": check_npz,
    "Download the weights": check_npz,
    "History (CSV)": check_history,
    "Predictions (CSV)": check_predictions,
    "Factors of the sample (CSV)": check_factors,
    "Factors (CSV)": check_factors,
    "Worked example (LaTeX)": check_answers,
    "Worksheet (Markdown)": check_paper,
    "Worksheet (LaTeX)": check_paper,
    "Answer key (Markdown)": check_answers,
    "Answer key (LaTeX)": check_answers,
    "Download (CSV)": check_check,
    "Download the bundle": check_bundle,
}


# Pages


def component(at: AppTest, name: str) -> Any:
    return next(c.proto for c in at.get("bidi_component") if c.proto.component_name == name)


def charts(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def assert_same_view(there: Session, here: Session) -> None:
    assert there.conventions == here.conventions
    assert (there.views, there.plane) == (here.views, here.plane)
    assert (there.epoch, there.focus) == (here.epoch, here.focus)
    assert there.at_epoch().W1.tobytes() == here.at_epoch().W1.tobytes()


def is_noted(told: str, session: Session, truth: Truth) -> None:
    """Whether a text says that a page shows the run's own loss and the derivation's matrices."""
    other = f"which the run minimises; the chain rule is shown with the {LOSS_NAMES[truth.loss]}"
    assert (other in told) == (truth.loss != truth.trained)
    assert ("Matrices are laid out as in the derivation" in told) == laid_out(session)


def on_train(at: AppTest, session: Session, truth: Truth) -> None:
    is_noted(stage_texts(at), session, truth)


def on_derivation(at: AppTest, session: Session, truth: Truth) -> None:
    lines = "".join(str(element.proto.body) for element in at.get("html"))
    for anchor, expected in (("eq-1", truth.C), ("eq-10", truth.at(session.focus.weight))):
        live = lines.split(f'data-testid="live-{anchor}"')[1]
        for number in re.findall(r"<dd>([^<]*)</dd>", live)[:2]:
            assert close(number.replace("−", "-"), expected)
    assert (f"C is the {LOSS_NAMES[truth.loss]}" in texts(at)) == (truth.loss != truth.trained)


def on_chain_rule(at: AppTest, session: Session, truth: Truth) -> None:  # noqa: ARG001
    scene = shown(at)
    assert scene["forms"]["1"]["factors"][0]["numbers"] == ERROR_TEXTS[truth.loss]
    assert close(scene["dW1"], truth.gradients[0])
    assert close(scene["dW2"], truth.gradients[1])


def on_check(at: AppTest, session: Session, truth: Truth) -> None:
    assert len(at.success) == 1
    assert f"C is the {LOSS_NAMES[truth.loss]}" in texts(at)
    found = [len(chart["data"][0]["y"]) for chart in charts(at)]
    parts = [
        len(part)
        for layer, matrix in enumerate(truth.gradients, start=1)
        for part in in_form(session, layer, matrix).values()
    ]
    assert found[: len(parts)] == parts


def on_mine(at: AppTest, session: Session, truth: Truth) -> None:
    assert f"C: {LOSS_NAMES[truth.loss]}" in texts(at)
    assert ("Matrices are laid out as in the derivation" in texts(at)) == laid_out(session)
    at.text_area(key="mine_text").set_value(pasted(session, truth.gradients))
    button(at, "Check").click().run()
    assert not at.exception
    assert not at.error
    assert at.success[0].value.startswith("**Right.**")


def on_bug_lab(at: AppTest, session: Session, truth: Truth) -> None:
    assert f"C: {LOSS_NAMES[truth.trained]}" in texts(at)
    is_noted(texts(at), session, truth)


def on_predict(at: AppTest, session: Session, truth: Truth) -> None:  # noqa: ARG001
    y_hat = session.at_epoch().predict(session.run.X[[session.focus.sample]]).max()
    told = re.search(r"ŷ = ([\d.]+)[, ]", texts(at))
    assert told is not None
    assert float(told[1]) == float(f"{y_hat:.{session.conventions.digits}g}")
    assert len(told[1].replace(".", "").lstrip("0")) == session.conventions.digits


def on_save(at: AppTest, session: Session, truth: Truth) -> None:
    is_noted(texts(at), session, truth)


def visits(at: AppTest) -> Iterator[Callable[[AppTest, Session, Truth], None] | None]:
    """Every page, and on it every way to look on; what is to be seen there."""
    at.switch_page("pages/train.py").run()
    yield on_train
    at.switch_page("pages/chain-rule.py").run()
    yield on_chain_rule
    for way in at.segmented_control(key="chain_further").options[1:]:
        at.segmented_control(key="chain_further").set_value(way).run()
        yield None
    at.switch_page("pages/the-derivation.py").run()
    yield on_derivation
    for tab, seen in zip(TABS, (on_check, on_mine, on_bug_lab), strict=True):
        at.session_state["check_tab"] = tab
        at.switch_page("pages/gradient-check.py").run()
        yield seen
    at.switch_page("pages/predict.py").run()
    yield on_predict
    at.switch_page("pages/save.py").run()
    yield on_save


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_all_pages_and_files_follow_the_form_or_say_so(
    form: Conventions, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive(xor(form), monkeypatch)


@pytest.mark.parametrize("run", RUNS)
def test_so_they_do_for_runs_of_other_shapes_and_losses(
    run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive(in_view(trained(run), RUNS[run]), monkeypatch)


def drive(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Visit all pages, and open every file that is offered there."""
    files: dict[str, Content] = {}

    def offered(label: str, data: Any, *_: object, **__: object) -> None:
        files[label] = data() if callable(data) else data

    monkeypatch.setattr(st, "download_button", offered)
    truth = Truth.of(session)
    at = AppTest.from_file(APP, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    for seen in visits(at):
        assert not at.exception
        if seen is not None:
            seen(at, session, truth)
    assert set(files) == set(FILES)
    for label, check in FILES.items():
        check(files[label], session, truth)


def test_another_loss_is_computed_anew_at_the_same_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was computed for one loss is not shown for another."""
    files: dict[str, Any] = {}
    monkeypatch.setattr(
        st, "download_button", lambda label, data, *_, **__: files.update({label: data})
    )
    session = xor(Conventions())
    for tab, seen in zip(TABS[:2], (on_check, on_mine), strict=True):
        at = AppTest.from_file(APP, default_timeout=60)
        at.session_state[KEY], at.session_state["check_tab"] = session, tab
        at.run()
        at.switch_page("pages/gradient-check.py").run()
        for loss in (*SQUARED, *SQUARED):
            session.conventions = Conventions(loss=loss)
            at.run()
            seen(at, session, Truth.of(session))
            if tab == TABS[0]:
                check_check(files["Download (CSV)"], session, Truth.of(session))


def test_explored_cells_have_the_chosen_digits() -> None:
    at = AppTest.from_file(APP, default_timeout=60)
    at.session_state[KEY] = session = xor(Conventions(digits=7))
    at.run()
    switch_on(at, "explore")
    net = session.at_epoch()
    for chart, matrix in zip(charts(at), (net.W1, net.W2), strict=False):
        expected = [[short_text(value, 7) for value in row] for row in matrix]
        assert chart["data"][0]["text"] == expected


# The link and the saved run

OLD_LINK = {  # made before links carried a version
    "data": "xor",
    "setup": "eNqrVkrOyM9MTi1Wsqqu1VHKSy0pzy_KhnBKihIz8zLz0pWsoqMNdKqVclITi0D8-KLEklQlK0MDPQMdpd"
    "SC_OQMoG5TA4PaWJ1oMywKTTHUxdYCAKRcJ7c",
    "epoch": "65",
    "row": "2",
    "output": "1",
    "weight": "2.2.1",
}
OLD_FIELDS = {  # of the run's file
    "choices": {},
    "network": {},
    "training": [
        [0, {"learning_rate": 10.0, "epochs": 500}],
        [60, {"learning_rate": 5.0, "epochs": 500}],
    ],
}


def opened(params: dict[str, str]) -> AppTest:
    """The chain rule page of a fresh browser that was given an address."""
    at = AppTest.from_file(APP, default_timeout=60)
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    at.switch_page("pages/chain-rule.py").run()
    assert not at.exception
    return at


def state(at: AppTest) -> Session:
    found: Session = at.session_state[KEY]
    return found


@pytest.mark.parametrize("form", FORMS[::3], ids=name_of)
def test_whoever_opens_the_link_sees_exactly_these_numbers(form: Conventions) -> None:
    session = xor(form)
    session.look(sample=1, weight=Weight(2, 3, 0))
    here = page(session)
    data = json.loads(component(here, "chainscope_link").json)
    there = opened({name: value for name, value in data["params"].items() if name != "run"})
    assert_same_view(state(there), session)
    scene, other = shown(here), shown(there)
    for name in ("conventions", "functions", "forms", "focus", "epoch"):
        assert other[name] == scene[name]
    arrays = {name: value for name, value in scene.items() if isinstance(value, np.ndarray)}
    assert {*matrix_names(2)} < {*arrays}
    for name, values in arrays.items():
        assert other[name].tobytes() == values.tobytes()


def test_an_older_link_opens_as_it_did_then() -> None:
    there = state(opened(OLD_LINK))
    assert (there.epoch, there.focus.sample, there.focus.weight) == (65, 1, Weight(2, 1, 0))
    assert there.run.settings_at(60).learning_rate == 5.0
    assert (there.conventions, there.views) == (Conventions(), frozenset())


def test_an_older_file_of_a_run_leaves_the_form_as_it_is() -> None:
    session = xor(Conventions())
    session.retry(60, replace(session.settings, learning_rate=5.0))
    about = {"fields": OLD_FIELDS, "places": {**OLD_LINK, "epoch": "60"}, "table": ""}
    there = in_view(Session(), Conventions(6, "mse"))
    load(there, write_run(session.run, about))
    assert there.epoch == 60
    assert (there.conventions, there.views) == (Conventions(6, "mse"), VIEWS)


def test_a_link_of_tomorrow_is_refused_in_a_sentence() -> None:
    fields = {**Permalink.of(xor(FORMS[5])).fields, "version": VERSION + 1}
    with pytest.raises(PermalinkError, match=f"later version \\({VERSION + 1};"):
        Permalink.read({"setup": packed(fields)})
    saved = read_run(write_run(xor(FORMS[5]).run, {"fields": fields, "places": OLD_LINK}))
    about = {**saved.about, "table": ""}
    with pytest.raises(PermalinkError, match="later version"):
        load(Session(), write_run(saved.run, about))


@pytest.mark.parametrize(
    "wrong",
    [
        {"conventions": {"digits": 400}},
        {"conventions": {"digits": 1.5}},
        {"conventions": {"digits": True}},
        {"conventions": {"loss": "hinge"}},
        {"conventions": {"loss": "cross_entropy"}},
        {"conventions": {"loss": []}},
        {"conventions": {"transposed": 1}},
        {"conventions": {"colour": "red"}},
        {"conventions": 5},
        {"views": ["surface", "everything"]},
        {"views": "surface"},
        {"views": [["surface"]]},
        {"plane": [0, 1]},
        {"plane": [0, -1, 0]},
        {"plane": [0, 1, 1e300]},
        {"plane": ["0", "1", "0"]},
        {"version": "2"},
    ],
    ids=json.dumps,
)
def test_a_form_that_nobody_can_choose_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(PermalinkError, match="copy the link again"):
        Permalink.read({"setup": packed({**OLD_FIELDS, **wrong})})


def test_a_plane_beyond_the_data_is_brought_into_it() -> None:
    setup = Permalink.read(
        {"setup": packed({**OLD_FIELDS, "views": ["surface"], "plane": [9, 9, 9]})}
    )
    session = Session()
    setup.begin(session)
    at = AppTest.from_file(APP, default_timeout=60)
    at.session_state[KEY] = session
    assert not at.run().exception
