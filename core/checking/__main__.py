"""`python -m core.checking BUNDLE STUDENT_FILE…` prints a table of many students' files.

It tells what is right, to how many digits, and which mistakes explain what is not. The bundle is
that of `core.checking.assignment`, the files those of `core.checking.submission`. The exit status
is 0 when all are right, 1 when any is not (wrong, incomplete, unreadable, or given to too few
digits to be judged), 2 when the bundle cannot be read.
"""

import argparse
import sys
from collections.abc import Sequence

from core.checking.assignment import BundleError, read_bundle
from core.checking.grading import as_csv, as_text, mark

TABLES = {"text": as_text, "csv": as_csv}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status, and raises SystemExit for a bundle it cannot read."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        bundle = read_bundle(chosen.bundle)
    except BundleError as error:
        parser.error(str(error))
    rows = [mark(bundle, path) for path in chosen.files]
    chosen.output.write(TABLES[chosen.format](rows))
    chosen.output.flush()
    return int(any(not row.is_right for row in rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.checking",
        description="Marks students' gradients: right, or which mistake explains them.",
        epilog="Exit status: 0 all right, 1 any not right, 2 no bundle.",
    )
    parser.add_argument("bundle", help="a folder or zip: X.csv y.csv W1.csv W2.csv bundle.json")
    parser.add_argument(
        "files", nargs="+", metavar="STUDENT_FILE", help="CSV, JSON, NumPy, MATLAB or LaTeX text"
    )
    parser.add_argument("--format", choices=TABLES, default="text", help="of the table (text)")
    parser.add_argument(
        "--output",
        type=argparse.FileType("w", encoding="utf-8"),
        default="-",
        metavar="FILE",
        help="where to write it (the screen)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
