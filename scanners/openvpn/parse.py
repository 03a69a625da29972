"""The first packets of an OpenVPN session: our reset, the server's reset, our acknowledgement. Pure and total.

Source: OpenVPN Wire Protocol (openvpn.github.io/openvpn-rfc), "Control channel packets" and "Packet opcodes", and
OpenVPN's ssl_pkt.h, read 2026-11-21. A packet over TCP begins with two bytes of length.
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import ParseError
from sekisho.model.vpn_facts import OpenVpn

SESSION_BYTES: Final = 8
LENGTH_BYTES: Final = 2
_CLIENT_RESET, _ACK = 7, 5  # P_CONTROL_HARD_RESET_CLIENT_V2, P_ACK_V1
_KEY_METHODS: Final = {2: 1, 8: 2}
"""P_CONTROL_HARD_RESET_SERVER_V1 and _V2 → key method."""
_OPCODE_SHIFT: Final = 3  # the lower bits are the number of the key, 0 at the beginning
_NUMBER: Final = bytes(4)  # number of the first packet of either side
_LENGTH: Final = 26
"""Opcode, session, count 1, number acknowledged, our session, own number: a reset that answers ours."""


def build_reset(session: bytes) -> bytes:
    """Give the first packet of a client: opcode, its session, nothing acknowledged, number 0."""
    return bytes([_CLIENT_RESET << _OPCODE_SHIFT]) + session + bytes(1) + _NUMBER


def build_acknowledgement(asked: bytes, reply: bytes) -> bytes:
    """Give what acknowledges a server's reset, b"" for anything else: it makes the server stop repeating itself."""
    try:
        parse_reset(asked, reply)
    except ParseError:
        return b""
    ours, theirs = asked[1 : 1 + SESSION_BYTES], reply[1 : 1 + SESSION_BYTES]
    return bytes([_ACK << _OPCODE_SHIFT]) + ours + bytes([1]) + _NUMBER + theirs


def parse_reset(asked: bytes, reply: bytes) -> OpenVpn:
    """Read the server's reset, which has to name our session. Raises: ParseError."""
    method = _KEY_METHODS.get(reply[0] >> _OPCODE_SHIFT) if reply else None
    ours, named = asked[1 : 1 + SESSION_BYTES], reply[14 : 14 + SESSION_BYTES]
    if method is None or len(reply) < _LENGTH or reply[9] != 1 or named != ours:
        msg = f"OpenVPN: got {reply[:10].hex()} in {len(reply)} bytes, expected a server's reset for our session"
        raise ParseError(msg)
    return OpenVpn(method)


def in_stream(packet: bytes) -> bytes:
    """Give a packet as it stands in a TCP stream."""
    return len(packet).to_bytes(LENGTH_BYTES, "big") + packet


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer over TCP is to come: it is complete, or it is none of this protocol."""
    if len(received) <= LENGTH_BYTES:
        return received[:1] not in {b"", b"\0"}
    is_reset = received[0] == 0 and received[LENGTH_BYTES] >> _OPCODE_SHIFT in _KEY_METHODS
    return not is_reset or len(received) - LENGTH_BYTES >= int.from_bytes(received[:LENGTH_BYTES], "big")
