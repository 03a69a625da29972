"""The filter's program by table, and the kernel running it on real sockets."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable
from ipaddress import ip_address, ip_network

import pytest

from lab.devices.kind import Site
from lab.devices.listening import open_socket
from lab.devices.source_filter import (
    AND_CONSTANT,
    JUMP_EQUAL,
    LOAD_WORD,
    RETURN,
    SKF_NET_OFF,
    SOURCE_OFFSET,
    Instruction,
    program,
)


def accepts(instructions: tuple[Instruction, ...], source: str) -> bool:
    """Run the program on a header that holds nothing but the source address."""
    address = ip_address(source)
    header = bytes(SOURCE_OFFSET[address.version]) + address.packed
    accumulator, at = 0, 0
    while True:
        code, jump_true, jump_false, constant = instructions[at]
        at += 1
        if code == LOAD_WORD:
            offset = constant - 2**32 - SKF_NET_OFF
            accumulator = struct.unpack_from(">I", header, offset)[0]
        elif code == AND_CONSTANT:
            accumulator &= constant
        elif code == JUMP_EQUAL:
            at += jump_true if accumulator == constant else jump_false
        else:
            assert code == RETURN
            return constant > 0


@pytest.mark.parametrize(
    ("sources", "source", "expected"),
    [
        (["192.0.2.0/25"], "192.0.2.1", True),
        (["192.0.2.0/25"], "192.0.2.127", True),
        (["192.0.2.0/25"], "192.0.2.128", False),
        (["192.0.2.9/32"], "192.0.2.9", True),
        (["192.0.2.9/32"], "192.0.2.8", False),
        (["192.0.2.0/25", "198.51.100.0/24"], "198.51.100.77", True),
        (["192.0.2.0/25", "198.51.100.0/24"], "203.0.113.1", False),
        (["0.0.0.0/0"], "203.0.113.1", True),
        ([], "203.0.113.1", False),
        (["2001:db8::/32"], "192.0.2.1", False),
        (["2001:db8:1::/64"], "2001:db8:1::42", True),
        (["2001:db8:1::/64"], "2001:db8:2::42", False),
        (["2001:db8:1::/64"], "2001:db9:1::42", False),
        (["2001:db8::1/128"], "2001:db8::1", True),
        (["2001:db8::1/128"], "2001:db8::2", False),
        (["2001:db8:ffff::/48", "2001:db8::1/128", "2001:db8:7::/49"], "2001:db8:7:7fff::", True),
        (["2001:db8:ffff::/48", "2001:db8::1/128", "2001:db8:7::/49"], "2001:db8:7:8000::", False),
        (["::/0"], "2001:db8::2", True),
    ],
)
def test_program_accepts_exactly_its_sources(sources: list[str], source: str, *, expected: bool) -> None:
    version = ip_address(source).version
    assert accepts(program([ip_network(entry) for entry in sources], version), source) is expected


def test_tcp_listener_ignores_the_syn_of_a_foreign_source(make_site: Callable[..., Site]) -> None:
    site = make_site(sources=("127.9.1.0/24",))
    with open_socket(site), socket.socket() as stranger, socket.socket() as friend:
        for sock, source in ((stranger, "127.9.2.1"), (friend, "127.9.1.1")):
            sock.bind((source, 0))
            sock.setblocking(False)
            sock.connect_ex((site.address, site.port))
        # Loopback delivers at once and in order: when the friend is connected, the stranger's SYN has been dropped.
        _, connected, _ = select.select([], [friend], [], None)
        assert friend.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        assert connected == [friend]
        assert select.select([], [stranger], [], 0)[1] == []


def test_udp_socket_receives_only_from_its_sources(make_site: Callable[..., Site]) -> None:
    site = make_site("udp", sources=("127.9.1.0/24",))
    with (
        open_socket(site) as server,
        socket.socket(type=socket.SOCK_DGRAM) as stranger,
        socket.socket(type=socket.SOCK_DGRAM) as friend,
    ):
        for sock, source in ((stranger, "127.9.2.1"), (friend, "127.9.1.1")):
            sock.bind((source, 0))
            sock.sendto(source.encode(), (site.address, site.port))
        server.setblocking(True)
        assert server.recv(100) == b"127.9.1.1"
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.recv(100)
