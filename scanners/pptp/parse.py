"""The first two messages of PPTP: our start of a control connection, and the server's reply. Pure and total.

Source: RFC 2637 §2.1 (Start-Control-Connection-Request) and §2.2 (its reply), read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.vpn_facts import Pptp

_COOKIE: Final = bytes.fromhex("1a2b3c4d")
_BYTES: Final = 156  # of request and reply
_NAME_BYTES: Final = 64
REQUEST: Final = (
    bytes.fromhex(
        "009c 0001 1a2b3c4d"  # length of the whole, control message, magic cookie
        "0001 0000"  # Start-Control-Connection-Request, reserved
        "0100 0000"  # protocol version 1.0, reserved
        "00000003 00000003"  # framing: asynchronous and synchronous; bearer: analogue and digital
        "0000 0000"  # most channels: none (the client's value), firmware revision: none
    )
    + bytes(2 * _NAME_BYTES)  # neither host name nor vendor
)
_CONTROL_MESSAGE: Final = 1
_REPLY: Final = 2
_ACCEPTED: Final = 1


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come: it is complete, or it is no message of this protocol."""
    cookie = received[4:8]
    return len(received) >= _BYTES or cookie != _COOKIE[: len(cookie)]


def parse_reply(received: bytes) -> Pptp:
    """Read the reply. Raises: ParseError."""
    message = received[:_BYTES]
    numbers = tuple(int.from_bytes(message[at : at + 2], "big") for at in (0, 2, 8))
    if len(message) < _BYTES or message[4:8] != _COOKIE or numbers != (_BYTES, _CONTROL_MESSAGE, _REPLY):
        msg = f"PPTP: got {message[:10].hex()} and {len(message)} bytes, expected a reply of {_BYTES} to the start"
        raise ParseError(msg)
    return Pptp(
        accepted=message[14] == _ACCEPTED,
        version=f"{message[12]}.{message[13]}",
        firmware=int.from_bytes(message[26:28], "big"),
        host=_name(message[28 : 28 + _NAME_BYTES]),
        vendor=_name(message[28 + _NAME_BYTES :]),
    )


def _name(field: bytes) -> str:
    """Read a field that zeros fill up."""
    return printable(field.split(b"\0", 1)[0])
