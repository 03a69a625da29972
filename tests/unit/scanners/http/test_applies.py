from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanners.http.applies import HTTP_PORTS, TLS_PORTS_WITHOUT_HTTP, applies
from sekisho.model.facts import Greeting, TlsVersions
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier

SILENT = Greeting("silent", "", 0)
TLS = TlsVersions(frozenset({"tls1.2"}), frozenset(), frozenset())
NO_TLS = TlsVersions(frozenset(), frozenset(), frozenset({"tls1.2"}))


def view(port: int, tier: Tier = Tier.T2, transport: str = "tcp") -> ServiceView:
    return ServiceView(ip_address("192.0.2.1"), transport, port, tier)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (view(80), True),
        (view(80, Tier.T1), False),
        (view(80, transport="udp"), False),
        (replace(view(80), greeting=SILENT), True),
        (replace(view(80), greeting=Greeting("ssh", "SSH-2.0", 7)), False),
        (replace(view(80), greeting=Greeting("unknown", "x", 1)), False),
        (replace(view(12345), greeting=Greeting("http", "HTTP/1.0", 8)), True),
        (view(12345), False),
        (replace(view(12345), greeting=SILENT), False),
        (replace(view(12345), tls=TLS), True),
        (replace(view(12345), tls=NO_TLS), False),
        (replace(view(443), tls=NO_TLS), True),
        (replace(view(636), tls=TLS), False),
        (replace(view(993), greeting=SILENT, tls=TLS), False),
        (view(9100), False),
        (view(104), False),
    ],
)
def test_which_services_are_asked(given: ServiceView, expected: bool) -> None:
    assert applies(given) is expected


def test_port_lists_do_not_contradict_each_other() -> None:
    assert not HTTP_PORTS & TLS_PORTS_WITHOUT_HTTP
    assert not HTTP_PORTS & {104, 515, 2575, 2761, 2762, 11112, *range(9100, 9108)}
