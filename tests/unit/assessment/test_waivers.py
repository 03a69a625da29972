from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sekisho.assessment.build import assess
from sekisho.model.engagement import DeclaredWaiver, Origin
from sekisho.model.report import LimitPart, Report
from tests.unit.assessment.kits import finding, item, kit, report, use, with_obedient
from tests.unit.inventory.worlds import World, tls, world

WEB = "service:192.0.2.1/tcp/443"
FAILED = f"tls.min-version@{WEB}"
ITEM = "mhlw-hospital-r7:1"


def waiver(target: str, *, until: date = date(2027, 3, 31)) -> DeclaredWaiver:
    return DeclaredWaiver(target, "機器更新まで", "病院長", until, Origin("documents/waivers.csv", "L2"))


def made(*waivers: DeclaredWaiver) -> World:
    return world(waivers=waivers).open(WEB, tls("tls1.0"))


def judged(*waivers: DeclaredWaiver) -> Report:
    items: tuple[dict[str, Any], ...] = (item("1", use("tls.min-version", mood="fail")), item("2"))
    return report(made(*waivers), *items, checks=with_obedient())


def limit(found: Report, name: str) -> LimitPart | None:
    return next((part for part in found.limits if part.id == name), None)


def test_a_waiver_is_shown_and_changes_neither_verdict_nor_state() -> None:
    plain, found = judged(), judged(waiver(FAILED), waiver(ITEM))
    first, second = found.answers
    assert (first.waiver, second.waiver) == (f"{ITEM}, {FAILED}", None)
    assert first.model_copy(update={"waiver": None}) == plain.answers[0]
    assert first.state == "contradicted"
    assert found.findings == plain.findings
    assert finding(found, "tls.min-version", WEB).verdict == "fail"
    assert [(w.id, w.subject, w.justification, w.approver, w.expires, w.expired) for w in found.waivers] == [
        (ITEM, "facility", "機器更新まで", "病院長", "2027-03-31", False),
        (FAILED, WEB, "機器更新まで", "病院長", "2027-03-31", False),
    ]
    assert (limit(found, "waivers_expired"), limit(found, "waivers_unmatched")) == (None, None)


def test_an_expired_waiver_is_ignored_and_named() -> None:
    found = judged(waiver(FAILED, until=date(2026, 11, 20)))
    assert found.answers[0].waiver is None
    assert [w.expired for w in found.waivers] == [True]
    told = limit(found, "waivers_expired")
    assert told is not None
    assert FAILED in told.what.ja
    assert limit(found, "waivers_unmatched") is None


def test_a_waiver_holds_to_the_end_of_its_day_at_the_facility_by_the_clock_of_the_run() -> None:
    there = made(waiver(FAILED, until=date(2026, 11, 21)))
    about = kit(there, item("1", use("tls.min-version", mood="fail")), checks=with_obedient())
    # 2026-11-22 begins in Tokyo at 15:00 UTC the day before
    moments = {datetime(2026, 11, 21, 14, 59, tzinfo=UTC): FAILED, datetime(2026, 11, 21, 15, 0, tzinfo=UTC): None}
    for moment, expected in moments.items():
        assert assess(replace(there.record(), taken_at=moment), about).answers[0].waiver == expected


def test_a_waiver_for_what_the_report_does_not_have_is_named() -> None:
    found = judged(waiver("tls.min-version@service:192.0.2.9/tcp/443"), waiver("mhlw-hospital-r7:9-9"))
    told = limit(found, "waivers_unmatched")
    assert told is not None
    assert "192.0.2.9" in told.what.en
    assert "9-9" in told.what.en
    assert {w.subject for w in found.waivers} == {"facility"}
    assert all(a.waiver is None for a in found.answers)
