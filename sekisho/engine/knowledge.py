"""What the survey of one host has learned so far; rebuilt from recorded transcripts when a run resumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sekisho.model.facts import FtpFeatures, Greeting, HostAnswered, HttpAnswer, PortSeen, PortStatus, TlsVersions
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.subjects import IPAddress, Subject, endpoint_of, service
from sekisho.model.tiers import Tier


@dataclass(slots=True)
class HostKnowledge:
    """Facts about one host that decide what is asked next."""

    address: IPAddress
    macs: set[str] = field(default_factory=set)
    answered: bool = False
    ports: dict[int, PortStatus] = field(default_factory=dict)
    greetings: dict[Subject, Greeting] = field(default_factory=dict)
    http: dict[Subject, HttpAnswer] = field(default_factory=dict)
    tls: dict[Subject, TlsVersions] = field(default_factory=dict)
    ftp: dict[Subject, FtpFeatures] = field(default_factory=dict)

    def learn(self, reading: Reading) -> None:
        """Take in one reading."""
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
                case HttpAnswer():
                    self.http[subject] = fact
                case FtpFeatures():
                    self.ftp[subject] = fact
                case TlsVersions():
                    self.tls[subject] = fact
                case _:
                    continue

    def _learn_port(self, subject: Subject, status: PortStatus) -> None:
        """Keep a TCP port's status; an open or closed port is an answer of the host."""
        endpoint = endpoint_of(subject)
        if endpoint is None:
            return
        _, transport, port = endpoint
        if status is not PortStatus.FILTERED:
            self.answered = True
        if transport == "tcp":
            self.ports[port] = status

    def open_ports(self) -> tuple[int, ...]:
        """Give the open TCP ports, ascending."""
        return tuple(sorted(p for p, s in self.ports.items() if s is PortStatus.OPEN))

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
            nmap_wanted=bool(settings.get("nmap")),
            settings=settings,
        )
