"""Hellos of TLS 1.2 that hold what the usual policies forbid and nothing beside it, so that a refusal rules it out.

For the quick depth: a server shows one suite of each hello, and what it would take beside it shows only when that is
offered alone. Left out: Kerberos, PSK, SRP, GOST, the suites of expired drafts.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from scanners.tls.asks import group_universe, universe
from scanners.tls.suites import MOST_OFFERED, suite_name

SMALL_GROUPS: Final = (21, 20, 19, 18, 17, 16, 15, *range(8, 0, -1))
"""All registered curves below 256 bits, largest first (IANA registry "TLS Supported Groups")."""
_EPHEMERAL: Final = ("TLS_ECDHE_", "TLS_DHE_")
_COMMON_AEAD: Final = ("_GCM_SHA256", "_GCM_SHA384", "_CCM", "_CHACHA20_POLY1305_SHA256")


@cache
def quick_offers() -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Give suites and groups of each hello: all weak suites, DHE, ECDHE on curves below 256 bits."""
    every, curves = universe("tls1.2"), group_universe("tls1.2")
    weak = tuple(code for code in every if not _is_sound(suite_name(code)))
    size = MOST_OFFERED - 1  # one more stands for secure renegotiation
    parts = [weak[at : at + size] for at in range(0, len(weak), size)]
    dhe = tuple(code for code in every if suite_name(code).startswith("TLS_DHE_"))
    ecdhe = tuple(code for code in every if suite_name(code).startswith("TLS_ECDHE_"))
    return (*((part, curves) for part in parts), (dhe, curves), (ecdhe, SMALL_GROUPS))


def _is_sound(suite: str) -> bool:
    """Tell whether a suite has forward secrecy and a usual AEAD: AES-GCM, AES-CCM, ChaCha20, Camellia-GCM, no DSS."""
    is_common = suite.endswith(_COMMON_AEAD) and "ARIA" not in suite and "DSS" not in suite
    return suite.startswith(_EPHEMERAL) and is_common
