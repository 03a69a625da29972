"""Reading position over bytes; every read says what it wanted when the bytes end too early."""

from __future__ import annotations

from sekisho.errors import ParseError


class Cursor:
    """Takes fields off the front of a byte string. Every method raises ParseError when the bytes don't suffice."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        """Stand before the first byte."""
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        """Count the bytes not read yet."""
        return len(self._data) - self._at

    def take(self, count: int, what: str) -> bytes:
        """Take exactly `count` bytes."""
        if count > self.left:
            msg = f"{what}: got {self.left} bytes, expected {count}"
            raise ParseError(msg)
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, width: int, what: str) -> int:
        """Take a big-endian number of `width` bytes."""
        return int.from_bytes(self.take(width, what), "big")

    def vector(self, width: int, what: str) -> bytes:
        """Take a length of `width` bytes and as many bytes as it says (RFC 8446, 3.4)."""
        return self.take(self.number(width, f"length of {what}"), what)

    def rest(self) -> bytes:
        """Take all that is left."""
        return self.take(self.left, "rest")

    def end(self, what: str) -> None:
        """Insist that nothing is left."""
        if self.left:
            msg = f"{what}: got {self.left} surplus bytes, expected none"
            raise ParseError(msg)
