"""Transcripts: what went over the wire in one job, as raw bytes with times; the unit of evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sekisho.errors import ParseError
from sekisho.model.subjects import Subject

CUT_OFF = "cut off: "
"""Begins the note of the gate that a host used up the time it gets (ADR 0019)."""
MEDIA_TYPE = "application/vnd.sekisho.transcript+json;version=1"
LOSSY = "lossy"
"""Note: packets got lost in a slow second pass too, so that silence says nothing."""


class EventKind(StrEnum):
    """What happened on the wire."""

    CONNECT = "connect"
    CONNECTED = "connected"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    FILTERED = "filtered"
    TIMEOUT = "timeout"
    SENT = "sent"
    RECEIVED = "received"
    PEER_CLOSED = "peer_closed"
    PEER_RESET = "peer_reset"
    CLOSED = "closed"
    PLAIN_SENT = "plain_sent"
    PLAIN_RECEIVED = "plain_received"
    DATAGRAM_SENT = "datagram_sent"
    DATAGRAM_RECEIVED = "datagram_received"
    FRAME_SENT = "frame_sent"
    FRAME_RECEIVED = "frame_received"
    FILE = "file"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    at_ms: since the start of the transcript. conn: number of the connection within the transcript, from 0.
    port: remote port (0 where there is none). data: raw bytes after masking; for NOTE a UTF-8 text.
    FRAME_*: one frame, or segments of a port round one after another (each tells its own length), with port 0.
    PLAIN_*: application bytes inside an encrypted connection, recorded because the wire bytes can't be read again.
    """

    at_ms: int
    kind: EventKind
    conn: int = 0
    port: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Transcript:
    """All events of one job, in order, with what is needed to read them again later.

    options: the job's inputs that change what was sent (names for SNI, ports asked), JSON scalars and lists only.
    masked: kinds of secrets that were blanked before storing.
    """

    scanner: str
    scanner_version: int
    subject: Subject
    vantage: str
    started_at: datetime
    events: tuple[Event, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    masked: tuple[str, ...] = ()

    def received(self, conn: int = 0) -> bytes:
        """Join what the peer sent on one connection (wire bytes)."""
        return b"".join(e.data for e in self.events if e.conn == conn and e.kind is EventKind.RECEIVED)

    def received_inside(self) -> bytes:
        """Join what the peer said inside an encrypted connection, as far as it was recorded."""
        return b"".join(e.data for e in self.events if e.kind is EventKind.PLAIN_RECEIVED)

    def kinds(self, conn: int = 0) -> frozenset[EventKind]:
        """Give the kinds of event that occurred on one connection."""
        return frozenset(e.kind for e in self.events if e.conn == conn)

    def connections(self) -> tuple[int, ...]:
        """Give the numbers of all connections that were begun, in order."""
        return tuple(dict.fromkeys(e.conn for e in self.events if e.kind is EventKind.CONNECT))

    def notes(self) -> tuple[str, ...]:
        """Give the texts of all notes, in order."""
        return tuple(e.data.decode("utf-8", "replace") for e in self.events if e.kind is EventKind.NOTE)

    def cut_off(self) -> str:
        """Say which time limit cut a conversation off; "" when none did."""
        return next((note.removeprefix(CUT_OFF) for note in self.notes() if note.startswith(CUT_OFF)), "")

    def to_bytes(self) -> bytes:
        """Serialise canonically; bytes stand as Latin-1 text, so that a person can read and grep the file."""
        doc = {
            "schema": 1,
            "scanner": self.scanner,
            "scanner_version": self.scanner_version,
            "subject": self.subject,
            "vantage": self.vantage,
            "started_at": self.started_at.isoformat(),
            "options": dict(self.options),
            "masked": list(self.masked),
            "events": [[e.at_ms, e.kind.value, e.conn, e.port, e.data.decode("latin-1")] for e in self.events],
        }
        return json.dumps(doc, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")

    @classmethod
    def from_bytes(cls, raw: bytes) -> Transcript:
        """Read a stored transcript; raises ParseError for anything else."""
        try:
            doc = json.loads(raw)
            if doc["schema"] != 1:
                msg = f"transcript schema: got {doc['schema']!r}, expected 1"
                raise ParseError(msg)
            events = tuple(Event(t, EventKind(k), c, p, d.encode("latin-1")) for t, k, c, p, d in doc["events"])
            return cls(
                scanner=doc["scanner"],
                scanner_version=doc["scanner_version"],
                subject=Subject(doc["subject"]),
                vantage=doc["vantage"],
                started_at=datetime.fromisoformat(doc["started_at"]),
                events=events,
                options=doc["options"],
                masked=tuple(doc["masked"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            msg = f"not a transcript: {error}"
            raise ParseError(msg) from error
