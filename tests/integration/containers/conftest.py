"""Labs in containers, and sockets that stand where their vantages stand."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.drivers.namespace import inside
from tests.integration.command import sekisho

SCENARIOS = Path(__file__).parent / "scenarios"
PATIENCE_S = 1.0
"""How long nothing must come; in the lab an answer takes less than a millisecond."""


@dataclass(frozen=True)
class Spot:
    """A vantage: whatever is opened here belongs to its namespace."""

    namespace: str

    @contextmanager
    def entered(self) -> Iterator[None]:
        with inside(Path("/run/netns") / self.namespace):
            yield

    def connect(self, address: str, port: int, source: str | None = None) -> socket.socket:
        with self.entered():
            bound = (source, 0) if source else None
            return socket.create_connection((address, port), PATIENCE_S, bound)

    def outcome(self, address: str, port: int) -> str:
        try:
            self.connect(address, port).close()
        except TimeoutError:
            return "timeout"
        except ConnectionRefusedError:
            return "refused"
        return "open"

    def ask(self, address: str, port: int, request: bytes) -> bytes:
        """Give the first answer to a TCP request; an empty one waits for the greeting."""
        with self.connect(address, port) as stream:
            stream.settimeout(5)
            if request:
                stream.sendall(request)
            return stream.recv(65536)

    def ask_datagram(self, address: str, port: int, request: bytes) -> bytes:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.entered(), socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.settimeout(5)
            asked.sendto(request, (address, port))
            return asked.recv(65536)

    def listener(self) -> socket.socket:
        """Hear every frame that arrives."""
        with self.entered():
            heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
            heard.bind(("eth0", 0))
        return heard

    def arp(self, address: str) -> str | None:
        """Ask who has an address; None when nobody says so."""
        with self.listener() as wire:
            own = wire.getsockname()[4]
            question = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + own + bytes(4) + bytes(6) + socket.inet_aton(address)
            wire.send(b"\xff" * 6 + own + b"\x08\x06" + question)
            limit = time.monotonic() + PATIENCE_S
            while (left := limit - time.monotonic()) > 0:
                wire.settimeout(left)
                try:
                    frame = wire.recv(2048)
                except TimeoutError:
                    return None
                if (
                    frame[12:14] == b"\x08\x06"
                    and frame[20:22] == b"\0\2"
                    and frame[28:32] == socket.inet_aton(address)
                ):
                    return frame[22:28].hex(":")
            return None


@dataclass(frozen=True)
class Up:
    """A lab that is up."""

    work: Path
    name: str
    told: dict[str, Any]

    def spot(self, vantage: str) -> Spot:
        return Spot(f"{self.name}-{vantage}")


@contextmanager
def brought_up(scenario: Path, work: Path) -> Iterator[Up]:
    """Bring a lab up and down. Nothing is skipped here: who asks for these tests has Docker."""
    begun = sekisho("lab", "up", scenario, "--driver", "container", "--dir", work, "--json")
    assert begun.code == 0, begun.err
    told = begun.json()
    try:
        yield Up(work, told["netns"], told)
    finally:
        assert sekisho("lab", "down", work).code == 0


@pytest.fixture(scope="session")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with brought_up(SCENARIOS / "all-kinds", tmp_path_factory.mktemp("kinds") / "work") as up:
        yield up


@pytest.fixture(scope="session")
def two_segments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with brought_up(SCENARIOS / "two-segments", tmp_path_factory.mktemp("segments") / "work") as up:
        yield up
