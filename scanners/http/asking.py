"""One HTTP request on one connection, plain or inside TLS, up to a whole answer; shared by all that ask by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Any, Final

from scanners.http.masking import mask_response
from scanners.http.parse import MOST_BYTES, parse_response
from scanners.tls.hello import server_names
from scanners.tls.transport import TLS_FAILED, TlsFailedError, TlsTransport, TooManyPiecesError
from sekisho.errors import ParseError
from sekisho.gate.wire import ConnectFailed, Job, Stream, Wire
from sekisho.model.services import ServiceView
from sekisho.model.transcript import CUT_OFF

MOST_PACKETS: Final = 120
"""SYN and ACK, a handshake, the request, an acknowledgement of each of 64 KiB' segments, and the close."""
_PIECES: Final = 100
"""Of the peer's: a page of 64 KiB comes in about 50; who drips it is cut off, and half a page is none."""
_USER_AGENT: Final = "Sekisho-survey/1 (network survey ordered by this facility)"
_BEGINNING: Final = b"HTTP/"
_USUAL_PORTS: Final = {False: 80, True: 443}


def tls_option(view: ServiceView) -> dict[str, Any]:
    """Give the option that tells whether to ask inside TLS."""
    return {"tls": view.tls is not None and view.tls.speaks_tls}


def host_of(job: Job) -> str:
    """Give the Host header: a name of the service or its literal, with the port where it isn't the usual one.

    Source: RFC 9110 §7.2.
    """
    address, port = job.target.address, job.target.port
    literal = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    names = server_names(job.options)
    host = names[0] if names else literal
    return host if port == _USUAL_PORTS[bool(job.options.get("tls"))] else f"{host}:{port}"


def build_get(host: str, path: str = "/") -> bytes:
    """Build a GET; host: as `host_of` gives it, path: with its query, ASCII."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {_USER_AGENT}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


def is_whole_response(received: bytes) -> bool:
    """Tell whether there is nothing more to wait for: complete by its own account, or no HTTP at all."""
    if not received.startswith(_BEGINNING[: len(received)]):
        return True
    try:
        return parse_response(received).is_complete
    except ParseError:
        return False


async def ask(job: Job, wire: Wire, request: bytes, is_whole: Callable[[bytes], bool] = is_whole_response) -> None:
    """Connect, shake hands if the job says so, send one request, receive until its answer is whole, close."""
    names = server_names(job.options)
    try:
        stream = await wire.connect(job.target)
    except ConnectFailed:
        return  # recorded by the wire
    has_enough = False
    try:
        if job.options.get("tls"):
            has_enough = await _ask_inside_tls(stream, request, is_whole, names[0] if names else "")
        else:
            has_enough = await _ask_plain(stream, request, is_whole)
    except TooManyPiecesError as error:
        has_enough = True
        wire.note(CUT_OFF + str(error))
    except TlsFailedError as error:
        wire.note(TLS_FAILED + str(error))
    except ConnectFailed:
        pass  # the peer is gone; recorded by the wire
    finally:
        # What comes beyond the limit would be read and recorded at an orderly close.
        await stream.close(abort=has_enough or stream.ended == "silent")


async def _ask_plain(stream: Stream, request: bytes, is_whole: Callable[[bytes], bool]) -> bool:
    """Send and receive in clear; True when the peer may still be sending. Raises: TooManyPiecesError."""
    await stream.send(request)
    received = b""
    for _ in range(_PIECES):
        data = await stream.receive(limit=min(16384, MOST_BYTES - len(received)))
        if not data:
            return False
        received += data
        if (is_done := is_whole(received)) or len(received) >= MOST_BYTES:
            return not is_done
    raise TooManyPiecesError


async def _ask_inside_tls(stream: Stream, request: bytes, is_whole: Callable[[bytes], bool], server_name: str) -> bool:
    """Send and receive inside TLS, recording the masked plain text; True when the peer may still be sending."""
    transport = TlsTransport(stream, server_name, most_pieces=_PIECES)
    return await transport.ask(request, is_whole, most_bytes=MOST_BYTES, mask=mask_response)
