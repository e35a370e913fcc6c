"""The command that writes runs as pages."""

from pathlib import Path

import pytest

from pages.ui.save.page.__main__ import main
from pages.ui.save.run_file import run_bytes
from pages.ui.state.session import Session


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    session = Session()
    session.run.advance(30)
    path = tmp_path / "xor.zip"
    path.write_bytes(run_bytes(session))
    return path


def test_a_run_is_written_as_a_page(run_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = run_file.parent / "page.html"
    assert main([str(run_file), str(page), "--epochs", "4", "--samples", "2"]) == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    told = capsys.readouterr().out
    assert f"{page}: {page.stat().st_size:,} bytes. Every 10th of 30 epochs, as chosen." in told
    assert "2 of 4 samples" in told


def test_several_runs_are_written_into_a_folder(run_file: Path) -> None:
    other, folder = run_file.with_name("other.zip"), run_file.parent / "pages"
    other.write_bytes(run_file.read_bytes())
    assert main([str(run_file), str(other), str(folder)]) == 0
    assert sorted(page.name for page in folder.iterdir()) == ["other.html", "xor.html"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["bad.zip", "page.html"], "bad.zip: This is not a run file"),
        (["absent.zip", "page.html"], "absent.zip"),
        (["xor.zip", "page.html", "--epochs", "0"], "0 is not a whole number"),
        (["xor.zip", "page.html", "--app", "javascript:alert(1)"], "no address that begins with"),
        (["xor.zip", "xor.zip", "pages"], "two runs have files of one name"),
    ],
)
def test_what_cannot_be_followed_is_told(
    run_file: Path,
    arguments: list[str],
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(run_file.parent)
    Path("bad.zip").write_bytes(b"no zip")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert why in capsys.readouterr().err
