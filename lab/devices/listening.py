"""Opens listening sockets on a service's literal address, and serves streams on them."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import cast

from lab.devices.kind import Site
from lab.devices.source_filter import attach

IDLE_S = 300.0
"""A client that says nothing for so long is dropped, as servers do."""
BACKLOG = 128
READ_BYTES = 16384
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Application = Callable[[bytes], bytes | None]
"""All bytes so far → the whole answer, or None while more is needed."""

log = logging.getLogger(__name__)


def open_socket(site: Site) -> socket.socket:
    """Bind to the site's address, with its source filter; TCP sockets listen."""
    family = socket.AF_INET6 if ":" in site.address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM if site.transport == "udp" else socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if site.sources is not None:
            attach(sock, site.sources)
        sock.bind((site.address, site.port))
        if site.transport == "tcp":
            sock.listen(BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


async def serve_streams(site: Site, talk: Talk, *, tls: ssl.SSLContext | None = None) -> asyncio.Server:
    """Call `talk` for each connection; a client that breaks off is no error of ours."""

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client, and let it go whatever happens."""
        try:
            async with asyncio.timeout(IDLE_S):
                await talk(reader, writer)
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError, ValueError) as gone:
            log.debug("%s:%s: connection ended by %r", site.address, site.port, gone)
        finally:
            writer.close()

    return await asyncio.start_server(guarded, sock=open_socket(site), ssl=tls)


async def serve_datagrams(site: Site, answer: Callable[[bytes], bytes | None]) -> asyncio.DatagramTransport:
    """Answer each datagram by what `answer` gives; None = no answer."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(answer), sock=open_socket(site))
    return transport


class _Datagrams(asyncio.DatagramProtocol):
    """One answer per datagram, to whom it came from."""

    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        """Keep what answers."""
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # A cast: up to Python 3.11 the real class doesn't derive from DatagramTransport.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        """Send the answer, if any."""
        reply = self._answer(data)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)
