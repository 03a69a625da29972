"""Builds the page."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from reports.edition import Edition
from reports.overview.build import picture
from reports.page.anchors import Anchors
from reports.page.render import render
from reports.page.transcripts import SHOWN_BYTES, evidence_views
from reports.rows.answers import answer_rows, conflicts
from reports.rows.devices import device_rows
from reports.rows.findings import by_topic, finding_rows
from reports.rows.notes import note_of
from reports.rows.points import point_rows
from reports.rows.record import consents, data_sets, documents, facts, ledger, limits, outcomes, vantages, waivers
from reports.rows.restriction import matrix
from reports.rows.services import service_rows
from reports.rows.summary import summary
from sekisho.model.formats import EvidenceReader, ReportFormat
from sekisho.model.report import Report

SECTIONS = (
    "overview", "urgent", "points", "conflicts", "findings", "checklist", "devices", "services", "restriction",
    "absence", "record", "evidence",
)  # fmt: skip


def build(report: Report, evidence: EvidenceReader, lang: str) -> bytes:
    """Give the HTML file; the same input gives the same bytes."""
    edition = Edition.of(report, evidence, lang)
    return render({**_frame(edition), **_lists(edition), **_findings(edition)}).encode()


def _frame(edition: Edition) -> dict[str, Any]:
    """Give what stands around the lists."""
    return {
        "t": edition.words,
        "marking": edition.words("confidential_short"),
        "edition": edition,
        "figures": edition.figures,
        "sections": SECTIONS,
        "summary": summary(edition),
        # our own drawing: every text in it went through html.escape
        "picture": Markup(picture(edition, links=True)),  # noqa: S704
        "note": lambda key: note_of(edition, key),
        "shown_bytes": SHOWN_BYTES,
    }


def _lists(edition: Edition) -> dict[str, Any]:
    """Give points, checklist, devices, services, restriction, absence, record, evidence."""
    devices, answers = device_rows(edition), answer_rows(edition)
    anchors = Anchors.of(edition, tuple(d.subject for d in devices))
    return {
        "anchors": anchors,
        "points": point_rows(edition),
        "answers": answers,
        "conflicts": conflicts(answers),
        "devices": devices,
        "services": service_rows(edition),
        "matrix": matrix(edition),
        "absence": (limits(edition), outcomes(edition)),
        "facts": facts(edition),
        "grids": tuple(g(edition) for g in (consents, vantages, ledger, documents, data_sets, waivers)),
        "evidence": evidence_views(edition, anchors),
    }


def _findings(edition: Edition) -> dict[str, Any]:
    """Give the findings apart by judgement, those that failed by topic."""
    rows = finding_rows(edition)
    return {
        "failed": by_topic(r for r in rows if r.part.verdict == "fail"),
        "undetermined": tuple(r for r in rows if r.part.verdict in {"unknown", "error"}),
        "passed": tuple(r for r in rows if r.part.verdict == "pass"),
        "not_applicable": tuple(r for r in rows if r.part.verdict == "not_applicable"),
    }


REPORT = ReportFormat(id="html", filename="survey.html", build=build)
