"""What an SQL Server answers to PRELOGIN (MS-TDS 2.2.6.5)."""

from __future__ import annotations

import struct
from collections.abc import Callable

HEADER = struct.Struct(">BBHHBB")
PRELOGIN, RESPONSE, LAST, END = 0x12, 0x04, 0x01, 0xFF
ENCRYPTION = 0x01
SAYS = {"off": 0, "not_supported": 2}


def answering(version: str, encryption: str) -> Callable[[bytes], bytes | None]:
    """Give the application of a server; version: major.minor.build."""
    major, minor, build = map(int, version.split("."))

    def answer(received: bytes) -> bytes | None:
        """Answer a whole PRELOGIN; close on anything else."""
        if received and received[0] != PRELOGIN:
            return b""
        if len(received) < HEADER.size or len(received) < (length := HEADER.unpack_from(received)[2]):
            return None
        asked = _asked(received[HEADER.size : length])
        level = SAYS.get(encryption, 3 if asked == 0 else 1)  # 3: demanded of a client that would do without
        values = (struct.pack(">BBHH", major, minor, build, 0), bytes([level]), b"\0", b"", b"\0")
        return _packet(values)

    return answer


def _asked(body: bytes) -> int:
    """Give what a client says of encryption; 0 where it says nothing."""
    for at in range(0, len(body) - 5, 5):
        token, place, _ = struct.unpack_from(">BHH", body, at)
        if token == END:
            break
        if token == ENCRYPTION:
            return body[place] if place < len(body) else 0
    return 0


def _packet(values: tuple[bytes, ...]) -> bytes:
    """Build a PRELOGIN answer: version, encryption, instance, thread, MARS."""
    place, options = 5 * len(values) + 1, b""
    for token, value in enumerate(values):
        options += struct.pack(">BHH", token, place, len(value))
        place += len(value)
    body = options + bytes([END]) + b"".join(values)
    return HEADER.pack(RESPONSE, LAST, HEADER.size + len(body), 0, 1, 0) + body
