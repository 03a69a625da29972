"""The raw sockets that crafted SYNs leave by and their answers come in by: one pair per source address, for all rounds.

A raw socket gets a copy of every TCP segment of the machine: one for each host at once would cost hosts times segments.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Protocol

from sekisho.errors import ProbeError
from sekisho.gate.link import frames_of, raw_socket
from sekisho.gate.sockets import family_of, held_back, unreachable_means
from sekisho.model.attempts import Outcome

if TYPE_CHECKING:
    from sekisho.gate.session import Gate

_BUFFER: Final = 1 << 24
_SO_RCVBUFFORCE: Final = 33  # asm-generic/socket.h


class Round(Protocol):
    """What asks many ports of one host from one source port."""

    host: str
    source_port: int

    def answered(self, port: int, status: str, packet: bytes) -> bool:
        """Take a TCP answer (open | closed); False when it is about no port of the round."""
        ...

    def failed(self, port: int, means: Outcome, packet: bytes) -> bool:
        """Take an ICMP error (filtered or host_gone); False when it is about no port of the round."""
        ...

    def account(self) -> None:
        """Record and count what the last look brought."""
        ...


class Listener:
    """The raw sockets of one source address: they send every round's SYNs and hand each answer to its round."""

    def __init__(self, gate: Gate, source: str) -> None:
        """Open the sockets. Raises: ProbeError without the privilege."""
        self.source, self._frames = source, frames_of(gate)
        address = ip_address(source)
        family, self._version = family_of(address), address.version
        icmp = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
        self._rounds: dict[tuple[str, int], Round] = {}
        self._templates: dict[str, bytes] = {}
        self._loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as opened:
            self._tcp = opened.enter_context(raw_socket(gate, family, socket.SOCK_RAW, socket.IPPROTO_TCP))
            self._icmp = opened.enter_context(raw_socket(gate, family, socket.SOCK_RAW, icmp))
            for sock in (self._tcp, self._icmp):
                _deepen(sock)
                sock.bind((source, 0))
                self._loop.add_reader(sock, self.drain)
            opened.pop_all()

    def template(self, host: str) -> bytes:
        """Give a SYN to a host with its ports and its sequence number still 0."""
        if host not in self._templates:
            self._templates[host] = self._frames.build_syn(self.source, 0, host, 0, 0)
        return self._templates[host]

    @property
    def idle(self) -> bool:
        """Tell whether nobody waits for answers."""
        return not self._rounds

    def close(self) -> None:
        """Close the sockets."""
        for sock in (self._tcp, self._icmp):
            self._loop.remove_reader(sock)
            sock.close()

    @contextlib.contextmanager
    def hearing(self, asking: Round) -> Iterator[None]:
        """Hand answers to a round meanwhile."""
        self._rounds[asking.host, asking.source_port] = asking
        try:
            yield
        finally:
            del self._rounds[asking.host, asking.source_port]

    def put(self, segment: bytes, host: str) -> bool:
        """Send one segment; False when it has to wait. Raises: as `send`."""
        try:
            self._tcp.sendto(segment, (host, 0))
        except BlockingIOError:
            return False
        except OSError as error:
            raise _fault(error) from error
        return True

    async def send(self, segment: bytes, host: str) -> None:
        """Send one segment. Raises: ProbeError when our own machine held it back, or has no way out."""
        try:
            await self._loop.sock_sendto(self._tcp, segment, (host, 0))
        except OSError as error:
            raise _fault(error) from error

    def drain(self) -> None:
        """Take everything that has come: answers to one batch must not crowd out those to the next."""
        touched = {*self._take(self._tcp, self._answer), *self._take(self._icmp, self._error)}
        for asking in touched:
            asking.account()

    def _take(self, sock: socket.socket, read: Callable[[bytes, str], Round | None]) -> Iterator[Round]:
        """Read a socket until it is empty; give the rounds that got something."""
        while True:
            try:
                packet, sender = sock.recvfrom(2048)
            except OSError:
                return
            if (asking := read(packet, sender[0])) is not None:
                yield asking

    def _answer(self, packet: bytes, sender: str) -> Round | None:
        """Hand on a TCP segment if it answers a round."""
        at = (packet[0] & 0x0F) * 4 + 2 if self._version == 4 else 2  # noqa: PLR2004 - IP version
        asking = self._rounds.get((sender, int.from_bytes(packet[at : at + 2], "big")))
        if asking is None:
            return None
        answer = self._frames.read_syn_answer(packet, self._version, asking.source_port)
        return asking if answer is not None and asking.answered(*answer, packet) else None

    def _error(self, packet: bytes, _: str) -> Round | None:
        """Hand on an ICMP error if it is about a SYN of a round; any router may have sent it."""
        error = self._frames.read_unreachable(packet, self._version)
        if error is None:
            return None
        target, source_port, port, code = error
        asking = self._rounds.get((target, source_port))
        means = unreachable_means(self._version, code)
        return asking if asking is not None and asking.failed(port, means, packet) else None


def _fault(error: OSError) -> ProbeError:
    """Say why a segment did not leave."""
    return held_back(error) or ProbeError(f"a SYN could not be sent: {error.strerror}")


def _deepen(sock: socket.socket) -> None:
    """Enlarge the receive buffer as far as the rights go; what does not fit is asked again."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
