"""Shared by the lab's tests: the small scenario `corner`, and places to serve devices at."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from lab.devices.authority import Authority, new_authority
from lab.devices.kind import Site

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def corner(tmp_path: Path) -> Path:
    """A copy of the scenario, which a test may change."""
    target = tmp_path / "corner"
    shutil.copytree(FIXTURES / "corner", target)
    return target


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A certificate authority."""
    return new_authority(tmp_path / "keys")


def free_port(address: str, kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that nobody has right now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def make_site(tmp_path: Path, authority: Authority) -> Callable[..., Site]:
    """Sites on loopback addresses."""

    def make(transport: str = "tcp", address: str = "127.9.0.1", sources: tuple[str, ...] | None = None) -> Site:
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        return Site(
            host="device",
            address=address,
            port=free_port(address, kind),
            transport=transport,
            root=tmp_path,
            authority=authority,
            sources=None if sources is None else tuple(ip_network(source) for source in sources),
        )

    return make
