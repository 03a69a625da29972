"""Asks a web service once for its root page, plain or inside TLS.

Sends: on one connection `GET / HTTP/1.1` with Host, User-Agent, Accept and `Connection: close`, nothing else; inside
TLS the handshake before it (no client certificate). Reads at most 64 KiB. No redirect is followed, no log-in is tried.
Limits: what a page builds by script isn't seen; of scripts only the paths on the same server that they name. Of a
response whose headers are longer than that, only that it is HTTP.
Source: RFC 9110, RFC 9112.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address
from typing import Final

from scanners.http.applies import applies
from scanners.http.masking import mask_response
from scanners.http.parse import MOST_BYTES, parse_response
from scanners.http.reading import read
from scanners.tls.hello import server_names
from scanners.tls.transport import TLS_FAILED, TlsFailedError, TlsTransport
from sekisho.errors import ParseError
from sekisho.gate.wire import ConnectFailed, Job, Stream, Wire
from sekisho.model.facts import HttpAnswer
from sekisho.model.service_facts import HttpBegun
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage

_USER_AGENT: Final = "Sekisho-survey/1 (network survey ordered by this facility)"
_BEGINNING: Final = b"HTTP/"
_USUAL_PORTS: Final = {False: 80, True: 443}


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    names = server_names(job.options)
    is_tls = bool(job.options.get("tls"))
    request = build_request(_host(job, names, is_tls=is_tls))
    try:
        stream = await wire.connect(job.target)
    except ConnectFailed:
        return  # recorded by the wire
    has_enough = False
    try:
        if is_tls:
            has_enough = await _ask_inside_tls(stream, request, names[0] if names else "")
        else:
            has_enough = await _ask_plain(stream, request)
    except TlsFailedError as error:
        wire.note(TLS_FAILED + str(error))
    except ConnectFailed:
        pass  # the peer is gone; recorded by the wire
    finally:
        # What comes beyond the limit would be read and recorded at an orderly close.
        await stream.close(abort=has_enough or stream.ended == "silent")


def build_request(host: str) -> bytes:
    """Build the request; host: name or literal, with the port where it isn't the usual one."""
    return (
        f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {_USER_AGENT}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


def _host(job: Job, names: Sequence[str], *, is_tls: bool) -> str:
    """Give the Host header (RFC 9110 §7.2)."""
    address, port = job.target.address, job.target.port
    literal = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    host = names[0] if names else literal
    return host if port == _USUAL_PORTS[is_tls] else f"{host}:{port}"


async def _ask_plain(stream: Stream, request: bytes) -> bool:
    """Send and receive in clear; True when the peer may still be sending."""
    await stream.send(request)
    received = b""
    while len(received) < MOST_BYTES and not _is_whole(received):
        data = await stream.receive(limit=min(16384, MOST_BYTES - len(received)))
        if not data:
            return False
        received += data
    return not _is_whole(received)


async def _ask_inside_tls(stream: Stream, request: bytes, server_name: str) -> bool:
    """Send and receive inside TLS, recording the masked plain text; True when the peer may still be sending."""
    transport = TlsTransport(stream, server_name)
    return await transport.ask(request, _is_whole, most_bytes=MOST_BYTES, mask=mask_response)


def _is_whole(received: bytes) -> bool:
    """Tell whether there is nothing more to wait for: complete by its own account, or no HTTP at all."""
    if not received.startswith(_BEGINNING[: len(received)]):
        return True
    try:
        return parse_response(received).is_complete
    except ParseError:
        return False


SCANNER: Final = Scanner(
    id="http",
    version=3,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=120,
    yields=(HttpAnswer, HttpBegun),
    run=run,
    read=read,
    applies=applies,
    mask=mask_response,
)
