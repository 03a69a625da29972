from reports.actions import actions_of
from reports.order import Order
from tests.unit.reports.parts import finding
from tests.unit.reports.sample import empty, sample


def test_actions_are_in_order_of_urgency() -> None:
    report = sample()
    actions = actions_of(report, Order.of(report))
    assert [a.severity for a in actions] == ["critical", "high", "high", "high", "high", "high", "medium", "low"]
    assert actions[0].check == "firmware.not-exploited"
    # those that contradict an answer come before others of the same severity
    assert [bool(a.conflicting) for a in actions if a.severity == "high"] == [True, True, True, False, False]


def test_one_question_with_two_who_act_is_two_actions() -> None:
    findings = (
        finding("tls.min-version", "service:192.0.2.1/tcp/443", "fail", act="vendor"),
        finding("tls.min-version", "service:192.0.2.2/tcp/443", "fail", act="hospital"),
        finding("tls.min-version", "service:192.0.2.3/tcp/443", "fail", act="vendor"),
        finding("tls.min-version", "service:192.0.2.4/tcp/443", "unknown", act="vendor"),
    )
    report = empty().model_copy(update={"findings": findings})
    actions = actions_of(report, Order.of(report))
    assert [(a.act, len(a.findings)) for a in actions] == [("vendor", 2), ("hospital", 1)]


def test_nothing_failed_means_no_action() -> None:
    assert actions_of(empty(), Order.of(empty())) == ()
