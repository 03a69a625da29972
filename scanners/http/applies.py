"""Which services are asked for a web page, decided from port, greeting and TLS.

Source: IANA service names; usual ports of device consoles (own list).
"""

from __future__ import annotations

from typing import Final

from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier

HTTP_PORTS: Final = frozenset({
    80, 81, 82, 88, 280, 443, 591, 631, 2301, 2375, 2379, 2381, 3000, 3128, 4433, 4443, 5000, 5800, 5984, 5985, 5986,
    6443, 7080, 7443, 7547,
    8000, 8001, 8006, 8008, 8009, 8010, 8080, 8081, 8082, 8083, 8085, 8086, 8088, 8090, 8091, 8118, 8140, 8172, 8180,
    8200, 8222, 8243, 8280, 8333, 8443, 8444, 8500, 8530, 8531, 8834, 8880, 8888, 9000, 9001, 9080, 9090, 9091, 9443,
    9200, 9981, 10000, 10080, 10443, 11443, 18080, 18443, 20443, 49152, 50080, 50443,
})  # fmt: skip
"""Ports on which a web server usually listens, plain or inside TLS; 9100-9107 print what they get and aren't here."""
TLS_PORTS_WITHOUT_HTTP: Final = frozenset({
    465, 563, 585, 636, 832, 853, 989, 990, 992, 993, 994, 995, 2376, 2762, 3269, 3424, 5061, 5223, 5349, 5671, 6514,
    6679, 6697, 8883, 9093,
    2181, 4899, 6379, 6380, 6432, 9042, 11211, 26379, 27017,
})  # fmt: skip
"""TLS services that speak another protocol inside; in the last row those that were asked for it: with listening, or a
question inside TLS, their two connections are spent."""


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be asked for its root page."""
    if view.transport != "tcp" or view.tier < Tier.T2 or view.protocol:
        return False
    greeted = view.greeting.protocol if view.greeting is not None else "silent"
    if greeted == "http":
        return True
    if greeted != "silent":
        return False  # in HTTP the client speaks first
    if view.tls is not None and view.tls.speaks_tls:
        return view.port not in TLS_PORTS_WITHOUT_HTTP
    return view.port in HTTP_PORTS
