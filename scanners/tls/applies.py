"""Which services are asked for TLS, decided from port, greeting and an HTTP answer.

Source: IANA service names (ports registered for TLS), vendors' usual ports of VPN portals and consoles (own list);
ports that take raw print or medical data: docs of the pace profiles and domain rules (never random bytes).
"""

from __future__ import annotations

from typing import Final

from scanners.tls.starttls import LINES
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier

TLS_PORTS: Final = frozenset({
    443, 465, 563, 585, 636, 832, 853, 989, 990, 992, 993, 994, 995, 1443, 2083, 2087, 2096, 2376, 2443, 2762, 3269,
    3424, 4433, 4443, 4444, 5061, 5223, 5349, 5443, 5671, 5986, 6443, 6514, 6679, 6697, 7443, 8006, 8140, 8172, 8243,
    8333, 8443, 8444, 8531, 8834, 8843, 8883, 9093, 9440, 9443, 10443, 11443, 12443, 18443, 20443, 44443, 50443,
    6379, 26379,  # Redis, to which nobody listens: whoever there does not speak it in clear
})  # fmt: skip
"""Ports on which TLS usually begins with the first byte."""
SILENT_PORTS_LEFT_ALONE: Final = frozenset({
    80, 81, 88, 102, 104, 111, 135, 139, 179, 389, 445, 502, 515, 548, 554, 631, 1080, 1194, 1433, 1521, 1701, 1723,
    1883, 2049, 2401, 2575, 2761, 3000, 3128, 3260, 3268, 3389, 4242, 5000, 5040, 5060, 5222, 5357, 5432, 5672, 5985,
    6000, 7680, 8000, 8008, 8080, 8081, 8088, 8888, 9000, *range(9100, 9108), 11112, 20000, 44818, 47808,
})  # fmt: skip
"""Services that wait for the client too, but not for TLS: a hello would be noise, or would be printed or stored."""

_TOLD_BY_GREETING: Final = frozenset({"smtp", "ftp", "imap", "pop3"})
"""Those of LINES that anybody may follow up; MySQL has to show its handshake, not an error."""


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be offered TLS.

    Gives: True for a usual port, a protocol that may move to TLS, told by its greeting or by its answer to one request
    (one that says that it can't left out), a service that is silent on an unknown port, and one whose HTTP page says
    so.
    """
    if view.transport != "tcp" or view.tier < Tier.T2:
        return False
    if view.protocol or (view.greeting is not None and view.greeting.protocol != "silent"):
        return _may_move(view)  # in TLS the client speaks first, so whoever greets speaks something else
    if view.http is not None and view.http.status == 400:  # noqa: PLR2004 - what a TLS server says to plain HTTP
        return view.port in TLS_PORTS or "https" in f"{view.http.title} {view.http.text}".lower()
    if view.port in TLS_PORTS:
        return True
    return view.greeting is not None and view.http is None and view.port not in SILENT_PORTS_LEFT_ALONE


def _may_move(view: ServiceView) -> bool:
    """Tell whether a service that speaks another protocol may move to TLS."""
    if view.protocol:
        return view.protocol in LINES and not view.declines_tls
    if view.greeting is None or view.greeting.protocol not in _TOLD_BY_GREETING:
        return False
    return view.ftp is None or view.ftp.auth_tls or not view.ftp.answered
