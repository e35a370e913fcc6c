"""Zips that somebody hands in: what is too large or damaged is refused before it takes room."""

import io
import zipfile

import pytest

from core.utils.archive import ArchiveError, TooLargeError, open_zip, read_member


def packed(method: int = zipfile.ZIP_DEFLATED, **files: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def test_a_member_is_read_up_to_the_most() -> None:
    with open_zip(packed(a=b"12345")) as archive:
        assert read_member(archive, "a", 5) == b"12345"
        with pytest.raises(TooLargeError, match="unpacks to more than"):
            read_member(archive, "a", 4)
        with pytest.raises(KeyError):
            read_member(archive, "b", 4)


def test_a_member_that_says_less_than_it_holds_is_cut_off() -> None:
    data = bytearray(packed(a=b"0" * 10_000_000))
    for sign, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):  # where the size stands
        at = data.index(sign) + place
        data[at : at + 4] = (9).to_bytes(4, "little")
    with open_zip(bytes(data)) as archive, pytest.raises(ArchiveError):
        read_member(archive, "a", 100)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_methods_are_refused(method: int) -> None:
    with open_zip(packed(method, a=b"123")) as archive, pytest.raises(ArchiveError, match="way"):
        read_member(archive, "a", 100)


def test_an_archive_of_too_many_files_is_not_even_listed() -> None:
    with (
        pytest.raises(ArchiveError, match="more than 2 files"),
        open_zip(packed(a=b"", b=b"", c=b""), 2),
    ):
        pass


def damage() -> dict[str, bytes]:
    good = packed(a=b"a few words, a few words" * 9)
    central = good.index(b"PK\x01\x02")
    return {
        "empty": b"",
        "no zip": b"dW1 = 1",
        "cut": good[: len(good) // 2],
        "another byte within": good[:45] + b"\xff" + good[46:],
        "a negative place": good[: central + 42] + b"\xff\xff\xff\xff" + good[central + 46 :],
        "encrypted": good[: central + 8] + b"\x01" + good[central + 9 :],
    }


@pytest.mark.parametrize("case", damage())
def test_a_damaged_one_is_said_to_be(case: str) -> None:
    with pytest.raises(ArchiveError), open_zip(damage()[case]) as archive:
        read_member(archive, "a", 1000)
