"""Command `python -m pages.ui.save.page RUN.zip PAGE.html`: writes a run's file as a page.

Several runs are written into a folder: `python -m pages.ui.save.page RUN.zip … FOLDER`. What is
missing in a page is printed. A file that cannot be read or written is told and passed over; the
exit status is then 2, otherwise 0.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.training.run_file import MAX_BYTES, RunFileError, read_run
from core.utils.sentence import plural
from pages.ui.chain_rule.notation import Selection
from pages.ui.save.page import LIMIT, PageContent, PageError, document, page_plan
from pages.ui.save.page.app_link import LOCAL, NO_ADDRESS, app_address, is_local
from pages.ui.save.page.controls import MEGABYTES
from pages.ui.state.conventions import Conventions
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import Focus
from pages.ui.state.session_file import experiment_of

MOST = 10_000_000  # epochs or samples that can be chosen
PAGE_ENDINGS = (".html", ".htm")
NAME_LAST = "name the page or the folder last, like page.html or pages/."
REASONS: dict[type[OSError], str] = {
    FileNotFoundError: "there is no such file or folder.",
    IsADirectoryError: "it is a folder; name a file.",
    NotADirectoryError: "a part of its path is a file, not a folder.",
    FileExistsError: "a file has that name; name another folder.",
    PermissionError: "reading or writing it is not permitted.",
}
Options = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; SystemExit for what cannot be followed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        targets = _targets(options)
    except (ValueError, OSError) as error:
        parser.error(_sentence(error))
    if options.app and is_local(options.app):
        print(f"{options.app}: {LOCAL}", file=sys.stderr)
    failures = sum(not _write(source, target, options) for source, target in targets)
    if failures and len(targets) > 1:
        print(f"{plural(failures, 'page')} of {len(targets)} not written.", file=sys.stderr)
    return 2 if failures else 0


def _write(source: Path, target: Path, options: Options) -> bool:
    """Write a run's page and tell what is in it, or why there is none; return whether it is."""
    try:
        of, notes = _content(source, options)
        with np.errstate(all="ignore"):  # of a run that diverges
            target.write_text(document(of), encoding="utf-8")
    except (ValueError, OSError) as error:
        print(_printable(_sentence(error)), file=sys.stderr)
        return False
    size = f"{target.stat().st_size:,} bytes."
    print(_printable(" ".join([f"{target}:", size, *of.sentences, *notes])))
    return True


def _targets(options: Options) -> list[tuple[Path, Path]]:
    """Return the runs' files with their pages' files; a folder is created.

    No page takes the place of anything but a page: raises ValueError otherwise.
    """
    runs, output = [Path(path) for path in options.runs], Path(options.output)
    is_folder = output.is_dir() or options.output.endswith(("/", "\\"))
    is_page = output.suffix.lower() in PAGE_ENDINGS and not is_folder
    if is_page and len(runs) > 1:
        raise ValueError(f"{output}: this is one page for several runs: name a folder last.")
    if not (is_page or is_folder):
        is_new = not output.exists() and output.suffix.lower() != ".zip"
        if len(runs) == 1 or not is_new:
            raise ValueError(f"{output}: this is neither a page nor a folder: {NAME_LAST}")
    pages = [output] if is_page else [output / f"{run.stem}.html" for run in runs]
    if {page.resolve() for page in pages} & {run.resolve() for run in runs}:
        raise ValueError(f"{output}: a run would be overwritten by its page: {NAME_LAST}")
    if len({page.name.casefold() for page in pages}) < len(pages):
        raise ValueError("two runs have files of one name: rename one of them.")
    if not is_page:
        output.mkdir(parents=True, exist_ok=True)
    return list(zip(runs, pages, strict=True))


def _content(path: Path, options: Options) -> tuple[PageContent, list[str]]:
    """Return a run file's page, and what else is to be told; ValueError with the file's name."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path}: it is larger than a run file: save the run again.")
    try:
        found = read_run(path.read_bytes())
        setup, experiment = experiment_of(found, {})
        focus = Focus(setup.row, setup.output, setup.weight).within(experiment.run)
        shown = Selection(experiment, focus, setup.conventions or Conventions())
        plan = page_plan(
            shown,
            most_epochs=options.epochs,
            most_samples=options.samples,
            limit=round(options.megabytes * 1e6),
        )
    except (RunFileError, PermalinkError, PageError) as error:
        raise ValueError(f"{path}: {error}") from error
    count = 1 + len(found.runs)
    notes = [f"Of the {count} runs in the file it has the one in use."] if count > 1 else []
    views = setup.views or frozenset({"network"})
    return plan.content(views, setup.plane, options.app or ""), notes


def _sentence(error: Exception) -> str:
    """Return what went wrong, with the file's name."""
    if not isinstance(error, OSError):
        return str(error)
    return f"{error.filename}: {REASONS.get(type(error), f'{error.strerror}.')}"


def _printable(text: str) -> str:
    """Return text that can be printed: a file's name may have bytes that are no letters."""
    return text.encode(errors="replace").decode()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pages.ui.save.page",
        description="Writes a run's file as one HTML page that plays in any browser.",
        epilog="Exit status: 0 all written, 2 a file that cannot be read or written.",
    )
    parser.add_argument("runs", nargs="+", metavar="RUN.zip", help="a file of the Save page")
    parser.add_argument(
        "output", metavar="PAGE.html", help="the page; for several runs a folder of pages"
    )
    at_most = "(default: as many as fit)"
    parser.add_argument("--epochs", type=_count, help=f"the most epochs of each {at_most}")
    parser.add_argument("--samples", type=_count, help=f"the most samples of each {at_most}")
    size = f"how large a page may be (default: {LIMIT / 1e6:g})"
    parser.add_argument("--megabytes", type=_megabytes, default=LIMIT / 1e6, help=size)
    where = "the address of an app, to which the page links"
    parser.add_argument("--app", type=_address, metavar="URL", help=where)
    return parser


def _count(text: str) -> int:
    """Return a whole number from 1 to MOST."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= MOST):
        raise argparse.ArgumentTypeError(f"{text[:20]} is not a whole number from 1 to {MOST:,}")
    return int(text)


def _megabytes(text: str) -> float:
    """Return how large a page may be, as in the app."""
    try:
        return MEGABYTES.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text[:20]}: {error}") from error


def _address(text: str) -> str:
    """Return an app's address, as in the app."""
    if not (address := app_address(text)):
        raise argparse.ArgumentTypeError(f"{text[:80]}: {NO_ADDRESS}")
    return address


if __name__ == "__main__":
    sys.exit(main())
