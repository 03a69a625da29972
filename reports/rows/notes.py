"""The sentence with its numbers that stands above each list, in every format the same."""

from __future__ import annotations

from reports.edition import Edition
from reports.register import Register


def note_of(edition: Edition, key: str) -> str:
    """Give the sentence of a list: points, devices, services, restriction, findings, checklist, record, evidence."""
    return edition.words(f"sheet_note.{key}", **_numbers(edition, key))


def _numbers(edition: Edition, key: str) -> dict[str, int]:
    """Give the numbers that a sentence needs."""
    figures = edition.figures
    match key:
        case "points":
            return {
                "points": figures.points,
                "matched": figures.points_by[Register.MATCHED],
                "undeclared": figures.undeclared,
                "unseen": figures.unconfirmed,
            }
        case "devices":
            return {"total": figures.reconciled, **figures.reconciled_by}
        case "findings":
            return {
                "findings": figures.findings,
                "failed": figures.failed,
                "undetermined": figures.undetermined,
                "errors": figures.verdicts["error"],
                "passed": figures.passed,
                "not_applicable": figures.verdicts["not_applicable"],
            }
        case "services":
            return {"services": figures.services}
        case "checklist":
            return {"conflicts": figures.conflicts}
        case _:
            return {}
