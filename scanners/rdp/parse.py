"""The first two messages of RDP: our connection request, and what the service confirms. Pure and total.

Source: MS-RDPBCGR 2.2.1.1 and 2.2.1.2 (negotiation), RFC 1006 §6 (TPKT), ITU-T X.224 §13.3 and §13.4, read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import ParseError
from sekisho.model.windows_facts import RdpSecurity

REQUEST: Final = bytes.fromhex(
    "03 00 0013"  # TPKT: version 3, reserved, length of the whole
    "0e e0 0000 0000 00"  # X.224: length of the rest, connection request, references, class 0
    "01 00 0800 00000000"  # RDP_NEG_REQ: no flags, 8 bytes, requestedProtocols PROTOCOL_RDP (standard security alone)
)
START_TLS: Final = REQUEST[:-4] + bytes.fromhex("03000000")
"""The same request with PROTOCOL_SSL and PROTOCOL_HYBRID: TLS comes next with either; who logs in, only after it."""
_TPKT_BYTES: Final = 4
_X224_BYTES: Final = 7
_NEGOTIATION_BYTES: Final = 8
_CONFIRM, _RESPONSE, _FAILURE = 0xD0, 2, 3
_INSIDE_TLS: Final = frozenset({1, 2, 4, 8})
_CHOSEN: Final = {0: "standard", 1: "tls", 2: "credssp", 4: "tls", 8: "credssp"}
"""PROTOCOL_RDP, _SSL, _HYBRID, _RDSTLS (runs inside TLS), _HYBRID_EX."""
_REQUIRED: Final = {1: "tls", 5: "credssp", 6: "tls"}
"""SSL_, HYBRID_ and SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER; the other failures tell no level."""


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come: it is complete, or it is no TPKT."""
    if len(received) < _TPKT_BYTES:
        return received[:1] not in {b"", b"\x03"}
    return received[0] != 3 or len(received) >= int.from_bytes(received[2:4], "big")  # noqa: PLR2004 - TPKT version


def parse_confirm(received: bytes) -> RdpSecurity:
    """Read the connection confirm. Raises: ParseError."""
    kind, code = _negotiation(received)
    if not kind:
        return RdpSecurity("standard", negotiates=False, code=0)
    levels = _CHOSEN if kind == _RESPONSE else _REQUIRED
    return RdpSecurity(levels.get(code, ""), negotiates=True, code=code)


def parse_start_tls(received: bytes) -> tuple[int, bool] | None:
    """Give size and meaning of the answer to START_TLS, True if TLS comes next; None while it is not complete.

    Raises: ParseError.
    """
    if not is_whole(received):
        return None
    kind, code = _negotiation(received)
    return int.from_bytes(received[2:4], "big"), kind == _RESPONSE and code in _INSIDE_TLS


def _negotiation(received: bytes) -> tuple[int, int]:
    """Give type and code of the negotiation in a connection confirm, (0, 0) without one. Raises: ParseError."""
    size = int.from_bytes(received[2:4], "big")
    if received[:1] != b"\x03" or not _TPKT_BYTES + _X224_BYTES <= size <= len(received):
        msg = f"TPKT: got {received[:8].hex()} and {len(received)} bytes, expected version 3 and the length it names"
        raise ParseError(msg)
    if received[5] & 0xF0 != _CONFIRM or received[4] != size - _TPKT_BYTES - 1:
        msg = f"X.224: got type {received[5]:#04x} of length {received[4]}, expected a connection confirm"
        raise ParseError(msg)
    negotiation = received[_TPKT_BYTES + _X224_BYTES : size]
    if not negotiation:
        return 0, 0
    if len(negotiation) < _NEGOTIATION_BYTES or negotiation[0] not in {_RESPONSE, _FAILURE}:
        msg = f"RDP negotiation: got {negotiation[:8].hex()}, expected type 2 or 3 of 8 bytes"
        raise ParseError(msg)
    return negotiation[0], int.from_bytes(negotiation[4:8], "little")
