"""Synthetic hostile texts: escapes, HTML, formulas, broken UTF-8 or a huge line, wherever a protocol shows a text."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import Field

from lab.devices.hostile_banner.greetings import Over, greeting
from lab.devices.hostile_banner.texts import TextName, hostile_text
from lab.devices.http.pages import Page, answering
from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_datagrams, serve_streams
from lab.devices.snmp.agent import answering as answering_snmp
from lab.devices.snmp.ber import OCTET_STRING, Oid, encode
from lab.devices.tls.serve import serve_application

SYSTEM_TEXTS: tuple[Oid, ...] = tuple((1, 3, 6, 1, 2, 1, 1, column, 0) for column in (1, 4, 5, 6))
"""sysDescr, sysContact, sysName and sysLocation (RFC 3418)."""


class HostileBannerParams(KindParams):
    """Which texts, and where."""

    texts: tuple[TextName, ...] = Field(
        ("escapes", "html", "formula", "invalid_utf8"),
        min_length=1,
        examples=[["long_line"]],
        description="one behind the other; long_line is a megabyte",
    )
    over: Over | Literal["http", "snmp"] = Field(
        "plain",
        examples=["ssh"],
        description="protocol that shows them: in its greeting, title and headers, or system group",
    )
    community: str = Field("public", examples=["lab"], description="of over = snmp (udp)")


async def serve(params: HostileBannerParams, site: Site) -> Running:
    """Listen at `site`.

    Raises: ValueError for a protocol that isn't spoken over this transport.
    """
    if (params.over == "snmp") != (site.transport == "udp"):
        raise ValueError("expected transport udp for over = snmp, else tcp")
    text = hostile_text(params.texts)
    if params.over == "snmp":
        # A datagram holds 65,507 bytes (RFC 768); four texts and their names must fit.
        value = encode(OCTET_STRING, text[:15000])
        table = dict.fromkeys(SYSTEM_TEXTS, value)
        return await serve_datagrams(site, answering_snmp(table, (params.community.encode(),)))
    if params.over == "http":
        return await serve_application(site, answering(_page(text)))
    sent = greeting(params.over, text)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greet, then listen and say nothing."""
        writer.write(sent)
        await writer.drain()
        while await reader.read(READ_BYTES):
            pass

    return await serve_streams(site, talk)


def _page(text: bytes) -> Page:
    """Make a page with the text in its headers, title and body; a line break would end a header."""
    line = text.replace(b"\r", b" ").replace(b"\n", b" ")
    body = b"<html><head><title>" + text + b"</title></head><body>" + text + b"</body></html>\n"
    head = b"\r\n".join(
        (
            b"HTTP/1.1 200 OK",
            b"Server: " + line,
            b'WWW-Authenticate: Basic realm="' + line.replace(b'"', b"") + b'"',
            b"Content-Type: text/html; charset=utf-8",
            b"Content-Length: " + str(len(body)).encode(),
            b"Connection: close",
            b"",
            b"",
        )
    )
    return Page(head, body)


KIND = Kind(name="hostile_banner", params=HostileBannerParams, transports=("tcp", "udp"), serve=serve)
