"""Recording: what a job sent and received, with secrets blanked before anything is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript

_FROM_PEER = frozenset({EventKind.RECEIVED, EventKind.PLAIN_RECEIVED, EventKind.DATAGRAM_RECEIVED})


class Recorder:
    """Collects the events of one job."""

    def __init__(self, secrets: Mapping[str, bytes], mask: Callable[[bytes], bytes] | None) -> None:
        """Take the values to blank and the scanner's own masking of what peers send."""
        self._secrets = {k: v for k, v in secrets.items() if v}
        self._mask = mask
        self._begun = time.monotonic()
        self.started_at = datetime.now(UTC)
        self._events: list[Event] = []

    def add(self, kind: EventKind, *, conn: int = 0, port: int = 0, data: bytes = b"") -> None:
        """Record one event at the present moment."""
        at_ms = int((time.monotonic() - self._begun) * 1000)
        self._events.append(Event(at_ms, kind, conn, port, data))

    def note(self, text: str) -> None:
        """Record a remark."""
        self.add(EventKind.NOTE, data=text.encode("utf-8"))

    def transcript(
        self, scanner: str, version: int, subject: Subject, vantage: str, options: Mapping[str, Any]
    ) -> Transcript:
        """Give everything recorded, masked."""
        events, masked = self._masked()
        return Transcript(scanner, version, subject, vantage, self.started_at, events, options, masked)

    def _masked(self) -> tuple[tuple[Event, ...], tuple[str, ...]]:
        """Blank secrets; each connection's stream is masked as a whole, since a value may span two reads."""
        events = list(self._events)
        used: set[str] = set()
        streams: dict[tuple[EventKind, int], list[int]] = {}
        for index, event in enumerate(events):
            streams.setdefault((event.kind, event.conn), []).append(index)
        for (kind, _), indexes in streams.items():
            whole = b"".join(events[i].data for i in indexes)
            blanked, names = self._blank(whole, from_peer=kind in _FROM_PEER)
            used |= names
            if blanked == whole:
                continue
            ends = list(accumulate(len(events[i].data) for i in indexes))
            for i, end in zip(indexes, ends, strict=True):
                old = events[i]
                events[i] = Event(old.at_ms, old.kind, old.conn, old.port, blanked[end - len(old.data) : end])
        return tuple(events), tuple(sorted(used))

    def _blank(self, data: bytes, *, from_peer: bool) -> tuple[bytes, set[str]]:
        """Replace known secrets by stars of the same length, then apply the scanner's mask."""
        names: set[str] = set()
        for name, value in self._secrets.items():
            if value in data:
                names.add(name)
                data = data.replace(value, b"*" * len(value))
        if from_peer and self._mask is not None:
            masked = self._mask(data)
            if masked != data and len(masked) == len(data):
                names.add("peer")
                data = masked
        return data, names
