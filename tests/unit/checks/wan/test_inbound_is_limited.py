from dataclasses import replace

import pytest

from checks.wan.inbound_is_limited import inbound_is_limited
from sekisho.model.point_facts import WanInbound
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

POINT, SSH, PORTAL = "point:192.0.2.1/K1", "service:192.0.2.1/tcp/22", "service:192.0.2.1/tcp/443"
TRIED = WanInbound(outside=("external",), tried_from=("external",), stray=(), explained=(PORTAL,), config_read=False)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (replace(TRIED, stray=(SSH,)), ("fail", "answers_outside")),
        (replace(TRIED, stray=(SSH,), config_read=True), ("fail", "answers_outside")),
        (replace(TRIED, config_read=True), ("pass", "limited")),
        (TRIED, ("unknown", "config_not_read")),
        (replace(TRIED, tried_from=()), ("unknown", "outside_not_tried")),
        (replace(TRIED, tried_from=(), config_read=True), ("unknown", "outside_not_tried")),
        (WanInbound((), (), (), (), config_read=False), ("unknown", "no_external_vantage")),
    ],
)
def test_judges_what_the_outside_reaches(fact: WanInbound, expected: tuple[str, str]) -> None:
    assert outcome(inbound_is_limited, [see(fact, subject=POINT)], NoParams()) == expected


def test_names_the_services() -> None:
    verdict = inbound_is_limited.judge([see(replace(TRIED, stray=(SSH,)), subject=POINT)], NoParams())
    assert verdict is not None
    assert dict(verdict.values) == {"services": SSH}
