"""Transcripts: what is written is read back the same; whatever else is read is a ParseError."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import ParseError
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript

EVENTS = st.builds(
    Event,
    st.integers(0, 10**9),
    st.sampled_from(EventKind),
    st.integers(0, 99),
    st.integers(0, 65535),
    st.binary(max_size=40),
)
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
TRANSCRIPTS = st.builds(
    Transcript,
    st.text(max_size=8),
    st.integers(1, 99),
    st.text(max_size=20).map(Subject),
    st.text(max_size=8),
    st.datetimes().map(lambda d: d.replace(tzinfo=UTC)),
    st.lists(EVENTS, max_size=6).map(tuple),
    st.dictionaries(st.text(max_size=5), PLAIN | st.lists(PLAIN, max_size=3), max_size=3),
    st.lists(st.text(max_size=5), max_size=2).map(tuple),
)
JSON = st.recursive(
    PLAIN | st.floats(allow_nan=False),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=9), x, max_size=4),
)


@given(TRANSCRIPTS)
@settings(max_examples=150, deadline=None)
def test_round_trip(transcript: Transcript) -> None:
    raw = transcript.to_bytes()
    assert Transcript.from_bytes(raw) == transcript
    assert Transcript.from_bytes(raw).to_bytes() == raw


@given(st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()))
@settings(max_examples=200, deadline=None)
def test_anything_else_is_a_parse_error(raw: bytes) -> None:
    with pytest.raises(ParseError):
        Transcript.from_bytes(raw)


@given(TRANSCRIPTS, st.data())
@settings(max_examples=200, deadline=None)
def test_one_altered_field_is_read_or_refused_but_never_crashes(transcript: Transcript, data: st.DataObject) -> None:
    document = json.loads(transcript.to_bytes())
    document[data.draw(st.sampled_from(sorted(document)))] = data.draw(JSON)
    try:
        Transcript.from_bytes(json.dumps(document).encode())
    except ParseError:
        return


def test_nesting_without_end_is_a_parse_error() -> None:
    with pytest.raises(ParseError):
        Transcript.from_bytes(b"[" * 200_000)


def test_what_one_connection_said() -> None:
    events = (
        Event(0, EventKind.CONNECT, 0, 80), Event(1, EventKind.CONNECT, 1, 80),
        Event(2, EventKind.RECEIVED, 1, 80, b"b"),
        Event(3, EventKind.RECEIVED, 0, 80, b"a"), Event(4, EventKind.NOTE, 0, 0, "注".encode()),
        Event(5, EventKind.RECEIVED, 1, 80, b"c"),
    )  # fmt: skip
    transcript = Transcript("t", 1, Subject("facility"), "v", datetime(2026, 1, 1, tzinfo=UTC), events)
    assert (transcript.received(), transcript.received(1)) == (b"a", b"bc")
    assert transcript.connections() == (0, 1)
    assert transcript.notes() == ("注",)
    assert transcript.kinds(1) == {EventKind.CONNECT, EventKind.RECEIVED}
