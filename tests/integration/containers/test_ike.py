"""What a survey finds of real strongSwan responders is what they are configured with, from the wire to the report."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanners.ike.offers import OFFERED_1
from scanners.ike.probe import SCANNER
from sekisho.model.transcript import EventKind, Transcript
from sekisho.model.vpn_facts import IkeAnswer
from tests.integration.command import sekisho
from tests.integration.containers.conftest import SCENARIOS, brought_up

pytestmark = pytest.mark.containers
SCENARIO = SCENARIOS / "ike"
CONFIGURED = {h["name"]: h for h in tomllib.loads((SCENARIO / "scenario.toml").read_text("utf-8"))["host"]}
RESPONDERS = [name for name, h in CONFIGURED.items() if h["service"][0]["kind"] == "strongswan"]
CIPHERS = {"3des": "3des", "aes128": "aes-cbc-128", "aes256": "aes-cbc-256", "aes256gcm16": "aes-gcm-16-256"}
FAMILIES = ("ipv4", "ipv6")


@dataclass(frozen=True)
class Surveyed:
    """The report, and every transcript of the ike scanner by service."""

    report: dict[str, Any]
    transcripts: dict[str, Transcript]
    namespace: str

    def facts(self, name: str, family: str, port: int = 500) -> dict[str, IkeAnswer]:
        subject = f"service:{CONFIGURED[name]['legs'][0][family]}/udp/{port}"
        reading = SCANNER.read(self.transcripts[subject])
        return {f.exchange: f for _, f in reading.facts if isinstance(f, IkeAnswer)}

    def verdict(self, name: str, topic: str) -> str:
        subject = f"point:{CONFIGURED[name]['legs'][0]['ipv4']}/K3"
        (found,) = [f for f in self.report["findings"] if (f["topic"], f["subject"]) == (topic, subject)]
        return str(found["verdict"])


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveyed]:
    with brought_up(SCENARIO, tmp_path_factory.mktemp("ike") / "work") as up:
        engagement = up.work / "engagement"
        assert sekisho("survey", engagement, "--close").code == 0
        assert sekisho("report", engagement).code == 0
        yield Surveyed(
            json.loads((engagement / "out" / "report.json").read_text(encoding="utf-8")),
            {t.subject: t for t in _transcripts(engagement / "evidence") if t.scanner == SCANNER.id},
            f"{up.name}-management",
        )


def _transcripts(folder: Path) -> Iterator[Transcript]:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield Transcript.from_bytes(path.read_bytes())


def suites(name: str) -> list[tuple[str, str, str]]:
    """Give the configured suites as (cipher, hash, group)."""
    found = []
    for text in CONFIGURED[name]["service"][0]["params"]["ike"]:
        cipher, digest, group = text.split("-")
        found.append((CIPHERS[cipher], digest.removeprefix("prf"), group.replace("curve25519", "x25519")))
    return found


def speaks(name: str, version: str) -> bool:
    return version in CONFIGURED[name]["service"][0]["params"]["versions"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", [n for n in RESPONDERS if speaks(n, "ikev2")])
def test_all_that_version_2_is_configured_with_is_found(surveyed: Surveyed, name: str, family: str) -> None:
    found, configured = surveyed.facts(name, family)["init"], suites(name)
    assert set(found.encryption) == {cipher for cipher, _, _ in configured}
    assert set(found.groups) == {group for _, _, group in configured}
    assert set(found.prf) == {digest for _, digest, _ in configured}
    assert set(found.integrity) == {digest for cipher, digest, _ in configured if "gcm" not in cipher}
    assert (found.complete, found.nat_traversal, found.fragmentation) == (True, True, True)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", [n for n in RESPONDERS if speaks(n, "ikev1")])
def test_all_that_version_1_is_configured_with_is_found(surveyed: Surveyed, name: str, family: str) -> None:
    found, configured = surveyed.facts(name, family)["main"], suites(name)
    assert set(found.encryption) == {cipher for cipher, _, _ in configured}
    assert set(found.integrity) == {digest for _, digest, _ in configured}
    assert set(found.groups) == {group for _, _, group in configured}
    assert "psk" in found.auth
    assert "RFC 3947 NAT traversal" in found.vendors


@pytest.mark.parametrize("name", RESPONDERS)
def test_a_version_that_is_not_configured_takes_nothing(surveyed: Surveyed, name: str) -> None:
    for version, exchange in (("ikev1", "main"), ("ikev2", "init")):
        if not speaks(name, version):
            found = surveyed.facts(name, "ipv4")[exchange]
            assert (found.accepted, found.encryption) == (False, ())


@pytest.mark.parametrize("name", RESPONDERS)
def test_aggressive_mode_is_told_where_it_is_configured(surveyed: Surveyed, name: str) -> None:
    found = surveyed.facts(name, "ipv4")["aggressive"]
    params = CONFIGURED[name]["service"][0]["params"]
    assert found.accepted == params.get("aggressive", False)
    sizes = {"sha1": 20, "sha256": 32}
    assert found.hash_bytes == (sizes[found.integrity[0]] if found.accepted else 0)


def test_no_proof_of_a_key_is_kept(surveyed: Surveyed) -> None:
    """A hash payload stands in the evidence as stars alone: its kind and length, nothing else."""
    starred = 0
    for transcript in surveyed.transcripts.values():
        for event in transcript.events:
            if event.kind is EventKind.DATAGRAM_RECEIVED and event.data[18:19] == b"\x04":
                assert re.search(rb"\*{20}", event.data)
                starred += 1
                assert transcript.masked == ("peer",)
    assert starred == 4, "two responders, by IPv4 and IPv6"


def test_each_port_is_a_service_and_each_device_a_point(surveyed: Surveyed) -> None:
    expected = {
        f"service:{CONFIGURED[n]['legs'][0][family]}/udp/{port}": "ike"
        for n in RESPONDERS for family in FAMILIES for port in (500, 4500)
    }  # fmt: skip
    asked = [s for s in surveyed.report["services"] if s["transport"] == "udp" and s["port"] in {500, 4500}]
    assert {s["id"]: s["protocol"] for s in asked} == expected
    points = surveyed.report["connection_points"]
    assert {(tuple(p["kinds"]), p["observed"], p["declared"]) for p in points} == {(("K3",), True, False)}
    # the two addresses of a host are one device where both showed its MAC, which a host just up may not do at once
    at = sorted(address for p in points for address in p["addresses"])
    assert at == sorted(CONFIGURED[n]["legs"][0][family] for n in RESPONDERS for family in FAMILIES)


@pytest.mark.parametrize("name", RESPONDERS)
def test_weak_algorithms_are_told_and_nothing_passes_from_outside(surveyed: Surveyed, name: str) -> None:
    weak = any(c == "3des" or d == "md5" or g in {"modp1024", "modp1536"} for c, d, g in suites(name))
    assert surveyed.verdict(name, "vpn.crypto") == ("fail" if weak else "unknown")
    assert surveyed.verdict(name, "vpn.auth") == "unknown"


def test_a_device_without_a_tunnel_is_asked_and_nothing_is_made_of_it(surveyed: Surveyed) -> None:
    address = CONFIGURED["closed"]["legs"][0]["ipv4"]
    tries = {
        a["subject"]: a["outcome"] for a in surveyed.report["attempts"] if a["subject"].endswith(("/500", "/4500"))
    }
    assert tries[f"service:{address}/udp/500"] == "refused"
    assert tries[f"service:{address}/udp/4500"] == "refused"


def test_datagrams_stay_below_what_is_announced(surveyed: Surveyed) -> None:
    sent = {
        subject: sum(e.kind is EventKind.DATAGRAM_SENT for e in t.events) for subject, t in surveyed.transcripts.items()
    }
    assert max(sent.values()) <= SCANNER.max_packets
    assert {s: n for s, n in sent.items() if s.endswith("/4500") and n > 4} == {}
    assert [n for s, n in sent.items() if s.split(":", 1)[1].startswith("198.18.5.1/") and s.endswith("/500")] == [12]


ENCRYPTIONS = {"3DES": "3des", "DES": "des", "AES": "aes-cbc"}


def by_ike_scan(surveyed: Surveyed, address: str, *mode: str) -> dict[str, str]:
    """Ask with ike-scan once, and give what it says of the chosen suite."""
    command = ("ip", "netns", "exec", surveyed.namespace, "ike-scan", "--retry=1", "--sport=0", *mode, address)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    chosen = re.search(r"SA=\((.*?)\)", told)
    return dict(re.findall(r"(\w+)=([^ ]+)", chosen[1])) if chosen else {}


@pytest.mark.skipif(shutil.which("ike-scan") is None, reason="needs ike-scan")
@pytest.mark.parametrize(("name", "mode"), [("v1-main", "main"), ("v1-aggressive", "aggressive")])
def test_ike_scan_finds_nothing_that_was_not_found(surveyed: Surveyed, name: str, mode: str) -> None:
    """Its usual question in one datagram, once for each host: strongSwan takes no sixth exchange for half a minute."""
    given = ("--aggressive", "--id=sekisho.invalid", "--dhgroup=2") if mode == "aggressive" else ()
    theirs = by_ike_scan(surveyed, CONFIGURED[name]["legs"][0]["ipv4"], *given)
    ours = surveyed.facts(name, "ipv4")[mode]
    assert ENCRYPTIONS[theirs["Enc"]] in {c.removesuffix(f"-{theirs.get('KeyLength')}") for c in ours.encryption}
    assert theirs["Hash"].lower() in ours.integrity
    assert theirs["Group"].partition(":")[2] in ours.groups
    assert theirs["Auth"].lower() in ours.auth


@pytest.mark.parametrize("name", [n for n in RESPONDERS if speaks(n, "ikev1")])
def test_a_suite_costs_fewer_datagrams_than_one_question_each(surveyed: Surveyed, name: str) -> None:
    """Version 2, main and aggressive mode in a fifth of what a question for each suite of main mode would take."""
    subject = f"service:{CONFIGURED[name]['legs'][0]['ipv4']}/udp/500"
    sent = sum(e.kind is EventKind.DATAGRAM_SENT for e in surveyed.transcripts[subject].events)
    assert sent <= len(OFFERED_1) / 5
    assert surveyed.facts(name, "ipv4")["main"].complete or len(surveyed.facts(name, "ipv4")["main"].suites) >= 2
