"""Synthetic SSL 2.0 server: answers a CLIENT-HELLO of SSL 2.0 with its SERVER-HELLO, and goes no further.

Limits: no key exchange follows, so no client can finish the handshake; a hello of TLS or SSL 3.0 gets a closed door.
"""

from __future__ import annotations

import asyncio

from pydantic import Field

from lab.devices.certificate import CertificateParams
from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_streams
from lab.devices.ssl2.hello import SUITES, HelloError, SuiteName, parse_client_hello, server_hello


class Ssl2Params(KindParams):
    """What the server accepts and shows."""

    suites: tuple[SuiteName, ...] = Field(
        tuple(SUITES), min_length=1, examples=[["SSL_CK_RC4_128_EXPORT40_WITH_MD5"]], description="accepted ones"
    )
    certificate: CertificateParams = Field(
        default_factory=CertificateParams, examples=[{"key": "rsa-1024", "not_after_days": -30}]
    )


async def serve(params: Ssl2Params, site: Site) -> Running:
    """Listen at `site`."""
    certificate = site.authority.certificate_der(params.certificate, name=site.host)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one hello, then listen and say nothing."""
        header = await reader.readexactly(2)
        size = int.from_bytes(header, "big") & 0x7FFF
        if not header[0] & 0x80:
            return  # TLS, SSL 3.0 or no hello at all
        try:
            offered = parse_client_hello(await reader.readexactly(size))
        except HelloError:
            return
        writer.write(server_hello(certificate, [name for name in params.suites if SUITES[name] in offered]))
        await writer.drain()
        while await reader.read(READ_BYTES):
            pass

    return await serve_streams(site, talk)


KIND = Kind(name="ssl2", params=Ssl2Params, transports=("tcp",), serve=serve)
