from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from sekisho.assessment.build import assess
from sekisho.assessment.profile import parse_policy
from sekisho.model.artefacts import FELL_SILENT
from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.facts import HostAnswered, PortSeen, PortStatus
from sekisho.model.report import Report
from sekisho.model.subjects import Subject
from sekisho.model.tiers import Tier
from tests.unit.assessment.kits import CHECKS, POLICY, finding, item, kit, report, use, with_obedient
from tests.unit.inventory.worlds import T0, consent, device, greeting, page, ssh, tls, world

TLS, WEB = "tls.min-version", "service:192.0.2.1/tcp/443"
POLICY_USE = {"id": TLS, "params_from": "tls_policy"}


def told(mood: str) -> Report:
    made = world().open(WEB, tls("tls1.2"))
    return report(made, item("1", use(TLS, mood=mood)), checks=with_obedient())


@pytest.mark.parametrize("mood", ["pass", "fail", "unknown", "not_applicable", "error"])
def test_verdict_becomes_a_finding_with_texts_and_items(mood: str) -> None:
    one = finding(told(mood), TLS, WEB)
    assert (one.verdict, one.items, one.check_version) == (mood, ("mhlw-hospital-r7:1",), 7)
    assert one.id == f"{TLS}@{WEB}"
    assert one.title.ja
    assert one.remediation.en
    assert one.evidence


def test_check_that_has_nothing_to_say_gives_no_finding() -> None:
    assert told("none").findings == ()


@pytest.mark.parametrize(("mood", "said"), [("crash", "RuntimeError: told to"), ("mute", "no_such_sentence")])
def test_crash_is_an_error_finding_with_the_trace_in_the_log(
    mood: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        one = finding(told(mood), TLS, WEB)
    assert (one.verdict, one.confidence) == ("error", "low")
    assert said in one.reason.ja
    assert "Traceback" in caplog.text


def test_two_sets_of_parameters_have_two_ids() -> None:
    made = world().open(WEB, tls("tls1.2"))
    items = (item("1", use(TLS, mood="pass")), item("2", use(TLS, mood="fail")))
    found = report(made, *items, checks=with_obedient())
    assert [f.id for f in found.findings] == [f'{TLS}@{WEB}#mood="fail"', f'{TLS}@{WEB}#mood="pass"']
    assert [a.state for a in found.answers] == ["supported", "contradicted"]


def test_where_decides_for_which_item_a_device_speaks() -> None:
    rows = (device("S", "192.0.2.1", category="server"), device("P", "192.0.2.2", category="pc"))
    made = world(devices=rows).open("service:192.0.2.1/tcp/23", greeting("telnet"))
    made.open("service:192.0.2.2/tcp/22", ssh()).open("service:192.0.2.3/tcp/23", greeting("telnet"))
    need = "services.no-legacy-service"
    items = (item("s", use(need, "server")), item("p", use(need, "pc")))
    found = report(made, *items)
    assert [(f.subject, f.items) for f in found.findings] == [
        ("service:192.0.2.1/tcp/23", ("mhlw-hospital-r7:s",)), ("service:192.0.2.2/tcp/22", ("mhlw-hospital-r7:p",)),
    ]  # fmt: skip
    everywhere = report(made, *items, extra=[use(need)])
    assert finding(everywhere, need, "service:192.0.2.3/tcp/23").items == ()


def unsettled(port: int, *facts: object, outcome: Outcome | None = None, **changes: object) -> str | None:
    """Give the reason of the unknown finding on a TLS port, None if there is no finding."""
    subject = f"service:192.0.2.1/tcp/{port}"
    made = world(**changes).open(subject, *facts)  # type: ignore[arg-type]
    if outcome is not None:
        made.skipped(subject, outcome, scanner="other") if outcome.value.startswith(("skip", "not")) else made.saw(
            subject, outcome=outcome, scanner="other"
        )
    found = report(made, item("1", POLICY_USE))
    return found.findings[0].reason.en if found.findings else None


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.OK])
def test_open_tls_port_without_a_handshake_stays_with_its_typed_reason(outcome: Outcome) -> None:
    said = unsettled(443, outcome=outcome)
    assert said is not None
    assert said.startswith(("Not settled", "Not asked"))


def test_reasons_of_different_outcomes_differ() -> None:
    said = {unsettled(443, outcome=o) for o in Outcome}
    assert len(said) == len(Outcome)


@pytest.mark.parametrize(
    ("port", "facts"),
    [(40000, ()), (443, (page(),)), (443, (ssh(),)), (22, ())],
)
def test_what_has_nothing_to_do_with_tls_gets_no_finding(port: int, facts: tuple[Any, ...]) -> None:
    assert unsettled(port, *facts, outcome=Outcome.PROTOCOL_ERROR) is None


def test_broken_off_try_keeps_even_an_unusual_port() -> None:
    assert unsettled(40000, outcome=Outcome.INTERRUPTED) is not None


@pytest.mark.parametrize("vantage", ["management", "guest"])
def test_what_a_host_that_went_away_left_unanswered_stays_unknown(vantage: str) -> None:
    """Elsewhere a try that times out says that the port does not speak TLS; here it says nothing."""
    subject = "service:192.0.2.1/tcp/40000"
    made = world().saw("host:192.0.2.1", about={subject: PortSeen(PortStatus.OPEN, "connect")})
    made.skipped(subject, Outcome.TIMEOUT, scanner="other")
    gone = Attempt(Subject("host:192.0.2.1"), vantage, "hosts", Outcome.INTERRUPTED, T0, (), f"{FELL_SILENT}now")
    made.attempts.append(gone)
    found = [f.reason.en for f in report(made, item("1", POLICY_USE)).findings]
    assert found == (["Not settled: the device fell silent during the survey."] if vantage == "management" else [])


def test_low_tier_is_the_reason_when_nobody_tried() -> None:
    low = (consent("192.0.2.0/24", max_tier=Tier.T1),)
    made = world(consents=low).saw("host:192.0.2.1", about={WEB: PortSeen(PortStatus.OPEN, "connect")})
    (one,) = report(made, item("1", POLICY_USE)).findings
    assert "tier" in one.reason.en


def test_a_finding_names_policy_edition_and_what_they_ask_for() -> None:
    made = world().open(WEB, tls("tls1.0"))
    reason = finding(report(made, item("1", POLICY_USE)), TLS, WEB).reason
    assert "TLS 1.0" in reason.en
    assert "Policy: policy (edition 3.0.1); it asks for TLS 1.2 or newer, and that TLS 1.3 is accepted." in reason.en
    assert (
        "判定基準：基準（版：3.0.1）。求められるのは、TLS 1.2以上だけを受け入れ、TLS 1.3を必ず受け入れること"
        in reason.ja
    )
    assert "not checked against the document" not in reason.en


def test_a_finding_says_when_its_measure_was_not_read_in_the_source() -> None:
    policy = {**POLICY, "entry": [{"item": "version", "check": TLS, "verified": False}]}
    made = world().open(WEB, tls("tls1.0"))
    judged_by = kit(made, item("1", POLICY_USE))
    unread = replace(judged_by, policies={POLICY["id"]: parse_policy(policy, CHECKS, where="p")})
    reason = finding(assess(made.record(), unread), TLS, WEB).reason
    assert "Part of this was not checked against the document itself" in reason.en
    assert "原典と照合できていない" in reason.ja


SSH: dict[str, Any] = {
    f"{part}_{rank}": [] for part in ("kex", "host_keys", "ciphers", "macs") for rank in ("broken", "weak", "good")
} | {"rsa_bits": 2048, "macs_noted": []}
del SSH["macs_weak"]  # the policy knows no MAC that only the lack of a better one makes bad


def test_unidentified_ssh_port_stays_as_unknown() -> None:
    made = world().open("service:192.0.2.1/tcp/22", greeting("unknown", "zzz"))
    assert finding(report(made, item("1", use("ssh.algorithms", **SSH))), "ssh.algorithms",
                   "service:192.0.2.1/tcp/22").verdict == "unknown"  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "said"),
    [(Outcome.OK, "closed at once"), (Outcome.TIMEOUT, "closed at once"), (Outcome.NOT_TRIED, "Not asked")],
)
def test_port_that_says_nothing_was_asked_all_the_same(outcome: Outcome, said: str) -> None:
    """Its greeting was waited for; that no SSH followed does not mean that nobody asked."""
    subject = "service:192.0.2.1/tcp/22"
    made = world().saw("host:192.0.2.1", about={subject: PortSeen(PortStatus.OPEN, "connect")})
    made.skipped(subject, outcome, scanner="other")
    whole = kit(made, item("1", use("ssh.algorithms", **SSH)))
    deaf = {n: replace(s, yields=(PortSeen,)) for n, s in whole.scanners.items()}
    found = assess(made.record(), replace(whole, scanners=deaf))
    assert said in finding(found, "ssh.algorithms", subject).reason.en


NEED = item("s", use("services.no-legacy-service", "server"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"consents": (consent("192.0.2.0/24", max_tier=Tier.T0),)}, "T0"),
        ({"consents": (consent("198.51.100.0/24"),)}, "consented"),
        ({}, "was not asked"),
    ],
)
def test_server_that_was_not_asked_leaves_its_item_open(changes: dict[str, Any], said: str) -> None:
    made = world(devices=(device("S", "192.0.2.1", category="server"),), **changes).open(WEB.replace(".1/", ".2/"))
    found = report(made, NEED)
    one = finding(found, "services.no-legacy-service", "host:192.0.2.1")
    assert (one.verdict, found.answers[0].state) == ("unknown", "undetermined")
    assert said in one.reason.en


def test_device_outside_the_item_leaves_it_alone() -> None:
    made = world(devices=(device("M", "192.0.2.1", category="medical"),))
    assert report(made, NEED).findings == ()


def test_ports_that_were_cut_short_leave_the_item_open() -> None:
    made = world(devices=(device("S", "192.0.2.1", category="server"),)).open(WEB, page(tls=True), tls("tls1.3"))
    assert report(made, NEED).answers[0].state == "supported"
    made.saw("host:192.0.2.1", HostAnswered("tcp"), outcome=Outcome.INTERRUPTED)
    assert report(made, NEED).answers[0].state == "undetermined"
