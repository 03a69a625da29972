"""The answer to a request for an association. Pure and total.

Source: DICOM PS3.8 9.3.3 (acceptance), 9.3.4 (rejection), 9.3.8 (abort); PS3.7 D.3.3.2, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanners.dicom.pdu import (
    ABORT,
    ASSOCIATE_AC,
    ASSOCIATE_RJ,
    CONTEXT_AC,
    DATA,
    FIXED_BYTES,
    HEADER_BYTES,
    IMPLEMENTATION_UID,
    IMPLEMENTATION_VERSION,
    RELEASE_RP,
    RELEASE_RQ,
    SYNTAXES,
    TRANSFER,
    USER,
    context_number,
)
from sekisho.errors import ParseError
from sekisho.model.clinical_facts import DicomAssociation

MOST_BYTES: Final = 8192  # of one PDU; an acceptance of three contexts has some 300
_ANSWERS: Final = frozenset({ASSOCIATE_AC, ASSOCIATE_RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT})
_SHORT_BYTES: Final = 4  # of a rejection or an abort: reserved, result or reserved, source, reason
_ITEM_BYTES: Final = 4
_LONGEST: Final = 64  # of a UID (PS3.5 9.1); a version name has 16
_REASONS: Final = {
    (1, 1): "no_reason", (1, 2): "application_context", (1, 3): "calling_title", (1, 7): "called_title",
    (2, 1): "no_reason", (2, 2): "protocol_version", (3, 1): "congestion", (3, 2): "limit",
}  # fmt: skip
"""Source and reason of a rejection; 1 service user, 2 and 3 service provider."""


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of a PDU is to come: it is complete, or none that may stand here."""
    if not received:
        return False
    if received[0] not in _ANSWERS:
        return True
    if len(received) < HEADER_BYTES:
        return False
    size = int.from_bytes(received[2:HEADER_BYTES], "big")
    return size > MOST_BYTES - HEADER_BYTES or len(received) >= HEADER_BYTES + size


def parse_answer(received: bytes) -> DicomAssociation:
    """Read the first PDU that came. Raises: ParseError."""
    size = int.from_bytes(received[2:HEADER_BYTES], "big")
    body = received[HEADER_BYTES : HEADER_BYTES + size]
    kind = received[0] if received else 0
    if kind not in {ASSOCIATE_AC, ASSOCIATE_RJ, ABORT} or len(received) < HEADER_BYTES or len(body) < size:
        msg = f"DICOM PDU: got {received[:8].hex()} and {len(received)} bytes, expected type 2, 3 or 7 and its length"
        raise ParseError(msg)
    if kind == ASSOCIATE_AC:
        return _acceptance(body)
    if len(body) != _SHORT_BYTES:
        msg = f"DICOM PDU of type {kind}: got {len(body)} bytes, expected {_SHORT_BYTES}"
        raise ParseError(msg)
    if kind == ABORT:
        return DicomAssociation("aborted", f"code-{body[2]}-{body[3]}")
    return DicomAssociation("rejected", _REASONS.get((body[2], body[3]), f"code-{body[2]}-{body[3]}"))


def _acceptance(body: bytes) -> DicomAssociation:
    """Read an acceptance: which contexts stand, and what it says of its software."""
    if len(body) < FIXED_BYTES:
        msg = f"DICOM acceptance: got {len(body)} bytes, expected {FIXED_BYTES} at least"
        raise ParseError(msg)
    taken: set[str] = set()
    said: dict[int, str] = {}
    for kind, content in _items(body[FIXED_BYTES:]):
        if kind == CONTEXT_AC:
            taken |= _taken(content)
        elif kind == USER:
            said |= {k: _printable(v) for k, v in _items(content)}
    return DicomAssociation(
        "accepted",
        syntaxes=tuple(s for s in SYNTAXES if s in taken),
        implementation_uid=said.get(IMPLEMENTATION_UID, ""),
        implementation_version=said.get(IMPLEMENTATION_VERSION, ""),
    )


def _taken(content: bytes) -> set[str]:
    """Give the transfer syntax of one context, if it was accepted and is the one offered in it."""
    number, result = content[:1], content[2:3]
    if result != b"\0":
        return set()
    names = {_printable(value) for kind, value in _items(content[4:]) if kind == TRANSFER}
    return {s for i, s in enumerate(SYNTAXES) if number == bytes([context_number(i)]) and s in names}


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk items or sub-items. Raises: ParseError for one that is cut."""
    at = 0
    while at < len(data):
        head = data[at : at + _ITEM_BYTES]
        end = at + _ITEM_BYTES + int.from_bytes(head[2:4], "big")
        if len(head) < _ITEM_BYTES or end > len(data):
            msg = f"DICOM item: got {head.hex()} with {len(data) - at} bytes left, expected its length"
            raise ParseError(msg)
        yield head[0], data[at + _ITEM_BYTES : end]
        at = end


def _printable(raw: bytes) -> str:
    """Give a name as text: UIDs are padded with zero bytes, names with blanks."""
    return "".join(c for c in raw[:_LONGEST].decode("ascii", "ignore") if c.isprintable()).strip()
