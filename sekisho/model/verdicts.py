"""Verdicts and findings: judgement, kept apart from facts; PASS and FAIL can't exist without evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sekisho.model.subjects import Subject

LIST: Final = ", "
"""Separates the codes of a list in a verdict's value."""
ITEM: Final = "\n"
"""Separates the items of a list whose items hold free text."""
PART: Final = "\t"
"""Separates the parts of such an item."""


class Judgement(StrEnum):
    """The five outcomes of a check."""

    PASS = "pass"  # noqa: S105 - a judgement
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Severity(StrEnum):
    """How urgent a failed check is, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Confidence(StrEnum):
    """How directly the evidence shows what is claimed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Actor(StrEnum):
    """Who has to act on a finding."""

    HOSPITAL = "hospital"
    CARRIER = "carrier"
    VENDOR = "vendor"
    MAKER = "maker"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement with its reason and the observations it rests on.

    reason: key of a sentence in the message table (`<check id>.<reason>`); values fill its placeholders, so the
    sentence exists in every language, and codes among them (protocols, vantages, cells) become names there
    (sekisho/assessment/wording.py). evidence: sha256 ids. Raises ValueError for PASS or FAIL without evidence.
    """

    judgement: Judgement
    reason: str
    evidence: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    confidence: Confidence = Confidence.HIGH
    cves: tuple[str, ...] = ()
    severity: Severity | None = None

    def __post_init__(self) -> None:
        """Refuse a claim that nothing proves."""
        if self.judgement in {Judgement.PASS, Judgement.FAIL} and not self.evidence:
            msg = f"{self.judgement} without evidence ({self.reason})"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict of one check on one subject, with the parameters used.

    items: checklist item ids it serves, `<checklist>:<item>`.
    """

    check: str
    check_version: int
    topic: str
    subject: Subject
    verdict: Verdict
    severity: Severity
    act: Actor
    params: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Stable id: check and subject."""
        return f"{self.check}@{self.subject}"
