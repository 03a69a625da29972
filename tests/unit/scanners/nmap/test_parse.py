from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from scanners.nmap.library import dissect_host
from scanners.nmap.parse import NmapPort, facts_of, read, read_nmap_xml
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus, ServiceDetected
from sekisho.model.subjects import FACILITY, Subject
from sekisho.model.transcript import Event, EventKind, Transcript

SAMPLES = Path(__file__).resolve().parents[4].parent / "shared" / "data" / "nmap-xml"
FILES = sorted(SAMPLES.glob("*.xml"))
without_samples = pytest.mark.skipif(not FILES, reason="the nmap XML samples are not on this machine")

DOCUMENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -sV" version="7.93" xmloutputversion="1.05">
<host><status state="up" reason="arp-response"/>
<address addr="192.0.2.9" addrtype="ipv4"/><address addr="02:00:00:00:00:0A" addrtype="mac" vendor="X"/>
<ports><extraports state="closed" count="995"/>
<port protocol="tcp" portid="443"><state state="open" reason="syn-ack"/><service name="http" product="nginx"
 version="1.22.1" extrainfo="Debian" tunnel="ssl" method="probed" conf="10"><cpe>cpe:/a:igor_sysoev:nginx:1.22.1</cpe>
</service></port>
<port protocol="tcp" portid="22"><state state="open"/><service name="ssh" method="table" conf="3"/></port>
<port protocol="tcp" portid="25"><state state="open"/><service name="tcpwrapped" method="probed" conf="8"/></port>
<port protocol="tcp" portid="80"><state state="closed"/><service name="http" method="table" conf="3"/></port>
<port protocol="tcp" portid="81"><state state="filtered"/></port>
<port protocol="udp" portid="161"><state state="open|filtered"/><service name="snmp" method="table" conf="3"/></port>
<port protocol="sctp" portid="36412"><state state="open"/></port>
</ports></host>
<host><status state="up" reason="user-set"/><address addr="2001:db8::9" addrtype="ipv6"/>
<ports><port protocol="tcp" portid="22"><state state="closed"/></port></ports></host>
<host><status state="up" reason="user-set"/><address addr="192.0.2.10" addrtype="ipv4"/></host>
<host><status state="down" reason="no-response"/><address addr="192.0.2.11" addrtype="ipv4"/></host>
<host><status state="up" reason="syn-ack"/><address addr="example" addrtype="ipv4"/></host>
<host><status state="up" reason="syn-ack"/><address addr="192.0.2.12" addrtype="ipv4"/>
<ports><port protocol="tcp" portid="22"/></ports></host>
</nmaprun>"""


def test_a_report_is_read_host_by_host() -> None:
    report = read_nmap_xml(DOCUMENT)
    assert (report.format_version, report.arguments, len(report.hosts), len(report.unread)) == (
        "1.05",
        "nmap -sV",
        4,
        2,
    )
    first = report.hosts[0]
    assert (first.address, first.mac, first.is_up) == (ip_address("192.0.2.9"), "02:00:00:00:00:0a", True)
    assert first.ports[-2] == NmapPort("tcp", 443, "open", "http", "nginx", "1.22.1", "Debian", tls=True, confidence=10)
    assert [(p.transport, p.port) for p in first.ports] == [
        ("tcp", 22), ("tcp", 25), ("tcp", 80), ("tcp", 81), ("tcp", 443), ("udp", 161)
    ]  # fmt: skip


def test_what_a_report_proves() -> None:
    by_subject: dict[str, list[Fact]] = {}
    for subject, fact in facts_of(read_nmap_xml(DOCUMENT), source="import", via="import"):
        by_subject.setdefault(subject, []).append(fact)
    opened, closed, filtered = (PortSeen(s, "import") for s in PortStatus)
    assert by_subject == {
        "host:192.0.2.9": [HostAnswered("arp", "02:00:00:00:00:0a")],
        "service:192.0.2.9/tcp/22": [opened],  # a name by port number identifies nothing
        "service:192.0.2.9/tcp/25": [opened],  # nor does tcpwrapped
        "service:192.0.2.9/tcp/80": [closed],
        "service:192.0.2.9/tcp/81": [filtered],
        "service:192.0.2.9/tcp/443": [
            opened, ServiceDetected("import", "http", "nginx", "1.22.1", "Debian", tls=True, confidence=10)
        ],
        "host:2001:db8::9": [HostAnswered("tcp", None)],
        "service:2001:db8::9/tcp/22": [closed],
    }  # fmt: skip


def transcript(*events: Event, subject: str = "service:192.0.2.9/tcp/443") -> Transcript:
    return Transcript("nmap", 1, Subject(subject), "management", datetime(2026, 11, 21, tzinfo=UTC), events)


def handed(raw: bytes) -> Event:
    return Event(0, EventKind.FILE, data=raw)


def test_our_own_run_speaks_of_its_host_alone() -> None:
    reading = read(transcript(handed(DOCUMENT)))
    assert reading.outcome is Outcome.OK
    assert {s for s, _ in reading.facts if "192.0.2.9" not in s} == set()
    assert {f.source for _, f in reading.facts if isinstance(f, ServiceDetected)} == {"nmap"}
    assert {type(f) for _, f in reading.facts} == {ServiceDetected}, "what it calls open is our relay's port"


def test_a_file_handed_over_speaks_of_all_hosts() -> None:
    reading = read(transcript(handed(DOCUMENT), subject=FACILITY))
    assert (reading.outcome, len(reading.facts)) == (Outcome.OK, 9)
    assert reading.detail.startswith("2 hosts not read: nmap host: got address 'example'")


@pytest.mark.parametrize(
    ("events", "subject", "outcome"),
    [
        ((handed(b"<html/>"),), FACILITY, Outcome.PROTOCOL_ERROR),
        ((handed(b""),), "host:192.0.2.9", Outcome.PROTOCOL_ERROR),
        ((handed(DOCUMENT[:900]),), FACILITY, Outcome.PROTOCOL_ERROR),
        ((handed(DOCUMENT),), "host:192.0.2.200", Outcome.PROTOCOL_ERROR),
        ((Event(0, EventKind.NOTE, data=b"command nmap -n"),), "host:192.0.2.9", Outcome.TOOL_ERROR),
        ((Event(0, EventKind.NOTE, data=b"no port here may be asked"),), "host:192.0.2.9", Outcome.NOT_TRIED),
        ((), "host:192.0.2.9", Outcome.NOT_TRIED),
    ],
)
def test_read_when_there_is_nothing_to_say(events: tuple[Event, ...], subject: str, outcome: Outcome) -> None:
    reading = read(transcript(*events, subject=subject))
    assert (reading.outcome, reading.facts) == (outcome, ())


@pytest.mark.parametrize(
    "raw",
    [
        b'<!DOCTYPE nmaprun [<!ENTITY a "b">]><nmaprun>&a;</nmaprun>',
        b'<!DOCTYPE nmaprun [<!ENTITY a SYSTEM "file:///etc/passwd">]><nmaprun>&a;</nmaprun>',
        b'<?xml version="1.0" encoding="no-such"?><nmaprun/>',
        b"\x00\x01\x02",
    ],
)
def test_entities_and_rubbish_are_parse_errors(raw: bytes) -> None:
    with pytest.raises(ParseError):
        read_nmap_xml(raw)


def test_two_reports_on_one_address_are_both_kept() -> None:
    one = DOCUMENT.index(b"<host>")
    other = DOCUMENT.index(b"</host>") + len(b"</host>")
    assert len(read_nmap_xml(DOCUMENT[:other] + DOCUMENT[one:]).hosts) == 5


@without_samples
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_samples_are_read(path: Path) -> None:
    report = read_nmap_xml(path.read_bytes())
    assert report.format_version in {"1.03", "1.04", "1.05"}
    assert len(report.hosts) + len(report.unread) == path.read_bytes().count(b"<host ") + path.read_bytes().count(
        b"<host>"
    )
    facts = list(facts_of(report, source="import", via="import"))
    assert sum(isinstance(f, PortSeen) for _, f in facts) == sum(
        p.state in {"open", "closed", "filtered"} for h in report.hosts for p in h.ports
    )


@without_samples
def test_the_samples_are_all_there_and_only_the_one_without_an_address_is_not_read() -> None:
    assert len(FILES) == 24
    assert [p.name for p in FILES if read_nmap_xml(p.read_bytes()).unread] == ["test_osclass.xml"]


def test_the_adapter_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")  # where python-nmap's constructor would look for nmap, and fail
    host = fromstring(DOCUMENT).findall("host")[0]
    assert dissect_host(host)[("tcp", 443)]["product"] == "nginx"


TEXTS = st.text(max_size=12)
VALUES = st.one_of(
    TEXTS, st.sampled_from(["tcp", "udp", "22", "-1", "99999999999999999999", "open", "ipv4", "192.0.2.9", "ssl"])
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Nmap documents whose attributes are anything."""
    raw = DOCUMENT.decode()
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(100, len(raw) - 1))
        at = raw.find('="', start)
        end = raw.find('"', at + 2)
        if at < 0 or end < 0:
            continue
        value = draw(VALUES).translate({ord(c): "" for c in '"<&'})
        raw = raw[: at + 2] + value + raw[end:]
    return raw.encode("utf-8", "replace")


@given(st.one_of(documents(), st.binary(max_size=60)))
def test_reading_is_total(raw: bytes) -> None:
    for subject in (FACILITY, "host:192.0.2.9", "service:x"):
        assert isinstance(read(transcript(handed(raw), subject=subject)).outcome, Outcome)


def test_a_deep_tree_is_no_crash() -> None:
    deep = b"<a>" * 5000 + b"</a>" * 5000
    raw = b'<nmaprun><host><address addr="192.0.2.9" addrtype="ipv4"/>' + deep + b"</host></nmaprun>"
    assert len(read_nmap_xml(raw).unread) == 1
