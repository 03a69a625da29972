from dataclasses import replace

import pytest

from checks.services.log_in_is_encrypted import log_in_is_encrypted
from sekisho.model.facts import ServiceExposure
from sekisho.registry import NoParams
from tests.unit.checks.management.exposed import SSH
from tests.unit.checks.seen import outcome, see

APPLICATION = replace(SSH, protocol="http", management=False, login=True)
READABLE = replace(APPLICATION, login_readable=True)
INSIDE_TLS = replace(APPLICATION, protocol="https")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([READABLE], ("fail", "readable")),
        ([replace(READABLE, protocol="mssql")], ("fail", "readable")),
        ([APPLICATION], ("unknown", "scheme")),
        ([INSIDE_TLS], ("pass", "encrypted")),
        ([replace(APPLICATION, protocol="mssql")], ("pass", "encrypted")),
        ([INSIDE_TLS, READABLE], ("fail", "readable")),
        ([INSIDE_TLS, APPLICATION], ("unknown", "scheme")),
    ],
)
def test_one_readable_log_in_is_enough(facts: list[ServiceExposure], expected: tuple[str, str]) -> None:
    seen = [see(fact, subject="service:192.0.2.1/tcp/80") for fact in facts]
    assert outcome(log_in_is_encrypted, seen, NoParams()) == expected


@pytest.mark.parametrize("fact", [replace(APPLICATION, login=False), replace(READABLE, management=True)])
def test_management_and_services_without_a_log_in_get_no_finding(fact: ServiceExposure) -> None:
    assert log_in_is_encrypted.judge([see(fact, subject="service:192.0.2.1/tcp/80")], NoParams()) is None
