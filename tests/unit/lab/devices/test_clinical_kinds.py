"""HL7 listener and raw-port printer: what they answer, and what the journal keeps."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from lab.devices.hl7.message import Hl7Error, acknowledge
from lab.devices.journal import LOGGER, LONGEST_TEXT, note
from lab.devices.kind import Site
from tests.unit.lab.devices.starting import Make, served

MESSAGE = b"MSH|^~\\&|HIS|WARD|LIS|LAB|20261121||ORM^O01|42|P|2.5\rPID|1||TEST\r"


@pytest.fixture
def journal(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The journal, listened to."""
    caplog.set_level(logging.INFO, LOGGER)
    return caplog


def events(journal: pytest.LogCaptureFixture) -> list[tuple[str, object]]:
    """Give the events and sizes noted."""
    rows = [json.loads(record.getMessage()) for record in journal.records if record.name == LOGGER]
    return [(row["event"], row.get("size", row.get("reason"))) for row in rows]


async def talk(site: Site, *parts: bytes) -> bytes:
    """Send parts one by one, and give all that comes back."""
    reader, writer = await asyncio.open_connection(site.address, site.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    writer.write_eof()
    received = await reader.read()
    writer.close()
    return received


async def test_hl7_acknowledges_a_message_that_comes_in_parts(
    make_site: Make, journal: pytest.LogCaptureFixture
) -> None:
    site = make_site()
    block = b"\x0b" + MESSAGE + b"\x1c\r"
    async with served("hl7", site, application="LIS", facility="LAB"):
        received = await talk(site, block[:20], block[20:] + block)
    assert received == b"\x0bMSH|^~\\&|LIS|LAB|HIS|WARD|||ACK|42|P|2.5\rMSA|AA|42\r\x1c\r" * 2
    assert [event for event, _ in events(journal)].count("hl7.acknowledged") == 2
    assert not any("TEST" in record.getMessage() for record in journal.records)


async def test_hl7_says_nothing_to_a_bare_connection_or_a_stranger(
    make_site: Make, journal: pytest.LogCaptureFixture
) -> None:
    site = make_site()
    async with served("hl7", site):
        assert await talk(site) == b""
        assert events(journal) == []
        assert await talk(site, b"GET / HTTP/1.0\r\n\r\n") == b""
        assert await talk(site, b"\x0bMSH|^~\\&|HIS\x1c\r") == b""
    assert ("hl7.received", 18) in events(journal)
    assert [event for event, _ in events(journal)].count("hl7.refused") == 1


@pytest.mark.parametrize("block", [b"", MESSAGE, b"\x0bMSH", b"\x0bPID|1", b"\x0b" + MESSAGE.replace(b"|42|", b"||")])
def test_hl7_refuses_what_is_not_well_formed(block: bytes) -> None:
    with pytest.raises(Hl7Error):
        acknowledge(block, "LIS", "LAB")


async def test_a_printer_logs_every_byte_and_answers_none(make_site: Make, journal: pytest.LogCaptureFixture) -> None:
    site = make_site()
    status = b"\x1b%-12345X@PJL INFO STATUS\r\n"
    async with served("printer", site):
        assert await talk(site) == b""
        assert events(journal) == []
        assert await talk(site, status) == b""
    assert events(journal) == [("printer.printed", len(status))]
    assert json.loads(journal.records[-1].getMessage())["hex"] == status.hex()


def test_a_journal_line_cannot_be_forged_and_has_an_end(make_site: Make, journal: pytest.LogCaptureFixture) -> None:
    note(make_site(), "cli.command", line='x"}\n{"event": "forged"' + "A" * 10_000)
    message = journal.records[-1].getMessage()
    assert "\n" not in message
    assert len(json.loads(message)["line"]) == LONGEST_TEXT
