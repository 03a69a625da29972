from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from sekisho.assessment.answers import state_of
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import HearingAnswer, Origin, RowState
from sekisho.model.report import AnswerPart
from sekisho.model.verdicts import Judgement
from tests.unit.assessment.kits import item, report, use, with_obedient
from tests.unit.inventory.worlds import World, device, line, tls, world

P, F, U, N, E = (Judgement(j) for j in ("pass", "fail", "unknown", "not_applicable", "error"))
WEB = "service:192.0.2.1/tcp/443"


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([], "undetermined"),
        ([P], "supported"),
        ([P, N], "supported"),
        ([N], "not_applicable"),
        ([N, U], "undetermined"),
        ([P, U], "undetermined"),
        ([P, E], "undetermined"),
        ([P, F], "contradicted"),
        ([F, U, E, N], "contradicted"),
    ],
)
def test_fold_in_the_order_of_the_design(verdicts: list[Judgement], state: str) -> None:
    assert state_of("partial", verdicts, observed_anything=True) == state
    assert state_of("none", verdicts, observed_anything=True) == "hearing_required"


def test_run_without_evidence_supports_and_excludes_nothing() -> None:
    for verdicts in product([P, N, U], repeat=2):
        assert state_of("full", verdicts, observed_anything=False) == "undetermined"


@pytest.mark.parametrize("verifiability", ["full", "partial", "not_observable"])
def test_failing_evidence_never_makes_an_answer_better(verifiability: str) -> None:
    order = ["supported", "not_applicable", "undetermined", "contradicted"]
    for verdicts in product(Judgement, repeat=2):
        before = state_of(verifiability, verdicts, observed_anything=True)
        for more in (F, U, E):
            after = state_of(verifiability, [*verdicts, more], observed_anything=True)
            assert order.index(after) >= order.index(before)


def hearing(answer: str, *, day: int = 1, item_id: str = "1") -> HearingAnswer:
    return HearingAnswer(
        "mhlw-hospital-r7",
        item_id,
        "",
        answer,
        date(2026, 10, day),
        date(2027, 3, 31),
        "",
        Origin("answers.csv", f"{day}"),
    )


def told(mood: str, *heard: HearingAnswer) -> AnswerPart:
    made = world(answers=heard).open(WEB, tls("tls1.2"))
    return report(made, item("1", use("tls.min-version", mood=mood)), checks=with_obedient()).answers[0]


@pytest.mark.parametrize(
    ("mood", "answer", "conflict"),
    [("fail", "yes", True), ("fail", "no", False), ("fail", "not_applicable", False), ("pass", "yes", False),
     ("unknown", "yes", False), ("pass", "no", False)],
)  # fmt: skip
def test_yes_against_contradicting_evidence_is_a_conflict(mood: str, answer: str, *, conflict: bool) -> None:
    found = told(mood, hearing(answer))
    assert (found.hearing, found.conflict, found.target_date) == (answer, conflict, "2027-03-31")
    assert found.hearing_origin == "answers.csv [1]"


def test_newest_of_several_answers_counts_and_any_yes_conflicts() -> None:
    found = told("fail", hearing("no", day=5), hearing("yes", day=2))
    assert (found.hearing, found.conflict) == ("no", True)


def test_answer_to_another_item_or_none_at_all() -> None:
    found = told("pass", hearing("yes", item_id="2"))
    assert (found.hearing, found.hearing_origin, found.target_date, found.conflict) == (None, "", None, False)


def test_supported_with_partial_verifiability_speaks_of_the_tested_part() -> None:
    assert "tested part" in told("pass").reason.en


def answer(made: World, *uses: dict[str, Any], **more: str) -> AnswerPart:
    return report(made, item("1", *uses, **more)).answers[0]


def test_item_for_people_says_nothing_observed() -> None:
    found = answer(world().open(WEB, tls("tls1.2")), verifiability="none")
    assert (found.state, found.observed.devices_seen, found.observed.period) == ("hearing_required", 0, None)


def test_coverage_counts_what_the_item_speaks_of() -> None:
    rows = (
        device("S1", "192.0.2.1", category="server"), device("S2", "192.0.2.2", category="server"),
        device("S3", "192.0.2.3", category="server"), device("P", "192.0.2.4", category="pc"),
    )  # fmt: skip
    made = world(devices=rows, lines=(line("L", "192.0.2.9", "K1"),)).open(WEB, tls("tls1.2"))
    made.saw("host:192.0.2.2", outcome=Outcome.TIMEOUT, minutes=9).alive("192.0.2.7")
    servers = answer(made, use("services.no-legacy-service", "server")).observed
    assert (servers.devices_seen, servers.devices_expected, servers.segments) == (1, 3, ("192.0.2.0/24",))
    assert [b.en for b in servers.blind] == [
        "devices not asked: 1", "devices asked and silent: 1",
        "looked from one place only: management segment “management”",
    ]  # fmt: skip
    assert servers.period == ("2026-11-21T20:00:00+00:00", "2026-11-21T20:09:00+00:00")
    everything = answer(made, use("services.no-legacy-service", "server"), use("register.cells-agree")).observed
    assert (everything.devices_seen, everything.devices_expected) == (1, 5)
    assert "answered and in no register: 1 devices (not among those seen)" in [b.en for b in everything.blind]


def test_only_expected_devices_count_as_seen_and_others_stand_apart() -> None:
    rows = (
        device("S1", "192.0.2.1", category="server"),
        device("S2", "192.0.2.2", category="server", state=RowState.DISPOSED),
        device("P", "192.0.2.3", category="pc", state=RowState.STOPPED),
    )
    made = world(devices=rows).open(WEB, tls("tls1.2"))
    for address in ("192.0.2.2", "192.0.2.3", "192.0.2.8", "192.0.2.9"):
        made.alive(address)
    everything = answer(made, use("register.cells-agree")).observed
    assert (everything.devices_seen, everything.devices_expected) == (1, 1)
    assert [b.en for b in everything.blind][:2] == [
        "answered and in no register: 2 devices (not among those seen)",
        "answered though stopped or disposed of: 2 devices (not among those seen)",
    ]
    servers = answer(made, use("services.no-legacy-service", "server")).observed
    assert next(b.en for b in servers.blind).startswith("answered though stopped or disposed of: 1 devices")


def test_reason_of_undetermined_says_which_kind_it_is() -> None:
    made = world().open(WEB, tls("tls1.2"))
    assert "No check" in answer(made).reason.en
    assert "No device or service" in answer(made, use("maintenance.remote-access-is-listed")).reason.en
    assert "no evidence" in answer(world(), use("register.cells-agree")).reason.en
    assert "stay open" in told("unknown").reason.en
