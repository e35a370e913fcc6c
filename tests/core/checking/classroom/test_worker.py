"""The process that marks files: really ended by each limit, and the next file marked."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from core.checking import grading
from core.checking.__main__ import main
from core.checking.classroom.variants import variant
from core.checking.classroom.worker import Worker
from core.checking.grading import Grade
from core.checking.problem import Problem
from tests.core.checking.classroom.class_work import PROBLEM, bundle_in, dW1, dW2, hand_in
from tests.core.oracles import Array


def mark(problem: Problem, path: Path) -> Grade:
    """Do what the file's name says first; give the process's number as the layout."""
    match path.stem:
        case "slow":
            time.sleep(60)
        case "large":
            np.ones(10**9)
        case "crash":
            os._exit(7)
        case "error":
            raise RuntimeError("meant to be seen on the way")
    return Grade(path.name, grading.mark(problem, path).verdict, layout=str(os.getpid()))


@pytest.mark.parametrize(
    ("stem", "said"),
    [
        ("slow", "slow.txt: marking it took more than 0.3 s; keep only the gradients in it, or "
         "raise the limit with --seconds."),
        ("large", "large.txt: marking it took more than 500 MB; keep only the gradients in it, or "
         "raise the limit with --megabytes."),
        ("crash", "crash.txt: marking it ended its process; keep only the gradients in it, or "
         "raise the limit with --megabytes."),
        ("error", "error.txt: marking it ended its process"),
    ],
)  # fmt: skip
def test_a_file_beyond_a_limit_is_unreadable_and_the_next_is_marked(
    tmp_path: Path, stem: str, said: str
) -> None:
    if stem == "large" and not Path("/proc/self/statm").exists():
        pytest.skip("memory is limited on Linux only")
    names = ("ada", "bea", stem, "cid")
    files = [hand_in(tmp_path / f"{name}.txt", dW1=dW1, dW2=dW2) for name in names]
    with Worker(seconds=0.3, megabytes=500, mark=mark) as worker:
        worker.mark(PROBLEM, files[0])  # starts the process
        first, stopped, last = (worker.mark(PROBLEM, file) for file in files[1:])
    assert (first.verdict, stopped.verdict, last.verdict) == ("right", "unreadable", "right")
    assert stopped.comment.startswith(said)
    assert first.layout != last.layout != str(os.getpid())
    with pytest.raises(ProcessLookupError):
        _wait_for_end(int(first.layout))


def test_many_files_share_a_process(tmp_path: Path) -> None:
    file = hand_in(tmp_path / "ada.txt", dW1=dW1, dW2=dW2)
    with Worker(mark=mark) as worker:
        assert len({worker.mark(PROBLEM, file).layout for _ in range(5)}) == 1


def test_each_file_is_marked_for_its_own_problem(tmp_path: Path) -> None:
    other = variant(PROBLEM, "mia")
    truth: tuple[Array, ...] = other.truth
    files = [
        hand_in(tmp_path / "a.txt", dW1=dW1, dW2=dW2),
        hand_in(tmp_path / "b.txt", dW1=truth[0], dW2=truth[1]),
    ]
    with Worker() as worker:
        found = [worker.mark(problem, file) for problem in (PROBLEM, other) for file in files]
    assert [grade.verdict for grade in found] == ["right", "wrong", "wrong", "right"]
    assert found == [grading.mark(problem, file) for problem in (PROBLEM, other) for file in files]
    assert found[0].diagnosis is not None
    assert found[0].diagnosis.right["dW1"].all()


def test_no_process_is_left(tmp_path: Path) -> None:
    with Worker(mark=mark) as worker:
        grade = worker.mark(PROBLEM, hand_in(tmp_path / "ada.txt", dW1=dW1, dW2=dW2))
    with pytest.raises(ProcessLookupError):
        _wait_for_end(int(grade.layout))


def _wait_for_end(process: int) -> None:
    for _ in range(100):  # the server of processes has yet to notice
        os.kill(process, 0)
        time.sleep(0.02)


def test_the_command_takes_both_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endless = tmp_path / "endless.txt"
    os.mkfifo(endless)  # nobody ever writes into it
    right = hand_in(tmp_path / "ada.txt", dW1=dW1, dW2=dW2)
    command = [bundle_in(tmp_path), str(endless), right]
    assert main([*command, "--seconds", "0.3", "--megabytes", "800"]) == 1
    shown = capsys.readouterr().out
    assert "endless.txt: marking it took more than 0.3 s; keep only" in shown
    assert "ada.txt      right" in shown
    for option, value in (("--seconds", "0"), ("--seconds", "nan"), ("--megabytes", "0.5")):
        with pytest.raises(SystemExit) as ended:
            main([*command, option, value])
        assert ended.value.code == 2
        assert option in capsys.readouterr().err
