"""Speed and memory of reading tables: `python -m benchmarks.table`.

One file of numbers (by default 1 000 000 rows × 11 columns) is read by our `read_csv`, by pyarrow
and by pandas, in turns, each time in a new process; then ours is prepared for training. `--bounds`
reads the worst files within the limits instead, each within 10 s of CPU time and 64 MB plus ten
times its size. `--wide` compares 10 000 columns × 200 rows with the transposed table, until they
can be used: read, understood, with a first guess and a plan.
"""

import argparse
import gzip
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pyarrow.csv  # type: ignore[import-untyped]

from benchmarks.process import Process
from benchmarks.table_bounds import BOUNDS
from core.dataset.preparation import guess_roles, plan, prepare
from core.table.csv_table import MAX_BYTES, MAX_COLUMNS, TableError, read_csv
from core.table.meaning import interpret

OURS, PYARROW, PANDAS = "ours", "pyarrow", "pandas"
PREPARED, OFFERED = "ours, prepared", "ours, offered"
TIMES = 2.0  # pyarrow's own time, for reading without preparation
SECONDS = 10.0
MEGABYTES, TIMES_SIZE = 64.0, 10.0
MEGABYTE = 2**20
PEAK, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")  # Linux


def main() -> None:
    """Measure and print."""
    options = _options()
    if options.read:
        print(json.dumps(_read(options.read, Path(options.file))))
        return
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load}.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if options.bounds:
            _bounds(Path(folder))
        elif options.wide:
            _wide_and_tall(Path(folder), options.turns)
        else:
            _compare(Path(folder) / "numbers.csv", options.rows, options.columns, options.turns)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.table",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=11)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--bounds", action="store_true", help="the worst files within the limits")
    parser.add_argument("--wide", action="store_true", help="many columns against many rows")
    parser.add_argument("--read", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    return parser.parse_args()


def _read_ours(path: Path) -> None:
    read_csv(path)


def _read_and_prepare(path: Path) -> None:
    """Read and prepare: the last column is the target of a regression."""
    table = read_csv(path)
    *features, target = [str(name) for name in table.frame]
    prepare(table, features=features, target=target, task="regression")


def _read_and_plan(path: Path) -> None:
    """Do everything needed to use the table with the first guess."""
    table = interpret(read_csv(path))
    roles = guess_roles(table)
    plan(table, features=roles.features, target=roles.target, missing="fill")


READERS: dict[str, Callable[[Path], object]] = {
    OURS: _read_ours,
    PYARROW: pyarrow.csv.read_csv,
    PANDAS: pd.read_csv,
    PREPARED: _read_and_prepare,
    OFFERED: _read_and_plan,
}


def _read(reader: str, path: Path) -> dict[str, object]:
    """Read a file once after a small one; return seconds, MB of memory and any TableError."""
    small = path.with_name("small.csv")
    small.write_text("a,b\n1,0.5\n2,1.5\n3,2.5\n")
    READERS[reader](small)
    before = Process(os.getpid()).megabytes() or 0.0
    _forget_peak()
    began, worked, refused = time.perf_counter(), time.process_time(), ""
    try:
        READERS[reader](path)
    except TableError as error:
        refused = str(error)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    return {"seconds": seconds, "cpu": cpu, "megabytes": _peak() - before, "refused": refused}


def _forget_peak() -> None:
    """Reset the system's peak memory, which includes the parent's and the imports'."""
    if PEAK.exists():
        PEAK.write_text("5")


def _peak() -> float:
    """Return the peak memory in MB."""
    if STATUS.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
        if found:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _turn(reader: str, path: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.table", "--read", reader, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def _compare(path: Path, rows: int, columns: int, turns: int) -> None:
    numbers = np.random.default_rng(0).normal(size=(rows, columns)).round(6)
    frame = pd.DataFrame(numbers, columns=[f"c{i}" for i in range(columns)])
    frame.to_csv(path, index=False)
    size = path.stat().st_size / MEGABYTE
    print(f"{rows:,} rows × {columns} columns of numbers, {size:.0f} MB; medians of {turns} turns.")
    readers = (OURS, PYARROW, PANDAS, PREPARED)
    taken = [{reader: _turn(reader, path) for reader in readers} for _ in range(turns)]
    seconds = {}
    for reader in readers:
        seconds[reader] = median(_number(turn[reader], "seconds") for turn in taken)
        cpu = median(_number(turn[reader], "cpu") for turn in taken)
        peak = max(_number(turn[reader], "megabytes") for turn in taken)
        print(
            f"   {reader:<16}{rows / seconds[reader]:>12,.0f} rows/s {seconds[reader]:>7.2f} s"
            f" ({cpu:.2f} s of a core) {peak:>7,.0f} MB at most, {peak / size:.1f}× the file"
        )
    times = seconds[OURS] / seconds[PYARROW]
    verdict = "met" if times <= TIMES else "MISSED"
    print(f"   goal: within {TIMES:g}× of pyarrow's time: {times:.2f}×, {verdict}")


def _wide_and_tall(folder: Path, turns: int) -> None:
    random = np.random.default_rng(0)
    kinds = {
        "numbers": random.normal(size=(MAX_COLUMNS, 200)).round(4),
        "words": random.choice(["red", "green", "blue"], size=(MAX_COLUMNS, 200)),
    }
    for kind, cells in kinds.items():
        seconds = {}
        for shape, table in {"wide": cells.T, "tall": cells}.items():
            path = folder / f"{shape}.csv"
            frame = pd.DataFrame(table, columns=[f"c{i}" for i in range(table.shape[1])])
            frame.assign(y=np.arange(len(frame)) % 2).iloc[:, -MAX_COLUMNS:].to_csv(
                path, index=False
            )
            taken = [_turn(OFFERED, path) for _ in range(turns)]
            seconds[shape] = median(_number(turn, "seconds") for turn in taken)
            peak = max(_number(turn, "megabytes") for turn in taken)
            size = path.stat().st_size / MEGABYTE
            print(
                f"   {kind}, {frame.shape[1]:,} columns × {len(frame):,} rows, {size:.0f} MB:"
                f" {seconds[shape]:.2f} s, {peak:,.0f} MB at most, {peak / size:.1f}× the file"
            )
        print(f"   wide takes {seconds['wide'] / seconds['tall']:.1f} times as long as tall")


def _number(answer: dict[str, object], name: str) -> float:
    value = answer[name]
    assert isinstance(value, float)
    return value


def _bounds(folder: Path) -> None:
    for name, make in BOUNDS.items():
        path = folder / "worst.csv"
        content = make()
        path.write_bytes(content)
        packed = content.startswith(b"\x1f\x8b")  # what it unpacks to is what counts
        size = min(len(gzip.decompress(content) if packed else content), MAX_BYTES) / MEGABYTE
        answer = _turn(OURS, path)
        seconds, memory = _number(answer, "seconds"), _number(answer, "megabytes")
        within = _number(answer, "cpu") <= SECONDS and memory <= MEGABYTES + TIMES_SIZE * size
        print(
            f"   {name:<44}{size:>7.1f} MB {seconds:>6.2f} s "
            f"({_number(answer, 'cpu'):.2f} s of a core) {memory:>7,.0f} MB  "
            f"{'met' if within else 'MISSED'}  {str(answer['refused'])[:90]}",
            flush=True,
        )


if __name__ == "__main__":
    main()
