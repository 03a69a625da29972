"""All rows of the workbook and where each of them stands, so that sheets can link to one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.citations import is_digest, link_to, path_of, short
from reports.edition import Edition
from reports.rows.answers import AnswerRow, answer_rows
from reports.rows.devices import DeviceRow, device_rows
from reports.rows.findings import FindingRow, finding_rows
from reports.rows.points import PointRow, point_rows
from reports.rows.restriction import Matrix, matrix
from reports.rows.services import ServiceRow, service_rows
from reports.workbook.cells import Cell, place_of
from reports.workbook.table import FIRST_ROW

EVIDENCE_COLUMNS = 2
"""Evidence ids that a row links one by one; all of them stand on the evidence sheet."""


@dataclass(frozen=True, slots=True)
class Material:
    """Rows of every sheet, and the place of each subject, finding and piece of evidence."""

    edition: Edition
    points: tuple[PointRow, ...]
    devices: tuple[DeviceRow, ...]
    services: tuple[ServiceRow, ...]
    findings: tuple[FindingRow, ...]
    answers: tuple[AnswerRow, ...]
    matrix: Matrix
    subjects: Mapping[str, str]
    numbers: Mapping[str, str]
    evidence: Mapping[str, str]

    @classmethod
    def of(cls, edition: Edition) -> Material:
        """Compute all rows of an edition."""
        points, devices, services = point_rows(edition), device_rows(edition), service_rows(edition)
        findings = finding_rows(edition)
        sheet = {
            name: edition.words(f"sheet.{name}") for name in ("points", "devices", "services", "findings", "evidence")
        }
        subjects = (
            _places(sheet["devices"], (r.subject for r in devices))
            | _places(sheet["services"], (r.part.id for r in services))
            | _places(sheet["points"], (r.part.id for r in points))
        )
        return cls(
            edition=edition,
            points=points,
            devices=devices,
            services=services,
            findings=findings,
            answers=answer_rows(edition),
            matrix=matrix(edition),
            subjects=subjects,
            numbers=_places(sheet["findings"], (r.number for r in findings)),
            evidence=_places(sheet["evidence"], edition.citations.claims),
        )

    def lead(self, text: str, subject: str) -> Cell:
        """Give a short cell that leads to a subject's row; long texts stay plain, so that they wrap everywhere."""
        return Cell(text, place=self.subjects.get(subject, ""), centred=True, bold=True)

    def finding_cell(self, numbers: tuple[str, ...]) -> Cell:
        """Give a cell with finding numbers that leads to the first of them."""
        if not numbers:
            return Cell(self.edition.words("none"))
        words, more = self.edition.words, len(numbers) - 1
        text = f"{numbers[0]} {words('column.more', count=more)}" if more else numbers[0]
        return Cell(text, place=self.numbers.get(numbers[0], ""), centred=True)

    def evidence_cells(self, ids: tuple[str, ...]) -> tuple[Cell, ...]:
        """Give the last cells of a claim: links to its evidence, then how much more there is."""
        words = self.edition.words
        cells = [self._evidence_cell(i) for i in ids[:EVIDENCE_COLUMNS]]
        cells += [Cell(words("none"))] * (EVIDENCE_COLUMNS - len(cells))
        rest = ids[EVIDENCE_COLUMNS:]
        if not rest:
            return (*cells, Cell(words("none")))
        return (*cells, Cell(words("column.more", count=len(rest)), place=self.evidence.get(rest[0], "")))

    def _evidence_cell(self, evidence_id: str) -> Cell:
        """Link one piece of evidence: a file of the evidence folder, or a document that was handed in."""
        document = self.edition.citations.documents.get(evidence_id)
        if document is not None:
            return Cell(short(evidence_id), place=self.evidence.get(evidence_id, ""))
        return Cell(short(evidence_id), target=link_to(evidence_id) if is_digest(evidence_id) else "")


def _places(sheet: str, keys: Iterable[str]) -> dict[str, str]:
    """Give the place of each row of a table."""
    return {key: place_of(sheet, row) for row, key in enumerate(keys, start=FIRST_ROW)}


def evidence_path(evidence_id: str) -> str:
    """Give the path that the evidence sheet prints."""
    return path_of(evidence_id) if is_digest(evidence_id) else evidence_id
