"""Makes observations for tests of checks, and says verdicts as the report would."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sekisho.messages.both import both
from sekisho.model.observations import Observation
from sekisho.model.subjects import Subject
from sekisho.registry import Check

T = TypeVar("T")
NOON = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
HOST = "host:192.0.2.1"
EVIDENCE = "e" * 64


def see(value: T, *, subject: str = HOST, id: str = "o1", evidence: str = EVIDENCE) -> Observation[T]:  # noqa: A002
    return Observation(id, Subject(subject), value, NOON, "management", (evidence,) if evidence else ())


def outcome(check: Check[T], seen: Sequence[Observation[T]], params: object) -> tuple[str, str] | None:
    """Judge, and say the reason in both languages, so that a missing sentence or placeholder fails the test."""
    verdict = check.judge(seen, params)
    if verdict is None:
        return None
    values: dict[str, Any] = dict(verdict.values)
    said = both(f"checks.{check.id}.{verdict.reason}", **values)
    assert "{" not in said.ja + said.en
    return verdict.judgement.value, verdict.reason
