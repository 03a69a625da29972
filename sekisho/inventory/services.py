"""Open ports: what answered where, and which protocol it proved to speak."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sekisho.inventory.index import Index
from sekisho.inventory.products import Recognised
from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.control import Try
from sekisho.model.facts import (
    CertificateChain,
    Greeting,
    HttpAnswer,
    PortSeen,
    PortStatus,
    ServiceDetected,
    TlsVersions,
)
from sekisho.model.observations import Observation
from sekisho.model.protocols import PROVEN
from sekisho.model.report import BY_PORT
from sekisho.model.service_facts import HttpBegun, LdapRoot
from sekisho.model.subjects import IPAddress, Subject, endpoint_of
from sekisho.model.vpn_facts import Sstp

UNKNOWN: Final = "unknown"
_SAID_NOTHING: Final = frozenset({"", "unknown", "silent"})
_ANYDESK, _ANYDESK_NAME = "anydesk", "AnyDesk Client"
_SURE: Final = 8
"""nmap gives confidence 10 to what it probed and 3 to a look-up by port (nmap.dtd, service/@conf)."""
_NMAP_NAMES: Final = {
    "ms-wbt-server": "rdp", "microsoft-ds": "smb", "netbios-ssn": "netbios", "domain": "dns", "ssl": "tls",
    "vnc-http": "http", "http-proxy": "http", "acr-nema": "dicom", "printer": "lpd",
}  # fmt: skip
PORT_HABITS: Final[Mapping[tuple[str, int], str]] = {
    ("tcp", port): name
    for name, ports in {
        "ftp": (21,), "ssh": (22,), "telnet": (23,), "smtp": (25, 587), "dns": (53,), "http": (80, 8080),
        "pop3": (110,), "netbios": (139,), "imap": (143,), "https": (443, 4433, 8443, 10443), "smb": (445,),
        "lpd": (515,), "ipp": (631,),
        "ldaps": (636, 3269), "imaps": (993,), "pop3s": (995,), "smtps": (465,), "ftps": (990,), "ldap": (389,),
        "mssql": (1433,), "oracle": (1521,), "pptp": (1723,), "mysql": (3306,), "rdp": (3389,),
        "postgresql": (5432,), "vnc": (5900,), "redis": (6379,),
        "memcached": (11211,), "mongodb": (27017,), "zookeeper": (2181,), "cassandra": (9042,),
        "elasticsearch": (9200,), "couchdb": (5984,), "influxdb": (8086,), "docker": (2375,), "etcd": (2379,),
        "kubernetes": (6443,),
        "winbox": (8291,), "anydesk": (6568, 7070), "teamviewer": (5938,), "rustdesk": (21118,), "splashtop": (6783,),
        "radmin": (4899,), "dameware": (6129,), "jetdirect": (9100,), "dicom": (104, 11112, 2761, 2762), "hl7": (2575,),
    }.items()
    for port in ports
} | {
    ("udp", port): name
    for port, name in {
        53: "dns", 123: "ntp", 161: "snmp", 500: "ike", 623: "ipmi", 1194: "openvpn", 1701: "l2tp", 1900: "upnp",
        4500: "ike", 5351: "pcp", 5353: "mdns",
    }.items()
}  # fmt: skip
"""Usual protocol of a port (IANA service names, domain notes E1). Shown with "(port)": a number identifies nothing."""
_IN_VAIN: Final = frozenset({Outcome.TIMEOUT, Outcome.REFUSED, Outcome.FILTERED, Outcome.HOST_GONE})
"""Outcomes without an answer of the service. Which of the last two, or none, an asker gets to see of one and the same
filter hangs on its router's rate of ICMP errors, so they count alike: as silence. A refusal is the device's own."""

_ANSWERED: Final = frozenset({Outcome.OK, Outcome.PROTOCOL_ERROR, Outcome.AUTH_FAILED})
"""Outcomes with an answer of the service."""


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """One open port.

    protocol: what it proved to speak, "" if it was not identified. tls: it completed a TLS handshake. open_from,
    silent_from: vantages at which it answered, or was tried in vain. tries: all of these with their times, in order.
    hits: fingerprints that matched, not empty only if they did. evidence: of everything observed at it.
    """

    subject: Subject
    address: IPAddress
    transport: str
    port: int
    protocol: str
    tls: bool
    open_from: tuple[str, ...]
    silent_from: tuple[str, ...]
    tries: tuple[Try, ...]
    hits: tuple[Recognised, ...]
    evidence: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Name for people: the protocol, else the port's usual one marked as such, else `unknown`."""
        habit = PORT_HABITS.get((self.transport, self.port))
        return self.protocol or (f"{habit}{BY_PORT}" if habit else UNKNOWN)

    @property
    def judged(self) -> str:
        """Name for checks: the protocol or `unknown`, never a guess."""
        return self.protocol or UNKNOWN


def services(
    index: Index, hits: Mapping[Subject, tuple[Recognised, ...]], attempts: Iterable[Attempt]
) -> tuple[ServiceSeen, ...]:
    """Give every port that was open at one vantage at least, sorted by address and port."""
    tried: dict[Subject, set[Try]] = defaultdict(set)
    for attempt in _in_vain(attempts):
        refused = attempt.outcome is Outcome.REFUSED
        tried[attempt.subject].add(Try(attempt.vantage, attempt.at, answered=False, refused=refused))
    groups: dict[Subject, list[Observation[object]]] = defaultdict(list)
    for seen in index.all:
        if endpoint_of(seen.subject) is not None:
            groups[seen.subject].append(seen)
    found = (_service(s, seen, hits.get(s, ()), tried[s]) for s, seen in groups.items())
    return tuple(
        sorted((s for s in found if s), key=lambda s: (s.address.version, int(s.address), s.transport, s.port))
    )


def _in_vain(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Give the attempts on services that brought no answer, and that mean something.

    Where several scanners ask one UDP port, the silence to one that nobody ever got an answer to says nothing of a
    service that answered another: an agent that speaks SNMP version 2c alone is silent to version 3 while it is up.
    """
    made = [a for a in attempts if a.evidence]
    answered: dict[Subject, set[str]] = defaultdict(set)
    for attempt in made:
        if attempt.outcome in _ANSWERED:
            answered[attempt.subject].add(attempt.scanner)
    return [
        a for a in made
        if a.outcome in _IN_VAIN
        and (a.scanner in answered[a.subject] or not answered[a.subject] or not _is_udp(a.subject))
    ]  # fmt: skip


def _is_udp(subject: Subject) -> bool:
    """Tell whether a subject is a UDP service."""
    endpoint = endpoint_of(subject)
    return endpoint is not None and endpoint[1] == "udp"


def _service(
    subject: Subject, seen: list[Observation[object]], hits: tuple[Recognised, ...], in_vain: set[Try]
) -> ServiceSeen | None:
    """Make one service of its observations; None when it was open nowhere."""
    endpoint = endpoint_of(subject)
    answers = {Try(o.vantage, o.taken_at, answered=True) for o in seen if _shows_open(o.value)}
    if endpoint is None or not answers:
        return None
    shut = ((o, o.value.status) for o in seen if isinstance(o.value, PortSeen))
    silences = in_vain | {
        Try(o.vantage, o.taken_at, answered=False, refused=status is PortStatus.CLOSED)
        for o, status in shut
        if status is not PortStatus.OPEN
    }
    open_from = {t.vantage for t in answers}
    address, transport, port = endpoint
    return ServiceSeen(
        subject, address, transport, port, protocol_of([o.value for o in seen]),
        tls=any(isinstance(o.value, TlsVersions) and o.value.speaks_tls for o in seen),
        open_from=tuple(sorted(open_from)),
        silent_from=tuple(sorted({t.vantage for t in silences} - open_from)),
        tries=tuple(sorted(answers | silences, key=lambda t: (t.at, t.vantage, t.answered, t.refused))),
        hits=hits,
        evidence=tuple(sorted({e for o in seen for e in o.evidence})),
    )  # fmt: skip


def _shows_open(fact: object) -> bool:
    """Tell whether a fact shows that something accepted us at a port."""
    match fact:
        case PortSeen(status=status):
            return status is PortStatus.OPEN
        case Greeting(raw_bytes=count):
            return count > 0
        case TlsVersions(accepted=accepted):
            return bool(accepted)
        case _:
            return isinstance(fact, (HttpAnswer, HttpBegun, *PROVEN))


def protocol_of(facts: Iterable[object]) -> str:
    """Name the protocol that facts prove; "" when nothing was identified."""
    known = list(facts)
    tls = any(isinstance(f, TlsVersions) and f.speaks_tls for f in known)
    http = [f for f in known if isinstance(f, (HttpAnswer, HttpBegun))]
    if any(f.tls for f in http):
        return PROVEN[Sstp] if any(isinstance(f, Sstp) for f in known) else "https"
    if any(isinstance(f, LdapRoot) and f.tls for f in known):
        return "ldaps"
    greetings = {f.protocol for f in known if isinstance(f, Greeting)} - _SAID_NOTHING
    kinds = {type(f) for f in known}
    named = (
        *(name for kind, name in PROVEN.items() if kind in kinds),
        min(greetings, default="").lower(),
        _ANYDESK if any(_is_anydesk(f) for f in known) else "",
        "http" if http and not tls else "",
        _detected(known, tls=tls),
        "https" if http else "tls" if tls else "",
    )
    return next((n for n in named if n), "")


def _is_anydesk(fact: object) -> bool:
    """Tell whether a fact is the certificate that every AnyDesk makes for itself, under one and the same name."""
    return isinstance(fact, CertificateChain) and bool(fact.chain) and fact.chain[0].common_name == _ANYDESK_NAME


def _detected(known: list[object], *, tls: bool) -> str:
    """Give what service detection probed, in our words; a mere look-up by port does not count."""
    found = sorted(
        (f for f in known if isinstance(f, ServiceDetected) and f.confidence >= _SURE),
        key=lambda f: (-f.confidence, repr(f)),
    )
    for fact in found:
        name = fact.protocol.lower()
        if name in _SAID_NOTHING or name == "tcpwrapped":
            continue
        name = _NMAP_NAMES.get(name, name)
        return "https" if name == "http" and (tls or fact.tls) else name
    return ""
