"""`ip filter` and `ipv6 filter` of YAMAHA routers → rules. Pure.

Source: YAMAHA RT command reference, "IP packet filter" (secondary: patterns in the data folder yamaha-rtx), read
2026-11-21. Filters bound to an interface are tried in the order in which they are bound; what none matches is dropped.
`restrict` lets through only while a line is connected and drops otherwise, so it may do either.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Final

from sekisho.access import ANY_PORT, Action, Rule, either
from sekisho.errors import ParseError
from sekisho.model.address_sets import ANYBODY, NOBODY, AddressSet, Intervals, of_networks, of_range

_ACTIONS: Final = {"pass": Action.PERMIT, "reject": Action.DENY, "restrict": Action.PERMIT}
_LOGGED: Final = ("-log", "-nolog")
_PROTOCOLS: Final = {
    "icmp": 1, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51, "icmp6": 58, "icmpv6": 58, "ospf": 89,
}  # fmt: skip
_ESTABLISHED_ONLY: Final = frozenset({"established", "tcpfin", "tcprst"})
"""Protocol names that match packets of a connection that stands, or its end; never one that begins."""
_FLAGS: Final = ("tcpsyn", "tcpflag", "icmp-", "icmp6-")
_SERVICES: Final = {
    "ftp": 21, "ftpdata": 20, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "dns": 53, "gopher": 70, "finger": 79,
    "www": 80, "http": 80, "pop3": 110, "sunrpc": 111, "ident": 113, "nntp": 119, "ntp": 123, "msrpc": 135,
    "netbios_ns": 137, "netbios_dgm": 138, "netbios_ssn": 139, "imap": 143, "snmp": 161, "snmptrap": 162, "ldap": 389,
    "https": 443, "isakmp": 500, "submission": 587, "printer": 515, "rip": 520, "route": 520,
}  # fmt: skip


def read_rules(words: Sequence[str], line: int) -> tuple[Rule, ...]:
    """Read what stands behind the number of a filter: action, source, destination, protocol, ports.

    Gives: nothing for a filter that a new connection never meets, `either` for one whose effect depends.
    Raises: ParseError for anything else that can't be read.
    """
    name, *rest = words or ("",)
    for suffix in _LOGGED:
        name = name.removesuffix(suffix)
    if name not in _ACTIONS:
        msg = f"filter action {name!r}: expected pass, reject or restrict"
        raise ParseError(msg)
    source, destination, protocol, source_port, port = (*rest, *["*"] * 5)[:5]
    if rest[5:6] == ["established"] or protocol in _ESTABLISHED_ONLY:
        return ()
    protocols, is_partial = _read_protocols(protocol)
    rule = Rule(
        _ACTIONS[name],
        read_addresses(source),
        read_addresses(destination),
        protocols,
        read_ports(source_port),
        read_ports(port),
        is_conditional=is_partial,
        line=line,
    )
    return either(rule) if name == "restrict" else (rule,)


def read_addresses(text: str) -> AddressSet:
    """Read an address column: `*`, addresses, networks with length or mask, ranges, a list of these.

    Raises: ParseError.
    """
    found = NOBODY
    for part in text.split(","):
        if part == "*":
            return ANYBODY
        found |= _read_part(part)
    return found


def _read_part(text: str) -> AddressSet:
    """Read one entry of an address column; `192.168.1.*` is the old way to write a network."""
    try:
        first, dash, last = text.partition("-")
        if dash:
            return of_range(ip_address(first), ip_address(last))
        if text.endswith(".*"):
            known = [p for p in text.split(".") if p != "*"]
            text = f"{'.'.join(known + ['0'] * (4 - len(known)))}/{8 * len(known)}"
        return of_networks([ip_network(text, strict=False)])
    except ValueError as error:
        msg = f"address {text!r}: expected an address, a network, a range or *"
        raise ParseError(msg) from error


def _read_protocols(text: str) -> tuple[frozenset[int] | None, bool]:
    """Read a protocol column. Gives: numbers or None for all, and whether a flag narrows them further."""
    if text in {"*", "ip"}:
        return None, False
    numbers: set[int] = set()
    is_partial = False
    for part in text.split(","):
        name = part.split("=", 1)[0]
        if name.startswith(_FLAGS):
            numbers.add(6 if name.startswith("tcp") else _PROTOCOLS[name.split("-")[0]])
            is_partial = True
        elif name in _PROTOCOLS:
            numbers.add(_PROTOCOLS[name])
        elif name.isdecimal() and int(name) < 256:  # noqa: PLR2004 - an IP protocol number is one byte
            numbers.add(int(name))
        else:
            msg = f"protocol {part!r}: expected a name or a number"
            raise ParseError(msg)
    return frozenset(numbers), is_partial


def read_ports(text: str) -> Intervals:
    """Read a port column: `*`, names, numbers, ranges, a list of these. Raises: ParseError."""
    if text == "*":
        return ANY_PORT
    intervals: list[tuple[int, int]] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = _port(first, 0) if first or not dash else 0
        intervals.append((low, _port(last, 65535) if dash else low))
    return tuple(sorted(intervals))


def _port(text: str, empty: int) -> int:
    """Read a port by number or name; an open end of a range is its limit."""
    if not text:
        return empty
    number = int(text) if text.isdecimal() else _SERVICES.get(text, -1)
    if 0 <= number <= 65535:  # noqa: PLR2004 - the last port
        return number
    msg = f"port {text!r}: expected a number or a name"
    raise ParseError(msg)
