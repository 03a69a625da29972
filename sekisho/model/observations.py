"""Observations: a fact with its subject, time, vantage and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact
from sekisho.model.subjects import Subject

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Observation(Generic[T_co]):
    """What was seen of one subject, from where, when, proved by which evidence.

    id: stable within a run (scanner, vantage, subject, fact type, ordinal). taken_at: aware UTC.
    vantage: "" for facts derived from documents or from several vantages. evidence: never empty for a seen fact.
    """

    id: str
    subject: Subject
    value: T_co
    taken_at: datetime
    vantage: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one transcript says: how the try ended and the facts it proves.

    facts: (subject, fact) pairs; empty means the try proved nothing beyond its outcome.
    """

    outcome: Outcome
    facts: tuple[tuple[Subject, Fact], ...] = ()
    detail: str = ""
