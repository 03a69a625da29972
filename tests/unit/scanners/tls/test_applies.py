from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanners.tls.applies import SILENT_PORTS_LEFT_ALONE, TLS_PORTS, applies
from sekisho.model.facts import FtpFeatures, Greeting, HttpAnswer
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier

SILENT = Greeting("silent", "", 0)
SSH = Greeting("ssh", "SSH-2.0-x", 9)
FTP = Greeting("ftp", "220 ready", 11)
UNKNOWN = Greeting("unknown", "hello", 5)
PAGE = HttpAnswer(200, False, "", "", "", "", "", False, (), "", "")
TO_HTTPS = replace(PAGE, status=400, text="The plain HTTP request was sent to HTTPS port")


def view(port: int, tier: Tier = Tier.T2, transport: str = "tcp") -> ServiceView:
    return ServiceView(ip_address("192.0.2.1"), transport, port, tier)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (view(443), True),
        (view(443, Tier.T3), True),
        (view(443, Tier.T1), False),
        (view(443, transport="udp"), False),
        (replace(view(443), greeting=SILENT), True),
        (replace(view(443), greeting=SSH), False),
        (replace(view(443), greeting=UNKNOWN), False),
        (view(12345), False),
        (replace(view(12345), greeting=SILENT), True),
        (replace(view(12345), greeting=SILENT, http=PAGE), False),
        (replace(view(12345), greeting=SILENT, http=TO_HTTPS), True),
        (replace(view(8080), greeting=SILENT), False),
        (replace(view(8080), greeting=SILENT, http=TO_HTTPS), True),
        (replace(view(9100), greeting=SILENT), False),
        (replace(view(11112), greeting=SILENT), False),
        (replace(view(22), greeting=SSH), False),
        (replace(view(25), greeting=replace(SSH, protocol="smtp")), True),
        (replace(view(2525), greeting=replace(SSH, protocol="smtp")), True),
        (replace(view(25, Tier.T1), greeting=replace(SSH, protocol="smtp")), False),
        (replace(view(110), greeting=replace(SSH, protocol="pop3")), True),
        (replace(view(143), greeting=replace(SSH, protocol="imap")), True),
        (replace(view(21), greeting=FTP), True),
        (replace(view(21), greeting=FTP, ftp=FtpFeatures(True, True, ("AUTH TLS",))), True),
        (replace(view(21), greeting=FTP, ftp=FtpFeatures(True, False, ("SIZE",))), False),
        (replace(view(21), greeting=FTP, ftp=FtpFeatures(False, False, ())), True),
    ],
)
def test_which_services_are_offered_tls(given: ServiceView, expected: bool) -> None:
    assert applies(given) is expected


def test_no_port_stands_on_both_lists() -> None:
    assert not TLS_PORTS & SILENT_PORTS_LEFT_ALONE


@pytest.mark.parametrize("port", [104, 2575, 2761, 11112, 9100, 9107, 515])
def test_medical_and_printing_ports_never_get_a_hello_unasked(port: int) -> None:
    assert port in SILENT_PORTS_LEFT_ALONE
