"""TLS for one exchange: tlslite-ng over the wire's stream, so that SSL 3.0 to TLS 1.3 can all be spoken.

Certificates aren't validated and weak keys and ciphers are accepted on purpose: nothing of ours is secret here, and old
devices have nothing better. tlslite-ng only turns bytes into bytes; the stream carries them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.errors import BaseTLSException

from scanners.tls.memory_socket import MemorySocket
from sekisho.errors import SekishoError
from sekisho.gate.wire import Stream

TLS_FAILED: Final = "tls_failed "
"""Begins the note of a probe that TLS was not set up, or broke."""
_OUT_OF_TLSLITE: Final = (
    BaseTLSException, OSError, ValueError, SyntaxError, TypeError, LookupError, AttributeError, AssertionError,
    ArithmeticError, RuntimeError,
)  # fmt: skip
"""What tlslite-ng raises when a peer sends nonsense: its own errors, and its parsers' (SyntaxError in ASN.1)."""
_MOST_READ: Final = 16384
_OLD_CIPHERS: Final = ("rc4", "3des", "null", "aes128ccm_8", "aes256ccm_8")


class TlsFailedError(SekishoError):
    """The TLS connection could not be set up or broke; the text says how."""


class TooManyPiecesError(TlsFailedError):
    """The peer came in more pieces than were to be taken from it."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("in too many pieces")


class TlsTransport:
    """A TLS connection over a stream: ask(), or handshake(), then write() and read()."""

    def __init__(self, stream: Stream, server_name: str = "", *, most_pieces: int | None = None) -> None:
        """Take an open stream; server_name: a host name for SNI, never an IP literal, "" for none.

        most_pieces: after so many of the peer's it is left, so that a server that drips them draws no more packets.
        """
        self._stream, self._name, self._pieces_left = stream, server_name, most_pieces
        self._memory = MemorySocket()
        self._connection = TLSConnection(self._memory)
        self._connection.ignoreAbruptClose = True  # old servers close without close_notify

    async def handshake(self) -> None:
        """Shake hands. Raises: TlsFailedError, ConnectFailed."""
        await self._drive(
            self._connection.handshakeClientCert(
                settings=lenient_settings(), serverName=self._name or None, reqTack=False, async_=True
            )
        )

    async def write(self, data: bytes) -> None:
        """Send application data. Raises: TlsFailedError, ConnectFailed."""
        await self._drive(self._connection.writeAsync(data))

    async def read(self, limit: int) -> bytes:
        """Give 1 to limit bytes, b"" at the end. Raises: TlsFailedError, ConnectFailed."""
        return await self._drive(self._connection.readAsync(max=limit, min=1))

    async def ask(
        self, request: bytes, is_whole: Callable[[bytes], bool], *, most_bytes: int,
        mask: Callable[[bytes], bytes] = bytes,
    ) -> bool:  # fmt: skip
        """Shake hands, send one request (b"" to listen alone) and read its answer, both recorded as plain text.

        mask: blanks what of the answer must not be recorded. Gives: True when the peer may still be sending.
        Raises: TlsFailedError, ConnectFailed.
        """
        await self.handshake()
        self._stream.record_plain(sent=request)
        received = b""
        try:
            if request:
                await self.write(request)
            while len(received) < most_bytes and not is_whole(received):
                data = await self.read(min(_MOST_READ, most_bytes - len(received)))
                if not data:
                    return False
                received += data
        except TlsFailedError:
            if self._stream.ended != "silent":  # silence inside TLS is a silent service, and stands in the record
                raise
            return False
        finally:
            self._stream.record_plain(received=mask(received))
        return not is_whole(received)

    async def _drive(self, steps: Iterator[object]) -> bytes:
        """Run one of tlslite-ng's generators to its end, carrying bytes both ways; give the bytes it yielded."""
        while True:
            try:
                step = next(steps)
            except StopIteration:
                await self._flush()
                return b""
            except _OUT_OF_TLSLITE as error:
                await self._flush()
                msg = f"{type(error).__name__}: {error}"
                raise TlsFailedError(msg) from error
            await self._flush()
            if isinstance(step, (bytes, bytearray)):
                return bytes(step)
            if step == 0:  # it waits for bytes of the peer
                await self._fill()

    async def _flush(self) -> None:
        """Send what tlslite-ng wrote."""
        if data := self._memory.taken():
            await self._stream.send(data)

    async def _fill(self) -> None:
        """Receive for tlslite-ng. Raises: TlsFailedError when the peer stays silent, or comes in too many pieces."""
        if self._pieces_left is not None:
            if not self._pieces_left:
                raise TooManyPiecesError
            self._pieces_left -= 1
        data = await self._stream.receive()
        if data:
            self._memory.feed(data)
        elif self._stream.ended == "silent":
            msg = "silent"
            raise TlsFailedError(msg)
        else:
            self._memory.end()


def lenient_settings() -> HandshakeSettings:
    """Allow every version, cipher, hash and key size that tlslite-ng has."""
    made = HandshakeSettings()
    made.minVersion, made.maxVersion = (3, 0), (3, 4)
    made.versions = [(3, 4), (3, 3), (3, 2), (3, 1), (3, 0)]
    made.minKeySize, made.maxKeySize = 512, 16384
    made.cipherNames = [*made.cipherNames, *(name for name in _OLD_CIPHERS if name not in made.cipherNames)]
    made.macNames = [*made.macNames, "md5"]
    made.rsaSigHashes = [*made.rsaSigHashes, "md5"]
    # tlslite-ng 0.8 takes what we can unpack for what the server can, and would answer a request for a client
    # certificate with a packed one: OpenSSL breaks off there, and whoever merely asks would never be heard
    made.certificate_compression_send = []
    made.use_heartbeat_extension = False
    made.useExtendedMasterSecret = False  # tlslite-ng can't compute it for SSL 3.0, and nothing here needs it
    return made
