"""A run saved and loaded goes on as if it had never stopped; whatever else comes is refused."""

import io
import json
import random
import zipfile
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.network import Network
from core.training import run_file
from core.training.run import Run, Settings
from core.training.run_file import RunFileError, SavedRun, read_run, write_run
from tests.bounds import assert_ratio
from tests.core.training.test_time_travel import bits, changes, fresh, histories
from tests.paths import DATA

X, Y = np.random.default_rng(4).normal(size=(9, 2)), np.random.default_rng(5).uniform(size=9)
TIMES = 100  # as long as a good file takes, at most, to refuse one
FUZZED = 5000
SAVED = DATA / "saved"
LIMIT = 1_000_000  # bytes, unpacked, in here


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def with_header(data: bytes, **changed: Any) -> bytes:
    files = members(data)
    header = {**json.loads(files["run.json"]), **changed}
    return packed({**files, "run.json": json.dumps(header).encode()})


def npy(array: np.ndarray[Any, Any], **changed: Any) -> bytes:
    """An array's file, with another header where one is given."""
    stream = io.BytesIO()
    told = {"descr": "<f8", "fortran_order": False, "shape": array.shape, **changed}
    np.lib.format.write_array_header_1_0(stream, told)
    return stream.getvalue() + array.tobytes()


def trained(**changed: Any) -> Run:
    run = Run(Network.init(2, 3), X, Y, Settings(epochs=300, **changed))
    run.advance(20)
    return run


@hypothesis_settings(deadline=None, max_examples=60)
@given(histories, changes, st.integers(1, 30))
def test_saved_loaded_and_advanced_is_advanced(
    history: list[tuple[int, dict[str, object], bool]], changed: dict[str, object], more: int
) -> None:
    run = fresh(**changed)
    for epochs, then, edited in history:
        run.advance(epochs)
        net = run.network
        network = replace(net, W1=net.W1 + 0.125) if edited else None
        run = run.branch(run.epoch, network=network, settings=replace(run.settings, **then))  # type: ignore[arg-type]
    run.at(run.epoch // 2)  # the trainer need not stand at the end
    found = read_run(write_run(run, {"title": "ours"}))
    loaded = found.run
    assert found.about == {"title": "ours"}
    for each in (run, loaded):
        each.advance(more)
    assert loaded.losses.tobytes() == run.losses.tobytes()
    assert loaded.val_losses is not None
    assert run.val_losses is not None
    assert loaded.val_losses.tobytes() == run.val_losses.tobytes()
    assert (loaded.best_epoch, loaded.ended) == (run.best_epoch, run.ended)
    assert loaded.branch_epochs == run.branch_epochs
    assert loaded.edited_epochs == run.edited_epochs
    edits = [edited for *_, edited in history]
    assert len(run.edited_epochs) == sum(edits)
    for epoch in range(run.epoch + 1):
        assert bits(loaded.at(epoch)) == bits(run.at(epoch))
        assert loaded.settings_at(epoch) == run.settings_at(epoch)


def test_the_table_goes_along() -> None:
    assert read_run(write_run(trained())).table is None
    assert read_run(write_run(trained(), table=b"a,b\n1,2\n")).table == b"a,b\n1,2\n"


def test_a_twin_goes_its_own_way_and_would_go_the_same() -> None:
    run, control = trained(optimizer="adam", batch_size=4), trained(optimizer="adam", batch_size=4)
    clone = run.clone()
    clone.advance(50)
    assert run.epoch == 20
    run.advance(50)
    control.advance(50)
    assert bits(clone.network) == bits(run.network) == bits(control.network)
    assert bits(clone.at(7)) == bits(run.at(7))


def test_early_stopping_goes_on_where_it_was() -> None:
    runs = [fresh(patience=15, learning_rate=5.0) for _ in range(2)]
    for run in runs:
        run.advance(10)
    loaded = read_run(write_run(runs[1])).run
    runs[0].advance(1000)
    loaded.advance(1000)
    assert runs[0].ended == loaded.ended == "stopped"
    assert loaded.epoch == runs[0].epoch
    assert loaded.best_epoch == runs[0].best_epoch


def test_a_run_that_diverged_is_loaded_as_one() -> None:
    run = Run(Network.init(2, 3, output_activation="identity"), X, Y, Settings(learning_rate=1e6))
    run.advance(1000)
    assert run.diverged
    loaded = read_run(write_run(run)).run
    assert loaded.ended == "diverged"
    assert loaded.advance(5).size == 0
    assert bits(loaded.network) == bits(run.network)


def test_a_long_run_is_small_and_any_epoch_of_it_is_had_again() -> None:
    run = Run(Network.init(2, 3), X, Y, Settings(epochs=200_000))
    run.advance(200_000)
    data = write_run(run)
    assert len(data) < 8 * 200_001 + run_file.ROWS_BYTES
    loaded = read_run(data).run
    for epoch in (0, 1, 77_777, 199_999, 200_000):
        assert bits(loaded.at(epoch)) == bits(run.at(epoch))


def test_further_runs_go_along_and_share_what_is_the_same() -> None:
    outer, same, other = trained(), trained(optimizer="adam"), Run(Network.init(2, 3), X + 1, Y)
    further = [SavedRun(same, {"name": "A"}, b"x"), SavedRun(other, {"name": "B"}, b"y")]
    files = members(write_run(outer, None, b"x", further))
    assert {"X.npy", "table"} & members(files["runs/1.zip"]).keys() == set()
    assert {"X.npy", "table"} <= members(files["runs/2.zip"]).keys()
    found = read_run(packed(files))
    assert [each.about["name"] for each in found.runs] == ["A", "B"]
    assert [each.table for each in found.runs] == [b"x", b"y"]
    assert found.runs[0].run.X is found.run.X
    for saved, run in zip(found.runs, (same, other), strict=True):
        for each in (saved.run, run):
            each.advance(10)
        assert saved.run.losses.tobytes() == run.losses.tobytes()
    without = read_run(packed({name: files[name] for name in files if name != "runs/1.zip"}))
    assert [each.about["name"] for each in without.runs] == ["B"]
    alone = read_run(files["runs/2.zip"])  # a run file of its own
    assert bits(alone.run.at(0)) == bits(other.at(0))
    with pytest.raises(ValueError, match="the number of further runs must be from 0 to 100"):
        write_run(outer, runs=further * 51)


def test_without_the_data_it_is_read_by_who_has_the_data() -> None:
    outer, other = trained(), Run(Network.init(2, 3), X + 1, Y)
    further = [SavedRun(outer.clone(), {"of": "X"}), SavedRun(other, {"of": "X + 1"})]
    data = write_run(outer, {"of": "X"}, runs=further, with_data=False)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:  # of no date, so always of the same bytes
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    asked: list[dict[str, Any]] = []

    def samples(about: dict[str, Any]) -> tuple[Any, ...]:
        asked.append(about)
        return (outer.X, outer.y) if about["of"] == "X" else (other.X, other.y)

    found = read_run(data, samples)
    assert [about["of"] for about in asked] == ["X", "X + 1"]
    for saved, run in zip((found, *found.runs), (outer, outer, other), strict=True):
        assert (saved.run.X is run.X, saved.run.epoch) == (True, run.epoch)
        assert bits(saved.run.network) == bits(run.network)
    with pytest.raises(RunFileError, match=r"no item named 'X\.npy'"):
        read_run(data)
    with pytest.raises(RunFileError, match="its weights give C"):
        read_run(data, lambda _about: (other.X, other.y))


def test_seconds_go_along_and_older_files_have_none() -> None:
    data = write_run(trained())
    assert read_run(data).run.seconds == json.loads(members(data)["run.json"])["seconds"]
    assert read_run((SAVED / "xor.zip").read_bytes()).run.seconds is None


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_data_may_lie_in_memory_in_any_order(order: Any) -> None:
    run = Run(Network.init(2, 3), np.array(X, order=order), Y)
    assert read_run(write_run(run)).run.X.tobytes() == X.tobytes()


def test_the_file_is_a_zip_of_json_and_arrays() -> None:
    files = members(write_run(trained()))
    assert set(files) == {
        "run.json", "X.npy", "y.npy", "losses.npy", "head.npy", "rows.npy", "start0.npy",
    }  # fmt: skip
    for name, content in files.items():
        if name.endswith(".npy"):
            np.load(io.BytesIO(content), allow_pickle=False)


class Exploit:
    """Unpickled, it would raise."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("it was unpickled",))


def hostile() -> dict[str, tuple[bytes, str]]:
    """Files that nobody should load, and what is said of each."""
    good = write_run(trained())
    files, header = members(good), json.loads(members(good)["run.json"])
    pickled = io.BytesIO()
    np.save(pickled, np.array([Exploit()], dtype=object), allow_pickle=True)
    bomb = packed({**files, "X.npy": b"\0" * (LIMIT + 1)})
    segment = header["segments"][0]

    def settings(**changed: Any) -> bytes:
        return with_header(
            good, segments=[{**segment, "settings": {**segment["settings"], **changed}}]
        )

    return {
        "nothing": (b"", "not a run file"),
        "not a zip": (b"PK and so on", "not a run file"),
        "another zip": (packed({"a.txt": b"hello"}), "cannot be loaded"),
        "a pickle": (packed({**files, "X.npy": pickled.getvalue()}), "X is not an array"),
        "32 GiB told": (
            packed({**files, "X.npy": npy(np.ones((9, 2)), shape=(2**32, 1))}), "another length",
        ),
        "2⁶⁴ rows": (
            packed({**files, "X.npy": npy(np.ones((9, 2)), shape=(2**64, 2))}), "X is not an array",
        ),
        "negative": (packed({**files, "X.npy": npy(np.ones((9, 2)), shape=(-9, -2))}), "X is"),
        "NaN": (packed({**files, "head.npy": npy(np.full(13, np.nan))}), "not finite"),
        "NaN data": (packed({**files, "X.npy": npy(np.full((9, 2), np.nan))}), "not finite"),
        "10⁹ units": (
            with_header(good, shapes=[[3, 10**9], [10**9 + 1, 1]]), "more than 100,000 units",
        ),
        "other shapes": (with_header(good, shapes=[[4, 3], [4, 1]]), "cannot be loaded"),
        "other weights": (packed({**files, "head.npy": npy(np.zeros(13))}), "its weights give C"),
        "other losses": (packed({**files, "losses.npy": npy(np.ones(21))}), "its weights give C"),
        "a bomb": (bomb, "unpacks to more than"),
        "seconds of text": (with_header(good, seconds="3"), "seconds must be a real number"),
        "endless seconds": (with_header(good, seconds=-1), "seconds must be 0 or more"),
        "part of another": (with_header(good, shared=["data"]), "load that file"),
        "a further run that is none": (packed({**files, "runs/1.zip": b"PK"}), "run 1 that is dam"),
        "a further one of tomorrow": (
            packed({**files, "runs/1.zip": with_header(good, version=99)}), "later version (99",
        ),
        "a further one that is a bomb": (
            packed({**files, "runs/1.zip": packed({**files, "x": bytes(LIMIT)})}), "unpacks to",
        ),
        "too many of them": (
            packed({**files} | {f"runs/{n}.zip": b"" for n in range(1, 102)}), "more than 100",
        ),
        "a path": (packed({**files, "../../etc/passwd": b"x"}), ""),
        "of tomorrow": (with_header(good, version=99), "later version (99"),
        "no version": (with_header(good, version=None), "version must be an integer, not None"),
        "no branches": (with_header(good, segments=[]), "it has 0 branches"),
        "a rate of text": (settings(learning_rate="0.5"), "learning_rate must be a real number"),
        "a negative rate": (settings(learning_rate=-1), "learning_rate must be"),
        "an unknown setting": (settings(wings=2), "'wings'"),
        "frozen nowhere": (settings(frozen=[[1, 99, 99]]), "cannot be loaded"),
        "branches before": (
            with_header(good, segments=[{**segment, "start": 5}]), "branches start at",
        ),
        "no such activation": (with_header(good, hidden="wavy"), "cannot be loaded"),
        "an array for an object": (
            packed({**files, "run.json": b"[1, 2]"}), "run.json is not an object",
        ),
        "not JSON": (packed({**files, "run.json": b"{"}), "cannot be loaded"),
        "deep JSON": (packed({**files, "run.json": b"[" * 10**6}), ""),
    }  # fmt: skip


HOSTILE, GOOD = hostile(), write_run(trained())


@pytest.mark.parametrize("case", HOSTILE)
def test_a_damaged_or_hostile_file_is_refused_in_a_sentence_and_soon(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file, "MAX_BYTES", LIMIT)
    data, told = HOSTILE[case]

    def read() -> None:
        if case == "a path":  # members that are not ours are not looked at, nothing is unpacked
            assert isinstance(read_run(data), SavedRun)
            return
        with pytest.raises(RunFileError) as caught:
            read_run(data)
        assert told in str(caught.value)
        assert str(caught.value).endswith(".")
        assert "\n" not in str(caught.value)

    assert_ratio(TIMES, read, lambda: read_run(GOOD))


def test_an_older_version_is_brought_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    old = with_header(write_run(trained()), stride=None, version=2)
    stride = json.loads(members(write_run(trained()))["run.json"])["stride"]
    monkeypatch.setattr(run_file, "VERSION", 3)
    monkeypatch.setitem(run_file.UPGRADES, 2, lambda header: {**header, "stride": stride})
    assert read_run(old).run.epoch == 20


def mutated(good: bytes, chance: random.Random) -> bytes:
    """The file with something changed, in its bytes or in what it holds."""
    files = members(good)
    way = chance.randrange(4)
    if way == 0:  # a few bytes of the zip itself
        data = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        return bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
    name = chance.choice(list(files))
    content = bytearray(files[name])
    if way == 1:  # a few bytes of a member, with a checksum that is right
        for _ in range(chance.randrange(1, 6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
    elif way == 2:  # a member that is shorter, or gone
        del content[chance.randrange(len(content)) :]
    else:  # the JSON with another value somewhere
        header = json.loads(files["run.json"])
        key = chance.choice(list(header))
        values: list[Any] = [None, -1, 0, 1e308, "x", [], {}, [[]], True, 10**30, [[3, 3], [4, 1]]]
        header[key] = chance.choice(values)
        name, content = "run.json", bytearray(json.dumps(header).encode())
    return packed({**files, name: bytes(content)})


@pytest.mark.slow
def test_fuzzed_files_are_loaded_or_refused_cleanly() -> None:
    chance = random.Random(7)
    good = [write_run(trained()), write_run(trained(optimizer="adam", batch_size=4))]
    loaded: list[bool] = []

    def read(data: bytes) -> None:
        with suppress(RunFileError):  # any other exception is a defect
            read_run(data).run.advance(1)
            loaded[-1] = True

    for _ in range(FUZZED):
        data = mutated(chance.choice(good), chance)
        loaded.append(False)
        assert_ratio(TIMES, partial(read, data), lambda: read_run(GOOD))
    assert loaded.count(True) > FUZZED // 100
    assert loaded.count(False) > FUZZED // 4
