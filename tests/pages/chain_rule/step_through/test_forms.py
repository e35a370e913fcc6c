"""What the browser writes at each stop, for every network, loss and convention."""

import re
from dataclasses import replace
from functools import cache
from itertools import chain, cycle, product
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from core.activations import HIDDEN
from core.chain import stops
from core.losses import losses_for
from core.network import Network
from core.training.run import Run, Settings
from core.training.settings import OPTIMIZERS
from pages.ui.chain_rule.equations import FUSED_NOTE, FUSED_SOFTMAX_NOTE
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.step_through.forms import forms
from pages.ui.chain_rule.step_through.legend import (
    CELL_BY_CELL,
    CHANGE,
    ONLY_OUTPUT,
    PRIME,
    SAME,
    TRANSPOSED,
)
from pages.ui.chain_rule.step_through.sentences import CANCELS, NOT_FINITE
from pages.ui.chain_rule.step_through.update_forms import L2_NOTE
from pages.ui.chain_rule.update import comparison_text, notes, update_of, with_shown_loss
from pages.ui.save.downloads import GROUPS
from pages.ui.state.conventions import SQUARED, Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Focus, Session, Weight

SIZES = {1: (3,), 2: (3, 2), 3: (3, 2, 4)}  # of the hidden layers, by their number
OUTPUTS = {"xor": ("sigmoid", "identity"), "iris": ("sigmoid", "identity", "softmax")}
HIDDEN_SYMBOL = re.compile(r"[HZ](?![a-z]{2})(?:i,(?:l\d?|j|k))?(\(\d\)|⁽.⁾)?")
OF_OUTPUT = "σ′(Oi)=σ(Oi)(1−σ(Oi))=y^i(1−y^i)"
OF_HIDDEN = "σ′(Hi,l)=σ(Hi,l)(1−σ(Hi,l))=Zi,l(1−Zi,l)"
EPOCH = 2
FIRST, AS_DERIVED = Weight(), Conventions()


@cache
def source(sample: str) -> Experiment:
    session = Session()
    session.use(Draft.of_sample(sample), session.architecture)
    return session.current


def selection(
    sample: str = "xor",
    depth: int = 1,
    hidden: str = "sigmoid",
    output: str = "sigmoid",
    weight: Weight = FIRST,
    form: Conventions = AS_DERIVED,
    **changed: Any,
) -> Selection:
    """A place in the middle of a short run."""
    current = source(sample)
    X, y = current.run.X, current.run.y
    settings = Settings(**{"learning_rate": 0.1} | changed)
    net = Network.init(
        X.shape[1], SIZES[depth], y.shape[1], hidden_activation=hidden, output_activation=output
    )
    run = Run(net, X, y, settings)
    run.advance(4)
    return Selection(replace(current, run=run, epoch=EPOCH), Focus(weight=weight), form)


def forms_of(shown: Selection) -> dict[str, Any]:
    return forms(shown, with_shown_loss(update_of(shown.run, shown.epoch), shown))


def text(markup: str) -> str:
    """A formula's letters; ElementTree refuses what is no XML."""
    formula = ElementTree.fromstring(markup)
    assert formula.tag == "math"
    return "".join(formula.itertext())


def layers_of(written: str) -> set[bool]:
    """Whether the symbols of hidden layers carry their layer."""
    return {bool(found[1]) for found in HIDDEN_SYMBOL.finditer(written)}


@pytest.mark.parametrize(("sample", "depth"), list(product(OUTPUTS, SIZES)))
def test_every_stop_has_all_texts_and_formulas(sample: str, depth: int) -> None:
    of_outputs = [(output, loss) for output in OUTPUTS[sample] for loss in losses_for(output)]
    for hidden, (output, loss) in zip(cycle(HIDDEN), of_outputs, strict=False):
        shown = selection(sample, depth, hidden, output, loss=loss)
        for form in (AS_DERIVED, Conventions(6, "mse", bias_apart=True, transposed=True)):
            check(forms_of(replace(shown, conventions=form)), depth)


def check(found: dict[str, Any], depth: int) -> None:
    names = [stop.name for stop in stops(depth + 1)]
    assert list(found["stops"]) == list(found["lines"]) == names
    for name, stop in found["stops"].items():
        for key in ("label", "title", "words"):
            assert stop[key]
            assert not re.search(r"[{}\\$]|None|  ", stop[key]), stop[key]
            assert layers_of(stop[key]) <= {depth > 1}, stop[key]
        assert not re.search(r"[{}\\$]|l_\d|None|  ", stop["indices"]), stop["indices"]
        assert layers_of(stop["indices"].replace("₁", "")) <= {depth > 1}, stop["indices"]
        assert stop["title"][0].isupper() or stop["title"].startswith("δ")
        assert stop["words"].endswith(".")
        symbol, formula = text(stop["symbol"]), text(stop["formula"])
        assert f"{symbol}=" in formula
        assert not re.search(r"[{}\\]", symbol + formula)
        assert layers_of(symbol + formula) <= {depth > 1}, formula
        assert bool(stop["equation"]) == (name in ("O", "C", "new_C") or name.startswith("dC"))
    for markup in (*found["update"]["rule"], *found["update"]["blocks"]):
        assert "=" in text(markup)
    of_stops = chain.from_iterable(noted(found).values())
    for note in (*found["notes"], *of_stops, *found["update"]["notes"]):
        assert not re.search(r"[{}\\$]", note), note


def test_the_formulas_and_equations_of_the_network_as_derived() -> None:
    found = forms_of(selection())["stops"]
    assert [
        (stop["label"], text(stop["formula"]), stop["equation"]) for stop in found.values()
    ] == [
        ("X", "Xi=(Xi,1,Xi,2,1)", ""),
        ("H", "Hi,l=∑jXi,jWj,l(1)", ""),
        ("Z", "Zi,l=σ(Hi,l)=11+e−Hi,l", ""),
        ("O", "Oi=∑jZi,jWj,1(2)", "before eq. 4"),
        ("ŷ", "y^i=σ(Oi)=11+e−Oi", ""),
        ("C", "C=12N∑i=1N(yi−y^i)2", "eq. 1"),
        ("∂C/∂ŷ", "∂C∂y^i=−(yi−y^i)N", "eq. 3"),
        ("∂C/∂O", "δ=∂C∂Oi=∂C∂y^i·y^i(1−y^i)" + OF_OUTPUT, "before eq. 4"),
        ("∂C/∂W⁽²⁾", "∂C∂Wk,1(2)=∑i=1N∂C∂Oi·Zi,k", "eqs. 4 and 5"),
        ("∂C/∂Z", "∂C∂Zi,l=∂C∂Oi·Wl,1(2)", "eq. 7"),
        ("∂C/∂H", "δ=∂C∂Hi,l=∂C∂Zi,l·Zi,l(1−Zi,l)" + OF_HIDDEN, "eq. 8"),
        ("∂C/∂W⁽¹⁾", "∂C∂Wk,l(1)=∑i=1N∂C∂Hi,l·Xi,k", "eqs. 9 and 10"),
        ("update", "Wk,l(1)′=Wk,l(1)−η∂C∂Wk,l(1)", ""),
        ("new C", "C(W′)=12N∑i=1N(yi−y^i′)2", "eq. 1"),
    ]


def noted(found: dict[str, Any]) -> dict[str, list[str]]:
    """The notes of the stops that have some of their own."""
    return {name: stop["notes"] for name, stop in found["stops"].items() if stop["notes"]}


def test_a_softmax_s_delta_is_summed_and_collapses_with_cross_entropy() -> None:
    form = Conventions(transposed=True)
    shown = selection("iris", 2, "tanh", "softmax", loss="cross_entropy", form=form)
    found = forms_of(shown)
    formulas = {name: text(stop["formula"]) for name, stop in found["stops"].items()}
    product_of = "∑p∂C∂y^i,p·y^i,p([p=o]−y^i,o)"
    assert formulas["dC_dO"] == f"δ=∂C∂Oi,o={product_of}=y^i,o−yi,oN"
    assert formulas["y_hat"] == "y^i,o=eOi,o∑peOi,p"
    assert formulas["dC_dZ2"] == "∂C∂Zi,l2(2)=∑o∂C∂Oi,o·Wo,l2(3)"
    assert formulas["dC_dZ1"] == "∂C∂Zi,l1(1)=∑l2∂C∂Hi,l2(2)·Wl2,l1(2)"
    assert "·(1−(Zi,l1(1))2)tanh′(Hi,l1(1))=1−tanh(Hi,l1(1))2=1−" in formulas["dC_dH1"]
    assert found["stops"]["dC_dH1"]["equation"] == "in place of eq. 8"
    assert found["stops"]["dC_dW1"]["equation"] == "as in eqs. 9 and 10"
    assert noted(found) == {"dC_dyhat": [FUSED_SOFTMAX_NOTE], "dC_dO": [FUSED_SOFTMAX_NOTE]}
    squares = forms_of(selection("iris", 2, "tanh", "softmax"))["stops"]
    assert text(squares["dC_dO"]["formula"]) == f"δ=∂C∂Oi,o={product_of}"


def test_a_bias_apart_has_its_own_term_and_gradient() -> None:
    shown = selection(form=Conventions(bias_apart=True), weight=Weight(2, 3, 0))
    formulas = {name: text(stop["formula"]) for name, stop in forms_of(shown)["stops"].items()}
    assert formulas["X"] == "Xi=(Xi,1,Xi,2)"
    assert formulas["H"] == "Hi,l=∑jXi,jWj,l(1)+bl(1)"
    assert formulas["dC_dW1"].endswith(",∂C∂bl(1)=∑i=1N∂C∂Hi,l")
    assert formulas["update"] == "b1(2)′=b1(2)−η∂C∂b1(2)"
    assert formulas["new_C"].startswith("C(W′,b′)=")


def last_number(markup: str) -> float:
    """The number that a block comes to."""
    value = text(markup).split("=")[-1].replace("−", "-")
    found = re.fullmatch(r"(-?[\d.]+)(?:×10(-?\d+))?", value)
    assert found, value
    return float(found[1]) * 10.0 ** int(found[2] or 0)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_the_update_is_the_optimiser_s_rule_with_the_weight_s_numbers(
    optimizer: str, l2: float
) -> None:
    shown = selection(form=Conventions(12), optimizer=optimizer, l2=l2, weight=Weight(1, 1, 2))
    found, step = forms_of(shown)["update"], update_of(shown.run, shown.epoch)
    between = {
        "gd": [],
        "momentum": ["v_after"],
        "nesterov": ["v_after", "step"],
        "rmsprop": ["s_after", "root"],
        "adam": ["m_after", "s_after", "m_hat", "s_hat", "root"],
    }[optimizer]
    terms = step.weight_terms(1, 1, 2)
    numbers = [terms[name] for name in ("g", *between, "W_after")]
    assert list(map(last_number, found["blocks"])) == pytest.approx(numbers, rel=1e-10)
    symbols = [text(block).split("=")[0] for block in found["blocks"]]
    assert [text(line).split("=")[0] for line in found["rule"]] == [*symbols[:-1], "W′"]
    taken = {"momentum": "v′", "nesterov": "u", "rmsprop": "gr", "adam": "m^r"}.get(optimizer, "g")
    assert text(found["rule"][-1]) == f"W′=W+ΔW,ΔW=−η{taken}"
    assert symbols[-1] == "Wk,l(1)′"
    assert ("λ" in text(found["rule"][0])) == (L2_NOTE in found["notes"]) == bool(l2)
    assert found["steps"] == 1


def test_an_epoch_of_mini_batches_has_its_sum_and_no_single_step() -> None:
    shown = selection("iris", batch_size=16)
    found = forms_of(shown)
    change = shown.run.update(EPOCH).change[0][0, 0]
    (block,) = found["update"]["blocks"]
    assert text(block).startswith("ΔWk,l(1)=")
    assert f"={change:.4g}".replace("-", "−") in text(block)
    assert found["update"]["steps"] > 1
    words = found["stops"]["update"]["words"]
    assert f"{found['update']['steps']} such updates" in words
    assert "its own 16 samples (the last one of 8)" in words
    assert "g is the gradient over the samples of a mini-batch" in words


@pytest.mark.parametrize("loss", SQUARED)
def test_another_loss_than_the_run_minimises_is_said_without_latex(loss: str) -> None:
    shown = selection(form=Conventions(loss=loss))
    found = forms_of(shown)
    said = " ".join(found["notes"])
    assert ("C_run = " in said) == ("In the script: C is" in said) == (loss != "half_mse")
    assert ("run" in text(found["update"]["rule"][0])) == (loss != "half_mse")
    if loss == "mse":
        assert "C_run = 1/2 · C." in said
    if loss == "half_sse":
        assert "C_run = 1/N · C, here with N = 4." in said


def test_the_notes_of_the_update_and_of_a_run_that_diverges() -> None:
    frozen = selection(frozen=frozenset({(1, 0, 0)}))
    found = forms_of(frozen)["update"]
    assert found["notes"] == notes(update_of(frozen.run, EPOCH), frozen) != []
    net = Network(np.ones((3, 1)), np.ones((2, 1)), hidden="relu", output="identity")
    run = Run(net, np.ones((2, 2)), np.zeros((2, 1)), Settings(1e200))
    lost = selection()
    lost = replace(lost, experiment=replace(lost.experiment, run=run, epoch=0))
    update = update_of(run, 0)
    assert not update.finite
    found = forms_of(lost)
    assert found["update"]["notes"][-1] == comparison_text(update, 4)
    assert found["stops"]["new_C"]["words"] == NOT_FINITE
    assert "η is 1 × 10²⁰⁰." in found["stops"]["update"]["words"]


def test_the_script_is_the_one_that_is_exported() -> None:
    session = Session()
    session.run.advance(3)
    session.report(2, playing=False)
    found = forms_of(Selection.of(session))
    (numpy,) = (one for one in GROUPS["Reproduce the run elsewhere"] if one.file == "numpy.py")
    assert "\n".join(found["script"]) == numpy.content(session)
    ((first, last),) = found["lines"]["dC_dZ"]
    assert [line.strip() for line in found["script"][first - 1 : last]] == [
        "dO_dZ = W2[:-1]  # eq. 7, without the bias row",
        "dC_dZ = dC_dO @ dO_dZ.T",
    ]


def test_a_fused_loss_is_explained() -> None:
    found = forms_of(selection(loss="cross_entropy"))
    assert noted(found) == {"dC_dyhat": [FUSED_NOTE], "dC_dO": [FUSED_NOTE]}
    assert found["notes"] == []
    assert noted(forms_of(selection())) == {}
    formula = text(found["stops"]["dC_dO"]["formula"])
    assert formula == f"δ=∂C∂Oi=∂C∂y^i·y^i(1−y^i)=y^i−yiN{OF_OUTPUT}"
    assert "With this loss" in found["stops"]["dC_dO"]["words"]


def indices_of(shown: Selection) -> dict[str, str]:
    return {name: stop["indices"] for name, stop in forms_of(shown)["stops"].items()}


def test_the_indices_and_signs_of_each_formula_are_explained() -> None:
    hidden, only = "l: hidden unit h1, h2 or h3", ONLY_OUTPUT
    X1, Z1 = "X₁: X with the constant 1", "Z₁: Z with the constant 1"
    over = "i runs over the N = 4 samples"
    lines = {
        "X": ("i: sample", X1),
        "H": ("i: sample", hidden, "j runs over x1, x2 and bias", X1),
        "Z": ("i: sample", hidden, Z1),
        "O": ("i: sample", "j runs over h1, h2, h3 and bias", only, Z1),
        "y_hat": ("i: sample",),
        "C": (over,),
        "dC_dyhat": ("i: sample", "N = 4 samples"),
        "dC_dO": ("i: sample", CELL_BY_CELL),
        "dC_dW2": ("k: h1, h2, h3 or bias", over, only, Z1, TRANSPOSED),
        "dC_dZ": ("i: sample", hidden, only, TRANSPOSED),
        "dC_dH": ("i: sample", hidden, CELL_BY_CELL),
        "dC_dW1": ("k: x1, x2 or bias", hidden, over, X1, TRANSPOSED),
        "update": ("k = x2", "l = h3", CHANGE, PRIME),
        "new_C": (over, PRIME),
    }
    shown = selection(weight=Weight(1, 1, 2))
    assert indices_of(shown) == {name: "; ".join(line) for name, line in lines.items()}
    apart = indices_of(replace(shown, conventions=Conventions(bias_apart=True)))
    assert apart["H"] == f"i: sample; {hidden}; j runs over x1 and x2"
    assert apart["dC_dW1"] == f"k: x1 or x2; {hidden}; {over}; {TRANSPOSED}"


def test_the_indices_of_several_outputs_and_layers() -> None:
    found = indices_of(selection("iris", 3, "tanh", "softmax"))
    outputs = "o: output setosa, versicolor or virginica"
    assert found["dC_dO"] == (
        f"i: sample; {outputs}; p runs over the outputs; {SAME}"  # a product, not cell by cell
    )
    assert found["H1"].split("; ")[1:3] == [
        "l₁: hidden unit h⁽¹⁾1, h⁽¹⁾2 or h⁽¹⁾3",
        "j runs over the inputs and bias",
    ]
    assert found["dC_dZ2"].split("; ")[1:3] == [
        "l₂: hidden unit h⁽²⁾1 or h⁽²⁾2",
        "l₃ runs over h⁽³⁾1, h⁽³⁾2, h⁽³⁾3 and h⁽³⁾4",
    ]
    fused = indices_of(selection("iris", 1, "relu", "sigmoid", loss="cross_entropy"))
    assert fused["dC_dO"] == f"i: sample; {outputs}; N = 120 samples"


def words_of(shown: Selection) -> dict[str, str]:
    return {name: stop["words"] for name, stop in forms_of(shown)["stops"].items()}


def test_the_parts_of_the_samples_lead_to_the_gradient_of_the_update() -> None:
    found = words_of(selection())
    for name in ("dC_dW2", "dC_dW1"):
        assert "One sample gives its part" in found[name]
        assert "the gradient is the sum of all samples’ parts." in found[name]
    assert "g is the gradient over all 4 samples. " in found["update"]
    assert "One sample’s share may rise" in found["new_C"]
    assert "Frozen" not in found["update"]
    decays = words_of(selection(l2=0.1, frozen=frozenset({(1, 0, 0)})))["update"]
    assert "over all 4 samples, plus λW. " in decays
    assert "Frozen weights stay as they are." in decays


def test_one_sample_has_no_parts() -> None:
    shown = selection()
    run = Run(shown.run.template, shown.run.X[:1], shown.run.y[:1], Settings())
    run.advance(4)
    alone = replace(shown, experiment=replace(shown.experiment, run=run))
    found = words_of(alone)
    assert not any(
        said in text for said in ("One sample", "all samples", "share") for text in found.values()
    )
    assert "g is the gradient over the only sample. " in found["update"]


@pytest.mark.parametrize("loss", losses_for("sigmoid"))
def test_where_the_half_and_the_square_go_is_said_where_there_are_some(loss: str) -> None:
    found = words_of(selection(loss=loss))
    assert (CANCELS in found["C"]) == ("half" in found["C"]) == ("cancels" in found["dC_dyhat"])
    assert ("square" in found["dC_dyhat"]) == (loss != "cross_entropy")


def test_a_network_without_biases_speaks_of_none() -> None:
    shown = selection()
    net = Network(np.ones((2, 3)), np.ones((3, 1)), bias_input=False, bias_hidden=False)
    run = Run(net, shown.run.X, shown.run.y, Settings())
    run.advance(4)
    bare = replace(shown, experiment=replace(shown.experiment, run=run))
    for form in (AS_DERIVED, Conventions(bias_apart=True)):
        found = forms_of(replace(bare, conventions=form))["stops"].values()
        said = " ".join(stop["words"] + stop["indices"] for stop in found)
        assert "bias" not in said
        assert "constant" not in said
