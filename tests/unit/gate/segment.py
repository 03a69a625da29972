"""A private segment for tests: two network namespaces joined by a cable, servers on one end, us on the other."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest

from sekisho.gate.namespaces import Namespace
from sekisho.model.subjects import IPAddress

OURS_V4, PEER_V4 = ip_address("192.0.2.1"), ip_address("192.0.2.2")
OURS_V6, PEER_V6 = ip_address("2001:db8::1"), ip_address("2001:db8::2")
OUR_MAC, PEER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
BEHIND = ip_address("198.51.100.2")  # reached through the peer
_OUTGOING = 4  # PACKET_OUTGOING
_ALL = 3  # ETH_P_ALL
_TIMESTAMP = 35  # SO_TIMESTAMPNS
_NEIGHBOUR_DISCOVERY = range(133, 138)  # of ICMPv6, with the solicitations of routers

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def why_not() -> str:
    """Say what keeps a segment from being made; "" if nothing does."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    missing = [tool for tool in ("ip", "nft", "unshare", "nsenter") if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    made = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    return "" if made.returncode == 0 else f"unshare: {made.stderr.strip()}"


@dataclass(frozen=True)
class Segment:
    """Two namespaces, `ours` and `peer`, each held by a sleeping process: nothing is mounted, nothing is named."""

    ours: int
    peer: int

    def inside(self, holder: int) -> Namespace:
        return Namespace(Path(f"/proc/{holder}/ns/net"))

    @property
    def namespace(self) -> Namespace:
        return self.inside(self.ours)

    def run(self, holder: int, *command: str, text: str = "") -> None:
        """Run a program in a namespace."""
        enter = ["nsenter", f"--net=/proc/{holder}/ns/net", *command]
        subprocess.run(enter, input=text, text=True, check=True, capture_output=True)

    def read(self, holder: int, *command: str) -> str:
        """Run a program in a namespace; give what it prints."""
        enter = ["nsenter", f"--net=/proc/{holder}/ns/net", *command]
        return subprocess.run(enter, text=True, check=True, capture_output=True).stdout

    def wait_until_up(self, holder: int) -> None:
        """Wait for the cable: an IPv6 address does not answer before the kernel has noticed its carrier."""
        for _ in range(100):
            addresses = self.read(holder, "ip", "-o", "-6", "addr", "show", "dev", "cable0")
            cable = self.read(holder, "ip", "-o", "link", "show", "cable0")
            if "state UP" in cable and "inet6" in addresses and "tentative" not in addresses:
                return
            time.sleep(0.05)
        pytest.fail("the segment of the test did not come up")

    @contextmanager
    def rules(self, text: str, *, holder: int = 0) -> Iterator[None]:
        """Load nftables rules in the peer (or another namespace) for the length of a block."""
        where = holder or self.peer
        self.run(where, "nft", "-f", "-", text=f"table inet test {{\n{text}\n}}\n")
        try:
            yield
        finally:
            self.run(where, "nft", "delete", "table", "inet", "test")

    @asynccontextmanager
    async def server(self, behaviour: Behaviour, *, address: IPAddress = PEER_V4) -> AsyncIterator[int]:
        """Serve on a free port of the peer; gives the port."""
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        listening = self.inside(self.peer).socket(family, socket.SOCK_STREAM)
        listening.bind((str(address), 0))
        server = await asyncio.start_server(behaviour, sock=listening)
        try:
            yield listening.getsockname()[1]
        finally:
            server.close()

    @contextmanager
    def datagram_peer(self, *, address: IPAddress = PEER_V4) -> Iterator[socket.socket]:
        """Give a UDP socket of the peer."""
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        with self.inside(self.peer).socket(family, socket.SOCK_DGRAM) as made:
            made.bind((str(address), 0))
            yield made

    @contextmanager
    def capture(self) -> Iterator[Capture]:
        """Record every frame on our end of the cable."""
        with self.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL)) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
            sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
            sock.bind(("cable0", _ALL))
            yield Capture(sock)


@dataclass(frozen=True)
class Packet:
    """One packet that left us: to whom, which protocol (6 TCP, 17 UDP, 1 and 58 ICMP, 0 ARP), TCP flags, ports."""

    to: IPAddress
    protocol: int
    flags: int = 0
    source_port: int = 0
    port: int = 0
    at: float = 0.0


@dataclass
class Capture:
    """Frames on our end of the cable."""

    sock: socket.socket

    def sent(self) -> list[Packet]:
        """Give what left us so far, neighbour discovery left out."""
        return list(self._drained())

    def _drained(self) -> Iterator[Packet]:
        while True:
            try:
                frame, control, _, (_, _, kind, _, _) = self.sock.recvmsg(65535, 64)
            except BlockingIOError:
                return
            if kind == _OUTGOING and (packet := _read(frame)) is not None:
                seconds, nanoseconds = struct.unpack("=qq", control[0][2])
                yield replace(packet, at=seconds + nanoseconds / 1e9)


def _read(frame: bytes) -> Packet | None:
    ether, body = struct.unpack_from("!H", frame, 12)[0], frame[14:]
    if ether == 0x0806:
        return Packet(IPv4Address(body[24:28]), 0)
    if ether == 0x0800:
        to: IPAddress = IPv4Address(body[16:20])
        protocol, rest = body[9], body[(body[0] & 15) * 4 :]
    elif ether == 0x86DD:
        to = IPv6Address(body[24:40])
        protocol, rest = body[6], body[40:]
    else:
        return None
    if protocol in {6, 17}:
        source, port = struct.unpack_from("!HH", rest)
        return Packet(to, protocol, rest[13] if protocol == 6 else 0, source, port)
    if protocol in {1, 58} and rest[0] not in _NEIGHBOUR_DISCOVERY:
        return Packet(to, protocol)
    return None


def hold_namespace() -> subprocess.Popen[bytes]:
    """Start a process that does nothing in a network namespace of its own."""
    held = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep 3600"], stdout=subprocess.PIPE)
    assert held.stdout is not None
    held.stdout.readline()
    return held


@contextmanager
def make_segment() -> Iterator[Segment]:
    """Build the segment and take it away again."""
    holders = [hold_namespace(), hold_namespace()]
    made = Segment(holders[0].pid, holders[1].pid)
    try:
        cable = "link add cable0 type veth peer name cable0 netns"
        made.run(made.ours, "ip", *cable.split(), str(made.peer))
        made.run(made.ours, "ip", "link", "set", "cable0", "address", OUR_MAC)
        made.run(made.peer, "ip", "link", "set", "cable0", "address", PEER_MAC)
        for holder, v4, v6 in ((made.ours, OURS_V4, OURS_V6), (made.peer, PEER_V4, PEER_V6)):
            made.run(holder, "ip", "link", "set", "lo", "up")
            made.run(holder, "ip", "addr", "add", f"{v4}/24", "dev", "cable0")
            made.run(holder, "ip", "addr", "add", f"{v6}/64", "dev", "cable0", "nodad")
            made.run(holder, "ip", "link", "set", "cable0", "up")
        for holder, neighbours in ((made.ours, (PEER_V4, PEER_V6)), (made.peer, (OURS_V4, OURS_V6))):
            for known in neighbours:  # so that the kernel itself asks for nobody while we count
                mac = PEER_MAC if holder == made.ours else OUR_MAC
                made.run(holder, "ip", "neigh", "replace", str(known), "lladdr", mac, "dev", "cable0")
        made.run(made.peer, "ip", "addr", "add", f"{BEHIND}/32", "dev", "lo")
        for limit in ("net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"):
            for end in (made.ours, made.peer):
                made.run(end, "sysctl", "-w", f"{limit}=0")
        made.run(made.ours, "ip", "route", "add", "198.51.100.0/24", "via", str(PEER_V4))
        for holder in (made.ours, made.peer):
            made.wait_until_up(holder)
        yield made
    finally:
        for held in holders:
            held.kill()
            held.communicate()
