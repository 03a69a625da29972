"""An engagement folder in which one file is arbitrary, read as a whole."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from atexit import register
from functools import cache
from pathlib import Path
from typing import Final

from openpyxl import Workbook

from sekisho.errors import InputError
from sekisho.intake.headers import table_kinds
from sekisho.intake.known import Known, shipped
from sekisho.intake.load import load_engagement
from sekisho.model.engagement import Engagement
from tests.engagement_folder import make_folder

SCENARIOS: Final = Path(__file__).resolve().parents[2] / "lab" / "scenarios"
FILES: Final = {
    "engagement": "engagement.toml",
    "devices": "documents/devices.csv",
    "lines": "documents/lines.csv",
    "sitewalk": "documents/sitewalk.csv",
    "waivers": "documents/waivers.csv",
    "answers": "documents/answers/mhlw-hospital-r7.csv",
    "sheet": "documents/devices.xlsx",
}
"""Name → the file that is arbitrary. Of the xlsx only the sheet is: most changes to a zip end at its checksums."""
_SHEET: Final = "xl/worksheets/sheet1.xml"


def engagement() -> Engagement:
    """Read the sound folder."""
    return load_engagement(_folder(""), known=_known()).engagement


def load(name: str, data: bytes) -> None:
    """Read a folder whose file of this name is made of bytes; problems of the input are an answer."""
    path = _folder(name) / FILES[name]
    path.write_bytes(_workbook(data) if name == "sheet" else data)
    try:
        load_engagement(path.parents[FILES[name].count("/")], known=_known())
    except InputError:
        return


def seeds(name: str) -> list[bytes]:
    """Give files as people write them: those of the lab's scenarios, and a table with every heading."""
    if name == "sheet":
        with zipfile.ZipFile(io.BytesIO(template())) as packed:
            return [packed.read(_SHEET)]
    found = [path.read_bytes() for path in sorted(SCENARIOS.glob(f"*/engagement/{FILES[name]}"))]
    if name == "engagement":
        return [*found, (_folder(name) / FILES[name]).read_bytes()]
    return [*found, "\n".join(",".join(row) for row in _table(name)).encode()]


def _table(name: str) -> list[list[str]]:
    """Make a table of this kind: its headings, and a row of plausible values."""
    kind = table_kinds()["devices" if name == "sheet" else name]
    values = {"addresses": "192.0.2.7、2001:db8::7", "macs": "02-00-00-00-00-01", "item": "2-⑬", "answer": "はい"}
    return [
        [kind.title(column, "ja") for column in kind.columns],
        [values.get(column, "令和8年11月1日") for column in kind.columns],
    ]


@cache
def _known() -> Known:
    """Read what the profiles offer once."""
    return shipped()


@cache
def _folder(name: str) -> Path:
    """Make the folder of this process, gone with it."""
    made = Path(tempfile.mkdtemp(prefix=f"sekisho-fuzz-{name}-"))
    register(shutil.rmtree, made, ignore_errors=True)
    return make_folder(made)


@cache
def template() -> bytes:
    """Write a sound workbook."""
    book, out = Workbook(), io.BytesIO()
    for row in _table("sheet"):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def _workbook(sheet: bytes) -> bytes:
    """Put another sheet into the sound workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template())) as sound, zipfile.ZipFile(out, "w") as packed:
        for entry in sound.namelist():
            packed.writestr(entry, sheet if entry == _SHEET else sound.read(entry))
    return out.getvalue()
