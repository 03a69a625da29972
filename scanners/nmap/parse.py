"""Reading nmap's XML report, our own run's or one that somebody handed over. Pure and total.

Written for formats 1.03 to 1.05 (nmap 5 to 7.9); unknown elements and attributes are passed over.
Limits: a name that nmap only looked up by port number (method "table") and `tcpwrapped` identify nothing and give no
ServiceDetected; ports that nmap counts in groups ("extraports") give nothing either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from xml.etree.ElementTree import Element  # for its type; defusedxml parses
from xml.etree.ElementTree import ParseError as XmlError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from scanners.nmap.library import dissect_host
from scanners.ports.parse import subject_address
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus, ServiceDetected
from sekisho.model.observations import Reading
from sekisho.model.subjects import FACILITY, IPAddress, Subject, host, service
from sekisho.model.transcript import EventKind, Transcript

_PORTS: Final = range(1, 65536)
_NUMBER: Final = re.compile(r"[0-9]{1,5}")
_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_STATUS: Final = {"open": PortStatus.OPEN, "closed": PortStatus.CLOSED, "filtered": PortStatus.FILTERED}
_ANSWERED_BY: Final = {
    "arp-response": "arp",
    "nd-response": "nd",
    "echo-reply": "icmp",
    "timestamp-reply": "icmp",
    "addressmask-reply": "icmp",
    "syn-ack": "tcp",
    "reset": "tcp",
    "conn-refused": "tcp",
    "udp-response": "udp",
    "port-unreach": "udp",
}
"""What nmap calls the reasons why a host is up (nmap portreasons.cc); localhost-response and user-set prove nothing."""
_LOOKED_UP: Final = 3  # conf of a name taken from nmap-services by port number; probed names have 8 or 10
_NO_PROTOCOL: Final = frozenset({"", "unknown", "tcpwrapped"})


@dataclass(frozen=True, slots=True)
class NmapPort:
    """One port of a report. confidence: nmap's 0 to 10."""

    transport: str
    port: int
    state: str
    protocol: str
    product: str
    version: str
    extra: str
    tls: bool
    confidence: int


@dataclass(frozen=True, slots=True)
class NmapHost:
    """One host of a report. reason: why nmap holds it for up or down."""

    address: IPAddress
    mac: str | None
    is_up: bool
    reason: str
    ports: tuple[NmapPort, ...]


@dataclass(frozen=True, slots=True)
class NmapReport:
    """One run of nmap. unread: hosts that could not be read, by what was wrong."""

    format_version: str
    arguments: str
    hosts: tuple[NmapHost, ...]
    unread: tuple[str, ...] = ()


def read_nmap_xml(raw: bytes) -> NmapReport:
    """Read a report. Raises: ParseError for what is no nmap XML, is cut off, or declares entities."""
    try:
        root = fromstring(raw)
    except (XmlError, DefusedXmlException, ValueError, LookupError) as error:
        msg = f"nmap XML: {type(error).__name__}: {error}"
        raise ParseError(msg) from error
    if root is None or root.tag != "nmaprun":
        msg = f"nmap XML: got root {getattr(root, 'tag', None)!r}, expected 'nmaprun'"
        raise ParseError(msg)
    hosts: list[NmapHost] = []
    unread: list[str] = []
    for element in root.findall("host"):
        try:
            hosts.append(_host(element))
        except ParseError as error:
            unread.append(str(error))
    return NmapReport(root.get("xmloutputversion", ""), root.get("args", ""), tuple(hosts), tuple(unread))


def facts_of(report: NmapReport, *, source: str, via: str) -> Iterator[tuple[Subject, Fact]]:
    """Give what a report proves. source: nmap | import (ServiceDetected). via: connect | import (PortSeen)."""
    for one in report.hosts:
        if how := _answered_by(one):
            yield host(one.address), HostAnswered(how, one.mac)
        for port in one.ports:
            subject = service(one.address, port.transport, port.port)
            if port.state in _STATUS:
                yield subject, PortSeen(_STATUS[port.state], via)
            if port.state == "open" and port.confidence > _LOOKED_UP and port.protocol not in _NO_PROTOCOL:
                yield (
                    subject,
                    ServiceDetected(
                        source, port.protocol, port.product, port.version, port.extra, port.tls, port.confidence
                    ),
                )


def read(transcript: Transcript) -> Reading:
    """Read a report: all hosts of one handed over (subject facility), the asked host alone of our own run."""
    files = [e.data for e in transcript.events if e.kind is EventKind.FILE]
    if not files:
        notes = "; ".join(transcript.notes())
        return Reading(Outcome.TOOL_ERROR if "command" in notes else Outcome.NOT_TRIED, (), notes)
    try:
        report = read_nmap_xml(files[-1])
    except ParseError as error:
        return Reading(Outcome.PROTOCOL_ERROR, (), str(error))
    if transcript.subject == FACILITY:
        facts = tuple(facts_of(report, source="import", via="import"))
        detail = f"{len(report.unread)} hosts not read: {report.unread[0]}" if report.unread else ""
        return Reading(Outcome.OK, facts, detail)
    address = subject_address(transcript)
    own = tuple(h for h in report.hosts if h.address == address)
    if not own:
        return Reading(Outcome.PROTOCOL_ERROR, (), f"nmap reports nothing on {address}")
    ours = NmapReport(report.format_version, report.arguments, own)
    said = facts_of(ours, source="nmap", via="connect")
    # what it calls open is our relay's port, open whatever the host does: only what the service said counts
    return Reading(Outcome.OK, tuple((s, f) for s, f in said if isinstance(f, ServiceDetected)))


def _host(element: Element) -> NmapHost:
    """Read one <host>. Raises: ParseError when it has no usable address or python-nmap can't read it."""
    addresses = {a.get("addrtype"): a.get("addr", "") for a in element.findall("address")}
    text = addresses.get("ipv4") or addresses.get("ipv6") or ""
    try:
        address = ip_address(text)
    except ValueError:
        msg = f"nmap host: got address {text[:64]!r}, expected IPv4 or IPv6"
        raise ParseError(msg) from None
    mac = (addresses.get("mac") or "").lower()
    status = element.find("status")
    tunnels = _inside_tls(element)
    ports = (_port(key, row, tls=key in tunnels) for key, row in dissect_host(element).items() if key[1] in _PORTS)
    return NmapHost(
        address,
        mac if _MAC.fullmatch(mac) else None,
        is_up=status is not None and status.get("state") == "up",
        reason=status.get("reason", "") if status is not None else "",
        ports=tuple(sorted(ports, key=lambda p: (p.transport, p.port))),
    )


def _port(key: tuple[str, int], row: Mapping[str, str], *, tls: bool) -> NmapPort:
    """Build a port from what python-nmap gives."""
    confidence = row.get("conf", "")
    return NmapPort(
        transport=key[0],
        port=key[1],
        state=row.get("state", ""),
        protocol=row.get("name", ""),
        product=row.get("product", ""),
        version=row.get("version", ""),
        extra=row.get("extrainfo", ""),
        tls=tls,
        confidence=min(int(confidence), 10) if _NUMBER.fullmatch(confidence) else 0,
    )


def _inside_tls(element: Element) -> frozenset[tuple[str, int]]:
    """Give the ports whose service nmap found inside TLS; python-nmap leaves that attribute out."""
    found: set[tuple[str, int]] = set()
    for port in element.findall("ports/port"):
        number = port.get("portid", "")
        if _NUMBER.fullmatch(number) and any(s.get("tunnel") == "ssl" for s in port.findall("service")):
            found.add((port.get("protocol", ""), int(number)))
    return frozenset(found)


def _answered_by(one: NmapHost) -> str:
    """Tell how a host answered, "" when nothing shows that it did."""
    if not one.is_up:
        return ""
    if how := _ANSWERED_BY.get(one.reason):
        return how
    return "tcp" if any(p.transport == "tcp" and p.state in {"open", "closed"} for p in one.ports) else ""
