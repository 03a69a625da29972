"""Telnet options: takes them out of the caller's bytes and answers them (RFC 854, RFC 855)."""

from __future__ import annotations

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
ECHO, SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE = 1, 3, 24, 31  # RFC 857, 858, 1091, 1073

OPENING = bytes([IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD, IAC, DO, TERMINAL_TYPE, IAC, DO, WINDOW_SIZE])
"""What we offer and ask for, as the usual telnetd does."""
OFFERED = frozenset({ECHO, SUPPRESS_GO_AHEAD})
ASKED = frozenset({TERMINAL_TYPE, WINDOW_SIZE})


class OptionReader:
    """Reads a caller's stream in chunks of any size."""

    def __init__(self) -> None:
        """Begin outside of any command."""
        self._left = b""

    def feed(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Give (text without commands, our replies); a command cut off at the end waits for the next chunk."""
        data, text, replies, at = self._left + chunk, bytearray(), bytearray(), 0
        while at < len(data):
            if data[at] != IAC:
                text.append(data[at])
                at += 1
                continue
            size = command_size(data, at)
            if size is None:
                break
            command = data[at : at + size]
            if command == bytes([IAC, IAC]):
                text.append(IAC)
            replies += reply_to(command)
            at += size
        self._left = data[at:]
        return bytes(text), bytes(replies)


def command_size(data: bytes, at: int) -> int | None:
    """Give the length of the command that begins at `at`; None while its end hasn't come."""
    if at + 1 >= len(data):
        return None
    if data[at + 1] == SB:
        end = data.find(bytes([IAC, SE]), at + 2)
        return None if end < 0 else end + 2 - at
    size = 3 if data[at + 1] in (WILL, WONT, DO, DONT) else 2
    return size if at + size <= len(data) else None


def reply_to(command: bytes) -> bytes:
    """Refuse what we neither offered nor asked for; all else is agreed already (RFC 854: never acknowledge twice)."""
    if command[1] == DO and command[2] not in OFFERED:
        return bytes([IAC, WONT, command[2]])
    if command[1] == WILL and command[2] not in ASKED:
        return bytes([IAC, DONT, command[2]])
    return b""
