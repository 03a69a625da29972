"""The first control messages of L2TP version 2: our request, the server's reply, our goodbye. Pure and total.

Source: RFC 2661 §3.1 (header), §4.1 (attribute value pairs), §4.4 (which there are), §6.1, §6.2, §6.4 (SCCRQ, SCCRP,
StopCCN), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.vpn_facts import L2tp

TUNNEL_NUMBERS: Final = range(1, 0x10000)
_FLAGS: Final = 0xC802  # control message with length and sequence numbers, version 2
_KIND: Final = 0xCB0F
"""Bits of the flags that say so; the others are reserved or have no meaning in control messages."""
_HEADER_BYTES, _PAIR_BYTES = 12, 6
_MANDATORY: Final = 0x8000
_LENGTH: Final = 0x03FF
_HIDDEN: Final = 0x4000
_SCCRQ, _SCCRP, _STOP = 1, 2, 4
_TYPE, _RESULT, _VERSION, _FRAMING, _FIRMWARE, _HOST, _VENDOR, _TUNNEL, _CHALLENGE = 0, 1, 2, 3, 6, 7, 8, 9, 11
_NOBODY: Final = b"sekisho.invalid"  # a name that is nobody's (RFC 2606 §2); the host name may not be left out
_GENERAL: Final = 1  # result: general request to clear the control connection


def build_request(tunnel: int) -> bytes:
    """Give a Start-Control-Connection-Request that gives our end of the tunnel this number."""
    pairs = (
        (_TYPE, _u16(_SCCRQ)),
        (_VERSION, bytes([1, 0])),
        (_HOST, _NOBODY),
        (_FRAMING, bytes([0, 0, 0, 3])),  # asynchronous and synchronous
        (_TUNNEL, _u16(tunnel)),
    )
    return _message(0, (0, 0), pairs)


def build_goodbye(asked: bytes, reply: bytes) -> bytes:
    """Give what ends the tunnel that a reply began: StopCCN, or the mere receipt of the server's own one.

    Gives: b"" for anything that is no reply to this request, or names no tunnel.
    """
    try:
        pairs = _read(asked, reply)
    except ParseError:
        return b""
    theirs = int.from_bytes(pairs.get(_TUNNEL, b"")[:2], "big")
    if not theirs:
        return b""
    if pairs[_TYPE] == _u16(_STOP):
        return _message(theirs, (1, 1), ())
    stop = ((_TYPE, _u16(_STOP)), (_TUNNEL, _u16(_number_of(asked))), (_RESULT, _u16(_GENERAL)))
    return _message(theirs, (1, 1), stop)


def parse_reply(asked: bytes, reply: bytes) -> L2tp:
    """Read the reply to a request. Raises: ParseError."""
    pairs = _read(asked, reply)
    version = pairs.get(_VERSION, b"")
    return L2tp(
        accepted=pairs[_TYPE] == _u16(_SCCRP),
        version=f"{version[0]}.{version[1]}" if len(version) == 2 else "",  # noqa: PLR2004 - version and revision
        firmware=int.from_bytes(pairs.get(_FIRMWARE, b"")[:2], "big"),
        host=printable(pairs.get(_HOST, b"")),
        vendor=printable(pairs.get(_VENDOR, b"")),
        challenges=_CHALLENGE in pairs,
    )


def _read(asked: bytes, reply: bytes) -> Mapping[int, bytes]:
    """Read a reply's attributes, of each the first; SCCRP or StopCCN to our number. Raises: ParseError."""
    flags, length, tunnel = (int.from_bytes(reply[at : at + 2], "big") for at in (0, 2, 4))
    if flags & _KIND != _FLAGS or not _HEADER_BYTES <= length <= len(reply) or tunnel != _number_of(asked):
        msg = f"L2TP: got {reply[:8].hex()} in {len(reply)} bytes, expected a control message to our tunnel"
        raise ParseError(msg)
    pairs: dict[int, bytes] = {}
    at = _HEADER_BYTES
    while at < length:
        size = int.from_bytes(reply[at : at + 2], "big")
        is_hidden, size = bool(size & _HIDDEN), size & _LENGTH
        if not _PAIR_BYTES <= size <= length - at:
            msg = f"L2TP: got an attribute of {size} bytes at {at}, expected {_PAIR_BYTES} to {length - at}"
            raise ParseError(msg)
        vendor, kind = (int.from_bytes(reply[at + o : at + o + 2], "big") for o in (2, 4))
        if not vendor and not is_hidden:
            pairs.setdefault(kind, reply[at + _PAIR_BYTES : at + size])
        at += size
    if pairs.get(_TYPE) not in {_u16(_SCCRP), _u16(_STOP)}:
        msg = f"L2TP: got message {pairs.get(_TYPE, b'').hex() or 'without type'}, expected SCCRP or StopCCN"
        raise ParseError(msg)
    return pairs


def _number_of(asked: bytes) -> int:
    """Give the number of our end in a request of ours, where it stands last."""
    return int.from_bytes(asked[-2:], "big")


def _message(tunnel: int, sequence: tuple[int, int], pairs: tuple[tuple[int, bytes], ...]) -> bytes:
    """Build a control message; session 0."""
    body = b"".join(
        _u16(_MANDATORY | (_PAIR_BYTES + len(value))) + _u16(0) + _u16(kind) + value for kind, value in pairs
    )
    sent, expected = sequence
    head = _u16(_FLAGS) + _u16(_HEADER_BYTES + len(body)) + _u16(tunnel) + _u16(0) + _u16(sent) + _u16(expected)
    return head + body


def _u16(number: int) -> bytes:
    """Write a number."""
    return number.to_bytes(2, "big")
