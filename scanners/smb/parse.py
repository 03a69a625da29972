"""The first two messages of SMB 2: our NEGOTIATE request and the answer. Pure and total.

Source: MS-SMB2 2.1 (transport), 2.2.1.2 (header), 2.2.3 and 2.2.4 (NEGOTIATE), read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import ParseError
from sekisho.model.windows_facts import SmbDialect

DIALECTS: Final = {0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0", 0x0302: "3.0.2", 0x0311: "3.1.1"}
SALT_BYTES: Final = 32
GUID_BYTES: Final = 16
_MAGIC: Final = b"\xfeSMB"
_OLD_MAGIC: Final = b"\xffSMB"
_HEADER_BYTES: Final = 64
_BODY_BYTES: Final = 36  # of the request before its dialects
_ANSWER_BYTES: Final = 65  # StructureSize of the answer, which counts one byte of its variable part
_TRANSPORT_BYTES: Final = 4
_FROM_SERVER: Final = 1
_SIGNING_ENABLED, _SIGNING_REQUIRED = 1, 2


def build_request(guid: bytes, salt: bytes) -> bytes:
    """Build the request: all dialects from 2.0.2 to 3.1.1, signing possible, and what 3.1.1 demands.

    Takes: guid, GUID_BYTES that name us; salt, SALT_BYTES.
    """
    dialects = b"".join(_u16(code) for code in DIALECTS)
    before = _HEADER_BYTES + _BODY_BYTES + len(dialects)
    padding = bytes(-before % 8)
    contexts = (
        _context(1, _u16(1) + _u16(SALT_BYTES) + _u16(1) + salt)  # PREAUTH_INTEGRITY: one hash, SHA-512
        + _context(2, _u16(2) + _u16(2) + _u16(1))  # ENCRYPTION: AES-128-GCM, AES-128-CCM
    )
    body = (
        _u16(_BODY_BYTES) + _u16(len(DIALECTS)) + _u16(_SIGNING_ENABLED) + bytes(2)  # reserved
        + bytes(4)  # capabilities: none
        + guid + (before + len(padding)).to_bytes(4, "little") + _u16(2) + bytes(2)  # where contexts are, how many
        + dialects + padding + contexts
    )  # fmt: skip
    # StructureSize 64, CreditCharge, Status, Command NEGOTIATE (0), one credit; flags, ids and signature are all zero
    header = _MAGIC + _u16(_HEADER_BYTES) + bytes(2) + bytes(4) + bytes(2) + _u16(1) + bytes(48)
    message = header + body
    return len(message).to_bytes(_TRANSPORT_BYTES, "big") + message


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come: it is complete, or it is no message of this transport."""
    if len(received) < _TRANSPORT_BYTES:
        return received[:1] not in {b"", b"\0"}
    return received[0] != 0 or len(received) - _TRANSPORT_BYTES >= int.from_bytes(received[1:4], "big")


def parse_answer(received: bytes) -> SmbDialect:
    """Read the answer. Raises: ParseError."""
    message = received[_TRANSPORT_BYTES:]
    if received[:1] != b"\0" or message[:4] == _OLD_MAGIC or message[:4] != _MAGIC:
        found = "SMB 1" if message[:4] == _OLD_MAGIC else received[:8].hex()
        msg = f"SMB: got {found}, expected a message of SMB 2"
        raise ParseError(msg)
    header, body = message[:_HEADER_BYTES], message[_HEADER_BYTES:]
    if len(body) < 6 or _number(header, 4) != _HEADER_BYTES or _number(body, 0) != _ANSWER_BYTES:  # noqa: PLR2004
        msg = f"SMB 2: got {len(message)} bytes, expected a header of 64 and an answer to NEGOTIATE"
        raise ParseError(msg)
    status, command = int.from_bytes(header[8:12], "little"), _number(header, 12)
    if status or command or not header[16] & _FROM_SERVER:
        msg = f"SMB 2: got command {command}, status {status:#010x}, expected a server's NEGOTIATE without error"
        raise ParseError(msg)
    code = _number(body, 4)
    dialect = DIALECTS.get(code, f"0x{code:04x}")
    return SmbDialect(dialect, signing_required=bool(_number(body, 2) & _SIGNING_REQUIRED))


def _context(kind: int, content: bytes) -> bytes:
    """Build one negotiate context, padded to eight bytes as the next one needs."""
    return _u16(kind) + _u16(len(content)) + bytes(4) + content + bytes(-len(content) % 8)


def _u16(number: int) -> bytes:
    """Write a number as SMB does."""
    return number.to_bytes(2, "little")


def _number(data: bytes, at: int) -> int:
    """Read such a number."""
    return int.from_bytes(data[at : at + 2], "little")
