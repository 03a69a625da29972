"""What the file readers refuse, and that they refuse by a problem."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.intake.delimited import read_delimited
from sekisho.intake.grid import LIMITS, Limits, UnreadableError, letters
from sekisho.intake.headers import table_kinds
from sekisho.intake.remarks import Remarks
from sekisho.intake.tables import read_table
from sekisho.intake.workbook import read_workbook
from tests.unit.intake.folders import workbook as make_workbook
from tests.unit.intake.folders import write

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


def key_of(raw: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(UnreadableError) as caught:
        read_workbook(raw, limits)
    return caught.value.key


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return out.getvalue()


def test_broken_and_locked_workbooks() -> None:
    good = make_workbook(["管理番号", "IPアドレス"], ["1", "192.0.2.1"])
    assert key_of(b"garbage") == "xlsx"
    assert key_of(b"PK\x03\x04garbage") == "xlsx"
    assert key_of(good[:-40]) == "xlsx"
    assert key_of(good[: len(good) // 2] + bytes(200) + good[len(good) // 2 + 200 :]) == "xlsx"
    assert key_of(OLE + "EncryptedPackage".encode("utf-16-le")) == "password"
    assert key_of(OLE) == "xls"
    assert key_of(zipped(**{"word/document.xml": b"<x/>"})) == "xlsx"


def test_inflated_workbook() -> None:
    bomb = zipped(**{"xl/worksheets/sheet1.xml": bytes(3 * 2**20)})
    assert key_of(bomb, Limits(unpacked_megabytes=1)) == "inflated"
    assert key_of(bomb, Limits(megabytes=0)) == "too_large"
    assert key_of(zipped(**{f"{n}.xml": bytes(40 * 2**20) for n in range(3)})) == "inflated"


def test_row_number_that_would_never_end() -> None:
    raw = make_workbook(["管理番号", "IPアドレス"], ["1", "192.0.2.1"])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                content = content.replace(b'<row r="2"', b'<row r="99999999999"')
            new.writestr(entry, content)
    assert key_of(out.getvalue()) == "xlsx"


def test_entities_are_not_expanded() -> None:
    raw = make_workbook(["a"])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + content
            new.writestr(entry, content)
    assert key_of(out.getvalue()) == "xlsx"


def test_too_many_rows_and_columns() -> None:
    few = Limits(rows=2)
    assert key_of(make_workbook(["a"], ["b"], ["c"]), few) == "too_many_rows"
    assert key_of(make_workbook(["x"] * 257)) == "too_many_columns"
    for text, key in (("a\nb\nc\n", "too_many_rows"), ("x," * 257 + "x", "too_many_columns")):
        with pytest.raises(UnreadableError) as caught:
            read_delimited(text.encode(), few)
        assert caught.value.key == key


@pytest.mark.parametrize(
    ("raw", "key", "place"),
    [
        (b"a,b\nc\0,d\n", "nul", "L2"),
        (b'a,b\n"c,d\n', "csv", "L2"),
        (b"a,b\n\x81\x00\xff\xfd\n", "encoding", "L2"),
        (b"\xff\xfea", "encoding", ""),
    ],
)
def test_broken_csv(raw: bytes, key: str, place: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_delimited(raw)
    assert (caught.value.key, caught.value.place) == (key, place)


def test_csv_counts_lines_of_the_file() -> None:
    sheet = read_delimited(b'a,b\n\n"x\ny",1\nz,2\n')
    assert [r.number for r in sheet.rows] == [1, 3, 5]


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    write(tmp_path, "empty.csv", b" \n")
    write(tmp_path, "zip.csv", make_workbook(["a"]))
    write(tmp_path, "text.xlsx", b"a,b,c")
    (tmp_path / "dir.csv").mkdir()
    for name in ("empty.csv", "zip.csv", "text.xlsx", "dir.csv", "gone.csv"):
        remarks = Remarks("ja")
        assert read_table(tmp_path / name, name, kind=table_kinds()["devices"], remarks=remarks) == []
        assert [p.file for p in remarks.problems] == [name]


def test_column_letters() -> None:
    assert [letters(n) for n in (1, 26, 27, 52, 703)] == ["A", "Z", "AA", "AZ", "AAA"]


def refuses_or_reads(read: Callable[[bytes], object], raw: bytes) -> bool:
    try:
        read(raw)
    except UnreadableError as error:
        return bool(error.key)
    return True


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_sheets_or_a_typed_refusal(raw: bytes) -> None:
    assert refuses_or_reads(read_delimited, raw)
    assert refuses_or_reads(read_workbook, raw)


GOOD = make_workbook(["管理番号", "IPアドレス"], ["1", "192.0.2.1"])
with zipfile.ZipFile(io.BytesIO(GOOD)) as _packed:
    PARTS = {name: _packed.read(name) for name in sorted(_packed.namelist())}


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_damage_to_the_zip_gives_sheets_or_a_typed_refusal(damage: list[tuple[float, int]]) -> None:
    raw = bytearray(GOOD)
    for where, byte in damage:
        raw[int(where * len(raw))] = byte
    assert refuses_or_reads(read_workbook, bytes(raw))


@settings(deadline=None)
@given(st.sampled_from(sorted(PARTS)), st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=4)), max_size=5))
def test_any_damage_to_a_part_gives_sheets_or_a_typed_refusal(part: str, damage: list[tuple[float, bytes]]) -> None:
    content = bytearray(PARTS[part])
    for where, some in damage:
        at = int(where * len(content))
        content[at : at + len(some)] = some
    assert refuses_or_reads(read_workbook, zipped(**{**PARTS, part: bytes(content)}))
