"""Command `python -m core.checking BUNDLE STUDENT_FILE…`: a table of grades.

It shows which files are right, to how many digits, and which mistakes explain the others. The
bundle is that of `core.checking.assignment`, the files those of `core.checking.submission`. The
exit status is 0 if all are right, 1 if any is not (wrong, incomplete, unreadable, or with too few
digits to be judged), 2 if the bundle cannot be read or is of several hidden layers or a softmax.
"""

import argparse
import sys
from collections.abc import Sequence

from core.checking.assignment import read_bundle
from core.checking.grading import as_csv, as_text, mark
from core.gradients import check_equations

TABLES = {"text": as_text, "csv": as_csv}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; SystemExit for an unreadable bundle."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        bundle = read_bundle(options.bundle)
        check_equations(bundle.net)
    except ValueError as error:
        parser.error(str(error))
    grades = [mark(bundle, path) for path in options.files]
    options.output.write(TABLES[options.format](grades))
    options.output.flush()
    return int(any(not grade.is_right for grade in grades))


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
    parser.add_argument(
        "--format", choices=TABLES, default="text", help="format of the table (default: text)"
    )
    parser.add_argument(
        "--output",
        type=argparse.FileType("w", encoding="utf-8"),
        default="-",
        metavar="FILE",
        help="output file (default: standard output)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
