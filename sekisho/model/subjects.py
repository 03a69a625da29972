"""Subjects: the stable names of what a claim is about (facility, host, service, point)."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NewType

IPAddress = IPv4Address | IPv6Address
"""Address of either family; printed in RFC 5952 form by str()."""

Subject = NewType("Subject", str)
"""`facility`, `host:ADDR`, `service:ADDR/tcp|udp/PORT`, `point:ADDR/KIND` or `point:@管理番号`."""

FACILITY: Final = Subject("facility")


@lru_cache(maxsize=1 << 16)
def _text(address: IPAddress) -> str:
    """Print an address; a host with a thousand ports is printed once."""
    return str(address)


def host(address: IPAddress) -> Subject:
    """Name a device by one of its addresses."""
    return Subject(f"host:{address}")


def service(address: IPAddress, transport: str, port: int) -> Subject:
    """Name one transport and port of a device; transport is `tcp` or `udp`."""
    return Subject(f"service:{_text(address)}/{transport}/{port}")


def point(address: IPAddress, kind: str) -> Subject:
    """Name a connection point seen at an address; kind is K1 to K18."""
    return Subject(f"point:{address}/{kind}")


def declared_point(number: str) -> Subject:
    """Name a connection point that only the line register knows, by its 管理番号."""
    return Subject(f"point:@{number}")


@lru_cache(maxsize=1 << 17)  # an assessment asks for the same few subjects over and over
def address_of(subject: Subject) -> IPAddress | None:
    """Give the address inside a subject, None for the facility and for register-only points."""
    _, _, rest = subject.partition(":")
    text = rest.split("/", 1)[0]
    if not text or text.startswith("@"):
        return None
    return ip_address(text)


@lru_cache(maxsize=1 << 16)
def _address(text: str) -> IPAddress:
    """Read an address; a host with a thousand ports is read once."""
    return ip_address(text)


@lru_cache(maxsize=1 << 17)
def endpoint_of(subject: Subject) -> tuple[IPAddress, str, int] | None:
    """Give (address, transport, port) of a service subject, None for every other kind."""
    kind, _, rest = subject.partition(":")
    if kind != "service":
        return None
    address, transport, port = rest.split("/")
    return _address(address), transport, int(port)


def plain(subject: Subject) -> str:
    """Write a subject for people who have no report at hand: `192.0.2.1`, `192.0.2.1 TCP 443`."""
    end = endpoint_of(subject)
    return subject.partition(":")[2] or subject if end is None else f"{end[0]} {end[1].upper()} {end[2]}"
