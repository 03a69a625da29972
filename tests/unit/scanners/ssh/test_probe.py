"""The probe against asyncssh servers, modern and old, and against peers that misbehave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from scanners.ssh.probe import OUR_BANNER, SCANNER
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.ssh_facts import SshHostKey, SshOffer
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from tests.unit.scanners.fakes import FakeWire, Loopback, Peer, Scripted, Unreachable, job
from tests.unit.scanners.ports.real_gate import real_gate, through_gate
from tests.unit.scanners.ssh.test_parse import BANNER, DISCONNECT, KEXINIT

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

MARKERS = ("ext-info-s", "kex-strict-s-v00@openssh.com")
OLD = {
    "kex_algs": ["diffie-hellman-group1-sha1", "diffie-hellman-group-exchange-sha1"],
    "encryption_algs": ["3des-cbc", "aes128-cbc", "arcfour"],
    "mac_algs": ["hmac-md5", "hmac-sha1-96"],
    "compression_algs": ["none"],
}
MODERN = {
    "kex_algs": ["curve25519-sha256", "ecdh-sha2-nistp256"],
    "encryption_algs": ["chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr"],
    "mac_algs": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512"],
    "compression_algs": ["none"],
}


def key(algorithm: str, size: int = 0) -> asyncssh.SSHKey:
    if size:
        return asyncssh.generate_private_key(algorithm, key_size=size)
    return asyncssh.generate_private_key(algorithm)


@asynccontextmanager
async def serving(keys: list[asyncssh.SSHKey], options: dict[str, Any]) -> AsyncIterator[int]:
    server = await asyncssh.create_server(
        asyncssh.SSHServer, "127.0.0.1", 0, server_host_keys=keys, config=None, **options
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


async def look(peer: Peer, port: int = 22) -> tuple[Reading, FakeWire]:
    wire = FakeWire(job("ssh", port), peer)
    await SCANNER.run(wire.job, wire)
    return SCANNER.read(wire.transcript()), wire


def facts(reading: Reading) -> tuple[SshOffer, list[SshHostKey]]:
    offer, *keys = [f for _, f in reading.facts]
    assert isinstance(offer, SshOffer)
    return offer, [k for k in keys if isinstance(k, SshHostKey)]


@pytest.mark.parametrize("options", [OLD, MODERN])
async def test_the_lists_are_the_servers_own(options: dict[str, Any]) -> None:
    async with serving([key("ssh-ed25519")], options) as port:
        reading, _ = await look(Loopback(), port)
    offer, _ = facts(reading)
    assert [k for k in offer.kex if k not in MARKERS] == options["kex_algs"]
    assert list(offer.ciphers) == options["encryption_algs"]
    assert list(offer.macs) == options["mac_algs"]
    assert list(offer.to_client.compressions) == options["compression_algs"]
    assert offer.host_keys == ("ssh-ed25519",)
    assert (offer.protocol, offer.software) == ("2.0", f"AsyncSSH_{asyncssh.__version__}")


async def test_every_kind_of_host_key_is_read_in_a_connection_of_its_own() -> None:
    keys = [
        key("ssh-rsa", 1024),
        key("ssh-dss"),
        key("ecdsa-sha2-nistp256"),
        key("ssh-ed25519"),
        key("ecdsa-sha2-nistp384"),
        key("ecdsa-sha2-nistp521"),
        key("ssh-ed448"),
    ]
    async with serving(keys, OLD) as port:
        reading, wire = await look(Loopback(), port)
    offer, found = facts(reading)
    assert wire.connects == SCANNER.max_connections == len(keys)
    assert {"SHA256:" + k.sha256 for k in found} == {k.get_fingerprint() for k in keys}
    assert offer.rsa_bits == 1024


@pytest.mark.parametrize(
    "method",
    [
        "curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
        "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
        "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1", "mlkem768x25519-sha256",
        "diffie-hellman-group-exchange-sha256", "diffie-hellman-group-exchange-sha1",
    ],
)  # fmt: skip
async def test_each_method_brings_the_host_key(method: str) -> None:
    one = key("ssh-ed25519")
    async with serving([one], {"kex_algs": [method]}) as port:
        reading, _ = await look(Loopback(), port)
    assert ["SHA256:" + k.sha256 for k in facts(reading)[1]] == [one.get_fingerprint()]


async def test_a_method_we_do_not_know_is_noted_and_the_offer_stands() -> None:
    async with serving([key("ssh-ed25519")], {"kex_algs": ["rsa2048-sha256"]}) as port:
        reading, wire = await look(Loopback(), port)
    offer, keys = facts(reading)
    assert offer.kex[0] == "rsa2048-sha256"
    assert (keys, wire.connects) == ([], 1)
    assert "host key not read" in reading.detail


async def test_it_never_goes_past_the_exchange() -> None:
    async with serving([key("ssh-ed25519")], MODERN) as port:
        _, wire = await look(Loopback(), port)
    banner, opening = [e.data for e in wire.transcript().events if e.kind is EventKind.SENT]
    assert banner == OUR_BANNER
    kexinit_length = int.from_bytes(opening[:4], "big")
    assert (opening[5], opening[4 + kexinit_length + 5]) == (20, 30)  # KEXINIT and KEX_INIT, no third packet
    assert len(opening) == 8 + kexinit_length + int.from_bytes(opening[4 + kexinit_length :][:4], "big")


@pytest.mark.parametrize(
    ("peer", "outcome", "sends"),
    [
        (Scripted(then="silent"), Outcome.TIMEOUT, 0),
        (Scripted(b"220 ftp\r\n"), Outcome.PROTOCOL_ERROR, 0),
        (Scripted(b"SSH-1.5-Cisco-1.25\n"), Outcome.OK, 0),
        (Scripted(BANNER, DISCONNECT), Outcome.PROTOCOL_ERROR, 1),
        (Scripted(BANNER, b"\xff" * 40, then="silent"), Outcome.PROTOCOL_ERROR, 1),
        (Scripted(BANNER, KEXINIT), Outcome.OK, 1),
    ],
)
async def test_odd_peers(peer: Scripted, outcome: Outcome, sends: int) -> None:
    reading, _ = await look(peer)
    assert (reading.outcome, len(peer.sent)) == (outcome, sends)


async def test_a_flood_of_lines_before_the_banner_ends_at_the_limit() -> None:
    class Chatter(Scripted):
        reads = 0

        async def receive(self, limit: int) -> bytes:
            self.reads += 1
            return b"x" * 1022 + b"\r\n" if self.reads < 1000 else b""

    peer = Chatter()
    reading, _ = await look(peer)
    assert reading.outcome is Outcome.PROTOCOL_ERROR
    assert peer.sent == []


async def test_a_second_connection_that_fails_leaves_the_first_ones_facts() -> None:
    keys = [key("ssh-ed25519"), key("ssh-rsa", 2048)]
    async with serving(keys, MODERN) as port:
        wire = FakeWire(job("ssh", port), Loopback(), Unreachable(Outcome.REFUSED))
        with pytest.raises(ConnectFailed):
            await SCANNER.run(wire.job, wire)
    assert len(SCANNER.read(wire.transcript()).facts) == 2


def test_it_applies_to_what_greeted_as_ssh() -> None:
    address = ip_address("192.0.2.9")
    ssh, ftp = Greeting("ssh", "SSH-2.0-x", 11), Greeting("ftp", "220", 5)
    assert SCANNER.applies(ServiceView(address, "tcp", 2222, Tier.T2, greeting=ssh))
    assert not SCANNER.applies(ServiceView(address, "tcp", 22, Tier.T1, greeting=ssh))
    assert not SCANNER.applies(ServiceView(address, "tcp", 22, Tier.T2, greeting=ftp))
    assert not SCANNER.applies(ServiceView(address, "tcp", 22, Tier.T2))


async def test_it_costs_no_more_packets_than_declared(tmp_path: Path) -> None:
    gate, _ = real_gate(tmp_path)
    names = ["ssh-dss", *(f"ecdsa-sha2-nistp{n}" for n in (256, 384, 521)), "ssh-ed25519", "ssh-ed448"]
    keys = [key("ssh-rsa", 1024), *(key(name) for name in names)]
    async with serving(keys, {"kex_algs": ["diffie-hellman-group-exchange-sha256"]}) as port:
        _, reading = await through_gate(SCANNER, job("ssh", port), gate)
    assert len(facts(reading)[1]) == len(keys)
    assert gate.pacer.spent("127.0.0.1") <= SCANNER.max_packets


async def test_a_server_that_bans_us_is_no_greeting_and_no_fault_of_the_protocol() -> None:
    wire = FakeWire(job("ssh", 22), Scripted(b"Not allowed at this time\r\n"))
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    assert reading == Reading(Outcome.HOST_GONE, (), "shut out: the service says 'Not allowed at this time'")
