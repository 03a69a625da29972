"""Hypothesis strategies: damaged recordings and arbitrary transcripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript

SUBJECT = Subject("service:192.0.2.20/tcp/443")
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@st.composite
def damaged(draw: st.DrawFn, samples: Sequence[bytes]) -> bytes:
    """Cut a sample short, change bytes, or splice arbitrary bytes in."""
    data = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(0, 4))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    at = draw(st.integers(0, len(data)))
    data[at:at] = draw(st.binary(max_size=8))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


def transcripts(
    scanner: str, samples: Sequence[bytes], notes: Sequence[str] = (), options: Mapping[str, Any] | None = None
) -> st.SearchStrategy[Transcript]:
    """Give arbitrary transcripts whose bytes are often nearly real."""
    data = st.one_of(st.binary(max_size=64), damaged(samples))
    note = st.one_of(st.text(max_size=40), st.sampled_from(tuple(notes) or ("",))).map(
        lambda t: t.encode("utf-8", "replace")
    )
    plain = st.builds(Event, st.integers(0, 9999), st.sampled_from(EventKind), st.integers(0, 3), st.just(443), data)
    noted = st.builds(Event, st.just(0), st.just(EventKind.NOTE), st.just(0), st.just(0), note)
    begun = st.builds(Event, st.just(0), st.just(EventKind.CONNECT), st.integers(0, 3), st.just(443), st.just(b""))
    events = st.lists(st.one_of(plain, plain, noted, begun), max_size=12).map(tuple)
    return events.map(lambda e: Transcript(scanner, 1, SUBJECT, "test", NOW, e, options or {}))
