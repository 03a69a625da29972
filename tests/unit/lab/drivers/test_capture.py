"""The capture file, and which of two sightings of a packet is kept."""

from __future__ import annotations

import io
import struct

import pytest

from lab.capture_file import PcapWriter
from lab.drivers.capture import is_kept

HOST, OUTGOING, OTHER_HOST = 0, 4, 3  # PACKET_* of linux/if_packet.h


@pytest.mark.parametrize(
    ("interface", "packet_type", "expected"),
    [
        ("lo", HOST, True),
        ("lo", OUTGOING, False),
        ("void0", OUTGOING, True),
        ("void0", HOST, False),
        ("void1", OTHER_HOST, False),
        ("void1", OUTGOING, False),
    ],
)
def test_each_packet_is_kept_once(interface: str, packet_type: int, *, expected: bool) -> None:
    assert is_kept(interface, packet_type) is expected


@pytest.mark.parametrize(
    ("interface", "packet_type", "bridge", "expected"),
    [
        ("seg0p1", HOST, None, True),
        ("seg0p1", OTHER_HOST, None, True),
        ("seg0p1", OUTGOING, None, False),  # on its way to others: it came in elsewhere
        ("seg0", HOST, None, False),  # the bridge's own copy
        ("seg1p12", OTHER_HOST, "seg1", True),
        ("seg11p2", OTHER_HOST, "seg1", False),
        ("seg0p1", OTHER_HOST, "seg1", False),
        ("lo", HOST, "seg1", False),
    ],
)
def test_each_frame_of_a_cable_is_kept_once(
    interface: str, packet_type: int, bridge: str | None, *, expected: bool
) -> None:
    assert is_kept(interface, packet_type, bridge) is expected


def test_the_file_has_the_classic_form() -> None:
    file = io.BytesIO()
    writer = PcapWriter(file)
    writer.write(b"frame", 1_700_000_000.25)
    content = file.getvalue()
    assert struct.unpack_from("<IHHiIII", content) == (0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    assert struct.unpack_from("<IIII", content, 24) == (1_700_000_000, 250_000, 5, 5)
    assert content[40:] == b"frame"
