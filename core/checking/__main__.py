"""Command `python -m core.checking BUNDLE STUDENT_FILE…`: marks what a class hands in.

It shows which files are right, to how many digits, and which mistakes explain the others: as a
table, or for Gradescope or Moodle, with points if there is a rule (`core.checking.classroom`). The
bundle is that of `core.checking.assignment`, the files those of `core.checking.submission`. With
`--variants` each student has another bundle, and without files the command writes these bundles.

The exit status is 0 if all are right, 1 if any is not (wrong, incomplete, unreadable, with too few
digits to be judged, or in no row of the worksheet), 2 if the bundle cannot be read or an option
cannot be followed.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from core.checking.assignment import bundle_of, read_bundle
from core.checking.classroom.gradescope import result_names, results_text
from core.checking.classroom.moodle import Worksheet, fill_worksheet
from core.checking.classroom.points import EXAMPLE, Points, Rule, plain_number
from core.checking.classroom.variants import code_in, grade_without_code, read_codes, variant
from core.checking.classroom.worker import MEGABYTES, SECONDS, Worker
from core.checking.grading import Grade, as_csv, as_text
from core.checking.problem import Problem
from core.utils.sentence import join_names, plural

STANDARD_OUTPUT = "-"
Number = TypeVar("Number", int, float)

Options = argparse.Namespace
Output = Callable[[Options, list[Grade], list[Points]], list[str]]  # returns files left out


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; SystemExit for what cannot be followed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    strangers: list[str] = []
    try:
        bundle = read_bundle(options.bundle)
        if not options.files:
            _write_variants(options, bundle)
            return 0
        rule = _rule(options, bundle)
        _check_output(options)
        grades = list(_grades(options, bundle))
        points = [rule.points(grade, bundle) for grade in grades]
        strangers = OUTPUTS[options.format](options, grades, points)
    except (ValueError, OSError, argparse.ArgumentTypeError) as error:
        parser.error(str(error))
    if strangers:
        files = plural(len(strangers), "file")
        parser.exit(1, f"{files} in no row of the worksheet: {join_names(strangers)}.\n")
    return int(any(not grade.is_right for grade in grades))


def _rule(options: Options, bundle: Problem) -> Rule:
    if options.format == "moodle" and options.points is None:
        raise ValueError(f"--format moodle needs --points, such as “{EXAMPLE}”")
    try:
        one_each = str(bundle.net.layers)
        rule = Rule.parse(one_each if options.points is None else options.points)
        rule.worths(bundle.net.layers)
    except ValueError as error:
        raise ValueError(f"--points: {error}") from error
    return rule


def _check_output(options: Options) -> None:
    """Raise ValueError for an output that would fail only after all files are marked."""
    output = Path(options.output)
    if not output.parent.is_dir():
        raise ValueError(f"--output: the folder of {output} does not exist; create it")
    if output.is_dir() and options.format != "gradescope":
        raise ValueError(f"--output: {output} is a folder; name a file")
    if options.format == "moodle":
        if options.worksheet is None:
            raise ValueError("--format moodle needs --worksheet, the file downloaded from Moodle")
        Worksheet(Path(options.worksheet).read_bytes())
    elif options.worksheet is not None:
        raise ValueError("--worksheet is for --format moodle")
    if options.format == "gradescope" and len(options.files) > 1:
        _folder(options)


def _grades(options: Options, bundle: Problem) -> Iterator[Grade]:
    codes = read_codes(options.variants) if options.variants else []
    problems: dict[str, Problem] = {}
    with Worker(options.seconds, options.megabytes) as worker:
        for path in options.files:
            if not codes:
                yield worker.mark(bundle, path)
                continue
            name = Path(path).name
            code = code_in(name, codes)
            if code is None:
                yield grade_without_code(name, Path(options.variants).name)
                continue
            if code not in problems:
                problems[code] = variant(bundle, code)
            yield worker.mark(problems[code], path)


def _write_variants(options: Options, bundle: Problem) -> None:
    """Write a bundle for each code into a folder."""
    if options.variants is None:
        raise ValueError("give students' files, or --variants to make a bundle for each student")
    codes, folder = read_codes(options.variants), _folder(options)
    for code in codes:
        (folder / f"{code}.zip").write_bytes(bundle_of(variant(bundle, code)))


def _folder(options: Options) -> Path:
    """Return the output folder, created if it does not exist."""
    folder = Path(options.output)
    if options.output == STANDARD_OUTPUT or folder.is_file():
        raise ValueError("--output: name a folder for the files")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _table(make: Callable[[list[Grade], list[tuple[str, str]]], str]) -> Output:
    """Return the output of a table, which has points if there is a rule."""

    def write(options: Options, grades: list[Grade], points: list[Points]) -> list[str]:
        pairs = [(plain_number(p.total), plain_number(p.out_of)) for p in points]
        _write(options.output, make(grades, pairs if options.points else []))
        return []

    return write


def _gradescope(options: Options, grades: list[Grade], points: list[Points]) -> list[str]:
    results = [results_text(*pair) for pair in zip(grades, points, strict=True)]
    if len(results) == 1 and not Path(options.output).is_dir():
        _write(options.output, results[0])
        return []
    folder = _folder(options)
    for name, content in zip(result_names(options.files), results, strict=True):
        (folder / name).write_text(content, encoding="utf-8")
    return []


def _moodle(options: Options, grades: list[Grade], points: list[Points]) -> list[str]:
    data = Path(options.worksheet).read_bytes()
    content, strangers = fill_worksheet(data, options.files, grades, points)
    if options.output == STANDARD_OUTPUT:
        _write(options.output, content)
    else:
        Path(options.output).write_bytes(content)
    return strangers


def _write(output: str, content: str | bytes) -> None:
    """Write to a file or to the standard output."""
    if isinstance(content, bytes):
        file = argparse.FileType("wb")(output)
    else:
        file = argparse.FileType("w", encoding="utf-8")(output)
    file.write(content)
    file.flush()
    if output != STANDARD_OUTPUT:
        file.close()


OUTPUTS: dict[str, Output] = {
    "text": _table(as_text),
    "csv": _table(as_csv),
    "gradescope": _gradescope,
    "moodle": _moodle,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.checking",
        description="Marks students' gradients: right, or which mistake explains them.",
        epilog="Exit status: 0 all right, 1 any not right, 2 no bundle or a wrong option.",
    )
    parser.add_argument("bundle", help="a folder or zip: X.csv y.csv W1.csv W2.csv bundle.json")
    parser.add_argument(
        "files", nargs="*", metavar="STUDENT_FILE", help="CSV, JSON, NumPy, MATLAB or LaTeX text"
    )
    parser.add_argument(
        "--format",
        choices=OUTPUTS,
        default="text",
        help="a table as text or CSV, results.json of Gradescope, or Moodle's worksheet "
        "(default: text)",
    )
    parser.add_argument(
        "--output",
        default=STANDARD_OUTPUT,
        metavar="PATH",
        help="output file (default: standard output); a folder for several results of Gradescope "
        "and for bundles",
    )
    parser.add_argument(
        "--points",
        metavar="RULE",
        help=f"such as “10”, “dW1=4/row dW2=6” (each right row counts) or “{EXAMPLE}” (a wrong "
        "matrix gets this share if this mistake explains it)".replace("%", "%%"),
    )
    parser.add_argument(
        "--worksheet", metavar="FILE", help="the grading worksheet downloaded from Moodle"
    )
    parser.add_argument(
        "--variants",
        metavar="FILE",
        help="a code for each student, one on each line: without students' files, writes a bundle "
        "for each code; with them, marks each file for the code in its name",
    )
    _add_limits(parser)
    return parser


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds",
        type=_up_to(86_400, float, "a number above 0, up to 86400"),
        default=SECONDS,
        help=f"the most that a file may take (default: {SECONDS:g})",
    )
    parser.add_argument(
        "--megabytes",
        type=_up_to(1_000_000, int, "a whole number from 1 to 1000000"),
        default=MEGABYTES,
        help=f"the most memory that a file may take, on Linux (default: {MEGABYTES})",
    )


def _up_to(most: Number, convert: Callable[[str], Number], what: str) -> Callable[[str], Number]:
    """Return the type of an option: a number above 0, up to `most`."""

    def parse(text: str) -> Number:
        try:
            value = convert(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text} is not a number") from None
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not {what}")
        return value

    return parse


if __name__ == "__main__":
    sys.exit(main())
