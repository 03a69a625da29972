"""Sockets of the gate: how they are bound, what the kernel says of them, why a connect failed."""

from __future__ import annotations

import errno
import socket
import struct
from typing import Final

from sekisho.gate.namespaces import Namespace
from sekisho.model.attempts import Outcome
from sekisho.model.subjects import IPAddress

SOURCE_PORTS: Final = range(61000, 65536)
"""Our own source ports, above the kernel's ephemeral range: every packet of a survey is recognised by them (ADR 0008)."""

_TCP_INFO_SEGS_OUT: Final = 136  # offset of tcpi_segs_out in struct tcp_info (linux/tcp.h, since 4.2)
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_MSG_ERRQUEUE: Final = 0x2000
_ORIGIN_ICMP: Final = (2, 3)  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_ADMIN_V4: Final = frozenset({9, 10, 13})  # ICMP type 3: administratively prohibited (RFC 1812 5.2.7.1)
_ADMIN_V6: Final = frozenset({1, 5, 6})  # ICMPv6 type 1: prohibited, policy, reject route (RFC 4443 3.1)


class SourcePorts:
    """Hands out source ports in turn."""

    def __init__(self) -> None:
        """Begin at the bottom of the range."""
        self._next = 0

    def take(self) -> int:
        """Give the next port; the range holds 4,536, far more than are open at once."""
        port = SOURCE_PORTS[self._next]
        self._next = (self._next + 1) % len(SOURCE_PORTS)
        return port


def family_of(address: IPAddress) -> socket.AddressFamily:
    """Give the address family."""
    return socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP version


def source_for(namespace: Namespace, address: IPAddress, wanted: IPAddress | None) -> str:
    """Tell the source address the kernel would use towards a target; sends nothing (a UDP connect only looks up)."""
    if wanted is not None and wanted.version == address.version:
        return str(wanted)
    with namespace.socket(family_of(address), socket.SOCK_DGRAM) as probe:
        probe.connect((str(address), 9))
        return str(probe.getsockname()[0])


def tcp_socket(
    namespace: Namespace, address: IPAddress, source: str, port: int, *, window: int | None
) -> socket.socket:
    """Make a TCP socket bound to our source address and port, with errors reported at once.

    window: receive buffer in bytes, so that a chatty peer can't draw more ACKs than were reserved; None: kernel's own.
    """
    family = family_of(address)
    made = namespace.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET:
            made.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        else:
            made.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        if window is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        made.bind((source, port))
    except OSError:
        made.close()
        raise
    return made


def segments_out(sock: socket.socket) -> int:
    """Give how many TCP segments the kernel sent on a socket, its ACKs included; 0 if it can't say."""
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except OSError:
        return 0
    if len(info) < _TCP_INFO_SEGS_OUT + 4:
        return 0
    return int(struct.unpack_from("=I", info, _TCP_INFO_SEGS_OUT)[0])


def quick_ack(sock: socket.socket) -> None:
    """Ask the kernel to acknowledge at once: a delayed ACK would leave after its reservation was settled."""
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    except OSError:
        return


def classify(sock: socket.socket, error: OSError) -> Outcome:
    """Say what a failed connect means.

    An ICMP "administratively prohibited" is a filter; every other unreachable means that nobody is there.
    """
    if error.errno == errno.ECONNREFUSED:
        return Outcome.REFUSED
    if error.errno in {errno.ETIMEDOUT}:
        return Outcome.TIMEOUT
    if error.errno in {errno.EACCES, errno.EPERM}:
        return Outcome.FILTERED
    if error.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENONET, errno.ECONNRESET}:
        return Outcome.FILTERED if _prohibited(sock) else Outcome.HOST_GONE
    return Outcome.TOOL_ERROR


def _prohibited(sock: socket.socket) -> bool:
    """Read the socket's error queue for an ICMP code that a filter sends (struct sock_extended_err)."""
    try:
        _, control, _, _ = sock.recvmsg(1, 512, _MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except OSError:
        return False
    for _, _, raw in control:
        if len(raw) < 16:  # noqa: PLR2004 - size of struct sock_extended_err
            continue
        _, origin, kind, code = struct.unpack_from("=IBBB", raw)
        if origin in _ORIGIN_ICMP:
            admin = _ADMIN_V4 if origin == _ORIGIN_ICMP[0] else _ADMIN_V6
            return (kind, origin) in {(3, 2), (1, 3)} and code in admin
    return False
