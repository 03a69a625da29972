"""Our own messages: the request for an association, its release and its abort. No I/O.

Source: DICOM PS3.8 9.3 and annex D, PS3.5 9 (UIDs), PS3.7 D.3.3 (implementation), read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
"""Types of PDU."""
HEADER_BYTES: Final = 6  # type, reserved, length of the rest
TITLE_BYTES: Final = 16
FIXED_BYTES: Final = 68  # of a request or acceptance before its items: version, reserved, two titles, reserved

APPLICATION, CONTEXT_RQ, CONTEXT_AC, ABSTRACT, TRANSFER, USER = 0x10, 0x20, 0x21, 0x30, 0x40, 0x50
MAXIMUM, IMPLEMENTATION_UID, IMPLEMENTATION_VERSION = 0x51, 0x52, 0x55
"""Types of item."""

CALLING_TITLE: Final = b"SEKISHO"
CALLED_TITLE: Final = b"ANY-SCP"  # what many a tool calls whoever is there; the real title is not ours to guess
VERIFICATION: Final = "1.2.840.10008.1.1"
SYNTAXES: Final = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
"""Implicit and explicit little endian, explicit big endian (retired): each in a context of its own, so that one
answer tells all that are taken."""
_APPLICATION_CONTEXT: Final = "1.2.840.10008.3.1.1.1"
_OUR_UID: Final = "2.25.196269478452141005674092837763776326692"  # from a UUID (PS3.5 B.2), so it is nobody else's
_OUR_VERSION: Final = b"SEKISHO_1"
_MOST_BYTES: Final = 16384  # of a PDU that we would take
_PROTOCOL: Final = 1


def item(kind: int, content: bytes) -> bytes:
    """Build one item or sub-item."""
    return bytes([kind, 0]) + len(content).to_bytes(2, "big") + content


def pdu(kind: int, content: bytes) -> bytes:
    """Build one PDU."""
    return bytes([kind, 0]) + len(content).to_bytes(4, "big") + content


def context_number(index: int) -> int:
    """Give the number of a presentation context: odd ones, in the order of SYNTAXES."""
    return 2 * index + 1


def _context(number: int, syntax: str) -> bytes:
    """Build the proposal of Verification in one transfer syntax."""
    names = item(ABSTRACT, VERIFICATION.encode()) + item(TRANSFER, syntax.encode())
    return item(CONTEXT_RQ, bytes([number, 0, 0, 0]) + names)


def _request() -> bytes:
    """Build the request for an association."""
    titles = CALLED_TITLE.ljust(TITLE_BYTES) + CALLING_TITLE.ljust(TITLE_BYTES)
    head = _PROTOCOL.to_bytes(2, "big") + bytes(2) + titles + bytes(32)
    contexts = b"".join(_context(context_number(i), syntax) for i, syntax in enumerate(SYNTAXES))
    user = (
        item(MAXIMUM, _MOST_BYTES.to_bytes(4, "big"))
        + item(IMPLEMENTATION_UID, _OUR_UID.encode())
        + item(IMPLEMENTATION_VERSION, _OUR_VERSION)
    )
    return pdu(ASSOCIATE_RQ, head + item(APPLICATION, _APPLICATION_CONTEXT.encode()) + contexts + item(USER, user))


REQUEST: Final = _request()
RELEASE: Final = pdu(RELEASE_RQ, bytes(4))
ABORTED: Final = pdu(ABORT, bytes(4))  # source 0: the service user, no reason
