"""What is offered on one connection, as plain data: the planner decides it, the talk sends it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from scanners.tls.groups import HYBRIDS, OLD_OFFER, TLS13_OFFER
from scanners.tls.suites import RENEGOTIATION_SCSV, candidates, offered_suites, suite_name

FALLBACK_SCSV: Final = 0x5600  # RFC 7507: "I would have offered more"
SIGNALS: Final = frozenset({RENEGOTIATION_SCSV, FALLBACK_SCSV})
OLD: Final = ("tls1.2", "tls1.1", "tls1.0", "ssl3")
"""Versions that a hello without supported_versions offers together, newest first."""
SIGNATURES: Final = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601,
    0x0303, 0x0301, 0x0402, 0x0203, 0x0201, 0x0202, 0x0101,
)  # fmt: skip
"""ECDSA, EdDSA, PSS, PKCS#1 with SHA-2, then SHA-224, DSA, SHA-1, MD5, so that a weak certificate is shown too."""
SIGNATURES_13: Final = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B)
"""Those that may sign a handshake of TLS 1.3 (RFC 8446 §4.2.3); the others sign certificates alone there."""
RARE_GROUPS: Final = (259, 260, 41)
"""Registered for TLS 1.3 and asked for by name alone: ffdhe6144, ffdhe8192, curveSM2."""
_BY_FAMILY: Final = {
    "rsa": (0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601, 0x0301, 0x0201, 0x0101),
    "ec": (0x0403, 0x0503, 0x0603, 0x0303, 0x0203),
    "ed25519": (0x0807,),
    "ed448": (0x0808,),
    "dsa": (0x0402, 0x0202),
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A session ticket of TLS 1.3 and the key that it stands for. age_add: hides how old it is (RFC 8446 §4.6.1)."""

    suite: int
    identity: bytes
    age_add: int
    key: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """One offer. versions: newest first; those below TLS 1.3 without a gap down to the oldest. sni: a name or "".

    shares: with key shares, so that a TLS 1.3 server shows its certificate at once; else it only names its choice.
    settled: leave a CertificateRequest unanswered. finish: complete a TLS 1.3 handshake, to see its tickets.
    ticket: of a handshake before, to be resumed.
    """

    versions: tuple[str, ...]
    suites: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    sni: str = ""
    shares: bool = False
    signatures: tuple[int, ...] = SIGNATURES
    alpn: tuple[str, ...] = ()
    settled: bool = True
    finish: bool = False
    ticket: Ticket | None = None


@cache
def universe(version: str) -> tuple[int, ...]:
    """Give every suite that is ever offered with a version, strongest first; ssl2 has none of these."""
    if version == "ssl2":
        return ()
    if version != "tls1.2":
        return tuple(c for c in offered_suites(version) if c not in SIGNALS)
    main = offered_suites("tls1.2")
    more = (c for c in candidates() if c not in main)
    return (*(c for c in main if c not in SIGNALS), *more)


@cache
def group_universe(version: str) -> tuple[int, ...]:
    """Give every group that is ever offered with a version, the usual ones first."""
    if version == "tls1.3":
        return (*TLS13_OFFER, *HYBRIDS, *RARE_GROUPS)
    return () if version in {"ssl2", "ssl3"} else OLD_OFFER


def first_suites() -> tuple[int, ...]:
    """Give the suites of the first hello, which offers TLS 1.3 to 1.0."""
    return (*offered_suites("tls1.3")[:5], *offered_suites("tls1.2"))


def first_groups() -> tuple[int, ...]:
    """Give the groups of the first hello: those we can compute, then the old ones."""
    return tuple(dict.fromkeys((*TLS13_OFFER, *group_universe("tls1.2"))))


def needs_group(suite: int, version: str) -> bool:
    """Tell whether a suite can be chosen only together with a group on offer."""
    return version == "tls1.3" or (version != "ssl3" and suite_name(suite).startswith("TLS_ECDH"))


def is_ephemeral_curve(suite: int, version: str) -> bool:
    """Tell whether the choice of a suite names a group."""
    return version == "tls1.3" or suite_name(suite).startswith(("TLS_ECDHE_", "TLS_ECDH_anon_"))


def is_signed(suite: int, version: str) -> bool:
    """Tell whether a handshake with a suite shows a signature with an algorithm of the client's list."""
    name = suite_name(suite)
    return version == "tls1.3" or (
        version == "tls1.2" and name.startswith(("TLS_ECDHE_", "TLS_DHE_")) and "PSK" not in name
    )


def signatures_without(families: frozenset[str]) -> tuple[int, ...]:
    """Give the signature algorithms that none of these kinds of key can make."""
    gone = {code for family in families for code in _BY_FAMILY.get(family, ())}
    return tuple(code for code in SIGNATURES if code not in gone)
