"""Transcripts as bytes that a fuzzer can mutate, and back. Total: any bytes make a transcript.

Form: number of the subject, number of the options, then the events: kind, connection, port (2), size (3), data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from sekisho.model.subjects import FACILITY, Subject, host, service
from sekisho.model.transcript import Event, EventKind, Transcript

GOLDEN: Final = Path(__file__).resolve().parents[2] / "tests" / "golden"
_KINDS: Final = tuple(EventKind)
_HEAD: Final = 1 + 1 + 2 + 3
_MOST_CONNECTIONS: Final = 8
_BEGAN: Final = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
_SUBJECTS: Final = (
    service(ip_address("192.0.2.20"), "tcp", 443),
    service(ip_address("2001:db8::20"), "tcp", 443),
    service(ip_address("192.0.2.20"), "udp", 500),
    host(ip_address("2001:db8::20")),
    FACILITY,
    Subject("service:nonsense"),
)


@dataclass(frozen=True)
class Form:
    """Transcripts of one scanner. recorded: its golden ones, whose subjects and options are all that occur."""

    scanner: str
    recorded: tuple[Transcript, ...]

    @classmethod
    def of(cls, scanner: str) -> Form:
        """Read the golden transcripts of a scanner; one that has none yet gets along without."""
        paths = sorted((GOLDEN / scanner).glob("*.raw"))
        return cls(scanner, tuple(Transcript.from_bytes(path.read_bytes()) for path in paths))

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """Give every subject that is tried."""
        return tuple(dict.fromkeys((*_SUBJECTS, *(t.subject for t in self.recorded))))

    @cached_property
    def options(self) -> tuple[dict[str, Any], ...]:
        """Give every set of options that is tried."""
        found: list[dict[str, Any]] = [{}, {"tls": True}]
        for stored in self.recorded:
            if dict(stored.options) not in found:
                found.append(dict(stored.options))
        return tuple(found)

    def take(self, data: bytes) -> Transcript:
        """Make a transcript of bytes."""
        head, left, events = data[:2].ljust(2, b"\0"), data[2:], list[Event]()
        while left:
            beginning = left[:_HEAD].ljust(_HEAD, b"\0")
            kind, conn = _KINDS[beginning[0] % len(_KINDS)], beginning[1] % _MOST_CONNECTIONS
            end = _HEAD + int.from_bytes(beginning[4:], "big")
            events.append(Event(len(events), kind, conn, int.from_bytes(beginning[2:4], "big"), left[_HEAD:end]))
            left = left[end:]
        subject = self.subjects[head[0] % len(self.subjects)]
        options = self.options[head[1] % len(self.options)]
        return Transcript(self.scanner, 1, subject, "test", _BEGAN, tuple(events), options)

    def give(self, stored: Transcript) -> bytes:
        """Make bytes of one of the recorded transcripts; only its first connections."""
        head = bytes([self.subjects.index(stored.subject), self.options.index(dict(stored.options))])
        return head + b"".join(_packed(e) for e in stored.events if e.conn < _MOST_CONNECTIONS)

    def heard(self) -> Sequence[tuple[bytes, bytes]]:
        """Give what was sent and received on every connection of every recording, in any form."""
        found: list[tuple[bytes, bytes]] = []
        for stored in self.recorded:
            for conn in sorted({e.conn for e in stored.events}):
                events = [e for e in stored.events if e.conn == conn]
                found.append((_joined(events, "sent"), _joined(events, "received") or _joined(events, "file")))
        return found


def _packed(event: Event) -> bytes:
    """Make bytes of one event."""
    head = bytes([_KINDS.index(event.kind), event.conn]) + event.port.to_bytes(2, "big")
    return head + len(event.data).to_bytes(3, "big") + event.data


def _joined(events: Sequence[Event], ending: str) -> bytes:
    """Join the data of the kinds of event that end like this."""
    return b"".join(e.data for e in events if e.kind.value.endswith(ending))
