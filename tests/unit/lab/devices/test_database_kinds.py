"""Databases of our own: what they answer to what a client of theirs says first, and that nothing else is answered."""

from __future__ import annotations

import asyncio

import pytest

from scanners.cassandra.parse import REQUEST as OPTIONS
from scanners.mongodb.parse import REQUEST as HELLO
from scanners.mssql.parse import REQUEST as PRELOGIN
from scanners.zookeeper.parse import REQUEST as SRVR
from tests.unit.lab.devices.starting import Make, served


async def told(make_site: Make, request: bytes, **params: object) -> bytes:
    """Say one thing in two parts, and give what comes back."""
    site = make_site()
    async with served("database", site, **params):
        reader, writer = await asyncio.open_connection(site.address, site.port)
        writer.write(request[:3])
        await writer.drain()
        writer.write(request[3:])
        writer.write_eof()
        received = await reader.read()
        writer.close()
    return received


@pytest.mark.parametrize(
    ("product", "request_", "says"),
    [
        ("mongodb", HELLO, b"maxWireVersion\0\x15\0\0\0"),
        ("mssql", PRELOGIN, b"\x0f\x00\x07\xd0"),
        ("zookeeper", SRVR, b"Zookeeper version: 3.8.0"),
        ("cassandra", OPTIONS, b"CQL_VERSION"),
    ],
)
async def test_a_database_answers_before_a_log_in(make_site: Make, product: str, request_: bytes, says: bytes) -> None:
    assert says in await told(make_site, request_, product=product)


@pytest.mark.parametrize("product", ["mongodb", "mssql", "zookeeper"])
async def test_a_stranger_is_not_answered(make_site: Make, product: str) -> None:
    assert await told(make_site, b"GET / HTTP/1.1\r\n\r\n", product=product) == b""


async def test_an_unknown_version_of_the_protocol_is_declined(make_site: Make) -> None:
    assert b"unsupported protocol version (66)" in await told(make_site, b"B" + OPTIONS[1:], product="cassandra")


async def test_a_word_that_is_not_permitted_is_declined(make_site: Make) -> None:
    assert b"not in the whitelist" in await told(make_site, SRVR, product="zookeeper", closed=True)
