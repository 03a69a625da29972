from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.http_further.parse import read, read_icon
from scanners.http_further.probe import SCANNER
from sekisho.model.api_facts import ApiAnswer, HttpIcon
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HttpAnswer
from sekisho.model.observations import Reading
from sekisho.model.transcript import Transcript
from tests.unit.scanners.fakes import FakeWire, Scripted, job
from tests.unit.scanners.strategies import transcripts

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def ok(body: bytes, content_type: str = "image/png") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def asked(answer: bytes, *, path: str, icon: bool = False) -> tuple[Reading, bytes]:
    peer = Scripted(answer)
    wire = FakeWire(
        job("http-further", 80, options={"path": path, "icon": icon, "tls": False}), peer, mask=SCANNER.mask
    )
    await SCANNER.run(wire.job, wire)
    assert wire.connects == SCANNER.max_connections
    return SCANNER.read(wire.transcript()), b"".join(peer.sent)


async def test_the_page_behind_the_first_one_reads_like_it() -> None:
    page = b"<title>Virtual Office</title><input type=password>"
    reading, sent = await asked(ok(page, "text/html"), path="/cgi-bin/welcome?x=1")
    ((_, fact),) = reading.facts
    assert isinstance(fact, HttpAnswer)
    assert (fact.path, fact.title, fact.has_login_form) == ("/cgi-bin/welcome?x=1", "Virtual Office", True)
    assert sent.startswith(b"GET /cgi-bin/welcome?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n")


async def test_a_version_is_an_answer_of_the_interface() -> None:
    reading, _ = await asked(ok(b'{"etcdserver":"3.4.23","etcdcluster":"3.4.0"}', "application/json"), path="/version")
    assert ApiAnswer("etcd", "3.4.23", "not_seen") in [fact for _, fact in reading.facts]


async def test_an_icon_is_its_hash_alone() -> None:
    reading, _ = await asked(ok(PNG), path="/favicon.ico", icon=True)
    assert [fact for _, fact in reading.facts] == [HttpIcon("/favicon.ico", hashlib.md5(PNG).hexdigest())]  # noqa: S324


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ok(b"<html>no such file</html>", "text/html")]
)
async def test_an_excuse_is_no_icon(answer: bytes) -> None:
    reading, _ = await asked(answer, path="/favicon.ico", icon=True)
    assert (reading.outcome, reading.facts, reading.detail) == (Outcome.OK, (), "no icon there")


def test_half_an_icon_is_none() -> None:
    assert read_icon(ok(PNG)) is not None
    assert read_icon(ok(PNG)[:-1]) is None
    assert read_icon(b"\0\1") is None


@given(transcripts("http-further", [ok(PNG), ok(b"<title>x</title>")]), st.booleans())
def test_reading_is_total(made: Transcript, icon: bool) -> None:
    reading = read(replace(made, options={"path": "/", "icon": icon}))
    assert {type(fact) for _, fact in reading.facts} <= set(SCANNER.yields)
