import io
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from sekisho.intake.devices import read_devices
from sekisho.intake.grid import GridRow, Merged, Sheet
from sekisho.intake.header_search import find_header
from sekisho.intake.headers import fold_heading, table_kinds
from sekisho.intake.known import shipped
from sekisho.intake.lines import read_lines
from sekisho.intake.remarks import Remarks
from sekisho.intake.tables import read_table
from sekisho.model.engagement import DeclaredDevice, DeclaredLine, RowState
from tests.unit.intake.folders import first_sheet, workbook, write

DEVICES = table_kinds()["devices"]
LINES = table_kinds()["lines"]


def devices(path: Path, remarks: Remarks | None = None) -> tuple[DeclaredDevice, ...]:
    remarks = remarks or Remarks("ja")
    found = read_devices(read_table(path, path.name, kind=DEVICES, remarks=remarks), shipped().categories)
    assert not remarks.problems, remarks.problems
    return found


def kami_excel() -> bytes:
    """The register nobody wants: titles, stamps, two-row merged headings, eras, full-width digits, merged bodies."""
    book = Workbook()
    cover = first_sheet(book)
    cover.title = "表紙"
    cover["A1"] = "情報機器管理台帳"
    sheet = book.create_sheet("台帳　R8")
    sheet["B1"] = "関所記念病院　情報機器管理台帳（令和８年度）"
    sheet.merge_cells("B1:N1")
    sheet["L2"], sheet["M2"], sheet["N2"] = "院長", "事務長", "担当"
    sheet["B3"] = "※黄色は要確認　　更新日：令和8年10月1日"
    groups = {
        "B5": "管理\n番号",
        "C5": "種　別",
        "D5": "機器",
        "G5": "ネットワーク",
        "I5": "設置\n場所",
        "J5": "導入日\n（和暦）",
        "K5": "状況★",
        "L5": "備　考",
    }
    for place, text in groups.items():
        sheet[place] = text
    for area in ("B5:B6", "C5:C6", "D5:F5", "G5:H5", "I5:I6", "J5:J6", "K5:K6", "L5:L6"):
        sheet.merge_cells(area)
    sheet["D6"], sheet["E6"], sheet["F6"] = "ﾒｰｶｰ名", "型番", "ﾌｧｰﾑｳｪｱ"
    sheet["G6"], sheet["H6"] = "ＩＰアドレス（固定）", "ＭＡＣアドレス"
    sheet["M6"] = "リース会社"
    sheet["B7"] = "【サーバ室】"
    sheet.merge_cells("B7:L7")
    rows = [
        (
            "０００１",
            "ルータ",
            "ヤマハ",
            "RTX830",
            "Rev.15.02.30",
            "１９２．０．２．１",
            "02-00-00-00-00-01",
            "サーバ室",
            "令和３年４月１日",
            "使用中",
            "本線",
            "A社",
        ),
        (
            2,
            "サーバ",
            "〃",
            "ES-900",
            7.1,
            "192.0.2.20\n192.0.2.21",
            "0200.0000.0020",
            None,
            "H31.4.1",
            "停止",
            None,
            None,
        ),
        (
            "0003",
            "ＰＣ",
            "例示電機",
            "EP-14",
            None,
            "DHCP",
            None,
            "外来",
            datetime.fromisoformat("2022-04-01"),
            "廃棄済",
            "同上",
            None,
        ),
        (None,) * 12,
        (
            "管理番号",
            "種別",
            "メーカー",
            "型番",
            "ファームウェア",
            "IPアドレス",
            "MACアドレス",
            "設置場所",
            "導入日",
            "状況",
            "備考",
            None,
        ),
        ("0004", "CT", "例示医用", "KM-64", None, "192.0.2.41～43", None, "CT室", 44287, "稼働", None, None),
        ("0005", None, None, None, None, None, None, None, None, None, None, None),
    ]
    for number, row in enumerate(rows, start=8):
        for column, value in enumerate(row, start=2):
            sheet.cell(number, column, value)
    sheet.merge_cells("I8:I9")
    sheet["F9"].number_format = "0.00"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_register_nobody_wants_is_read_right(tmp_path: Path) -> None:
    write(tmp_path, "devices.xlsx", kami_excel())
    remarks = Remarks("ja")
    first, second, third, fourth = devices(tmp_path / "devices.xlsx", remarks)
    assert (first.number, first.category, first.maker, first.model, first.version) == (
        "0001",
        "network",
        "ヤマハ",
        "RTX830",
        "Rev.15.02.30",
    )
    assert (first.addresses, first.macs) == ((ip_address("192.0.2.1"),), ("02:00:00:00:00:01",))
    assert (first.location, first.registered, first.state, first.note) == (
        "サーバ室",
        date(2021, 4, 1),
        RowState.IN_USE,
        "本線",
    )
    assert (second.number, second.maker, second.version, second.location) == ("2", "ヤマハ", "7.10", "サーバ室")
    assert [str(a) for a in second.addresses] == ["192.0.2.20", "192.0.2.21"]
    assert (second.registered, second.state) == (date(2019, 4, 1), RowState.STOPPED)
    assert (third.category, third.addresses, third.registered, third.state) == (
        "pc",
        (),
        date(2022, 4, 1),
        RowState.DISPOSED,
    )
    assert (fourth.category, len(fourth.addresses), fourth.registered) == ("medical", 3, date(2021, 4, 1))
    assert str(fourth.origin) == "devices.xlsx [台帳　R8!13]"
    told = {(n.place, n.value) for n in remarks.notices}
    assert {
        ("表紙", ""),
        ("台帳　R8!M6", "リース会社"),
        ("台帳　R8!G10", "dhcp"),
        ("台帳　R8!7", "【サーバ室】"),
        ("台帳　R8!14", "0005"),
    } <= told


def test_cp932_csv_is_read_right(tmp_path: Path) -> None:
    text = "回線管理台帳,,,\r\n"
    text += "管理番号,回線種別,通信事業者,グローバルIPアドレス,接続先,"
    text += "常時接続の有無,リモートメンテナンス,接続元IP制限,状態\r\n"
    text += "L-1,光回線（インターネット）,①通信,203.0.113.8/30,プロバイダ,○,×,有,使用中\r\n"
    text += 'L-2,保守回線,"架空通信,㈱",,"ベンダ\r\nＡ社",無,有,,停止\r\n'
    text += "L-3,なぞの回線,,,,,,,\r\n"
    write(tmp_path, "lines.csv", text.encode("cp932"))
    remarks = Remarks("ja")
    first, second, third = read_lines(
        read_table(tmp_path / "lines.csv", "lines.csv", kind=LINES, remarks=remarks), shipped()
    )
    assert not remarks.problems
    assert (first.carrier, first.kinds, [str(a) for a in first.addresses]) == (
        "1通信",
        ("K1",),
        ["203.0.113.9", "203.0.113.10"],
    )
    assert (first.always_on, first.remote_maintenance, first.source_restriction) == ("yes", "no", "yes")
    assert (second.carrier, second.counterpart, second.kinds, second.state) == (
        "架空通信,(株)",
        "ベンダ A社",
        ("K5",),
        RowState.STOPPED,
    )
    assert (third.kinds, str(third.origin)) == (("K18",), "lines.csv [L6]")
    assert isinstance(third, DeclaredLine)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "\n".join(delimiter.join(r) for r in (("管理番号", "種別", "IPアドレス"), ("1", "サーバ", "192.0.2.1")))
    write(tmp_path, "devices.csv", text.encode(encoding))
    (device,) = devices(tmp_path / "devices.csv")
    assert (device.number, device.category, str(device.addresses[0])) == ("1", "server", "192.0.2.1")


def test_headings_in_english_and_any_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        "d.csv",
        "MAC address,IP-Address,Asset tag,Host name,Status\n02:00:00:00:00:01,192.0.2.1,A1,srv,in use\n",
    )
    (device,) = devices(tmp_path / "d.csv")
    assert (device.number, device.hostname, device.macs, device.state) == (
        "A1",
        "srv",
        ("02:00:00:00:00:01",),
        RowState.IN_USE,
    )


def test_several_columns_of_one_field(tmp_path: Path) -> None:
    write(tmp_path, "d.csv", "No.,IPアドレス1,IPアドレス2,用途,備考\n7,192.0.2.1,192.0.2.2,受付,二階\n")
    (device,) = devices(tmp_path / "d.csv")
    assert (device.number, len(device.addresses), device.note) == ("7", 2, "受付、二階")


def test_example_rows_are_not_read(tmp_path: Path) -> None:
    write(
        tmp_path, "d.csv", "管理番号,IPアドレス\n例-001,192.0.2.1\n(例)2,192.0.2.2\ne.g. 3,192.0.2.3\nSV-1,192.0.2.4\n"
    )
    assert [d.number for d in devices(tmp_path / "d.csv")] == ["SV-1"]


def test_shared_numbers_and_addresses_are_told(tmp_path: Path) -> None:
    write(tmp_path, "d.csv", "管理番号,IPアドレス,状態\nA,192.0.2.1,使用中\nA,192.0.2.1,使用中\nB,192.0.2.1,廃棄\n")
    remarks = Remarks("en")
    devices(tmp_path / "d.csv", remarks)
    assert [(n.place, n.expected) for n in remarks.notices] == [
        ("line 3, column 1", "the same number stands at L2 too"),
        ("line 3, column 2", "address 192.0.2.1 stands at L2 too"),
    ]


@pytest.mark.parametrize(
    ("heading", "device", "line"),
    [
        ("Asset No.", "number", "number"), ("Asset ID", "number", "number"), ("Asset Number", "number", "number"),
        ("Device No.", "number", ""), ("Circuit No.", "", "number"),
        ("IP", "addresses", "addresses"), ("IP Address(es)", "addresses", "addresses"),
        ("IPv4 Address", "addresses", ""), ("Public IP Address", "", "addresses"),
        ("MAC", "macs", ""), ("MAC Address(es)", "macs", ""),
        ("Hostname", "hostname", ""), ("Host Name", "hostname", ""), ("Device Name", "hostname", ""),
        ("Vendor", "maker", ""), ("Manufacturer", "maker", ""), ("Model", "model", ""), ("Model No.", "model", ""),
        ("Firmware", "version", ""), ("Firmware Version", "version", ""), ("OS Version", "version", ""),
        ("Device Type", "category", ""), ("Connection Type", "", "line_type"), ("Service Provider", "", "carrier"),
        ("Location", "location", ""), ("Installation Site", "location", ""), ("Status", "state", "state"),
        ("Remote Access", "", "remote_maintenance"), ("Person in Charge", "", "owner"), ("Remarks", "note", "note"),
        ("Shoe Size", "", ""),
    ],
)  # fmt: skip
def test_english_headings_as_registers_have_them(heading: str, device: str, line: str) -> None:
    assert (DEVICES.column_of(heading), LINES.column_of(heading)) == (device, line)


def test_an_asset_number_serves_where_there_is_no_other_number(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "資産番号,IPアドレス\nA-7,192.0.2.1\n")
    write(tmp_path, "b.csv", "資産番号,管理番号,IPアドレス\nA-7,NW-1,192.0.2.1\n")
    assert [devices(tmp_path / name)[0].number for name in ("a.csv", "b.csv")] == ["A-7", "NW-1"]


def test_missing_mandatory_column_names_the_header_row(tmp_path: Path) -> None:
    write(
        tmp_path,
        "d.xlsx",
        workbook(["題名"], ["管理番号", "種別", "設置場所", "状態"], ["1", "PC", "x", "使用中"], title="一覧"),
    )
    remarks = Remarks("ja")
    assert read_table(tmp_path / "d.xlsx", "d.xlsx", kind=DEVICES, remarks=remarks) == []
    assert [(p.place, "IPアドレス" in p.expected) for p in remarks.problems] == [("一覧!2", True)]


def test_no_header_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "d.csv", "a,b,c\n1,2,3\n")
    remarks = Remarks("ja")
    read_table(tmp_path / "d.csv", "d.csv", kind=DEVICES, remarks=remarks)
    assert "見出しが見つかりません" in remarks.problems[0].expected


def test_every_page_of_a_register_is_read(tmp_path: Path) -> None:
    book = Workbook()
    for title, address in (("1階", "192.0.2.1"), ("2階", "192.0.2.2")):
        sheet = book.create_sheet(title)
        sheet.append(["管理番号", "IPアドレス"])
        sheet.append([title, address])
    choices = book.create_sheet("選択肢")
    choices.append(["種別", "状態"])
    book.create_sheet("旧").append(["管理番号", "IPアドレス"])
    book["旧"].append(["x", "192.0.2.9"])
    book["旧"].sheet_state = "hidden"
    book.remove(book["Sheet"])
    book.save(tmp_path / "d.xlsx")
    remarks = Remarks("ja")
    assert [d.number for d in devices(tmp_path / "d.xlsx", remarks)] == ["1階", "2階"]
    assert {n.place for n in remarks.notices} == {"選択肢", "旧"}


def test_formulas_without_result_and_failed_ones_are_problems(tmp_path: Path) -> None:
    write(tmp_path, "d.xlsx", workbook(["管理番号", "IPアドレス", "設置場所"], ["1", '="192.0.2."&1', "#REF!"]))
    remarks = Remarks("ja")
    read_table(tmp_path / "d.xlsx", "d.xlsx", kind=DEVICES, remarks=remarks)
    assert {p.place for p in remarks.problems} == {"Sheet1!B2", "Sheet1!C2"}


@pytest.mark.parametrize(
    ("heading", "same"),
    [
        ("ＩＰアドレス", "IPアドレス"),
        ("IP アドレス（固定）", "ipアドレス"),
        ("I P\nアドレス※必須", "IPアドレス"),
        ("MAC-Address", "macaddress"),
    ],
)
def test_headings_fold(heading: str, same: str) -> None:
    assert fold_heading(heading) == fold_heading(same)


CELL = (
    st.text(max_size=8)
    | st.sampled_from([*DEVICES.words, "192.0.2.1", "例1", "〃", "令和8年11月1日", "#N/A"])
    | st.datetimes()
)


@settings(deadline=None)
@given(
    st.lists(st.lists(CELL, max_size=8), max_size=25),
    st.lists(st.tuples(*[st.integers(1, 26)] * 4), max_size=4),
    st.sampled_from(sorted(table_kinds())),
)
def test_any_grid_is_read_without_a_crash(
    rows: list[list[str | datetime]], areas: list[tuple[int, int, int, int]], name: str
) -> None:
    from sekisho.intake import tables  # noqa: PLC0415 - the inner stages, below the file readers

    sheet = Sheet(
        "s",
        tuple(GridRow(n, tuple(r)) for n, r in enumerate(rows, 1)),
        tuple(Merged(*a) for a in areas),
        uncalculated=("A1", "ZZ"),
    )
    remarks = Remarks("ja")
    kind = table_kinds()[name]
    find_header(sheet, kind)
    for found in tables._with_header((sheet,), "f", kind, remarks):
        found_rows = list(tables._rows(found, "f", kind, remarks))
        if name == "devices":
            assert len(read_devices(found_rows, shipped().categories)) == len(found_rows)
        if name == "lines":
            assert len(read_lines(found_rows, shipped())) == len(found_rows)
