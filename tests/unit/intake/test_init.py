import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from sekisho.errors import UsageError
from sekisho.intake.headers import table_kinds
from sekisho.intake.init import init_folder
from sekisho.intake.known import shipped
from tests.unit.intake.folders import first_sheet, load, places, write

FILLED = {
    'name = ""': 'name = "試験病院"',
    'granted_by = ""': 'granted_by = "病院長"',
    'valid_from = ""': "valid_from = 2026-11-01",
    'valid_until = ""': 'valid_until = "2026-12-28"',
    "hours = []": 'hours = ["月-金 19:00-06:00"]',
    "covers = []": 'covers = ["192.0.2.0/24"]',
    'stop_contact = ""': 'stop_contact = "内線 0000"',
    "include = []": 'include = ["192.0.2.0/24"]',
}
FORMS = (
    "documents/devices.xlsx",
    "documents/lines.xlsx",
    "documents/sitewalk.xlsx",
    "documents/waivers.xlsx",
    "documents/answers/mhlw-hospital-r7.xlsx",
)


def fill_in(folder: Path) -> None:
    path = folder / "engagement.toml"
    text = path.read_text("utf-8")
    for empty, value in FILLED.items():
        assert text.count(empty) == 1, empty
        text = text.replace(empty, value)
    path.write_text(text, encoding="utf-8")
    write(folder, "documents/consent.pdf", b"%PDF-1.4")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_new_folder_tells_what_is_left_to_fill_in_and_then_loads(tmp_path: Path, lang: str) -> None:
    written = init_folder(tmp_path / "new", lang=lang)
    assert all(p.is_file() for p in written)
    assert {p for _, p in places(tmp_path / "new")} == {
        *("facility.name", "consent#1.granted_by", "consent#1.valid_from", "consent#1.valid_until", "consent#1.hours"),
        *("consent#1.covers", "consent#1.stop_contact", "scope.include", "consent#1.document"),
    }
    fill_in(tmp_path / "new")
    intake = load(tmp_path / "new")
    assert intake.notices == ()
    assert (intake.engagement.pace, intake.engagement.devices, intake.engagement.lines) == ("gentle", (), ())
    assert (intake.engagement.sitewalk, intake.engagement.answers) == ((), ())


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_rows_written_into_the_forms_are_read(tmp_path: Path, lang: str) -> None:
    folder = tmp_path / "new"
    init_folder(folder, lang=lang)
    fill_in(folder)
    for name in FORMS:
        book = load_workbook(folder / name)
        sheet = first_sheet(book)
        example = [c.value for c in sheet[5]]
        if "answers" in name:
            for row in range(5, sheet.max_row + 1):
                sheet.cell(row, 5, "はい")
        else:
            for column, value in enumerate(example, start=1):
                sheet.cell(6, column, value)
            sheet.cell(6, 1, "X-1")
        book.save(folder / name)
    engagement = load(folder).engagement
    (device,), (line,), (note,) = engagement.devices, engagement.lines, engagement.sitewalk
    assert (device.number, device.category, str(device.addresses[0]), device.state.value) == (
        "X-1",
        "network",
        "192.0.2.1",
        "in_use",
    )
    assert (line.kinds, line.always_on, line.remote_maintenance, line.state.value) == (("K1",), "yes", "no", "in_use")
    assert (note.location, note.at is not None) == ("X-1", True)
    assert [(w.target, w.expires.isoformat()) for w in engagement.waivers] == [("X-1", "2027-03-31")]
    assert [a.item for a in engagement.answers] == [i.id for i in shipped().checklists["mhlw-hospital-r7"]]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", FORMS)
def test_forms_are_ready_to_fill_in_and_print(tmp_path: Path, lang: str, name: str) -> None:
    init_folder(tmp_path / "new", lang=lang)
    sheet = first_sheet(load_workbook(io.BytesIO((tmp_path / "new" / name).read_bytes())))
    headings = [str(c.value) for c in sheet[4] if c.value]
    assert all(c.comment for c in sheet[4] if c.value)
    assert str(sheet.freeze_panes).endswith("5")
    assert str(sheet.auto_filter.ref).startswith("A4:")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.print_title_rows) == (
        "landscape",
        9,
        "$4:$4",
    )
    kind = table_kinds()["answers" if "answers" in name else Path(name).stem]
    assert {kind.column_of(h) for h in headings} - {""} == set(kind.columns)
    for rule in sheet.data_validations.dataValidation:
        assert len(rule.formula1) <= 257
        assert not sheet["A5"].value or str(rule.sqref).split(":")[0].endswith("5" if "answers" in name else "6")


def test_choices_of_the_forms_are_understood(tmp_path: Path) -> None:
    for lang in ("ja", "en"):
        init_folder(tmp_path / lang, lang=lang)
        devices = first_sheet(load_workbook(tmp_path / lang / FORMS[0]))
        rules = {str(r.sqref)[0]: r.formula1.strip('"').split(",") for r in devices.data_validations.dataValidation}
        found = [shipped().categories.find(c)[0] for c in rules["D"]]
        assert found == ["network", "server", "pc", "printer", "pacs", "hl7", "medical", "facility", "iot"]
        lines = first_sheet(load_workbook(tmp_path / lang / FORMS[1]))
        choices = next(r for r in lines.data_validations.dataValidation if str(r.sqref).startswith("B"))
        for choice in choices.formula1.strip('"').split(","):
            assert shipped().line_strong.find(choice), choice


def test_an_engagement_is_never_overwritten(tmp_path: Path) -> None:
    init_folder(tmp_path)
    before = (tmp_path / "engagement.toml").read_bytes()
    with pytest.raises(UsageError):
        init_folder(tmp_path)
    (tmp_path / "engagement.toml").unlink()
    with pytest.raises(UsageError):
        init_folder(tmp_path)
    with pytest.raises(UsageError):
        init_folder(tmp_path / "README.md")
    assert before


def test_documents_that_lie_there_already_stay(tmp_path: Path) -> None:
    write(tmp_path, "documents/consent.pdf", b"%PDF-1.4")
    init_folder(tmp_path)
    assert (tmp_path / "documents" / "consent.pdf").read_bytes() == b"%PDF-1.4"
