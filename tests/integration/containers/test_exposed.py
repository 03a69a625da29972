"""What a survey finds of real services that answer one datagram, from the wire to the report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import scanners
from sekisho.model.transcript import EventKind, Transcript
from sekisho.model.udp_facts import IpmiChannel, MdnsAnswer, NatPmp, NtpControl, Pcp, SnmpEngine, SsdpAnswer
from sekisho.registry import discover_scanners
from tests.integration.command import sekisho
from tests.integration.containers.conftest import SCENARIOS, brought_up

pytestmark = pytest.mark.containers
SCANNERS = discover_scanners(scanners)
BOTH = ("198.18.6.", "2001:db8:6::")
MOST_DATAGRAMS = 130  # ADR 0033


@dataclass(frozen=True)
class Surveyed:
    """The report, and every transcript of a UDP scanner by scanner and service."""

    report: dict[str, Any]
    transcripts: dict[tuple[str, str], Transcript]

    def facts(self, kind: type, host: str, scanner: str) -> list[Any]:
        port = SCANNERS[scanner].udp_ports[0]
        reading = SCANNERS[scanner].read(self.transcripts[scanner, f"service:{host}/udp/{port}"])
        return [fact for _, fact in reading.facts if isinstance(fact, kind)]

    def verdict(self, topic: str, host: str, port: int) -> str:
        subject = f"service:{host}/udp/{port}"
        (found,) = [f for f in self.report["findings"] if (f["topic"], f["subject"]) == (topic, subject)]
        return str(found["verdict"])


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveyed]:
    with brought_up(SCENARIOS / "exposed", tmp_path_factory.mktemp("exposed") / "work") as up:
        engagement = up.work / "engagement"
        assert sekisho("survey", engagement, "--close").code == 0
        assert sekisho("report", engagement).code == 0
        kept = [t for t in _transcripts(engagement / "evidence") if SCANNERS[t.scanner].transport == "udp"]
        yield Surveyed(
            json.loads((engagement / "out" / "report.json").read_text(encoding="utf-8")),
            {(t.scanner, t.subject): t for t in kept},
        )


def _transcripts(folder: Path) -> Iterator[Transcript]:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield Transcript.from_bytes(path.read_bytes())


@pytest.mark.parametrize("net", BOTH)
def test_an_internet_gateway_is_told_by_upnp_and_judged(surveyed: Surveyed, net: str) -> None:
    (found,) = surveyed.facts(SsdpAnswer, f"{net}1", "ssdp")
    assert found.is_gateway
    assert "MiniUPnPd" in found.server
    assert surveyed.verdict("service.unneeded", f"{net}1", 1900) == "fail"


@pytest.mark.parametrize(("net", "kinds"), [(BOTH[0], {NatPmp, Pcp}), (BOTH[1], {Pcp})])
def test_a_gateway_that_opens_ports_is_told_by_both_protocols(surveyed: Surveyed, net: str, kinds: set[type]) -> None:
    found = surveyed.facts(object, f"{net}1", "pcp")
    assert {type(fact) for fact in found} & {NatPmp, Pcp} == kinds
    assert surveyed.verdict("service.unneeded", f"{net}1", 5351) == "fail"


@pytest.mark.parametrize("net", BOTH)
@pytest.mark.parametrize(
    ("host", "logins", "anonymous", "verdict"),
    [("2", ("none", "md5"), True, "fail"), ("3", ("md5",), False, "unknown")],
)
def test_a_controllers_log_ins_are_those_configured(
    surveyed: Surveyed, net: str, host: str, logins: tuple[str, ...], anonymous: bool, verdict: str
) -> None:
    (found,) = surveyed.facts(IpmiChannel, f"{net}{host}", "ipmi")
    assert (found.versions, found.logins, found.anonymous) == (("1.5", "2.0"), logins, anonymous)
    assert surveyed.verdict("service.unauthenticated", f"{net}{host}", 623) == verdict
    assert surveyed.verdict("management.exposure", f"{net}{host}", 623) == "fail"
    assert surveyed.verdict("management.clear_text", f"{net}{host}", 623) == "unknown"


@pytest.mark.parametrize("net", BOTH)
def test_announced_services_are_those_configured(surveyed: Surveyed, net: str) -> None:
    assert surveyed.facts(MdnsAnswer, f"{net}4", "mdns") == [MdnsAnswer(("_ipp._tcp", "_smb._tcp"), "nas-2f")]


@pytest.mark.parametrize("net", BOTH)
def test_a_time_server_tells_of_itself_where_it_may(surveyed: Surveyed, net: str) -> None:
    (told,) = surveyed.facts(NtpControl, f"{net}4", "ntp")
    assert told.version.startswith("ntpd ntpsec")
    assert told.received_bytes > 10 * told.sent_bytes
    assert surveyed.facts(NtpControl, f"{net}5", "ntp") == []


@pytest.mark.parametrize("net", BOTH)
@pytest.mark.parametrize("host", ["1", "5"])
def test_an_agent_names_its_engine_to_everybody(surveyed: Surveyed, net: str, host: str) -> None:
    (found,) = surveyed.facts(SnmpEngine, f"{net}{host}", "snmp-v3")
    assert (found.enterprise, found.boots) == (8072, 1)


def test_public_is_tried_where_a_consent_names_it_and_nowhere_else(surveyed: Surveyed) -> None:
    asked = {subject for scanner, subject in surveyed.transcripts if scanner == "snmp-default"}
    assert asked == {f"service:{BOTH[0]}{host}/udp/161" for host in range(1, 6)}
    assert surveyed.verdict("snmp.access", f"{BOTH[0]}1", 161) == "fail"
    assert surveyed.verdict("management.clear_text", f"{BOTH[0]}1", 161) == "fail"
    assert surveyed.verdict("management.clear_text", f"{BOTH[1]}1", 161) == "unknown"
    assert surveyed.verdict("management.clear_text", f"{BOTH[0]}5", 161) == "unknown"


def test_datagrams_stay_within_the_budget(surveyed: Surveyed) -> None:
    sent = Counter[str]()
    for (scanner, subject), transcript in surveyed.transcripts.items():
        datagrams = sum(e.kind is EventKind.DATAGRAM_SENT for e in transcript.events)
        assert datagrams <= SCANNERS[scanner].max_packets
        sent[subject.split("/")[0]] += datagrams
    assert len(sent) == 10
    assert max(sent.values()) <= MOST_DATAGRAMS
