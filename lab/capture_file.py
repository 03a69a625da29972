"""Writes pcap files (the classic format, version 2.4, microseconds; draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import struct
from typing import BinaryIO

MAGIC, MAJOR, MINOR = 0xA1B2C3D4, 2, 4
SNAP_LENGTH = 262144
ETHERNET = 1  # LINKTYPE_ETHERNET


class PcapWriter:
    """Appends Ethernet frames to a file."""

    def __init__(self, file: BinaryIO) -> None:
        """Write the file's header."""
        self._file = file
        # magic, version, time zone and accuracy (always 0), longest packet, link type
        file.write(struct.pack("<IHHiIII", MAGIC, MAJOR, MINOR, 0, 0, SNAP_LENGTH, ETHERNET))
        file.flush()

    def write(self, frame: bytes, at_s: float) -> None:
        """Append one frame that passed at `at_s` (seconds since 1970)."""
        seconds, kept = int(at_s), frame[:SNAP_LENGTH]
        self._file.write(struct.pack("<IIII", seconds, int((at_s - seconds) * 1e6), len(kept), len(frame)) + kept)
        self._file.flush()
