"""Archives: the one file within is read; bombs stop early, and all else is one sentence."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile

import pytest

from core.table import notices
from core.table.csv_table import TableError, read_csv
from core.table.reading import unpacking

DATA = b"a,b\n1,2\n3,4\n"


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(TableError) as caught:
        read_csv(data, name="f.csv")
    return str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(DATA),
        gzip.compress(DATA[:5]) + gzip.compress(DATA[5:]),
        zipped(("d.csv", DATA)),
        zipped(("d.csv", DATA), method=zipfile.ZIP_STORED),
        zipped(("folder/", b""), ("folder/d.csv", DATA), ("__MACOSX/folder/._d.csv", b"\x00")),
        zipped(("d.csv", DATA), (".DS_Store", b"\x00")),
    ],
    ids=["gzip", "gzip twice", "zip", "stored", "in a folder", "with .DS_Store"],
)
def test_the_one_file_within_is_read_and_told(data: bytes) -> None:
    table = read_csv(data)
    assert table.frame.to_numpy().tolist() == [[1, 2], [3, 4]]
    assert "unpacked from" in table.notices[0].message


def test_bombs_stop_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MAX_BYTES", 2**20)
    zeros = b"1,2\n" * 2**24
    bombs = gzip.compress(zeros), zipped(("d.csv", zeros))
    tracemalloc.start()
    try:
        for bomb in bombs:
            assert "unpacks to more than the 1 MB" in refused(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20  # of 64


def test_a_size_that_the_archive_lies_about_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unpacking, "MAX_BYTES", 2**20)
    data = bytearray(zipped(("d.csv", b"1,2\n" * 2**20)))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.find(mark) + at
        data[place : place + 4] = (8).to_bytes(4, "little")
    sentence = refused(bytes(data))
    assert "zip archive that is damaged" in sentence or "only one row" in sentence


def test_what_is_no_single_file_is_refused() -> None:
    assert "2 files (“a.csv”, “b.csv”), not one" in refused(
        zipped(("a.csv", DATA), ("b.csv", DATA))
    )
    assert "with no file, not one" in refused(zipped(("folder/", b"")))
    many = zipped(*[(f"{i}.csv", b"") for i in range(notices.MAX_ARCHIVE_FILES + 1)])
    assert "more than 1,000 files" in refused(many)
    assert "an Excel workbook (.xlsx)" in refused(zipped(("xl/workbook.xml", b"<x/>")))
    assert "an archive within an archive" in refused(zipped(("d.zip", zipped(("d.csv", DATA)))))


def test_a_tar_archive_is_told() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo("d.csv")
        info.size = len(DATA)
        archive.addfile(info, io.BytesIO(DATA))
    assert "a tar archive" in refused(buffer.getvalue())


def test_an_encrypted_or_damaged_archive_is_told() -> None:
    data = bytearray(zipped(("d.csv", DATA)))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    assert "an encrypted zip archive" in refused(bytes(data))
    data = bytearray(zipped(("d.csv", DATA)))
    data[data.find(b"PK\x01\x02") + 10] = 99
    assert "is compressed or encrypted in a way that cannot be read" in refused(bytes(data))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):  # which cannot be unpacked step by step
        packed = refused(zipped(("d.csv", DATA), method=method))
        assert "is compressed or encrypted in a way that cannot be read" in packed
    assert "a zip archive that is damaged" in refused(zipped(("d.csv", DATA))[:40])
    assert "a damaged gzip archive" in refused(gzip.compress(DATA * 99)[:25])
    assert "a damaged gzip archive" in refused(gzip.compress(DATA)[:10] + b"\xff" * 20)
