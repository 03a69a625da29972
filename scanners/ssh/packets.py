"""SSH packets before encryption: building and splitting them, and the few data types they are made of. Pure, total.

Source: RFC 4253 section 6 (binary packet protocol), RFC 4251 section 5 (data types).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sekisho.errors import ParseError

LONGEST_PACKET: Final = 35000  # RFC 4253 6.1: what every implementation must take
_BLOCK: Final = 8  # RFC 4253 6: block size while no cipher is in use
_SHORTEST_PADDING: Final = 4


@dataclass(frozen=True, slots=True)
class Split:
    """What a stream of packets holds so far.

    payloads: complete ones, each beginning with its message number. fault: why reading ended early, "" if it did not.
    """

    payloads: tuple[bytes, ...]
    fault: str = ""


def build_packet(payload: bytes) -> bytes:
    """Wrap a payload: length, padding length, payload, zero padding. No MAC and no cipher before NEWKEYS."""
    padding = _BLOCK - (5 + len(payload)) % _BLOCK
    if padding < _SHORTEST_PADDING:
        padding += _BLOCK
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def split_packets(data: bytes, *, until: frozenset[int] = frozenset()) -> Split:
    """Cut a stream into payloads, as far as they are complete.

    Reading ends after a message whose number is in `until`, and at a length that no SSH packet has (`fault`).
    """
    payloads: list[bytes] = []
    while len(data) >= 5:  # noqa: PLR2004 - length and padding length
        length, padding = struct.unpack_from(">IB", data)
        if not 2 <= length <= LONGEST_PACKET or padding >= length - 1:  # noqa: PLR2004 - one byte of payload at least
            fault = f"SSH packet: got length {length} with padding {padding}, expected 2 to {LONGEST_PACKET} bytes"
            return Split(tuple(payloads), fault)
        if len(data) < 4 + length:
            break
        payloads.append(data[5 : 4 + length - padding])
        data = data[4 + length :]
        if payloads[-1][0] in until:
            break
    return Split(tuple(payloads))


def build_string(value: bytes) -> bytes:
    """Give a length and the bytes."""
    return struct.pack(">I", len(value)) + value


def build_mpint(value: int) -> bytes:
    """Give a positive integer in two's complement, as short as can be."""
    return build_string(value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b"")


def build_name_list(names: Sequence[str]) -> bytes:
    """Give a comma-separated list of names."""
    return build_string(",".join(names).encode("ascii", "replace"))


class Fields:
    """Reads fields one after another. Raises: ParseError where the data is too short."""

    def __init__(self, data: bytes) -> None:
        """Begin at the start."""
        self._left = data

    def take(self, count: int) -> bytes:
        """Give the next bytes."""
        if len(self._left) < count:
            msg = f"SSH field: got {len(self._left)} bytes, expected {count}"
            raise ParseError(msg)
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def number(self) -> int:
        """Give a uint32."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Give a string."""
        return self.take(self.number())

    def mpint(self) -> int:
        """Give an integer; a negative one is read as it stands."""
        return int.from_bytes(self.string(), "big", signed=True)

    def name_list(self) -> tuple[str, ...]:
        """Give the names in order; the empty list is empty."""
        text = self.string().decode("ascii", "backslashreplace")
        return tuple(text.split(",")) if text else ()
