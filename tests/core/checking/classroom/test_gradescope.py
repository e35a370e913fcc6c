"""Gradescope's results.json, held against the rules of its published specification."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.checking.__main__ import main
from tests.core.checking.classroom.class_work import bundle_in, dW1, dW2, hand_in

FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
OF_ALL = {
    "score", "execution_time", "output", "output_format", "test_output_format",
    "test_name_format", "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
OF_A_TEST = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format",
    "tags", "visibility", "extra_data",
}  # fmt: skip


def check(results: dict[str, Any]) -> None:
    assert results.keys() <= OF_ALL
    assert results["output_format"] in FORMATS
    assert results["visibility"] in VISIBILITIES
    assert isinstance(results["output"], str)
    assert results["output"]
    for test in results["tests"]:
        assert test.keys() <= OF_A_TEST
        assert test["status"] in {"passed", "failed"}
        assert test["output_format"] in FORMATS
        assert test["visibility"] in VISIBILITIES
        assert 0 <= test["score"] <= test["max_score"]
    assert results["score"] == pytest.approx(sum(test["score"] for test in results["tests"]))


def load(text: str) -> dict[str, Any]:
    results: dict[str, Any] = json.loads(text)
    check(results)
    return results


def test_one_file_gives_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = hand_in(tmp_path / "mia.txt", dW1=dW1, dW2=-dW2)
    assert main([bundle_in(tmp_path), file, "--format", "gradescope"]) == 1
    results = load(capsys.readouterr().out)
    assert results["score"] == 1
    assert results["output"].startswith("dW1 is right, to the full precision it was given to; dW2")
    first, second = results["tests"]
    assert (first["name"], first["status"], first["max_score"]) == ("dW1", "passed", 1)
    assert (second["name"], second["status"], second["score"]) == ("dW2", "failed", 0)
    assert second["output"] == "dW2 is wrong."


def test_points_follow_the_rule(tmp_path: Path) -> None:
    file, target = hand_in(tmp_path / "mia.txt", dW1=-dW1), tmp_path / "results.json"
    rule = ["--points", "dW1=4 dW2=6 sign=75%", "--output", str(target)]
    assert main([bundle_in(tmp_path), file, "--format", "gradescope", *rule]) == 1
    first, second = load(target.read_text(encoding="utf-8"))["tests"]
    assert (first["score"], first["max_score"], first["status"]) == (3, 4, "failed")
    assert (second["score"], second["output"]) == (0, "dW2 is missing.")


def test_several_files_go_into_a_folder(tmp_path: Path) -> None:
    files = [
        hand_in(tmp_path / "a" / "mia.txt", dW1=dW1, dW2=dW2),
        hand_in(tmp_path / "b" / "Mia.m", dW1=-dW1),
        hand_in(tmp_path / "c" / "mia-2.txt", dW2=dW2),
        str(tmp_path / "gone.txt"),
    ]
    folder = tmp_path / "results"
    options = ["--format", "gradescope", "--output", str(folder)]
    assert main([bundle_in(tmp_path), *files, *options]) == 1
    names = ["mia", "Mia-2", "mia-2-2", "gone"]
    found = [load((folder / f"{name}.results.json").read_text(encoding="utf-8")) for name in names]
    assert len(list(folder.iterdir())) == len(files)
    assert [results["score"] for results in found] == [2, 0, 1, 0]
    assert [results["extra_data"]["file"] for results in found] == [
        "mia.txt", "Mia.m", "mia-2.txt", "gone.txt",
    ]  # fmt: skip
    assert found[-1]["tests"][0]["output"].startswith("gone.txt: it cannot be read")


@pytest.mark.parametrize("name", ["csv", "text", "moodle"])
def test_what_is_no_output_is_refused_before_the_files_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    command = [bundle_in(tmp_path), "mia.txt", "--format", name, "--points", "10", "--output"]
    for output, said in ((tmp_path, "is a folder"), (tmp_path / "none" / "x", "does not exist")):
        with pytest.raises(SystemExit) as ended:
            main([*command, str(output)])
        assert ended.value.code == 2
        assert said in capsys.readouterr().err


def test_several_files_need_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = hand_in(tmp_path / "mia.txt", dW1=dW1, dW2=dW2)
    with pytest.raises(SystemExit) as ended:
        main([bundle_in(tmp_path), file, file, "--format", "gradescope"])
    assert ended.value.code == 2
    assert "--output: name a folder" in capsys.readouterr().err
