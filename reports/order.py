"""The order of rows and the numbers people quote (F-001, P-01): the same in every format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, get_args

from sekisho.model.report import ConnectionPointPart, FindingPart, Report, SeverityName, Verdict

SEVERITIES: Final[tuple[str, ...]] = get_args(SeverityName)
VERDICTS: Final[tuple[Verdict, ...]] = ("fail", "error", "unknown", "pass", "not_applicable")
"""Most urgent first; what could not be judged stands before what is good."""
_DIGITS: Final = re.compile(r"(\d+)")

Key = tuple[tuple[int, int, str], ...]


def natural(text: str) -> Key:
    """Key that sorts 2-2 before 2-12 and 192.0.2.9 before 192.0.2.10."""
    parts = _DIGITS.split(text)
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p)


def subject_key(subject: str) -> tuple[int, int, int, Key]:
    """Key of a subject: the facility, then addresses by number, then register-only points."""
    kind, _, rest = subject.partition(":")
    if not rest:
        return (0, 0, 0, natural(kind))
    head, _, tail = rest.partition("/")
    try:
        address = ip_address(head)
    except ValueError:
        return (2, 0, 0, natural(rest))
    return (1, address.version, int(address), natural(f"{kind} {tail}"))


def finding_key(finding: FindingPart) -> tuple[int, int, object, str]:
    """Key of a finding: fail first, by severity, then by subject."""
    return (
        VERDICTS.index(finding.verdict),
        SEVERITIES.index(finding.severity),
        subject_key(finding.subject),
        finding.check,
    )


@dataclass(frozen=True, slots=True)
class Order:
    """All findings and connection points in reading order, and their numbers by id."""

    findings: tuple[FindingPart, ...]
    points: tuple[ConnectionPointPart, ...]
    finding_numbers: Mapping[str, str]
    point_numbers: Mapping[str, str]

    @classmethod
    def of(cls, report: Report) -> Order:
        """Sort a report: what is in no register comes first among the points."""
        findings = tuple(sorted(report.findings, key=finding_key))
        points = tuple(sorted(report.connection_points, key=_point_key))
        return cls(
            findings, points, _numbers("F", (f.id for f in findings), 3), _numbers("P", (p.id for p in points), 2)
        )


def _point_key(point: ConnectionPointPart) -> tuple[bool, Key, object, str]:
    """Undeclared first, then by 管理番号, then by address."""
    number = min(map(natural, point.numbers), default=((2, 0, ""),))
    return (point.declared, number, subject_key(point.id), point.id)


def _numbers(letter: str, ids: Iterable[str], digits: int) -> dict[str, str]:
    """Give ids numbers from 1 on, equally long within one report."""
    found = tuple(ids)
    digits = max(digits, len(str(len(found))))
    return {id_: f"{letter}-{at:0{digits}d}" for at, id_ in enumerate(found, start=1)}
