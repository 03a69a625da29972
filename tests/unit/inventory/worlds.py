"""Made-up runs for tests: a reader that gives back the facts a test put in, and records built around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Any

from sekisho.inventory.fingerprints import parse_fingerprints
from sekisho.inventory.lifecycle_data import parse_bundle
from sekisho.inventory.management import parse_management
from sekisho.inventory.needs import parse_legacy
from sekisho.inventory.take import Inventory, Knowledge, take_inventory
from sekisho.model import facts
from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.engagement import (
    AccessRow,
    Consent,
    DeclaredDevice,
    DeclaredLine,
    Document,
    Engagement,
    Facility,
    Method,
    Origin,
    RowState,
    ScopeRules,
    Vantage,
)
from sekisho.model.observations import Reading
from sekisho.model.pace import Pace
from sekisho.model.run import RunRecord, VantageUse
from sekisho.model.ssh_facts import SshDirection, SshHostKey, SshOffer
from sekisho.model.subjects import Subject
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Event, EventKind, Transcript
from sekisho.model.vpn_facts import IkeAnswer
from sekisho.registry import Scanner, Stage
from sekisho.scope import Scope

T0 = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
ALL_FACTS = (
    facts.HostAnswered, facts.PortSeen, facts.Greeting, facts.HttpAnswer, facts.TlsVersions, facts.CertificateChain,
    facts.TlsClientAuth, SshOffer, SshHostKey, facts.SnmpSystem, facts.ServiceDetected, IkeAnswer,
)  # fmt: skip
PACE = Pace("lab", Tier.T2, Tier.T3, 50, 25, 10, 10, 1, (100, 500, None), (22, 443), (80, 8080), 0.5, 2.0)
DEVICES, LINES = (
    Document("documents/devices.csv", "devices", "d" * 64),
    Document("documents/lines.csv", "lines", "e" * 64),
)


def pairs(*given: tuple[str, facts.Fact]) -> tuple[tuple[Subject, facts.Fact], ...]:
    return tuple((Subject(s), f) for s, f in given)


def device(number: str = "NW-1", *addresses: str, **cells: Any) -> DeclaredDevice:
    plain: dict[str, Any] = dict.fromkeys(
        ("maker", "model", "category", "category_text", "os", "software", "version", "hostname", "location", "users",
         "note"), "",
    )  # fmt: skip
    plain |= {"macs": (), "registered": None, "state": RowState.IN_USE, "origin": Origin(DEVICES.path, number)}
    return DeclaredDevice(number=number, addresses=tuple(map(ip_address, addresses)), **(plain | cells))


def line(number: str = "L-1", terminal: str = "", *kinds: str, **cells: Any) -> DeclaredLine:
    plain: dict[str, Any] = dict.fromkeys(
        ("line_type", "carrier", "contractor", "counterpart", "purpose", "always_on", "remote_maintenance",
         "source_restriction", "boundary", "owner", "note"), "",
    )  # fmt: skip
    plain |= {"addresses": (), "state": RowState.IN_USE, "origin": Origin(LINES.path, number)}
    return DeclaredLine(number=number, terminal=terminal, kinds=tuple(kinds), **(plain | cells))


def access(to: str, port: str, *vantages: str, sources: Sequence[str] = ()) -> AccessRow:
    return AccessRow((ip_network(to),), (port,), tuple(map(ip_network, sources)), vantages)


def consent(*covers: str, max_tier: Tier = Tier.T3) -> Consent:
    day = date(2026, 1, 1)
    methods = frozenset({Method.ACTIVE})
    return Consent("院長", "hospital", "documents/consent.pdf", "a" * 64, day, date(2027, 1, 1), (),
                   tuple(map(ip_network, covers)), max_tier, methods, "内線")  # fmt: skip


ENGAGEMENT = Engagement(
    facility=Facility("病院", "hospital", "Asia/Tokyo"),
    consents=(consent("192.0.2.0/24", "2001:db8::/64"),),
    scope=ScopeRules(include=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/64"))),
    vantages=(Vantage("management", "management"), Vantage("guest", "guest"), Vantage("external", "external")),
    documents=(DEVICES, LINES),
)


@dataclass
class World:
    """A run in the making; `record()` closes it."""

    engagement: Engagement = ENGAGEMENT
    readings: dict[str, Reading] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    transcripts: dict[str, Transcript] = field(default_factory=dict)
    uses: tuple[VantageUse, ...] = ()
    broken: set[str] = field(default_factory=set)

    def saw(
        self, subject: str, *found: facts.Fact, vantage: str = "management", outcome: Outcome = Outcome.OK,
        scanner: str = "fake", about: Mapping[str, facts.Fact] | None = None, minutes: int = 0,
    ) -> World:  # fmt: skip
        """Add one attempt whose transcript reads as these facts (on its subject, and on others)."""
        given = tuple((Subject(subject), f) for f in found) + pairs(*(about or {}).items())
        key = repr((subject, found, vantage, outcome, scanner, sorted((about or {}).items(), key=repr), minutes))
        evidence = sha256(key.encode()).hexdigest()
        self.readings[evidence] = Reading(outcome, given)
        at = T0 + timedelta(minutes=minutes)
        events = (Event(0, EventKind.CONNECT),)
        self.transcripts[evidence] = Transcript(scanner, 1, Subject(subject), vantage, at, events, {"key": evidence})
        self.attempts.append(Attempt(Subject(subject), vantage, scanner, outcome, at, (evidence,)))
        return self

    def skipped(self, subject: str, outcome: Outcome, *, vantage: str = "management", scanner: str = "fake") -> World:
        """Add an attempt for which nothing was sent."""
        self.attempts.append(Attempt(Subject(subject), vantage, scanner, outcome, T0))
        return self

    def open(self, subject: str, *found: facts.Fact, vantage: str = "management", minutes: int = 0) -> World:
        """Add an open service with facts."""
        seen = facts.PortSeen(facts.PortStatus.OPEN, "connect")
        return self.saw(subject, seen, *found, vantage=vantage, minutes=minutes)

    def alive(self, address: str, mac: str | None = None) -> World:
        """Add a host that answered."""
        return self.saw(f"host:{address}", facts.HostAnswered("arp" if mac else "icmp", mac))

    def scanners(self) -> dict[str, Scanner]:
        """Give the registry: readers that look the facts up."""
        return {name: self._scanner(name) for name in ("fake", "other", "ports", "http")}

    def _scanner(self, name: str) -> Scanner:
        def read(transcript: Transcript) -> Reading:
            key = str(transcript.options["key"])
            if key in self.broken:
                raise RuntimeError("reader bug")
            return self.readings[key]

        async def run(*_: object) -> None:
            raise AssertionError

        return Scanner(name, 1, Stage.EXAMINE, Tier.T1, 1, 10, ALL_FACTS, run, read)

    def record(self) -> RunRecord:
        """Close the run."""
        return RunRecord(
            run="r1", opened_at=T0, closed_at=T0 + timedelta(hours=1), taken_at=T0 + timedelta(hours=1),
            tool_version="0.1.0", chain_head="f" * 64, chain_length=3, engagement=self.engagement,
            intake=self.engagement, intake_sha256="1" * 64, pace=PACE,
            attempts=tuple(self.attempts), transcripts=self.transcripts, vantages=self.uses,
        )  # fmt: skip

    def scope(self) -> Scope:
        return Scope(self.engagement, PACE)

    def inventory(self, knowledge: Knowledge | None = None) -> Inventory:
        """Take the inventory of the run."""
        return take_inventory(self.record(), self.scanners(), knowledge=knowledge or KNOWLEDGE, scope=self.scope())


def world(**changes: Any) -> World:
    """Begin a run with changes to the plain engagement."""
    return World(engagement=replace(ENGAGEMENT, **changes))


FINGERPRINTS = {
    "fingerprint": [
        {"id": "fortios", "field": "http.text", "pattern": r"FortiGate-\w+ v(?P<version>[\d.]+)", "vendor": "Fortinet",
         "product": "FortiOS", "category": "network_device", "role": "firewall", "source": "test", "model": True,
         "example": "FortiGate-60E v6.0.7", "expected": {"version": "6.0.7"}},
        {"id": "portal", "field": "http.title", "pattern": "SSL-VPN", "vendor": "Fortinet", "role": "vpn_portal",
         "category": "network_device", "kinds": ["K4"], "source": "test", "example": "SSL-VPN Portal"},
        {"id": "ike", "field": "ike.vendor", "pattern": "^Fortinet FortiGate$", "vendor": "Fortinet",
         "product": "FortiGate", "category": "network_device", "role": "firewall", "source": "test",
         "example": "Fortinet FortiGate"},
        {"id": "rtx", "field": "greeting", "pattern": r"(?P<product>RTX\d+) Rev\.(?P<version>[\d.]+)",
         "vendor": "Yamaha", "category": "network_device", "role": "router", "source": "test",
         "example": "RTX810 Rev.11.01.21"},
        {"id": "lte", "field": "http.title", "pattern": "LTEルータ", "product": "LTE router",
         "category": "network_device", "role": "lte_router", "kinds": ["K6"], "source": "test",
         "example": "LTEルータ 設定画面", "model": True},
        {"id": "ix", "field": "snmp.sysdescr", "pattern": r"(?P<product>IX\d+).*Version (?P<version>[\d.]+)",
         "vendor": "NEC", "category": "network_device", "role": "router", "source": "test",
         "example": "IX2215 Version 10.7.17,"},
        {"id": "qnap", "field": "http.title", "pattern": "QNAP", "vendor": "QNAP", "product": "QTS", "category": "nas",
         "role": "nas", "source": "test", "example": "QNAP Turbo NAS", "model": True},
        {"id": "idrac", "field": "http.title", "pattern": "iDRAC", "vendor": "Dell", "category": "server",
         "role": "management_controller", "source": "test", "example": "iDRAC9 - Login"},
        {"id": "nginx", "field": "http.server", "pattern": r"nginx(?:/(?P<version>[\d.]+))?", "vendor": "nginx",
         "product": "nginx", "source": "test", "example": "nginx/1.18.0", "expected": {"version": "1.18.0"}},
    ]
}  # fmt: skip
MANAGEMENT = {
    "protocol": [
        {"id": "ssh", "ports": ["tcp/22"], "encrypted": "always"},
        {"id": "telnet", "ports": ["tcp/23"], "encrypted": "never"},
        {"id": "snmp", "ports": ["udp/161"], "encrypted": "version"},
        {"id": "rdp", "ports": ["tcp/3389"], "encrypted": "unseen"},
    ],
    "page": {"encrypted": "tls", "on": ["network", "printer", "nas", ""], "never_roles": ["vpn_portal"],
             "always_roles": ["management_controller"], "model_counts": True, "appliance": ["NAS", "ストレージ"],
             "sign": [{"text": "管理画面"}, {"text": "設定画面"}, {"text": "administration", "whole": True}]},
}  # fmt: skip
LEGACY = {"service": [{"protocol": "telnet"}, {"protocol": "ftp"}, {"protocol": "vnc", "aliases": ["rfb"]}]}
PRODUCTS = {"product": [
    {"id": "fortios", "vendor": "Fortinet", "names": ["FortiOS", "FortiGate"]},
    {"id": "nginx", "vendor": "nginx", "names": ["nginx"]},
    {"id": "ios", "vendor": "Cisco", "names": ["IOS"]},
    {"id": "ios-xe", "vendor": "Cisco", "names": ["IOS XE"]},
]}  # fmt: skip
EOL = {"data_date": date(2026, 8, 22), "cycle": [
    {"product": "fortios", "cycle": "6.0", "eol": date(2022, 9, 29), "latest": "6.0.18"},
    {"product": "fortios", "cycle": "7.4", "eol": date(2028, 5, 11), "latest": "7.4.8"},
    {"product": "nginx", "cycle": "1.30", "latest": "1.30.0"},
    {"product": "ios-xe", "cycle": "17.9", "eol": date(2026, 7, 29)},
]}  # fmt: skip
KEV = {"data_date": date(2025, 8, 25), "kev": [
    {"product": "fortios", "cve": "CVE-2023-27997", "ranges": [{"from": "6.0.0", "to": "6.0.16"}],
     "ranges_complete": True},
    {"product": "nginx", "cve": "CVE-2000-0001"},
]}  # fmt: skip
KNOWLEDGE = Knowledge(
    parse_fingerprints([("test", FINGERPRINTS)]), parse_management(MANAGEMENT), parse_legacy(LEGACY),
    parse_bundle(PRODUCTS, EOL, KEV),
)  # fmt: skip


def page(title: str = "", *, tls: bool = False, text: str = "", server: str = "", **more: Any) -> facts.HttpAnswer:
    plain: dict[str, Any] = {
        "status": 200, "auth": "", "realm": "", "location": "", "has_login_form": False, "headers": (),
        "body_sha256": "b" * 64,
    }  # fmt: skip
    return facts.HttpAnswer(tls=tls, server=server, title=title, text=text, **(plain | more))


def tls(*accepted: str, refused: Sequence[str] = ()) -> facts.TlsVersions:
    untried = set(facts.TLS_VERSIONS_OLDEST_FIRST) - set(accepted) - set(refused)
    return facts.TlsVersions(frozenset(accepted), frozenset(refused), frozenset(untried))


def leaf(digest: str = "c" * 64, *, self_signed: bool = True, subject: str = "CN=x") -> facts.CertificateChain:
    year = timedelta(days=365)
    one = facts.Certificate(
        digest, subject, "CN=ca", "x", ("x.example.jp",), T0 - year, T0 + year, "rsa", 2048, "sha256", self_signed
    )
    return facts.CertificateChain("x.example.jp", (one,))


def ssh(software: str = "OpenSSH_9.6") -> SshOffer:
    both = SshDirection(("aes256-ctr",), ("hmac-sha2-256",), ("none",))
    return SshOffer(f"SSH-2.0-{software}", "2.0", software, ("curve25519-sha256",), ("ssh-ed25519",), both, both)


def snmp(sysdescr: str = "IX2215 Version 10.7.17,", sysname: str = "", version: str = "v2c") -> facts.SnmpSystem:
    return facts.SnmpSystem(version, sysdescr, sysname, "1.3.6.1.4.1.119")


def greeting(protocol: str, text: str = "hello") -> facts.Greeting:
    return facts.Greeting(protocol, text, len(text.encode()))
