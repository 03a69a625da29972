"""The parts of an xlsx that openpyxl's streaming reader leaves out: merged areas, formulas without a result."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring, iterparse

from sekisho.intake.grid import Merged, UnreadableError

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT: Final = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION: Final = re.compile(r"\{[^}]*/relationships\}id$")
_AREA: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_MOST_AREAS: Final = 10_000
_LAST_ROW: Final = 1_048_576
"""Last row of a sheet (ECMA-376 limits as Excel keeps them); a reader that counts up to a larger one never ends."""
_BOOK: Final = "xl/workbook.xml"


@dataclass(frozen=True, slots=True)
class SheetPart:
    """What one sheet's XML says beside its values. Empty for a sheet that could not be found."""

    merged: tuple[Merged, ...] = ()
    formulas_without_result: tuple[str, ...] = ()


def sheet_parts(raw: bytes) -> Mapping[str, SheetPart]:
    """Give the parts of every sheet by its name; raises whatever broken XML raises, the caller has the one net."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return {name: _part(packed.read(path)) for name, path in _paths(packed).items()}


def _paths(packed: zipfile.ZipFile) -> Mapping[str, str]:
    """Find the XML of every sheet (ECMA-376 part 1, 12.3.23 and part 2, relationships)."""
    present = set(packed.namelist())
    if _BOOK not in present:
        return {}
    relations = fromstring(packed.read("xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in relations}
    found: dict[str, str] = {}
    for element in fromstring(packed.read(_BOOK)).iter():
        if element.tag not in {f"{_MAIN}sheet", f"{_STRICT}sheet"}:
            continue
        id_ = next((v for k, v in element.attrib.items() if _RELATION.search(k)), None)
        target = targets.get(id_, "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        if path in present:
            found[element.get("name", "")] = path
    return found


def _part(xml: bytes) -> SheetPart:
    """Stream through one sheet; cells are dropped as soon as they are seen."""
    merged: list[Merged] = []
    without: list[str] = []
    for _, element in iterparse(io.BytesIO(xml), events=("end",)):
        tag = element.tag.rpartition("}")[2]
        if tag == "c":
            if _lacks_result(element):
                without.append(element.get("r", ""))
        elif tag == "mergeCell" and len(merged) < _MOST_AREAS:
            if area := _area(element.get("ref", "")):
                merged.append(area)
        elif tag == "row":
            if int(element.get("r", "1")) > _LAST_ROW:
                raise UnreadableError("xlsx")
            element.clear()
    return SheetPart(tuple(merged), tuple(without))


def _lacks_result(cell: Element) -> bool:
    """Tell whether a formula was never calculated; a result that is an empty text (t="str") is a result."""
    parts = {child.tag.rpartition("}")[2]: child for child in cell}
    return "f" in parts and cell.get("t") != "str" and ("v" not in parts or not parts["v"].text)


def _area(reference: str) -> Merged | None:
    """Read A1:C2."""
    match = _AREA.fullmatch(reference)
    if match is None:
        return None
    left, top, right, bottom = match.groups()
    return Merged(int(top), _column(left), int(bottom or top), _column(right or left))


def _column(text: str) -> int:
    """Give the number of a column from its letters."""
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
