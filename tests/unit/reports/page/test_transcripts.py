from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reports.edition import Edition
from reports.page.anchors import Anchors
from reports.page.transcripts import SHOWN_BYTES, EvidenceView, content, evidence_views
from sekisho.model.formats import EvidenceReader
from sekisho.model.report import Report
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript
from tests.unit.reports.parts import digest, finding
from tests.unit.reports.sample import EVIDENCE, empty, sample


def views(report: Report, evidence: EvidenceReader) -> tuple[EvidenceView, ...]:
    edition = Edition.of(report, evidence, "ja")
    return evidence_views(edition, Anchors.of(edition, ()))


def test_text_is_shown_as_text_and_bytes_as_hexadecimal() -> None:
    assert content(b"220 ready\r\n") == ("220 ready␍␊",)
    assert content("関所\n行2".encode()) == ("関所␊", "行2")
    assert content(bytes(range(16)) * 2)[1].startswith("0010  00 01 02")
    assert content(b"\x16\x03\x01<a>") == ("0000  16 03 01 3c 61 3e                                ···<a>",)
    assert content(b"") == ()


@given(st.binary(max_size=5000))
def test_any_bytes_become_visible_lines(data: bytes) -> None:
    lines = content(data)
    assert all(line.isprintable() or "\u3000" in line or not line.isascii() for line in lines)
    assert "\x1b" not in "".join(lines)


def test_long_exchanges_are_cut_and_say_so() -> None:
    view = views(sample(), EVIDENCE)[0]
    long = next(e for e in view.events if "先頭" in e.size)
    assert f"先頭 {SHOWN_BYTES} バイト" in long.size
    assert sum(len(line) for line in long.lines) <= SHOWN_BYTES + 10
    assert view.path == f"evidence/{digest('tls-vpn')[:2]}/{digest('tls-vpn')}"
    assert [c.text for c in view.claims][:2] == ["F-001", "F-002"]


def test_directions_and_masks_are_named() -> None:
    by_number = {v.number: v for v in views(sample(), EVIDENCE)}
    telnet = by_number[digest("telnet-maint")[:12]]
    assert [e.direction for e in telnet.events] == ["out", "in", "in", "out"]
    assert "password" in telnet.masked
    document = by_number[digest("lines")[:12]]
    assert (document.path, document.href) == ("documents/lines.csv", "")
    absent = by_number[digest("host 192.0.2.1")[:12]]
    assert "収められていません" in absent.remark


def test_the_least_urgent_evidence_is_left_out_first() -> None:
    ids = [digest(str(at)) for at in range(90)]
    at = datetime(2026, 11, 20, tzinfo=UTC)
    events = tuple(Event(n, EventKind.RECEIVED, 0, 80, b"x" * SHOWN_BYTES) for n in range(70))
    subject = Subject("service:192.0.2.1/tcp/80")
    evidence = {i: Transcript("http", 1, subject, "management", at, events) for i in ids}
    findings = tuple(finding(f"a.b{n:02}", "host:192.0.2.1", "fail", evidence=(i,)) for n, i in enumerate(ids))
    found = views(empty().model_copy(update={"findings": findings}), evidence)
    shown = [bool(v.events) for v in found]
    assert shown[0]
    assert not shown[-1]
    assert shown == sorted(shown, reverse=True)
    assert all(v.path and v.digest for v in found)


def test_many_events_are_cut_and_counted() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    events = tuple(Event(n, EventKind.CONNECT, n, n + 1) for n in range(100))
    transcript = Transcript("ports", 1, Subject("host:192.0.2.1"), "management", at, events)
    only = finding("a.b", "host:192.0.2.1", "fail", evidence=(digest("p"),))
    (view,) = views(empty().model_copy(update={"findings": (only,)}), {digest("p"): transcript})
    assert len(view.events) == 80
    assert "20 件" in view.more


def test_an_id_that_is_no_digest_gets_no_link() -> None:
    odd = finding("a.b", "host:192.0.2.1", "fail", evidence=("javascript:alert(1)",))
    (view,) = views(empty().model_copy(update={"findings": (odd,)}), {})
    assert (view.anchor, view.href, view.path) == ("", "", "")
