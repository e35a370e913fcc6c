"""The command that writes runs as pages."""

from pathlib import Path

import pytest

from pages.ui.save.page.__main__ import REASONS, main
from pages.ui.save.page.app_link import NO_ADDRESS
from pages.ui.state.session import Session
from pages.ui.state.session_file import run_bytes


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


def test_a_slash_at_the_end_means_a_folder(run_file: Path) -> None:
    assert main([str(run_file), f"{run_file.parent}/new/"]) == 0
    assert (run_file.parent / "new" / "xor.html").is_file()


@pytest.mark.parametrize(
    "names",
    [
        ["xor.zip", "other.zip"],
        ["xor.zip", "other.zip", "third.zip"],
        ["xor.zip", "absent.zip"],
        ["xor.zip", "notes"],
        ["xor.zip", "other.zip", "pages.html"],
        ["run.html", "run.html"],
        ["run.html", "."],
    ],
)
def test_nothing_but_a_page_is_overwritten(
    run_file: Path,
    names: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(run_file.parent)
    for name in ("other.zip", "third.zip", "run.html", "notes"):
        Path(name).write_bytes(run_file.read_bytes())
    before = {path: path.read_bytes() for path in Path().iterdir()}
    with pytest.raises(SystemExit) as ended:
        main(names)
    assert ended.value.code == 2
    assert "last" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_a_file_that_fails_does_not_end_the_rest(
    run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_file.parent
    (folder / "bad.zip").write_bytes(b"no zip")
    (folder / "folder.zip").mkdir()
    names = ("bad.zip", "absent.zip", "folder.zip", "xor.zip")
    assert main([*(str(folder / name) for name in names), str(folder / "pages")]) == 2
    assert [page.name for page in (folder / "pages").iterdir()] == ["xor.html"]
    told = capsys.readouterr().err.splitlines()
    for line, name, why in zip(
        told,
        names,
        ("This is not a run file", REASONS[FileNotFoundError], REASONS[IsADirectoryError]),
        strict=False,
    ):
        assert line.startswith(f"{folder / name}: {why}")
    assert told[3] == "3 pages of 4 not written."


def test_a_file_of_several_runs_is_a_page_of_the_one_in_use(
    run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session()
    session.run.advance(3)
    session.keep_run(session.current.identifier, "first")
    session.use(session.sample)
    run_file.write_bytes(run_bytes(session, kept=True))
    assert main([str(run_file), str(run_file.with_suffix(".html")), "--megabytes", "0.5"]) == 0
    assert "Of the 2 runs in the file it has the one in use." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--epochs", "0"], "0 is not a whole number"),
        (["--megabytes", "0.1"], "a number from 0.5 to 50"),
        (["--app", "javascript:alert(1)"], NO_ADDRESS),
        (["--app", "https://me:word@class.example"], NO_ADDRESS),
        (["xor.zip"], "two runs have files of one name"),
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
    with pytest.raises(SystemExit) as ended:
        main(["xor.zip", *arguments, "pages"])
    assert ended.value.code == 2
    assert why in " ".join(capsys.readouterr().err.split())
    assert not Path("pages").exists()
