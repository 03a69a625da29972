"""Databases that Debian doesn't have, or that need too much of a machine: up to what they answer before a log-in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from pydantic import Field

from lab.devices.database import cassandra, mongodb, mssql, zookeeper
from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_streams
from lab.devices.parameters import Line

Product = Literal["mongodb", "mssql", "zookeeper", "cassandra"]


class DatabaseParams(KindParams):
    """Which database, and what it says of itself."""

    product: Product = Field("mongodb", examples=["mssql", "zookeeper", "cassandra"], description="whose protocol")
    version: Line | None = Field(
        None, examples=["15.0.2000"], description="as the product shows it before a log-in; MongoDB: wire version"
    )
    encryption: Literal["off", "on", "not_supported"] = Field(
        "off", examples=["on"], description="of mssql: what it takes, demands or lacks"
    )
    closed: bool = Field(False, examples=[True], description="of zookeeper: the command isn't permitted")


def answering(params: DatabaseParams) -> Callable[[bytes], bytes | None]:
    """Give the application: all bytes so far → the answer, b"" to close, or None while more is needed."""
    match params.product:
        case "mongodb":
            return mongodb.answering(int(params.version or "21"))
        case "mssql":
            return mssql.answering(params.version or "15.0.2000", params.encryption)
        case "zookeeper":
            return zookeeper.answering(params.version or "3.8.0", permits=not params.closed)
        case "cassandra":
            return cassandra.answering(params.version or "3.4.5")


async def serve(params: DatabaseParams, site: Site) -> Running:
    """Listen at `site`."""
    answer = answering(params)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, then wait for the client to go."""
        received = b""
        while (said := answer(received)) is None:
            if not (more := await reader.read(READ_BYTES)):
                return
            received += more
        writer.write(said)
        await writer.drain()
        if said:
            await reader.read()

    return await serve_streams(site, talk)


KIND = Kind(name="database", params=DatabaseParams, transports=("tcp",), serve=serve)
