"""The restriction matrix: each service as each vantage saw it."""

from __future__ import annotations

from dataclasses import dataclass

from reports.edition import Edition
from reports.inert import visible
from reports.order import subject_key
from reports.rows.marks import Mark
from sekisho.model.report import RestrictionPart


@dataclass(frozen=True, slots=True)
class Cell:
    """One service from one vantage, in words."""

    outcome: str
    meant: str
    verdict: Mark
    control: str
    to_settle: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One service with a cell per vantage; None where that vantage never tried it."""

    subject: str
    service: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Services by vantages. vantages: names with their role."""

    vantages: tuple[str, ...]
    lines: tuple[Line, ...]


def matrix(edition: Edition) -> Matrix:
    """Print the matrix; empty without a single row."""
    report = edition.report
    known = [v.name for v in report.vantages]
    names = dict.fromkeys((*known, *(r.vantage for r in report.restriction)))
    used = tuple(n for n in names if any(r.vantage == n for r in report.restriction))
    by_service: dict[str, dict[str, RestrictionPart]] = {}
    for part in sorted(report.restriction, key=lambda r: subject_key(r.service)):
        by_service.setdefault(part.service, {})[part.vantage] = part
    return Matrix(
        vantages=tuple(vantage_name(edition, n) for n in used),
        lines=tuple(
            Line(service, edition.names.subject(service), tuple(_cell(edition, cells.get(n)) for n in used))
            for service, cells in by_service.items()
        ),
    )


def vantage_name(edition: Edition, name: str) -> str:
    """Name a vantage with its role."""
    role = next((v.role for v in edition.report.vantages if v.name == name), "")
    if not role:
        return edition.words.name("vantage", name)
    return edition.words("vantage_role", name=visible(name), role=edition.words.name("role_vantage", role))


def _control(edition: Edition, part: RestrictionPart) -> str:
    """Say what shows that the service was up while it was silent here; "" where nothing had to be shown."""
    if part.control is None:
        return ""
    minutes = -(-part.control.seconds // 60)
    return edition.words(f"control.{part.control.kind}", vantage=visible(part.control.vantage), minutes=minutes)


def _cell(edition: Edition, part: RestrictionPart | None) -> Cell | None:
    """Print one cell."""
    if part is None:
        return None
    words = edition.words
    return Cell(
        outcome=words.name("outcome", part.outcome),
        meant=words.name("meant", part.meant),
        verdict=Mark(words.name("restriction", part.verdict), part.verdict),
        control=_control(edition, part),
        to_settle=words.text(part.to_settle),
        evidence=edition.tries.get((part.service, part.vantage), ()),
    )
