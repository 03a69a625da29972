"""Remote desktop server up to the choice of its protection (MS-RDPBCGR 2.2.1.1, 2.2.1.2); no session ever begins."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import serve_streams

Level = Literal["standard", "tls", "credssp"]
TPKT_VERSION, TPKT_BYTES = 3, 4
REQUEST, CONFIRM = 0xE0, 0xD0  # X.224 §13.3, §13.4
ASK, RESPONSE, FAILURE = 1, 2, 3  # types of the negotiation structure
FLAG: dict[str, int] = {"standard": 0, "tls": 1, "credssp": 2}  # PROTOCOL_RDP, _SSL, _HYBRID
STRONGEST_FIRST: tuple[Level, ...] = ("credssp", "tls", "standard")
REQUIRED: dict[str, int] = {"tls": 1, "credssp": 5}  # SSL_ and HYBRID_REQUIRED_BY_SERVER
SSL_NOT_ALLOWED = 2


class RdpParams(KindParams):
    """Which protection the server takes."""

    security: tuple[Level, ...] = Field(
        ("tls", "credssp"), min_length=1, examples=[["credssp"], ["standard", "tls"]], description="accepted ones"
    )
    negotiates: bool = Field(True, examples=[False], description="false: as old servers, knows standard security alone")


def answer(message: bytes, params: RdpParams) -> bytes | None:
    """Answer one connection request, a whole TPKT; None for anything else, upon which servers close."""
    if len(message) < TPKT_BYTES + 7 or message[5] & 0xF0 != REQUEST:
        return None
    if not params.negotiates:
        return _confirm(b"")
    # the negotiation stands last, behind a cookie or routing token if there is one
    asked = message[-8:] if len(message) >= TPKT_BYTES + 7 + 8 and message[-8] == ASK else b""
    requested = int.from_bytes(asked[4:8], "little")
    for level in STRONGEST_FIRST:
        if level in params.security and (level == "standard" or requested & FLAG[level]):
            return _confirm(_structure(RESPONSE, FLAG[level]) if asked else b"")
    if requested:
        return _confirm(_structure(FAILURE, SSL_NOT_ALLOWED if params.security == ("standard",) else _missing(params)))
    return _confirm(_structure(FAILURE, _missing(params)))


def _missing(params: RdpParams) -> int:
    """Give the failure that names the weakest protection taken."""
    return REQUIRED[next(level for level in reversed(STRONGEST_FIRST) if level in params.security)]


def _structure(kind: int, value: int) -> bytes:
    """Build RDP_NEG_RSP or RDP_NEG_FAILURE."""
    return bytes([kind, 0]) + (8).to_bytes(2, "little") + value.to_bytes(4, "little")


def _confirm(negotiation: bytes) -> bytes:
    """Build the connection confirm in its TPKT."""
    rest = bytes([CONFIRM]) + bytes(2) + b"\x12\x34" + bytes(1) + negotiation
    return b"\x03\x00" + (TPKT_BYTES + 1 + len(rest)).to_bytes(2, "big") + bytes([len(rest)]) + rest


async def serve(params: RdpParams, site: Site) -> Running:
    """Listen at `site`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; what would follow belongs to a session."""
        head = await reader.readexactly(TPKT_BYTES)
        size = int.from_bytes(head[2:4], "big")
        if head[0] != TPKT_VERSION or size < TPKT_BYTES:
            return
        reply = answer(head + await reader.readexactly(size - TPKT_BYTES), params)
        if reply is not None:
            writer.write(reply)
            await writer.drain()
            await reader.read()

    return await serve_streams(site, talk)


KIND = Kind(name="rdp", params=RdpParams, transports=("tcp",), serve=serve)
