import pytest

from checks.time.server_is_set import server_is_set
from sekisho.model.config_facts import ConfigTime
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (ConfigTime(("ntp.example.jp",), complete=True, lines=(3,)), ("unknown", "offset_not_measured")),
        (ConfigTime((), complete=False, lines=()), ("unknown", "not_understood")),
        (ConfigTime((), complete=True, lines=()), ("fail", "no_server")),
    ],
)
def test_judges_where_the_time_comes_from(fact: ConfigTime, expected: tuple[str, str]) -> None:
    assert outcome(server_is_set, [see(fact)], NoParams()) == expected
