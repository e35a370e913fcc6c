"""Results of a submission for Gradescope, as its autograders write them to results.json.

gradescope_results(grade, points)       # a dictionary for json.dumps, or results_text
result_names(files)                     # a file name for the results of each
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.checking.classroom.points import Points, diagnosis_of, is_right
from core.checking.grading import Grade

ENDING = ".results.json"


def gradescope_results(grade: Grade, points: Points) -> dict[str, Any]:
    """Return the results of one file: a test for each matrix, visible to the student."""
    return {
        "score": points.total,
        "output": grade.comment,
        "output_format": "text",
        "visibility": "visible",
        "extra_data": {"file": grade.file},
        "tests": [
            _test(grade, name, score, out_of) for name, (score, out_of) in points.by_matrix.items()
        ],
    }


def results_text(grade: Grade, points: Points) -> str:
    """Return the results as the text of a results.json."""
    return json.dumps(gradescope_results(grade, points), indent=2, ensure_ascii=False) + "\n"


def result_names(paths: Sequence[str]) -> Iterator[str]:
    """Yield a file name for the results of each file; equal ones get a number."""
    names: set[str] = set()
    for path in paths:
        stem = name = Path(path).stem
        number = 1
        while name.lower() in names:
            number += 1
            name = f"{stem}-{number}"
        names.add(name.lower())
        yield name + ENDING


def _test(grade: Grade, name: str, score: float, out_of: float) -> dict[str, Any]:
    diagnosis, own = diagnosis_of(grade, name)
    if diagnosis is None:
        output = grade.comment
    else:
        output = f"{own} is {diagnosis.verdicts.get(own, 'missing')}."
    return {
        "name": name,
        "score": score,
        "max_score": out_of,
        "status": "passed" if diagnosis and is_right(diagnosis, own) else "failed",
        "output": output,
        "output_format": "text",
        "visibility": "visible",
    }
