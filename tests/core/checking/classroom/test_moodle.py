"""Moodle's worksheet in several languages and notations, read back with the csv module."""

import csv
import io
from pathlib import Path

import pytest

from core.checking.__main__ import main
from core.checking.classroom.moodle import Worksheet, fill_worksheet
from core.checking.classroom.points import Points, Rule
from core.checking.grading import Grade
from tests.core.checking.classroom.class_work import PROBLEM, bundle_in, dW1, dW2, grade, hand_in

ENGLISH = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Online text","Last modified (grade)","Feedback comments"'
)
GERMAN = (
    'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,'
    '"Bewertung kann geändert werden","Zuletzt geändert (Abgabe)","Texteingabe online",'
    '"Zuletzt geändert (Bewertung)","Feedback als Kommentar"'
)
FRENCH = (
    'Identifiant,"Nom complet","Adresse de courriel",Statut,Note,"Note maximale",'
    '"La note peut être modifiée","Dernière modification (travail remis)","Texte en ligne",'
    '"Dernière modification (note)","Feedback par commentaires"'
)
UNKNOWN = "Tunniste,Nimi,Sposti,Tila,Arvosana,Maksimi,Muutettavissa,Palautettu,Teksti,Aika,Palaute"
DATE = '"Friday, 2 October 2026, 9:14 PM"'
TOTAL = 8.5
WRONG = grade(dW1=dW1, dW2=-dW2)
POINTS = Rule.parse("dW1=4 dW2=6 sign=75%").points(WRONG, PROBLEM)


def worksheet(
    heading: str, word: str = "Participant ", most: str = "100.00", *, delimiter: str = ",",
    end: str = "\r\n", mark: str = "\ufeff",
) -> bytes:  # fmt: skip
    most = f'"{most}"' if "," in most else most
    rest = f'{most},Yes,{DATE},"<p>a ""b""\nc</p>",-,'
    lines = [
        heading,
        f'"{word}123456","Ada Lovelace",ada@x.org,"Submitted for grading - ",,{rest}',
        f'"{word}23456","Böb Ørsted",bob@x.org,"Submitted for grading - ",7.00,{rest}old',
        f'"{word}77","Ada Lovelace",ada2@x.org,"No submission - ",,{rest}',
    ]
    text = end.join(lines) + end
    if delimiter != ",":
        rows = csv.reader(io.StringIO(text, newline=""))
        written = io.StringIO()
        csv.writer(written, delimiter=delimiter, lineterminator=end).writerows(rows)
        text = written.getvalue()
    return (mark + text).encode()


def table(data: bytes, delimiter: str = ",") -> list[list[str]]:
    text = data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def fill(data: bytes, *paths: str) -> tuple[bytes, list[str]]:
    return fill_worksheet(data, paths, [WRONG] * len(paths), [POINTS] * len(paths))


CASES = [
    (worksheet(ENGLISH), ",", "8.50"),
    (worksheet(ENGLISH, end="\n", mark=""), ",", "8.50"),
    (worksheet(GERMAN, "Teilnehmer/in", "100,00"), ",", "8,50"),
    (worksheet(GERMAN, "Teilnehmer/in", "100,00", delimiter=";", end="\n"), ";", "8,50"),
    (worksheet(FRENCH, "Participant", "20,000"), ",", "8,500"),
    (worksheet(FRENCH, "Participant", "20", delimiter="\t", mark=""), "\t", "8.50"),
    (worksheet(UNKNOWN, "Osallistuja ", "100,00"), ",", "8,50"),
]


@pytest.mark.parametrize(("data", "delimiter", "expected"), CASES)
def test_the_row_of_a_file_is_filled_and_nothing_else(
    data: bytes, delimiter: str, expected: str
) -> None:
    if "Palaute" in data.decode():
        data = data.replace(b",old", b",")  # only an empty column is known to be for comments
    before = table(data, delimiter)
    content, strangers = fill(data, "Böb Ørsted_23456_assignsubmission_file_mine.txt")
    after = table(content, delimiter)
    assert strangers == []
    assert after[2][4] == expected
    assert after[2][10] == WRONG.comment
    before[2][4], before[2][10] = after[2][4], after[2][10]
    assert after == before
    old, new = data.split(b"23456", 2), content.split(b"23456", 2)
    assert new[0] == old[0]  # heading and first row, byte for byte
    assert content.endswith(data.rpartition(b"77")[2])
    assert content.count(b"\r\n") == data.count(b"\r\n")


@pytest.mark.parametrize(("data", "delimiter"), [case[:2] for case in CASES])
def test_without_a_file_all_stays_as_it_was(data: bytes, delimiter: str) -> None:
    assert Worksheet(data).data == data
    assert fill(data, f"nobody{delimiter}.txt") == (data, [f"nobody{delimiter}.txt"])


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("Ada Lovelace_123456_assignsubmission_file_a.txt", 0),
        ("all/Ada Lovelace_77_assignsubmission_file_/answer.txt", 2),
        ("Ada Lovelace_77_assignsubmission_file/answer.txt", 2),
        ("x_23456_assignsubmission_onlinetext.html", 1),
        ("Böb Ørsted.txt", 1),
        ("böb  ørsted/answer.txt", 1),
        ("Ada Lovelace.txt", None),  # two of that name
        ("Böb Ørsted_99_assignsubmission_file_a.txt", None),
        ("23456x.txt", None),
        ("x23456_assignsubmission_file_a.txt", None),
        ("3456_assignsubmission_file_a.txt", None),
    ],
)
def test_a_file_finds_its_row(path: str, row: int | None) -> None:
    assert Worksheet(worksheet(ENGLISH)).row_of(path) == row


def test_of_several_files_of_a_row_the_best_counts() -> None:
    none = Points(0.0, 10.0, {})
    stem = "Böb Ørsted_23456_assignsubmission_file_"
    grades = [Grade("a.txt", "unreadable", comment="a.txt: no."), WRONG]
    content, strangers = fill_worksheet(
        worksheet(ENGLISH), [f"{stem}a.txt", f"{stem}mia.txt"], grades, [none, POINTS]
    )
    assert strangers == []
    assert table(content)[2][4] == "8.50"
    assert table(content)[2][10] == f"Of 2 files mia.txt counts. {WRONG.comment}"


@pytest.mark.parametrize(
    ("comment", "written"),
    [
        ("=dan.csv: no", "'=dan.csv: no"), ("@x", "'@x"), (" -1+2", "' -1+2"),
        ("“<b>&” is not a number", "“&lt;b&gt;&amp;” is not a number"),
        ('a "b", c\nd', 'a "b", c\nd'), ("one", "one"),
    ],
)  # fmt: skip
def test_a_comment_is_neither_a_formula_nor_markup(comment: str, written: str) -> None:
    sheet = Worksheet(worksheet(ENGLISH))
    sheet.fill(1, POINTS, comment)
    assert table(sheet.data)[2][10] == written


def test_a_worksheet_without_comments_gets_grades_alone() -> None:
    data = b"Identifier,Grade,Maximum grade,Last modified (grade)\nParticipant 5,,10.00,-\n"
    content, _ = fill(data, "A_5_assignsubmission_file_a.txt")
    assert content == data.replace(b"5,,", b"5,8.50,")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the worksheet has no column that is known to hold the participants"),
        (b"a,b\n1,2\n", "the worksheet has no column that is known to hold the grades"),
        (b"Identifier,Grade\nParticipant 5,\n", "the worksheet has no column that is known to "
         "hold the maximum grades"),
        (b"\xff\xfea", "the worksheet is not UTF-8 text"),
        (b'Identifier,Grade\n"Part', "line 2 of the worksheet has a wrong quote"),
        (b'Identifier,Grade\n"Part"x,\n', "line 2 of the worksheet has a wrong quote"),
        (b'Identifier,Grade\n\n"a\nb",1,2\n', "line 3 of the worksheet has 3 cells, its headings "
         "2; download"),
        (b"Identifier,Grade,Maximum grade\nParticipant 5,,8\n", "8.5 points are above the maximum "
         "grade 8 on line 2 of the worksheet"),
        (b"Identifier,Grade,Maximum grade\nParticipant 5,,good\n", "line 2 of the worksheet has no "
         "maximum grade, but “good”"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_is_said_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared
        fill(data, "A_5_assignsubmission_file_a.txt")
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith(".")


def test_the_command_fills_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        hand_in(tmp_path / "Ada Lovelace_123456_assignsubmission_file_" / "a.txt",
                dW1=dW1, dW2=dW2),
        str(tmp_path / "Böb Ørsted_23456_assignsubmission_file_b.txt"),
    ]  # fmt: skip
    sheet = tmp_path / "worksheet.csv"
    sheet.write_bytes(worksheet(ENGLISH))
    command = [bundle_in(tmp_path), *files, "--format", "moodle"]
    options = ["--points", "10", "--worksheet", str(sheet)]
    assert main([*command, *options, "--output", str(sheet)]) == 1
    rows = table(sheet.read_bytes())
    assert [row[4] for row in rows[1:]] == ["10.00", "0.00", ""]
    assert "it cannot be read" in rows[2][10]
    stranger = hand_in(tmp_path / "eve.txt", dW1=dW1, dW2=dW2)
    with pytest.raises(SystemExit) as ended:
        main([command[0], stranger, *command[1:], *options, "--output", str(tmp_path / "new.csv")])
    assert ended.value.code == 1
    assert f"1 file in no row of the worksheet: {stranger}." in capsys.readouterr().err
    assert table((tmp_path / "new.csv").read_bytes()) == rows
    for left_out in (options[:2], options[2:]):
        with pytest.raises(SystemExit) as ended:
            main([*command, *left_out])
        assert ended.value.code == 2
        assert "--format moodle needs --" in capsys.readouterr().err
