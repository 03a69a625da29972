from dataclasses import replace

import pytest

from checks.management.no_clear_text import no_clear_text
from sekisho.model.facts import ServiceExposure
from sekisho.registry import NoParams
from tests.unit.checks.management.exposed import SSH, service
from tests.unit.checks.seen import outcome, see

TELNET = replace(SSH, protocol="telnet", clear_text=True)
FTP = replace(SSH, protocol="ftp", management=False)
NAMELESS = replace(SSH, protocol="unknown", management=False)


@pytest.mark.parametrize(
    ("fact", "port", "expected"),
    [
        (TELNET, 23, ("fail", "clear")),
        (replace(FTP, clear_text=True), 21, ("fail", "clear")),
        (replace(SSH, protocol="http", clear_text=True), 80, ("fail", "clear")),
        (replace(SSH, protocol="snmp", clear_text=True), 161, ("fail", "clear")),
        (SSH, 22, ("pass", "encrypted")),
        (replace(SSH, protocol="http"), 80, ("pass", "encrypted")),
        (replace(SSH, protocol="snmp"), 161, ("unknown", "snmp_may_be_clear")),
        (replace(SSH, protocol="ipmi"), 623, ("unknown", "encryption_not_seen")),
        (FTP, 21, ("unknown", "ftp_may_be_clear")),
        (replace(SSH, protocol="rdp"), 3389, ("unknown", "encryption_not_seen")),
        (replace(SSH, protocol="rdp", encrypted=True), 3389, ("pass", "encrypted")),
        (NAMELESS, 23, ("unknown", "not_identified")),
        (replace(NAMELESS, protocol="silent"), 21, ("unknown", "not_identified")),
        (NAMELESS, 8080, None),
        (replace(SSH, protocol="http", management=False, login=True, clear_text=True), 80, None),
        (replace(SSH, protocol="http", management=False, perhaps=True), 80, ("unknown", "page_not_told")),
        (replace(SSH, protocol="https", management=False, perhaps=True), 443, None),
        (replace(SSH, protocol="mysql", management=False), 3306, None),
    ],
)
def test_judges_management_services_and_ftp(fact: ServiceExposure, port: int, expected: tuple[str, str] | None) -> None:
    assert outcome(no_clear_text, [see(fact, subject=service(port))], NoParams()) == expected


def test_nothing_is_said_of_a_nameless_service_without_an_endpoint() -> None:
    assert no_clear_text.judge([see(NAMELESS)], NoParams()) is None
