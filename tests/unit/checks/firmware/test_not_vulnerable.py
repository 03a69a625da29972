from dataclasses import replace

import pytest

from checks.firmware.not_exploited import not_exploited
from checks.firmware.not_vulnerable import not_vulnerable
from sekisho.model.facts import Lifecycle
from sekisho.model.verdicts import Confidence
from sekisho.registry import NoParams
from tests.unit.checks.firmware.lifecycle import FORTIOS
from tests.unit.checks.seen import outcome, see

ROWS = [
    (replace(FORTIOS, version="6.0.4", version_affected="yes"), ("fail", "affected")),
    (replace(FORTIOS, version_affected="no"), ("pass", "outside_ranges")),
    (FORTIOS, ("unknown", "range_not_known")),
    (replace(FORTIOS, version=""), ("unknown", "version_not_seen")),
    (replace(FORTIOS, product="", version="", exploited=()), ("unknown", "product_not_seen")),
    (replace(FORTIOS, exploited=()), ("unknown", "not_in_data")),
    (replace(FORTIOS, exploited=(), version_affected="no"), ("unknown", "not_in_data")),
]


@pytest.mark.parametrize(("fact", "expected"), ROWS)
def test_judges_by_the_ranges(fact: Lifecycle, expected: tuple[str, str]) -> None:
    assert outcome(not_vulnerable, [see(fact)], NoParams()) == expected


@pytest.mark.parametrize("fact", [fact for fact, _ in ROWS])
def test_agrees_with_the_exploited_list_as_long_as_that_is_all_the_data(fact: Lifecycle) -> None:
    """Both serve one checklist item, so a difference would turn its answer."""
    one, other = (c.judge([see(fact)], NoParams()) for c in (not_vulnerable, not_exploited))
    assert one is not None
    assert other is not None
    assert one.judgement is other.judgement


def test_one_hit_is_enough_and_names_its_holes() -> None:
    hit = replace(FORTIOS, version_affected="yes", affecting=("CVE-2023-27997",))
    verdict = not_vulnerable.judge([see(FORTIOS, id="a"), see(hit, id="b")], NoParams())
    assert verdict is not None
    assert (verdict.judgement.value, verdict.cves) == ("fail", ("CVE-2023-27997",))
    assert verdict.confidence is Confidence.MEDIUM


def test_neither_inside_nor_outside_a_range_proves_anything_of_a_package() -> None:
    for affected in ("yes", "no", "cannot_tell"):
        fact = replace(FORTIOS, version_affected=affected, packager="Debian 12")
        assert outcome(not_vulnerable, [see(fact)], NoParams()) == ("unknown", "packaged")
