"""A socket that is none: two buffers between tlslite-ng and whoever carries the bytes. Opens nothing."""

from __future__ import annotations

import errno


class MemorySocket:
    """What tlslite-ng needs of a non-blocking socket.

    feed() puts in what the peer sent, taken() gives what is to be sent to it; end() says that the peer is gone.
    """

    def __init__(self) -> None:
        """Begin empty and open."""
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._is_ended = False

    def feed(self, data: bytes) -> None:
        """Put in bytes of the peer."""
        self._incoming += data

    def end(self) -> None:
        """Say that no more bytes of the peer will come."""
        self._is_ended = True

    def taken(self) -> bytes:
        """Take what is waiting to be sent."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def recv(self, limit: int) -> bytes:
        """Give buffered bytes; b"" after the end; BlockingIOError while there are none."""
        if not self._incoming and not self._is_ended:
            raise BlockingIOError(errno.EWOULDBLOCK, "no bytes yet")
        data = bytes(self._incoming[:limit])
        del self._incoming[:limit]
        return data

    def send(self, data: bytes) -> int:
        """Buffer all of data."""
        self._outgoing += data
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Buffer all of data."""
        self._outgoing += data

    def close(self) -> None:
        """Do nothing: whoever carries the bytes closes."""
