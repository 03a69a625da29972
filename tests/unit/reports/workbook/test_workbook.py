import io
import re
import zipfile
from datetime import datetime
from itertools import pairwise
from urllib.parse import unquote

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from reports.figures import figures_of
from reports.workbook.build import build
from reports.workbook.cells import HEAD_FILL, plain
from sekisho.model.report import Report
from tests.unit.reports.hostile import STRINGS, hostile, hostile_evidence
from tests.unit.reports.parts import digest
from tests.unit.reports.sample import EVIDENCE, empty, many, sample, unjudged

SHEETS = [
    "表紙・概要",
    "外部接続点一覧",
    "機器台帳照合",
    "サービス一覧",
    "接続元制限",
    "指摘事項",
    "チェックリスト",
    "実施記録",
    "証跡一覧",
]


def opened(report: Report, lang: str = "ja") -> Workbook:
    return load_workbook(io.BytesIO(build(report, EVIDENCE, lang)))


def column(book: Workbook, sheet: str, title: str) -> list[object]:
    rows = list(book[sheet].iter_rows(min_row=4, values_only=True))
    at = rows[0].index(title)
    return [r[at] for r in rows[1:] if r[0] is not None]


@pytest.mark.parametrize("report", [sample(), empty(), many(40), unjudged()], ids=["s", "e", "m", "u"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_opens_again_with_all_sheets(report: Report, lang: str) -> None:
    book = opened(report, lang)
    assert len(book.sheetnames) == 9
    if lang == "ja":
        assert book.sheetnames == SHEETS


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_cell_is_a_formula_whatever_a_device_says(lang: str) -> None:
    raw = build(hostile(), hostile_evidence(), lang)
    book = load_workbook(io.BytesIO(raw))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {c.data_type for c in cells} <= {"s", "n"}
    risky = [c for c in cells if isinstance(c.value, str) and c.value[0] in "=+-@"]
    assert risky
    assert all(c.quotePrefix for c in risky)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name)
            assert b"<f " not in archive.read(name)


def test_control_characters_are_shown_and_escapes_are_not_read() -> None:
    assert plain("\x1b[31m\t") == "␛[31m␉"
    assert plain("a\nb") == "a\nb"
    assert plain("_x0041_") == "_x005F_x0041_"
    assert len(plain("a" * 40_000)) < 32_767
    assert all(isinstance(plain(s), str) for s in STRINGS)


def test_same_report_same_bytes_without_a_clock() -> None:
    raw = build(sample(), EVIDENCE, "ja")
    assert raw == build(sample(), EVIDENCE, "ja")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = load_workbook(io.BytesIO(raw)).properties
    assert properties.created == properties.modified == datetime(2026, 11, 20, 13, 12, 40)  # noqa: DTZ001


def test_findings_are_sorted_fail_first() -> None:
    book = opened(sample())
    assert column(book, "指摘事項", "判定")[:9] == ["不適合の証跡あり"] * 8 + ["検査エラー"]
    assert column(book, "指摘事項", "重大度")[:3] == ["緊急", "高", "高"]


def test_numbers_of_the_cover_are_those_of_the_lists() -> None:
    report = sample()
    book, figures = opened(report), figures_of(report)
    cover = " ".join(str(c.value) for row in book["表紙・概要"].iter_rows() for c in row if c.value is not None)
    verdicts = column(book, "指摘事項", "判定")
    assert verdicts.count("不適合の証跡あり") == figures.failed
    assert verdicts.count("判定不能") + verdicts.count("検査エラー") == figures.undetermined
    assert len(column(book, "外部接続点一覧", "番号")) == figures.points
    assert f"{figures.points} か所" in cover
    assert f"{figures.failed} 件" in cover
    assert f"{figures.undetermined} 件" in cover
    conflicts = [v for v in column(book, "チェックリスト", "回答と証跡の矛盾") if v != "—"]
    assert len(conflicts) == figures.conflicts
    assert f"矛盾が {figures.conflicts} 件" in cover


def test_partial_support_is_never_a_plain_yes() -> None:
    states = column(opened(sample()), "チェックリスト", "証跡による状態")
    assert "適合の証跡あり（調べた範囲で不適合なし）" in states
    assert "適合の証跡あり" not in states


def test_the_officers_columns_are_empty_with_choices() -> None:
    book = opened(sample())
    assert set(column(book, "チェックリスト", "はい・いいえ（担当者）")) == {None}
    assert set(column(book, "チェックリスト", "目標日（担当者）")) == {None}
    validations = book["チェックリスト"].data_validations.dataValidation
    assert [(v.type, v.formula1) for v in validations] == [("list", '"はい,いいえ,対象外"'), ("date", "36526")]


def test_every_sheet_is_set_up_for_paper() -> None:
    book = opened(sample())
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.oddFooter is not None
        assert "&P" in (sheet.oddFooter.center.text or "")
        assert "取扱注意" in (sheet.oddFooter.left.text or "")
    for name in (*SHEETS[1:7], SHEETS[8]):
        assert book[name].page_setup.fitToWidth == 1
        fitted = book[name].sheet_properties.pageSetUpPr
        assert fitted is not None
        assert fitted.fitToPage
        assert book[name].print_title_rows == "$4:$4"
        assert book[name].freeze_panes == "B5"
        assert book[name].auto_filter.ref


@pytest.mark.parametrize("report", [sample(), hostile(), empty()], ids=["s", "h", "e"])
def test_links_lead_somewhere(report: Report) -> None:
    book = opened(report)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                link = cell.hyperlink
                if link is None:
                    continue
                if link.location:
                    name, _, place = link.location.rpartition("!")
                    assert book[name.strip("'")][place].value is not None
                else:
                    assert re.fullmatch(r"\.\./evidence/([0-9a-f]{2})/\1[0-9a-f]{62}", unquote(link.target or ""))


def test_claims_end_with_their_evidence() -> None:
    book = opened(sample())
    assert column(book, "指摘事項", "証跡1")[0] == digest("tls-vpn")[:12]
    assert column(book, "指摘事項", "ほかの証跡")[4] == "ほか 2 件"
    assert digest("tls-vpn") in column(book, "証跡一覧", "SHA-256")


@pytest.mark.parametrize(
    ("report", "words"), [(empty(), "何も確認できていません"), (unjudged(), "判定できたものがありません")]
)
def test_a_run_without_judgement_does_not_look_good(report: Report, words: str) -> None:
    cover = [str(c.value) for row in opened(report)["表紙・概要"].iter_rows() for c in row if c.value]
    assert any(words in text for text in cover)


def test_widths_fit_japanese_text() -> None:
    sheet = opened(sample())["指摘事項"]
    assert sheet.column_dimensions["A"].width >= 7
    assert sheet.column_dimensions["F"].width >= 30
    assert max(d.width for d in sheet.column_dimensions.values()) <= 80


def test_items_stand_in_the_printed_order() -> None:
    labels = [str(v) for v in column(opened(sample()), "チェックリスト", "項目")]
    servers, pcs = (next(at for at, v in enumerate(labels) if word in v) for word in ("（サーバ）", "（端末PC）"))
    assert servers < pcs


READABLE_UNITS = 230
"""Half-width units across an A4 page at which 10 point letters are still some 6.5 points high."""


@pytest.mark.parametrize("name", [*SHEETS[1:7], SHEETS[8]])
@pytest.mark.parametrize("report", [sample(), many(40), hostile()], ids=["s", "m", "h"])
def test_what_is_printed_of_a_table_is_large_enough_to_read(name: str, report: Report) -> None:
    sheet = opened(report)[name]
    area = str(sheet.print_area).partition("!")[2].replace("$", "")
    _, _, last, rows = range_boundaries(area)
    assert last is not None
    assert sum(sheet.column_dimensions[get_column_letter(c)].width for c in range(1, last + 1)) <= READABLE_UNITS
    assert rows == sheet.max_row


@pytest.mark.parametrize("report", [sample(), many(40), unjudged(), empty()], ids=["s", "m", "u", "e"])
@pytest.mark.parametrize("name", [SHEETS[0], SHEETS[8]])
def test_no_heading_stands_alone_at_the_foot_of_a_page(name: str, report: Report) -> None:
    sheet = opened(report)[name]
    last_rows = [b.id for b in sheet.row_breaks.brk]
    assert last_rows == sorted(set(last_rows))
    for row in last_rows:
        cell = sheet.cell(row, 1)
        assert not (cell.font.bold and (cell.font.size or 0) >= 12), cell.value
        assert cell.fill.fgColor.rgb != HEAD_FILL.fgColor.rgb, cell.value
        assert cell.value is not None, row


def test_pages_are_broken_before_they_overflow() -> None:
    sheet = opened(many(40))[SHEETS[7]]
    ends = [0, *(b.id for b in sheet.row_breaks.brk), sheet.max_row]
    assert sheet.page_setup.scale
    room = (595 - 2 * 0.75 * 72) * 100 / sheet.page_setup.scale
    assert len(ends) > 2
    for begin, end in pairwise(ends):
        rows = range(begin + 1, end + 1)
        assert sum(sheet.row_dimensions[r].height or 15 for r in rows) <= room or len(rows) == 1


def test_what_to_do_about_open_questions_is_said_once() -> None:
    report = sample()
    told = [(r[0], r[1], r[6]) for r in opened(report)["指摘事項"].iter_rows(min_row=5, values_only=True)]
    again = [str(text) for _, verdict, text in told if verdict == "判定不能" and "と同じ" in str(text)]
    known = {str(number): str(text) for number, _, text in told}
    assert all("と同じ" not in known[text.split(" ")[0]] for text in again)
    full = [text for _, verdict, text in told if verdict == "判定不能" and "と同じ" not in str(text)]
    assert len(full) == len(set(full))
