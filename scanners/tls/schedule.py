"""Key schedule and record protection of TLS 1.3, as far as a handshake and the offer to resume it need them.

Source: RFC 8446 §5.2, §5.3, §7.1, §7.3, RFC 5869 (HKDF), read 2026-11-21.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from scanners.tls.records import Content, Record
from scanners.tls.suites import suite_name
from sekisho.errors import ParseError

Aead = AESGCM | AESCCM | ChaCha20Poly1305
_KEY_BYTES: Final = {0x1301: 16, 0x1302: 32, 0x1303: 32, 0x1304: 16, 0x1305: 16}
_IV_BYTES: Final = 12
_VERSION: Final = b"\x03\x03"  # the version field of every protected record (RFC 8446 §5.2)


@dataclass(slots=True)
class Protection:
    """Protects or opens the records of one direction with one traffic secret; counts them."""

    secret: bytes
    suite: int
    _aead: Aead = field(init=False, repr=False)
    _iv: bytes = field(init=False, repr=False)
    _sequence: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Derive key and IV. Raises: ParseError for a suite that TLS 1.3 doesn't have."""
        if self.suite not in _KEY_BYTES:
            msg = f"suite of TLS 1.3: got {suite_name(self.suite)}"
            raise ParseError(msg)
        digest = hash_name(self.suite)
        self._aead = _aead(self.suite, expand_label(digest, self.secret, "key", b"", size=_KEY_BYTES[self.suite]))
        self._iv = expand_label(digest, self.secret, "iv", b"", size=_IV_BYTES)

    def open(self, record: Record) -> tuple[Content, bytes]:
        """Decrypt one record: content type and plain text. Raises: ParseError."""
        try:
            inner = self._aead.decrypt(self._nonce(), record.body, record.header).rstrip(b"\0")
        except (InvalidTag, ValueError) as error:
            msg = f"protected record: got one of {len(record.body)} bytes that our keys don't open"
            raise ParseError(msg) from error
        if not inner or inner[-1] not in {Content.ALERT, Content.HANDSHAKE, Content.APPLICATION_DATA}:
            msg = f"content type in a protected record: got {inner[-1:].hex()}, expected 15, 16 or 17"
            raise ParseError(msg)
        return Content(inner[-1]), inner[:-1]

    def seal(self, content: Content, plain: bytes) -> bytes:
        """Encrypt one record, header included."""
        inner = plain + bytes([content])
        header = bytes([Content.APPLICATION_DATA]) + _VERSION + (len(inner) + self._tag_bytes()).to_bytes(2, "big")
        return header + self._aead.encrypt(self._nonce(), inner, header)

    def _tag_bytes(self) -> int:
        """Give the size of the authentication tag: 8 for CCM_8, else 16."""
        return 8 if self.suite == 0x1305 else 16  # noqa: PLR2004 - TLS_AES_128_CCM_8_SHA256

    def _nonce(self) -> bytes:
        """Give the nonce of the next record."""
        number = int.from_bytes(self._iv, "big") ^ self._sequence
        self._sequence += 1
        return number.to_bytes(_IV_BYTES, "big")


@dataclass(frozen=True, slots=True)
class HandshakeSecrets:
    """Secrets after the ServerHello. handshake: from which those of application traffic follow."""

    suite: int
    handshake: bytes
    client: bytes
    server: bytes

    @classmethod
    def derive(cls, suite: int, shared: bytes, hellos: bytes) -> HandshakeSecrets:
        """Derive from the key exchange and the hash input up to the ServerHello."""
        digest = hash_name(suite)
        zeros = bytes(hashlib.new(digest).digest_size)
        early = hmac.digest(zeros, zeros, digest)
        handshake = hmac.digest(_derive(digest, early, "derived", b""), shared, digest)
        return cls(
            suite,
            handshake,
            _derive(digest, handshake, "c hs traffic", hellos),
            _derive(digest, handshake, "s hs traffic", hellos),
        )

    def server_application(self, messages: bytes) -> Protection:
        """Give the server's protection after its Finished; messages: everything up to that."""
        return Protection(_derive(hash_name(self.suite), self._master(), "s ap traffic", messages), self.suite)

    def resumption(self, messages: bytes, nonce: bytes) -> bytes:
        """Give the key that a session ticket stands for; messages: everything up to the client's Finished."""
        digest = hash_name(self.suite)
        secret = _derive(digest, self._master(), "res master", messages)
        return expand_label(digest, secret, "resumption", nonce, size=len(secret))

    def _master(self) -> bytes:
        """Give the master secret."""
        digest = hash_name(self.suite)
        zeros = bytes(hashlib.new(digest).digest_size)
        return hmac.digest(_derive(digest, self.handshake, "derived", b""), zeros, digest)

    def client_finished(self, messages: bytes) -> bytes:
        """Give the verify_data of our Finished over everything before it."""
        return _finished(hash_name(self.suite), self.client, messages)


def binder(suite: int, key: bytes, messages: bytes) -> bytes:
    """Prove that we hold the key of a ticket (RFC 8446 §4.2.11.2); messages: our hello up to its binders."""
    digest = hash_name(suite)
    early = hmac.digest(bytes(hashlib.new(digest).digest_size), key, digest)
    return _finished(digest, _derive(digest, early, "res binder", b""), messages)


def _finished(digest: str, secret: bytes, messages: bytes) -> bytes:
    """Give verify_data of a base key over messages (RFC 8446 §4.4.4)."""
    key = expand_label(digest, secret, "finished", b"", size=len(secret))
    return hmac.digest(key, hashlib.new(digest, messages).digest(), digest)


def hash_name(suite: int) -> str:
    """Name the hash of a suite."""
    return "sha384" if suite_name(suite).endswith("SHA384") else "sha256"


def expand_label(digest: str, secret: bytes, label: str, context: bytes, *, size: int) -> bytes:
    """Give HKDF-Expand-Label (RFC 8446 §7.1)."""
    full = b"tls13 " + label.encode()
    info = size.to_bytes(2, "big") + bytes([len(full)]) + full + bytes([len(context)]) + context
    out, block, counter = b"", b"", 1
    while len(out) < size:
        block = hmac.digest(secret, block + info + bytes([counter]), digest)
        out, counter = out + block, counter + 1
    return out[:size]


def _derive(digest: str, secret: bytes, label: str, messages: bytes) -> bytes:
    """Give Derive-Secret over messages."""
    thash = hashlib.new(digest, messages).digest()
    return expand_label(digest, secret, label, thash, size=len(thash))


def _aead(suite: int, key: bytes) -> Aead:
    """Give the cipher of a suite of TLS 1.3."""
    name = suite_name(suite)
    if "CHACHA20" in name:
        return ChaCha20Poly1305(key)
    if "CCM" in name:
        return AESCCM(key, tag_length=8 if "CCM_8" in name else 16)
    return AESGCM(key)
