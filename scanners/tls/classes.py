"""Hellos of TLS 1.2 that hold one class of suites alone, so that a refusal rules the whole class out.

A server shows one suite of each hello. What it would take beside it shows only when that is offered alone.
Left out, as in the full hello: Kerberos, PSK, SRP, GOST, the suites of expired drafts; ARIA without forward secrecy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from scanners.tls.groups import group_bits
from scanners.tls.suites import RENEGOTIATION_SCSV, candidates, offered_suites, suite_name
from sekisho.model.tls_classes import DHE, NO_COMMON_AEAD, NO_FORWARD_SECRECY, SMALL_CURVE

SMALL_GROUPS: Final = (21, 20, 19, 18, 17, 16, 15, *range(8, 0, -1))
"""All registered curves below 256 bits, largest first (IANA registry "TLS Supported Groups")."""
_SMALL_BELOW_BITS: Final = 256
_EPHEMERAL: Final = ("TLS_ECDHE_", "TLS_DHE_")
_COMMON_AEAD: Final = ("_GCM_SHA256", "_GCM_SHA384", "_CCM", "_CHACHA20_POLY1305_SHA256")


@cache
def class_suites(name: str) -> tuple[int, ...]:
    """Give the suites of one class, strongest first.

    Takes: one of TLS_CLASSES.
    """
    return (*(code for code in candidates() if _holds(name, suite_name(code))), RENEGOTIATION_SCSV)


def class_of(suites: Sequence[int], groups: Sequence[int]) -> str:
    """Name the class that a TLS 1.2 hello was limited to, "" if it held more than one."""
    names = [suite_name(code) for code in suites if code != RENEGOTIATION_SCSV]
    if not names:
        return ""
    is_small = bool(groups) and all(0 < group_bits(g) < _SMALL_BELOW_BITS for g in groups)
    order = (SMALL_CURVE,) if is_small else (DHE, NO_FORWARD_SECRECY, NO_COMMON_AEAD)
    return next((c for c in order if all(_holds(c, n) for n in names)), "")


def possible_after(refused: Iterable[int]) -> tuple[str, ...]:
    """Give the names of the TLS 1.2 suites that are offered in some hello and in no refused one, sorted."""
    every = {*offered_suites("tls1.2"), *class_suites(NO_FORWARD_SECRECY), *class_suites(NO_COMMON_AEAD)}
    return tuple(sorted(suite_name(code) for code in every - {RENEGOTIATION_SCSV} - set(refused)))


def _holds(name: str, suite: str) -> bool:
    """Tell whether a class holds a suite."""
    if name == DHE:
        return suite.startswith("TLS_DHE_")
    if name == SMALL_CURVE:
        return suite.startswith("TLS_ECDHE_")
    if name == NO_FORWARD_SECRECY:
        return not suite.startswith(_EPHEMERAL) and "ARIA" not in suite
    return suite.startswith(_EPHEMERAL) and not _is_common_aead(suite)


def _is_common_aead(suite: str) -> bool:
    """Tell whether a suite is a usual AEAD one: AES-GCM, AES-CCM, ChaCha20, Camellia-GCM, none with DSS."""
    return suite.endswith(_COMMON_AEAD) and "ARIA" not in suite and "DSS" not in suite
