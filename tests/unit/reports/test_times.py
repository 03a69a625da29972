import pytest

from reports.times import FacilityTime


@pytest.mark.parametrize(
    ("zone", "text", "shown"),
    [
        ("Asia/Tokyo", "2026-11-20T10:00:00+00:00", "2026-11-20 19:00:00"),
        ("Asia/Tokyo", "2026-11-20T15:00:00", "2026-11-21 00:00:00"),
        ("UTC", "2026-11-20T10:00:00Z", "2026-11-20 10:00:00"),
        ("No/Where", "2026-11-20T10:00:00+00:00", "2026-11-20 10:00:00"),
        ("../../etc/passwd", "not a moment", "not a moment"),
        ("Asia/Tokyo", None, "—"),
    ],
)
def test_moments_are_printed_in_facility_time(zone: str, text: str | None, shown: str) -> None:
    assert FacilityTime.of(zone).read(text) == shown


def test_an_unknown_zone_says_so() -> None:
    assert FacilityTime.of("No/Where").name == "UTC"
    assert FacilityTime.of("Asia/Tokyo").day("2026-11-20T15:30:00+00:00") == "2026-11-21"
