"""Runs, attempts and transcripts for tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.ledger import Entry, LedgerRow
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript
from sekisho.store.journal import Journal, Run

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RUN = Run("run-1", NOW, None, "0.1.0", '{"name":"gentle"}', '{"facility":"test"}', "a" * 64)


def transcript(number: int) -> Transcript:
    """Give a transcript unlike every other."""
    events = (Event(0, EventKind.CONNECT, 0, 80), Event(number, EventKind.RECEIVED, 0, 80, bytes(range(256))))
    subject = Subject(f"service:192.0.2.{number}/tcp/80")
    return Transcript("test", 1, subject, "management", NOW, events, {"names": ["a"]}, ("community",))


def attempt(number: int, outcome: Outcome = Outcome.OK) -> Attempt:
    """Give an attempt on the subject of the transcript of that number."""
    return Attempt(
        Subject(f"service:192.0.2.{number}/tcp/80"), "management", "test", outcome,
        NOW + timedelta(seconds=number), (), f"detail {number}",
    )  # fmt: skip


def ledger_row(
    number: int, kind: Entry = Entry.CONNECT, *, packets: int = 4, job: str = "job", port: int = 61000
) -> LedgerRow:
    """Give a ledger row."""
    return LedgerRow(
        NOW + timedelta(seconds=number), kind, "management", job, "tcp", "192.0.2.9", port, f"192.0.2.{number}",
        80, 2, packets, 10, "note",
    )  # fmt: skip


def filled(folder: Path, *, close: bool = True) -> Journal:
    """Make a folder with one run: three attempts with evidence, one without, three ledger rows."""
    journal = Journal(folder)
    journal.open_run(RUN)
    for number in (1, 2, 3):
        journal.ledger.write(RUN.id, ledger_row(number))
        journal.record(RUN.id, f"job-{number}", attempt(number), transcript(number).to_bytes())
    journal.record(RUN.id, "job-4", attempt(4, Outcome.SKIPPED_BY_TIER), None)
    if close:
        journal.close_run(RUN.id, NOW + timedelta(hours=1))
    return journal
