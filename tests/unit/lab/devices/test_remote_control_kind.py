"""Software for controlling a PC from elsewhere: what it shows to whoever connects."""

from __future__ import annotations

import asyncio

import pytest

from lab.devices.remote_control import GREETINGS, RADMIN_SAYS
from scanners.radmin.parse import REQUEST
from tests.unit.lab.devices.starting import Make, served


async def told(make_site: Make, product: str, request: bytes) -> bytes:
    """Say one thing, and give what comes back."""
    site = make_site()
    async with served("remote_control", site, product=product):
        reader, writer = await asyncio.open_connection(site.address, site.port)
        writer.write(request)
        writer.write_eof()
        received = await reader.read()
        writer.close()
    return received


@pytest.mark.parametrize("product", sorted(GREETINGS))
async def test_it_greets_unasked(make_site: Make, product: str) -> None:
    assert await told(make_site, product, b"") == GREETINGS[product]


async def test_radmin_answers_its_viewer_alone(make_site: Make) -> None:
    assert await told(make_site, "radmin", REQUEST) == RADMIN_SAYS
    assert await told(make_site, "radmin", b"GET / HTTP/1.1\r\n") == b""
