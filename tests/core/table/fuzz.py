"""Damaged files: the files of tests/data/tables, cut, spliced and salted by a seed.

`python -m tests.core.table.fuzz 20000` reads so many and says how long it took and what memory.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

from core.table.csv_table import TableError, read_csv
from tests.bounds import limit_usage
from tests.core.table.files import FILES

SECONDS = 5.0  # for one file
SALT = (
    *(b",", b";", b"\t", b"|", b" ", b'"', b"'", b"#", b"\\", b"\n", b"\r", b"\r\n", b"\x00"),
    *(b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xaf", b"1e400", b"1e-400", b"-", b"NA"),
    *(b"1.234,56", b"1,234.56", b"9007199254740993", b'""', b'","', b"sep=;\n", b"\x1f\x8b", b"PK"),
    *(b"," * 300, b"a," * 300, b'"' * 99, b"\n" * 300, b"0x1F", b"nan(1)", b"2024-01-01", b"\x1a"),
)


def damaged(seed: int) -> bytes:
    """The file of that number: always the same."""
    chance = random.Random(seed)
    data = chance.choice(_seeds())
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randint(0, len(data)) for _ in range(2))
        match chance.randint(0, 5):
            case 0:
                data = data[:at] + data[to:]
            case 1:
                data = data[:to] + data[at:to] * chance.randint(1, 20) + data[to:]
            case 2:
                data = data[:at] + chance.choice(_seeds())[:200] + data[at:]
            case 3:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case _:
                data = data[:at] + chance.choice(SALT) + data[at:]
    return data


def _seeds() -> list[bytes]:
    if not _read:
        _read.extend(path.read_bytes() for path in FILES)
    return _read


_read: list[bytes] = []


def fuzz(count: int) -> Counter[str]:
    """Read so many damaged files; raises AssertionError for one that ends in anything else."""
    ends: Counter[str] = Counter()
    for data in _seeds():  # once each, so that what is loaded on first use is there
        _end(data, -1)
    for seed in range(count):
        data = damaged(seed)
        with limit_usage(f"seed {seed}", len(data), SECONDS) as spent:
            ends[_end(data, seed)] += 1
        ends["MB at most"] = max(ends["MB at most"], round(spent.megabytes))
    return ends


def _end(data: bytes, seed: int) -> str:
    try:
        table = read_csv(data, name="f.csv")
    except TableError as error:
        sentence = str(error)
        assert sentence.startswith("f.csv "), (seed, sentence)
        assert sentence.endswith("."), (seed, sentence)
        assert "\n" not in sentence, (seed, sentence)
        return "refused"
    except Exception as error:
        raise AssertionError(f"seed {seed}: {error!r}") from error
    assert len(table.frame) == len(table.lines) >= 2, seed
    assert table.frame.columns.is_unique, seed
    return "read"


def main() -> None:
    """Read as many as the command line says."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    began = time.perf_counter()
    ends = fuzz(count)
    print(f"{count} files in {time.perf_counter() - began:.0f} s: {dict(ends)}")


if __name__ == "__main__":
    main()
