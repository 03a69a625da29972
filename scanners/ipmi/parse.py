"""Get Channel Authentication Capabilities, the one command before any session, and its answer. Pure and total.

Source: IPMI specification 2.0 rev. 1.1, §13.6 (RMCP and session header), §13.8 (message), §22.13 (the command),
table 22-15, read 2026-11-21; ASF 2.0 §3.2.2 (RMCP).
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import ParseError
from sekisho.model.udp_facts import IpmiChannel

SEQUENCES: Final = range(64)
_RMCP: Final = bytes.fromhex("06 00 ff 07")  # version 1, no receipt wanted, class IPMI
_NO_SESSION: Final = bytes(9)  # no authentication, sequence and session number 0
_CONTROLLER, _CONSOLE = 0x20, 0x81
_APPLICATION: Final = 0x06 << 2
_APPLICATION_ANSWER: Final = 0x07 << 2
_COMMAND: Final = 0x38
_THIS_CHANNEL: Final = 0x0E
_BY_VERSION_2: Final = 0x80
_ADMINISTRATOR: Final = 4
_HEAD: Final = len(_RMCP) + len(_NO_SESSION) + 1
_MESSAGE_BYTES: Final = 16
_LOGINS: Final = ((0, "none"), (1, "md2"), (2, "md5"), (4, "password"), (5, "oem"))
_SESSIONS: Final = ((0, "1.5"), (1, "2.0"))
_ANONYMOUS, _UNNAMED, _NO_USER_LEVEL, _NOT_PER_MESSAGE = 0x01, 0x02, 0x08, 0x10


def build_question(sequence: int, *, by_version_2: bool) -> bytes:
    """Ask what an administrator may log in with; by_version_2: with what only IPMI 2.0 tells."""
    channel = _THIS_CHANNEL | (_BY_VERSION_2 if by_version_2 else 0)
    to = bytes([_CONTROLLER, _APPLICATION])
    what = bytes([_CONSOLE, sequence << 2, _COMMAND, channel, _ADMINISTRATOR])
    message = to + _checksum(to) + what + _checksum(what)
    return _RMCP + _NO_SESSION + bytes([len(message)]) + message


def parse_answer(asked: bytes, reply: bytes) -> IpmiChannel:
    """Read the answer to this question. Raises: ParseError, also for one that reports an error."""
    message = reply[_HEAD : _HEAD + reply[_HEAD - 1]] if len(reply) >= _HEAD else b""
    is_whole = len(message) >= _MESSAGE_BYTES and not sum(message[:3]) & 0xFF and not sum(message[3:]) & 0xFF
    head = bytes([_CONSOLE, _APPLICATION_ANSWER])
    echo = message[4:6] == asked[_HEAD + 4 : _HEAD + 6]
    if not is_whole or not reply.startswith(_RMCP[:2]) or message[:2] != head or not echo or message[6]:
        msg = f"IPMI: got {reply[:24].hex()} in {len(reply)} bytes, expected what the channel takes"
        raise ParseError(msg)
    types, status, extended = message[8], message[9], message[10]
    return IpmiChannel(
        versions=tuple(n for bit, n in _SESSIONS if extended >> bit & 1) if types & _BY_VERSION_2 else (),
        logins=tuple(n for bit, n in _LOGINS if types >> bit & 1),
        anonymous=bool(status & _ANONYMOUS),
        unnamed_user=bool(status & _UNNAMED),
        user_level=not status & _NO_USER_LEVEL,
        per_message=not status & _NOT_PER_MESSAGE,
    )


def _checksum(data: bytes) -> bytes:
    """Give the byte that makes the sum 0."""
    return bytes([-sum(data) & 0xFF])
