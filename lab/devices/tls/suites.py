"""Cipher suite names: OpenSSL's and the registry's own, for one code point.

Gives what each of our two TLS engines can serve, so that a scenario naming more is refused before anything starts.
"""

from __future__ import annotations

import ssl
from functools import cache

from tlslite.constants import CipherSuite

# OpenSSL's names of suites that current builds leave out, from its manual ciphers(1), version 1.1.0.
OLD_OPENSSL_NAMES = {
    "NULL-MD5": 0x0001,
    "NULL-SHA": 0x0002,
    "RC4-MD5": 0x0004,
    "RC4-SHA": 0x0005,
    "DES-CBC3-SHA": 0x000A,
    "EDH-RSA-DES-CBC3-SHA": 0x0016,
    "DHE-RSA-DES-CBC3-SHA": 0x0016,
    "ADH-RC4-MD5": 0x0018,
    "ADH-DES-CBC3-SHA": 0x001B,
    "ECDHE-ECDSA-RC4-SHA": 0xC007,
    "ECDHE-ECDSA-DES-CBC3-SHA": 0xC008,
    "ECDHE-RSA-RC4-SHA": 0xC011,
    "ECDHE-RSA-DES-CBC3-SHA": 0xC012,
}
TLS13_FIRST, TLS13_LAST = 0x1301, 0x1305  # RFC 8446, B.4
OPENSSL_TLS13 = frozenset({0x1301, 0x1302, 0x1303})
"""What OpenSSL serves in TLS 1.3; Python 3.11 can't choose among them."""

DEFAULT_SUITES = {
    "tls1.2": (
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
    ),
    "tls1.0": ("ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA"),
    "ssl3": ("AES128-SHA", "AES256-SHA", "DES-CBC3-SHA"),
}
"""Served when a scenario names no suites, by version; tls1.1 has those of tls1.0."""


@cache
def openssl_names() -> dict[int, str]:
    """Give what the linked OpenSSL can serve below TLS 1.3, code point → its name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return {
        int(entry["id"]) & 0xFFFF: str(entry["name"])
        for entry in context.get_ciphers()
        # PSK and SRP need a shared secret, which no scenario states.
        if not is_tls13(int(entry["id"]) & 0xFFFF) and not {"PSK", "SRP"} & set(str(entry["name"]).split("-"))
    }


@cache
def tlslite_codes() -> frozenset[int]:
    """Give what tlslite-ng can serve."""
    families = (
        CipherSuite.rc4Suites,
        CipherSuite.tripleDESSuites,
        CipherSuite.aes128Suites,
        CipherSuite.aes256Suites,
        CipherSuite.aes128GcmSuites,
        CipherSuite.aes256GcmSuites,
        CipherSuite.chacha20Suites,
        CipherSuite.nullSuites,
        CipherSuite.tls13Suites,
    )
    exchanges = (
        CipherSuite.certSuites,
        CipherSuite.dheCertSuites,
        CipherSuite.ecdheCertSuites,
        CipherSuite.ecdheEcdsaSuites,
        CipherSuite.anonSuites,
        CipherSuite.ecdhAnonSuites,
        CipherSuite.tls13Suites,
    )
    return frozenset().union(*families) & frozenset().union(*exchanges)


@cache
def codes() -> dict[str, int]:
    """Give every name that a scenario may write, name → code point."""
    registry = {str(name): int(code) for code, name in CipherSuite.ietfNames.items()}
    by_openssl = {name: code for code, name in openssl_names().items()}
    known = {**registry, **OLD_OPENSSL_NAMES, **by_openssl}
    servable = tlslite_codes() | set(openssl_names()) | OPENSSL_TLS13
    return {name: code for name, code in known.items() if code in servable}


def is_tls13(code: int) -> bool:
    """Tell the suites of TLS 1.3, which belong to no other version."""
    return TLS13_FIRST <= code <= TLS13_LAST
