"""Our own messages: the first one of IKE_SA_INIT, of main mode and of aggressive mode. No I/O.

Source: RFC 7296 1.2, 2.23, 3; RFC 7383 2.3; RFC 2408 3; RFC 2409 5; RFC 3947 3; RFC 3706 5.1.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Final

from scanners.ike.keys import public_value
from scanners.ike.numbers import (
    AEAD,
    AGGRESSIVE,
    COOKIE,
    ENCRYPTION,
    FRAGMENTATION,
    GROUP,
    HEADER_BYTES,
    ID_1,
    INTEGRITY,
    KE_1,
    KE_2,
    MAIN,
    NAT_DESTINATION,
    NAT_PORT,
    NAT_SOURCE,
    NON_ESP_MARKER,
    NONCE_1,
    NONCE_2,
    NOTIFY_2,
    PRF,
    SA_1,
    SA_2,
    SA_INIT,
    VENDOR_1,
    Suite,
    Transform,
)
from sekisho.model.subjects import IPAddress

MOST_BYTES: Final = 1200  # of one datagram: passes tunnels and PPPoE without being cut, and counts as one packet
NEUTRAL_ID: Final = b"sekisho.invalid"  # RFC 2606: a name that can be nobody's
_ANNOUNCED_1: Final = (
    "4a131c81070358455c5728f20e95452f",  # RFC 3947: NAT traversal
    "4048b7d56ebce88525e7de7f00d6c2d380000000",  # fragmentation of version 1
    "09002689dfd6b712",  # draft-ietf-ipsec-isakmp-xauth-06: log-in of users
    "afcad71368a1f1c96b8696fc77570100",  # RFC 3706: dead peer detection
)
_LIFE_S: Final = 28800
_NONCE_BYTES: Final = 32
_FQDN: Final = 2


@dataclass(frozen=True, slots=True)
class Offer:
    """What one message of version 2 proposes: every combination of these."""

    encryption: tuple[Transform, ...]
    prf: tuple[Transform, ...]
    integrity: tuple[Transform, ...]
    groups: tuple[Transform, ...]

    def by_kind(self) -> dict[int, tuple[Transform, ...]]:
        """Give the transforms by their kind."""
        return {ENCRYPTION: self.encryption, PRF: self.prf, INTEGRITY: self.integrity, GROUP: self.groups}

    def proposals(self) -> list[tuple[Transform, ...]]:
        """Give the proposals: encryption with integrity apart from encryption that protects itself."""
        plain = tuple(t for t in self.encryption if t.number not in AEAD)
        whole = tuple(t for t in self.encryption if t.number in AEAD)
        found = [(*plain, *self.prf, *self.integrity, *self.groups)] if plain and self.integrity else []
        return [*found, *([(*whole, *self.prf, *self.groups)] if whole else [])]


@dataclass(frozen=True, slots=True)
class Ours:
    """Who we are in one exchange, and whom we ask."""

    address: IPAddress
    port: int
    spi: bytes = field(default_factory=lambda: bytes([secrets.randbelow(255) + 1]) + secrets.token_bytes(7))

    @property
    def marker(self) -> bytes:
        """Give what goes before a message on this port."""
        return NON_ESP_MARKER if self.port == NAT_PORT else b""


def build_init(ours: Ours, offer: Offer, group: int, cookie: bytes = b"") -> bytes:
    """Build IKE_SA_INIT; group: the one whose public value goes along, cookie: what the responder asked back for."""
    proposals = offer.proposals()
    sa = b"".join(_proposal(p, number, last=number == len(proposals)) for number, p in enumerate(proposals, 1))
    public = public_value(group)
    # the hash of an address that is not ours: we do not know our port yet, and a peer may take us to stand behind NAT
    behind = secrets.token_bytes(20)
    end = sha1(ours.spi + bytes(8) + ours.address.packed + ours.port.to_bytes(2, "big"), usedforsecurity=False).digest()
    parts = [(NOTIFY_2, _notify(COOKIE, cookie))] if cookie else []
    parts += [
        (SA_2, sa),
        (KE_2, group.to_bytes(2, "big") + bytes(2) + public),
        (NONCE_2, secrets.token_bytes(_NONCE_BYTES)),
        (NOTIFY_2, _notify(NAT_SOURCE, behind)),
        (NOTIFY_2, _notify(NAT_DESTINATION, end)),
        (NOTIFY_2, _notify(FRAGMENTATION, b"")),
    ]
    return ours.marker + _message(ours.spi, 0x20, SA_INIT, 0x08, parts)  # version 2.0, flag "initiator"


def build_main(ours: Ours, suites: Sequence[Suite]) -> bytes:
    """Build the first message of main mode with these transforms."""
    return ours.marker + _message(ours.spi, 0x10, MAIN, 0, [(SA_1, _sa_1(suites)), *_vendors()])


def build_aggressive(ours: Ours, suites: Sequence[Suite]) -> bytes:
    """Build the one message of aggressive mode; all transforms name the same group."""
    identity = bytes([_FQDN, 0, 0, 0]) + NEUTRAL_ID
    parts = [
        (SA_1, _sa_1(suites)), (KE_1, public_value(suites[0].group)), (NONCE_1, secrets.token_bytes(_NONCE_BYTES)),
        (ID_1, identity), *_vendors(),
    ]  # fmt: skip
    return ours.marker + _message(ours.spi, 0x10, AGGRESSIVE, 0, parts)


def _message(spi: bytes, version: int, exchange: int, flags: int, parts: Iterable[tuple[int, bytes]]) -> bytes:
    """Put header and payloads together."""
    chain = list(parts)
    body = b"".join(
        bytes([following, 0]) + (len(content) + 4).to_bytes(2, "big") + content
        for (_, content), following in zip(chain, [*(k for k, _ in chain[1:]), 0], strict=True)
    )
    # SPI of the responder: none yet; next payload, version, exchange, flags, message id, length
    head = spi + bytes(8) + bytes([chain[0][0], version, exchange, flags]) + bytes(4)
    return head + (HEADER_BYTES + len(body)).to_bytes(4, "big") + body


def _notify(number: int, content: bytes) -> bytes:
    """Build a notification that concerns the IKE SA: no protocol, no SPI."""
    return bytes(2) + number.to_bytes(2, "big") + content


def _proposal(transforms: Sequence[Transform], number: int, *, last: bool) -> bytes:
    """Build one proposal of version 2 for the protocol IKE (1), without SPI."""
    parts = b"".join(_transform(t, last=i == len(transforms)) for i, t in enumerate(transforms, 1))
    return (
        bytes([0 if last else 2, 0])
        + (len(parts) + 8).to_bytes(2, "big")
        + bytes([number, 1, 0, len(transforms)])
        + parts
    )


def _transform(one: Transform, *, last: bool) -> bytes:
    """Build one transform of version 2."""
    key = b"\x80\x0e" + one.bits.to_bytes(2, "big") if one.bits else b""
    length = 8 + len(key)
    return (
        bytes([0 if last else 3, 0])
        + length.to_bytes(2, "big")
        + bytes([one.kind, 0])
        + one.number.to_bytes(2, "big")
        + key
    )


def _sa_1(suites: Sequence[Suite]) -> bytes:
    """Build the SA payload of version 1: DOI IPsec (1), situation identity-only (1), one proposal for ISAKMP (1)."""
    parts = b"".join(_transform_1(s, number, last=number == len(suites)) for number, s in enumerate(suites, 1))
    proposal = bytes(2) + (len(parts) + 8).to_bytes(2, "big") + bytes([1, 1, 0, len(suites)]) + parts
    return (1).to_bytes(4, "big") + (1).to_bytes(4, "big") + proposal


def _transform_1(one: Suite, number: int, *, last: bool) -> bytes:
    """Build one transform of version 1: KEY_IKE (1) with its attributes in the short form, life in seconds."""
    stated = [(1, one.cipher), *([(14, one.bits)] if one.bits else []), (2, one.hash), (3, one.auth), (4, one.group)]
    stated += [(11, 1), (12, _LIFE_S)]
    attributes = b"".join((0x8000 | kind).to_bytes(2, "big") + value.to_bytes(2, "big") for kind, value in stated)
    return (
        bytes([0 if last else 3, 0]) + (len(attributes) + 8).to_bytes(2, "big") + bytes([number, 1, 0, 0]) + attributes
    )


def _vendors() -> list[tuple[int, bytes]]:
    """Announce what we would understand, so that a responder shows whether it does, too."""
    return [(VENDOR_1, bytes.fromhex(text)) for text in _ANNOUNCED_1]
