"""Synthetic slow TLS server: a real handshake, of which every byte comes by itself, with a pause before the next."""

from __future__ import annotations

import asyncio
import ssl

from pydantic import Field

from lab.devices.kind import Kind, Running, Site
from lab.devices.listening import READ_BYTES, serve_streams
from lab.devices.tls.openssl_engine import build_context
from lab.devices.tls.params import TlsParams


class SlowDripTlsParams(TlsParams):
    """How slowly, beside what a TLS server accepts and shows."""

    interval_s: float = Field(0.2, ge=0, examples=[1.0], description="pause between two writes")
    step: int = Field(1, ge=1, examples=[16], description="bytes per write")


async def serve(params: SlowDripTlsParams, site: Site) -> Running:
    """Listen at `site`.

    Raises: ValueError for versions or suites that OpenSSL doesn't serve.
    """
    if params.engine() != "openssl":
        raise ValueError("expected versions and suites that OpenSSL serves")
    context = build_context(params, site)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Shake hands slowly, then listen and say nothing."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_side=True)
        while chunk := await reader.read(READ_BYTES):
            incoming.write(chunk)
            is_over = _go_on(session)
            await _drip(writer, outgoing.read(), params)
            if is_over:
                return

    return await serve_streams(site, talk)


def _go_on(session: ssl.SSLObject) -> bool:
    """Take in what came; True when the client's messages have made the connection useless."""
    try:
        session.do_handshake()
        session.read(READ_BYTES)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True
    return False


async def _drip(writer: asyncio.StreamWriter, flight: bytes, params: SlowDripTlsParams) -> None:
    """Send a flight in small pieces."""
    for at in range(0, len(flight), params.step):
        writer.write(flight[at : at + params.step])
        await writer.drain()
        await asyncio.sleep(params.interval_s)


KIND = Kind(name="slow_drip_tls", params=SlowDripTlsParams, transports=("tcp",), serve=serve)
