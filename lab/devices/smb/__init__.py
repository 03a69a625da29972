"""File server up to the choice of the dialect (MS-SMB2 2.2.3, 2.2.4); no session is ever set up."""

from __future__ import annotations

import asyncio
import os
from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import serve_streams

Dialect = Literal["2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"]
CODES: dict[str, int] = {"2.0.2": 0x0202, "2.1": 0x0210, "3.0": 0x0300, "3.0.2": 0x0302, "3.1.1": 0x0311}
MAGIC = b"\xfeSMB"
HEADER_BYTES, REQUEST_BYTES = 64, 36
SIGNING_ENABLED, SIGNING_REQUIRED = 1, 2
NOT_SUPPORTED, INVALID_PARAMETER = 0xC00000BB, 0xC000000D  # MS-ERREF 2.3.1
SERVER_TO_REDIRECTOR = 1
BUFFER_BYTES = 0x100000
LONGEST = 65536


class SmbParams(KindParams):
    """What the server speaks."""

    dialects: tuple[Dialect, ...] = Field(
        ("2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"), min_length=1, examples=[["2.0.2", "2.1"]]
    )
    signing_required: bool = Field(False, examples=[True])


def answer(message: bytes, params: SmbParams) -> bytes | None:
    """Answer one message without its transport header; None for SMB 1 and other protocols: servers hang up."""
    if len(message) < HEADER_BYTES + REQUEST_BYTES or message[:4] != MAGIC or _number(message, 12) != 0:
        return None
    body = message[HEADER_BYTES:]
    count = _number(body, 2)
    if _number(body, 0) != REQUEST_BYTES or not count or len(body) < REQUEST_BYTES + 2 * count:
        return _message(message, INVALID_PARAMETER, _error())
    offered = {_number(body, REQUEST_BYTES + 2 * i) for i in range(count)}
    common = offered & {CODES[name] for name in params.dialects}
    if not common:
        return _message(message, NOT_SUPPORTED, _error())
    chosen = max(common)
    if chosen == CODES["3.1.1"] and not _has_integrity(message, body):
        return _message(message, INVALID_PARAMETER, _error())
    return _message(message, 0, _negotiated(chosen, params))


def _has_integrity(message: bytes, body: bytes) -> bool:
    """Tell whether the preauthentication context is there, which dialect 3.1.1 demands (3.3.5.4)."""
    at = int.from_bytes(body[28:32], "little")
    for _ in range(_number(body, 32)):
        if len(message) < at + 8:
            return False
        if _number(message, at) == 1:
            return True
        at += 8 + _number(message, at + 2)
        at += -at % 8
    return False


def _negotiated(dialect: int, params: SmbParams) -> bytes:
    """Build the body of a good answer."""
    mode = SIGNING_ENABLED | (SIGNING_REQUIRED if params.signing_required else 0)
    contexts, count = b"", 0
    if dialect == CODES["3.1.1"]:
        integrity = _u16(1) + _u16(32) + _u16(1) + os.urandom(32)
        contexts, count = _u16(1) + _u16(len(integrity)) + bytes(4) + integrity, 1
    at = HEADER_BYTES + 64
    return (
        _u16(65) + _u16(mode) + _u16(dialect) + _u16(count)
        + os.urandom(16) + (7).to_bytes(4, "little") + BUFFER_BYTES.to_bytes(4, "little") * 3
        + bytes(16)  # times: not told
        + _u16(at) + _u16(0) + (at if count else 0).to_bytes(4, "little")
        + contexts
    )  # fmt: skip


def _error() -> bytes:
    """Build the body of an error (2.2.2)."""
    return _u16(9) + bytes(7)


def _message(request: bytes, status: int, body: bytes) -> bytes:
    """Put header and transport header before a body."""
    header = (
        MAGIC + _u16(HEADER_BYTES) + bytes(2) + status.to_bytes(4, "little") + _u16(0) + _u16(1)
        + SERVER_TO_REDIRECTOR.to_bytes(4, "little") + bytes(4) + request[24:32] + bytes(32)
    )  # fmt: skip
    return len(header + body).to_bytes(4, "big") + header + body


def _u16(number: int) -> bytes:
    """Write a number as SMB does."""
    return number.to_bytes(2, "little")


def _number(data: bytes, at: int) -> int:
    """Read such a number."""
    return int.from_bytes(data[at : at + 2], "little")


async def serve(params: SmbParams, site: Site) -> Running:
    """Listen at `site`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one message; what would follow belongs to a session."""
        size = int.from_bytes(await reader.readexactly(4), "big")
        if size > LONGEST:
            return
        reply = answer(await reader.readexactly(size), params)
        if reply is not None:
            writer.write(reply)
            await writer.drain()
            await reader.read()

    return await serve_streams(site, talk)


KIND = Kind(name="smb", params=SmbParams, transports=("tcp",), serve=serve)
