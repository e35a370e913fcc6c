"""All that leads to a number goes into an address and comes out again, to the last bit."""

import base64
import json
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.checking.exercise_text import ExerciseText
from core.dataset.samples.make import Recipe
from core.network import Network
from core.table.csv_table import Dialect, read_csv
from core.table.meaning import MeaningChoices, interpret
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import MAX_DIGITS
from pages.ui.state.draft_fields import MAX_UNITS, file_hash
from pages.ui.state.drafts import MAX_VALIDATION, Draft, Exercise, File, mazur
from pages.ui.state.generated_sample import with_recipe
from pages.ui.state.permalink import MAX_TEXT, Permalink, PermalinkError
from pages.ui.state.session import Session, Weight
from tests.pages.driving import open_app
from tests.pages.driving import session as session_of
from tests.pages.test_chain_rule import CASES, trained

CSV = b"a;b;c;t\n" + b"".join(f"{i};{i % 7},5;x{i % 3};{i % 2}\n".encode() for i in range(40))
UPLOADED = File("1", "mine.csv", CSV)


def followed(session: Session, file: File | None = None) -> Session:
    """Another session that followed the address of this one."""
    setup, there = Permalink.read(Permalink.of(session).params), Session()
    setup.begin(there, file)
    setup.train(there)
    return there


def assert_same(there: Session, here: Session) -> None:
    for epoch in range(here.epoch + 1):
        a, b = there.run.at(epoch), here.run.at(epoch)
        assert [W.tobytes() for W in a.weights] == [W.tobytes() for W in b.weights]
        assert there.run.settings_at(epoch) == here.run.settings_at(epoch)
    assert (there.epoch, there.focus) == (here.epoch, here.focus)
    data, other = here.source.dataset, there.source.dataset
    assert data.feature_names == other.feature_names
    assert data.X.tobytes() == other.X.tobytes()
    assert there.architecture == here.architecture or here.architecture.given is not None


@pytest.mark.parametrize("case", CASES)
def test_whoever_follows_a_link_sees_the_same_numbers(case: str) -> None:
    session = trained(case)
    session.look(sample=1, output=0, weight=Weight(2, 1, 0))
    assert_same(followed(session), session)


def test_the_stop_of_a_step_goes_along() -> None:
    session = trained("as derived", 20)
    assert followed(session).stop == ""
    session.go_to_stop("dC_dW2")
    assert Permalink.of(session).params["stop"] == "dC_dW2"
    assert followed(session).stop == "dC_dW2"


@pytest.mark.parametrize("stop", ["dC_dZ2", "x", "", "X " * 1000])
def test_a_stop_that_the_network_does_not_have_opens_nothing(stop: str) -> None:
    there = Session()
    there.go_to_stop("H")
    params = Permalink.of(trained("as derived", 5)).params
    Permalink.read({**params, "stop": stop}).look(there)
    assert there.stop == ""


def test_a_network_of_another_depth_begins_at_the_first_stop() -> None:
    session = Session()
    session.go_to_stop("dC_dZ")
    session.begin(settings=replace(session.settings, seed=9))
    assert session.stop == "dC_dZ"
    session.begin(architecture=Architecture(hidden=(3, 3)))
    assert session.stop == "X"


def test_settings_that_changed_on_the_way_go_along() -> None:
    session = trained("as derived", 20)
    session.change(replace(session.settings, optimizer="adam", learning_rate=0.1))
    session.run.advance(10)
    session.report(17, playing=False)
    session.change(replace(session.settings, batch_size=2, seed=5))
    session.run.advance(10)
    session.report(25, playing=False)
    there = followed(session)
    assert there.run.branch_epochs == session.run.branch_epochs == (10, 17)
    assert_same(there, session)


def columns_chosen() -> Session:
    session = Session()
    draft = replace(
        Draft.of_sample("iris"), features=("petal_length_cm", "petal_width_cm"), scaling="minmax",
        validation=0.4, seed=3,
    )  # fmt: skip
    session.use(draft, Architecture(hidden=(5,), scheme="he_normal", seed=8))
    return session


def made_anew() -> Session:
    session = Session()
    session.use(with_recipe(Draft.of_sample("moons"), Recipe(120, 0.2, 7)))
    return session


def exercise() -> Session:
    session = Session()
    session.use(mazur())
    return session


def typed_weights() -> Session:
    session = Session()
    net = session.at_epoch()
    session.edit(0, replace(net, W1=net.W1 + 0.25), frozenset({(1, 0, 0)}))
    return session


def deep_exercise() -> Session:
    session = Session()
    net = Network.init(2, (2, 4, 3), 2, bias_hidden=False, seed=3)
    session.use(mazur().with_text(ExerciseText(np.eye(2), np.eye(2), net.weights, True, False)))
    return session


def deep_weights() -> Session:
    session = Session()
    net = Network.init(2, (3, 2), 1, seed=4)
    session.begin(architecture=Architecture(hidden=(3, 2), given=net))
    return session


@pytest.mark.parametrize(
    "make", [columns_chosen, made_anew, exercise, typed_weights, deep_exercise, deep_weights]
)
def test_choices_of_data_and_network_go_along(make: Callable[[], Session]) -> None:
    session = make()
    session.run.advance(6)
    session.report(5, playing=False)
    there = followed(session)
    assert_same(there, session)
    assert isinstance(there.source.draft, Exercise) == (make in (exercise, deep_exercise))


def test_an_exercise_with_one_hidden_layer_is_written_as_before() -> None:
    choices = Permalink.of(exercise()).choices
    assert choices["sizes"]["hidden"] == 2
    assert sorted(choices) == ["W1", "W2", "samples", "sizes", "with_weights"]
    deeper = Permalink.of(deep_exercise()).choices
    assert deeper["sizes"]["hidden"] == [2, 4, 3]
    assert sorted(deeper) == ["W1", "W2", "W3", "W4", "samples", "sizes", "with_weights"]


def test_given_weights_too_long_for_an_address_leave_it_without_a_setup() -> None:
    session = Session()
    given_weights = Network.init(2, (40, 40, 40), 1)
    session.begin(architecture=Architecture(hidden=(40, 40, 40), given=given_weights))
    assert Permalink.of(session).address["setup"] == ""


def test_a_file_of_ones_own_is_asked_for_by_its_hash() -> None:
    session = Session()
    given = Dialect(delimiter=";")
    table = interpret(read_csv(CSV, name="mine.csv", dialect=given), MeaningChoices(as_text=("b",)))
    draft = replace(
        Draft.of_table(table, replace(UPLOADED, given=given)), features=("a", "c"), target="t"
    )
    session.use(draft)
    session.run.advance(4)
    session.report(4, playing=False)
    setup = Permalink.read(Permalink.of(session).params)
    assert setup.needs_file
    assert setup.data == file_hash(CSV)
    for file in (None, File("2", "mine.csv", CSV + b"1;1;x1;0\n")):
        with pytest.raises(PermalinkError, match="needs the file"):
            setup.begin(Session(), file)
    there = followed(session, UPLOADED)
    assert_same(there, session)
    assert there.upload is not None
    assert there.upload.table.choices == MeaningChoices(as_text=("b",))


def test_weights_typed_over_on_the_way_are_said_not_to_be_in_it() -> None:
    session = trained("as derived", 20)
    net = session.run.at(5)
    session.edit(5, replace(net, W2=net.W2 * 2), frozenset())
    assert Permalink.of(session).edited_epochs == (5,)
    assert Permalink.of(trained("as derived", 20)).edited_epochs == ()


def test_an_address_of_hand_is_enough() -> None:
    setup, session = Permalink.read({"data": "iris", "epoch": "7", "row": "5"}), Session()
    setup.begin(session)
    setup.train(session)
    assert (session.source.title, session.epoch, session.focus.sample) == ("Iris", 7, 4)


GIVEN = [[[1.0]] * 3, [[1.0]] * 2]  # weights for XOR


def packed(fields: object) -> str:
    text = zlib.compress(json.dumps(fields).encode())
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize(
    "params",
    [
        {"setup": "%%%"},
        {"setup": "AAAA"},
        {"setup": packed({})[:-4]},
        {"setup": packed({"training": [[0, {"learning_rate": "x"}]]})},
        {"setup": packed({"training": 5})},
        {"setup": packed({"choices": 5})},
        {"setup": packed([1])},
        {"setup": packed({"a": "0" * (MAX_TEXT + 1)})},
        {"epoch": "-1"},
        {"epoch": "1e9"},
        {"weight": "1.1"},
        {"weight": "one"},
    ],
)
def test_an_address_that_is_damaged_is_told_in_a_sentence(params: dict[str, str]) -> None:
    with pytest.raises(PermalinkError, match="copy the link again"):
        Permalink.read(params)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ("no-such-sample", {}),
        ("iris", {"choices": {"features": ["nothing"]}}),
        ("iris", {"choices": {"target": 5}}),
        ("iris", {"choices": {"features": "species"}}),
        ("iris", {"choices": {"validation": 0.6}}),
        ("iris", {"choices": {"meaning": {"day_first": "x"}}}),
        ("iris", {"choices": {"meaning": {"as_text": "species"}}}),
        ("iris", {"network": {"hidden": 10**9}}),
        ("iris", {"network": {"hidden": "many"}}),
        ("iris", {"network": {"hidden": [4] * 7}}),
        ("iris", {"network": {"hidden_activation": "softmax"}}),
        ("iris", {"network": {"output_activation": "relu"}}),
        ("iris", {"network": {"output_activation": ["sigmoid"]}}),
        ("iris", {"network": {"wings": 2}}),
        ("xor", {"network": {"given": GIVEN, "seed": "x"}}),
        ("xor", {"network": {"given": GIVEN, "scheme": "x"}}),
        ("xor", {"network": {"given": [[[1e400]], [[1]]]}}),
        ("xor", {"network": {"given": [[[1]]]}}),
        ("xor", {"network": {"given": [[["t"]], [[1]]]}}),
        ("xor", {"network": {"given": [[[1, 2], [3]], [[1]]]}}),
        ("xor", {"network": {"given": [1, 2, 3]}}),
        ("iris", {"network": {"hidden": [1000] * 6}}),
        ("moons", {"choices": {"recipe": {"rows": 10**12, "noise": 0.1}}}),
        ("exercise", {}),
        ("exercise", {"choices": {"sizes": {"inputs": 10**9}}}),
    ],
)
def test_an_address_that_asks_for_nonsense_changes_nothing(data: str, fields: object) -> None:
    session = Session()
    before = session.current
    with pytest.raises(
        PermalinkError, match=r"The link cannot be opened|The address cannot be read"
    ):
        Permalink.read({"data": data, "setup": packed(fields)}).begin(session)
    assert session.current is before


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"hidden": [2] * 10_000}, "1 to 6 hidden layers"),
        ({"hidden": []}, "1 to 6 hidden layers"),
        ({"hidden": [2, 10**9]}, "1,000 units at most"),
        ({"hidden": [2, "2"]}, "units must be an integer"),
        ({"bias_hidden": 10**12}, "bias_hidden must be True or False"),
    ],
)
def test_an_exercise_of_impossible_sizes_is_refused_before_its_tables_are_made(
    sizes: dict[str, object], said: str
) -> None:
    choices = Permalink.of(exercise()).choices
    fields = {"choices": {**choices, "sizes": {**choices["sizes"], **sizes}}}
    with pytest.raises(PermalinkError, match=said):
        Permalink.read({"data": "exercise", "setup": packed(fields)}).begin(Session())


def test_pages_can_show_whatever_a_link_may_give() -> None:
    numbers = {"learning_rate": 1e300, "epochs": 0, "l2": 1e9, "batch_size": 10**9}
    more = {"optimizer": "adam", "epsilon": 1e300, "patience": 10**9, "seed": 2**64 - 1}
    fields = {
        "choices": {"validation": MAX_VALIDATION, "seed": 2**64 - 1},
        "network": {"hidden": MAX_UNITS, "seed": 2**64 - 1},
        "training": [[0, numbers | more]],
        "conventions": {"digits": MAX_DIGITS},
        "plane": [99, 99, 99],
    }
    app = open_app()
    Permalink.read({"data": "iris", "setup": packed(fields)}).begin(session_of(app))
    for page in ("dataset", "train", "chain-rule"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, page


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["data", "setup", "epoch", "row", "output", "weight", "run"]),
        st.one_of(st.text(max_size=30), st.integers().map(str), st.sampled_from(["iris", "1.1.1"])),
    )
)
def test_any_address_is_read_or_refused(params: dict[str, str]) -> None:
    try:
        setup = Permalink.read(params)
    except PermalinkError:
        return
    assert setup.epoch >= 0
    assert np.isfinite(setup.row)
