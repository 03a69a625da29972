"""The score by table: what is found, missed, skipped, false and unsafe."""

from __future__ import annotations

from typing import Any

import pytest

from lab.score import Score, score
from lab.scoring.documents import Report, Truth
from lab.scoring.sections import Outcome, Section
from lab.scoring.subjects import STRUCTURAL_KINDS
from sekisho.inventory.points import STRUCTURAL

ROUTER = {"id": "asset:router", "addresses": ["192.0.2.1", "198.51.100.1", "2001:db8:1::1"]}
SERVER = {"id": "asset:server", "addresses": ["192.0.2.20"]}
VERSION_FAIL = {"subject": "service:192.0.2.1/tcp/443", "topic": "tls.version", "verdict": "fail"}


def compare(report: dict[str, Any], truth: dict[str, Any]) -> Score:
    """Score small documents."""
    whole = {
        "snapshot": {"stages": ["active", "documents"]},
        "assets": [ROUTER, SERVER],
        "connection_points": [],
        "services": [],
        "findings": [],
        "answers": [],
        **report,
    }
    return score(Report.model_validate(whole), Truth.model_validate({"schema": 1, **truth}))


def section_of(result: Score, name: str) -> Section:
    """Pick a section."""
    return next(section for section in result.sections if section.name == name)


def counts(section: Section) -> tuple[int, int, int, int]:
    """Give found, missed, skipped and false."""
    return (
        section.count(Outcome.FOUND),
        section.count(Outcome.MISSED),
        section.count(Outcome.SKIPPED),
        len(section.false_rows),
    )


def point(at: str, kinds: list[str], asset: str | None = None) -> dict[str, Any]:
    """A connection point as the report has it."""
    address = [] if at.startswith("@") else [at]
    return {"id": f"point:{at}/{kinds[0]}", "kinds": kinds, "asset": asset, "addresses": address}


@pytest.mark.parametrize(
    ("truth", "reported", "complete", "expected"),
    [
        ([{"at": "192.0.2.1", "kinds": ["K5", "K6"]}], [point("192.0.2.1", ["K5", "K6"])], True, (1, 0, 0, 0)),
        ([{"at": "192.0.2.1", "kinds": ["K5", "K6"]}], [point("192.0.2.1", ["K6", "K9"])], True, (1, 0, 0, 0)),
        ([{"at": "192.0.2.1", "kinds": ["K5"]}], [point("192.0.2.1", ["K6"])], True, (0, 1, 0, 1)),
        ([{"at": "192.0.2.1", "kinds": ["K5"]}], [point("192.0.2.1", ["K6"])], False, (0, 1, 0, 0)),
        # Any address of the device, in any notation.
        ([{"at": "192.0.2.1", "kinds": ["K5"]}], [point("198.51.100.1", ["K5"])], True, (1, 0, 0, 0)),
        ([{"at": "2001:DB8:1:0::1", "kinds": ["K5"]}], [point("192.0.2.1", ["K5"])], True, (1, 0, 0, 0)),
        ([{"at": "192.0.2.1", "kinds": ["K5"]}], [point("192.0.2.20", ["K5"])], True, (0, 1, 0, 1)),
        # A device that the report knows by its asset only.
        (
            [{"at": "192.0.2.1", "kinds": ["K5"]}],
            [{"id": "point:x/K5", "kinds": ["K5"], "asset": "asset:router"}],
            True,
            (1, 0, 0, 0),
        ),
        # A line without address, by its number in the register.
        ([{"at": "@L-06", "kinds": ["K7"]}], [point("@L-06", ["K7"])], True, (1, 0, 0, 0)),
        ([{"at": "@L-06", "kinds": ["K7"]}], [point("@L-07", ["K7"])], True, (0, 1, 0, 1)),
        ([{"at": "@L-06", "kinds": ["K7"]}], [{"id": "point:@L-06", "kinds": ["K7"]}], True, (1, 0, 0, 0)),
        # Stages: one of those needed must have run.
        ([{"at": "192.0.2.1", "kinds": ["K5"], "needs": ["config"]}], [], True, (0, 0, 1, 0)),
        ([{"at": "192.0.2.1", "kinds": ["K5"], "needs": ["config", "active"]}], [], True, (0, 1, 0, 0)),
        # A row that is skipped is no truth less: reporting it all the same is right.
        (
            [{"at": "192.0.2.1", "kinds": ["K5"], "needs": ["capture"]}],
            [point("192.0.2.1", ["K5"])],
            True,
            (0, 0, 1, 0),
        ),
        ([], [], True, (0, 0, 0, 0)),
        # A purpose that two ways out share makes them no more one than the device does.
        ([{"at": "192.0.2.1", "kinds": ["K1", "K10"]}], [point("192.0.2.1", ["K3", "K10"])], True, (0, 1, 0, 1)),
        (
            [{"at": "192.0.2.1", "kinds": ["K1", "K5"]}, {"at": "192.0.2.1", "kinds": ["K4", "K5"]}],
            [point("192.0.2.1", ["K1", "K5"])],
            True,
            (1, 1, 0, 0),
        ),
        ([{"at": "192.0.2.1", "kinds": ["K1", "K18"]}], [point("192.0.2.1", ["K3", "K18"])], True, (0, 1, 0, 1)),
        # Where one side doesn't say how the way out is built, its purpose is all there is to compare.
        ([{"at": "192.0.2.1", "kinds": ["K5"]}], [point("192.0.2.1", ["K4", "K5"])], True, (1, 0, 0, 0)),
        ([{"at": "192.0.2.1", "kinds": ["K6", "K12"]}], [point("192.0.2.1", ["K12"])], True, (1, 0, 0, 0)),
        ([{"at": "192.0.2.1", "kinds": ["K18"]}], [point("192.0.2.1", ["K18"])], True, (1, 0, 0, 0)),
        ([{"at": "192.0.2.1", "kinds": ["K18"]}], [point("192.0.2.1", ["K1"])], True, (0, 1, 0, 1)),
    ],
)
def test_connection_points(
    truth: list[dict[str, Any]], reported: list[dict[str, Any]], *, complete: bool, expected: tuple[int, int, int, int]
) -> None:
    named = {"complete": ["connection_points"]} if complete else {}
    result = compare({"connection_points": reported}, {"connection_points": truth, **named})
    assert counts(section_of(result, "connection_points")) == expected


def test_the_structural_kinds_are_those_of_the_product() -> None:
    # Written down twice, because the score depends on report.json and truth.json alone.
    assert frozenset(STRUCTURAL) == STRUCTURAL_KINDS


def service(address: str, port: int, transport: str = "tcp", protocol: str = "https") -> dict[str, Any]:
    """A service as the report has it."""
    return {"address": address, "transport": transport, "port": port, "protocol": protocol}


@pytest.mark.parametrize(
    ("reported", "complete", "expected"),
    [
        ([service("192.0.2.1", 443)], True, (1, 0, 0, 0)),
        ([service("198.51.100.1", 443)], True, (1, 0, 0, 0)),
        ([service("192.0.2.1", 443), service("198.51.100.1", 443)], True, (1, 0, 0, 0)),
        ([service("192.0.2.1", 443, "udp")], True, (0, 1, 0, 1)),
        ([service("192.0.2.1", 444)], True, (0, 1, 0, 1)),
        ([service("192.0.2.1", 444)], False, (0, 1, 0, 0)),
        ([service("192.0.2.1", 443, protocol="http")], True, (1, 0, 0, 0)),
        ([], True, (0, 1, 0, 0)),
    ],
)
def test_services(reported: list[dict[str, Any]], *, complete: bool, expected: tuple[int, int, int, int]) -> None:
    truth = [{"at": "192.0.2.1", "transport": "tcp", "port": 443, "protocol": "https"}]
    named = {"complete": ["services"]} if complete else {}
    result = compare({"services": reported}, {"services": truth, **named})
    assert counts(section_of(result, "services")) == expected


def finding(subject: str, topic: str, verdict: str) -> dict[str, Any]:
    """A finding as truth and report have it."""
    return {"subject": subject, "topic": topic, "verdict": verdict}


@pytest.mark.parametrize(
    ("reported", "expected", "unsafe"),
    [
        ([VERSION_FAIL], (1, 0, 0, 0), 0),
        ([{**VERSION_FAIL, "subject": "service:198.51.100.1/tcp/443"}], (1, 0, 0, 0), 0),
        ([{**VERSION_FAIL, "subject": "service:2001:db8:1::1/tcp/443"}], (1, 0, 0, 0), 0),
        ([{**VERSION_FAIL, "subject": "service:192.0.2.1/tcp/444"}], (0, 1, 0, 1), 0),
        ([{**VERSION_FAIL, "subject": "host:192.0.2.1"}], (0, 1, 0, 1), 0),
        ([{**VERSION_FAIL, "topic": "tls.cipher"}], (0, 1, 0, 0), 0),
        ([{**VERSION_FAIL, "verdict": "unknown"}], (0, 1, 0, 0), 0),
        ([{**VERSION_FAIL, "verdict": "error"}], (0, 1, 0, 0), 0),
        ([{**VERSION_FAIL, "verdict": "pass"}], (0, 1, 0, 0), 1),
        ([{**VERSION_FAIL, "verdict": "not_applicable"}], (0, 1, 0, 0), 1),
        # Another check of the topic passes beside the one that fails: nothing is hidden.
        ([VERSION_FAIL, {**VERSION_FAIL, "verdict": "pass"}], (1, 0, 0, 0), 0),
        ([VERSION_FAIL, {**VERSION_FAIL, "subject": "service:192.0.2.20/tcp/443"}], (1, 0, 0, 1), 0),
        ([], (0, 1, 0, 0), 0),
    ],
)
def test_findings(reported: list[dict[str, Any]], expected: tuple[int, int, int, int], unsafe: int) -> None:
    truth = {"findings": [VERSION_FAIL], "complete": ["topic:tls.version"]}
    section = section_of(compare({"findings": reported}, truth), "findings")
    assert (counts(section), len(section.unsafe)) == (expected, unsafe)


@pytest.mark.parametrize(
    ("truth_verdict", "verdict", "unsafe"),
    [
        ("fail", "pass", 1),
        ("unknown", "pass", 1),
        ("unknown", "not_applicable", 1),
        ("unknown", "fail", 0),
        ("pass", "fail", 0),
        ("pass", "not_applicable", 0),
        ("not_applicable", "pass", 0),
        ("fail", "error", 0),
    ],
)
def test_unsafe_passes_of_findings(truth_verdict: str, verdict: str, unsafe: int) -> None:
    truth = {"findings": [finding("host:192.0.2.1", "firmware.eol", truth_verdict)]}
    result = compare({"findings": [finding("host:192.0.2.1", "firmware.eol", verdict)]}, truth)
    assert result.unsafe_count == unsafe
    assert not result.is_perfect


def test_a_pass_is_unsafe_even_where_the_stage_did_not_run() -> None:
    truth = {"findings": [{**VERSION_FAIL, "needs": ["config"]}]}
    result = compare({"findings": [{**VERSION_FAIL, "verdict": "pass"}]}, truth)
    assert counts(section_of(result, "findings")) == (0, 0, 1, 0)
    assert result.unsafe_count == 1
    assert not result.is_perfect


def test_a_fail_where_truth_says_pass_is_false_on_a_complete_topic() -> None:
    truth = {"findings": [{**VERSION_FAIL, "verdict": "pass"}], "complete": ["topic:tls.version"]}
    assert counts(section_of(compare({"findings": [VERSION_FAIL]}, truth), "findings")) == (0, 1, 0, 1)


@pytest.mark.parametrize(
    ("truth_subject", "reported_subject", "is_found"),
    [
        ("point:192.0.2.1/K5", "point:192.0.2.1/K5", True),
        # The report names the point by another of its kinds.
        ("point:192.0.2.1/K6", "point:192.0.2.1/K5", True),
        ("point:192.0.2.1/K9", "point:192.0.2.1/K5", False),
        ("point:198.51.100.1/K5", "point:192.0.2.1/K5", True),
        ("point:@L-1", "point:@L-1", True),
        ("point:@L-1", "point:@L-2", False),
        ("facility", "facility", True),
        ("facility", "host:192.0.2.1", False),
        ("host:2001:db8:1::1", "host:192.0.2.1", True),
        ("host:192.0.2.77", "host:192.0.2.77", True),
        ("host:192.0.2.77", "host:192.0.2.78", False),
    ],
)
def test_subjects(truth_subject: str, reported_subject: str, *, is_found: bool) -> None:
    report = {
        "connection_points": [point("192.0.2.1", ["K5", "K6"])],
        "findings": [finding(reported_subject, "point.owner", "fail")],
    }
    section = section_of(compare(report, {"findings": [finding(truth_subject, "point.owner", "fail")]}), "findings")
    assert (section.count(Outcome.FOUND) == 1) is is_found


def answer(item: str, state: str, subject: str | None = None) -> dict[str, Any]:
    """An answer as truth and report have it."""
    return {"checklist": "r7", "item": item, "state": state, "subject": subject}


@pytest.mark.parametrize(
    ("truth", "reported", "expected", "unsafe"),
    [
        (answer("2-13", "contradicted"), [answer("2-13", "contradicted")], (1, 0, 0, 0), 0),
        (answer("2-13", "contradicted"), [answer("2-13", "supported")], (0, 1, 0, 1), 1),
        (answer("2-13", "contradicted"), [answer("2-13", "not_applicable")], (0, 1, 0, 1), 1),
        (answer("2-13", "contradicted"), [answer("2-13", "undetermined")], (0, 1, 0, 1), 0),
        (answer("2-13", "undetermined"), [answer("2-13", "supported")], (0, 1, 0, 1), 1),
        (answer("2-13", "supported"), [answer("2-13", "contradicted")], (0, 1, 0, 1), 0),
        (answer("2-13", "hearing_required"), [answer("2-13", "supported")], (0, 1, 0, 1), 0),
        (answer("2-13", "contradicted"), [answer("2-14", "contradicted")], (0, 1, 0, 0), 0),
        (answer("2-13", "contradicted"), [], (0, 1, 0, 0), 0),
        # Without subject any row of the item will do, and the others are of no matter.
        (
            answer("2-13", "contradicted"),
            [answer("2-13", "contradicted", "host:192.0.2.1"), answer("2-13", "supported", "host:192.0.2.20")],
            (1, 0, 0, 0),
            0,
        ),
        # With subject only its own row counts.
        (
            answer("2-13", "contradicted", "host:198.51.100.1"),
            [answer("2-13", "supported", "host:192.0.2.1"), answer("2-13", "contradicted", "host:192.0.2.20")],
            (0, 1, 0, 1),
            1,
        ),
        ({**answer("2-13", "contradicted"), "needs": ["hearing"]}, [], (0, 0, 1, 0), 0),
    ],
)
def test_answers(
    truth: dict[str, Any], reported: list[dict[str, Any]], expected: tuple[int, int, int, int], unsafe: int
) -> None:
    section = section_of(compare({"answers": reported}, {"answers": [truth]}), "answers")
    assert (counts(section), len(section.unsafe)) == (expected, unsafe)


def test_recall_and_precision_are_shares() -> None:
    truth = {
        "findings": [VERSION_FAIL, {**VERSION_FAIL, "subject": "service:192.0.2.20/tcp/443"}],
        "complete": ["topic:tls.version"],
    }
    reported = [VERSION_FAIL, *({**VERSION_FAIL, "subject": f"service:192.0.2.{n}/tcp/443"} for n in (70, 71, 72))]
    section = section_of(compare({"findings": reported}, truth), "findings")
    assert (section.recall, section.precision) == (0.5, 0.25)


def test_kind_and_protocol_recall_stand_apart() -> None:
    truth = {
        "connection_points": [{"at": "192.0.2.1", "kinds": ["K5", "K6"]}, {"at": "192.0.2.20", "kinds": ["K9"]}],
        "services": [{"at": "192.0.2.1", "transport": "tcp", "port": 443, "protocol": "https"}],
    }
    report = {
        "connection_points": [point("192.0.2.1", ["K6"]), point("192.0.2.20", ["K9"])],
        "services": [service("192.0.2.1", 443, protocol="http")],
    }
    result = compare(report, truth)
    assert result.kind_recall == pytest.approx(2 / 3)
    assert result.protocol_recall == 0.0
    assert result.is_perfect


def test_rows_that_truth_does_not_speak_of_are_not_scored() -> None:
    reported = [finding("host:192.0.2.1", "time.sync", "fail"), {**VERSION_FAIL, "verdict": "unknown"}]
    result = compare({"findings": reported}, {"complete": ["topic:tls.version"]})
    assert result.is_perfect


def test_order_of_the_report_does_not_matter() -> None:
    truth = {"findings": [VERSION_FAIL], "complete": ["topic:tls.version"]}
    reported = [VERSION_FAIL, finding("host:192.0.2.1", "time.sync", "pass"), {**VERSION_FAIL, "verdict": "pass"}]
    assert compare({"findings": reported}, truth) == compare({"findings": reported[::-1]}, truth)
