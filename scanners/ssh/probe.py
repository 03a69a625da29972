"""Which algorithms an SSH server offers, and with which host keys it identifies itself.

Sends: per kind of host key the server offers 1 TCP connection, 7 at most, one after another. On each: our banner
    ("SSH-2.0-Sekisho_1"), then, once the server's algorithm list (KEXINIT) has come, 1 KEXINIT that names one host key
    algorithm and repeats the server's own ciphers, and 1 message that opens a key exchange (30: an X25519, ECDH,
    Diffie-Hellman or post-quantum hybrid public value; where there is nothing but group exchange, 34 to ask for a group
    and 32 with a public value of it). The server answers with its host key; there we close in order.
    No NEWKEYS, no user name, no password, no log-in attempt; to the server it is a client that changed its mind.
    To an SSH 1.5 server: the connection alone. 112 packets at most in all.
    OpenSSH 9.8 and later note clients that leave before logging in (PerSourcePenalties, default 1 s each) and act from
    15 s on: 7 connections stay far below that (sshd_config(5)).
Limits: a server with nothing but GSS or RSA key exchange shows its lists, not its host key.
    A server that waits for our KEXINIT before it sends its own counts as silent (none is known).
"""

from __future__ import annotations

import asyncio
import os
from typing import Final

from scanners.ssh.exchange import (
    GROUP_EXCHANGE,
    MSG_GEX_GROUP,
    MSG_GEX_REPLY,
    MSG_KEXDH_REPLY,
    build_exchange_init,
    build_group_init,
    common_method,
)
from scanners.ssh.hostkey import one_per_key
from scanners.ssh.kexinit import COOKIE_BYTES, MSG_KEXINIT, KexInit, build_kexinit, parse_kexinit
from scanners.ssh.packets import build_packet
from scanners.ssh.parse import is_over, message, parse_banner, read
from sekisho.errors import ParseError
from sekisho.gate.wire import Job, Stream, Wire
from sekisho.model.services import ServiceView
from sekisho.model.ssh_facts import SshHostKey, SshOffer
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage

OUR_BANNER: Final = b"SSH-2.0-Sekisho_1\r\n"
MOST_CONNECTIONS: Final = 7
"""One for each kind of host key that there is (`hostkey.one_per_key`); a usual server has three."""
CONVERSE_S: Final = 10.0
"""Time for one connection: old routers need several seconds for one Diffie-Hellman step. A tarpit ends with it."""
_MOST_BYTES: Final = 65536
_READS: Final = 8  # chunks at most of one connection, so that a dripping server draws no more packets than declared


class _Server:
    """One connection's incoming stream, within one limit of time, size and number of pieces."""

    def __init__(self, stream: Stream) -> None:
        """Start the clock."""
        self._stream, self._heard = stream, b""
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + CONVERSE_S
        self._reads_left = _READS

    async def greets_for_ssh2(self) -> bool:
        """Wait for the banner; True if SSH 2 can be spoken."""
        while (banner := parse_banner(self._heard)) is None:
            if not await self._more():
                return False
        return banner.speaks_ssh2

    async def message(self, number: int) -> bytes | None:
        """Wait for a message; None when the server ends, stays silent or says something else for too long."""
        while (found := message(self._heard, number)) is None:
            if is_over(self._heard) or not await self._more():
                return None
        return found

    async def _more(self) -> bool:
        """Read once more; False when there is nothing to come."""
        left_s = self._deadline - self._loop.time()
        if left_s <= 0 or not self._reads_left or len(self._heard) >= _MOST_BYTES:
            return False
        self._reads_left -= 1
        chunk = await self._stream.receive(timeout_s=left_s)
        self._heard += chunk
        return bool(chunk)


async def run(job: Job, wire: Wire) -> None:
    """Read the offer and the first host key, then one more host key per connection."""
    offer = await _look(job, wire, None)
    if offer is None or common_method(offer.kex) is None:
        return
    for algorithm in one_per_key(offer.host_keys)[1:MOST_CONNECTIONS]:
        await _look(job, wire, algorithm)


async def _look(job: Job, wire: Wire, algorithm: str | None) -> KexInit | None:
    """Have one connection: the server's lists, then the host key of one algorithm (None: the first it offers)."""
    stream = await wire.connect(job.target)
    try:
        server = _Server(stream)
        if not await server.greets_for_ssh2():
            return None
        await stream.send(OUR_BANNER)
        offer = _lists(await server.message(MSG_KEXINIT))
        if offer is None:
            return None
        opening = _opening(offer, algorithm)
        if opening is None:
            wire.note(f"host key not read: no common method among {','.join(offer.kex)} / {','.join(offer.host_keys)}")
            return offer
        await stream.send(opening)
        if common_method(offer.kex) not in GROUP_EXCHANGE:
            await server.message(MSG_KEXDH_REPLY)
        elif init := _group_init(await server.message(MSG_GEX_GROUP)):
            await stream.send(init)
            await server.message(MSG_GEX_REPLY)
        return offer
    finally:
        await stream.close()


def _lists(payload: bytes | None) -> KexInit | None:
    """Read the server's KEXINIT; what can't be read is left to `read`, which says so."""
    try:
        return None if payload is None else parse_kexinit(payload)
    except ParseError:
        return None


def _group_init(group: bytes | None) -> bytes | None:
    """Answer the group that the server chose; None where none came that can be used."""
    try:
        return None if group is None else build_packet(build_group_init(group))
    except ParseError:
        return None


def _opening(offer: KexInit, algorithm: str | None) -> bytes | None:
    """Give our KEXINIT and the first message of the exchange; None where nothing is in common.

    Ciphers, MACs and compressions are the server's own: there must be a common one, and none is ever used.
    """
    method = common_method(offer.kex)
    wanted = algorithm or next(iter(one_per_key(offer.host_keys)), None)
    if method is None or wanted is None:
        return None
    ours = KexInit(
        (method,), (wanted,), offer.ciphers_to_server, offer.ciphers_to_client, offer.macs_to_server,
        offer.macs_to_client, offer.compressions_to_server, offer.compressions_to_client,
    )  # fmt: skip
    return build_packet(build_kexinit(ours, os.urandom(COOKIE_BYTES))) + build_packet(build_exchange_init(method))


def applies(view: ServiceView) -> bool:
    """Tell whether the service greeted as SSH."""
    is_ssh = view.greeting is not None and view.greeting.protocol == "ssh"
    return is_ssh and view.transport == "tcp" and view.tier >= Tier.T2


SCANNER = Scanner(
    id="ssh",
    version=3,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=MOST_CONNECTIONS,
    max_packets=112,
    yields=(SshOffer, SshHostKey),
    run=run,
    read=read,
    applies=applies,
)
