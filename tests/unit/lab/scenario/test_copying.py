"""The copy: dates filled in whatever the file's form, vantages led into the lab, the scenario itself untouched."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from lab.errors import LabError
from lab.scenario.copying import lead_vantages, prepare_copy
from lab.scenario.load import load_scenario
from lab.scenario.placeholders import replace_days, replace_in_file

TODAY = date(2026, 11, 21)
# Late evening of the 20th in UTC, morning of the 21st in Japan.
NOW = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)


def digests(folder: Path) -> dict[str, str]:
    """Give every file's content by path."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{day:-30}}", "2026-10-22"),
        ("{{day:0}}", "2026-11-21"),
        ("{{day:+1}}", "2026-11-22"),
        ("{{ day : 41 }}", "2027-01-01"),
        ("a{{day:-1}}b{{day:1}}", "a2026-11-20b2026-11-22"),
        ("{{day:x}}", "{{day:x}}"),
        ("{{days:1}}", "{{days:1}}"),
    ],
)
def test_placeholders_become_days(text: str, expected: str) -> None:
    assert replace_days(text, TODAY) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_tables_keep_their_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "devices.csv"
    file.write_bytes("管理番号,登録日\r\n表ソ能,{{day:-1}}\r\n".encode(encoding))
    replace_in_file(file, TODAY)
    assert file.read_bytes() == "管理番号,登録日\r\n表ソ能,2026-11-20\r\n".encode(encoding)


def test_a_table_of_no_known_encoding_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    content = b"\x81\x20{{day:-1}}"
    file.write_bytes(content)
    replace_in_file(file, TODAY)
    assert file.read_bytes() == content


def test_workbooks_are_filled_in_cell_by_cell(tmp_path: Path) -> None:
    file = tmp_path / "devices.xlsx"
    workbook = Workbook()
    assert workbook.active is not None
    workbook.active.append(["登録日", "{{day:-1}}", 7])
    workbook.create_sheet("二").append(["期限 {{day:1}}"])
    workbook.save(file)
    replace_in_file(file, TODAY)
    sheets = [list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(file).worksheets]
    assert sheets == [[("登録日", "2026-11-20", 7)], [("期限 2026-11-22",)]]


@pytest.mark.parametrize("content", [b"no workbook", b""])
def test_a_workbook_that_is_none_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "devices.xlsx"
    file.write_bytes(content)
    replace_in_file(file, TODAY)
    assert file.read_bytes() == content


def test_the_scenario_itself_is_never_written_to(corner: Path, tmp_path: Path) -> None:
    before = digests(corner)
    prepare_copy(corner, tmp_path / "work", now=NOW)
    assert digests(corner) == before


def test_days_count_in_the_facilitys_time_zone(corner: Path, tmp_path: Path) -> None:
    prepare_copy(corner, tmp_path / "work", now=NOW)
    engagement = tomllib.loads((tmp_path / "work/engagement/engagement.toml").read_text(encoding="utf-8"))
    assert engagement["consent"][0]["valid_from"] == date(2026, 10, 22)
    register = (tmp_path / "work/engagement/documents/devices.csv").read_bytes().decode("cp932")
    assert "2025-10-17" in register
    assert "{{" not in (tmp_path / "work/scenario.toml").read_text(encoding="utf-8")


def test_other_files_are_copied_byte_for_byte(corner: Path, tmp_path: Path) -> None:
    (corner / "engagement" / "configs").mkdir()
    (corner / "engagement" / "configs" / "rt.txt").write_text("date {{day:-1}}\n", encoding="utf-8")
    prepare_copy(corner, tmp_path / "work", now=NOW)
    assert (tmp_path / "work/engagement/configs/rt.txt").read_text(encoding="utf-8") == "date {{day:-1}}\n"


def test_a_target_with_content_is_refused(corner: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "mine.txt").touch()
    with pytest.raises(LabError):
        prepare_copy(corner, tmp_path / "work", now=NOW)
    with pytest.raises(LabError):
        prepare_copy(corner, corner / "work", now=NOW)


def test_vantages_lead_into_the_lab_and_comments_stay(corner: Path) -> None:
    file = corner / "engagement" / "engagement.toml"
    content = file.read_text(encoding="utf-8").replace("{{day:-30}}", "2026-01-01").replace("{{day:+30}}", "2026-12-01")
    file.write_text(content + '\n[[vantage]]\nname = "guest"\nrole = "guest"\nvia = "local"\n', encoding="utf-8")
    result = lead_vantages(file, load_scenario(corner, today=TODAY), {"management": "lab-x", "vendor": "lab-y"})
    assert (result.rewritten, result.absent) == (("management",), ("vendor",))
    written = file.read_text(encoding="utf-8")
    assert 'name = "management"   # the switch in the server room' in written
    rows = tomllib.loads(written)["vantage"]
    assert rows[0] == {
        "name": "management",
        "role": "management",
        "via": "netns:lab-x",
        "source": ["192.0.2.100", "2001:db8:1::100"],
    }
    assert rows[1]["via"] == "local"
