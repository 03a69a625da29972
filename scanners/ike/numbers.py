"""The numbers of IKE and the names that this project uses for them. No I/O.

Source: IANA "Internet Key Exchange Version 2 (IKEv2) Parameters", IANA "Internet Key Exchange (IKE) Attributes" and
"ISAKMP" registries, RFC 7296, RFC 2409, RFC 2408, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HEADER_BYTES: Final = 28
NON_ESP_MARKER: Final = bytes(4)  # RFC 3948 2.2: what makes a message on port 4500 an IKE message
NAT_PORT: Final = 4500

SA_INIT, MAIN, AGGRESSIVE, INFORMATIONAL_1, INFORMATIONAL_2 = 34, 2, 4, 5, 37
"""Exchange types: IKE_SA_INIT (v2), identity protection and aggressive (v1), informational of either."""

# payloads of version 2
SA_2, KE_2, NONCE_2, NOTIFY_2, VENDOR_2 = 33, 34, 40, 41, 43
# payloads of version 1
SA_1, KE_1, ID_1, HASH_1, SIGNATURE_1, NONCE_1, NOTIFY_1, VENDOR_1 = 1, 4, 5, 8, 9, 10, 11, 13
FRAGMENT_1: Final = 132  # private use: a piece of a message, after both sides announced fragmentation ([MS-IKEE] 2.2.3)

NO_PROPOSAL_CHOSEN, INVALID_KE_PAYLOAD = 14, 17
NAT_SOURCE, NAT_DESTINATION, COOKIE, FRAGMENTATION = 16388, 16389, 16390, 16430
MOST_COOKIE_BYTES: Final = 64  # RFC 7296 2.6
_NOTIFIES: Final = {
    1: "UNSUPPORTED_CRITICAL_PAYLOAD", 4: "INVALID_IKE_SPI", 5: "INVALID_MAJOR_VERSION", 7: "INVALID_SYNTAX",
    9: "INVALID_MESSAGE_ID", 11: "INVALID_SPI", 14: "NO_PROPOSAL_CHOSEN", 17: "INVALID_KE_PAYLOAD",
    24: "AUTHENTICATION_FAILED", 43: "TEMPORARY_FAILURE", 16390: "COOKIE",
}  # fmt: skip
_NOTIFIES_1: Final = {
    1: "INVALID-PAYLOAD-TYPE", 2: "DOI-NOT-SUPPORTED", 3: "SITUATION-NOT-SUPPORTED", 4: "INVALID-COOKIE",
    5: "INVALID-MAJOR-VERSION", 6: "INVALID-MINOR-VERSION", 7: "INVALID-EXCHANGE-TYPE", 14: "NO-PROPOSAL-CHOSEN",
    16: "PAYLOAD-MALFORMED", 18: "INVALID-ID-INFORMATION", 24: "AUTHENTICATION-FAILED", 29: "UNSUPPORTED-EXCHANGE-TYPE",
}  # fmt: skip
_FIRST_STATUS: Final = 16384
"""Notify types from here on state something; below they are errors (RFC 7296 3.10.1)."""


@dataclass(frozen=True, slots=True, order=True)
class Transform:
    """One transform of version 2: its type (1 encryption, 2 PRF, 3 integrity, 4 group), number, key bits or 0."""

    kind: int
    number: int
    bits: int = 0


ENCRYPTION, PRF, INTEGRITY, GROUP = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Suite:
    """One transform of version 1. bits: key length, 0 where the cipher has one alone or none is stated."""

    cipher: int
    bits: int
    hash: int
    group: int
    auth: int


GROUPS: Final[Mapping[int, str]] = {
    1: "modp768", 2: "modp1024", 5: "modp1536", 14: "modp2048", 15: "modp3072", 16: "modp4096", 17: "modp6144",
    18: "modp8192", 19: "ecp256", 20: "ecp384", 21: "ecp521", 22: "modp1024s160", 23: "modp2048s224",
    24: "modp2048s256", 25: "ecp192", 26: "ecp224", 27: "brainpool224", 28: "brainpool256", 29: "brainpool384",
    30: "brainpool512", 31: "x25519", 32: "x448",
}  # fmt: skip

_KEYED: Final = {12: "aes-cbc", 13: "aes-ctr", 23: "camellia-cbc", 7: "blowfish", 6: "cast"}
_AEAD: Final = {
    18: "aes-gcm-8",
    19: "aes-gcm-12",
    20: "aes-gcm-16",
    14: "aes-ccm-8",
    15: "aes-ccm-12",
    16: "aes-ccm-16",
}
_ENCRYPTIONS: Final = {1: "des-iv64", 2: "des", 3: "3des", 4: "rc5", 5: "idea", 11: "null", 28: "chacha20-poly1305"}
_PRFS: Final = {
    1: "md5", 2: "sha1", 3: "tiger", 4: "aes-xcbc", 5: "sha256", 6: "sha384", 7: "sha512", 8: "aes-cmac",
}  # fmt: skip
_INTEGRITIES: Final = {
    1: "md5", 2: "sha1", 5: "aes-xcbc", 6: "md5-128", 7: "sha1-160", 8: "aes-cmac", 12: "sha256", 13: "sha384",
    14: "sha512",
}  # fmt: skip
AEAD: Final = frozenset({*_AEAD, 28})
"""Encryptions that protect integrity themselves: no integrity transform stands beside them (RFC 5282 8)."""

CIPHERS_1: Final[Mapping[int, str]] = {
    1: "des", 2: "idea", 3: "blowfish", 4: "rc5", 5: "3des", 6: "cast", 7: "aes-cbc", 8: "camellia-cbc",
}  # fmt: skip
HASHES_1: Final[Mapping[int, str]] = {1: "md5", 2: "sha1", 3: "tiger", 4: "sha256", 5: "sha384", 6: "sha512"}
AUTHS_1: Final[Mapping[int, str]] = {
    1: "psk", 2: "dss", 3: "rsa", 4: "rsa-encryption", 5: "rsa-encryption-revised", 9: "ecdsa-256", 10: "ecdsa-384",
    11: "ecdsa-521", 64221: "hybrid-rsa", 64223: "hybrid-dss", 65001: "xauth-psk", 65003: "xauth-dss",
    65005: "xauth-rsa",
}  # fmt: skip
"""64221 and up: draft-ietf-ipsec-isakmp-xauth and -hybrid-auth, from the private range."""
USERS_1: Final = frozenset({"hybrid-rsa", "hybrid-dss", "xauth-psk", "xauth-dss", "xauth-rsa"})
"""Methods by which a user logs in over a tunnel, so that the device is an entrance for people."""


def name_of(transform: Transform) -> str:
    """Name a transform of version 2."""
    number, bits = transform.number, transform.bits
    if transform.kind == ENCRYPTION:
        base = _KEYED.get(number) or _AEAD.get(number)
        if base:
            return f"{base}-{bits}" if bits else base
        return _ENCRYPTIONS.get(number, f"encryption-{number}")
    if transform.kind == GROUP:
        return group_name(number)
    names, what = (_PRFS, "prf") if transform.kind == PRF else (_INTEGRITIES, "integrity")
    return names.get(number, f"{what}-{number}")


def group_name(number: int) -> str:
    """Name a Diffie-Hellman group; the numbers are the same in both versions."""
    return GROUPS.get(number, f"group-{number}")


def cipher_name(number: int, bits: int) -> str:
    """Name an encryption of version 1."""
    base = CIPHERS_1.get(number, f"encryption-{number}")
    return f"{base}-{bits}" if bits else base


def notify_name(number: int, *, version: int) -> str:
    """Name a notification."""
    names = _NOTIFIES if version == 2 else _NOTIFIES_1  # noqa: PLR2004 - version 2
    return names.get(number, f"notify-{number}")


def is_error(number: int) -> bool:
    """Tell whether a notification is an error."""
    return number < _FIRST_STATUS
