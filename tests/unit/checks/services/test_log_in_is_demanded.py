import pytest

from checks.services.log_in_is_demanded import log_in_is_demanded
from sekisho.model.service_facts import LogInDemand
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [
        (["answered"], "fail", "answered"),
        (["demanded"], "pass", "demanded"),
        (["refused"], "pass", "refused"),
        (["not_seen"], "unknown", "not_seen"),
        (["not_identified"], "unknown", "not_identified"),
        (["demanded", "answered"], "fail", "answered"),
        (["demanded", "not_seen"], "unknown", "not_seen"),
    ],
)
def test_one_answer_without_a_log_in_is_enough(answers: list[str], verdict: str, reason: str) -> None:
    seen = [see(LogInDemand("redis", answer), subject="service:192.0.2.1/tcp/6379") for answer in answers]
    assert outcome(log_in_is_demanded, seen, NoParams()) == (verdict, reason)
