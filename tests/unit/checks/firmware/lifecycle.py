"""A lifecycle fact as tests of the firmware checks need it."""

from datetime import UTC, datetime

from sekisho.model.facts import Lifecycle

FORTIOS = Lifecycle(
    vendor="Fortinet",
    product="FortiOS",
    version="7.4.3",
    known=True,
    cycle="7.4",
    eol=datetime(2028, 11, 11, tzinfo=UTC),
    exploited=("CVE-2018-13379", "CVE-2023-27997"),
    version_affected="cannot_tell",
    latest="",
    data_dates=(("eol", "2026-08-22"), ("kev", "2025-08-25")),
)
