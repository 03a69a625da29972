"""One report in one language: everything that both formats need, computed once."""

from __future__ import annotations

from dataclasses import dataclass

from reports.actions import Action, actions_of
from reports.citations import Citations
from reports.figures import Figures, figures_of
from reports.names import Names
from reports.order import Order
from reports.times import FacilityTime
from reports.tries import Tries, tries_of
from reports.words import Words
from sekisho.model.formats import EvidenceReader
from sekisho.model.report import Report


@dataclass(frozen=True, slots=True)
class Edition:
    """A report, its evidence, and how to print it."""

    report: Report
    evidence: EvidenceReader
    words: Words
    names: Names
    order: Order
    figures: Figures
    actions: tuple[Action, ...]
    citations: Citations
    time: FacilityTime
    tries: Tries

    @classmethod
    def of(cls, report: Report, evidence: EvidenceReader, lang: str) -> Edition:
        """Prepare a report for printing."""
        words, order = Words(lang), Order.of(report)
        names = Names.of(report, words)
        tries = tries_of(report, evidence)
        return cls(
            report=report,
            evidence=evidence,
            words=words,
            names=names,
            order=order,
            figures=figures_of(report),
            actions=actions_of(report, order),
            citations=Citations.of(report, order, names, tries),
            time=FacilityTime.of(report.engagement.timezone),
            tries=tries,
        )
