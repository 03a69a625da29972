"""What the survey of one host has learned so far; rebuilt from recorded transcripts when a run resumes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sekisho.model.artefacts import ALL_OPEN, ALL_OPEN_FROM
from sekisho.model.attempts import Outcome
from sekisho.model.database_facts import MysqlHandshake, PostgresqlAnswer
from sekisho.model.facts import (
    Fact,
    FtpFeatures,
    Greeting,
    HostAnswered,
    HttpAnswer,
    PortSeen,
    PortStatus,
    TlsVersions,
)
from sekisho.model.observations import Reading
from sekisho.model.protocols import PROVEN
from sekisho.model.service_facts import LdapRoot
from sekisho.model.services import ServiceView
from sekisho.model.subjects import IPAddress, Subject, service
from sekisho.model.tiers import Tier
from sekisho.model.windows_facts import RdpSecurity


@dataclass(slots=True)
class HostKnowledge:
    """Facts about one host that decide what is asked next."""

    address: IPAddress
    macs: set[str] = field(default_factory=set)
    answered: bool = False
    ports: dict[int, PortStatus] = field(default_factory=dict)
    udp_open: set[int] = field(default_factory=set)
    greetings: dict[Subject, Greeting] = field(default_factory=dict)
    http: dict[Subject, HttpAnswer] = field(default_factory=dict)
    tls: dict[Subject, TlsVersions] = field(default_factory=dict)
    ftp: dict[Subject, FtpFeatures] = field(default_factory=dict)
    protocols: dict[Subject, str] = field(default_factory=dict)
    without_tls: set[Subject] = field(default_factory=set)
    all_open: bool = False

    def learn(self, reading: Reading) -> None:
        """Take in one reading."""
        self.all_open = self.all_open or (reading.outcome, reading.detail) == (Outcome.MIDDLEBOX, ALL_OPEN)
        for subject, fact in reading.facts:
            match fact:
                case HostAnswered(mac=mac):
                    self.answered = True
                    if mac:
                        self.macs.add(mac)
                case PortSeen(status=status):
                    self._learn_port(subject, status)
                case Greeting():
                    self.greetings[subject] = fact
                case HttpAnswer(path="/"):
                    self.http[subject] = fact
                case FtpFeatures():
                    self.ftp[subject] = fact
                case TlsVersions():
                    self.tls[subject] = fact
                case _ if type(fact) in PROVEN:
                    self._learn_protocol(subject, fact)
                case _:
                    continue

    def _learn_protocol(self, subject: Subject, fact: Fact) -> None:
        """Keep what a service proved to speak, and whether it is to be left alone with TLS."""
        self.protocols[subject] = PROVEN[type(fact)]
        match fact:
            case (
                PostgresqlAnswer(offers_tls=False)
                | LdapRoot(offers_tls=False)
                | MysqlHandshake(offers_tls=False)
                | MysqlHandshake(blocks_early=True)
                | RdpSecurity(negotiates=False)
            ):
                self.without_tls.add(subject)
            case _:
                self.without_tls.discard(subject)

    def _learn_port(self, subject: Subject, status: PortStatus) -> None:
        """Keep a TCP port's status, and which UDP ports answered; an open or closed port is an answer of the host."""
        kind, _, rest = subject.partition(":")
        if kind != "service":
            return
        _, transport, port = rest.split("/")  # whose address it is, is known
        if status is not PortStatus.FILTERED:
            self.answered = True
        if transport == "tcp":
            self.ports[int(port)] = status
        elif status is PortStatus.OPEN:
            self.udp_open.add(int(port))

    def open_ports(self) -> tuple[int, ...]:
        """Give the open TCP ports, ascending."""
        return tuple(sorted(p for p, s in self.ports.items() if s is PortStatus.OPEN))

    def is_answered_for(self) -> bool:
        """Tell whether something accepts every connection in the host's place: many ports asked, none closed."""
        if any(status is not PortStatus.OPEN for status in self.ports.values()):
            return False
        return self.all_open or len(self.ports) >= ALL_OPEN_FROM

    def view(
        self, transport: str, port: int, *, tier: Tier, category: str, settings: Mapping[str, object]
    ) -> ServiceView:
        """Give one service as scanners see it."""
        subject = service(self.address, transport, port)
        return ServiceView(
            address=self.address,
            transport=transport,
            port=port,
            tier=tier,
            category=category,
            greeting=self.greetings.get(subject),
            http=self.http.get(subject),
            tls=self.tls.get(subject),
            ftp=self.ftp.get(subject),
            protocol=self.protocols.get(subject, ""),
            declines_tls=subject in self.without_tls,
            nmap_wanted=bool(settings.get("nmap")),
            settings=settings,
        )


@dataclass(slots=True)
class DeviceKnowledge:
    """What a device showed at any of its addresses; the register joins them, or a MAC that two of them showed."""

    _open: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _macs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def learn(self, device: str, known: HostKnowledge) -> None:
        """Take over what one address showed; device: the name that its addresses share."""
        self._macs[device].update(known.macs)
        if known.is_answered_for():
            return  # those ports are somebody else's
        for name in (device, *known.macs):
            self._open[name].update(known.open_ports())

    def macs(self, device: str, known: HostKnowledge) -> frozenset[str]:
        """Give the MACs that the address showed, or another one of its device: behind a router none shows."""
        return frozenset(known.macs | self._macs.get(device, set()))

    def open_ports(self, device: str, known: HostKnowledge) -> frozenset[int]:
        """Give the TCP ports that are open at the address or at another one of its device."""
        names = [n for n in (device, *self.macs(device, known)) if n in self._open]
        return frozenset(known.open_ports()).union(*(self._open[n] for n in names))

    def turn(self, device: str) -> asyncio.Lock:
        """Give the turn of a device: its addresses are surveyed one after the other, each knowing the one before."""
        return self._turns[device]
