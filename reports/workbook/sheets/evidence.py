"""Sheet: every piece of evidence that a claim cites, with its full digest."""

from __future__ import annotations

from reports.citations import is_digest, link_to
from reports.rows.notes import note_of
from reports.rows.restriction import vantage_name
from reports.workbook.cells import Cell
from reports.workbook.places import Material, evidence_path
from reports.workbook.sheets.columns import columns
from reports.workbook.table import Table

_COLUMNS = (("sha256", 68), ("kind", 20), ("subject", 30), ("vantage", 22), ("taken_at", 20), ("cited_by", 34))
_UNPRINTED = (("path", 78),)
_CITED = 12
"""Claims that a row names."""


def evidence_table(material: Material) -> Table:
    """List evidence in the order of the claims."""
    words = material.edition.words
    return Table(
        title=words("sheet.evidence"),
        note=note_of(material.edition, "evidence"),
        columns=columns(words, *_COLUMNS, *_UNPRINTED),
        rows=tuple(_row(material, i) for i in material.edition.citations.claims),
        empty=words("sheet_note.empty"),
        printed=len(_COLUMNS),
    )


def _row(material: Material, evidence_id: str) -> tuple[Cell, ...]:
    """Write one piece of evidence."""
    edition = material.edition
    words, transcript = edition.words, edition.evidence.get(evidence_id)
    document = edition.citations.documents.get(evidence_id)
    claims = edition.citations.claims[evidence_id]
    cited = words.places(claims[:_CITED])
    if len(claims) > _CITED:
        cited = words("action.more_places", places=cited, count=len(claims) - _CITED)
    if document is not None:
        kind, path, target = words("page.evidence_document"), document.path, ""
    else:
        kind = words.name("scanner", transcript.scanner) if transcript else words("none")
        path, target = evidence_path(evidence_id), link_to(evidence_id) if is_digest(evidence_id) else ""
    return (
        Cell(evidence_id),
        Cell(kind),
        Cell(edition.names.subject(transcript.subject) if transcript else words("none")),
        Cell(vantage_name(edition, transcript.vantage) if transcript else words("none")),
        Cell(edition.time.at(transcript.started_at) if transcript else words("none")),
        Cell(cited),
        Cell(path, target=target),
    )
