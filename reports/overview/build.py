"""The overview as a file of its own."""

from __future__ import annotations

from reports.edition import Edition
from reports.overview.draw import draw
from reports.overview.layout import lay_out
from reports.overview.scene import scene
from sekisho.model.formats import EvidenceReader, ReportFormat
from sekisho.model.report import Report


def picture(edition: Edition, *, links: bool) -> str:
    """Give the SVG. links: boxes lead to their rows, for embedding in the page."""
    return draw(edition, lay_out(scene(edition)), links=links)


def build(report: Report, evidence: EvidenceReader, lang: str) -> bytes:
    """Give the SVG file."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return (head + picture(Edition.of(report, evidence, lang), links=False) + "\n").encode()


REPORT = ReportFormat(id="svg", filename="overview.svg", build=build)
