"""Variants: one problem a code, made again from the code alone, to the last bit."""

import csv
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest

from core.checking.__main__ import main
from core.checking.assignment import read_bundle
from core.checking.classroom.variants import (
    MAX_CODES,
    code_in,
    codes_from_bytes,
    codes_of,
    read_codes,
    variant,
)
from core.checking.problem import Problem
from core.network import Network
from tests.core.checking.classroom.class_work import PROBLEM, bundle_in, hand_in
from tests.core.oracles import XOR_X, XOR_Y

RANDOM = np.random.default_rng(4)
LARGE = Problem.of(
    Network.init(3, [4, 3], 2, seed=2, hidden_activation="relu", output_activation="softmax"),
    RANDOM.normal(size=(10, 3)),
    np.eye(2)[np.arange(10) % 2],
    "cross_entropy",
    0.25,
    0.01,
)

RECORDED = ["42134649995f2e4f", "36909377665701b6"]


def bits(p: Problem) -> bytes:
    return b"".join(A.tobytes() for A in (p.X, p.y, *p.net.weights))


@pytest.mark.parametrize("problem", [PROBLEM, LARGE])
def test_a_code_gives_the_same_bits_again_and_another_code_others(problem: Problem) -> None:
    codes = [f"s{number}" for number in range(30)]
    found = [bits(variant(problem, code)) for code in codes]
    assert found == [bits(variant(problem, code)) for code in codes]
    assert len({*found, bits(problem)}) == 31


def test_the_bits_are_those_of_this_version() -> None:
    """Recorded: a bundle given out in one term is made again in the next."""
    digests = [
        hashlib.sha256(bits(variant(problem, "mia-07"))).hexdigest()[:16]
        for problem in (PROBLEM, LARGE)
    ]
    assert digests == RECORDED


def test_all_but_sample_and_weights_is_that_of_the_problem() -> None:
    found = variant(LARGE, "mia")
    assert repr(found.net) == repr(LARGE.net)
    assert (found.loss, found.learning_rate, found.l2) == ("cross_entropy", 0.25, 0.01)


def test_a_large_sample_is_another_part_of_the_data_in_another_order() -> None:
    found = variant(LARGE, "mia")
    rows = [LARGE.X.tolist().index(row) for row in found.X.tolist()]
    assert len({*rows}) == len(rows) == 8
    assert rows != sorted(rows)
    np.testing.assert_array_equal(found.y, LARGE.y[rows])


def test_a_small_sample_is_put_into_another_order() -> None:
    orders = set()
    for code in "abcdefgh":
        found = variant(PROBLEM, code)
        rows = [XOR_X.tolist().index(row) for row in found.X.tolist()]
        assert sorted(rows) == [0, 1, 2, 3]
        np.testing.assert_array_equal(found.y[:, 0], XOR_Y[rows])
        orders.add(tuple(rows))
    assert len(orders) > 4


def test_weights_have_two_decimals_and_the_size_of_the_original_s() -> None:
    drawn = [variant(LARGE, f"s{number}").net for number in range(60)]
    for layer, W in enumerate(LARGE.net.weights):
        own = np.array([net.weights[layer] for net in drawn])
        np.testing.assert_array_equal(own, own.round(2))
        assert own.std() == pytest.approx(W.std(), rel=0.1)
        assert abs(own.mean()) < 0.1 * W.std()
    small = Problem.of(PROBLEM.net.with_weights(*(W / 1000 for W in PROBLEM.net.weights)),
                       XOR_X, XOR_Y)  # fmt: skip
    assert all(W.any() for W in variant(small, "a").net.weights)


def test_every_gradient_has_something_to_find() -> None:
    dead = Problem.of(Network.init(2, 1, hidden_activation="relu", seed=3), XOR_X, XOR_Y)
    for number in range(40):
        assert all(dW.any() for dW in variant(dead, f"s{number}").truth)


def test_codes_are_read_from_lines(tmp_path: Path) -> None:
    path = tmp_path / "codes.txt"
    path.write_bytes("\ufeffmia-07\r\n\r\n b.2 \n".encode())
    assert read_codes(path) == ["mia-07", "b.2"]
    assert codes_from_bytes(path.read_bytes(), "codes.txt") == ["mia-07", "b.2"]
    assert codes_of("mia-07\n\n b.2") == ["mia-07", "b.2"]
    with pytest.raises(ValueError, match=r"^The codes, line 2: “b c” is no code"):
        codes_of("a\nb c")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "codes.txt: it is empty"),
        ("a\nb c\n", "codes.txt, line 2: “b c” is no code"),
        ("../a\n", "codes.txt, line 1: “../a” is no code"),
        ("..\n", "codes.txt, line 1: “..” is no code"),
        ("é\n", "codes.txt, line 1: “é” is no code"),
        ("a" * 101, "codes.txt, line 1: “aaaa"),
        ("mia\nbob\n\nMia\n", "codes.txt, line 4: Mia is the code of an earlier line"),
        ("\n".join(map(str, range(MAX_CODES + 1))), "codes.txt: there are more than 10,000"),
        ("\n" * 2_000_000, "codes.txt: there are more than 10,000"),
        (b"\xff\xfe", "codes.txt: it cannot be read as UTF-8"),
        (None, "codes.txt: it cannot be read"),
    ],
)  # fmt: skip
def test_what_holds_no_codes_is_refused_in_one_sentence(
    tmp_path: Path, content: str | bytes | None, said: str
) -> None:
    path = tmp_path / "codes.txt"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared
        read_codes(path)
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("hw1_mia.txt", "mia"), ("mia-07.txt", "mia-07"), ("MIA-07", "mia-07"),
        ("mia-071.txt", "mia"), ("amia.txt", None), ("mia_b.2_.csv", None), ("b.2.csv", "b.2"),
        ("Zoë_b.2.csv", "b.2"), ("ébob.txt", None), ("mia bob.txt", None), ("none.txt", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_longest_code_between_borders_counts(name: str, code: str | None) -> None:
    assert code_in(name, ["mia", "mia-07", "b.2", "bob"]) == code


def test_the_command_writes_bundles_and_marks_each_for_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = tmp_path / "codes.txt"
    codes.write_text("mia\nbob\n", encoding="utf-8")
    bundle, folder = bundle_in(tmp_path), tmp_path / "bundles"
    assert main([bundle, "--variants", str(codes), "--output", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["bob.zip", "mia.zip"]
    files = []
    for code, name in (("mia", "hw_mia.txt"), ("bob", "hw_bob.txt"), ("bob", "mia.txt"),
                       ("bob", "eve.txt")):  # fmt: skip
        p = read_bundle(folder / f"{code}.zip")
        assert bits(p) == bits(variant(PROBLEM, code))
        files.append(hand_in(tmp_path / name, dW1=p.truth[0], dW2=p.truth[1]))
    command = [bundle, *files, "--variants", str(codes), "--format", "csv"]
    assert main(command) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["verdict"] for row in rows] == ["right", "right", "wrong", "unreadable"]
    assert rows[3]["comment"].startswith("eve.txt: its name holds no code of codes.txt")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give students' files, or --variants"),
        (["--variants", "codes.txt"], "--output: name a folder"),
        (["--variants", "none.txt", "--output", "x"], "none.txt: it cannot be read"),
    ],
)
def test_the_command_says_what_is_missing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("codes.txt").write_text("mia\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main([bundle_in(tmp_path), *options])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
