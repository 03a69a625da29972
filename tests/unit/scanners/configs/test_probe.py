"""What a file handed over says as a whole, and what of it may be stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanners.configs.collect import collect
from scanners.configs.probe import read
from scanners.configs.secrets import Masker
from sekisho.model.address_sets import ANYBODY, NOBODY
from sekisho.model.config_facts import ConfigManagement
from sekisho.model.subjects import FACILITY
from sekisho.model.transcript import Event, EventKind, Transcript

ROUTER = "# RTX830 Rev.15.02.26\nip lan1 address 192.0.2.1/24\nsshd service on\nsshd host any\n"
CANARY = "K4naria-Sec9"


def ssh(text: str) -> ConfigManagement:
    """Read the one SSH service of a configuration."""
    event = Event(0, EventKind.FILE, data=text.encode())
    reading = read(Transcript("configs", 1, FACILITY, "import", datetime(2026, 11, 21, tzinfo=UTC), (event,)))
    return next(f for _, f in reading.facts if isinstance(f, ConfigManagement) and f.protocol == "ssh")


@pytest.mark.parametrize(
    "line",
    [
        "no sshd host",
        "schedule at 1 */* 18:00 * sshd host any",
        "ospf use on",
        "rip use on",
        "ip lan1 secure filter name OFFICE",
        "sshd listen 2222",
    ],
)
def test_a_line_not_understood_that_could_change_it_leaves_it_open(line: str) -> None:
    found = ssh(f"{ROUTER}{line}\n")
    assert (found.surely, found.possibly) == (NOBODY, ANYBODY)


@pytest.mark.parametrize(
    "line",
    [
        "nat descriptor type 1 masquerade",
        "schedule at 1 */* 03:00 * lua night.lua",
    ],
)
def test_a_line_of_another_part_changes_nothing(line: str) -> None:
    assert ssh(f"{ROUTER}{line}\n") == ssh(ROUTER)


@pytest.mark.parametrize(
    "raw",
    [
        f"{ROUTER}---つづく---\r            \r pp auth myname isp {CANARY}\n",
        f"{ROUTER}\x1b[Klogin user maint {CANARY}\n",
        f"{ROUTER}login user maint {CANARY}\n".replace("\n", "\r"),
    ],
    ids=["pager", "escape", "old-line-ends"],
)
def test_what_a_terminal_left_hides_no_secret(raw: str) -> None:
    collected = collect(raw.encode(), Masker(b"k" * 32))
    assert collected is not None
    assert CANARY not in collected.masked.decode()
    assert "‹secret:" in collected.masked.decode()


def test_a_configuration_taken_in_reads_as_it_was_written() -> None:
    """Filters with addresses survive the masking: else each of them would leave every answer open."""
    text = ROUTER + "ip lan1 secure filter in 1\nip filter 1 pass 192.0.2.7 192.0.2.1 tcp * 22\n"
    collected = collect(text.encode(), Masker(b"k" * 32))
    assert collected is not None
    assert ssh(collected.masked.decode()) == ssh(text)
    assert str(ssh(text).surely) == "192.0.2.7/32"
