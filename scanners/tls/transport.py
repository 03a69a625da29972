"""TLS for one exchange: tlslite-ng over the wire's stream, so that SSL 3.0 to TLS 1.3 can all be spoken.

Certificates aren't validated and weak keys and ciphers are accepted on purpose: nothing of ours is secret here, and old
devices have nothing better. tlslite-ng only turns bytes into bytes; the stream carries them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.errors import BaseTLSException

from scanners.tls.memory_socket import MemorySocket
from sekisho.errors import SekishoError
from sekisho.gate.wire import Stream

_OUT_OF_TLSLITE: Final = (
    BaseTLSException, OSError, ValueError, SyntaxError, TypeError, LookupError, AttributeError, AssertionError,
    ArithmeticError, RuntimeError,
)  # fmt: skip
"""What tlslite-ng raises when a peer sends nonsense: its own errors, and its parsers' (SyntaxError in ASN.1)."""
_OLD_CIPHERS: Final = ("rc4", "3des", "null", "aes128ccm_8", "aes256ccm_8")


class TlsFailedError(SekishoError):
    """The TLS connection could not be set up or broke; the text says how."""


class TlsTransport:
    """A TLS connection over a stream: handshake(), then write() and read()."""

    def __init__(self, stream: Stream, server_name: str = "") -> None:
        """Take an open stream; server_name: a host name for SNI, never an IP literal, "" for none."""
        self._stream, self._name = stream, server_name
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
        """Receive for tlslite-ng. Raises: TlsFailedError when the peer stays silent."""
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
    made.use_heartbeat_extension = False
    made.useExtendedMasterSecret = False  # tlslite-ng can't compute it for SSL 3.0, and nothing here needs it
    return made
