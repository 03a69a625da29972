from dataclasses import replace

import pytest

from checks.snmp.access_is_restricted import access_is_restricted
from sekisho.model.facts import SnmpSystem
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

AGENT = "service:192.0.2.1/udp/161"
SYSTEM = SnmpSystem("v2c", "RTX1210 Rev.14.01.34", "gw", "", default_community=False)


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        (True, ("fail", "default_community")),
        (False, ("unknown", "declared_community_works")),
        (None, ("unknown", "declared_community_works")),
    ],
)
def test_judges_the_community(default: bool | None, expected: tuple[str, str]) -> None:
    fact = replace(SYSTEM, default_community=default)
    assert outcome(access_is_restricted, [see(fact, subject=AGENT)], NoParams()) == expected


def test_an_agent_that_tells_nothing_never_passes() -> None:
    assert outcome(access_is_restricted, [see(SnmpSystem("v1", "", "", ""))], NoParams()) == (
        "unknown", "declared_community_works",
    )  # fmt: skip


def test_one_answer_to_a_default_community_is_enough() -> None:
    seen = [see(SYSTEM, id="a", evidence="a" * 64), see(replace(SYSTEM, default_community=True), id="b")]
    verdict = access_is_restricted.judge(seen, NoParams())
    assert verdict is not None
    assert (verdict.judgement.value, verdict.evidence) == ("fail", ("e" * 64,))
