"""IKE messages as bytes → values. Pure and total: anything that is no message raises ParseError.

Source: RFC 7296 3 (version 2), RFC 2408 3 and RFC 2409 (version 1), RFC 3948 2.2 (marker on port 4500).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanners.ike.numbers import (
    HEADER_BYTES,
    INFORMATIONAL_1,
    NON_ESP_MARKER,
    NOTIFY_1,
    NOTIFY_2,
    SA_1,
    SA_2,
    Suite,
    Transform,
)
from sekisho.errors import ParseError

_GENERIC: Final = 4  # next payload, reserved (critical), length
_MOST_PAYLOADS: Final = 64  # real messages have fewer than 20
_MOST_TRANSFORMS: Final = 256
_ENCRYPTED: Final = frozenset({46, 53})  # Encrypted, Encrypted Fragment: what follows can't be read
_ENCRYPTED_FLAG_1: Final = 1
_RESPONSE_FLAG_2: Final = 0x20
_KEY_LENGTH_2, _KEY_LENGTH_1 = 14, 14
_ENCRYPTION_1, _HASH_1, _AUTH_1, _GROUP_1 = 1, 2, 3, 4  # attributes of a transform, RFC 2409 appendix A


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload. at: where its body begins in the message, marker included."""

    kind: int
    body: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message. spis: of initiator and responder (cookies in version 1). version: major number.

    response: it is marked as an answer; version 1 has no such mark, there it bears the responder's cookie or informs.
    """

    spis: tuple[bytes, bytes]
    version: int
    exchange: int
    response: bool
    payloads: tuple[Payload, ...]

    def bodies(self, kind: int) -> tuple[bytes, ...]:
        """Give the bodies of all payloads of a kind, in order."""
        return tuple(p.body for p in self.payloads if p.kind == kind)


def parse_message(raw: bytes) -> Message:
    """Read one datagram, with or without the marker of port 4500. Raises: ParseError."""
    begin = len(NON_ESP_MARKER) if raw.startswith(NON_ESP_MARKER) else 0
    head = raw[begin : begin + HEADER_BYTES]
    if len(head) < HEADER_BYTES:
        msg = f"IKE header: got {len(head)} bytes, expected {HEADER_BYTES}"
        raise ParseError(msg)
    version, length = head[17] >> 4, int.from_bytes(head[24:28], "big")
    if version not in {1, 2}:
        msg = f"IKE version: got {version}, expected 1 or 2"
        raise ParseError(msg)
    if not HEADER_BYTES <= length <= len(raw) - begin:
        msg = f"IKE length: got {length}, expected {HEADER_BYTES} to {len(raw) - begin}"
        raise ParseError(msg)
    hidden = version == 1 and bool(head[19] & _ENCRYPTED_FLAG_1)
    first = 0 if hidden else head[16]
    payloads = tuple(_payloads(raw[: begin + length], begin + HEADER_BYTES, first))
    if version == 1:
        response = head[8:16] != bytes(8) or head[18] == INFORMATIONAL_1
    else:
        response = bool(head[19] & _RESPONSE_FLAG_2)
    return Message((head[:8], head[8:16]), version, head[18], response, payloads)


def _payloads(data: bytes, at: int, kind: int) -> Iterator[Payload]:
    """Walk the chain of payloads."""
    for _ in range(_MOST_PAYLOADS):
        if kind == 0:
            return
        if len(data) - at < _GENERIC:
            msg = f"IKE payload {kind}: got {len(data) - at} bytes, expected {_GENERIC} at least"
            raise ParseError(msg)
        following, length = data[at], int.from_bytes(data[at + 2 : at + 4], "big")
        if not _GENERIC <= length <= len(data) - at:
            msg = f"IKE payload {kind}: length got {length}, expected {_GENERIC} to {len(data) - at}"
            raise ParseError(msg)
        yield Payload(kind, data[at + _GENERIC : at + length], at + _GENERIC)
        if kind in _ENCRYPTED:
            return  # its `next payload` names the first one inside
        kind, at = following, at + length
    msg = f"IKE payloads: got more than {_MOST_PAYLOADS}"
    raise ParseError(msg)


def read_choice(body: bytes) -> tuple[Transform, ...]:
    """Read the transforms of the one proposal that a responder of version 2 chose. Raises: ParseError."""
    proposal = _one_proposal(body)
    spi = proposal[6]
    found: list[Transform] = []
    for part in _substructures(proposal[8 + spi :], proposal[7]):
        kind, number = part[4], int.from_bytes(part[6:8], "big")
        bits = next((v for k, v in _attributes(part[8:]) if k == _KEY_LENGTH_2), 0)
        found.append(Transform(kind, number, bits))
    return tuple(found)


def read_offer(body: bytes) -> dict[int, frozenset[Transform]]:
    """Read all proposals of an SA payload of version 2, by kind of transform. Raises: ParseError."""
    found: dict[int, set[Transform]] = {}
    while body:
        proposal = _one_proposal(body)
        for one in read_choice(proposal):
            found.setdefault(one.kind, set()).add(one)
        body = body[len(proposal) :]
    return {kind: frozenset(few) for kind, few in found.items()}


def read_suites(body: bytes) -> tuple[Suite, ...]:
    """Read the transforms of an SA payload of version 1: our offer, or the one that was chosen. Raises: ParseError."""
    if len(body) < 8:  # noqa: PLR2004 - DOI and situation
        msg = f"IKE SA: got {len(body)} bytes, expected 8 at least"
        raise ParseError(msg)
    proposal = _one_proposal(body[8:])
    found = []
    for part in _substructures(proposal[8 + proposal[6] :], proposal[7]):
        stated = dict(_attributes(part[8:]))
        names = (_ENCRYPTION_1, _KEY_LENGTH_1, _HASH_1, _GROUP_1, _AUTH_1)
        found.append(Suite(*(stated.get(name, 0) for name in names)))
    return tuple(found)


def _one_proposal(body: bytes) -> bytes:
    """Take the first proposal of an SA payload."""
    length = int.from_bytes(body[2:4], "big")
    if not 8 <= length <= len(body) or 8 + body[6] > length:  # noqa: PLR2004 - shortest proposal
        msg = f"IKE proposal: length got {length}, expected 8 to {len(body)}, its SPI within"
        raise ParseError(msg)
    return body[:length]


def _substructures(data: bytes, count: int) -> list[bytes]:
    """Cut the transforms of a proposal."""
    found: list[bytes] = []
    for _ in range(min(count, _MOST_TRANSFORMS)):
        length = int.from_bytes(data[2:4], "big")
        if not 8 <= length <= len(data):  # noqa: PLR2004 - shortest transform
            msg = f"IKE transform: length got {length}, expected 8 to {len(data)}"
            raise ParseError(msg)
        found.append(data[:length])
        data = data[length:]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, int]]:
    """Give the attributes of a transform as numbers; one in the long form counts as its value (RFC 2408 3.3)."""
    while len(data) >= 4:  # noqa: PLR2004 - shortest attribute
        kind, value = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        if kind & 0x8000:
            yield kind & 0x7FFF, value
            data = data[4:]
        else:
            yield kind, int.from_bytes(data[4 : 4 + value], "big")
            data = data[4 + value :]


def notifications(message: Message) -> tuple[tuple[int, bytes], ...]:
    """Give all notifications as (type, data); one that is too short is left out."""
    found: list[tuple[int, bytes]] = []
    for body in message.bodies(NOTIFY_2 if message.version == 2 else NOTIFY_1):  # noqa: PLR2004 - version 2
        rest = body if message.version == 2 else body[4:]  # noqa: PLR2004 - version 1 states its DOI first
        if len(rest) >= 4:  # noqa: PLR2004 - protocol, SPI size, type
            found.append((int.from_bytes(rest[2:4], "big"), rest[4 + rest[1] :]))
    return tuple(found)


def choice_of(message: Message) -> tuple[Transform, ...] | Suite | None:
    """Read what a responder chose; None where it chose nothing. Raises: ParseError."""
    if message.version == 2:  # noqa: PLR2004 - version 2
        chosen = message.bodies(SA_2)
        return read_choice(chosen[0]) if chosen else None
    chosen = message.bodies(SA_1)
    suites = read_suites(chosen[0]) if chosen else ()
    return suites[0] if suites else None
