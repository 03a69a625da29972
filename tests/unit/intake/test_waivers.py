from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.engagement_folder import make_folder
from tests.unit.intake.folders import load, problems, workbook, write

HEAD = "指摘ID,項番,対象,理由,承認者,期限\n"
FINDING = "tls.min-version@service:192.0.2.1/tcp/443"


def folder_with(tmp_path: Path, *rows: str) -> Path:
    folder = make_folder(tmp_path)
    write(folder, "documents/waivers.csv", HEAD + "".join(f"{r}\n" for r in rows))
    return folder


def test_findings_and_items_are_read_with_their_reasons(tmp_path: Path) -> None:
    rows = (
        f"{FINDING},,,機器更新まで,病院長,2027/3/31",
        ",2-⑬,,代替策あり,病院長,R9.3.31",
        ",2-⑫,サーバ,廃止予定,院長,2027年3月",
    )
    engagement = load(folder_with(tmp_path, *rows)).engagement
    assert [(w.target, w.justification, w.approver, w.expires) for w in engagement.waivers] == [
        (FINDING, "機器更新まで", "病院長", date(2027, 3, 31)),
        ("mhlw-hospital-r7:2-13", "代替策あり", "病院長", date(2027, 3, 31)),
        ("mhlw-hospital-r7:2-12s", "廃止予定", "院長", date(2027, 3, 31)),
    ]
    assert {d.path: d.role for d in engagement.documents}["documents/waivers.csv"] == "waivers"


def test_a_workbook_with_english_headings_is_read(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    rows = (("Item", "Justification", "Approver", "Expires"), ("2-6", "renewal", "director", date(2027, 3, 31)))
    write(folder, "documents/waivers.xlsx", workbook(*rows))
    (waiver,) = load(folder).engagement.waivers
    assert (waiver.target, waiver.expires) == ("mhlw-hospital-r7:2-6", date(2027, 3, 31))


def test_a_hospital_that_accepts_nothing_is_told_nothing(tmp_path: Path) -> None:
    intake = load(make_folder(tmp_path))
    assert intake.engagement.waivers == ()
    assert not [n for n in intake.notices if "waivers" in n.file]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{FINDING},,,,病院長,2027/3/31", "受け入れるのか"),
        (f"{FINDING},,,理由,-,2027/3/31", "受け入れるのか"),
        (f"{FINDING},,,理由,病院長,", "受け入れるのか"),
        (f"{FINDING},,,理由,病院長,-", "受け入れるのか"),
        (f"{FINDING},,,理由,病院長,そのうち", ""),
        (",,,理由,病院長,2027/3/31", "どちらか一方"),
        (f"{FINDING},2-⑬,,理由,病院長,2027/3/31", "どちらか一方"),
        (",9-⑨,,理由,病院長,2027/3/31", "項番"),
        (",2-⑫,,理由,病院長,2027/3/31", "対象"),
    ],
)
def test_a_row_that_says_too_little_is_wrong(tmp_path: Path, row: str, said: str) -> None:
    found = problems(folder_with(tmp_path, row))
    assert [p.file for p in found] == ["documents/waivers.csv"]
    assert said in str(found[0])


def test_one_target_has_one_waiver(tmp_path: Path) -> None:
    row = f"{FINDING},,,理由,病院長,2027/3/31"
    (problem,) = problems(folder_with(tmp_path, row, row))
    assert "L2" in str(problem)
    assert problem.place.startswith("3行目")
