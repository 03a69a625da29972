"""Tries to get past the gate: a process in the survey's cgroup and a vantage's namespace, with what is not allowed.

Started as `python -P -m tools.proving.escape NAMESPACE` before the survey, so that it is there at once; one line of
JSON on standard input begins it, one line tells what this machine said to each try. What left, the capture tells.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Final

from lab.drivers.namespace import inside
from tools.proving.capture import TCP, UDP, Kind, Packet

INTERFACE: Final = "eth0"  # of a vantage in a container lab


@dataclass(frozen=True, slots=True)
class Aim:
    """What is tried: a stranger's address, an excluded port of an admitted host, and a MAC address for frames."""

    stranger: str
    admitted: str
    excluded_port: int
    source: str
    mac: str
    receiver: str


class Escaping:
    """A process that waits at a vantage until it is told to try."""

    def __init__(self, namespace: str) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tools.proving.escape", namespace],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        self._read()

    def attempt(self, aim: Aim, cgroup: Path | None) -> dict[str, str]:
        """Let it try, once, as a member of a cgroup; gives try → error name, "" for none."""
        asked = {"aim": {f: getattr(aim, f) for f in Aim.__slots__}, "cgroup": str(cgroup or "")}
        if self._process.stdin is None:
            raise AssertionError
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        found = self._read()
        if not isinstance(found, dict):
            raise TypeError(found)
        return found

    def end(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=20)

    def _read(self) -> object:
        """Read what it says."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            msg = f"the escaping program ended: {self._process.wait()}"
            raise SystemExit(msg)
        return json.loads(line)


def _udp(target: str, port: int, source_port: int) -> None:
    """Send a datagram by a plain socket."""
    with socket.socket(_family(target), socket.SOCK_DGRAM) as plain:
        plain.bind(("", source_port))
        plain.sendto(b"escape", (target, port))


def _tcp(target: str, port: int, source_port: int) -> None:
    """Begin a connection by a plain socket. Whether its SYN left is for the capture to tell: connect() doesn't say."""
    with socket.socket(_family(target), socket.SOCK_STREAM) as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no port is left waiting
        plain.bind(("", source_port))
        plain.settimeout(0.2)
        with contextlib.suppress(TimeoutError, ConnectionRefusedError):
            plain.connect((target, port))


def _family(target: str) -> socket.AddressFamily:
    """Give the address family."""
    return socket.AF_INET if ip_address(target).version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP version


def _frame(kind: int, frame: bytes) -> None:
    """Send a frame past the kernel's IP layer."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind)) as raw:
        raw.bind((INTERFACE, kind))
        raw.send(frame)


def _arp(aim: Aim) -> bytes:
    """Ask who has the stranger's address."""
    ours = bytes.fromhex(aim.mac.replace(":", ""))
    ends = ours + IPv4Address(aim.source).packed + bytes(6) + IPv4Address(aim.stranger).packed
    return b"\xff" * 6 + ours + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + ends


def _datagram(aim: Aim, target: str, source_port: int) -> bytes:
    """Put a UDP packet into a frame, its UDP checksum left out."""
    ours, receiver = (bytes.fromhex(m.replace(":", "")) for m in (aim.mac, aim.receiver))
    ends = IPv4Address(aim.source).packed + IPv4Address(target).packed
    header = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + ends
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    header = header[:10] + struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF) + header[12:]
    return receiver + ours + b"\x08\x00" + header + struct.pack("!HHHH", source_port, 9, 8, 0)


def tries(aim: Aim) -> dict[int, tuple[str, Callable[[], None]]]:
    """Give what is tried, by the source port that shows it on the wire; of ARP, which has none, by 0."""
    to, port = aim.stranger, aim.excluded_port
    return {
        0: ("AF_PACKET: ARP for an address that is not admitted", lambda: _frame(0x0806, _arp(aim))),
        60001: ("plain UDP socket to an address that is not admitted", lambda: _udp(to, 9, 60001)),
        60002: ("plain TCP socket to an address that is not admitted", lambda: _tcp(to, 443, 60002)),
        60003: ("plain UDP socket to an excluded port", lambda: _udp(aim.admitted, port, 60003)),
        60004: ("plain TCP socket to an excluded port", lambda: _tcp(aim.admitted, port, 60004)),
        60005: (
            "AF_PACKET: datagram to an address that is not admitted",
            lambda: _frame(0x0800, _datagram(aim, to, 60005)),
        ),
        60006: (
            "AF_PACKET: datagram to an admitted address",
            lambda: _frame(0x0800, _datagram(aim, aim.admitted, 60006)),
        ),
    }


def seen(aim: Aim, sent: Sequence[Packet]) -> set[int]:
    """Tell which tries are on the wire."""
    found = {p.source_port for p in sent if p.protocol in {TCP, UDP}}
    asked = {0} if any(p.kind is Kind.ASKS and p.target == aim.stranger for p in sent) else set[int]()
    return (found | asked) & set(tries(aim))


def _went(attempt: Callable[[], None]) -> str:
    """Try and tell what this machine said: "" or the error's name."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return ""


@contextmanager
def _member(cgroup: str) -> Iterator[None]:
    """Be in a cgroup for the length of a block, and out of it before the survey wants to remove it."""
    if cgroup:
        Path(cgroup, "cgroup.procs").write_text(str(os.getpid()), "ascii")
    try:
        yield
    finally:
        if cgroup:
            Path(cgroup).parent.joinpath("cgroup.procs").write_text(str(os.getpid()), "ascii")


def main(namespace: str) -> int:
    """Wait for orders."""
    with inside(Path("/run/netns") / namespace):
        print(json.dumps("waiting"), flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            with _member(asked["cgroup"]):
                found = {name: _went(one) for name, one in tries(Aim(**asked["aim"])).values()}
            print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
