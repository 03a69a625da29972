"""One way to serve an application inside TLS, whichever engine it takes."""

from __future__ import annotations

import asyncio
import ssl

from lab.devices.kind import Running, Site
from lab.devices.listening import READ_BYTES, Application, serve_streams
from lab.devices.tls.openssl_engine import build_context
from lab.devices.tls.params import TlsParams
from lab.devices.tls.tlslite_engine import serve_tlslite


async def serve_application(site: Site, application: Application, *, tls: ssl.SSLContext | None = None) -> Running:
    """Answer each client as the application says, in clear text or inside `tls`, and close."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        received = b""
        while chunk := await reader.read(READ_BYTES):
            received += chunk
            if (reply := application(received)) is not None:
                writer.write(reply)
                await writer.drain()
                return

    return await serve_streams(site, talk, tls=tls)


async def serve_tls(params: TlsParams, site: Site, application: Application) -> Running:
    """Answer each client inside TLS."""
    if params.engine() == "tlslite":
        return serve_tlslite(params, site, application)
    return await serve_application(site, application, tls=build_context(params, site))
