"""A small responder of IKE for tests: takes what it is configured with, and counts what it is left waiting for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanners.ike.numbers import AEAD, AGGRESSIVE, ENCRYPTION, GROUP, INTEGRITY, MAIN, PRF, Suite, Transform
from scanners.ike.parse import Message, parse_message, read_choice, read_suites

ZERO = bytes(4)
PROOF = bytes(range(100, 120))
"""What a shared key could be guessed from; it must be nowhere in a record."""


@dataclass(frozen=True)
class Proposal:
    """One proposal of version 2, the responder's order first. integrity: empty beside encryption that needs none."""

    encryption: tuple[Transform, ...]
    prf: tuple[Transform, ...]
    integrity: tuple[Transform, ...]
    groups: tuple[Transform, ...]


def encryption(number: int, bits: int = 0) -> Transform:
    return Transform(ENCRYPTION, number, bits)


def plain(cipher: tuple[int, int], digest: int, group: int) -> Proposal:
    """Give the usual form: one cipher, the same hash for PRF and integrity (1 MD5, 2 SHA-1, 5 SHA-256), one group."""
    integrity = {1: 1, 2: 2, 5: 12, 6: 13, 7: 14}[digest]
    return Proposal(
        (encryption(*cipher),), (Transform(PRF, digest),),
        () if cipher[0] in AEAD else (Transform(INTEGRITY, integrity),), (Transform(GROUP, group),),
    )  # fmt: skip


@dataclass
class Responder:
    """Answers datagrams. two, one: what it takes by version 2 and 1; None: it does not speak that version.

    half_open: exchanges that it accepted. cookie: it demands one. vendors: ids it announces.
    """

    two: Sequence[Proposal] | None = None
    one: Sequence[Suite] | None = None
    aggressive: bool = False
    cookie: bool = False
    vendors: tuple[bytes, ...] = ()
    half_open: int = 0
    heard: list[bytes] = field(default_factory=list)

    def __call__(self, datagram: bytes) -> Sequence[bytes]:
        self.heard.append(datagram)
        marker = ZERO if datagram.startswith(ZERO) else b""
        asked = parse_message(datagram)
        if asked.version == 2:
            answer = None if self.two is None else self._init(asked)
        else:
            answer = None if self.one is None else self._phase_one(asked)
        return [marker + answer] if answer else []

    def _init(self, asked: Message) -> bytes:
        (sa,), (ke,) = asked.bodies(33), asked.bodies(34)
        notified = {body[2:4] for body in asked.bodies(41)}
        if self.cookie and (16390).to_bytes(2, "big") not in notified:
            return message(asked, [(41, notify(16390, b"cookie"))])
        sent = int.from_bytes(ke[:2], "big")
        chosen = self._choose(sa)
        if chosen is None:
            return message(asked, [(41, notify(14))])
        wanted = next(t.number for t in chosen if t.kind == GROUP)
        if wanted != sent:
            return message(asked, [(41, notify(17, wanted.to_bytes(2, "big")))])
        self.half_open += 1
        parts = [(33, proposal(chosen)), (34, ke), (40, bytes(32)), (41, notify(16388, bytes(20)))]
        return message(asked, [*parts, (41, notify(16430)), *((43, v) for v in self.vendors)])

    def _choose(self, sa: bytes) -> tuple[Transform, ...] | None:
        """Take the first of the own proposals that one of those offered meets in every kind."""
        offered = []
        while sa:
            length = int.from_bytes(sa[2:4], "big")
            offered.append(set(read_choice(sa[:length])))
            sa = sa[length:]
        for own in self.two or ():
            for theirs in offered:
                kinds = [own.encryption, own.prf, own.groups, *([own.integrity] if own.integrity else [])]
                picked = [next((t for t in kind if t in theirs), None) for kind in kinds]
                if all(picked) and bool(own.integrity) == any(t.kind == INTEGRITY for t in theirs):
                    return tuple(t for t in picked if t is not None)
        return None

    def _phase_one(self, asked: Message) -> bytes | None:
        offered = read_suites(asked.bodies(1)[0])
        chosen = next((s for s in self.one or () if s in offered), None)
        if asked.exchange == AGGRESSIVE and not self.aggressive:
            return message(asked, [(11, ZERO + notify(24))], exchange=5)
        if chosen is None:
            return message(asked, [(11, ZERO + notify(14))], exchange=5)
        self.half_open += 1
        parts = [(1, sa_1(chosen))]
        if asked.exchange == AGGRESSIVE:
            parts += [(4, bytes(128)), (10, bytes(20)), (5, b"\1\0\0\0\xc0\0\2\1"), (8, PROOF)]
        assert asked.exchange in {MAIN, AGGRESSIVE}
        return message(asked, [*parts, *((13, v) for v in self.vendors)])


def message(asked: Message, parts: Sequence[tuple[int, bytes]], *, exchange: int = 0) -> bytes:
    """Build an answer to a message."""
    body = b""
    for number, (_, content) in enumerate(parts):
        following = parts[number + 1][0] if number + 1 < len(parts) else 0
        body += bytes([following, 0]) + (len(content) + 4).to_bytes(2, "big") + content
    version = b"\x20" if asked.version == 2 else b"\x10"
    head = asked.spis[0] + b"RESPONSE" + bytes([parts[0][0]]) + version + bytes([exchange or asked.exchange])
    return head + (b"\x20" if asked.version == 2 else b"\0") + bytes(4) + (28 + len(body)).to_bytes(4, "big") + body


def notify(number: int, content: bytes = b"") -> bytes:
    """Build the end of a notification: protocol, no SPI, type, content."""
    return b"\1\0" + number.to_bytes(2, "big") + content


def proposal(chosen: Sequence[Transform]) -> bytes:
    """Build an SA payload of version 2 with one suite."""
    parts = b""
    for number, one in enumerate(chosen, 1):
        key = b"\x80\x0e" + one.bits.to_bytes(2, "big") if one.bits else b""
        more = 0 if number == len(chosen) else 3
        parts += bytes([more, 0, 0, 8 + len(key), one.kind, 0]) + one.number.to_bytes(2, "big") + key
    return bytes(2) + (8 + len(parts)).to_bytes(2, "big") + bytes([1, 1, 0, len(chosen)]) + parts


def sa_1(suite: Suite) -> bytes:
    """Build an SA payload of version 1 with one suite; the key length in the long form, which is allowed, too."""
    given = ((1, suite.cipher), (2, suite.hash), (3, suite.auth), (4, suite.group))
    attributes = b"".join((0x8000 | kind).to_bytes(2, "big") + value.to_bytes(2, "big") for kind, value in given)
    if suite.bits:
        attributes += b"\0\x0e\0\4" + suite.bits.to_bytes(4, "big")
    transform = bytes(2) + (8 + len(attributes)).to_bytes(2, "big") + b"\1\1\0\0" + attributes
    return b"\0\0\0\1\0\0\0\1" + bytes(2) + (8 + len(transform)).to_bytes(2, "big") + b"\1\1\0\1" + transform
