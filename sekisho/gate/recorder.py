"""Recording: what a job sent and received, with secrets blanked before anything is kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript

_LOG = logging.getLogger(__name__)
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
        blanked = bytearray(data)
        for name, value in self._secrets.items():
            for begin in _occurrences(value, data):
                names.add(name)
                blanked[begin : begin + len(value)] = b"*" * len(value)
        if from_peer and self._mask is not None:
            masked = self._masked_by_scanner(bytes(blanked))
            if masked != blanked:
                names.add("peer")
                blanked = bytearray(masked)
        return bytes(blanked), names

    def _masked_by_scanner(self, data: bytes) -> bytes:
        """Apply the scanner's mask; if it fails or changes the length, nothing of the stream is kept."""
        if self._mask is None:
            return data
        try:
            masked = self._mask(data)
        except Exception:  # noqa: BLE001 - whatever a mask does, what it was to hide stays out
            _LOG.exception("the mask failed; the stream is blanked as a whole")
            return b"*" * len(data)
        return masked if len(masked) == len(data) else b"*" * len(data)


def _occurrences(value: bytes, data: bytes) -> Iterator[int]:
    """Give every place of a value, overlapping ones too, in what was there before anything was blanked."""
    begin = data.find(value)
    while begin >= 0:
        yield begin
        begin = data.find(value, begin + 1)
