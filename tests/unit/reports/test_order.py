from reports.order import Order, natural, subject_key
from reports.worst import worst_of
from tests.unit.reports.parts import finding
from tests.unit.reports.sample import empty, sample


def test_numbers_sort_as_numbers() -> None:
    assert sorted(("2-12s", "2-2", "2-12p", "1-1"), key=natural) == ["1-1", "2-2", "2-12p", "2-12s"]
    subjects = (
        "host:192.0.2.10",
        "point:@L-2",
        "host:2001:db8::1",
        "service:192.0.2.9/tcp/443",
        "facility",
        "host:192.0.2.9",
        "odd:x",
    )
    assert sorted(subjects, key=subject_key) == [
        "facility",
        "host:192.0.2.9",
        "service:192.0.2.9/tcp/443",
        "host:192.0.2.10",
        "host:2001:db8::1",
        "point:@L-2",
        "odd:x",
    ]


def test_fails_come_first_by_severity_and_the_unknown_before_the_good() -> None:
    order = Order.of(sample())
    verdicts = [f.verdict for f in order.findings]
    assert verdicts == ["fail"] * 8 + ["error"] + ["unknown"] * 3 + ["pass", "not_applicable"]
    assert [f.severity for f in order.findings[:8]] == ["critical"] + ["high"] * 5 + ["medium", "low"]


def test_numbers_are_unique_and_in_reading_order() -> None:
    order = Order.of(sample())
    numbers = list(order.finding_numbers.values())
    assert numbers == sorted(set(numbers))
    assert numbers[0] == "F-001"
    assert order.points[0].declared is False
    assert order.point_numbers[order.points[0].id] == "P-01"
    assert Order.of(empty()).findings == ()


def test_the_worst_of_nothing_is_not_good() -> None:
    host = "host:192.0.2.1"
    good, open_ = finding("a.b", host, "pass"), finding("a.c", host, "unknown")
    low, high = finding("a.d", host, "fail", severity="low"), finding("a.e", host, "fail", severity="high")
    assert worst_of(()).verdict == "unjudged"
    assert worst_of((good,)).verdict == "pass"
    assert worst_of((good, open_)).verdict == "unknown"
    assert worst_of((good, finding("a.f", host, "error"), open_)).verdict == "error"
    assert worst_of((low, good, high)).severity == "high"
    assert worst_of((finding("a.g", host, "not_applicable"),)).verdict == "not_applicable"
