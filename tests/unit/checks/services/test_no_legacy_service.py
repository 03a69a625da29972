import pytest

from checks.services.no_legacy_service import no_legacy_service
from sekisho.model.facts import ServiceNeed
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see


@pytest.mark.parametrize(
    ("protocol", "legacy", "declared", "expected"),
    [
        ("telnet", "telnet", False, ("fail", "legacy")),
        ("telnet", "telnet", True, ("pass", "declared")),
        ("https", "", False, ("pass", "not_legacy")),
        ("unknown", "", False, ("unknown", "not_identified")),
        ("silent", "", True, ("unknown", "not_identified")),
        ("", "telnet", False, ("unknown", "not_identified")),
    ],
)
def test_judges_identified_services(protocol: str, legacy: str, expected: tuple[str, str], *, declared: bool) -> None:
    fact = ServiceNeed(protocol=protocol, legacy=legacy, declared=declared)
    seen = see(fact, subject="service:192.0.2.1/tcp/23")
    assert outcome(no_legacy_service, [seen], NoParams()) == expected
