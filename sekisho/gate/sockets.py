"""Sockets of the gate: how they are bound, what the kernel says of them, why a connect failed."""

from __future__ import annotations

import errno
import fcntl
import secrets
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sekisho.errors import ProbeError
from sekisho.gate.namespaces import Namespace
from sekisho.model.attempts import Outcome
from sekisho.model.subjects import IPAddress

SOURCE_PORTS: Final = range(61000, 65536)
"""Our own source ports, above the kernel's ephemeral range: a survey is recognised by them (ADR 0008)."""
SWEEP_PORTS: Final = range(61000, 62000)
"""Those of crafted SYNs, which ask a doubtful port a second time on purpose."""
SOCKET_PORTS: Final = range(62000, 65536)
"""Those of sockets, whose SYN the kernel lets out once (`sekisho.gate.rules`)."""

SYN_ONCE_S: Final = 5
"""For so long a 4-tuple belongs to one connection: the kernel repeats its SYN after one second and after three."""
Endpoint = tuple[IPAddress, int]

_TCP_INFO_SEGS_OUT: Final = 136  # offset of tcpi_segs_out in struct tcp_info (linux/tcp.h, since 4.2)
_RESETTABLE: Final = frozenset({1, 3, 4, 5, 8})  # established, SYN received, FIN wait 1 and 2, close wait (tcp.c)
_OVER: Final = frozenset({6, 7, 9})  # time wait, closed, last ACK
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_MSG_ERRQUEUE: Final = 0x2000
_ICMP_V4, _ICMP_V6 = 2, 3  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_UNREACHABLE: Final = frozenset({(_ICMP_V4, 3), (_ICMP_V6, 1)})  # origin, ICMP type "destination unreachable"
_PORT_UNREACHABLE: Final = {4: (3, 3), 6: (1, 4)}  # ICMP type and code by IP version (RFC 792, RFC 4443 3.1)
_FAMILY: Final = {socket.AF_INET: 4, socket.AF_INET6: 6}
_FILTERS: Final = {
    _ICMP_V4: frozenset({2, 3, 9, 10, 13}),  # protocol, port; prohibited: net, host, communication (RFC 1812 5.2.7.1)
    _ICMP_V6: frozenset({1, 4, 5, 6}),  # prohibited, port, policy, reject route (RFC 4443 3.1)
}
_MOST_BINDS: Final = 16
_AFTER_HANDSHAKE: Final = frozenset({errno.ECONNRESET, errno.EPIPE})


class PortBusyError(Exception):
    """The kernel still holds an old connection between our port and the target's; nothing was sent."""


class SourcePorts:
    """Hands out source ports in turn, and none twice towards one endpoint within SYN_ONCE_S.

    A fast pace goes round in a second, and our own rules would then drop the second SYN as a repetition of the first.
    """

    def __init__(self, ports: range, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin anywhere: a resumed run must not meet the 4-tuples of the part that was killed a moment ago."""
        self._ports, self._clock = ports, clock
        self._next = secrets.randbelow(len(ports))
        self._used: dict[tuple[int, Endpoint], float] = {}  # the oldest first

    def take(self, towards: Endpoint | None = None) -> int:
        """Give the next port that is free for an endpoint; each range holds far more than are open at once."""
        now = self._clock()
        while self._used and now - self._used[oldest := next(iter(self._used))] > SYN_ONCE_S:
            del self._used[oldest]
        for _ in self._ports:
            port = self._ports[self._next]
            self._next = (self._next + 1) % len(self._ports)
            if towards is None or (port, towards) not in self._used:
                break
        if towards is not None:
            self._used.pop((port, towards), None)
            self._used[port, towards] = now
        return port


def family_of(address: IPAddress) -> socket.AddressFamily:
    """Give the address family."""
    return socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP version


def source_for(namespace: Namespace, address: IPAddress, stated: Sequence[IPAddress]) -> str:
    """Give the stated source address of a target's family, else what the kernel would use.

    Sends nothing: a UDP connect only looks up the way. Raises: OSError without a way there, or when a stated address
    is not this machine's.
    """
    with namespace.socket(family_of(address), socket.SOCK_DGRAM) as probe:
        for source in stated:
            if source.version == address.version:
                probe.bind((str(source), 0))
        probe.connect((str(address), 9))
        return str(probe.getsockname()[0])


def tcp_socket(namespace: Namespace, address: IPAddress, *, window: int | None) -> socket.socket:
    """Make a TCP socket that reports errors at once.

    window: receive buffer in bytes, so that a chatty peer can't draw more ACKs than were reserved; None: kernel's own.
    """
    family = family_of(address)
    made = namespace.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        report_errors(made)
        if window is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    except OSError:
        made.close()
        raise
    return made


def report_errors(sock: socket.socket) -> None:
    """Ask the kernel for the ICMP errors themselves, see `classify`."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)


def datagram_socket(namespace: Namespace, address: IPAddress) -> socket.socket:
    """Make a UDP socket that reports ICMP errors with who sent them."""
    made = namespace.socket(family_of(address), socket.SOCK_DGRAM)
    report_errors(made)
    return made


def bind_ours(sock: socket.socket, source: str, ports: SourcePorts, towards: Endpoint) -> int:
    """Bind to our source address and the next port of our range that nobody else holds; give the port."""
    for _ in range(_MOST_BINDS):
        port = ports.take(towards)
        try:
            sock.bind((source, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return port
    msg = f"no free source port in {SOURCE_PORTS.start} to {SOURCE_PORTS.stop - 1}"
    raise ProbeError(msg)


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


def _state(sock: socket.socket) -> int:
    """Give the kernel's state of a TCP connection (net/tcp_states.h)."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def can_reset(sock: socket.socket) -> bool:
    """Tell whether closing a socket at once would send a reset: not when both sides have closed already."""
    return _state(sock) in _RESETTABLE


def has_closed(sock: socket.socket) -> bool:
    """Tell whether the peer has closed or reset the connection after, or before, we closed our side."""
    return _state(sock) in _OVER


def unread(sock: socket.socket) -> int:
    """Give how many received bytes wait to be read: closing a socket over them sends a reset."""
    raw = fcntl.ioctl(sock.fileno(), termios.FIONREAD, bytes(4))
    return int.from_bytes(raw, sys.byteorder)


def was_established(error: OSError) -> bool:
    """Tell whether a connect that failed had been established: the peer's kernel accepted, then somebody reset.

    A reset that answers our SYN is ECONNREFUSED; later ones are ECONNRESET, or EPIPE where a FIN came before
    (tcp_reset in Linux' net/ipv4/tcp_input.c, by the state the reset met). An ICMP error is neither.
    """
    return error.errno in _AFTER_HANDSHAKE


def classify(sock: socket.socket, error: OSError) -> Outcome:
    """Say what a failed connect means.

    A TCP stack refuses by RST; an ICMP "port unreachable" or "administratively prohibited" comes from a filter, other
    unreachables mean that nobody is there. What our own machine forbids (EPERM of a local filter) says nothing of the
    target: tool_error.
    """
    by_icmp = _icmp(sock)
    if by_icmp is not None:
        return by_icmp
    match error.errno:
        case errno.ECONNREFUSED:
            return Outcome.REFUSED
        case errno.ETIMEDOUT:
            return Outcome.TIMEOUT
        case errno.EHOSTUNREACH | errno.ENETUNREACH | errno.EHOSTDOWN | errno.ENONET:
            return Outcome.HOST_GONE
        case _:
            return Outcome.TOOL_ERROR


def held_back(error: OSError) -> ProbeError | None:
    """Give the error of a send that this machine's own packet filter dropped; None for every other error.

    It says nothing of the target. An output rule answers EPERM, an egress rule ENOBUFS.
    """
    if error.errno not in {errno.EPERM, errno.ENOBUFS}:
        return None
    return ProbeError("held back by a packet filter of this machine")


def unreachable_means(version: int, code: int) -> Outcome:
    """Say what the code of an ICMP "destination unreachable" means: filtered, or host_gone."""
    origin = _ICMP_V4 if version == 4 else _ICMP_V6  # noqa: PLR2004 - IP version
    return Outcome.FILTERED if code in _FILTERS[origin] else Outcome.HOST_GONE


def classify_datagram(sock: socket.socket, address: IPAddress) -> Outcome:
    """Say what an error after a datagram means.

    A host refuses a port that nobody listens on by ICMP "port unreachable"; the same from somebody else is a filter.
    """
    for kind, code, offender in _errors(sock):
        if (kind, code) == _PORT_UNREACHABLE[address.version] and offender == address.packed:
            return Outcome.REFUSED
        return unreachable_means(address.version, code)
    return Outcome.HOST_GONE


def _icmp(sock: socket.socket) -> Outcome | None:
    """Say what an ICMP error on a connection means; None when none came."""
    return next((unreachable_means(_FAMILY[sock.family], code) for _, code, _ in _errors(sock)), None)


def _errors(sock: socket.socket) -> Iterator[tuple[int, int, bytes]]:
    """Read the socket's error queue: (type, code, address of the sender) of each "destination unreachable".

    The kernel gives a struct sock_extended_err and behind it the sender's sockaddr (ip(7), IP_RECVERR).
    """
    try:
        _, control, _, _ = sock.recvmsg(1, 512, _MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except OSError:
        return
    for _, _, raw in control:
        if len(raw) < 16:  # noqa: PLR2004 - size of struct sock_extended_err
            continue
        _, origin, kind, code = struct.unpack_from("=IBBB", raw)
        if (origin, kind) in _UNREACHABLE:
            sender = raw[20:24] if origin == _ICMP_V4 else raw[24:40]
            yield kind, code, sender
