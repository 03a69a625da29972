"""Attempts: every try with its typed outcome, so that absence is never a single word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sekisho.model.subjects import Subject


class Outcome(StrEnum):
    """How a try ended. The one list (design: report.json, `attempts[]`)."""

    OK = "ok"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    FILTERED = "filtered"
    MIDDLEBOX = "middlebox"
    PROTOCOL_ERROR = "protocol_error"
    AUTH_FAILED = "auth_failed"
    HOST_GONE = "host_gone"
    INTERRUPTED = "interrupted"
    SKIPPED_BY_SCOPE = "skipped_by_scope"
    SKIPPED_BY_TIER = "skipped_by_tier"
    NOT_TRIED = "not_tried"
    TOOL_ERROR = "tool_error"


SENT_NOTHING = frozenset({Outcome.SKIPPED_BY_SCOPE, Outcome.SKIPPED_BY_TIER, Outcome.NOT_TRIED})
"""Outcomes of tries for which no packet left: nobody was asked."""
TIME_LIMIT = "time limit of "
"""Begins the detail of what was cut off, or not begun any more, because a host used up its time (ADR 0019)."""
NOT_FINISHED = "the run was closed before this could be asked (consent hours over, or cut off)"
"""Detail of a `not_tried` that stands for a step no part of a run came to; the asking of its host was not finished."""
SILENT_ON_LINK = "on-link and silent"
"""Detail of a `host_gone`: nobody on the address's own segment answered for it by ARP or neighbour discovery."""
WATCH = "watch"
"""Scanner name of the records that say which watch targets a vantage reaches (ADR 0023)."""
WATCHED = "watched from here: "
"""Begins the detail of an `ok`: this watch target answered before the first probe from a vantage."""
WATCHED_ELSEWHERE = "not watched from here: "
"""Begins the detail of a `not_tried`: this watch target did not answer here, and did from another vantage."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one scanner on one subject from one vantage.

    at: aware UTC. evidence: sha256 ids, empty when nothing was sent. detail: why, in English, for the log.
    """

    subject: Subject
    vantage: str
    scanner: str
    outcome: Outcome
    at: datetime
    evidence: tuple[str, ...] = ()
    detail: str = ""
