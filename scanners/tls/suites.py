"""Cipher suites: registered names, and which of them are offered with each protocol version.

At most 127 suites per hello and, below TLS 1.2, nothing a later version brought: old stacks fail on longer lists (own
caution; larger offers are cut the same way by the common scanners). Left out for good: Kerberos and SRP (a hello with
SRP suites and no SRP name may be refused, RFC 5054 §2.5.1.2), PSK with TLS 1.2. Not in the first hello of TLS 1.2, but
offered after it where everything is asked for: static DH and ECDH, ARIA.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

MOST_OFFERED: Final = 127
RENEGOTIATION_SCSV: Final = 0x00FF  # RFC 5746 §3.3: stands for the extension, which SSL 3.0 can't carry
_SIGNALLING: Final = frozenset({0x0000, RENEGOTIATION_SCSV, 0x5600})
_TLS13: Final = range(0x1301, 0x1306)
_NEW_IN_TLS12: Final = ("SHA256", "SHA384", "CCM", "CCM_8")
_NEVER_IN_TLS12: Final = (
    "KRB5", "PSK", "SRP", "ECCPWD", "GOST", "SM3", "EXPORT1024", "SSL_", "SHA256_SHA256", "SHA384_SHA384",
)  # fmt: skip
_STATIC_DH: Final = ("TLS_DH_RSA", "TLS_DH_DSS", "TLS_ECDH_RSA", "TLS_ECDH_ECDSA")
_WEAKEST_LAST: Final = ("NULL", "anon", "EXPORT", "WITH_DES", "RC2", "RC4", "IDEA", "3DES", "SEED")
_EXCHANGES: Final = ("TLS_ECDHE_", "TLS_DHE_", "TLS_RSA_WITH")
_STRONGEST_FIRST: Final = ("GCM", "CHACHA20", "CCM", "AES_256", "AES_128", "CAMELLIA", "ARIA")


@cache
def suite_names() -> dict[int, str]:
    """Give every known suite, code point → registered name."""
    table = tomllib.loads(files("scanners.tls").joinpath("suites.toml").read_text(encoding="utf-8"))
    return {int(code, 16): str(name) for code, name in table["suites"].items()}


def suite_name(code: int) -> str:
    """Give the registered name, or the code point where the registry has none."""
    return suite_names().get(code, f"0x{code:04X}")


@cache
def offered_suites(version: str) -> tuple[int, ...]:
    """Give the suites offered with one version, strongest first, so that a server without an opinion shows its best.

    Takes: ssl3 | tls1.0 | tls1.1 | tls1.2 | tls1.3.
    """
    if version == "tls1.3":
        return tuple(_TLS13)
    fits = {"ssl3": _fits_ssl3, "tls1.2": _fits_tls12}.get(version, _fits_old_tls)
    chosen = [code for code, name in suite_names().items() if code not in _SIGNALLING and fits(code, name)]
    return (*sorted(chosen, key=_preference), RENEGOTIATION_SCSV)


@cache
def candidates() -> tuple[int, ...]:
    """Give every suite that a TLS 1.2 hello of ours may hold, strongest first; more than go into one."""
    fits = (c for c, n in suite_names().items() if c not in _SIGNALLING and _is_tls12_candidate(c, n))
    return tuple(sorted(fits, key=_preference))


def _is_tls12_candidate(code: int, name: str) -> bool:
    """Tell whether a suite may stand in a TLS 1.2 hello at all."""
    return code not in _TLS13 and not any(word in name for word in _NEVER_IN_TLS12)


def _fits_old_tls(code: int, name: str) -> bool:
    """Tell whether TLS 1.0 and 1.1 know a suite."""
    return not any(word in name for word in ("KRB5", "SRP", "SM3")) and code not in _TLS13 and not _is_tls12_only(name)


def _fits_ssl3(code: int, name: str) -> bool:
    """Tell whether a suite is offered with SSL 3.0: without PSK the hello stays below 256 bytes.

    It has no padding extension to leave the range of 256 to 511 bytes, at which some load balancers hang (RFC 7685 §4).
    """
    return _fits_old_tls(code, name) and "PSK" not in name


def _fits_tls12(code: int, name: str) -> bool:
    """Tell whether a suite is offered in the full TLS 1.2 hello."""
    return _is_tls12_candidate(code, name) and not name.startswith(_STATIC_DH) and "ARIA" not in name


def _is_tls12_only(name: str) -> bool:
    """Tell whether a suite needs TLS 1.2 (RFC 5246 §7.4.1.2: AEAD, and SHA-2 as MAC)."""
    return name.endswith(_NEW_IN_TLS12) or "GOST" in name


def _preference(code: int) -> tuple[int, int, int, int]:
    """Rank a suite: sound ones first, then forward secrecy, then the cipher."""
    name = suite_names()[code]
    weakness = next((len(_WEAKEST_LAST) - i for i, word in enumerate(_WEAKEST_LAST) if word in name), 0)
    exchange = next((i for i, word in enumerate(_EXCHANGES) if word in name), 3) + ("PSK" in name) * 4
    cipher = next((i for i, word in enumerate(_STRONGEST_FIRST) if word in name), len(_STRONGEST_FIRST))
    return weakness, exchange, cipher, code
