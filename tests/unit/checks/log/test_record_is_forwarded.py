import pytest

from checks.log.record_is_forwarded import record_is_forwarded
from sekisho.model.config_facts import ConfigLogging
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (ConfigLogging(("192.0.2.50",), complete=True, lines=(3,)), ("pass", "forwarded")),
        (ConfigLogging(("192.0.2.50",), complete=False, lines=(3,)), ("pass", "forwarded")),
        (ConfigLogging((), complete=False, lines=()), ("unknown", "not_understood")),
        (ConfigLogging((), complete=True, lines=()), ("fail", "kept_nowhere_else")),
    ],
)
def test_judges_where_the_log_goes(fact: ConfigLogging, expected: tuple[str, str]) -> None:
    assert outcome(record_is_forwarded, [see(fact)], NoParams()) == expected


def test_of_two_configurations_the_worse_counts() -> None:
    kept = ConfigLogging((), complete=True, lines=())
    seen = [see(ConfigLogging(("192.0.2.50",), complete=True, lines=(3,)), id="a"), see(kept, id="b")]
    assert outcome(record_is_forwarded, seen, NoParams()) == ("fail", "kept_nowhere_else")
