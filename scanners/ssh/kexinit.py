"""KEXINIT: the message in which each side says what it can do (RFC 4253 7.1). Pure, total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scanners.ssh.packets import Fields, build_name_list
from sekisho.errors import ParseError

MSG_DISCONNECT: Final = 1
MSG_IGNORE: Final = 2
MSG_DEBUG: Final = 4
MSG_KEXINIT: Final = 20
MSG_NEWKEYS: Final = 21
COOKIE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class KexInit:
    """The name lists in the order of the message, each in its sender's order of preference."""

    kex: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers_to_server: tuple[str, ...]
    ciphers_to_client: tuple[str, ...]
    macs_to_server: tuple[str, ...]
    macs_to_client: tuple[str, ...]
    compressions_to_server: tuple[str, ...]
    compressions_to_client: tuple[str, ...]


def build_kexinit(offer: KexInit, cookie: bytes) -> bytes:
    """Give the payload of a KEXINIT with 16 random bytes as cookie."""
    if len(cookie) != COOKIE_BYTES:
        msg = f"KEXINIT cookie: got {len(cookie)} bytes, expected {COOKIE_BYTES}"
        raise ValueError(msg)
    lists = (
        offer.kex, offer.host_keys, offer.ciphers_to_server, offer.ciphers_to_client, offer.macs_to_server,
        offer.macs_to_client, offer.compressions_to_server, offer.compressions_to_client, (), (),
    )  # fmt: skip
    # ten lists (the last two are languages), then first_kex_packet_follows = false and a reserved zero
    return bytes([MSG_KEXINIT]) + cookie + b"".join(build_name_list(names) for names in lists) + bytes(5)


def parse_kexinit(payload: bytes) -> KexInit:
    """Read the payload of a KEXINIT. Raises: ParseError for any other message or a cut one."""
    fields = Fields(payload)
    number = fields.take(1)[0]
    if number != MSG_KEXINIT:
        msg = f"SSH message: got number {number}, expected {MSG_KEXINIT} (KEXINIT)"
        raise ParseError(msg)
    fields.take(COOKIE_BYTES)
    lists = tuple(fields.name_list() for _ in range(8))
    return KexInit(*lists)
