"""Secrets never reach the transcript, wherever a read happens to cut them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sekisho.gate.recorder import Recorder
from sekisho.model.subjects import FACILITY
from sekisho.model.transcript import EventKind, Transcript

SECRET = b"hospital-ro"


def recorded(recorder: Recorder) -> Transcript:
    return recorder.transcript("test", 1, FACILITY, "management", {})


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(p, len(data)) for p in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(ends)]


@given(before=st.binary(max_size=20), after=st.binary(max_size=20), places=st.lists(st.integers(0, 60), max_size=8))
def test_a_secret_is_blanked_across_reads(before: bytes, after: bytes, places: list[int]) -> None:
    recorder = Recorder({"community": SECRET}, None)
    sent = before + SECRET + after
    for chunk in cut(sent, places):
        recorder.add(EventKind.RECEIVED, data=chunk)
    transcript = recorded(recorder)
    assert SECRET not in transcript.received()
    assert len(transcript.received()) == len(sent)
    assert [len(e.data) for e in transcript.events] == [len(c) for c in cut(sent, places)]
    assert transcript.masked == ("community",)


def test_connections_and_directions_are_streams_of_their_own() -> None:
    recorder = Recorder({"community": b"abcd"}, None)
    recorder.add(EventKind.SENT, conn=0, data=b"ab")
    recorder.add(EventKind.SENT, conn=1, data=b"cd")
    recorder.add(EventKind.RECEIVED, conn=0, data=b"cd")
    assert [e.data for e in recorded(recorder).events] == [b"ab", b"cd", b"cd"]


def test_a_secret_that_begins_another_leaves_no_tail() -> None:
    recorder = Recorder({"short": b"public", "long": b"public2026"}, None)
    recorder.add(EventKind.SENT, data=b"x public2026 y public z")
    transcript = recorded(recorder)
    assert transcript.events[0].data == b"x ********** y ****** z"
    assert transcript.masked == ("long", "short")


def test_overlapping_places_are_blanked_both() -> None:
    recorder = Recorder({"s": b"aba"}, None)
    recorder.add(EventKind.SENT, data=b"xababax")
    assert recorded(recorder).events[0].data == b"x*****x"


def test_notes_are_blanked() -> None:
    recorder = Recorder({"s": SECRET}, None)
    recorder.note("snmpget -c hospital-ro")
    assert recorded(recorder).notes() == ("snmpget -c ***********",)


def test_an_empty_secret_blanks_nothing() -> None:
    recorder = Recorder({"s": b""}, None)
    recorder.add(EventKind.SENT, data=b"data")
    assert recorded(recorder).events[0].data == b"data"


def test_the_scanners_mask_sees_what_peers_sent_and_nothing_else() -> None:
    recorder = Recorder({}, lambda data: data.replace(b"serial", b"xxxxxx"))
    recorder.add(EventKind.SENT, data=b"serial")
    recorder.add(EventKind.RECEIVED, data=b"ser")
    recorder.add(EventKind.RECEIVED, data=b"ial")
    transcript = recorded(recorder)
    assert [e.data for e in transcript.events] == [b"serial", b"xxx", b"xxx"]
    assert transcript.masked == ("peer",)


def test_a_mask_that_changes_the_length_blanks_all() -> None:
    recorder = Recorder({}, lambda data: data.replace(b"secret", b"-"))
    recorder.add(EventKind.RECEIVED, data=b"my secret")
    assert recorded(recorder).events[0].data == b"*" * 9


def test_a_mask_that_crashes_blanks_all() -> None:
    def broken(data: bytes) -> bytes:
        raise IndexError(data)

    recorder = Recorder({}, broken)
    recorder.add(EventKind.RECEIVED, data=b"my secret")
    assert recorded(recorder).events[0].data == b"*" * 9
