"""Command `python -m pages.ui.save.page RUN.zip PAGE.html`: writes a run's file as a page.

Several runs are written into a folder: `python -m pages.ui.save.page RUN.zip … FOLDER`. What is
missing in a page is printed. The exit status is 0, or 2 if a file cannot be read or written.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.training.run_file import MAX_BYTES, RunFileError, read_run
from pages.ui.chain_rule.notation import Selection
from pages.ui.save.page import LIMIT, PageContent, PageError, document, page_plan
from pages.ui.save.run_file import experiment_of
from pages.ui.state.conventions import Conventions
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import Focus

MOST = 10_000_000  # epochs or samples that can be chosen
LONGEST_ADDRESS = 2000  # characters
Options = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; SystemExit for what cannot be followed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        for source, target in _targets(options):
            of = _content(source, options)
            target.write_text(document(of), encoding="utf-8")
            print(" ".join([f"{target}:", f"{target.stat().st_size:,} bytes.", *of.sentences]))
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return 0


def _targets(options: Options) -> list[tuple[Path, Path]]:
    """Return the runs' files with their pages' files; a folder is created."""
    runs, output = [Path(path) for path in options.runs], Path(options.output)
    if len(runs) == 1 and not output.is_dir():
        return [(runs[0], output)]
    pages = [output / f"{run.stem}.html" for run in runs]
    if len(set(pages)) < len(pages):
        raise ValueError("two runs have files of one name: rename one of them")
    output.mkdir(parents=True, exist_ok=True)
    return list(zip(runs, pages, strict=True))


def _content(path: Path, options: Options) -> PageContent:
    """Return the content of a run file's page; ValueError with the file's name."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path}: it is larger than a run file: save the run again")
    try:
        setup, experiment = experiment_of(read_run(path.read_bytes()), {})
        focus = Focus(setup.row, setup.output, setup.weight).within(experiment.run)
        shown = Selection(experiment, focus, setup.conventions or Conventions())
        plan = page_plan(
            shown, most_epochs=options.epochs, most_samples=options.samples, limit=LIMIT
        )
    except (RunFileError, PermalinkError, PageError) as error:
        raise ValueError(f"{path}: {error}") from error
    return plan.content(setup.views or frozenset({"network"}), setup.plane, options.app or "")


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
    at_most = f"(default: as many as fit into {LIMIT / 1e6:g} MB)"
    parser.add_argument("--epochs", type=_count, help=f"the most epochs of each {at_most}")
    parser.add_argument("--samples", type=_count, help=f"the most samples of each {at_most}")
    where = "the address of an app, to which the page links"
    parser.add_argument("--app", type=_address, metavar="URL", help=where)
    return parser


def _count(text: str) -> int:
    """Return a whole number from 1 to MOST."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= MOST):
        raise argparse.ArgumentTypeError(f"{text[:20]} is not a whole number from 1 to {MOST:,}")
    return int(text)


def _address(text: str) -> str:
    """Return an address of the web."""
    if not text.startswith(("https://", "http://")) or len(text) > LONGEST_ADDRESS:
        raise argparse.ArgumentTypeError(f"{text[:80]} is no address that begins with https://")
    return text


if __name__ == "__main__":
    sys.exit(main())
